"""The patient's way in as a browser meets it: confirm, wait, be let in, come back, and the end."""

from typing import Any

import httpx2
import pytest

from server.calls import CallFacts, ChatMessage
from server.directory import Patient
from server.visits import SafetyCheck, TelehealthConsent, actions
from server.visits.patient_pages import routes
from server.visits.store import opened_safety
from server.web.routing import Page
from signaling import Said
from tests.cast import TEN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}


async def admit(world: World, visit_id: Any) -> None:
    await actions.admit_patient(world.deps, world.live, world.actors["pcp"], visit_id)


async def end(world: World, visit_id: Any) -> None:
    await actions.end_visit(world.deps, world.live, world.actors["pcp"], visit_id)


async def before(world: World, **changes: str) -> httpx2.Response:
    _, token = await world.visit()
    return await (await journey.opened(world, token)).post("/visit/before", data={**journey.BEFORE, **changes})


def config(page: httpx2.Response) -> str:
    start = page.text.index('id="call-config">')
    return page.text[start : page.text.index("</script>", start)]


# The gate


async def test_every_page_of_the_way_in_needs_an_opened_link(site: World) -> None:
    stranger = site.browser()
    for route in routes:
        assert isinstance(route, Page)
        for method in (route.methods or set()) - {"HEAD"}:
            assert (await stranger.request(method, route.path, headers=JSON)).status_code == 401


async def test_being_signed_in_as_staff_opens_no_patients_page(site: World) -> None:
    pcp = await site.signed_in("pcp")
    assert (await pcp.get("/visit/before", headers=JSON)).status_code == 401


async def test_the_way_leads_from_the_gate_to_the_room_to_the_end(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.opened(site, token)
    assert (await maria.get("/visit")).headers["location"] == "/visit/before"
    assert (await maria.get("/visit/room")).headers["location"] == "/visit/before"
    assert (await maria.post("/visit/before", data=journey.BEFORE)).headers["location"] == "/visit/room"
    assert (await maria.get("/visit")).headers["location"] == "/visit/room"
    await maria.post("/visit/ticket")
    await end(site, visit_id)
    for path in ("/visit", "/visit/before", "/visit/room"):
        assert (await maria.get(path)).headers["location"] == "/visit/closed"
    assert (await maria.post("/visit/before", data=journey.BEFORE)).headers["location"] == "/visit/closed"


async def test_a_ticket_before_the_gate_is_refused_in_words(site: World) -> None:
    _, token = await site.visit()
    answer = await (await journey.opened(site, token)).post("/visit/ticket", headers=JSON)
    assert answer.status_code == 409
    assert "First confirm where you are" in answer.json()["message"]


# Consent and safety


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"street": ""}, "Enter the street and number"),
        ({"city": " "}, "Enter the town or city."),
        ({"state": "ZZ"}, "Choose the state where you are now."),
        ({"phone": "555"}, "Enter 10 digits"),
        ({"emergency_name": ""}, "Enter the name of someone we can call."),
        ({"emergency_phone": "none"}, "Enter 10 digits"),
        ({"company": ""}, "Tell us whether anyone is with you."),
        ({"company": "others"}, "Tell us who is with you."),
        ({"given_by": "neighbour"}, "Choose one."),
        ({"given_by": "parent", "relationship": "mother"}, "Enter the name of the person who agrees."),
        ({"given_by": "representative", "giver_name": "Rosa"}, "Enter how this person is related"),
        ({"agree": ""}, "Tick this if you agree."),
    ],
)
async def test_what_is_missing_is_said_beside_its_question_and_the_rest_stays(
    site: World, changes: dict[str, str], words: str
) -> None:
    answer = await before(site, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="D. Alvarez"' in answer.text or "emergency_name" in changes
    assert await journey.rows(site, SafetyCheck) == await journey.rows(site, TelehealthConsent) == []


async def test_an_empty_form_names_every_question_at_once(site: World) -> None:
    _, token = await site.visit()
    answer = await (await journey.opened(site, token)).post("/visit/before", data={})
    where, whom = ("street", "city", "state", "phone"), ("emergency_name", "emergency_phone")
    for name in (*where, *whom, "company", "given_by", "agree"):
        assert f'id="{name}-error"' in answer.text


async def test_who_else_is_there_and_who_agrees_for_the_patient_is_kept(site: World) -> None:
    answer = await before(
        site,
        company="others",
        others_present="my daughter",
        given_by="representative",
        giver_name="Rosa Alvarez",
        relationship="sister",
    )
    assert answer.status_code == 303
    (check,), (consent,) = await journey.rows(site, SafetyCheck), await journey.rows(site, TelehealthConsent)
    assert opened_safety(site.deps.keyring, check).others_present == "my daughter"
    assert consent.given_by == "representative"


async def test_consent_is_kept_in_the_language_in_which_it_was_read(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.opened(site, token)
    maria.cookies.set("language", "es")
    assert (await maria.post("/visit/before", data=journey.BEFORE)).status_code == 303
    (consent,) = await journey.rows(site, TelehealthConsent)
    assert consent.language == "es"


async def test_the_next_visit_begins_with_last_times_answers_and_asks_for_consent_anew(site: World) -> None:
    _, first = await site.visit()
    await journey.confirmed(site, first)
    _, second = await site.visit()
    maria = await journey.opened(site, second)
    assert (await maria.get("/visit")).headers["location"] == "/visit/before"
    page = (await maria.get("/visit/before")).text
    for words in ("118 Larch Street", "Missoula, Montana", 'value="406-555-0177"', 'value="D. Alvarez"'):
        assert words in page
    assert 'name="where" value="same" checked' in page
    assert 'name="agree" value="1" checked' not in page
    assert 'name="company" value="alone" checked' not in page


async def test_the_same_place_as_last_time_is_confirmed_with_one_tap(site: World) -> None:
    _, first = await site.visit()
    await journey.confirmed(site, first)
    _, second = await site.visit()
    maria = await journey.opened(site, second)
    form = {**journey.BEFORE, "where": "same", "street": "", "city": "", "state": ""}
    assert (await maria.post("/visit/before", data=form)).status_code == 303
    places = [opened_safety(site.deps.keyring, row).street for row in await journey.rows(site, SafetyCheck)]
    assert places == ["118 Larch Street", "118 Larch Street"]


async def test_the_same_place_is_no_answer_of_who_has_told_none(site: World) -> None:
    answer = await before(site, where="same", street="", city="", state="")
    assert answer.status_code == 422
    assert "Enter the street and number" in answer.text


async def test_a_very_long_answer_is_refused_beside_its_question(site: World) -> None:
    answer = await before(site, street="x" * 201)
    assert answer.status_code == 422
    assert "This is too long" in answer.text


# The room


async def test_the_room_begins_at_the_device_check_then_waiting_then_in_the_call(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.confirmed(site, token)
    assert '"initial": "check"' in config(await maria.get("/visit/room"))
    assert (await journey.encounter_of(site, visit_id)).status == "planned"
    await maria.post("/visit/ticket")
    assert '"initial": "waiting"' in config(await maria.get("/visit/room"))
    await admit(site, visit_id)
    assert '"initial": "call"' in config(await maria.get("/visit/room"))


async def test_who_pressed_join_before_the_script_ran_goes_straight_on_and_past_no_gate(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.opened(site, token)
    assert (await maria.get("/visit/room?join=1")).headers["location"] == "/visit/before"
    await maria.post("/visit/before", data=journey.BEFORE)
    assert '"initial": "waiting"' in config(await maria.get("/visit/room?join=1"))
    assert (await journey.encounter_of(site, visit_id)).status == "planned"


async def test_the_room_tells_the_patient_nothing_that_is_staffs(site: World) -> None:
    _, token = await site.visit(reason="Depression")
    page = await (await journey.confirmed(site, token)).get("/visit/room")
    assert "Depression" not in page.text
    assert '"name": "M. Alvarez"' in config(page)


async def test_reloading_keeps_the_place_in_the_waiting_room(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    site.clock.pass_(minutes=8)
    again = (await maria.post("/visit/ticket")).json()
    (seat,) = await journey.seats(site)
    assert again["participant"] == str(seat.id)
    assert (await journey.encounter_of(site, visit_id)).arrived_at == TEN


async def test_not_admitted_means_no_chat_and_no_way_to_connect_whatever_is_sent(site: World) -> None:
    visit_id, token = await site.visit()
    pcp = await site.signed_in("pcp")
    seat = (await pcp.post(f"/visits/{visit_id}/ticket")).json()
    said = Said(seat["room"], seat["participant"], "1", "Shall we raise the dose?", TEN)
    await CallFacts(site.deps).said(said)
    maria = await journey.waiting(site, token)
    forged = {"standing": "admitted", "role": "practitioner"}
    answer = await maria.post("/visit/ticket?standing=admitted", json=forged)
    assert (answer.json()["standing"], answer.json()["iceServers"]) == ("waiting", [])
    assert (await maria.get("/visit/chat")).json() == {"messages": []}
    await admit(site, visit_id)
    (line,) = (await maria.get("/visit/chat")).json()["messages"]
    assert (line["text"], line["name"], line["id"]) == ("Shall we raise the dose?", "Dr. R. Okafor", "1")


async def test_a_waiting_patient_writes_no_chat_by_forged_fact(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    (seat,) = await journey.seats(site)
    with pytest.raises(Exception, match="not_admitted"):
        await CallFacts(site.deps).said(Said(str(seat.room_id), str(seat.id), "1", "hello", TEN))
    assert await journey.rows(site, ChatMessage) == []
    assert (await maria.get("/visit/chat")).json() == {"messages": []}


async def test_a_delay_reaches_the_waiting_patients_news(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    assert "late" not in (await maria.get("/visit/news")).text
    await actions.announce_delay(site.deps, site.live, site.actors["pcp"], visit_id, 10)
    assert "Dr. R. Okafor is running about 10 minutes late" in (await maria.get("/visit/news")).text


async def test_when_nobody_comes_the_news_name_another_way(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    await actions.announce_delay(site.deps, site.live, site.actors["pcp"], visit_id, 10)
    site.clock.pass_(minutes=24)
    assert "Nobody has come yet" not in (await maria.get("/visit/news")).text
    site.clock.pass_(minutes=1)
    news = (await maria.get("/visit/news")).text
    assert "Nobody has come yet" in news
    assert "tel:406-555-0142" in news


# The end, and what is too late


async def test_who_left_may_come_back_until_the_visit_is_over(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    assert "Come back in" in (await maria.get("/visit/closed")).text
    await end(site, visit_id)
    closing = (await maria.get("/visit/closed")).text
    assert "Your visit is over" in closing
    assert "tel:406-555-0142" in closing
    assert (await maria.post("/visit/ticket", headers=JSON)).status_code == 410


async def test_the_closing_page_is_there_for_half_a_day(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    await end(site, visit_id)
    site.clock.pass_(hours=11)
    assert (await maria.get("/visit/closed")).status_code == 200
    site.clock.pass_(hours=1)
    assert (await maria.get("/visit/closed")).status_code == 401


async def test_who_opened_the_link_and_comes_hours_later_is_told_to_call(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.confirmed(site, token)
    site.clock.pass_(hours=3)
    page = await maria.get("/visit/room")
    assert page.status_code == 410
    assert "Call the clinic for a new time or a new link." in page.text
    assert (await maria.post("/visit/ticket", headers=JSON)).status_code == 410


# Traces


async def test_each_look_of_the_patient_at_what_is_kept_is_noted(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.confirmed(site, token)
    for path in ("/visit/before", "/visit/room", "/visit/chat"):
        seen = len(await journey.audited(site, "read"))
        assert (await maria.get(path)).status_code == 200
        *_, event = await journey.audited(site, "read")
        assert len(await journey.audited(site, "read")) == seen + 1
        assert (event.entity_id, event.patient_id, event.roles) == (visit_id, site.patient.id, "patient")


async def test_a_patient_is_spoken_to_in_the_language_of_their_record(site: World) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).language = "es"
    _, token = await site.visit()
    maria = await journey.confirmed(site, token)
    for path in ("/visit/before", "/visit/room", "/visit/closed"):
        assert '<html lang="es">' in (await maria.get(path)).text
