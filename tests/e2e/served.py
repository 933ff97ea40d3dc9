"""A real server process over a data folder of its own, which a test may kill and start again on the same port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

from tests.contract import leaks

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0


class Served:
    """`curbside serve` with demo data in `folder`. Start it, kill it, start it again; nothing else is touched."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        name: str = "127.0.0.1",
        host: str = "127.0.0.1",
        command: str = "serve",
        port: int = 0,
    ) -> None:
        """Take the data folder, further CURBSIDE_* settings, and the name that people reach it under.

        `host` is its own address, `command` what is run. Without a port it is one that is free now; it stays the same.
        """
        self.folder, self.host, self.port, self.command = folder, host, port or free_port(), command
        self.url = f"http://{name}:{self.port}"
        self._own = f"http://{host}:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CURBSIDE_")},
            "CURBSIDE_DEMO": "1",
            "CURBSIDE_DATA": str(folder),
            "CURBSIDE_PUBLIC_URL": self.url,
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder.with_name(f"{folder.name}.log")
        leaks.watch(self.log)

    @property
    def pid(self) -> int:
        """Process id of the running server. Raises RuntimeError when it does not run."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def start(self) -> float:
        """Start and wait until /healthz answers; gives the seconds that took."""
        began = time.perf_counter()
        command = [sys.executable, "-m", "server.cli", self.command, "--host", self.host, "--port", str(self.port)]
        with self.log.open("ab") as log:
            # a session of its own, as a service has: Linux divides the processors among sessions
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait(self._process)
        return time.perf_counter() - began

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order (SIGTERM)."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Have it do nothing until it goes on (SIGSTOP)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on (SIGCONT)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # one that stands still would not hear of it
            self._process.wait(timeout=15)
            self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{self._own}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)  # another program's start has no event to wait for


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own http address
    except (URLError, OSError):
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
