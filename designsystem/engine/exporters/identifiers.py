"""Names of tokens as identifiers of a programming language: ASCII, unique, and free of anything a name may smuggle in.

A token's name may hold any character but four, so names are never copied into code; they are spelt anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from designsystem.engine.tokens.token_set import Path

_WORDS = re.compile(r"[A-Z]*[a-z0-9]+|[A-Z]+")

Spelling = Callable[[Sequence[str]], str]


def kebab(words: Sequence[str]) -> str:
    """ "color-palette-blue-500", for CSS and SCSS."""
    return "-".join(words)


def snake(words: Sequence[str]) -> str:
    """ "color_palette_blue_500", for Android resources."""
    return "_".join(words)


def camel(words: Sequence[str]) -> str:
    """ "paletteBlue500"; "_" between two numbers, or 2-5 would read 25."""
    spelt = words[0]
    for word in words[1:]:
        spelt += f"_{word}" if spelt[-1].isdigit() and word[0].isdigit() else word.capitalize()
    return spelt if spelt[0].isalpha() else f"_{spelt}"


def identifiers(paths: Iterable[Path], spelling: Spelling, reserved: Iterable[str] = ()) -> dict[Path, str]:
    """One identifier for each path, none of them `reserved`; where two would be spelt alike the later gets a number."""
    found: dict[Path, str] = {}
    taken = set(reserved)
    for path in paths:
        words = words_of(path)
        name, number = spelling(words), 2
        while name in taken:
            name, number = spelling([*words, str(number)]), number + 1
        taken.add(name)
        found[path] = name
    return found


def words_of(path: Path) -> list[str]:
    """The words of a path in lower case, split at case and at whatever is no letter or digit."""
    words = []
    for part in path:
        ascii_part = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
        words += [word.lower() for word in _WORDS.findall(ascii_part)] or ["unnamed"]
    return words
