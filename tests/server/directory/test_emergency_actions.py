"""Breaking the glass: one opening however often it is asked for, noted and told in the same transaction."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.directory import Organization
from server.directory.emergency_actions import close_emergency, open_in_emergency, read_reason
from server.kit import Forbidden, Form, Invalid, NotFound, field_name
from server.kit.ids import new_id
from tests.cast import World
from tests.server.directory.emergencies import LOCUM, REASON, hire_locum, opened, rows
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
OTHER_REASON = "Still unresponsive, moved to the ward"


@pytest.fixture
async def stage(world: World) -> World:
    await hire_locum(world)
    return world


async def events(world: World) -> list[AuditEvent]:
    return await journey.audited(world, "open_in_emergency", "extend_emergency", "close_emergency")


async def set_contact(world: World, address: str) -> None:
    async with world.deps.database.write() as session:
        query = select(Organization).where(Organization.id == world.clinic.organization_id)
        organization = (await session.exec(query)).one()
        name = field_name("organization", organization.id, "privacy_contact")
        organization.privacy_contact = world.deps.keyring.seal(address, name)


async def test_it_is_open_for_an_hour_and_noted_with_whose_record_it_is(stage: World) -> None:
    row = await opened(stage)
    assert (row.started_at, row.ends_at - row.started_at) == (stage.clock.now, timedelta(minutes=60))
    (event,) = await events(stage)
    assert (event.why, event.patient_id, event.account_id) == ("break-glass", stage.patient.id, row.account_id)
    assert REASON not in str(event)


async def test_the_privacy_contact_is_told_who_and_when_and_not_whose_record_it_is(stage: World) -> None:
    await set_contact(stage, "privacy@example.org")
    await opened(stage)
    (letter,) = await journey.letters(stage)
    assert letter.recipient == "privacy@example.org"
    assert "Locum Hired" in letter.body
    assert "10:00\u00a0AM" in letter.body
    assert "11:00\u00a0AM" in letter.body
    assert f"{stage.deps.settings.public_url}/admin/audit" in letter.body
    told = letter.subject + letter.body
    assert [word for word in ("Maria", "Alvarez", "1992", REASON, str(stage.patient.id)) if word in told] == []


async def test_where_no_contact_is_set_the_administrators_are_told(stage: World) -> None:
    await opened(stage)
    assert [letter.recipient for letter in await journey.letters(stage)] == ["admin@demo.test"]


async def test_twenty_posts_at_once_make_one_opening_one_event_and_one_mail(stage: World) -> None:
    who = stage.actors[LOCUM]
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(open_in_emergency(stage.deps, who, stage.patient.id, REASON))
    assert (len(await rows(stage)), len(await events(stage)), len(await journey.letters(stage))) == (1, 1, 1)


async def test_twenty_reasons_at_once_leave_one_open(stage: World) -> None:
    who = stage.actors[LOCUM]
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(open_in_emergency(stage.deps, who, stage.patient.id, f"{REASON} {number}"))
    assert len([row for row in await rows(stage) if row.ended_at is None]) == 1


async def test_a_new_reason_begins_an_hour_anew_and_ends_the_old_one(stage: World) -> None:
    await opened(stage)
    stage.clock.pass_(minutes=50)
    await opened(stage, OTHER_REASON)
    first, second = await rows(stage)
    assert (first.ended_at, second.ended_at) == (stage.clock.now, None)
    assert second.ends_at == stage.clock.now + timedelta(minutes=60)
    assert [event.action for event in await events(stage)] == ["open_in_emergency", "extend_emergency"]


async def test_the_same_reason_makes_it_last_no_longer(stage: World) -> None:
    before = await opened(stage)
    stage.clock.pass_(minutes=50)
    assert (await opened(stage)).ends_at == before.ends_at


async def test_after_the_hour_the_same_reason_opens_it_again(stage: World) -> None:
    await opened(stage)
    stage.clock.pass_(minutes=60)
    await opened(stage)
    assert [event.action for event in await events(stage)] == ["open_in_emergency", "open_in_emergency"]


@pytest.mark.parametrize("who", ["frontdesk", "admin"])
async def test_who_treats_nobody_opens_nothing(stage: World, who: str) -> None:
    with pytest.raises(Forbidden):
        await open_in_emergency(stage.deps, stage.actors[who], stage.patient.id, REASON)
    assert (await rows(stage), await journey.letters(stage)) == ([], [])


async def test_a_record_of_another_organization_stays_unknown_in_an_emergency_too(stage: World) -> None:
    for patient_id in (stage.outside_patient.id, new_id(), None):
        with pytest.raises(NotFound):
            await open_in_emergency(stage.deps, stage.actors[LOCUM], patient_id, REASON)
    assert await rows(stage) == []


async def test_closing_is_noted_once_however_often_it_is_asked_for(stage: World) -> None:
    row = await opened(stage)
    for _ in range(2):
        await close_emergency(stage.deps, stage.actors[LOCUM], row.id)
        stage.clock.pass_(minutes=1)
    assert [event.action for event in await events(stage)] == ["open_in_emergency", "close_emergency"]
    assert (await rows(stage))[0].ended_at == stage.clock.now - timedelta(minutes=2)


async def test_nobody_closes_what_somebody_else_opened(stage: World) -> None:
    row = await opened(stage)
    for who, wanted in (("pcp", row.id), ("outsider", row.id), (LOCUM, new_id()), (LOCUM, None)):
        with pytest.raises(NotFound):
            await close_emergency(stage.deps, stage.actors[who], wanted)
    assert (await rows(stage))[0].ended_at is None


@pytest.mark.parametrize("typed", ["", "   ", "short", "123456789", "x" * 501])
def test_a_reason_is_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read_reason(Form({"reason": typed}))
    assert wrong.value.errors.keys() == {"reason"}


def test_ten_characters_are_a_reason() -> None:
    assert read_reason(Form({"reason": " 1234567890 "})) == "1234567890"
