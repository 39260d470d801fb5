"""A verdict as one HTML file that needs nothing else: the picture over its baseline, and every finding beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from designsystem.engine.comparison.conformance import Conformance
from designsystem.engine.comparison.contrast import Contrast, floored
from designsystem.engine.comparison.finding import Answer, Finding
from designsystem.engine.comparison.verdict import Baseline, Verdict
from designsystem.engine.exporters.css_values import number
from designsystem.engine.report.html import asset, policy
from designsystem.engine.report.markup import Html, element, join, json_text, raw_element
from designsystem.engine.report.rules import RULES
from designsystem.engine.report.validation_json import Subject, box_as_json, settings_as_json

MODES = (
    ("picture", "Picture"),
    ("baseline", "Baseline"),
    ("swipe", "Swipe"),
    ("onion", "Onion skin"),
    ("blink", "Blink"),
)


def render_validation_html(verdict: Verdict, subject: Subject, picture_png: bytes, baseline_png: bytes | None) -> str:
    """A complete document; the same input gives the same text. Its own policy allows nothing but what it brings."""
    style = "\n".join((asset("report.css"), asset("validation.css")))
    script = asset("validation.js")
    head = join(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{subject.picture} · {verdict.outcome.value}"),
        raw_element("style", style),
    )
    places = [
        {"kind": _kind(finding), "boxes": [box_as_json(box) for box in finding.boxes]} for finding in verdict.findings
    ]
    body = join(
        element("a", "Skip to the findings", href="#findings", class_="skip"),
        _header(verdict, subject),
        element(
            "main",
            _picture(subject, picture_png, baseline_png),
            element(
                "div",
                _findings(verdict),
                _conformance(verdict.conformance) if verdict.conformance else None,
                _contrast(verdict.contrast) if verdict.contrast else None,
                _baseline(verdict.baseline) if verdict.baseline else None,
                _settings(verdict, subject),
                class_="tokens",
            ),
        ),
        raw_element("script", json_text(places), type="application/json", id="places"),
        raw_element("script", script),
    )
    return "<!doctype html>\n" + element("html", element("head", head), element("body", body), lang="en") + "\n"


def _header(verdict: Verdict, subject: Subject) -> Html:
    failing = sum(each.fails for each in verdict.findings)
    facts = [
        ("Picture", f"{subject.width} × {subject.height} px"),
        ("Findings", f"{len(verdict.findings)}, {failing} of them fail"),
    ]
    if subject.pixel_ratio is not None:
        facts.append(
            ("Pixel ratio", f"{number(subject.pixel_ratio)} ({'given' if subject.pixel_ratio_given else 'found'})")
        )
    facts += [(name, value) for name, value in (("Tokens", subject.tokens), ("Baseline", subject.baseline)) if value]
    return element(
        "header",
        element(
            "div",
            element("p", "Visual validation", class_="kicker"),
            element("h1", element("bdi", subject.picture)),
            class_="titles",
        ),
        element("p", verdict.outcome.value, class_=f"outcome {verdict.outcome.value}"),
        element("dl", *(element("div", element("dt", n), element("dd", v)) for n, v in facts), class_="facts"),
        class_="top",
    )


def _picture(subject: Subject, picture_png: bytes, baseline_png: bytes | None) -> Html:
    return element(
        "section",
        element(
            "div",
            element("p", "All places are shown.", id="status", role="status"),
            element("button", "Show all", type="button", id="clear", class_="plain", hidden=True),
            element("button", "100 %", type="button", id="zoom", class_="plain", aria_pressed="false"),
            class_="toolbar",
        ),
        _modes() if baseline_png is not None else None,
        element(
            "div",
            element(
                "div",
                _image(baseline_png, f"The baseline of {subject.picture}", "before") if baseline_png else None,
                _image(picture_png, f"The judged picture: {subject.picture}", "shot"),
                element(
                    "svg",
                    id="boxes",
                    viewBox=f"0 0 {subject.width} {subject.height}",
                    aria_hidden="true",
                    focusable="false",
                ),
                class_="sheet compared",
                id="sheet",
                data_mode="picture",
            ),
            class_="view",
            tabindex=0,
            role="group",
            aria_label="Picture with the places of the findings",
        ),
        class_="picture",
        aria_label="Picture",
    )


def _modes() -> Html:
    radios = [
        element("label", element("input", type="radio", name="mode", value=value, checked=value == "picture"), title)
        for value, title in MODES
    ]
    return element(
        "fieldset",
        element("legend", "Compare"),
        *radios,
        element(
            "label",
            "How much of the picture",
            element("input", type="range", id="share", min=0, max=100, value=50),
            id="amount",
            hidden=True,
        ),
        class_="modes",
    )


def _image(png: bytes, alt: str, name: str) -> Html:
    return element("img", src=f"data:image/png;base64,{base64.b64encode(png).decode()}", alt=alt, id=name)


def _findings(verdict: Verdict) -> Html:
    undecided = [
        element("li", f"{each.check.value} could not be judged: {each.detail} ({each.reason})")
        for each in verdict.undecided
    ]
    rows = [element("li", _finding(each)) for each in verdict.findings]
    return element(
        "section",
        element("h2", "Findings"),
        element("ul", *undecided) if undecided else None,
        element("ol", *rows, class_="findings") if rows else element("p", "Nothing was found."),
        id="findings",
        tabindex=-1,
    )


def _finding(finding: Finding) -> Html:
    answers = [
        element("span", _answer(label, answer), class_="small quiet")
        for label, answer in (("nearest", finding.nearest), ("then", finding.runner_up))
        if answer is not None
    ]
    accepted = finding.accepted
    title = RULES[finding.rule].title
    return element(
        "button",
        element("span", f"{_kind(finding)} · {title}{_places(finding)}", class_="kind"),
        element("span", finding.message),
        *(join(element("br"), each) for each in answers),
        join(element("br"), element("span", f"accepted until {accepted.expires}: {accepted.reason}", class_="small"))
        if accepted
        else None,
        type="button",
        class_=_kind(finding),
        aria_pressed="false",
        data_title=title,
    )


def _answer(label: str, answer: Answer) -> str:
    return f"{label}: {', '.join(answer.tokens)} {answer.value}, {answer.distance:g} away"


def _kind(finding: Finding) -> str:
    return "accepted" if finding.accepted else finding.level.value


def _table(caption: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Html:
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in columns)))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    table = element("table", head, element("tbody", *body), class_="figures")
    return element("div", table, class_="scroll", tabindex=0, role="group", aria_label=caption)


def _conformance(found: Conformance) -> Html:
    rows = [
        (
            group,
            f"{each.elements} of {each.all_elements}",
            f"{each.elements / each.all_elements:.1%}" if each.all_elements else "nothing seen",
            f"{each.area / each.all_area:.1%}" if each.all_area else "",
        )
        for group, each in found.coverage.items()
    ]
    notes = [f"Not judged, the token set has none: {', '.join(found.unjudged)}."] if found.unjudged else []
    notes += [f"Tokens not seen here: {', '.join(found.unused)}."] if found.unused else []
    notes += [f"Hard to tell apart: {pair.one} and {pair.other}, ΔE00 {pair.delta_e:g}." for pair in found.near_pairs]
    return element(
        "section",
        element("h2", "Tokens"),
        _table("Coverage", ("Kind", "Places that are tokens", "Share", "Share of their area"), rows),
        element("ul", *(element("li", note) for note in notes), class_="plainlist") if notes else None,
    )


def _contrast(found: Contrast) -> Html:
    apca = any(pair.apca is not None for pair in found.pairs)
    rows = [
        (
            pair.text,
            f"{floored(pair.ratio):.2f}:1",
            f"{number(pair.size)} px{', bold' if pair.bold else ''}{', large' if pair.large else ''}",
            str(len(pair.boxes)),
            *([f"Lc {pair.apca:g}"] if pair.apca is not None else []),
        )
        for pair in found.pairs
    ]
    columns = ("Text on ground", "Contrast", "Smallest size", "Places", *(["APCA, information only"] if apca else []))
    unread = f"Text on {len(found.unread)} pictures or gradients is not read: look at it." if found.unread else None
    return element(
        "section",
        element("h2", "Contrast"),
        _table("Contrast", columns, rows),
        element("p", unread) if unread else None,
    )


def _baseline(found: Baseline) -> Html:
    difference = found.difference
    rows = [
        ("Changed pixels", f"{difference.count:,} ({difference.share:.4%})"),
        ("Below the tolerance", f"{difference.below:,}"),
        ("Excused by anti-aliasing", f"{difference.excused:,}"),
        ("Only in one picture", f"{difference.outside:,}"),
        ("Largest difference of a pixel", f"{difference.largest_delta:.4f}"),
        ("Densest window", f"{difference.densest:.2%}"),
        ("Masked pixels", f"{difference.masked_pixels:,}"),
        ("Regions", str(len(found.regions))),
    ]
    return element("section", element("h2", "Baseline"), _table("Baseline", ("Figure", "Value"), rows))


def _settings(verdict: Verdict, subject: Subject) -> Html:
    rows = [
        (f"{check}.{name}", _shown(value))
        for check, settings in settings_as_json(verdict.settings).items()
        if isinstance(settings, dict)
        for name, value in settings.items()
    ]
    expired = [
        element("li", f"Expired on {each.expires}: {each.rule.value}, {each.reason}") for each in verdict.expired
    ]
    return element(
        "section",
        element("h2", "Settings in effect"),
        _table("Settings", ("Setting", "Value"), rows),
        element("ul", *expired, class_="plainlist") if expired else None,
        element("ul", *(element("li", note) for note in subject.notes), class_="plainlist") if subject.notes else None,
    )


def _places(finding: Finding) -> str:
    if not finding.boxes:
        return ""
    return " · 1 place" if finding.count == 1 else f" · {finding.count} places"


def _shown(value: Any) -> str:
    """A setting in words: nobody need know how a language writes nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
