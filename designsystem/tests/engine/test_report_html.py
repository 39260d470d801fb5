"""The HTML report is complete, asks for nothing from outside, and lets no name out of its place."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from designsystem.engine.exporters.registry import EXPORTERS
from designsystem.engine.report.html import render_html
from designsystem.engine.report.markup import Html, element, json_text, raw_element
from designsystem.tests.engine import sample_interface as sample


class Reader(HTMLParser):
    """Collects elements as (tag, attributes) and the text of style, script, code and title elements."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._inside: str | None = None
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("style", "script", "code", "title"):
            self._inside = tag
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.texts[self._inside][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.elements if each == tag]


@pytest.fixture(scope="module")
def document() -> str:
    return render_html(sample.token_set(), sample.picture_png(), "Northwind accounts")


@pytest.fixture(scope="module")
def hostile() -> Reader:
    return Reader(render_html(sample.hostile_token_set(), sample.picture_png(), sample.ATTACK))


def test_the_same_input_gives_the_same_text(document: str) -> None:
    assert render_html(sample.token_set(), sample.picture_png(), "Northwind accounts") == document


def test_nothing_is_loaded_from_outside(document: str) -> None:
    for tag, attributes in Reader(document).elements:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:image/png;")), (tag, name, target)
    assert "@import" not in document
    assert re.search(r"url\((?!#)", document) is None


def test_the_policy_allows_exactly_the_embedded_style_and_script(document: str) -> None:
    reader = Reader(document)
    policy = next(m["content"] for m in reader.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["style-src"] == source(reader.texts["style"][0])
    assert directives["script-src"] == source(reader.texts["script"][-1])
    assert len(reader.texts["style"]) == 1


def test_no_element_carries_code_or_looks_in_an_attribute(document: str) -> None:
    for tag, attributes in Reader(document).elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


def test_the_picture_is_embedded_as_it_was_measured(document: str) -> None:
    (picture,) = Reader(document).all("img")
    assert picture["src"] == "data:image/png;base64," + base64.b64encode(sample.picture_png()).decode()
    assert picture["alt"]


def test_every_token_has_a_card_and_a_drawing_rule(document: str) -> None:
    reader = Reader(document)
    ids = [attributes.get("id") for _, attributes in reader.elements]
    for index in range(len(sample.token_set().tokens)):
        assert ids.count(f"t{index}") == 1
        assert f"#t{index}{{" in reader.texts["style"][0]


def test_every_export_is_embedded_to_the_letter(document: str) -> None:
    codes = Reader(document).texts["code"]
    for exporter in EXPORTERS.values():
        assert exporter.export(sample.token_set()) in codes


def test_every_id_stands_once_and_every_reference_finds_one(document: str) -> None:
    elements = Reader(document).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        for name in ("aria-controls", "aria-labelledby"):
            assert attributes.get(name) is None or attributes[name] in ids
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_every_button_has_a_name(document: str) -> None:
    for unnamed in re.findall(r"<button([^>]*)></button>", document):
        pytest.fail(f"a button without text: {unnamed}")
    for attributes in Reader(document).all("button"):
        if "copy" in (attributes.get("class") or "").split():
            assert attributes["aria-label"]


def test_hostile_names_add_no_element_and_no_code(hostile: Reader) -> None:
    assert {tag for tag, _ in hostile.elements if tag in ("script", "img", "style")} == {"script", "img", "style"}
    assert len(hostile.all("script")) == 2
    assert len(hostile.all("img")) == 1
    assert len(hostile.all("style")) == 1
    assert not [name for _, attributes in hostile.elements for name in attributes if name.startswith("on")]
    assert hostile.texts["title"] == [f"{sample.ATTACK} · design tokens"]


def test_hostile_families_stay_inside_their_css_string(hostile: Reader) -> None:
    (style,) = hostile.texts["style"]
    assert "onerror" in style
    rule = next(line for line in style.splitlines() if line.startswith("#t1{"))
    assert re.fullmatch(r"#t1\{[^{}<>]*\}", rule)


def test_names_that_utf8_cannot_write_do_not_stop_the_report() -> None:
    first = sample.token_set().tokens[0]
    broken = replace(sample.token_set(), tokens=(replace(first, description="half \ud83d and \0 nothing"),))
    assert "half ? and � nothing" in render_html(broken, sample.picture_png(), "broken", exporters={})


def test_a_picture_without_tokens_says_so() -> None:
    empty = replace(sample.token_set(), tokens=(), spacing_base=None, notes=("One colour only.",))
    text = render_html(empty, sample.picture_png(), "empty", exporters={})
    assert "Nothing in this picture could be measured." in text
    assert "One colour only." in text


def test_text_and_attributes_are_escaped_and_built_markup_is_not() -> None:
    built = element("p", "<b>", Html("<i></i>"), title='"<&', data_x=None, hidden=True)
    assert built == '<p title="&quot;&lt;&amp;" hidden>&lt;b&gt;<i></i></p>'


@pytest.mark.parametrize("content", ["a</style>b", "</ script", "<!-- x"])
def test_a_raw_element_refuses_content_that_would_close_it(content: str) -> None:
    with pytest.raises(ValueError, match="close <style>"):
        raw_element("style", content)


def test_json_in_a_script_cannot_close_it() -> None:
    assert json_text(["</script><!--&"]) == r'["\u003c/script\u003e\u003c!--\u0026"]'
