"""Limits on how often something may be tried, counted in this process."""

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from server.kit import N_, TooMany


class Limits:
    """Moving-window limits by name and key, like `await limits.spend("sign-in", "20/minute", address)`."""

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def spend(self, name: str, limit: str, key: str) -> None:
        """Count one try. Raises TooMany when `limit` (in words, "5/minute") is used up for the key."""
        item = parse(limit)
        if not await self._limiter.hit(item, name, key):
            raise TooMany(N_("That was too often. Wait a minute, then try again."), retry_after=item.get_expiry())
