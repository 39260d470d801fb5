"""The audit context travels with a task: a worker acts for whoever asked, in the same request."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import celery
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import context
from config.key_derivation import derived_key
from config.orchestrator import get_orchestrator
from config.services.security import parse_keyring

_HEADER = "loupe_audit"
_NONCE_BYTES = 12


class AuditedTask(celery.Task):  # type: ignore[type-arg]
    """The task class of the whole application. The context is encrypted on its way: it holds an address."""

    abstract = True

    def apply_async(self, *args: Any, headers: dict[str, Any] | None = None, **options: Any) -> Any:
        return super().apply_async(*args, headers={**(headers or {}), _HEADER: _seal()}, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        sealed = (request.headers or {}).get(_HEADER) or getattr(request, _HEADER, None)
        with context.acting(_open(sealed) if sealed else context.AuditContext()):
            return super().__call__(*args, **kwargs)


def _seal() -> str:
    key_id, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(context.to_headers()).encode(), key_id.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def _open(text: str) -> context.AuditContext:
    """The context; that of the system when the message was not sealed by us, because nobody may act by forging one."""
    key_id, _, encoded = text.partition(":")
    key = _keys().get(key_id)
    try:
        sealed = base64.b64decode(encoded, validate=True)
        opened = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key_id.encode()) if key else b"{}"
    except (ValueError, InvalidTag):
        return context.AuditContext()
    return context.from_headers(json.loads(opened))


def _keys() -> dict[str, bytes]:
    ring = parse_keyring(get_orchestrator().security_service.encryption_keys)
    return {key_id: derived_key(root, "task-context") for key_id, root in ring.items()}
