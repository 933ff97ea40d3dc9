"""Reminders: each once, on any node, of the visit as it is now; by what the patient wants; and what they answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.db import Database
from server.kit import Conflict
from server.scheduling import AppointmentReminder, CancelReason, who_comes
from server.visits import reminder_actions
from server.visits.change_actions import Move, cancel_visit, move_visit
from server.visits.mail import reminder_mail
from server.visits.reminder_actions import remind_due, say_coming, stop_reminders
from server.visits.reminder_store import upcoming_visits
from server.visits.tables import Encounter
from tests.cast import TEN, World, opened_world
from tests.server.visits import journey, reminded

pytestmark = pytest.mark.anyio

IN_FIVE_DAYS = TEN + timedelta(days=5)
BEFORE = {"days": 3, "minutes": 1}  # a minute after the first reminder of a visit in five days is due


@pytest.fixture
async def post(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """Start the application, which can send mail and texts; the patient agreed to texts. Runs on both databases."""
    async with opened_world(database, tmp_path, **reminded.CAN_SEND) as opened:
        await reminded.change_patient(opened, text_reminders=True)
        yield opened


async def test_a_visit_is_reminded_of_by_mail_and_text_two_days_and_two_hours_before(post: World) -> None:
    await post.visit(starts_at=IN_FIVE_DAYS)
    await remind_due(post.deps)
    assert await reminded.bodies(post) == []
    for span, count in (({"days": 3}, 1), ({"days": 1, "hours": 21}, 1), ({"hours": 1}, 2), ({"minutes": 30}, 2)):
        post.clock.pass_(**span)
        await remind_due(post.deps)
        assert [len(await reminded.bodies(post, channel)) for channel in ("mail", "text")] == [count, count]
    rows = await journey.rows(post, AppointmentReminder)
    assert [(row.minutes_before, row.mailed, row.texted) for row in rows] == [(2880, True, True), (120, True, True)]
    assert len(await journey.audited(post, "remind")) == 2


async def test_of_many_nodes_at_once_one_reminds(post: World) -> None:
    await post.visit(starts_at=IN_FIVE_DAYS)
    post.clock.pass_(**BEFORE)
    await asyncio.gather(*(remind_due(post.deps) for _ in range(5)))
    assert len(await reminded.bodies(post)) == 1


async def test_a_moved_visit_is_reminded_of_at_its_new_time_only(post: World) -> None:
    visit_id, _ = await post.visit(starts_at=IN_FIVE_DAYS)
    later = Move(IN_FIVE_DAYS + timedelta(days=2), 20)
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    await move_visit(post.deps, post.live, post.actors["pcp"], visit_id, later)
    told = len(await reminded.bodies(post))
    post.clock.pass_(days=1, hours=23)
    await remind_due(post.deps)
    assert len(await reminded.bodies(post)) == told
    post.clock.pass_(hours=1)
    await remind_due(post.deps)
    *_, last = await reminded.bodies(post)
    assert "Tuesday, December 1 at 10:00" in last


async def test_a_visit_that_was_moved_between_looking_and_claiming_is_not_reminded_of(
    post: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_id, _ = await post.visit(starts_at=IN_FIVE_DAYS)
    post.clock.pass_(**BEFORE)

    async def looked_before(*known: Any) -> Any:
        found = await upcoming_visits(*known)
        await move_visit(post.deps, post.live, post.actors["pcp"], visit_id, Move(IN_FIVE_DAYS, 40))
        return found

    monkeypatch.setattr(reminder_actions, "upcoming_visits", looked_before)
    await remind_due(post.deps)
    assert await journey.rows(post, AppointmentReminder) == []


async def test_a_cancelled_visit_is_not_reminded_of(post: World) -> None:
    visit_id, _ = await post.visit(starts_at=IN_FIVE_DAYS)
    await cancel_visit(post.deps, post.live, post.actors["pcp"], visit_id, CancelReason.PATIENT)
    told = len(await reminded.bodies(post))
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    assert len(await reminded.bodies(post)) == told


async def test_after_an_outage_who_is_still_to_come_is_reminded_and_nobody_else(post: World) -> None:
    await post.visit(starts_at=IN_FIVE_DAYS)
    await post.visit(starts_at=IN_FIVE_DAYS + timedelta(hours=4))
    post.clock.pass_(days=5, hours=3)
    await remind_due(post.deps)
    (only,) = await reminded.bodies(post)
    assert "2:00" in only


@pytest.mark.parametrize(
    ("columns", "mails", "texts"),
    [
        ({"mail_reminders": False}, 0, 1),
        ({"text_reminders": False}, 1, 0),
        ({"email": None}, 0, 1),
        ({"phone": None}, 1, 0),
        ({"mail_reminders": False, "text_reminders": False}, 0, 0),
    ],
)
async def test_a_patient_is_reminded_by_what_they_have_and_want(
    post: World, columns: dict[str, Any], mails: int, texts: int
) -> None:
    await reminded.change_patient(post, **columns)
    await post.visit(starts_at=IN_FIVE_DAYS)
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    assert [len(await reminded.bodies(post, channel)) for channel in ("mail", "text")] == [mails, texts]
    assert len(await journey.rows(post, AppointmentReminder)) == 1


async def test_one_that_cannot_be_written_keeps_nobody_else_s_back(
    post: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.visit(starts_at=IN_FIVE_DAYS)
    await post.visit(starts_at=IN_FIVE_DAYS)
    post.clock.pass_(**BEFORE)
    calls = [0]

    def broken(*known: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            raise RuntimeError
        return reminder_mail(*known)

    monkeypatch.setattr(reminder_actions, "reminder_mail", broken)
    await remind_due(post.deps)
    assert len(await reminded.bodies(post)) == 1
    await remind_due(post.deps)
    assert len(await reminded.bodies(post)) == 2


async def test_a_reminder_says_when_and_where_to_click_and_nothing_clinical(post: World) -> None:
    await reminded.change_patient(post, language="es", time_zone="America/New_York")
    await post.visit(starts_at=IN_FIVE_DAYS, reason="Depression")
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    for body in (*await reminded.bodies(post), *await reminded.bodies(post, "text")):
        assert "12:00" in body
        assert "domingo" in body
        assert "http://127.0.0.1:8000/v/" in body
        for word in ("Depression", "Maria", "Alvarez", "Primary care", "You have", "stop these"):
            assert word not in body


async def test_the_reminder_s_link_is_the_visit_s_and_leads_to_its_new_time(post: World) -> None:
    visit_id, link = await post.visit(starts_at=IN_FIVE_DAYS)
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    token = reminded.token_in((await reminded.bodies(post))[0])
    assert token != link
    assert "Sunday, November 29" in (await post.browser().get(f"/v/{token}")).text
    await move_visit(post.deps, post.live, post.actors["pcp"], visit_id, Move(IN_FIVE_DAYS + timedelta(days=1), 20))
    assert "Monday, November 30" in (await post.browser().get(f"/v/{token}")).text
    post.clock.now = IN_FIVE_DAYS + timedelta(days=1)
    await journey.opened(post, token)


async def test_the_patient_says_that_they_come_until_the_visit_gets_another_time(world: World) -> None:
    visit_id, token = await world.visit(starts_at=IN_FIVE_DAYS)
    appointment = await journey.appointment_of(world, visit_id)

    async def comes() -> bool:
        async with world.deps.database.read() as session:
            return appointment.id in await who_comes(session, world.actors["pcp"], [appointment.id])

    assert not await comes()
    for _ in range(2):
        await say_coming(world.deps, world.live, token, "192.0.2.7")
    assert await comes()
    assert len(await journey.audited(world, "accept")) == 1
    await move_visit(world.deps, world.live, world.actors["pcp"], visit_id, Move(IN_FIVE_DAYS, 40))
    assert not await comes()
    maria = await journey.patient_of(world, token)
    await move_visit(world.deps, world.live, maria, visit_id, Move(IN_FIVE_DAYS, 20))
    assert await comes()


@pytest.mark.parametrize("change", ["cancelled", "begun", "expired"])
async def test_nobody_says_that_they_come_to_what_is_over_or_has_begun(world: World, change: str) -> None:
    visit_id, token = await world.visit(starts_at=TEN)
    if change == "cancelled":
        await cancel_visit(world.deps, world.live, world.actors["pcp"], visit_id, CancelReason.PATIENT)
    elif change == "expired":
        world.clock.pass_(days=1)
    else:
        async with world.deps.database.write() as session:
            (await session.get_one(Encounter, visit_id)).status = "in-progress"
    with pytest.raises(Conflict):
        await say_coming(world.deps, world.live, token, "")


async def test_a_patient_stops_each_kind_of_reminder_by_the_link(post: World) -> None:
    _, token = await post.visit(starts_at=IN_FIVE_DAYS)
    await stop_reminders(post.deps, token, "", "text")
    await stop_reminders(post.deps, token, "", "mail")
    post.clock.pass_(**BEFORE)
    await remind_due(post.deps)
    assert await reminded.bodies(post) == await reminded.bodies(post, "text") == []
    assert len(await journey.audited(post, "stop_reminders")) == 2


async def test_without_offsets_nobody_is_reminded(sqlite_database: Database, tmp_path: Path) -> None:
    async with opened_world(sqlite_database, tmp_path, reminder_minutes="0", **reminded.CAN_SEND) as world:
        await world.visit(starts_at=IN_FIVE_DAYS)
        world.clock.pass_(**BEFORE)
        await remind_due(world.deps)
        assert await journey.rows(world, AppointmentReminder) == []
