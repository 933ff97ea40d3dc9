"""Presence as people meet it: colleagues on Today, in words, and their own state, also without a script."""

import pytest

from tests.cast import World
from tests.server.calls.presence import come, go, lease
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}
PART = {"HX-Request": "true"}


async def test_colleagues_are_listed_with_role_state_in_words_and_when_they_were_seen(site: World) -> None:
    await lease(site, "n1")
    await come(site, "pcp")
    await come(site, "psychiatrist")
    await go(site, "psychiatrist")
    frontdesk = await site.signed_in("frontdesk")
    page = (await frontdesk.get("/today/colleagues", headers=PART)).text
    assert all(words in page for words in ("Dr. Rose Okafor", "Primary care", "Available"))
    assert "Specialist · seen" in " ".join(page.split())
    assert "June Whitfield" not in page


async def test_today_lists_the_first_of_many_and_says_how_many_there_are(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.calls.presence_pages.ON_TODAY", 1)
    frontdesk = await site.signed_in("frontdesk")
    part = (await frontdesk.get("/today/colleagues", headers=PART)).text
    everybody = (await frontdesk.get("/today/colleagues")).text
    many = everybody.count('class="person"')
    assert part.count('class="person"') == 1 < many
    assert f"Show all {many}" in part
    assert f'data-people="{many}"' in part
    assert "<html" in everybody
    assert "Show all" not in everybody


async def test_an_outsider_sees_nobody_and_a_patient_nothing(site: World) -> None:
    outsider = await site.signed_in("outsider")
    assert "Okafor" not in (await outsider.get("/today/colleagues")).text
    _, token = await site.visit()
    patient = await journey.opened(site, token)
    assert (await patient.get("/today/colleagues", headers=JSON)).status_code == 401


async def test_a_form_without_script_sets_the_own_state_with_an_end(site: World) -> None:
    pcp = await site.signed_in("pcp")
    answer = await pcp.post("/status", data={"status": "busy", "back": "14:00"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/status")
    page = (await pcp.get("/status")).text
    assert "until 2:00" in page
    await lease(site, "n1")
    await come(site, "pcp")
    assert "back at 2:00" in (await (await site.signed_in("frontdesk")).get("/today/colleagues")).text
    assert "Okafor" not in (await pcp.get("/today/colleagues", headers=PART)).text


async def test_with_script_the_menu_comes_back_and_available_has_no_end(site: World) -> None:
    pcp = await site.signed_in("pcp")
    await pcp.post("/status", data={"status": "away", "back": "14:00"})
    menu = await pcp.post("/status", data={"status": "available", "back": "14:00"}, headers={"HX-Request": "true"})
    assert menu.status_code == 200
    assert "<html" not in menu.text
    assert "until" not in menu.text
    assert 'value="available" aria-pressed="true"' in (await pcp.get("/status/own")).text


@pytest.mark.parametrize(
    ("posted", "says"),
    [({"status": "busy", "back": "noon"}, "Enter a time, like 14:00."), ({"status": "asleep"}, "Choose one.")],
)
async def test_what_cannot_be_read_is_said_and_changes_nothing(site: World, posted: dict[str, str], says: str) -> None:
    pcp = await site.signed_in("pcp")
    answer = await pcp.post("/status", data=posted)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="available" aria-pressed="true"' in (await pcp.get("/status/own")).text
