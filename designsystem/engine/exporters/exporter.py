"""What an export format is: a name, a function from TokenSet to text, and how the text is served and filed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designsystem.engine.tokens.token_set import TokenSet


@dataclass(frozen=True, slots=True)
class Exporter:
    """`suffix` follows a file's stem and begins with a dot: "shop" and ".tokens.json" make "shop.tokens.json"."""

    name: str
    title: str
    export: Callable[[TokenSet], str]
    media_type: str
    suffix: str
