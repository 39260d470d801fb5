"""Results that need not be measured again: those of the same owner for the same bytes, engine, options and limits.

The finished extractions are the cache. A table of its own, shared by everybody, would tell by its speed who else has a
picture, and would have to forget with each of them; so every owner has their own, and it goes with what they delete.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from accounts.models import User
from config.orchestrator import get_orchestrator
from config.services.storage import StorageConfigService
from config.services.vision import VisionConfigService
from designsystem.models import Extraction, ExtractionState, Provider

_CODE = ("engine", "providers")
_PACKAGES = ("numpy", "scipy", "opencv-python-headless", "pillow", "coloraide")
_RESULT = ("document", "token_count", "pixel_ratio", "pixel_ratio_confidence", "model", "request_id", "picture_factor")


@dataclass(frozen=True, slots=True)
class ResultCache:
    storage: StorageConfigService = field(default_factory=lambda: get_orchestrator().storage_service)
    vision: VisionConfigService = field(default_factory=lambda: get_orchestrator().vision_service)

    def key(self, sha256: str, provider: Provider, pixel_ratio: float | None) -> str:
        """A digest of everything that decides the result for the picture of this SHA-256."""
        parts = [engine_version(), sha256, provider.value, pixel_ratio]
        parts += [self.storage.max_picture_bytes, self.storage.max_picture_pixels]
        if provider is not Provider.LOCAL:
            vision = self.vision
            parts += [vision.model, vision.base_url, vision.effort, vision.max_output_tokens]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def find(self, owner: User, key: str) -> Extraction | None:
        """A finished extraction of the owner under this key, with its `image`."""
        done = Extraction.objects.filter(owner=owner, result_key=key, state=ExtractionState.DONE)
        return done.select_related("image").order_by("-created_at").first()


def copied(found: Extraction) -> dict[str, Any]:
    """The columns of an extraction that has the result of `found`: no stage was timed and no model paid for it."""
    return {**{name: getattr(found, name) for name in _RESULT}, "cached": True, "result_key": found.result_key}


@cache
def engine_version() -> str:
    """A digest of the code that measures and names and of the packages under it: nobody has to remember a number."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in sorted(path for folder in _CODE for path in (root / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    digest.update(json.dumps({name: version(name) for name in _PACKAGES}).encode())
    return digest.hexdigest()
