"""Every export format by name, in the order that people are shown them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from designsystem.engine.exporters import dtcg
from designsystem.engine.exporters.exporter import Exporter

EXPORTERS: Mapping[str, Exporter] = MappingProxyType({each.name: each for each in (dtcg.EXPORTER,)})
