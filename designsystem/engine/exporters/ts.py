"""A TypeScript module: one nested constant, so that editors complete and check every token."""

from __future__ import annotations

import json
from typing import Any

from designsystem.engine.exporters.css_values import comment, css, line_height, px, typography_parts
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import TokenSet
from designsystem.engine.values import Typography, Value

_INDENT = "  "


def export(token_set: TokenSet) -> str:
    """`tokens`, as const, and its type; values are CSS text, text styles are objects in the words of CSS-in-JS."""
    tree: dict[str, Any] = {}
    for token in token_set:
        group = tree
        for part in token.path[:-1]:
            group = group.setdefault(part, {})
        group[token.path[-1]] = _Leaf(_literal(token_set.resolve(token)), token.description)
    body = "\n".join(_lines(tree, 1))
    return f"export const tokens = {{\n{body}\n}} as const;\n\nexport type Tokens = typeof tokens;\n"


EXPORTER = Exporter("ts", "TypeScript", export, "text/typescript", ".ts")


class _Leaf:
    def __init__(self, literal: str, description: str) -> None:
        self.literal = literal
        self.description = description


def _lines(tree: dict[str, Any], depth: int) -> list[str]:
    lines = []
    indent = _INDENT * depth
    for key, child in tree.items():
        if isinstance(child, _Leaf):
            if child.description:
                lines.append(f"{indent}{comment(child.description, '/**')}")
            lines.append(f"{indent}{_key(key)}: {child.literal},")
        else:
            lines += [f"{indent}{_key(key)}: {{", *_lines(child, depth + 1), f"{indent}}},"]
    return lines


def _key(name: str) -> str:
    """A quoted key; in brackets where the bare one would set the prototype and not a property."""
    return f"[{_string(name)}]" if name == "__proto__" else _string(name)


def _literal(value: Value) -> str:
    if not isinstance(value, Typography):
        return _string(css(value))
    parts = typography_parts(value)
    fields = {
        "fontFamily": _string(parts["font-family"]),
        "fontSize": _string(parts["font-size"]),
        "fontWeight": str(value.weight),
        "lineHeight": f"{line_height(value):g}",
    }
    if value.letter_spacing is not None:
        fields["letterSpacing"] = _string(px(value.letter_spacing))
    return "{ " + ", ".join(f"{name}: {text}" for name, text in fields.items()) + " }"


def _string(text: str) -> str:
    """A string that is safe inside of a script element too."""
    return json.dumps(text).replace("<", "\\u003c")
