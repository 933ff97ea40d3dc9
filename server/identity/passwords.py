"""Passwords: argon2id, in a thread, because one hash takes about a quarter of a second."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
# Verified when there is no such account, so that the time of an answer tells nothing.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$Y3VyYnNpZGVjdXJic2lkZQ$0b5h0N0bqLrKpJQ0Yz0m0vKz1mN9m2q0p7o4u1p6k8g"


async def hash_password(password: str) -> str:
    """Hash a password with a new salt."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_fits(stored: str | None, password: str) -> bool:
    """Tell whether the password fits the stored hash; takes as long when there is none."""
    fits = await asyncio.to_thread(_verify, stored or _NOBODY, password)
    return fits and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
