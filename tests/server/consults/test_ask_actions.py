"""Asking makes a case once, about whom the actor may ask, and keeps who agreed to it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from server.consults.case_rules import CONSENT_VERSION
from server.consults.service_rules import Mode
from server.directory import Patient
from server.kit import Forbidden, Gone, Invalid, NotFound
from server.kit.ids import new_id
from server.visits.actions import end_visit
from tests.cast import World
from tests.server.consults import asking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_the_same_form_asks_once(world: World) -> None:
    service, key = await asking.service(world), new_id()
    await asyncio.gather(*(asking.asked(world, service, key=key) for _ in range(3)))
    assert await asking.rings(world, key) == [("psychiatrist", "")]
    assert await asking.events(world, key) == ["asked"]


async def test_a_form_that_is_sent_again_later_asks_nothing_new(world: World) -> None:
    service, key = await asking.service(world), new_id()
    for _ in range(2):
        await asking.asked(world, service, key=key)
        world.clock.pass_(minutes=1)
    assert await asking.rings(world, key) == [("psychiatrist", "")]
    assert await asking.events(world, key) == ["asked"]


async def test_a_key_of_somebody_else_asks_nothing(world: World) -> None:
    service = await asking.service(world)
    key = await asking.asked(world, service)
    with pytest.raises(NotFound):
        await asking.asked(world, service, by="caremanager", key=key)


async def test_a_written_consult_rings_nobody(world: World) -> None:
    consult_id = await asking.asked(world, await asking.service(world), mode=Mode.WRITTEN)
    assert await asking.rings(world, consult_id) == []
    assert (await asking.row(world, consult_id)).status == "written"


async def test_a_case_about_a_patient_has_their_age_and_language(world: World) -> None:
    visit_id, _ = await world.visit()
    consult_id = await asking.asked(world, await asking.service(world), patient_id=world.patient.id)
    consult = await asking.row(world, consult_id)
    assert visit_id != consult.encounter_id is None
    assert (consult.patient_age, consult.language, consult.situation) == (34, "en", "peer_only")


async def test_a_patient_is_a_year_older_when_their_birthday_begins_where_they_are(world: World) -> None:
    await world.visit()
    world.clock.now = datetime(2027, 4, 17, 3, tzinfo=UTC)  # the evening before in Denver
    service = await asking.service(world)
    for age in (34, 35):
        asked = await asking.asked(world, service, patient_id=world.patient.id, mode=Mode.WRITTEN)
        assert (await asking.row(world, asked)).patient_age == age
        world.clock.pass_(hours=3)


async def test_without_a_tie_to_the_patient_nobody_asks_about_them(world: World) -> None:
    service, patient = await asking.service(world), await _stranger(world)
    with pytest.raises(Forbidden):
        await asking.asked(world, service, patient_id=patient.id)


async def test_the_specialist_comes_into_a_visit_only_when_the_patient_agreed(world: World) -> None:
    visit_id, _ = await world.visit()
    service = await asking.service(world)
    with pytest.raises(Invalid) as error:
        await asking.asked(world, service, encounter_id=visit_id, present=True)
    assert list(error.value.errors) == ["agreed"]


async def test_who_recorded_the_consent_and_when_is_kept(world: World) -> None:
    visit_id, _ = await world.visit()
    asked: dict[str, Any] = {"encounter_id": visit_id, "present": True, "agreed": True, "state": "MT"}
    consult = await asking.row(world, await asking.asked(world, await asking.service(world), **asked))
    recorded = (consult.consent_given_by, consult.consent_recorded_by, consult.consent_at, consult.consent_version)
    assert recorded == ("patient", world.accounts["pcp"].id, world.clock.now, CONSENT_VERSION)
    assert (consult.situation, consult.patient_id) == ("patient_present", world.patient.id)


async def test_a_visit_that_is_over_asks_for_nobody(world: World) -> None:
    visit_id, link = await world.visit()
    await journey.waiting(world, link)
    await end_visit(world.deps, world.live, world.actors["pcp"], visit_id)
    with pytest.raises(Gone):
        await asking.asked(world, await asking.service(world), encounter_id=visit_id)


async def test_a_service_that_does_not_cover_the_clinic_is_not_asked(world: World) -> None:
    service = await asking.service(world)
    elsewhere = await world.second_clinic()
    async with world.deps.database.write() as session:
        for row in (await session.exec(asking.coverage_of(service))).all():
            row.clinic_id = elsewhere.id
    with pytest.raises(Invalid):
        await asking.asked(world, service)


async def test_the_front_desk_and_administrators_ask_for_no_consult(world: World) -> None:
    service = await asking.service(world)
    for name in ("frontdesk", "admin"):
        with pytest.raises(Forbidden):
            await asking.asked(world, service, by=name)


async def test_asking_is_on_the_record(world: World) -> None:
    visit_id, _ = await world.visit()
    await asking.asked(world, await asking.service(world), encounter_id=visit_id, agreed=True)
    (event,) = await journey.audited(world, "ask_consult")
    assert (event.entity, event.patient_id, event.why) == (
        "ServiceRequest",
        world.patient.id,
        "with the patient's consent",
    )


async def _stranger(world: World) -> Patient:
    patient = Patient(**{**world.patient.model_dump(), "id": new_id()})
    async with world.deps.database.write() as session:
        session.add(patient)
    return patient
