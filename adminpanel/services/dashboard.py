"""What the start page of the console draws: figures by day, and how long work and answers took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles

from django.utils import timezone

from adminpanel.models import Grain
from adminpanel.services.analytics import Counts, buckets, counted, floor
from adminpanel.services.latencies import milliseconds, over_all
from adminpanel.services.samples import UNSEALED, WAITING, most
from adminpanel.services.series import SERIES
from designsystem.models import Extraction, ExtractionState

PERIODS = (7, 30, 90, 365)
_DRAWN = {
    "Log-ins": ("log_ins", "log_in_failures"),
    "Sign-ups": ("sign_ups",),
    "Lockouts and refusals": ("lockouts", "refusals"),
    "Work": ("extractions", "extraction_failures", "validations", "batches"),
}
_SAMPLE = 2000  # of the newest extractions, whose times are drawn
_QUANTILES = (("Median", 0.5), ("95th percentile", 0.95))


@dataclass(frozen=True, slots=True)
class Line:
    """One value a day; None where there is none."""

    label: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Plot:
    """`summary` says in a sentence what the lines show; `unit` stands behind a number."""

    name: str
    title: str
    days: Sequence[date]
    lines: Sequence[Line]
    summary: str
    unit: str = ""

    def table(self) -> list[tuple[date, list[float | None]]]:
        """The same as rows, newest first."""
        by_day = zip(self.days, zip(*(line.values for line in self.lines), strict=True), strict=True)
        return [(day, list(values)) for day, values in by_day][::-1]

    def as_data(self) -> dict[str, object]:
        """For the drawing: seconds since 1970 and columns."""
        seconds = [round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in self.days]
        lines = [{"label": line.label, "values": list(line.values)} for line in self.lines]
        return {"days": seconds, "lines": lines, "unit": self.unit}


def plots(days: int) -> list[Plot]:
    """Of the last `days` with today, compared with as many days before. As many queries whatever the period."""
    end = floor(timezone.now(), Grain.DAY) + timedelta(days=1)
    start = end - timedelta(days=days)
    found = counted(list(SERIES), start - timedelta(days=days), end, Grain.DAY)
    shown, before = list(buckets(start, end, Grain.DAY)), list(buckets(start - timedelta(days=days), start, Grain.DAY))
    drawn = [_counts(title, names, found, shown, before) for title, names in _DRAWN.items()]
    return [
        *drawn[:1],
        _second_factors(found, shown),
        *drawn[1:],
        _answer_times(shown, end),
        _extraction_times(shown),
        *_samples(shown, end),
    ]


def _counts(
    title: str, names: Sequence[str], found: Counts, shown: Sequence[datetime], before: Sequence[datetime]
) -> Plot:
    lines = [Line(SERIES[name].description, [found.get((name, day), 0) for day in shown]) for name in names]
    told = []
    for name in names:
        now, then = (sum(found.get((name, day), 0) for day in part) for part in (shown, before))
        told.append(f"{SERIES[name].description}: {now:,} in {len(shown)} days, {then:,} in the {len(shown)} before")
    return Plot(_slug(title), title, [day.date() for day in shown], lines, "; ".join(told) + ".")


def _second_factors(found: Counts, shown: Sequence[datetime]) -> Plot:
    pairs = [(found.get(("second_factor_log_ins", day), 0), found.get(("log_ins", day), 0)) for day in shown]
    shares = [round(100 * several / all_, 1) if all_ else None for several, all_ in pairs]
    several, all_ = (sum(column) for column in zip(*pairs, strict=True))
    told = f"{100 * several / all_:.0f} % of {all_:,} log-ins proved a second factor." if all_ else "Nobody logged in."
    title = "Log-ins with a second factor"
    return Plot("second-factors", title, [day.date() for day in shown], [Line("Share", shares)], told, "%")


def _answer_times(shown: Sequence[datetime], end: datetime) -> Plot:
    found = [(label, milliseconds(share, shown[0], end, Grain.DAY)) for label, share in _QUANTILES]
    lines = [Line(label, [times.get(day) for day in shown]) for label, times in found]
    whole = over_all(0.95, shown[0], end)
    told = "Nothing was answered." if whole is None else f"95 % of the answers came within {whole} ms."
    return Plot("answer-times", "Time to answer", [day.date() for day in shown], lines, told, "ms")


def _extraction_times(shown: Sequence[datetime]) -> Plot:
    done = Extraction.objects.filter(state=ExtractionState.DONE, finished_at__gte=shown[0], started_at__isnull=False)
    times: dict[date, list[float]] = {}
    for started, finished in done.order_by("-pk").values_list("started_at", "finished_at")[:_SAMPLE]:
        if started is not None and finished is not None:
            times.setdefault(finished.date(), []).append((finished - started).total_seconds())
    days = [day.date() for day in shown]
    lines = [
        Line(label, [round(_quantile(times[day], share), 3) if day in times else None for day in days])
        for label, share in _QUANTILES
    ]
    every = [value for values in times.values() for value in values]
    told = f"Of the newest {len(every):,}: median {_quantile(every, 0.5):.2f} s." if every else "Nothing was measured."
    return Plot("extraction-times", "Time of an extraction", days, lines, told, "s")


def _samples(shown: Sequence[datetime], end: datetime) -> Iterator[Plot]:
    found, days = most(shown[0], end), [day.date() for day in shown]
    for series, name, title, label, unit in (
        (WAITING, "waiting", "Work that waited", "Most at once", ""),
        (UNSEALED, "chain", "Chain of the trail", "Longest without a seal", "s"),
    ):
        values = [found.get((series, day)) for day in shown]
        known = [value for value in values if value is not None]
        told = f"{label}: {max(known):,} {unit}".strip() + "." if known else "Nobody looked yet."
        yield Plot(name, title, days, [Line(label, values)], told, unit)


def _quantile(values: Sequence[float], share: float) -> float:
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")
