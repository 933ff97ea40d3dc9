"""A machine of the tests' own with two network links, as a phone has Wi-Fi and mobile data; needs root and iproute2.

The addresses are of the range kept for measurements (RFC 2544) and exist only while the block runs.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER = "198.18.2.1"  # on this machine's end of the second link, and reached over either


def missing() -> str:
    """Say in words why a namespace cannot be made here; empty when it can."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    if shutil.which("ip") is None:
        return "a network namespace needs iproute2"
    tried = subprocess.run(["ip", "netns", "add", _name("try")], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"this machine makes no network namespace: {tried.stderr.strip()}"
    _ip("netns", "del", _name("try"))
    return ""


@dataclass(frozen=True)
class Machine:
    """The namespace. It begins on link 1; its address is 198.18.<link>.2."""

    name: str

    def switch(self, leave: int, take: int) -> None:
        """Lose one link and take the other into use, as when somebody walks out of the house."""
        self._ip("link", "set", f"link{leave}", "down")
        self._ip("link", "set", f"link{take}", "up")
        self._ip("route", "replace", "default", "via", f"198.18.{take}.1")

    def wrapper(self, program: str, folder: Path) -> Path:
        """Give a program that runs another one inside of it, with everything that it is given passed on."""
        script = folder / "inside"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {program} "$@"\n')
        script.chmod(0o755)
        return script

    def _ip(self, *words: str) -> None:
        _ip("-n", self.name, *words)


@contextmanager
def machine() -> Iterator[Machine]:
    """Make one, on its first link; nothing of it is left afterwards, whatever happens in the block."""
    _sweep()
    name = _name("cb")
    with ExitStack() as undo:
        _ip("netns", "add", name)
        undo.callback(_ip, "netns", "del", name)
        made = Machine(name)
        made._ip("link", "set", "lo", "up")
        for link in (1, 2):
            outer = _name(f"cb{link}v")
            _ip("link", "add", outer, "type", "veth", "peer", "name", f"link{link}", "netns", name)
            undo.callback(_ip, "link", "del", outer)
            _ip("addr", "add", f"198.18.{link}.1/24", "dev", outer)
            _ip("link", "set", outer, "up")
            made._ip("addr", "add", f"198.18.{link}.2/24", "dev", f"link{link}")
        made.switch(leave=2, take=1)
        yield made


def _sweep() -> None:
    """Take away what a run left that was killed; the links of a namespace go with it."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout
    for name in (line.split()[0] for line in listed.splitlines() if line):
        owner = name.removeprefix("cb")
        if name.startswith("cb") and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            _ip("netns", "del", name)


def _name(kind: str) -> str:
    return f"{kind}{os.getpid()}"[-15:]


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
