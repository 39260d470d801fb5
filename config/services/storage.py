"""Where uploaded pictures and finished files lie, and how large they may be."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from config.environments import Policy
from config.problems import Problem
from config.services.model import PROJECT_ROOT, ConfigService, ProjectPath

_MIB = 1024 * 1024


_FILES = {"BACKEND": "config.file_storage.PrivateFileStorage"}


class StorageConfigService(ConfigService):
    section: ClassVar[str] = "storage"

    backend: Literal["file", "s3"] = Field(
        "file", description="Where uploads and finished files lie: in the folder, or in a bucket that speaks S3."
    )
    data_dir: ProjectPath = Field(PROJECT_ROOT / "var", description="The folder of uploads and of finished files.")
    s3_bucket: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="The bucket; needs the extra s3. Let it be private, encrypted and versioned.",
    )
    s3_prefix: str = Field("", pattern=r"^[A-Za-z0-9._/-]*$", description="What the names of all objects begin with.")
    s3_region: str | None = Field(None, description="The region of the bucket.")
    s3_endpoint: str | None = Field(
        None, pattern=r"^https?://[^/@?#]+/?$", description="Address of another service that speaks S3."
    )
    s3_access_key_id: SecretStr | None = Field(
        None, description="Unset: credentials come the way boto3 finds them, best from a role of the machine."
    )
    s3_secret_access_key: SecretStr | None = Field(None, description="Belongs to the access key.")
    s3_encryption: Literal["bucket", "AES256", "aws:kms"] = Field(
        "bucket", description="What each upload asks for to be encrypted with; bucket leaves that to the bucket."
    )
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
                "default": self._s3() if self.backend == "s3" else _FILES,
                "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
            },
            "STATIC_URL": "/static/",
            "STATIC_ROOT": str(self.static_dir),
            "FILE_UPLOAD_PERMISSIONS": 0o600,
            "FILE_UPLOAD_DIRECTORY_PERMISSIONS": 0o700,
            "WHITENOISE_USE_FINDERS": True,
        }

    def validate_configuration(self, policy: Policy) -> list[Problem]:
        problems = self._problems_of_s3() if self.backend == "s3" else []
        if policy.tls_required and self.s3_endpoint and not self.s3_endpoint.startswith("https://"):
            problems.append(
                Problem(
                    "plain_http_storage",
                    "LOUPE_STORAGE_S3_ENDPOINT",
                    "Pictures travel in clear.",
                    "Set an https:// address.",
                )
            )
        return problems

    def _problems_of_s3(self) -> list[Problem]:
        problems = []
        if not self.s3_bucket or (self.s3_access_key_id is None) != (self.s3_secret_access_key is None):
            problems.append(
                Problem(
                    "incomplete_s3",
                    "LOUPE_STORAGE_S3_BUCKET",
                    "There is no bucket, or only one half of the credentials.",
                    "Name the bucket, and both LOUPE_STORAGE_S3_ACCESS_KEY_ID and ..._SECRET_ACCESS_KEY or neither.",
                )
            )
        if find_spec("storages") is None or find_spec("boto3") is None:
            problems.append(
                Problem(
                    "s3_packages_missing",
                    "LOUPE_STORAGE_BACKEND",
                    "The packages that speak S3 are not installed.",
                    "Install them: pip install django-storages boto3 (the extra s3 names the versions).",
                )
            )
        return problems

    def _s3(self) -> dict[str, Any]:
        key, secret = self.s3_access_key_id, self.s3_secret_access_key
        encryption = {} if self.s3_encryption == "bucket" else {"ServerSideEncryption": self.s3_encryption}
        return {
            "BACKEND": "config.s3_storage.PrivateS3Storage",
            "OPTIONS": {
                "bucket_name": self.s3_bucket,
                "location": self.s3_prefix.strip("/"),
                "region_name": self.s3_region,
                "endpoint_url": self.s3_endpoint,
                "access_key": key.get_secret_value() if key else None,
                "secret_key": secret.get_secret_value() if secret else None,
                "object_parameters": encryption,
            },
        }
