"""Notifications in a real browser: what a push service got is decrypted and handed to the browser by DevTools.

Headless Chromium reaches no push service of its own, so the subscription is one of the tests' endpoint.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, expect

from tests.e2e.browsers import chromium, person
from tests.e2e.journey import sign_in
from tests.e2e.served import Served
from tests.e2e.test_accessibility import check, with_axe
from tests.server.outbox.push_service import Device, PushService, opened_push_service

HERE = "/account/notifications"
REGISTER = """async () => {
  await navigator.serviceWorker.register("/push-worker.js");
  await navigator.serviceWorker.ready;
}"""
SHOWN = """async (tag) => {
  const found = await (await navigator.serviceWorker.ready).getNotifications(tag ? { tag } : {});
  return found.map((one) => ({ title: one.title, body: one.body, tag: one.tag, path: one.data.path }));
}"""
CLICK = """async (tag) => {
  const [notification] = await self.registration.getNotifications({ tag });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action: "open" }));
}"""

# Nobody looks while a notification is being shown: Chromium may take it for one that is gone.
KEEP_WORK = """() => {
  const real = ExtendableEvent.prototype.waitUntil;
  ExtendableEvent.prototype.waitUntil = function (work) { self.work = work; real.call(this, work); };
}"""
WORK_DONE = """async () => {
  while (!self.work) await new Promise((resolve) => setTimeout(resolve, 20));
  await self.work;
  self.work = undefined;
}"""


class Elsewhere:
    """The push service, on a loop in a thread of its own."""

    def __init__(self) -> None:
        self.service = PushService()
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    async def _run(self) -> None:
        async with opened_push_service() as self.service:
            self._ready.set()
            await self._over.wait()

    def __enter__(self) -> PushService:
        self._thread.start()
        assert self._ready.wait(10)
        return self.service

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture
def service() -> Iterator[PushService]:
    with Elsewhere() as running:
        yield running


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Served]:
    """Run a demo server that may call the tests' push service."""
    server = Served(tmp_path / "var", {"CURBSIDE_OUTBOUND_ALLOW": "127.0.0.1"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(playwright: Playwright, named: Served) -> Iterator[Page]:
    """Open the psychiatrist's page in a browser that may show notifications, as the whole Chromium does."""
    with chromium(playwright) as browser, person(browser, named.url) as context:
        context.grant_permissions(["notifications"])
        yield with_axe(context)


class Courier:
    """Hands messages to the page's worker, as the browser's own push service would."""

    def __init__(self, page: Page, origin: str) -> None:
        self._page, self._origin = page, origin
        self._registrations: list[dict[str, Any]] = []
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.on("ServiceWorker.workerRegistrationUpdated", self._hear)
        self._devtools.send("ServiceWorker.enable")
        page.evaluate(REGISTER)
        self.worker = page.context.service_workers[0]
        self.worker.evaluate(KEEP_WORK)

    def _hear(self, told: dict[str, Any]) -> None:
        self._registrations += told["registrations"]

    def deliver(self, message: dict[str, Any]) -> None:
        """Hand one message over, and wait until the worker has dealt with it."""
        order = {"origin": self._origin, "registrationId": self._registrations[-1]["registrationId"]}
        self._devtools.send("ServiceWorker.deliverPushMessage", {**order, "data": json.dumps(message)})
        self.worker.evaluate(WORK_DONE)

    def click(self, tag: str) -> None:
        """Click on a notification."""
        self.worker.evaluate(CLICK, tag)
        self.worker.evaluate(WORK_DONE)


def subscribe(page: Page, device: Device) -> None:
    """Tell the server of a browser, as the page's script does."""
    answered = page.request.post(f"{HERE}/browsers", form=device.form, headers={"Origin": page.url.rsplit("/", 2)[0]})
    assert answered.ok, answered.text()


def arrived(page: Page, service: PushService, device: Device, count: int = 1) -> dict[str, Any]:
    """Wait until the service has got so many messages for the browser; gives the last one."""
    for _ in range(150):
        if len(service.pushed) >= count:
            break
        page.wait_for_timeout(100)  # the server sends in its own time
    found: dict[str, Any] = service.read(device)[count - 1]
    return found


def test_a_message_is_shown_a_click_leads_on_and_the_end_closes_it(
    page: Page, named: Served, service: PushService
) -> None:
    sign_in(page)
    page.goto(HERE)
    check(page)
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_visible()
    device = service.device()
    subscribe(page, device)
    page.reload()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test message is on its way.")).to_be_visible()
    check(page)
    test = arrived(page, service, device)
    assert test["path"] == HERE

    courier = Courier(page, named.url)
    courier.deliver(test)
    expect_shown(page, test["tag"], [test["body"]])

    ring = {**test, "kind": "ring", "tag": "c-1", "path": "/account", "body": "A colleague asks for a consult."}
    courier.deliver(ring)
    expect_shown(page, "c-1", ["A colleague asks for a consult."])
    courier.click("c-1")
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Your account", level=1)).to_be_visible()
    expect_shown(page, "c-1", [])

    courier.deliver(ring)
    expect_shown(page, "c-1", ["A colleague asks for a consult."])
    courier.deliver({**ring, "kind": "over"})
    expect_shown(page, "c-1", [])


def expect_shown(page: Page, tag: str, bodies: list[str]) -> None:
    """Wait until the browser shows these notifications under a tag."""
    for _ in range(150):
        if [one["body"] for one in page.evaluate(SHOWN, tag)] == bodies:
            return
        page.wait_for_timeout(100)
    assert [one["body"] for one in page.evaluate(SHOWN, tag)] == bodies


def test_where_the_browser_reaches_no_push_service_it_says_so_and_nothing_is_kept(page: Page) -> None:
    sign_in(page)
    page.goto(HERE)
    page.get_by_role("button", name="Turn on notifications").click()
    expect(page.get_by_role("alert").filter(has_text="That did not work")).to_be_visible()
    expect(page.get_by_text("None is notified yet.")).to_be_visible()
