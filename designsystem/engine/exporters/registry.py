"""Every export format by name, in the order that people are shown them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from designsystem.engine.exporters import (
    android,
    css,
    dtcg,
    dtcg_legacy,
    figma_variables,
    scss,
    swift,
    tailwind,
    tokens_studio,
    ts,
)
from designsystem.engine.exporters.exporter import Exporter

_FORMATS = (dtcg, dtcg_legacy, css, scss, tailwind, ts, swift, android, figma_variables, tokens_studio)

EXPORTERS: Mapping[str, Exporter] = MappingProxyType({each.EXPORTER.name: each.EXPORTER for each in _FORMATS})
