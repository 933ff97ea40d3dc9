"""Debian's Firefox with a fake camera and microphone, driven over WebDriver BiDi.

Playwright drives only a Firefox of its own making, and people have the other one.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from playwright.sync_api import Page, ViewportSize

from tests.e2e.bidi import Bidi, session
from tests.e2e.browsers import DESKTOP
from tests.e2e.screen import POLL, NotInTime, Screen

FIREFOX = "/usr/bin/firefox-esr"
START_SECONDS = 30.0

_PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # no name leads out of this machine: whatever a fresh browser wants to fetch, it asks in vain
    "network.dns.forceResolve": "127.0.0.1",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.gmp-manager.url": "",
    "app.normandy.enabled": False,
    "toolkit.telemetry.server": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "dom.disable_beforeunload": True,
}


@dataclass(frozen=True)
class Fox:
    """A running Firefox: its session, and its processes."""

    bidi: Bidi
    process: "subprocess.Popen[bytes]"

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Stop all its processes for the block: nothing comes out of it, by any way, and it answers no test.

        To the others it is as if its line had been cut.
        """
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@contextmanager
def firefox(folder: Path) -> Iterator[Fox]:
    """Run one Firefox over a fresh profile in `folder`."""
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        with session(_address(process, profile)) as bidi:
            yield Fox(bidi, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: "subprocess.Popen[bytes]", profile: Path) -> str:
    """Wait until it says where it listens; the file is written when it does."""
    found, deadline = profile / "WebDriverBiDiServer.json", time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if found.exists() and (text := found.read_text()):
            where = json.loads(text)
            return f"ws://{where['ws_host']}:{where['ws_port']}"
        time.sleep(POLL)
    raise NotInTime("Firefox did not start")


@contextmanager
def fox_person(bidi: Bidi, url: str, viewport: ViewportSize = DESKTOP) -> Iterator[Page]:
    """Open the browser of one person: own cookies, own storage, at a width.

    The journeys take Playwright's Page; this is as much of one as they use.
    """
    user = bidi.call("browser.createUserContext", {})["userContext"]
    tab = bidi.call("browsingContext.create", {"type": "tab", "userContext": user})["context"]
    screen = Screen(bidi, tab, url)
    screen.set_viewport(viewport)
    try:
        yield cast(Page, screen)
    finally:
        bidi.call("browser.removeUserContext", {"userContext": user})


def is_firefox(page: object) -> bool:
    """Tell whether this is a page of a Firefox that `fox_person` opened."""
    return isinstance(page, Screen)
