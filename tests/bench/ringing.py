"""Asking with a thousand specialists' pages connected, and accepting in real browsers: how soon it rings and is seen.

Each consult rings one of the ten who cover its service; their page fetches what rings as soon as it is woken, as the
script of the page does. Time counts from sending the form until that is there, and until the page was woken.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import httpx2
import uvloop
from playwright.sync_api import Browser, sync_playwright

from server.kit import utc_now
from server.kit.ids import new_id
from server.kit.keyfile import load_keys
from signaling import Ticket, Tickets
from signaling.client import Client
from tests import postgres, redis
from tests.bench.bench_join import WATCH
from tests.bench.report import Row, quantile
from tests.e2e.browsers import LIVELY, person
from tests.e2e.browsers import chromium as browser
from tests.e2e.journey import DOCTOR, meet, sign_in
from tests.e2e.served import Served
from tests.load.crowd import served
from tests.load.specialists import Offered, Person, Staff, hired

SPECIALISTS, COVERING = 1000, 10
PER_SECOND, SECONDS = 20, 20
AT_ONCE = 40
RING_MS, FRAME_MS = 100, 1500
LATE_SECONDS = 120.0
"""A thousand pages that come at once are told of each other: until that is done nothing else is measured."""

ROUNDS = 5
QUIET_SECONDS = 3.0


def ring_rows() -> list[Row]:
    """Measure on one node on SQLite, then across two on PostgreSQL and Redis."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with served() as nodes:
            rows = runner.run(_rung(nodes, "", "one node"))
        with _two_nodes() as (nodes, address):
            return rows + runner.run(_rung(nodes, address, "two nodes"))


@contextmanager
def _two_nodes() -> Iterator[tuple[list[Served], str]]:
    with postgres.running() as server, server.database() as name, redis.running() as store:
        address = server.address(name)
        with served(2, CURBSIDE_DATABASE_URL=address, CURBSIDE_BACKPLANE_URL=store.url) as nodes:
            yield nodes, address


async def _rung(nodes: list[Served], address: str, where: str) -> list[Row]:
    offered = [
        Offered(f"Service {first}", (("person", first, 300),), people=range(first, first + COVERING))
        for first in range(0, SPECIALISTS, COVERING)
    ]
    staff = await hired(nodes, SPECIALISTS, address, *offered)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(staff.database.close)
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=LATE_SECONDS))
        pages = await stack.enter_async_context(_connected(nodes, staff, http))
        try:
            async with asyncio.timeout(LATE_SECONDS):
                await pages.quiet()
        except TimeoutError:
            print(f"{where}: no figures, the pages had not been told of each other after {LATE_SECONDS:.0f} s")
            return []
        await pages.ask(20)  # what is loaded when it is first used is no consult's
        pages.woken.clear()
        pages.shown.clear()
        await pages.ask(PER_SECOND * SECONDS)
    what = f"{SPECIALISTS:,} specialists, {PER_SECOND} consults/s, {where}"
    shown, woken = [list(times.values()) for times in (pages.shown, pages.woken)]
    return [
        *(
            Row(f"send → rings, p{share * 100:g}: {what}", quantile(shown, share), "ms", RING_MS)
            for share in (0.5, 0.99)
        ),
        Row(f"send → page woken, p99: {what}", quantile(woken, 0.99), "ms"),
    ]


class _Pages:
    """The specialists' pages: one connection each, and what they saw when. Times are in ms from sending."""

    def __init__(self, nodes: Sequence[Served], staff: Staff, http: httpx2.AsyncClient) -> None:
        self.woken: dict[UUID, float] = {}
        self.shown: dict[UUID, float] = {}
        self._nodes, self._staff, self._http = nodes, staff, http
        self._sent: dict[UUID, dict[UUID, float]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._heard = asyncio.Event()

    async def ask(self, consults: int) -> None:
        """Ask at an even pace, on every node in turn, and wait until all have rung."""
        wanted, begin = len(self.shown) + consults, time.perf_counter() + 0.2
        for number in range(consults):
            await asyncio.sleep(begin + number / PER_SECOND - time.perf_counter())
            self._begin(self._ask(number))
        async with asyncio.timeout(LATE_SECONDS):
            while len(self.shown) < wanted:
                self._changed.clear()
                await self._changed.wait()

    async def quiet(self) -> None:
        """Wait until nobody hears anything any more: those who came have been told of each other."""
        while True:
            self._heard.clear()
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._heard.wait()
            except TimeoutError:
                return

    async def _ask(self, number: int) -> None:
        services, key = self._staff.services, new_id()
        at = number * 37 % len(services)  # no two in a row ring the same one
        rung = self._staff.people[at * COVERING].account
        self._sent.setdefault(rung, {})[key] = time.perf_counter()
        answer = await self._staff.ask(self._http, self._nodes[number % len(self._nodes)].url, services[at], key)
        assert answer.status_code == 303, answer.status_code

    async def listen(self, who: Person, client: Client, url: str) -> None:
        """Hear what a page hears, until it is closed."""
        async for text in client.socket:
            self._heard.set()
            if '"changed"' in str(text) and '"consults"' in str(text):
                at = time.perf_counter()
                for key, sent in self._sent.get(who.account, {}).items():
                    self.woken.setdefault(key, (at - sent) * 1000)
                self._begin(self._fetch(who, url))

    async def _fetch(self, who: Person, url: str) -> None:
        headers = {**self._staff.headers(who), "HX-Request": "true", "X-Background": "1"}
        page = (await self._http.get(f"{url}/consults/incoming", headers=headers)).text
        at, sent = time.perf_counter(), self._sent.get(who.account, {})
        for key in [key for key in sent if str(key) in page]:
            self.shown[key] = (at - sent.pop(key)) * 1000
        self._changed.set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@asynccontextmanager
async def _connected(nodes: Sequence[Served], staff: Staff, http: httpx2.AsyncClient) -> AsyncIterator[_Pages]:
    """Connect everybody's page, on every node in turn."""
    tickets = Tickets(load_keys(Path(nodes[0].environment["CURBSIDE_DATA"]), ()).ticket_key, utc_now)
    pages, gate, listening = _Pages(nodes, staff, http), asyncio.Semaphore(AT_ONCE), list[asyncio.Task[None]]()
    clients: list[Client] = []

    async def enter(number: int, who: Person) -> None:
        # Everybody's page asks at the other node than where it is rung from, where there are two.
        node = nodes[(number // COVERING + 1) % len(nodes)]
        audiences = (f"account:{who.account}", f"organization:{staff.organization}")
        account = str(who.account)
        ticket = Ticket(f"person:{account}", account, "S", "practitioner", str(who.session), "waiting", audiences)
        async with gate:
            client = await Client.connect(f"ws://127.0.0.1:{node.port}/signaling", staff.origin)
            await client.join(tickets.mint(ticket))
            await client.expect("welcome", LATE_SECONDS)
        clients.append(client)
        listening.append(asyncio.create_task(pages.listen(who, client, node.url)))

    await asyncio.gather(*(enter(number, who) for number, who in enumerate(staff.people)))
    try:
        yield pages
    finally:
        unfinished = [*listening, *pages.tasks]  # who rang may still be fetching afresh
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await asyncio.gather(*(client.socket.close() for client in clients), return_exceptions=True)


def frame_rows() -> list[Row]:
    """Measure from the click on Accept until the specialist sees who asked, in the running visit."""
    with ExitStack() as stack:
        server = Served(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "var")
        server.start()
        stack.callback(server.stop)
        driver = stack.enter_context(sync_playwright())
        here, there = (stack.enter_context(browser(driver, LIVELY)) for _ in range(2))
        times = [_accepted(here, there, server.url) for _ in range(ROUNDS)]
    what = f"click “Accept” → the specialist sees who asked (median of {ROUNDS}, worst {max(times):.0f})"
    return [Row(what, median(times), "ms", FRAME_MS)]


def _accepted(here: Browser, there: Browser, url: str) -> float:
    with person(here, url) as ours, person(here, url) as guest, person(there, url) as theirs:
        theirs.add_init_script(WATCH)
        pcp, specialist = ours.new_page(), theirs.new_page()
        sign_in(specialist, "Psychiatrist")
        meet(pcp, guest.new_page())
        pcp.get_by_role("tab", name="Consult").click()
        pcp.get_by_role("link", name="Request consult").click()
        pcp.get_by_label("Whom to ask").select_option(label="Adult psychiatry")
        pcp.get_by_label("Your question").fill("No response at week 8. Increase, or switch?")
        pcp.get_by_label("Tried so far").fill("Sertraline 50 mg")
        pcp.get_by_label("Takes none").check()
        pcp.get_by_label("Risk", exact=True).select_option("none")
        pcp.get_by_label("agrees to this consult").check()
        pcp.get_by_role("button", name="Ask now").click()
        accept = specialist.get_by_role("alertdialog", name="Consult ringing").get_by_role("button", name="Accept")
        accept.wait_for()
        clicked = float(specialist.evaluate("() => Date.now()"))
        accept.click()
        specialist.wait_for_selector(f'video[aria-label="{DOCTOR}"]', state="attached")
        specialist.wait_for_function("() => window.__frame > 0")
        seen = float(specialist.evaluate("() => window.__frame"))
        pcp.get_by_role("button", name="Leave").click()
        return seen - clicked
