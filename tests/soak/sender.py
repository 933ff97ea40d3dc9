"""Processes that remind and send as a server does, until they are killed: these loops and nothing else.

`python -m tests.soak.sender` imports once and then forks a sender for each line that it reads, so that one more life
costs milliseconds. It answers with the sender's process id; told an id, it answers when that sender is dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy.orm import configure_mappers

from server.db import Database
from server.jobs import Loop
from server.kit import utc_now
from server.kit.keyfile import load_keys
from server.migrations import TABLES
from server.outbox import send_due_mail, send_due_texts
from server.settings import Settings
from server.visits import remind_due
from server.web import Assets, Deps, Limits, Templates, Translations
from tests.contract.tree import ROOT

REMINDERS = (10000,)
"""Minutes before a visit: the clocks of senders run ahead, and no visit may have begun by then."""


@dataclass(frozen=True)
class Orders:
    """What a sender is to work on; its clock is `ahead` seconds of the machine's, so that old leases have run out."""

    folder: str
    database: str
    smtp_url: str
    sms_url: str
    ahead: float = 0.0

    def clock(self) -> datetime:
        """Give the sender's time."""
        return utc_now() + timedelta(seconds=self.ahead)

    def settings(self) -> Settings:
        """Give the settings of a server that would do the same."""
        where: dict[str, Any] = {"data": Path(self.folder), "public_url": "https://visits.example.org"}
        where |= {"reminder_minutes": REMINDERS, "quiet_hours": ""}
        return Settings(**where, smtp_url=self.smtp_url, sms_url=self.sms_url, outbound_allow=("127.0.0.1",))


class Senders:
    """The process that senders are forked from."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, orders: Orders, ahead: float) -> int:
        """Start a sender whose clock is ahead; gives its process id."""
        return int(self._ask(json.dumps(asdict(replace(orders, ahead=ahead)))))

    def kill(self, pids: list[int]) -> None:
        """End senders by SIGKILL, all at once; returns when they are dead."""
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            self._ask(json.dumps(pid))

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextlib.contextmanager
def opened_senders() -> Iterator[Senders]:
    """Import everything once, and fork from there for the length of the block."""
    command = [sys.executable, "-m", __spec__.name]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        try:
            yield Senders(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def new_deps(orders: Orders) -> Deps:
    """Give what reminding, queueing and sending need; nobody is connected here."""
    keys, nothing = load_keys(Path(orders.folder), ()), cast(Any, None)
    database, limits = Database.open(orders.database), Limits("")
    templates = Templates(ROOT / "templates", Assets(ROOT / "static"), Translations(ROOT / "server/web/locale"))
    made = orders.settings(), database, keys.keyring, orders.clock, templates, limits
    return Deps(*made, nothing, nothing, keys.audit_key, keys.push_key, nothing, nothing)


async def _send(orders: Orders) -> None:
    deps = new_deps(orders)
    for loop in (
        Loop("reminders", lambda: remind_due(deps), pause=0.02),
        Loop("mail", lambda: send_due_mail(deps), woken=deps.mail_waiting),
        Loop("text messages", lambda: send_due_texts(deps), woken=deps.texts_waiting),
    ):
        loop.start()
    await asyncio.Event().wait()


def _fork(orders: Orders) -> int:
    if pid := os.fork():
        return pid
    os.dup2(2, 1)  # what it logs is no answer
    asyncio.run(_send(orders))
    os._exit(1)


def main() -> None:
    """Fork senders and tell of their deaths, a line each."""
    assert TABLES  # rows refer to rows of every feature
    configure_mappers()
    for line in sys.stdin:
        asked = json.loads(line)
        print(os.waitpid(asked, 0)[0] if isinstance(asked, int) else _fork(Orders(**asked)), flush=True)


if __name__ == "__main__":
    main()
