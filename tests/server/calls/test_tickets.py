"""The answer with which a page joins: what it says, and what it keeps to itself."""

from dataclasses import replace
from typing import Any

import pytest

from server.calls import Live, account_audience, organization_audience, ticket_answer
from server.calls.tickets import lobby_answer
from server.identity import guest_of
from server.web import Deps
from tests.cast import World
from tests.server.calls.rooms import Scene, scene
from tests.server.identity.links import new_link, stored

pytestmark = pytest.mark.anyio

TURN: dict[str, Any] = {
    "stun_urls": ("stun:stun.clinic.test:3478",),
    "turn_urls": ("turn:turn.clinic.test:3478",),
    "turn_secret": "shared",
    "turn_minutes": 60,
}


def with_settings(deps: Deps, **changes: object) -> Deps:
    return replace(deps, settings=deps.settings.model_copy(update=changes))


def answer(world: World, here: Scene, who: str = "pcp", **settings: Any) -> dict[str, Any]:
    actor = replace(world.actors["pcp"], session_key="the session")
    seat = here.pcp if who == "pcp" else here.patient
    return ticket_answer(with_settings(world.deps, **settings), world.live, actor, seat)


def servers(given: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = given["iceServers"]
    return found


async def test_a_ticket_says_who_may_enter_which_room_as_what(site: World) -> None:
    here = await scene(site)
    given = answer(site, here)
    ticket = site.live.tickets.open(str(given["ticket"]))
    assert (ticket.room, ticket.participant) == (str(here.room.id), str(here.pcp.id))
    assert (ticket.name, ticket.role, ticket.standing) == ("Dr. R. Okafor", "practitioner", "admitted")
    assert ticket.session == "the session"
    assert (given["room"], given["participant"], given["standing"]) == (ticket.room, ticket.participant, "admitted")


async def test_standing_comes_from_the_row_and_anything_but_admitted_waits(site: World) -> None:
    here = await scene(site)
    assert answer(site, here, "patient")["standing"] == "waiting"
    here.patient.standing = "removed"
    given = answer(site, here, "patient")
    assert (given["standing"], site.live.tickets.open(str(given["ticket"])).standing) == ("waiting", "waiting")


async def test_who_waits_gets_no_server_to_send_media_over(site: World) -> None:
    assert servers(answer(site, await scene(site), "patient", **TURN)) == []


async def test_who_is_admitted_gets_turn_credentials_for_a_while(site: World) -> None:
    stun, turn = servers(answer(site, await scene(site), **TURN))
    assert stun == {"urls": ["stun:stun.clinic.test:3478"]}
    assert turn["urls"] == ["turn:turn.clinic.test:3478"]
    assert turn["username"].split(":")[0] == str(int(site.clock.now.timestamp()) + 3600)
    assert turn["credential"]


async def test_the_name_that_a_turn_server_logs_says_nothing_about_the_person(site: World) -> None:
    here = await scene(site)
    name = servers(answer(site, here, **TURN))[1]["username"].split(":")[1]
    known = repr((here.pcp, here.room, site.accounts["pcp"]))
    assert len(name) == 16
    assert name not in known.replace("-", "")
    assert name != servers(answer(site, await scene(site), **TURN))[1]["username"].split(":")[1]


async def test_nothing_configured_means_no_server_at_all(site: World) -> None:
    given = answer(site, await scene(site))
    assert (given["iceServers"], given["iceTransportPolicy"]) == ([], "all")


async def test_relay_only_is_told_to_the_browser(site: World) -> None:
    assert answer(site, await scene(site), relay_only=True)["iceTransportPolicy"] == "relay"


async def test_a_patient_s_ticket_ends_with_the_browser_that_holds_the_link(site: World) -> None:
    guest = guest_of(await stored(site, await new_link(site)), "")
    given = ticket_answer(site.deps, site.live, guest, (await scene(site)).patient)
    assert site.live.tickets.open(str(given["ticket"])).session == guest.session_key


async def test_only_staff_hear_in_the_call_what_changes_in_their_organization_and_for_themselves(site: World) -> None:
    here, guest = await scene(site), guest_of(await stored(site, await new_link(site)), "")
    tickets = [
        site.live.tickets.open(str(ticket_answer(site.deps, site.live, actor, here.pcp)["ticket"]))
        for actor in (site.actors["pcp"], guest)
    ]
    own, place = account_audience(site.actors["pcp"].account_id), organization_audience(site.clinic.organization_id)
    assert [t.audiences for t in tickets] == [(own, place), ()]


@pytest.mark.parametrize(("who", "role"), [("pcp", "practitioner"), ("frontdesk", "frontdesk"), ("admin", "frontdesk")])
async def test_the_lobby_is_everybody_s_own_room_and_hears_of_all_their_organizations(
    site: World, who: str, role: str
) -> None:
    live: Live = site.live
    actor = replace(site.actors[who], session_key="the session")
    far = site.actors["outsider"].organization_id
    given = lobby_answer(live, actor, {actor.organization_id, far})
    ticket = live.tickets.open(str(given["ticket"]))
    assert (ticket.room, ticket.lobby) == (f"person:{actor.account_id}", True)
    assert (ticket.role, ticket.session) == (role, "the session")
    places = {organization_audience(place) for place in (actor.organization_id, far)}
    assert set(ticket.audiences) == {account_audience(actor.account_id), *places}
    assert (given["room"], given["participant"]) == (ticket.room, str(actor.account_id))


async def test_the_page_is_told_how_long_the_relay_passwords_live_and_nothing_where_none_expire(site: World) -> None:
    here = await scene(site)
    assert answer(site, here, **TURN)["iceLifetime"] == 60 * 60
    assert answer(site, here, **{**TURN, "turn_urls": ()})["iceLifetime"] == 0
    assert answer(site, here, "patient", **TURN)["iceLifetime"] == 0
