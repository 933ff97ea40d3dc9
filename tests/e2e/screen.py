"""A tab that is driven over WebDriver BiDi, with the small part of Playwright's vocabulary that the journeys use.

Places are found by role, label and text, as people find them, and each step waits until it can be taken.
"""

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import ViewportSize

from tests.e2e.bidi import Bidi, Refused, from_remote, to_remote
from tests.e2e.browsers import WAIT_MS

POLL = 0.05  # seconds between two looks at a page

# Everything a person may see: `text` of labels and elements is compared without regard to case and spaces.
_FIND = """(how, text, within, exact) => {
  const tidy = (s) => (s ?? "").replace(/\\s+/g, " ").trim().toLowerCase();
  const fits = (s) => (exact ? tidy(s) === tidy(text) : tidy(s).includes(tidy(text)));
  const words = (id) => document.getElementById(id)?.textContent;
  const pointed = (el) => (el.getAttribute("aria-labelledby") ?? "").split(" ").map(words);
  const own = (el) => [...(el.labels ?? [])].map((l) => l.textContent);
  const labels = (el) => [el.getAttribute("aria-label"), ...pointed(el), ...own(el)];
  const all = [...(within ?? document).querySelectorAll("*")];
  if (how === "label") return all.filter((el) => labels(el).some((l) => l && fits(l)));
  const holds = all.filter((el) => !/^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT)$/.test(el.tagName) && fits(el.textContent));
  return holds.filter((el) => ![...el.children].some((child) => holds.includes(child)));
}"""
_NAMED = """(el, source, flags) => {
  const ids = (el.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
  const sources = [...ids.map((id) => document.getElementById(id)), ...(el.labels ?? []), el];
  const names = [el.getAttribute("aria-label"), ...sources.map((one) => one?.textContent)];
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
_PRESS = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]


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
