"""A theme for Tailwind CSS 4: each token in the namespace that makes utilities of it.

https://tailwindcss.com/docs/theme#theme-variable-namespaces
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from designsystem.engine.exporters.css_values import colour, comment, css, typography_parts
from designsystem.engine.exporters.css_variables import targets_first
from designsystem.engine.exporters.dtcg import palette_paths
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.exporters.identifiers import identifiers, kebab
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import Colour, Typography

_NAMESPACES = {
    "color": "color",
    "typography": "text",
    "spacing": "spacing",
    "radius": "radius",
    "border": "border",
    "shadow": "shadow",
    "gradient": "background-image",
}
_SUBGROUPS = (("color", "palette"), ("color", "role"))  # what utilities would have to repeat: bg-blue-500, bg-primary


def export(token_set: TokenSet) -> str:
    """A style sheet to import after "tailwindcss"; `static`, so that every variable is there for plain CSS too."""
    names = _names(token_set)
    palette = palette_paths(token_set)

    def paint(value: Colour) -> str:
        return f"var(--{names[palette[value]]})" if value in palette else colour(value)

    lines = ["@theme static {"]
    for token in targets_first(token_set):
        if token.description:
            lines.append(f"  {comment(token.description)}")
        lines += [f"  --{name}: {value};" for name, value in _variables(token, names, paint)]
    return "\n".join([*lines, "}", ""])


EXPORTER = Exporter("tailwind", "Tailwind CSS 4 theme", export, "text/css", ".tailwind.css")


def _names(token_set: TokenSet) -> dict[Path, str]:
    short = {token.path: (_NAMESPACES[token.path[0]], *_significant(token.path)) for token in token_set}
    if len(set(short.values())) < len(short):  # a role is named as a palette colour is: keep the subgroups
        short = {path: (_NAMESPACES[path[0]], *path[1:]) for path in short}
    spelt = identifiers(short.values(), kebab)
    return {path: spelt[parts] for path, parts in short.items()}


def _significant(path: Path) -> Path:
    return path[2:] if path[:2] in _SUBGROUPS else path[1:]


def _variables(token: Token, names: dict[Path, str], paint: Callable[[Colour], str]) -> Iterator[tuple[str, str]]:
    name = names[token.path]
    match token.value:
        case Alias(target):
            yield name, f"var(--{names[target]})"
        case Typography() as value:
            parts = typography_parts(value)
            yield name, parts.pop("font-size")
            yield name.replace("text-", "font-", 1), parts.pop("font-family")
            yield from ((f"{name}--{part}", text) for part, text in parts.items())
        case value:
            yield name, css(value, paint)
