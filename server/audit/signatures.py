"""Ed25519 signatures (RFC 8032) of what the audit trail states: who can sign, and whether a signature is right."""

import base64
import hashlib
from collections.abc import Collection

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signer:
    """Signs with a key that is made from a 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        """Make the key. Raises ValueError when the seed has not 32 bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, statement: bytes) -> bytes:
        """Sign; gives 64 bytes."""
        return self._key.sign(statement)


class Verifier:
    """Tells whether one of several public keys, 32 bytes each, signed a statement."""

    def __init__(self, public_keys: Collection[bytes]) -> None:
        """Take the keys. Raises ValueError when one has not 32 bytes."""
        self._keys = [Ed25519PublicKey.from_public_bytes(key) for key in public_keys]

    def fits(self, statement: bytes, signature: bytes) -> bool:
        """Tell whether the signature is of this statement, by any of the keys."""
        return any(_fits(key, statement, signature) for key in self._keys)


def key_id(public_key: bytes) -> str:
    """Name a public key by the beginning of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def key_text(public_key: bytes) -> str:
    """Write a public key for people to copy: base64 of its 32 bytes."""
    return base64.b64encode(public_key).decode()


def read_key(text: str) -> bytes:
    """Read what `key_text` wrote. Raises ValueError."""
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a public key is 32 bytes in base64")
    return key


def _fits(key: Ed25519PublicKey, statement: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, statement)
    except InvalidSignature:
        return False
    return True
