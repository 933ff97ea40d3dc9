"""The streams in Redis through which a hub and an application that run apart write to each other."""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio import Redis

FACTS: Final = "curbside:facts"
BORN: Final = "curbside:facts:born"
"""Names the Redis that is there now: another one, or none, means that it came back empty."""
GROUP: Final = "application"
KEPT: Final = 100_000
KEPT_ANSWERS: Final = 1_000
ANSWERS_SECONDS: Final = 600
CONNECT_SECONDS: Final = 3.0


def answers_of(hub: str) -> str:
    """Name the stream of the answers to one hub."""
    return f"curbside:answers:{hub}"


def letter_place(letter_id: str) -> str:
    """Name what a letter is sealed for."""
    return f"letter|{letter_id}"


def answer_place(letter_id: str) -> str:
    """Name what the answer to a letter is sealed for."""
    return f"answer|{letter_id}"


def writing(url: str) -> Redis:
    """Open Redis for commands that are answered at once."""
    return Redis.from_url(url, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS)


def reading(url: str) -> Redis:
    """Open Redis for reads that wait: their answer may take as long as it takes."""
    options: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": CONNECT_SECONDS}
    return Redis.from_url(url, **options)
