"""The clock of a case on pages: minutes of both, corrections by whose they are, and suggestions for a coder."""

import re
from uuid import UUID

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.consults.clock_tables import ConsultMinutes
from tests.cast import World
from tests.server.consults import talking
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

FILLED = {"day": "2026-11-24", "at": "10:00", "minutes": "12", "reason": "By telephone", "kind": "discussion"}


def address(consult_id: UUID) -> str:
    return f"/consults/{consult_id}/time"


async def test_the_page_says_the_minutes_of_both_and_what_they_suggest_to_a_coder(site: World) -> None:
    consult_id = await talking.taken(site)
    await talking.talked(site, consult_id, 12)
    await talking.read(site, consult_id, 2)
    page = (await (await site.signed_in("psychiatrist")).get(address(consult_id))).text
    for words in ("for a coder to decide", "99447", "There is no written report", "Dr. L. Brandt", "Dr. R. Okafor"):
        assert words in page
    assert 'Discussion · <span class="num">12 min</span>' in page
    assert "measured in the call" in page
    assert "measured on the page" in page


async def test_a_look_is_noted_and_a_stranger_finds_nothing(site: World) -> None:
    consult_id = await talking.taken(site)
    assert (await (await site.signed_in("outsider")).get(address(consult_id))).status_code == 404
    assert (await (await site.signed_in("admin")).get(address(consult_id))).status_code == 403
    await (await site.signed_in("pcp")).get(address(consult_id))
    async with site.deps.database.read() as session:
        looks = (await session.exec(select(AuditEvent).where(AuditEvent.entity_id == consult_id))).all()
    assert ("read", site.accounts["pcp"].id) in [(event.action, event.account_id) for event in looks]


async def test_a_time_is_entered_and_then_corrected_with_its_history(site: World) -> None:
    consult_id = await talking.taken(site)
    site.clock.pass_(minutes=40)
    browser = await site.signed_in("pcp")
    kept = await browser.post(address(consult_id), data=FILLED)
    assert kept.headers["location"] == f"{address(consult_id)}?kept=1"
    (row,) = await journey.rows(site, ConsultMinutes)
    changed = await browser.post(f"{address(consult_id)}/{row.id}", data={**FILLED, "minutes": "9", "version": "1"})
    assert changed.status_code == 303
    page = (await browser.get(f"{address(consult_id)}?kept=1")).text
    assert "Kept." in page
    assert "Entered by Dr. R. Okafor" in page
    assert re.search(
        r"Corrected by Dr\. R\. Okafor on Tuesday, November 24, was 10:00\sAM – 10:12\sAM: By telephone", page
    )
    late = await browser.post(f"{address(consult_id)}/{row.id}", data={**FILLED, "version": "1"})
    assert (late.status_code, "changed meanwhile" in late.text) == (409, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": ""}, "Choose a day"),
        ({"at": "x"}, "Enter a time, like 14:30"),
        ({"minutes": "x"}, "Enter minutes from 0 to 720"),
        ({"minutes": "700"}, "This would end in the future"),
        ({"reason": ""}, "Say why you change the time"),
        ({"day": "2026-03-08", "at": "02:30"}, "The clocks change that day"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    site: World, changes: dict[str, str], words: str
) -> None:
    consult_id = await talking.taken(site)
    site.clock.pass_(minutes=40)
    browser = await site.signed_in("pcp")
    answer = await browser.post(address(consult_id), data=FILLED | changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    typed = (FILLED | changes).get("reason") or "2026-11-24"
    assert f'value="{typed}"' in answer.text
    assert (await browser.post(address(consult_id), data=FILLED | {"kind": "x"})).status_code == 422


async def test_a_wrong_correction_opens_its_own_form_again(site: World) -> None:
    consult_id = await talking.taken(site)
    await talking.read(site, consult_id, 3)
    (row,) = await journey.rows(site, ConsultMinutes)
    browser = await site.signed_in("psychiatrist")
    answer = await browser.post(f"{address(consult_id)}/{row.id}", data=FILLED | {"minutes": "1", "reason": ""})
    assert answer.status_code == 422
    assert "<details open>" in answer.text
    assert f'id="reason-{row.id}-error"' in answer.text


async def test_an_open_page_says_that_it_is_read_and_shows_ones_own_minutes(site: World) -> None:
    consult_id = await talking.taken(site)
    browser = await site.signed_in("psychiatrist")
    for _ in range(3):
        assert (await browser.post(f"/consults/{consult_id}/reading")).status_code == 204
        site.clock.pass_(minutes=1)
    part = (await browser.get(f"/consults/{consult_id}/clock")).text
    assert f'data-reading="/consults/{consult_id}/reading"' in part
    assert "review 2 min" in part
    other = (await (await site.signed_in("caremanager")).get(f"/consults/{consult_id}/clock")).text
    assert "data-reading" not in other
    assert (await (await site.signed_in("caremanager")).post(f"/consults/{consult_id}/reading")).status_code == 403


async def test_a_caution_about_a_rule_speaks_neither_for_a_code_nor_against_it(site: World) -> None:
    consult_id = await talking.taken(site)
    await talking.talked(site, consult_id, 12)
    page = (await (await site.signed_in("psychiatrist")).get(address(consult_id))).text
    caution = page[: page.index("Have a coder confirm this rule")].rpartition("<li>")[2]
    assert "#info" in caution
    assert "it:" not in caution
