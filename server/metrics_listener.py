"""The listener of its own on which Prometheus asks: plain HTTP, `/metrics` and nothing else, never the public port."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator, Sequence
from functools import partial

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.audit import sealing_lag
from server.jobs import Loop
from server.kit.faults import places
from server.metrics import Metrics
from server.outbox import count_due
from server.web import Deps

LOOK_SECONDS = 2.0
"""A database that does not answer in this time is not waited for: the numbers that come of it are NaN."""

_log = structlog.get_logger("curbside.metrics")


class MetricsListener:
    """Answers while it runs. Port 0 takes any that is free; `port` tells which."""

    def __init__(self, metrics: Metrics, deps: Deps | None, address: tuple[str, int]) -> None:
        """Take what is asked about, and where to listen. A process without a database has no `deps`."""
        self._metrics, self._deps, self._address = metrics, deps, address
        self._server = _Quiet(uvicorn.Config(self._app(), lifespan="off", access_log=False, log_config=None))
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, loops: Sequence[Loop] = ()) -> None:
        """Begin to listen, and to count the failures of these loops. Raises OSError when the address is taken."""
        self._metrics.jobs(loop.name for loop in loops)
        for loop in loops:
            loop.failed = partial(self._metrics.job_failed, loop.name)
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family)
        self.port = bound.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]), name="metrics")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._server.should_exit = True
            await asyncio.gather(self._task, return_exceptions=True)

    def _app(self) -> Starlette:
        return Starlette(routes=[Route("/metrics", self._answer)])

    async def _answer(self, request: Request) -> Response:
        if self._deps is not None:
            await self._look(self._deps)
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def _look(self, deps: Deps) -> None:
        """Note how far behind the database's work is."""
        lag = due = math.nan
        try:
            async with asyncio.timeout(LOOK_SECONDS), deps.database.read() as session:
                lag = await sealing_lag(session, deps.now())
                due = await count_due(session, deps.now())
        except Exception as error:  # noqa: BLE001 - a database that is away is what the other numbers may explain
            _log.warning("rows not counted", kind=type(error).__name__, places=places(error))
        self._metrics.rows(sealing_lag=lag, mail_due=due)


class _Quiet(uvicorn.Server):
    """A server within another one, which alone listens to signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the other one."""
        yield
