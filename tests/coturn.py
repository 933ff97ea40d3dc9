"""A throwaway coturn for tests: docker/coturn/start on free loopback ports, and it dies with whoever started it.

What differs from the real thing is said on the command line: it listens on and relays from loopback, so it may reach
loopback; and what a test adds.
"""

import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.program import Program

ROOT = Path(__file__).parents[1]
SECRET = "0123456789abcdef0123456789abcdef"
HOST = "127.0.0.1"


@dataclass
class Server(Program):
    """A relay."""

    tls_port: int

    @property
    def udp(self) -> str:
        """URL over UDP."""
        return f"turn:{HOST}:{self.port}?transport=udp"

    @property
    def tcp(self) -> str:
        """URL over TCP."""
        return f"turn:{HOST}:{self.port}?transport=tcp"

    @property
    def tls(self) -> str:
        """URL over TLS; needs TURN_CERT and TURN_KEY, for localhost."""
        return f"turns:localhost:{self.tls_port}?transport=tcp"

    def start(self, words: tuple[str, ...], environment: Mapping[str, str]) -> None:
        """Start it, and wait until it answers."""
        if shutil.which("turnserver") is None:
            raise FileNotFoundError("coturn is missing: docker/bootstrap.sh test installs it")
        own = {
            "PATH": "/usr/bin:/bin",
            "TMPDIR": str(self.folder),
            "CURBSIDE_TURN_SECRET": SECRET,
            "TURN_REALM": "turn.clinic.test",
            "TURN_PORT": str(self.port),
            "TURN_TLS_PORT": str(self.tls_port),
        }
        self.run([str(ROOT / "docker" / "coturn" / "start"), *words], _answers, {**own, **environment})


ON_LOOPBACK = ("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers", "--relay-threads=1")


@contextmanager
def running(*words: str, allowed: tuple[str, ...] = (HOST,), **environment: str) -> Iterator[Server]:
    """Run a fresh relay for the length of the block, with more words and more variables."""
    folder = Path(tempfile.mkdtemp(prefix="curbside-coturn-"))
    server = Server(folder, *_free_ports())
    try:
        server.start((*ON_LOOPBACK, *(f"--allowed-peer-ip={ip}" for ip in allowed), *words), environment)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_ports() -> tuple[int, int]:
    """Give two ports that are free for TCP and for UDP."""
    with socket.socket() as first, socket.socket() as second:
        first.bind((HOST, 0))
        second.bind((HOST, 0))
        return first.getsockname()[1], second.getsockname()[1]
