"""SCSS variables in the order that lets each refer to those before it, and one map of them all for loops."""

from __future__ import annotations

from designsystem.engine.exporters.css_values import comment
from designsystem.engine.exporters.css_variables import variables
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import TokenSet


def export(token_set: TokenSet) -> str:
    """A module for `@use`; lists with commas stand in parentheses where the map holds them."""
    found = variables(token_set, lambda name: f"${name}")
    lines = []
    for variable in found:
        if variable.description:
            lines.append(comment(variable.description))
        lines.append(f"${variable.name}: {variable.value};")
    entries = [f'  "{variable.name}": ${variable.name},' for variable in found]
    return "\n".join([*lines, "", "$tokens: (", *entries, ");", ""])


EXPORTER = Exporter("scss", "SCSS variables", export, "text/x-scss", ".scss")
