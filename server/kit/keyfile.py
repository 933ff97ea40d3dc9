"""The server's secrets: taken from the settings, or made once and kept in a file that only its owner can read.

The file is a list of `id:base64` entries, as in the settings: the first key seals, the others open what they sealed
before. An entry named `root` seals nothing: the keys of look-up hashes, tickets and so on are derived from it. Without
one they are derived from the last entry.
"""

import base64
import fcntl
import hmac
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from server.kit.seal import Keyring

ROOT = "root"
SETTING = "CURBSIDE_SECRET_KEYS"
NAME = "keys.json"

_log = structlog.get_logger("curbside.keys")


class KeyTrouble(ValueError):
    """The keys cannot be used. The message says in plain words which key, where it was looked for and what to do."""


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """The server's keys, and where they come from (a file or the setting).

    The keyring seals, `ticket_key` signs join tickets, `audit_key` is the seed of the key that signs the audit trail,
    `push_key` of the one that signs what is sent to browsers: they subscribe to it, so it has to stay the same.
    """

    keyring: Keyring
    ticket_key: bytes
    audit_key: bytes
    push_key: bytes
    source: str = field(default="", compare=False)


def load_keys(folder: Path, configured: Sequence[str], *, make: bool = True) -> ServerKeys:
    """Read `id:base64` keys from the settings, else from `keys.json` in the folder, which is made when missing.

    The ring of a file looks into the file again when it has changed. Raises KeyTrouble when a key is not 32 bytes of
    base64, when the file cannot be read, and when it is missing and not to be made.
    """
    path = folder / NAME
    newer = _watched(path)  # before it is read: a change in between is then noticed
    entries = list(configured) or _stored(path, make=make)
    source = SETTING if configured else str(path)
    keys, current, root = _ring(entries, source)
    purposes = (b"index", b"ticket", b"audit", b"push")
    index_key, ticket_key, audit_key, push_key = (_derive(root, purpose) for purpose in purposes)
    ring = Keyring(keys, current, index_key) if configured else Keyring(keys, current, index_key, newer)
    return ServerKeys(ring, ticket_key, audit_key, push_key, source)


def add_key(folder: Path) -> str:
    """Put a new key in front of the file's; gives its id. It is durable before anything is sealed with it."""
    path = folder / NAME
    with _alone(folder):
        entries = _stored(path, make=False)
        keys, _, _ = _ring(entries, str(path))
        if not any(entry.startswith(f"{ROOT}:") for entry in entries):
            entries = [*entries, f"{ROOT}:{entries[-1].partition(':')[2]}"]
        new = f"k{max((int(key[1:]) for key in keys if key[1:].isdecimal()), default=0) + 1}"
        _write(path, [_new_entry(new), *entries])
    return new


def drop_key(folder: Path, key_id: str) -> None:
    """Take a key out of the file for good. Nothing may be wrapped with it any more: ask before."""
    path = folder / NAME
    with _alone(folder):
        _write(path, [entry for entry in _stored(path, make=False) if entry.partition(":")[0] != key_id])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from changing the file meanwhile: of two new keys one would be lost, with all that it had sealed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _ring(entries: Sequence[str], source: str) -> tuple[Mapping[str, bytes], str, bytes]:
    """Give the sealing keys by id, the id of the first, and the key that others are derived from."""
    parsed = dict(_parse(entry, source) for entry in entries)
    keys = {name: key for name, key in parsed.items() if name != ROOT}
    if not keys or len(parsed) != len(entries):
        raise KeyTrouble(f"{source} must hold at least one sealing key, and each id once.")
    return keys, next(iter(keys)), parsed.get(ROOT, list(parsed.values())[-1])


def _parse(entry: object, source: str) -> tuple[str, bytes]:
    name, _, encoded = str(entry).partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if not 0 < len(name.encode()) <= 40 or len(key) != 32:
        raise KeyTrouble(f"A sealing key in {source} is not written as id:base64 of 32 bytes.")
    return name, key


def _derive(key: bytes, purpose: bytes) -> bytes:
    # HMAC as a one-block HKDF-Expand (RFC 5869): the input is uniformly random already.
    return hmac.digest(key, b"curbside/" + purpose + b"\x01", "sha256")


def _stored(path: Path, *, make: bool) -> list[str]:
    try:
        _close_to_others(path)
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        if make:
            return _make_keys(path)
        raise KeyTrouble(
            f"The key file {path} is missing, and this database holds values that were sealed with its keys. Put it "
            "back from the backup that belongs to this database."
        ) from None
    except (OSError, ValueError) as error:
        raise KeyTrouble(f"The key file {path} cannot be read ({type(error).__name__}).") from None
    if not isinstance(stored, list) or not stored:
        raise KeyTrouble(f"The key file {path} holds no keys.")
    return stored


def _close_to_others(path: Path) -> None:
    """Take away what others may do with the file. Whoever could read it before may have its keys: that is logged."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(mode & 0o700)
        _log.warning("the key file could be read by others and was closed; consider `curbside keys rotate`")


def _watched(path: Path) -> Callable[[], tuple[Mapping[str, bytes], str] | None]:
    """Give what tells a ring of newer keys. Looking costs about a microsecond while the file stays as it is."""
    seen = _version(path)

    def newer() -> tuple[Mapping[str, bytes], str] | None:
        nonlocal seen
        now = _version(path)
        if now is None or now == seen:
            return None
        try:
            keys, current, _ = _ring(_stored(path, make=False), str(path))
        except KeyTrouble:
            return None  # the keys at hand are good; what is wrong with the file is said at the next start
        seen = now
        return keys, current

    return newer


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _new_entry(name: str) -> str:
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _make_keys(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = [_new_entry("k1"), _new_entry(ROOT)]
    draft = _draft(path, keys)
    try:
        os.link(draft, path)  # fails when another process was first: its keys are the ones
    except FileExistsError:
        keys = json.loads(path.read_text())
    finally:
        draft.unlink()
    _make_durable(path.parent)
    return keys


def _write(path: Path, entries: list[str]) -> None:
    """Replace the file at once and durably: a reader finds the old or the new one, also after a power cut."""
    _draft(path, entries).replace(path)
    _make_durable(path.parent)


def _draft(path: Path, entries: list[str]) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(entries, file)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
