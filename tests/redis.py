"""A throwaway Redis for tests: on a free loopback port, nothing on disk, and it dies with whoever started it."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.program import Program


class Server(Program):
    """A Redis that a test may stop and start again on the same port."""

    @property
    def url(self) -> str:
        """Address as `Settings.backplane_url` takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it empty, and wait until it answers."""
        program = shutil.which("redis-server")
        if program is None:
            raise FileNotFoundError("redis-server is missing: docker/bootstrap.sh test installs it")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.run([program, *options, "--dir", str(self.folder)], _answers)

    def ask(self, *words: str) -> str:
        """Send one command and give the first line of its answer, without its mark."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)
            connection.sendall(b"*%d\r\n%s" % (len(words), parts))
            return connection.makefile("rb").readline().strip().decode()[1:]


@contextmanager
def running() -> Iterator[Server]:
    """Run a fresh server for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="curbside-redis-"))
    server = Server(folder, _free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
