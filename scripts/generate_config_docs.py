#!/usr/bin/env python3
"""Door to `manage.py generate_config_docs`, from any folder."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.command_line import run

sys.exit(run([sys.argv[0], "generate_config_docs", *sys.argv[1:]]))
