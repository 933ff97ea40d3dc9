"""Limits on how often something may be tried: counted in this process, or in a Redis that several nodes share.

A Redis that cannot be reached refuses nobody: each process counts for itself until it is back.
"""

import time
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError

from server.kit import N_, TooMany

TOO_OFTEN = N_("That was too often. Wait a minute, then try again.")
FOR_LONG = N_("That was too often. Try again in an hour, or call whoever looks after this here.")
KEY_PREFIX = "curbside:limits"
# Up to how many seconds of waiting are "a minute" to people.
A_WHILE = 600
# How long Redis may take, and how long it is left alone once it did not answer, in seconds.
PATIENCE, LEFT_ALONE = 0.5, 5.0

_log = structlog.get_logger("curbside.limits")


class Limits:
    """Moving-window limits by name and key, like `await limits.spend("sign-in", "20/minute", address)`."""

    def __init__(self, address: str = "") -> None:
        """Start counting here, or in the Redis at `address` (redis://…). Connects on first use."""
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._connections = _connections(address) if address else None
        self._shared = _shared(address, self._connections) if self._connections else None
        self._left_alone_until = 0.0

    async def spend(self, name: str, limit: str, key: str) -> None:
        """Count one try. Raises TooMany when `limit` (in words, "5/minute") is used up for the key."""
        item = parse(limit)
        if not await self._hit(item, name, key):
            seconds = item.get_expiry()
            raise TooMany(TOO_OFTEN if seconds <= A_WHILE else FOR_LONG, retry_after=seconds)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._connections is not None:
            await self._connections.disconnect()

    async def _hit(self, item: RateLimitItem, name: str, key: str) -> bool:
        if self._shared is not None and time.monotonic() >= self._left_alone_until:
            try:
                return await self._shared.hit(item, name, key)
            except (RedisError, OSError, TimeoutError) as error:
                self._left_alone_until = time.monotonic() + LEFT_ALONE
                _log.warning("limits are counted by this process alone", kind=type(error).__name__)
        return await self._alone.hit(item, name, key)


def _connections(address: str) -> ConnectionPool:
    return ConnectionPool.from_url(address, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)


def _shared(address: str, connections: ConnectionPool) -> MovingWindowRateLimiter:
    options: dict[str, Any] = {"connection_pool": connections}
    storage = RedisStorage(f"async+{address}", implementation="redispy", key_prefix=KEY_PREFIX, **options)
    return MovingWindowRateLimiter(storage)
