"""Whoever a written case waits for is told once that it is new, due soon and overdue; who asked, that it is overdue."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.consults.answer_tables import ConsultReminder
from server.consults.reminder_actions import remind_written
from server.outbox import OutboxMessage
from tests.cast import World
from tests.server.consults.written_cases import asked, taken

pytestmark = pytest.mark.anyio


async def told(world: World) -> list[tuple[str, str]]:
    names = {account.id: name for name, account in world.accounts.items()}
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(ConsultReminder))).all()
    return sorted((names[row.account_id], row.kind) for row in rows)


async def mails(world: World) -> int:
    async with world.deps.database.read() as session:
        return len((await session.exec(select(OutboxMessage))).all())


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


async def test_what_is_told_is_sent_by_mail_and_says_nothing_of_the_case(world: World) -> None:
    await asked(world)
    await remind_written(world.deps, world.live)
    assert await mails(world) == 0  # no mail server is set
