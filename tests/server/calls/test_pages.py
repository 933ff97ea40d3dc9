"""The lobby's ticket over HTTP."""

import httpx2
import pytest

from server.calls import account_audience, organization_audience
from tests.cast import World
from tests.server.identity.own_accounts import own_account, signed_in
from tests.server.identity.sessions import join_outsiders

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}


async def ask(browser: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    return await browser.post("/lobby/ticket", headers={**JSON, **headers})


@pytest.mark.parametrize("who", ["pcp", "frontdesk", "admin", "outsider"])
async def test_each_signed_in_person_gets_a_ticket_for_a_lobby_of_their_own(site: World, who: str) -> None:
    answer = await ask(await site.signed_in(who))
    ticket = site.live.tickets.open(answer.json()["ticket"])
    assert answer.status_code == 200
    assert ticket.room == answer.json()["room"] == f"person:{site.accounts[who].id}"
    person, place = account_audience(site.accounts[who].id), organization_audience(site.actors[who].organization_id)
    assert ticket.audiences == (person, place)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_member_of_two_organizations_hears_of_both_in_whichever_they_act(site: World) -> None:
    away = await join_outsiders(site)
    ticket = site.live.tickets.open((await ask(await site.signed_in("pcp"))).json()["ticket"])
    places = {organization_audience(place) for place in (away, site.clinic.organization_id)}
    assert set(ticket.audiences) == {account_audience(site.accounts["pcp"].id), *places}


async def test_a_patient_s_page_has_a_lobby_too_and_hears_of_no_organization(site: World) -> None:
    browser = await signed_in(site, await own_account(site))
    ticket = site.live.tickets.open((await ask(browser)).json()["ticket"])
    assert (ticket.role, ticket.audiences) == ("patient", ())


async def test_who_is_signed_out_is_told_so_in_a_way_that_scripts_read(site: World) -> None:
    answer = await ask(site.browser())
    assert (answer.status_code, answer.json()["error"]) == (401, 401)


async def test_a_ticket_is_not_given_for_looking(site: World) -> None:
    assert (await (await site.signed_in("pcp")).get("/lobby/ticket")).status_code == 405


async def test_another_site_gets_no_ticket(site: World) -> None:
    answer = await ask(await site.signed_in("pcp"), Origin="https://evil.test")
    assert answer.status_code == 403
