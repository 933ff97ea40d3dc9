"""A visit's own page: what staff read on it, its link shown once, and what it offers at which time."""

from typing import Any

import httpx2
import pytest
from sqlmodel import select

from server.identity import prove_link
from server.outbox import OutboxMessage
from server.visits import actions
from tests.cast import BORN, World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def sheet(world: World, visit_id: Any, who: str = "pcp") -> httpx2.Response:
    return await (await world.signed_in(who)).get(f"/visits/{visit_id}")


async def test_it_says_who_when_why_and_that_nothing_is_confirmed_yet(site: World) -> None:
    visit_id, _ = await site.visit()
    page = await sheet(site, visit_id)
    for words in ("Maria Alvarez", "Tuesday, November 24", "10:00\u00a0AM", "4/17/1992", "Follow-up", "Nothing yet."):
        assert words in page.text


async def test_it_says_what_the_patient_confirmed(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    page = await sheet(site, visit_id, "frontdesk")
    for words in ("118 Larch Street, Missoula, Montana", "406-555-0177", "D. Alvarez, 406-555-0168", "alone"):
        assert words in page.text


async def test_the_link_is_not_on_it_once_it_was_shown(site: World) -> None:
    visit_id, token = await site.visit()
    page = await sheet(site, visit_id)
    assert token not in page.text
    assert "A link is shown once" in page.text


async def test_each_look_is_noted_with_whose_visit_it_is_and_why_it_was_allowed(site: World) -> None:
    visit_id, _ = await site.visit()
    for who, why in (("pcp", "participant"), ("frontdesk", "coverage")):
        await sheet(site, visit_id, who)
        *_, event = await journey.audited(site, "read")
        assert (event.entity_id, event.patient_id, event.why) == (visit_id, site.patient.id, why)
        assert (event.account_id, event.address) == (site.accounts[who].id, "192.0.2.7")


async def test_only_the_visits_practitioner_is_offered_to_start_it(site: World) -> None:
    visit_id, _ = await site.visit()
    assert "Start visit" in (await sheet(site, visit_id)).text
    assert "Start visit" not in (await sheet(site, visit_id, "psychiatrist")).text


async def test_a_visit_that_is_over_offers_nothing_and_shows_its_times(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.patient_waits(site, token)
    await actions.admit_patient(site.deps, site.live, site.actors["pcp"], visit_id)
    site.clock.pass_(minutes=15)
    await actions.end_visit(site.deps, site.live, site.actors["pcp"], visit_id)
    page = await sheet(site, visit_id)
    assert "Its link opens no more." in page.text
    assert "10:15\u00a0AM" in page.text
    for button in ("New link", "Start visit", "No-show"):
        assert button not in page.text


async def test_a_locked_link_and_an_asking_device_are_dealt_with_here(site: World) -> None:
    visit_id, token = await site.visit()
    for _ in range(2):
        await prove_link(site.deps, token, BORN.isoformat(), None)
    assert "Let in on this device" in (await sheet(site, visit_id)).text
    for _ in range(5):
        await prove_link(site.deps, token, "1991-04-17", None)
    assert "Locked after five wrong answers." in (await sheet(site, visit_id)).text


async def test_a_mail_on_its_way_out_and_one_that_failed_are_told_apart(site_with_mail: World) -> None:
    site = site_with_mail
    visit_id, _ = await site.visit(send=True)
    assert "Mail on its way" in (await sheet(site, visit_id)).text
    for status, words in (("sent", "Mail sent"), ("failed", "The mail could not be delivered.")):
        async with site.deps.database.write() as session:
            (await session.exec(select(OutboxMessage))).one().status = status
        assert words in (await sheet(site, visit_id)).text


async def test_what_became_of_the_mail_comes_alone_and_to_nobody_elses_staff(site_with_mail: World) -> None:
    visit_id, _ = await site_with_mail.visit(send=True)
    page = await sheet(site_with_mail, f"{visit_id}/delivery")
    assert "Mail on its way" in page.text
    assert "<html" not in page.text
    assert (await sheet(site_with_mail, f"{visit_id}/delivery", "outsider")).status_code == 404


async def test_a_server_that_cannot_send_mail_says_so(site: World) -> None:
    visit_id, _ = await site.visit()
    assert "Mail is not set up on this server" in (await sheet(site, visit_id)).text


async def test_a_server_that_can_offers_the_address_on_file(site_with_mail: World) -> None:
    visit_id, _ = await site_with_mail.visit()
    assert "Send a new link to m.alvarez@example.org" in (await sheet(site_with_mail, visit_id)).text
