"""Random secrets that are shown once and kept only as a hash (links, cookies)."""

import hashlib
import secrets
from typing import NamedTuple


class Secret(NamedTuple):
    """A new secret: `text` goes to its holder, `digest` to the database."""

    text: str
    digest: bytes


def new_secret() -> Secret:
    """Make a 192-bit secret. It has enough entropy that a plain SHA-256 is a safe thing to store."""
    text = secrets.token_urlsafe(24)
    return Secret(text, digest(text))


def digest(text: str) -> bytes:
    """SHA-256 of a secret, as stored and looked up."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
