"""What passes through Redis is sealed: names and chat are readable to nobody there."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12
_PURPOSE: Final = b"curbside/signaling apart/1"


class NotOurs(Exception):
    """It was sealed with another key, for another place, or was changed."""


class Seal:
    """AES-256-GCM under a key derived from the one that signs tickets (HKDF, RFC 5869)."""

    def __init__(self, ticket_key: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, _PURPOSE).derive(ticket_key))

    def close(self, text: bytes, place: str) -> bytes:
        """Seal `text` for one place, which must be named again to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Give what was sealed for this place. Raises `NotOurs`."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise NotOurs from error
