"""Debian's Firefox with a fake camera and microphone, driven over WebDriver BiDi.

Playwright drives only a Firefox of its own making, and people have the other one. `Screen` and `Found` speak the small
part of Playwright's vocabulary that the journeys use: they wait by themselves, and find by role, label and text.
"""

import base64
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page, ViewportSize

from tests.e2e.bidi import Bidi, Refused, from_remote, session, to_remote
from tests.e2e.browsers import DESKTOP, WAIT_MS

FIREFOX = "/usr/bin/firefox-esr"
START_SECONDS = 30.0
POLL = 0.05  # seconds between two looks at a page

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

# Everything a person may see: `text` of labels and elements is compared without regard to case and spaces.
_FIND = """(how, text, within, exact) => {
  const tidy = (s) => (s ?? "").replace(/\\s+/g, " ").trim().toLowerCase();
  const fits = (s) => (exact ? tidy(s) === tidy(text) : tidy(s).includes(tidy(text)));
  const ids = (el) => (el.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  const labels = (el) => [el.getAttribute("aria-label"), ...ids(el), ...[...(el.labels ?? [])].map((l) => l.textContent)];
  const all = [...(within ?? document).querySelectorAll("*")];
  if (how === "label") return all.filter((el) => labels(el).some((l) => l && fits(l)));
  const holds = all.filter((el) => !/^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(el.tagName) && fits(el.textContent));
  return holds.filter((el) => ![...el.children].some((child) => holds.includes(child)));
}"""
_NAMED = """(el, source, flags) => {
  const ids = (el.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  const names = [el.getAttribute("aria-label"), ...ids, ...[...(el.labels ?? [])].map((l) => l.textContent), el.textContent];
  return names.some((name) => name && new RegExp(source, flags).test(name.replace(/\\s+/g, " ").trim()));
}"""
_VISIBLE = "(el) => el.isConnected && el.checkVisibility({visibilityProperty: true}) && el.getClientRects().length > 0"
# In view, enabled, and nothing lies over its middle (a label's text counts as the label).
_HITTABLE = """(el) => {
  if (el.disabled || !el.checkVisibility({visibilityProperty: true})) return false;
  el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const { left, top, width, height } = el.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  return Boolean(hit && (el.contains(hit) || hit.contains(el) || [...(el.labels ?? [])].some((l) => l.contains(hit))));
}"""
_CHOOSE = """(el, value, index) => {
  if (value === null) el.selectedIndex = index; else el.value = value;
  el.dispatchEvent(new Event("input", { bubbles: true }));
  el.dispatchEvent(new Event("change", { bubbles: true }));
}"""


class NotInTime(Exception):
    """What a journey waited for did not come within the time that browsers are given."""


class Screen:
    """One tab of a Firefox, as a journey sees it."""

    def __init__(self, bidi: Bidi, context: str, base: str) -> None:
        self.bidi, self.context, self.base = bidi, context, base

    def goto(self, address: str) -> None:
        """Open an address, or a path of the server, and wait until it has loaded."""
        url = address if "://" in address else self.base + address
        self.bidi.call("browsingContext.navigate", {"context": self.context, "url": url, "wait": "complete"})

    def reload(self) -> None:
        self.bidi.call("browsingContext.reload", {"context": self.context, "wait": "complete"})

    def set_viewport(self, size: ViewportSize) -> None:
        self.bidi.call("browsingContext.setViewport", {"context": self.context, "viewport": dict(size)})

    def screenshot(self, path: Path) -> None:
        shot = self.bidi.call("browsingContext.captureScreenshot", {"context": self.context})
        path.write_bytes(base64.b64decode(shot["data"]))

    def evaluate(self, function: str, arg: object = None) -> Any:
        """Call a JavaScript function with one argument; promises are waited for."""
        return self.call(function, arg)

    def call(self, function: str, *args: object) -> Any:
        """Call a JavaScript function with these arguments."""
        params = {
            "functionDeclaration": function,
            "awaitPromise": True,
            "target": {"context": self.context},
            "arguments": [to_remote(arg) for arg in args],
        }
        answer = self.bidi.call("script.callFunction", params)
        if answer["type"] == "exception":
            raise Refused("script", answer["exceptionDetails"]["text"])
        return from_remote(answer["result"])

    def until(self, look: Callable[[], Any], what: str, timeout: float = WAIT_MS) -> Any:
        """Look until something is there; a page that is being exchanged is looked at again."""
        deadline = time.monotonic() + timeout / 1000
        while time.monotonic() < deadline:
            try:
                if found := look():
                    return found
            except Refused as error:
                if error.code not in {"no such node", "no such frame", "unknown error", "no such window"}:
                    raise
            time.sleep(POLL)
        raise NotInTime(what)

    def wait_for_function(self, function: str, arg: object = None, timeout: float = WAIT_MS) -> None:
        self.until(lambda: self.call(function, arg), function, timeout)

    def wait_for_selector(self, selector: str, state: str = "visible") -> "Found":
        found = self.locator(selector)
        found.wait_for(state=state)
        return found

    def locator(self, selector: str) -> "Found":
        return Found(self, selector, lambda: self._located({"type": "css", "value": selector}))

    def get_by_role(self, role: str, name: "str | re.Pattern[str]" = "", within: "Found | None" = None) -> "Found":
        """Find by the accessibility tree: by role and the whole name, or a pattern that some of it fits."""
        value = {"role": role, **({"name": name} if isinstance(name, str) and name else {})}

        def look() -> list[dict[str, Any]]:
            found = self._located({"type": "accessibility", "value": value}, within)
            if isinstance(name, str):
                return found
            flags = "i" if name.flags & re.IGNORECASE else ""
            return [node for node in found if self.call(_NAMED, node, name.pattern, flags)]

        return Found(self, f"{role} {name!r}", look)

    def get_by_label(self, text: str, exact: bool = False, within: "Found | None" = None) -> "Found":
        return self._by("label", text, exact, within)

    def get_by_text(self, text: str, exact: bool = False, within: "Found | None" = None) -> "Found":
        return self._by("text", text, exact, within)

    def _by(self, how: str, text: str, exact: bool, within: "Found | None") -> "Found":
        def look() -> list[dict[str, Any]]:
            place = within.node() if within else None
            found: list[dict[str, Any]] = self.call(_FIND, how, text, place, exact)
            return found

        return Found(self, f"{how} {text!r}", look)

    def _located(self, locator: dict[str, Any], within: "Found | None" = None) -> list[dict[str, Any]]:
        params: dict[str, Any] = {"context": self.context, "locator": locator}
        if within:
            params["startNodes"] = [{"sharedId": within.node()["sharedId"]}]
        nodes: list[dict[str, Any]] = self.bidi.call("browsingContext.locateNodes", params)["nodes"]
        return nodes

    def act(self, source: dict[str, Any]) -> None:
        """Perform input as from a device."""
        self.bidi.call("input.performActions", {"context": self.context, "actions": [source]})

    def type(self, text: str) -> None:
        """Press the keys of a text, one after another."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keys", "actions": keys})


class Found:
    """A place of the page, looked for afresh each time, because pages change under a journey."""

    def __init__(self, screen: Screen, what: str, look: Callable[[], list[dict[str, Any]]]) -> None:
        self.screen, self.what, self.look = screen, what, look

    @property
    def first(self) -> "Found":
        return Found(self.screen, self.what, lambda: self.look()[:1])

    def get_by_role(self, role: str, name: "str | re.Pattern[str]" = "") -> "Found":
        return self.screen.get_by_role(role, name, within=self)

    def get_by_label(self, text: str, exact: bool = False) -> "Found":
        return self.screen.get_by_label(text, exact, within=self)

    def get_by_text(self, text: str, exact: bool = False) -> "Found":
        return self.screen.get_by_text(text, exact, within=self)

    def count(self) -> int:
        return len(self.look())

    def is_visible(self) -> bool:
        return self._seen() is not None

    def node(self) -> dict[str, Any]:
        """Wait until it can be seen."""
        found: dict[str, Any] = self.screen.until(self._seen, f"{self.what} was not seen")
        return found

    def wait_for(self, state: str = "visible") -> None:
        """Wait until it is visible, attached, or hidden."""
        wanted = {"visible": self.is_visible, "attached": self.count, "hidden": lambda: not self.is_visible()}[state]
        self.screen.until(wanted, f"{self.what} was not {state}")

    def click(self) -> None:
        """Press it, in view, enabled and with nothing over it."""
        screen = self.screen

        def free() -> dict[str, Any] | None:
            node = self._seen()
            return node if node and screen.call(_HITTABLE, node) else None

        node = screen.until(free, f"{self.what} could not be pressed")
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        moves = [{"type": "pointerMove", "x": 0, "y": 0, "origin": origin}]
        screen.act({"type": "pointer", "id": "mouse", "actions": [*moves, *_PRESS]})

    check = click

    def fill(self, text: str) -> None:
        """Type over what is written there."""
        self.screen.call("(el) => { el.focus(); el.select(); }", self.node())
        self.screen.type(text)

    def select_option(self, value: str | None = None, index: int = 0) -> None:
        self.screen.call(_CHOOSE, self.node(), value, index)

    def input_value(self) -> str:
        return str(self.screen.call("(el) => el.value", self.node()))

    def get_attribute(self, name: str) -> str | None:
        value = self.screen.call("(el, name) => el.getAttribute(name)", self.node(), name)
        return None if value is None else str(value)

    def _seen(self) -> dict[str, Any] | None:
        nodes = self.look()
        return next((node for node in nodes if self.screen.call(_VISIBLE, node)), None)


_PRESS = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]


@dataclass(frozen=True)
class Fox:
    """A running Firefox: its session, and its processes."""

    bidi: Bidi
    process: "subprocess.Popen[bytes]"

    @contextmanager
    def silenced(self, seconds: float) -> Iterator[None]:
        """Stop all its processes for the block, and for this long at least: nothing comes out of it, by any way.

        To the others it is as if the network had gone. It answers no test meanwhile.
        """
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
            time.sleep(max(0.0, began + seconds - time.monotonic()))
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


@contextmanager
def cut_off(page: Page) -> Iterator[None]:
    """Take a person's line to every server away for the length of the block."""
    screen = cast(Screen, page)

    def set_to(conditions: dict[str, str] | None) -> None:
        params = {"networkConditions": conditions, "contexts": [screen.context]}
        screen.bidi.call("emulation.setNetworkConditions", params)

    set_to({"type": "offline"})
    try:
        yield
    finally:
        set_to(None)
