"""What a check found: one deviation with its places, its numbers and the nearest right answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from designsystem.engine.geometry import Box


class Rule(StrEnum):
    """What is broken. Stable: reports, exceptions and other people's dashboards carry the words."""

    COLOUR_OFF = "color-off-palette"
    COLOUR_DRIFT = "color-drift"
    FONT_SIZE = "font-size"
    FONT_WEIGHT = "font-weight"
    LINE_HEIGHT = "line-height"
    SPACING = "spacing"
    RADIUS = "radius"
    BORDER = "border"
    SHADOW = "shadow"
    CONTRAST_MINIMUM = "contrast-minimum"
    CONTRAST_ENHANCED = "contrast-enhanced"
    CONTRAST_NON_TEXT = "contrast-non-text"
    CHANGED = "changed-region"
    TOO_MANY_CHANGED = "changed-share"
    TOO_DENSE = "changed-density"


class Level(StrEnum):
    """How much a finding matters, in SARIF's words: only an error fails; a note is for a person to look at."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Answer:
    """A right value nearby: the tokens that have it (dotted paths), the value as CSS, and how far off it is."""

    tokens: tuple[str, ...]
    value: str
    distance: float


@dataclass(frozen=True, slots=True)
class AcceptedException:
    """A deviation that somebody answers for. It excuses findings of `rule` whose value is `found`, inside `box`
    (device px) where one is given, through the day `expires`.
    """

    rule: Rule
    reason: str
    expires: date
    found: str | None = None
    box: Box | None = None

    def covers(self, finding: Finding, today: date) -> bool:
        """Whether it excuses the finding as a whole: each of its places, where it is bound to one."""
        if today > self.expires or finding.rule is not self.rule:
            return False
        if self.found is not None and self.found != finding.found:
            return False
        return self.box is None or (bool(finding.boxes) and all(self.box.contains(place) for place in finding.boxes))


@dataclass(frozen=True, slots=True)
class Finding:
    """`found` is the deviating value as text; `boxes` are device px, the most telling first; `count` is the number of
    places, which may exceed the boxes; `distance` and `unit` say how far it is from the nearest answer; `measured` and
    `required` are the numbers of a limit that was missed (a contrast, a share); `confidence` is the measurement's,
    0 to 1; `accepted` the exception that excuses it.
    """

    rule: Rule
    level: Level
    message: str
    found: str
    boxes: tuple[Box, ...] = ()
    count: int = 1
    distance: float | None = None
    unit: str = ""
    measured: float | None = None
    required: float | None = None
    nearest: Answer | None = None
    runner_up: Answer | None = None
    confidence: float = 1.0
    accepted: AcceptedException | None = None

    @property
    def fails(self) -> bool:
        return self.level is Level.ERROR and self.accepted is None
