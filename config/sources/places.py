"""Where the sources of this process are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.services.model import PROJECT_ROOT


@dataclass(frozen=True, slots=True)
class Places:
    """`*_named` tells that somebody asked for the file: then it must be there."""

    environ: Mapping[str, str]
    config_file: Path
    env_file: Path
    secrets_dir: Path | None
    config_file_named: bool = False
    env_file_named: bool = False

    @classmethod
    def of_process(cls, environ: Mapping[str, str] | None = None, root: Path = PROJECT_ROOT) -> Places:
        """What the environment names, else `loupe.toml` and `.env` in the project's folder."""
        environ = os.environ if environ is None else environ
        config_file, env_file = environ.get("LOUPE_CONFIG_FILE"), environ.get("LOUPE_ENV_FILE")
        secrets_dir = environ.get("LOUPE_SECRETS_DIR")
        return cls(
            environ=environ,
            config_file=root / (config_file or "loupe.toml"),
            env_file=root / (env_file or ".env"),
            secrets_dir=root / secrets_dir if secrets_dir else None,
            config_file_named=bool(config_file),
            env_file_named=bool(env_file),
        )
