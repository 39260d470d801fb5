"""Numbers from the pixels, names from the model; and the whole result still arrives when the model cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from designsystem.engine.extract import Extraction
from designsystem.engine.observation import GivenName
from designsystem.engine.tokens.given_names import choose
from designsystem.engine.tokens.token_set import Alias, Path, Token, TokenSet
from designsystem.engine.values import Role, Typography, Value
from designsystem.providers.claude import Analysis, ClaudeVisionClient
from designsystem.providers.errors import FREE, Usage, VisionError

logger = structlog.get_logger(__name__)
_ROLE_GROUP = ("color", "role")
_LONGEST_MODEL = 100  # characters of its name
_NOT_ASKED = {
    "consent_missing": "The picture did not leave this service, as its owner has not agreed to external processing "
    "(consent_missing)",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A token set with the model's names, or as it was measured with a note; `analysis` is None without an answer."""

    token_set: TokenSet
    analysis: Analysis | None
    error: VisionError | None = None

    @property
    def usage(self) -> Usage | None:
        """What the question cost; None when that is not known."""
        if self.analysis is not None:
            return self.analysis.usage
        return self.error.usage if self.error is not None else FREE


@dataclass(frozen=True, slots=True)
class HybridProvider:
    client: ClaudeVisionClient = field(default_factory=ClaudeVisionClient)

    def name(self, extraction: Extraction) -> Named:
        """Ask the model for names. No failure of the model loses a measurement."""
        measured = extraction.token_set
        try:
            analysis = self.client.analyze_image(extraction.raster.rgb, measured)
        except VisionError as error:
            logger.warning("vision_failed", code=error.code, request_id=error.request_id, disposition=error.disposition)
            return unnamed(measured, error)
        return Named(with_names(measured, analysis), analysis)


def unnamed(measured: TokenSet, error: VisionError) -> Named:
    """What was measured, with a note that it has no names of a model."""
    reason = _NOT_ASKED.get(error.code, f"The vision model gave no names ({error.code})")
    note = f"{reason}: the names say what was measured."
    return Named(replace(measured, notes=(*measured.notes, note)), None, error)


def with_names(measured: TokenSet, analysis: Analysis) -> TokenSet:
    """The same values and evidence under the model's names; a name that is taken keeps its token as it was."""
    ids = {each.path: each.id for each in analysis.candidates}
    values = [
        _with_words(token, ids.get(token.path, ""), analysis) for token in measured if token.path[:2] != _ROLE_GROUP
    ]
    paths = choose(values).paths
    tokens = [replace(token, path=paths.get(token.path, token.path)) for token in values]
    roles = _roles(measured, analysis, paths)
    first_after_colours = next((i for i, token in enumerate(tokens) if token.path[0] != "color"), len(tokens))
    note = f"Names and roles by {analysis.model}; every value is measured."
    if analysis.names.fonts:
        note += " Font families are the model's guess."
    return replace(
        measured,
        tokens=(*tokens[:first_after_colours], *roles, *tokens[first_after_colours:]),
        notes=(*measured.notes, note),
    )


def _with_words(token: Token, key: str, analysis: Analysis) -> Token:
    """The token with the name and the components that it was given in its evidence, and the fonts that it may have."""
    value, said = _with_fonts(token, analysis), analysis.names
    if token.evidence is None:
        return replace(token, value=value)
    given = [GivenName(said.names[key], analysis.model[:_LONGEST_MODEL], said.theme)] if key in said.names else []
    components = sorted(kind for kind, ids in said.components.items() if key in ids)
    evidence = replace(token.evidence, names=tuple(given), components=tuple(components))
    return replace(token, value=value, evidence=evidence)


def _roles(measured: TokenSet, analysis: Analysis, paths: Mapping[Path, Path]) -> list[Token]:
    """The model's roles, and those that were measured where it named none."""
    by_id = {each.id: each.path for each in analysis.candidates}
    roles = {
        token.path[2]: token.value
        for token in measured
        if token.path[:2] == _ROLE_GROUP and isinstance(token.value, Alias)
    }
    model = analysis.model[:_LONGEST_MODEL]
    roles.update({role.value: Alias(by_id[key], model) for role, key in analysis.names.roles.items()})
    return [
        Token((*_ROLE_GROUP, role.value), replace(alias, target=paths.get(alias.target, alias.target)))
        for role in Role
        if (alias := roles.get(role.value)) is not None
    ]


def _with_fonts(token: Token, analysis: Analysis) -> Value | Alias:
    if isinstance(token.value, Typography) and analysis.names.fonts and not token.value.families:
        return replace(token.value, families=analysis.names.fonts)
    return token.value
