"""A program that tests start and end: it dies with whoever started it, and what it wrote can be read."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 15


@dataclass
class Program:
    """A program with a folder and a port of its own, which may be stopped and started again."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> str:
        """Give what it wrote so far."""
        return (self.folder / "log").read_text()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid if self._process else 0

    def run(
        self, command: Sequence[str], answers: Callable[[int], bool], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it, and wait until it answers at its port."""
        with (self.folder / "log").open("ab") as log:
            self._process = process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *command], env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{self.log}")
            time.sleep(0.01)  # another program's start has no event to wait for

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=15)
            self._process = None
