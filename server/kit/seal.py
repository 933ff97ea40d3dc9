"""Sealing of fields at rest: an AES-256-GCM envelope per value, and keyed hashes to look sealed values up by.

Envelope, bytes: 1 version · 1 length of key id · key id · 12 nonce · 48 wrapped data key · 12 nonce · ciphertext.
Each value has a data key of its own, wrapped by the key-encryption key, so that a rotation rewraps 32 bytes and
leaves the ciphertext alone. The associated data names table, row, column and version: a sealed value copied into
another row or column does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key-encryption keys by id (32 bytes each), the id to seal with now, and the key of the look-up hashes."""

    keys: Mapping[str, bytes]
    current: str
    index_key: bytes

    def seal(self, text: str, field: bytes) -> bytes:
        """Encrypt `text` for this field with a new data key, wrapped by the current key."""
        data_key = AESGCM.generate_key(256)
        key_id = self.current.encode()
        head = bytes([_VERSION, len(key_id)]) + key_id
        wrap_nonce, nonce = os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = AESGCM(self.keys[self.current]).encrypt(wrap_nonce, data_key, head + field)
        return head + wrap_nonce + wrapped + nonce + AESGCM(data_key).encrypt(nonce, text.encode(), field)

    def open(self, sealed: bytes, field: bytes) -> str:
        """Decrypt what `seal` made for the same field. Raises SealBroken."""
        try:
            head, rest = _split_head(sealed)
            data_key = self._unwrap(head, rest, field)
            body = rest[_NONCE + _WRAPPED :]
            return AESGCM(data_key).decrypt(body[:_NONCE], body[_NONCE:], field).decode()
        except (InvalidTag, KeyError, ValueError, IndexError) as error:
            raise SealBroken from error

    def rewrap(self, sealed: bytes, field: bytes) -> bytes:
        """Wrap the value's data key with the current key; the ciphertext stays as it is."""
        try:
            head, rest = _split_head(sealed)
            data_key = self._unwrap(head, rest, field)
        except (InvalidTag, KeyError, ValueError, IndexError) as error:
            raise SealBroken from error
        key_id = self.current.encode()
        new_head = bytes([_VERSION, len(key_id)]) + key_id
        nonce = os.urandom(_NONCE)
        wrapped = AESGCM(self.keys[self.current]).encrypt(nonce, data_key, new_head + field)
        return new_head + nonce + wrapped + rest[_NONCE + _WRAPPED :]

    def index(self, text: str, purpose: str) -> bytes:
        """Keyed hash of a normalised value, to find it without opening; `purpose` keeps columns and tenants apart."""
        return hmac.new(self.index_key, f"{purpose}|{text}".encode(), hashlib.sha256).digest()

    def _unwrap(self, head: bytes, rest: bytes, field: bytes) -> bytes:
        key = self.keys[head[2:].decode()]
        return AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE : _NONCE + _WRAPPED], head + field)


def _split_head(sealed: bytes) -> tuple[bytes, bytes]:
    if not sealed or sealed[0] != _VERSION:
        raise ValueError("unknown envelope version")
    end = 2 + sealed[1]
    return sealed[:end], sealed[end:]
