"""A server for the pictures, in a thread, over data of its own and under a clock that stands still."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from argon2 import PasswordHasher

from server.app import create_app, make_deps
from server.migrations import upgrade
from server.seed import seed_demo
from server.settings import Settings
from server.web import Deps
from tests.cast import StillClock

PORT = 8017  # fixed, because links show it
DEMO = f"http://127.0.0.1:{PORT}"
NAMED = f"http://localhost:{PORT}"  # passkeys are for names
PASSWORD = "a long walk by the river"
# A hash names its own costs; this one is quick to verify.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Site:
    """The server that runs, and ways to put into it what no page of its people can."""

    url: str
    folder: Path
    clock: StillClock
    deps: Deps
    loop: asyncio.AbstractEventLoop

    def do(self, work: Callable[[Deps], Awaitable[Any]]) -> Any:
        """Do something in the server's own loop; gives what it gives."""

        async def done() -> Any:
            return await work(self.deps)

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()

    def write(self, statement: str, *values: object) -> None:
        """Change rows behind the server's back."""
        with closing(sqlite3.connect(self.folder / "curbside.db", timeout=10)) as rows, rows:
            rows.execute(statement, values)

    def read(self, query: str, *values: object) -> Any:
        """Give the first column of the first row that a query finds."""
        with closing(sqlite3.connect(self.folder / "curbside.db", timeout=10)) as rows:
            return rows.execute(query, values).fetchone()[0]


@contextmanager
def served(folder: Path, url: str = DEMO, *, seeded: bool = True) -> Iterator[Site]:
    """Serve; at the demo's address as a demo, else with passwords, and empty unless seeded."""
    settings = Settings(data=folder, public_url=url, demo="1" if url == DEMO else "0", database_url="")
    ready, sites, clock = threading.Event(), list[Site](), StillClock()
    port = urlsplit(url).port or 0
    server = uvicorn.Server(uvicorn.Config("", port=port, log_level="error", access_log=False, ws="websockets-sansio"))

    async def serve() -> None:
        await _prepare(settings, clock, seeded=seeded)
        app = server.config.app = create_app(settings, clock)
        sites.append(Site(url, folder, clock, app.state.deps, asyncio.get_running_loop()))
        ready.set()
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))  # Playwright has a loop of its own in this one
    thread.start()
    ready.wait(30)
    while not server.started:
        time.sleep(0.01)  # another thread's start has no event to wait for
    try:
        yield sites[0]
    finally:
        server.should_exit = True
        thread.join()


async def _prepare(settings: Settings, clock: StillClock, *, seeded: bool) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    deps, live = make_deps(settings, clock)
    await upgrade(deps.database)
    if seeded:
        await seed_demo(deps, live)
    await deps.database.close()
