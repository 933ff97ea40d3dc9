"""What `curbside signaling` does: live connections in a process without web pages and without a database."""

import asyncio
import signal
from collections.abc import Mapping
from ssl import SSLContext

from server.jobs import Loop
from server.kit import Clock, utc_now
from server.kit.collector import spare_what_is_here
from server.kit.keyfile import ServerKeys
from server.metrics import Metrics
from server.metrics_listener import MetricsListener
from server.settings import Settings
from server.web import from_same_origin
from signaling import Hub, RedisBackplane, RemoteApplication, Standalone, Tickets

SESSIONS_SECONDS = 5.0
"""For no longer does a session that was ended stay connected, even while Redis is away."""


class SignalingProcess:
    """A hub that reports to web processes elsewhere, through Redis. They share its address and the keys.

    `metrics` listens for Prometheus, where the settings say so.
    """

    def __init__(self, settings: Settings, keys: ServerKeys, now: Clock = utc_now) -> None:
        """Put the parts together; nothing is connected yet."""
        self._settings = settings
        due, url, key = asyncio.Event(), settings.backplane_url, keys.ticket_key
        counted = Metrics() if settings.metrics_address else None
        self._backplane = RedisBackplane(url, key, due.set, counted.backplane_lost if counted else None)
        self._application = RemoteApplication(url, key, self._backplane.outage)
        self._hub = Hub(
            Tickets(key, now),
            self._application,
            now,
            backplane=self._backplane,
            sessions=self._application,
            measures=counted,
        )
        self._sessions = Loop("sessions", self._check_sessions, SESSIONS_SECONDS, woken=due)
        self.server = Standalone(self._hub, self._from_our_pages, self._application.reachable)
        self.metrics = self._watched_by(counted) if counted else None

    def _watched_by(self, metrics: Metrics) -> MetricsListener:
        metrics.watch(self._hub.census, self._hub.rooms)
        return MetricsListener(metrics, None, self._settings.metrics_address or ("127.0.0.1", 0))

    async def start(self, host: str, port: int, tls: SSLContext | None = None) -> None:
        """Begin to listen. Raises OSError when an address cannot be used."""
        if self.metrics is not None:
            await self.metrics.start([self._sessions])
        await self._application.start()
        await self._backplane.start()
        self._sessions.start()
        await self.server.start(host, port, tls)

    async def stop(self) -> None:
        """Send everybody elsewhere, and report until then who left."""
        await self._sessions.stop()
        await self.server.drain()
        await self._backplane.stop()
        await self._application.stop()
        if self.metrics is not None:
            await self.metrics.stop()

    async def _check_sessions(self) -> bool:
        await self._hub.check_sessions()
        return False

    def _from_our_pages(self, headers: Mapping[str, str]) -> bool:
        return from_same_origin(headers, self._settings.origins)


async def serve_signaling(
    settings: Settings, keys: ServerKeys, host: str, port: int, tls: SSLContext | None = None
) -> None:
    """Serve until the process is asked to end (SIGTERM or SIGINT). Raises OSError when the address cannot be used."""
    ended, process = asyncio.Event(), SignalingProcess(settings, keys)
    for asked in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(asked, ended.set)
    try:
        await process.start(host, port, tls)
        spare_what_is_here()
        await ended.wait()
    finally:
        await process.stop()
