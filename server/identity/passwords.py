"""Passwords: argon2id, in a thread, because one hash takes about a quarter of a second."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.kit import N_

# What somebody is told who is known, and proves themselves again.
WRONG_PASSWORD = N_("This is not your password. Try again.")
_hasher = PasswordHasher()
# Verified when there is no such account, so that the time of an answer tells nothing.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Y3VyYnNpZGVjdXJic2lkZQ$0b5h0N0bqLrKpJQ0Yz0m0vKz1mN9m2q0p7o4u1p6k8g"


async def hash_password(password: str) -> str:
    """Hash a password with a new salt."""
    return await asyncio.to_thread(_hasher.hash, _composed(password))


async def password_fits(stored: str | None, password: str) -> bool:
    """Tell whether the password fits the stored hash; takes as long when there is none."""
    fits = await asyncio.to_thread(_verify, stored or _NOBODY, _composed(password))
    return fits and stored is not None


def should_rehash(stored: str) -> bool:
    """Tell whether a hash was made with other costs than those of today."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _composed(password: str) -> str:
    """Whatever keyboard typed an é, it is the same letter (NFKC, NIST SP 800-63B section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
