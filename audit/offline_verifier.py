"""Checks an export of Loupe's audit trail, without Loupe and any secret: python verify.py FOLDER [KEY_ID=HEX...]

Every file must be as the signed manifest says, and every entry must lead from its position, by its Merkle proof (RFC
9162), to a root that a checkpoint signed (Ed25519, RFC 8032). Give the public keys that you trust; without them those
in the folder are used, which proves only that the folder fits itself.
Exit 0 proven, 1 not proven, 2 cannot be read. Needs Python 3.11 and the package "cryptography".
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_SIGNED = ("number", "first", "size", "root", "head", "time", "previous", "key_id")
_PROVEN = ("checkpoints.ndjson", "entries.ndjson")


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _is_signed(message: bytes, key_id: str, signature: str, keys: dict[str, str]) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[key_id]))
        key.verify(bytes.fromhex(signature), message)
    except (KeyError, InvalidSignature, ValueError):
        return False
    return True


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            yield json.loads(line)


def _signed_bytes(checkpoint: dict[str, Any]) -> bytes:
    return _canonical(["loupe-audit-checkpoint-1", *(checkpoint[name] for name in _SIGNED)])


def _manifest_complaints(folder: Path, keys: dict[str, str]) -> Iterator[str]:
    """What differs from the files that were exported: a line left out, a table that says something else."""
    manifest = json.loads((folder / "manifest.json").read_text())
    signature = manifest.pop("signature")
    if not _is_signed(_canonical(manifest), manifest["key_id"], signature, keys):
        yield "manifest.json is not signed by a trusted key"
        return
    files = manifest["files"]
    for name in sorted({*files, *_PROVEN}):
        path = folder / Path(name).name
        if not path.is_file():
            yield f"{name} is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != files.get(name):
            yield f"{name} is not what was exported"


def _trusted_checkpoints(folder: Path, keys: dict[str, str]) -> dict[int, dict[str, Any]]:
    told = _lines(folder / "checkpoints.ndjson")
    return {
        each["number"]: each
        for each in told
        if _is_signed(_signed_bytes(each), each["key_id"], each["signature"], keys)
    }


def _sides(index: int, size: int) -> list[str]:
    """On which side each neighbour stands on the way from a leaf to the root: no two leaves have the same way."""
    sides = []
    while size > 1:
        neighbour = index ^ 1
        if neighbour < size:
            sides.append("left" if neighbour < index else "right")
        index, size = index // 2, (size + 1) // 2
    return sides


def _root(entry: list[Any], proof: list[list[str]]) -> str:
    found = hashlib.sha256(b"\x00" + _canonical(entry)).digest()
    for side, neighbour in proof:
        pair = bytes.fromhex(neighbour) + found if side == "left" else found + bytes.fromhex(neighbour)
        found = hashlib.sha256(b"\x01" + pair).digest()
    return found.hex()


def _entry_complaint(record: dict[str, Any], checkpoint: dict[str, Any] | None) -> str:
    """Why this entry is not proven; empty when it is."""
    if checkpoint is None:
        return "its checkpoint is not signed by a trusted key"
    if not checkpoint["first"] <= record["position"] <= checkpoint["size"]:
        return "it stands outside its checkpoint"
    if _root(record["entry"], record["proof"]) != checkpoint["root"]:
        return "it is not what was sealed"
    sides = _sides(record["position"] - checkpoint["first"], checkpoint["size"] - checkpoint["first"] + 1)
    if sides != [side for side, _ in record["proof"]]:
        return "it was sealed at another position"
    return ""


def verify(folder: Path, keys: dict[str, str]) -> list[str]:
    """What is not proven, as sentences; empty when everything is."""
    complaints = list(_manifest_complaints(folder, keys))
    trusted = _trusted_checkpoints(folder, keys)
    for number, checkpoint in trusted.items():
        before = trusted.get(number - 1)
        if before and checkpoint["previous"] != hashlib.sha256(_signed_bytes(before)).hexdigest():
            complaints.append(f"checkpoint {number}: it continues another one than the one before it")
    last = 0
    for record in _lines(folder / "entries.ndjson"):
        complaint = _entry_complaint(record, trusted.get(record["checkpoint"]))
        if not complaint and record["position"] <= last:
            complaint = "it stands here twice, or out of order"
        if complaint:
            complaints.append(f"position {record['position']}: {complaint}")
        last = record["position"]
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
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"cannot be read: {type(error).__name__}")
        return 2
    for complaint in complaints:
        print(complaint)
    print("NOT PROVEN" if complaints else "Everything is proven.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
