"""Where uploaded pictures and finished files lie, and how large they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from config.services.model import ConfigService, model_config

_MIB = 1024 * 1024


class StorageConfigService(ConfigService):
    model_config = model_config("LOUPE_STORAGE_")

    data_dir: Path = Path("var")
    max_picture_bytes: int = Field(20 * _MIB, ge=1)
    max_picture_pixels: int = Field(50_000_000, ge=1)

    def django_settings(self) -> dict[str, Any]:
        return {
            "MEDIA_ROOT": str(self.data_dir / "media"),
            "STORAGES": {
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
            },
            "STATIC_URL": "/static/",
            "STATIC_ROOT": str(self.data_dir / "static"),
            "FILE_UPLOAD_PERMISSIONS": 0o600,
            "FILE_UPLOAD_DIRECTORY_PERMISSIONS": 0o700,
            "WHITENOISE_USE_FINDERS": True,
        }
