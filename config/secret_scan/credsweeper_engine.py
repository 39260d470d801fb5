"""CredSweeper behind our interface. It is not a dependency at run time: 420 MB of it would go into every image."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from config.secret_scan.engine import EngineError
from config.secret_scan.finding import Candidate, Document
from config.secret_scan.likeness import is_placeholder, is_reference


def is_installed() -> bool:
    return find_spec("credsweeper") is not None


def _sweeper() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it warns of its own classes when it is imported
            from credsweeper.app import CredSweeper
    except ImportError:
        raise EngineError("CredSweeper is not installed: pip install credsweeper") from None
    logging.getLogger("credsweeper").setLevel(logging.ERROR)
    return CredSweeper()


@dataclass(frozen=True, slots=True)
class CredSweeperEngine:
    """Its patterns and its model, at their defaults."""

    name: str = "credsweeper"
    sweeper: Any = field(default_factory=_sweeper, repr=False)

    def scan(self, document: Document) -> list[Candidate]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it warns of its own classes
                credentials = self._credentials(document)
        except Exception as failure:  # whatever it is, the text was not looked at
            raise EngineError(f"CredSweeper failed on {document.name}: {type(failure).__name__}") from None
        return [
            Candidate(
                str(credential.rule_name).lower().replace(" ", "-"),
                max(1, data.line_num),
                max(0, data.value_start) + 1,
                data.value,
            )
            for credential in credentials
            for data in credential.line_data_list[:1]
            if not (is_placeholder(data.value) or is_reference(data.value))  # its model takes UUIDs for secrets
        ]

    def _credentials(self, document: Document) -> Any:
        from credsweeper.file_handler.string_content_provider import StringContentProvider

        suffix = "." + document.name.rpartition(".")[2] if "." in document.name else ""
        provider = StringContentProvider(document.text.split("\n"), file_path=document.name, file_type=suffix)
        manager = self.sweeper.credential_manager
        manager.clear_credentials()
        manager.set_credentials(self.sweeper.file_scan(provider))
        self.sweeper.post_processing(None)
        return manager.get_credentials()
