"""What a transport gives the hub: one open WebSocket, whoever speaks it. Only types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Take = Callable[[str], bool]


class Wire(Protocol):
    """One open WebSocket. `send` and `close` raise OSError once it is gone, and may wait while the client is slow."""

    @property
    def send_now(self) -> Callable[[str], bool]:
        """Sends a text frame, or gives False when that would need waiting or the socket is gone: then use `send`."""
        ...

    def offer(self, take: Take) -> None:
        """Offer each text frame to `take` from now on, if `receive` waits for it; what that leaves is received.

        A wire that cannot does not.
        """

    async def receive(self) -> str | bytes | None:
        """Wait for a frame; None when the socket is closed, by whichever side."""
        ...

    async def send(self, text: str) -> None:
        """Send a text frame."""

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame; `receive` then gives None."""
