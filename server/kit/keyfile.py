"""The server's secrets: taken from the settings, or made once and kept in a file that only its owner can read."""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.kit.seal import Keyring


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The keyring for sealing, the key that signs join tickets, and the seed of the key that signs the audit trail."""

    keyring: Keyring
    ticket_key: bytes
    audit_key: bytes


def load_keys(folder: Path, configured: Sequence[str]) -> ServerKeys:
    """Read `id:base64` keys from the settings, else from `keys.json` in the folder, which is made when missing.

    The first seals. All further keys are derived from the oldest one, which stands last. Raises ValueError when a key
    is not 32 bytes of base64.
    """
    entries = list(configured) or _stored_keys(folder / "keys.json")
    keys = dict(_parse(entry) for entry in entries)
    oldest = keys[entries[-1].partition(":")[0]]
    index_key, ticket_key, audit_key = (_derive(oldest, purpose) for purpose in (b"index", b"ticket", b"audit"))
    return ServerKeys(Keyring(keys, entries[0].partition(":")[0], index_key), ticket_key, audit_key)


def _parse(entry: str) -> tuple[str, bytes]:
    name, _, encoded = entry.partition(":")
    key = base64.b64decode(encoded, validate=True)
    if not name or len(key) != 32:
        raise ValueError("a sealing key is written id:base64 and holds 32 bytes")
    return name, key


def _derive(key: bytes, purpose: bytes) -> bytes:
    # HMAC as a one-block HKDF-Expand (RFC 5869): the input is uniformly random already.
    return hmac.digest(key, b"curbside/" + purpose + b"\x01", "sha256")


def _stored_keys(path: Path) -> list[str]:
    try:
        stored: list[str] = json.loads(path.read_text())
    except FileNotFoundError:
        return _make_keys(path)
    return stored


def _make_keys(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = [f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"]
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(keys, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: its keys are the ones
    except FileExistsError:
        keys = json.loads(path.read_text())
    finally:
        draft.unlink()
    return keys
