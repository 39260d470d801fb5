"""Where uploaded pictures and finished files lie, and how large they may be."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from config.services.model import PROJECT_ROOT, ConfigService, ProjectPath

_MIB = 1024 * 1024


class StorageConfigService(ConfigService):
    section: ClassVar[str] = "storage"

    data_dir: ProjectPath = Field(PROJECT_ROOT / "var", description="The folder of uploads and of finished files.")
    static_dir: ProjectPath = Field(
        PROJECT_ROOT / "var" / "static", description="The folder of the collected static files; part of the image."
    )
    max_picture_bytes: int = Field(20 * _MIB, ge=1, description="Larger pictures are refused.")
    max_picture_pixels: int = Field(
        50_000_000, ge=1, description="Pictures of more pixels are refused before they are decoded."
    )

    max_archive_entries: int = Field(10_000, ge=1, le=65_000, description="Zip archives of more files are refused.")
    max_archive_bytes: int = Field(
        500 * _MIB, ge=1, description="Zip archives that unpack to more than this are refused."
    )
    max_batch_items: int = Field(100_000, ge=1, description="Batches of more pictures are refused.")

    def django_settings(self) -> dict[str, Any]:
        return {
            "MEDIA_ROOT": str(self.data_dir / "media"),
            "STORAGES": {
                "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
            },
            "STATIC_URL": "/static/",
            "STATIC_ROOT": str(self.static_dir),
            "FILE_UPLOAD_PERMISSIONS": 0o600,
            "FILE_UPLOAD_DIRECTORY_PERMISSIONS": 0o700,
            "WHITENOISE_USE_FINDERS": True,
        }
