"""HTML by construction: every string is escaped unless it was built here. Names come from pictures and are hostile."""

from __future__ import annotations

import html
import json
import re

_VOID = frozenset({"br", "img", "input", "meta"})


class Html(str):
    """Markup that may stand in a document as it is. Only this module makes any."""

    __slots__ = ()


Child = Html | str | int | None
Attribute = str | int | float | bool | None


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Html:
    """`<tag attributes>children</tag>`.

    A trailing underscore of an attribute's name falls away, the others become hyphens; True writes the bare name;
    None and False write nothing.
    """
    opened = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{opened}>")
    return Html(f"<{tag}{opened}>{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """The children side by side; plain strings escaped."""
    return Html("".join(child if isinstance(child, Html) else _text(child) for child in children if child is not None))


def raw_element(tag: str, content: str, **attributes: Attribute) -> Html:
    """`<style>` or `<script>`, whose content HTML does not unescape; ValueError when it could close the element."""
    if re.search(r"<\s*/|<!--", content):
        raise ValueError(f"this would close <{tag}> early")
    opened = "".join(_attribute(name, value) for name, value in attributes.items())
    return Html(f"<{tag}{opened}>{content}</{tag}>")


def json_text(value: object) -> str:
    """JSON that may stand inside a `<script>`."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _text(child: str | int) -> str:
    return html.escape(_printable(str(child)))


def _attribute(name: str, value: Attribute) -> str:
    spelled = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {spelled}" if value is True else f' {spelled}="{html.escape(_printable(str(value)))}"'


def _printable(text: str) -> str:
    """Without lone surrogates, which UTF-8 cannot write, and NUL, which HTML cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
