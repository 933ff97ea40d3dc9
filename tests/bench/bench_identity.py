"""What identity costs: sign-ins a second, what audit and sealing add to a page that is read, and the audit chain."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
from sqlmodel import select

from server.audit import Subject, note_read
from server.db import Database
from server.directory import PatientContact, patient_contact
from server.directory.store import keep_contact
from server.identity import Account
from server.identity.passwords import hash_password
from server.kit import field_name
from server.kit.ids import new_id
from server.migrations import upgrade
from server.web import set_up_logging
from tests.bench import audit
from tests.bench.report import Row, quantile
from tests.cast import World, opened_world
from tests.e2e.served import Served

PEOPLE, SIGN_INS = 8, 30  # five for each account: below the limits
PASSWORD = "correct horse battery staple"
TIMES = 100
PAGE_BUDGET_MS = 15.0


def measure() -> list[Row]:
    """Measure over a real server, then the parts of a page's cost one by one."""
    set_up_logging("error")
    return [*_sign_ins(), *asyncio.run(_page_costs()), *audit.measure()]


def _sign_ins() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="curbside-bench-") as folder:
        server = Served(Path(folder) / "var")
        server.start()
        try:
            asyncio.run(_give_passwords(server.folder))
            spent, seconds = asyncio.run(_sign_in_together(server.url))
        finally:
            server.stop()
    return [
        Row(f"sign-ins per second, {PEOPLE} people at once", round(len(spent) / seconds, 1), "1/s", better="higher"),
        Row("sign-in, p50", round(quantile(spent, 0.5)), "ms"),
        Row("sign-in, p99", round(quantile(spent, 0.99)), "ms"),
    ]


async def _give_passwords(folder: Path) -> None:
    database, hashed = Database.open(f"sqlite+aiosqlite:///{folder / 'curbside.db'}"), await hash_password(PASSWORD)
    async with database.write() as session:
        for account in (await session.exec(select(Account))).all():
            account.password_hash = hashed
    await database.close()


async def _sign_in_together(url: str) -> tuple[list[float], float]:
    """Let the demo's people sign in, each time from a new browser, until all are done; ms of each, and seconds."""
    people = ("pcp", "psychiatrist", "caremanager", "frontdesk", "admin", "outsider")
    waiting, spent = [f"{people[number % 6]}@demo.test" for number in range(SIGN_INS)], []

    async def person() -> None:
        while waiting:
            email = waiting.pop()
            async with httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as browser:
                began = time.perf_counter()
                answer = await browser.post("/login", data={"email": email, "password": PASSWORD})
                assert answer.status_code == 303, answer.status_code
                spent.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(PEOPLE)))
    return spent, time.perf_counter() - began


async def _page_costs() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="curbside-bench-") as folder:
        address = f"sqlite+aiosqlite:///{Path(folder) / 'curbside.db'}"
        database = Database.open(address)
        await upgrade(database)
        async with opened_world(database, Path(folder)) as world:
            rows = await _rows(world)
        await database.close()
    return rows


async def _rows(world: World) -> list[Row]:
    visit_id, _ = await world.visit()
    browser = await world.signed_in("pcp")
    keep_contact(world.deps.keyring, world.patient, PatientContact("406-555-0177", "m@example.org", "CC-1001"))
    subject = Subject("Encounter", visit_id, world.patient.id)
    field, text = field_name("appointment", new_id(), "reason"), "Follow-up, week 8. " * 50
    sealed = world.deps.keyring.seal(text, field)

    async def page() -> None:
        (await browser.get(f"/visits/{visit_id}")).raise_for_status()

    async def audit() -> None:
        await note_read(world.deps, world.actors["pcp"], subject, "bench")

    async def contact() -> None:
        patient_contact(world.deps.keyring, world.patient)

    async def note_text() -> None:
        world.deps.keyring.open(sealed, field)

    async def seal() -> None:
        world.deps.keyring.seal(text, field)

    return [
        Row("a visit's page, in process, p50", await _p50(page), "ms", PAGE_BUDGET_MS),
        Row("of it: the audit event, committed before the answer", await _p50(audit), "ms"),
        Row("opening a patient's three sealed contacts", await _p50(contact), "ms"),
        Row("opening a sealed text of 950 bytes", await _p50(note_text), "ms"),
        Row("sealing a text of 950 bytes, with a look for newer keys", await _p50(seal), "ms"),
    ]


async def _p50(work: Callable[[], Awaitable[None]]) -> float:
    await work()
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await work()
        spent.append((time.perf_counter() - began) * 1000)
    return round(quantile(spent, 0.5), 4)
