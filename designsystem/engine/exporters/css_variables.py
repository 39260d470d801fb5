"""Tokens as flat variables with CSS values: what the CSS and SCSS formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designsystem.engine.exporters.css_values import colour, css, typography_parts
from designsystem.engine.exporters.dtcg import palette_paths
from designsystem.engine.exporters.identifiers import identifiers, kebab
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import Colour, Typography


@dataclass(frozen=True, slots=True)
class Variable:
    """`name` in kebab case without a sigil; `description` as it came, to be written as a comment."""

    name: str
    value: str
    description: str = ""


def variables(token_set: TokenSet, refer: Callable[[str], str]) -> list[Variable]:
    """Every token, what is referred to before what refers to it; `refer` writes a reference to a name.

    A typography token is one variable for each of its properties.
    """
    names = identifiers((token.path for token in token_set), kebab)
    palette = palette_paths(token_set)

    def paint(value: Colour) -> str:
        return refer(names[palette[value]]) if value in palette else colour(value)

    return [variable for token in targets_first(token_set) for variable in _variables(token, names, refer, paint)]


def targets_first(token_set: TokenSet) -> list[Token]:
    """The tokens in their order, except that an alias never stands before its target."""
    by_path = {token.path: token for token in token_set}
    ordered: dict[Path, Token] = {}
    for token in token_set:
        chain = [token]
        while isinstance(chain[-1].value, Alias):
            chain.append(by_path[chain[-1].value.target])
        for each in reversed(chain):
            ordered.setdefault(each.path, each)
    return list(ordered.values())


def _variables(
    token: Token, names: dict[Path, str], refer: Callable[[str], str], paint: Callable[[Colour], str]
) -> list[Variable]:
    name = names[token.path]
    match token.value:
        case Alias(target):
            return [Variable(name, refer(names[target]), token.description)]
        case Typography() as value:
            parts = typography_parts(value)
            first, *_ = parts
            return [
                Variable(f"{name}-{part}", text, token.description if part == first else "")
                for part, text in parts.items()
            ]
        case value:
            return [Variable(name, css(value, paint), token.description)]
