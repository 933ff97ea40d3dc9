"""The inbox on pages: its parts are links, the badge says how much waits, and Today shows what is to be answered."""

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.consults.service_rules import Mode
from tests.cast import World
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio


async def test_the_parts_of_the_inbox_are_links_with_their_counts(site: World) -> None:
    await talking.taken(site)
    page = (await (await site.signed_in("pcp")).get("/consults")).text
    assert 'href="/consults?box=group"' in page
    assert "asked by you" in page
    assert "Dr. L. Brandt took it" in page
    assert 'hx-get="/consults/list?box=mine&amp;show=open"' in page
    assert (await (await site.signed_in("frontdesk")).get("/consults")).status_code == 403


async def test_a_part_and_a_narrowing_stay_and_odd_ones_are_the_usual(site: World) -> None:
    made = await asking.service(site)
    await asking.asked(site, made, mode=Mode.WRITTEN)
    site.clock.pass_(hours=30)
    browser = await site.signed_in("psychiatrist")
    page = (await browser.get("/consults?box=group&show=overdue")).text
    assert "Overdue" in page
    assert "nobody has taken it yet" in page
    part = (await browser.get("/consults/list?box=x&show=x")).text
    assert "Nothing here" in part
    assert "<html" not in part


async def test_a_missed_ring_can_be_called_back_while_it_rings_on(site: World) -> None:
    made = await asking.service(site, steps=(("everyone_covering", (), 30),), restarts=2)
    await asking.asked(site, made)
    browser = await site.signed_in("psychiatrist")
    assert "Ringing you now" in (await browser.get("/consults")).text
    await asking.work(site, seconds=31)
    page = (await browser.get("/consults?box=missed")).text
    assert "Rings you missed" in page
    assert "Call back" in page
    assert "You missed nothing" in (await (await site.signed_in("pcp")).get("/consults?box=missed")).text


async def test_a_missed_ring_that_nobody_answered_can_be_answered_in_writing_from_every_place(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    await asking.work(site, seconds=60)
    browser = await site.signed_in("psychiatrist")
    thread = f'href="/consults/{consult_id}/thread"'
    for address in ("/consults?box=missed", "/consults?box=group", "/consults/missed"):
        page = (await browser.get(address)).text
        assert (thread in page, "answered in writing" in page) == (True, False), address
    assert (await browser.get(f"/consults/{consult_id}/thread")).status_code == 200


async def test_the_badge_says_how_much_waits_and_nothing_when_nothing_does(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    assert "badge" not in (await browser.get("/consults/count")).text
    await talking.taken(site)
    assert "1 waits for you" in (await browser.get("/consults/count")).text


async def test_today_shows_a_specialist_what_to_answer_and_their_week_and_notes_the_look(site: World) -> None:
    assert (await (await site.signed_in("psychiatrist")).get("/consults/today")).text == ""
    consult_id = await talking.taken(site)
    await talking.talked(site, consult_id, 8)
    part = (await (await site.signed_in("psychiatrist")).get("/consults/today")).text
    for words in ("Consults to answer", "No response at week 8", "1 of 1", "8 min"):
        assert words in part
    async with site.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.entity_id == consult_id, AuditEvent.action == "read")
        assert len((await session.exec(query)).all()) == 1
    assert 'hx-get="/consults/today"' in (await (await site.signed_in("psychiatrist")).get("/today")).text
