"""Checks an export of Loupe's audit trail, without Loupe and any secret: python verify.py FOLDER [KEY_ID=HEX...]

Every entry must lead by its Merkle proof (RFC 9162) to a root that a checkpoint signed (Ed25519, RFC 8032). Give the
public keys that you trust; without them those in the folder are used, which proves only that the folder fits itself.
Exit 0 proven, 1 not proven, 2 cannot be read. Needs Python 3.11 and the package "cryptography".
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_SIGNED = ("number", "first", "size", "root", "head", "time", "previous", "key_id")


def _canonical(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _root(entry: list[Any], proof: list[list[str]]) -> str:
    found = hashlib.sha256(b"\x00" + _canonical(entry)).digest()
    for side, neighbour in proof:
        pair = bytes.fromhex(neighbour) + found if side == "left" else found + bytes.fromhex(neighbour)
        found = hashlib.sha256(b"\x01" + pair).digest()
    return found.hex()


def _trusted_checkpoints(folder: Path, keys: dict[str, str]) -> dict[int, dict[str, Any]]:
    trusted = {}
    for line in (folder / "checkpoints.ndjson").read_text().splitlines():
        said = json.loads(line)
        message = _canonical(["loupe-audit-checkpoint-1", *(said[name] for name in _SIGNED)])
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[said["key_id"]]))
            key.verify(bytes.fromhex(said["signature"]), message)
        except (KeyError, InvalidSignature, ValueError):
            continue
        trusted[said["number"]] = said
    return trusted


def verify(folder: Path, keys: dict[str, str]) -> list[str]:
    """What is not proven, as sentences; empty when every entry is."""
    trusted = _trusted_checkpoints(folder, keys)
    complaints = []
    for line in (folder / "entries.ndjson").read_text().splitlines():
        record = json.loads(line)
        checkpoint = trusted.get(record["checkpoint"])
        if checkpoint is None:
            complaints.append(f"position {record['position']}: its checkpoint is not signed by a trusted key")
        elif _root(record["entry"], record["proof"]) != checkpoint["root"]:
            complaints.append(f"position {record['position']}: it is not what was sealed")
        elif not checkpoint["first"] <= record["position"] <= checkpoint["size"]:
            complaints.append(f"position {record['position']}: it stands outside its checkpoint")
    return complaints


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    try:
        folder = Path(arguments[0])
        given = dict(argument.split("=", 1) for argument in arguments[1:])
        keys = given or json.loads((folder / "public_keys.json").read_text())
        complaints = verify(folder, keys)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot be read: {type(error).__name__}")
        return 2
    for complaint in complaints:
        print(complaint)
    print("NOT PROVEN" if complaints else "Every entry is proven.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
