"""A throwaway PostgreSQL for tests: a server in a temporary folder that dies with the process that started it.

It listens on a socket in that folder only, so any number of them run side by side. Nothing here is durable on purpose:
a test of durability starts a server of its own with `durable=True`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
from anyio.from_thread import start_blocking_portal

OWNER = "postgres"  # Debian's account: the server refuses to run as root
START_SECONDS = 30
WIPE = """
DO $$
DECLARE name TEXT;
BEGIN
    SET LOCAL lock_timeout = '10s';
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""
"""Takes every row out of a database, past foreign keys and triggers: faster than a fresh copy by two orders."""

CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


Execute = Callable[[str], object]


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket, and how its superuser runs one statement, from any thread."""

    folder: Path
    execute: Execute

    def address(self, database: str = "postgres") -> str:
        """Address of one of its databases as SQLAlchemy and `Settings.database_url` take it."""
        return f"postgresql+asyncpg://{OWNER}@/{database}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database for the length of the block; gives its name."""
        name = f"t{uuid4().hex}"
        self.execute(f'CREATE DATABASE "{name}"')
        yield name
        self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Run a fresh server for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="curbside-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        _initialise(folder)
        process = _start(folder, durable=durable)
        try:
            _wait_until_it_answers(folder, process)
            with superuser(folder) as execute:
                yield Server(folder, execute)
        finally:
            process.send_signal(signal.SIGINT)  # "fast": it does not wait for whoever is still connected
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def superuser(folder: Path, database: str = "postgres") -> Iterator[Execute]:
    """Keep one connection open for the length of the block, to run statements through, from any thread.

    It has a loop of its own: the thread of a test may hold a running one already.
    """
    with start_blocking_portal() as portal:
        connect = partial(asyncpg.connect, host=str(folder), user=OWNER, database=database)
        connection = portal.call(connect)
        try:
            yield partial(portal.call, connection.execute)
        finally:
            portal.call(connection.close)


def _program(name: str) -> str:
    """Path of a PostgreSQL program: the newest of Debian's, else the one on the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"PostgreSQL's {name} is missing: docker/bootstrap.sh test installs it")
    return found


def _as_owner(*command: str) -> list[str]:
    """Give the command line that runs as PostgreSQL's account and ends at once when this process does."""
    become = ("--reuid", OWNER, "--regid", OWNER, "--init-groups") if os.geteuid() == 0 else ()
    return ["setpriv", *become, "--pdeathsig", "QUIT", "--", *command]


def _initialise(folder: Path) -> None:
    initdb = _program("initdb")
    options = ("--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={OWNER}")
    command = _as_owner(initdb, *options, f"--pgdata={folder / 'data'}")
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def _start(folder: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", "max_connections=300"]
    if not durable:
        settings += CARELESS
    options = [word for setting in settings for word in ("-c", setting)]
    command = _as_owner(_program("postgres"), "-D", str(folder / "data"), *options)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def _wait_until_it_answers(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    probe = [_program("pg_isready"), "--quiet", f"--host={folder}"]
    while subprocess.run(probe, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.02)  # another program's start has no event to wait for
