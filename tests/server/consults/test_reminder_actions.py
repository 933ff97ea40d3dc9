"""Whoever a written case waits for is told once that it is new, due soon and overdue; who asked, that it is overdue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from server.consults.answer_tables import ConsultReminder
from server.consults.case_tables import Consult
from server.consults.reminder_actions import UNANSWERED, remind_written
from server.web import Deps
from tests.cast import ORIGIN, World
from tests.server.consults.written_cases import asked, noted, taken
from tests.server.visits.journey import letters

pytestmark = pytest.mark.anyio


async def told(world: World) -> list[tuple[str, str]]:
    names = {account.id: name for name, account in world.accounts.items()}
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(ConsultReminder))).all()
    return sorted((names[row.account_id], row.kind) for row in rows)


async def test_all_who_matched_hear_of_a_new_case_once(world: World) -> None:
    await asked(world)
    for _ in range(2):
        await remind_written(world.deps, world.live)
    assert await told(world) == [("psychiatrist", "new"), ("rivera", "new")]


async def test_who_took_it_is_reminded_before_and_at_the_due_time_and_who_asked_hears_that_it_is_overdue(
    world: World,
) -> None:
    await taken(world)
    for hours in (0, 18, 3, 3, 50):
        world.clock.now += timedelta(hours=hours)
        await remind_written(world.deps, world.live)
    assert await told(world) == [
        ("pcp", "due"),
        ("psychiatrist", "before"),
        ("psychiatrist", "due"),
        ("psychiatrist", "new"),
    ]


async def test_nobody_is_reminded_of_a_case_that_is_answered(world: World) -> None:
    await taken(world, status="answered", accepted_by=world.accounts["psychiatrist"].id)
    world.clock.pass_(hours=30)
    await remind_written(world.deps, world.live)
    assert await told(world) == []


async def test_of_a_case_that_was_overdue_before_anybody_looked_each_hears_the_last_thing_alone(world: World) -> None:
    await taken(world)
    await remind_written(world.deps, world.live)
    world.clock.pass_(hours=30)
    await remind_written(world.deps, world.live)
    reminded = await noted(world, "remind")
    assert len(reminded) == len(["new to Dr. Brandt", "overdue to Dr. Brandt", "overdue to Dr. Okafor"])
    await remind_written(world.deps, world.live)
    assert await noted(world, "remind") == reminded


async def test_what_is_told_is_sent_by_mail_and_says_nothing_of_the_case(world: World) -> None:
    consult_id = await taken(world)
    await remind_written(with_mail(world), world.live)
    (letter,) = await letters(world)
    assert letter.recipient == "psychiatrist@demo.test"
    assert letter.subject == "A consult on Curbside"
    assert letter.body.splitlines() == [
        "A colleague asks for a written answer.",
        "",
        "Sign in to read it:",
        "",
        f"{ORIGIN}/consults/{consult_id}/thread",
    ]


async def test_who_asked_reads_that_nobody_answered_in_time(world: World) -> None:
    await taken(world)
    await remind_written(world.deps, world.live)
    world.clock.pass_(hours=24)
    await remind_written(with_mail(world), world.live)
    words = {letter.recipient: letter.body.splitlines()[0] for letter in await letters(world)}
    assert words == {"pcp@demo.test": UNANSWERED, "psychiatrist@demo.test": "A written answer is overdue."}


async def test_without_a_mail_server_no_mail_waits_for_one(world: World) -> None:
    await taken(world)
    await remind_written(world.deps, world.live)
    assert await letters(world) == []
    assert await told(world) == [("psychiatrist", "new")]


@pytest.mark.parametrize("change", [{"status": "answered"}, {"written_due_at": None}])
async def test_a_case_that_waits_no_more_while_others_are_told_of_is_told_of_to_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    first, second = await taken(world), await taken(world)

    async def meanwhile(*_: object) -> None:
        async with world.deps.database.write() as session:
            (await session.get_one(Consult, second)).sqlmodel_update(change)

    monkeypatch.setattr(type(world.live), "changed_for", meanwhile)
    with capture_logs() as failures:
        await remind_written(world.deps, world.live)
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(ConsultReminder))).all()
    assert [row.consult_id for row in rows] == [first]
    assert failures == []


def with_mail(world: World) -> Deps:
    """Give what a server with a mail server set has; its mails stay in the outbox."""
    return replace(world.deps, settings=world.deps.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9"}))
