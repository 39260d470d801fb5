"""Merged tokens as a DTCG 2025.10 resolver document: the values once, what depends on the theme for each.

Sources stand inline, because tools need not follow references to other files.
https://www.designtokens.org/tr/2025.10/resolver/
"""

from __future__ import annotations

from dataclasses import replace

from designsystem.engine.exporters.dtcg import Json, as_text, document, groups
from designsystem.engine.tokens.extensions import VENDOR
from designsystem.engine.tokens.merge import BY_THEME, Merged
from designsystem.engine.tokens.token_set import TokenSet

SCHEMA = "https://www.designtokens.org/schemas/2025.10/resolver.json"
MEDIA_TYPE = "application/json"
SUFFIX = ".resolver.json"

_SET, _MODIFIER = "measured", "theme"


def export(merged: Merged) -> str:
    """The document as text. One theme alone is no choice: then all tokens stand among the values."""
    if len(merged.themes) == 1:
        return as_text(_resolver(_tokens(merged.token_set), None))
    values = replace(
        merged.token_set, tokens=tuple(token for token in merged.token_set if token.path[:2] not in BY_THEME)
    )
    modifier = {
        "description": "The colours by their roles and shared names, on light and on dark screens.",
        "contexts": {theme.name.value: [groups(theme.tokens)] for theme in merged.themes},
        "default": merged.themes[0].name.value,
        "$extensions": {VENDOR: {"pictures": {theme.name.value: theme.pictures for theme in merged.themes}}},
    }
    return as_text(_resolver(_tokens(values), modifier))


def _resolver(values: Json, modifier: Json | None) -> Json:
    order = [f"#/sets/{_SET}", *([f"#/modifiers/{_MODIFIER}"] if modifier else [])]
    return {
        "$schema": SCHEMA,
        "version": "2025.10",
        "sets": {_SET: {"sources": [values]}},
        **({"modifiers": {_MODIFIER: modifier}} if modifier else {}),
        "resolutionOrder": [{"$ref": reference} for reference in order],
    }


def _tokens(token_set: TokenSet) -> Json:
    return {name: member for name, member in document(token_set).items() if name != "$schema"}
