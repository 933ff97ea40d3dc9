"""Sealing of fields at rest: an AES-256-GCM envelope per value, and keyed hashes to look sealed values up by.

Envelope, bytes: 1 version · 1 length of key id · key id · 12 nonce · 48 wrapped data key · 12 nonce · ciphertext.
Each value has a data key of its own, wrapped by the key-encryption key, so that a rotation rewraps 32 bytes and
leaves the ciphertext alone. The associated data names table, row, column and version: a sealed value copied into
another row or column does not open.

Keys may be replaced while the server runs: a ring asks its source for newer keys before it seals, and when it meets a
key that it does not know.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12
_WRAPPED = 32 + 16


class SealBroken(Exception):
    """The value was changed, belongs to another field, or its key is not in the ring."""


def field_name(table: str, row: UUID, column: str) -> bytes:
    """Name a field for sealing: `table|id|column|version`."""
    return f"{table}|{row}|{column}|{_VERSION}".encode()


class KeyMissing(SealBroken):
    """The value's key is not in the ring. `key_id` names it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


Newer = Callable[[], tuple[Mapping[str, bytes], str] | None]
"""Gives the keys and the id of the one to seal with when they have changed since it was last asked, else None."""


@dataclass(slots=True)
class Keyring:
    """Key-encryption keys by id (32 bytes each), the id to seal with now, and the key of the look-up hashes."""

    keys: Mapping[str, bytes]
    current: str
    index_key: bytes
    newer: Newer = field(default=lambda: None, repr=False, compare=False)

    def seal(self, text: str, field: bytes) -> bytes:
        """Encrypt `text` for this field with a new data key, wrapped by the current key."""
        self._look()
        data_key = AESGCM.generate_key(256)
        head = head_of(self.current)
        wrap_nonce, nonce = os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = AESGCM(self.keys[self.current]).encrypt(wrap_nonce, data_key, head + field)
        return head + wrap_nonce + wrapped + nonce + AESGCM(data_key).encrypt(nonce, text.encode(), field)

    def open(self, sealed: bytes, field: bytes) -> str:
        """Decrypt what `seal` made for the same field. Raises SealBroken, of which KeyMissing is one."""
        try:
            head, rest = _split_head(sealed)
            data_key = self._unwrap(head, rest, field)
            body = rest[_NONCE + _WRAPPED :]
            return AESGCM(data_key).decrypt(body[:_NONCE], body[_NONCE:], field).decode()
        except (InvalidTag, ValueError, IndexError) as error:
            raise SealBroken from error

    def rewrap(self, sealed: bytes, field: bytes) -> bytes:
        """Wrap the value's data key with the current key; the ciphertext stays as it is. Raises SealBroken."""
        try:
            head, rest = _split_head(sealed)
            data_key = self._unwrap(head, rest, field)
        except (InvalidTag, ValueError, IndexError) as error:
            raise SealBroken from error
        new_head, nonce = head_of(self.current), os.urandom(_NONCE)
        wrapped = AESGCM(self.keys[self.current]).encrypt(nonce, data_key, new_head + field)
        return new_head + nonce + wrapped + rest[_NONCE + _WRAPPED :]

    def index(self, text: str, purpose: str) -> bytes:
        """Keyed hash of a normalised value, to find it without opening; `purpose` keeps columns and tenants apart."""
        return hmac.new(self.index_key, f"{purpose}|{text}".encode(), hashlib.sha256).digest()

    def _unwrap(self, head: bytes, rest: bytes, field: bytes) -> bytes:
        key_id = head[2:].decode()
        if key_id not in self.keys:
            self._look()
        if key_id not in self.keys:
            raise KeyMissing(key_id)
        return AESGCM(self.keys[key_id]).decrypt(rest[:_NONCE], rest[_NONCE : _NONCE + _WRAPPED], head + field)

    def _look(self) -> None:
        """Take up newer keys. The keys come first: between the two another thread may seal with the old id still."""
        if (found := self.newer()) is not None:
            keys, current = found
            self.keys = {**self.keys, **keys}
            self.current = current
            self.keys = keys


def head_of(key_id: str) -> bytes:
    """Give the bytes that every value begins with which this key has wrapped."""
    return bytes([_VERSION, len(key_id.encode())]) + key_id.encode()


def key_id_of(sealed: bytes) -> str:
    """Name the key that has wrapped a value. Raises SealBroken for what is no envelope."""
    try:
        return _split_head(sealed)[0][2:].decode()
    except (ValueError, IndexError) as error:
        raise SealBroken from error


def _split_head(sealed: bytes) -> tuple[bytes, bytes]:
    if not sealed or sealed[0] != _VERSION:
        raise ValueError("unknown envelope version")
    end = 2 + sealed[1]
    return sealed[:end], sealed[end:]
