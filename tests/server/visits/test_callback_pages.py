"""A patient who would rather be called: the page without a script, the part in the call's page, and what staff see."""

import re

import pytest

from server.visits import actions
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

PART = {"HX-Request": "true"}


def words_of(page: str) -> str:
    """Give what is written on a page, without its marks."""
    return re.sub("<[^>]*>", "", page)


async def test_without_script_the_number_of_the_gate_is_confirmed_and_the_page_says_what_happens(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    assert 'href="/visit/call-me"' in (await maria.get("/visit/room")).text
    assert 'value="406-555-0177"' in (await maria.get("/visit/call-me")).text
    answer = await maria.post("/visit/call-me", data={"phone": "(406) 555-0188"})
    assert answer.headers["location"] == "/visit/call-me"
    page = words_of((await maria.get("/visit/call-me")).text)
    assert "You will be called at 406-555-0188" in page
    assert "Dr. R. Okafor and the clinic have been told" in page


async def test_a_wrong_number_is_said_and_nobody_is_asked_to_call_it(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    answer = await maria.post("/visit/call-me", data={"phone": "12"})
    assert answer.status_code == 422
    assert "Enter 10 digits" in answer.text
    assert await journey.audited(site, "ask_for_call") == []


async def test_staff_see_the_number_take_it_and_the_patient_reads_who_calls(site: World) -> None:
    visit_id, token = await site.visit()
    maria, pcp = await journey.waiting(site, token), await site.signed_in("pcp")
    assert "tel:" not in (await pcp.get(f"/visits/{visit_id}/callback")).text
    part = await maria.post("/visit/call-me", data={"phone": "406-555-0188"}, headers=PART)
    assert part.status_code == 200
    assert "<html" not in part.text
    for path in ("/today/visits", f"/visits/{visit_id}/callback"):
        page = (await pcp.get(path)).text
        assert "M. Alvarez asks to be called:" in page
        assert 'href="tel:406-555-0188"' in page
    assert (await pcp.post(f"/visits/{visit_id}/callback/take", headers=PART)).status_code == 204
    taken = words_of((await maria.get("/visit/call-me", headers=PART)).text)
    assert "Dr. R. Okafor will call you at 406-555-0188" in taken
    frontdesk = await site.signed_in("frontdesk")
    assert "Dr. R. Okafor calls." in (await frontdesk.get("/today/visits")).text
    assert (await pcp.post(f"/visits/{visit_id}/callback/done")).headers["location"] == "/today"
    assert "asks to be called" not in (await pcp.get("/today/visits")).text
    assert "If nobody reached you, ask again." in (await maria.get("/visit/call-me")).text


async def test_after_the_visit_only_who_still_waits_for_a_call_is_told_of_it(site: World) -> None:
    visit_id, token = await site.visit()
    maria = await journey.waiting(site, token)
    await maria.post("/visit/call-me", data={"phone": "406-555-0188"})
    pcp = await site.signed_in("pcp")
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    assert "You will be called at" in (await maria.get("/visit/call-me")).text
    assert "asks to be called" in (await pcp.get("/today/visits")).text
    await pcp.post(f"/visits/{visit_id}/callback/done")
    assert (await maria.get("/visit/call-me")).headers["location"] == "/visit/closed"


async def test_it_speaks_the_patient_s_language(site: World) -> None:
    _, token = await site.visit()
    maria = await journey.waiting(site, token)
    await maria.post("/language", data={"language": "es", "back": "/visit"})
    assert "Pedir que me llamen" in (await maria.get("/visit/call-me")).text
