"""What the call's pages are told: addresses, configuration, the visit in words, the chat."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from server.access import Action
from server.calls import ChatLine
from server.visits.call import PATIENT_URLS, call_config, chat_answer, reader_zone, staff_urls, visit_words
from server.visits.store import Safety, Visit, visit_by_id
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def visit_of(world: World) -> Visit:
    visit_id, _ = await world.visit()
    async with world.deps.database.read() as session:
        return await visit_by_id(session, world.actors["pcp"], Action.READ_VISIT, visit_id)


async def test_every_address_of_the_call_page_leads_to_a_page(site: World) -> None:
    paths = {getattr(route, "path", "") for route in site.app.routes}
    visit = await visit_of(site)
    known = {path.replace("{encounter_id}", str(visit.encounter.id)) for path in paths}
    assert {address.partition("?")[0] for address in staff_urls(visit).values()} <= known
    assert set(PATIENT_URLS.values()) <= known


async def test_the_scripts_are_told_where_to_go_when_it_is_over(site: World) -> None:
    visit = await visit_of(site)
    staff = call_config(visit, "practitioner", "Dr. R. Okafor", staff_urls(visit), "call")
    patient = call_config(visit, "patient", "M. Alvarez", PATIENT_URLS, "check")
    assert staff["closedUrl"] == f"/visits/{visit.encounter.id}"
    assert (patient["closedUrl"], patient["initial"], patient["role"]) == ("/visit/closed", "check", "patient")


async def test_the_scripts_are_told_no_name_of_the_patients_record(site: World) -> None:
    visit = await visit_of(site)
    told = call_config(visit, "patient", "M. Alvarez", PATIENT_URLS, "check")
    assert str(visit.patient.id) not in told.values()
    assert str(visit.encounter.id) not in told.values()


async def test_a_visit_in_words(site: World) -> None:
    words = visit_words(await visit_of(site), journey.HOME, "America/Denver")
    assert (words["patient_name"], words["patient_short"]) == ("Maria Alvarez", "M. Alvarez")
    assert (words["starts"], words["ends"], words["minutes"]) == ("10:00\u00a0AM", "10:20\u00a0AM", 20)
    assert words["location"] == "118 Larch Street, Missoula, Montana"
    assert words["emergency_contact"] == "D. Alvarez, 406-555-0168"
    assert (words["birth_date"], words["late_minutes"]) == ("4/17/1992", None)


async def test_what_is_not_known_leaves_no_stray_comma(site: World) -> None:
    words = visit_words(await visit_of(site), Safety(), "America/Denver")
    assert (words["location"], words["emergency_contact"], words["callback"]) == ("", "", "")


async def test_each_reader_reads_times_in_their_own_zone(site: World) -> None:
    visit = await visit_of(site)
    visit.patient.time_zone = "America/New_York"
    assert reader_zone(visit, patient=True) == "America/New_York"
    assert reader_zone(visit, patient=False) == "America/Denver"


def test_a_chat_line_names_its_sender_by_the_seat_and_the_time_in_utc() -> None:
    seat = UUID(int=7)
    line = ChatLine("m1", seat, "M. Alvarez", "hello", datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    expected = {"id": "m1", "from": str(seat), "name": "M. Alvarez", "text": "hello", "at": "2026-11-24T17:00:00+00:00"}
    assert chat_answer([line]) == {"messages": [expected]}
