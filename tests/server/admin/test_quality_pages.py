"""How calls went, for administrators: a word for each visit, and one visit with all that is known but no patient."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.calls import Seat, Story
from tests.cast import TEN, World
from tests.contract.leaks import PEOPLE
from tests.server.calls.quality import happened, incident, measured
from tests.server.visits import journey

pytestmark = pytest.mark.anyio
HERE = "/admin/visits/quality"


async def held(site: World, *, weak: bool = False) -> UUID:
    """A visit that was held, with a patient whose connection dropped twice when it was a weak one."""
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    await (await site.signed_in("pcp")).post(f"/visits/{visit_id}/ticket")
    encounter = await journey.encounter_of(site, visit_id)
    seats = [seat for seat in await journey.seats(site) if seat.room_id == encounter.room_id]
    (patient,) = [seat for seat in seats if seat.patient_id]
    (pcp,) = [seat for seat in seats if seat.account_id]
    await tell(site, patient, pcp, weak=weak)
    return visit_id


async def tell(site: World, patient: Seat, pcp: Seat, *, weak: bool) -> None:
    story = Story(site.deps)
    for number in range(12):
        at = TEN + timedelta(seconds=5 * number)
        story.add(measured(pcp, patient, at))
        story.add(measured(patient, pcp, at, path="relay-udp", **({"loss": 0.2, "rtt": 700} if weak else {})))
    story.add(happened(patient, "joined"))
    for lasted in (900, 1800) if weak else ():
        story.add(incident(patient, "interrupted", pcp, lasted, TEN + timedelta(seconds=30)))
    while await story.write():
        pass


async def test_each_visit_of_the_week_has_its_word_and_no_patient_s_name(site: World) -> None:
    await held(site)
    await held(site, weak=True)
    shown = (await (await site.signed_in("admin")).get(HERE)).text
    assert shown.count("Dr. R. Okafor</strong>") == 2
    assert shown.count('class="badge ok"') == shown.count('class="badge bad"') == 1
    assert "Alvarez" not in shown


async def test_the_list_is_filtered_by_the_word_and_goes_back_by_weeks(site: World) -> None:
    await held(site)
    browser = await site.signed_in("admin")
    assert "Dr. R. Okafor</strong>" in (await browser.get(f"{HERE}?word=good")).text
    assert "No visits here" in (await browser.get(f"{HERE}?word=poor")).text
    assert "No visits here" in (await browser.get(f"{HERE}?to=2026-11-17")).text
    assert "The week after" in (await browser.get(f"{HERE}?to=2026-11-17")).text
    for odd in ("2999-01-01", "yesterday", "0001-01-01"):
        assert (await browser.get(f"{HERE}?to={odd}&word=terrible")).status_code == 200


async def test_a_visit_is_told_in_words_charts_and_a_list(site: World) -> None:
    visit_id = await held(site, weak=True)
    shown = (await (await site.signed_in("admin")).get(f"/admin/visits/{visit_id}/quality")).text
    assert "Sound and picture were lost 2 times; each time the call was back within 2 s." in shown
    assert "For 100 % of the call the delay was long" in shown
    assert "Through the relay" in shown
    assert "usually 700 ms, at worst 700 ms" in shown
    assert (shown.count('<svg class="trend"'), shown.count("<desc ")) == (6, 6)
    assert "had no sound and picture" in shown
    assert "for 1.8 s" in shown
    assert ">Patient</h2>" in shown
    assert [name for name in PEOPLE if name in shown and name != "Okafor"] == ["Lindgren"]  # who looks


async def test_a_visit_of_which_nothing_was_reported_says_so(site: World) -> None:
    visit_id, token = await site.visit()
    await journey.waiting(site, token)
    await (await site.signed_in("pcp")).post(f"/visits/{visit_id}/ticket")
    browser = await site.signed_in("admin")
    assert "Not known" in (await browser.get(HERE)).text
    assert "Nothing is known of this call." in (await browser.get(f"/admin/visits/{visit_id}/quality")).text


async def test_that_somebody_looked_is_noted(site: World) -> None:
    visit_id = await held(site)
    browser = await site.signed_in("admin")
    await browser.get(HERE)
    await browser.get(f"/admin/visits/{visit_id}/quality")
    async with site.deps.database.read() as session:
        looks = (await session.exec(select(AuditEvent).where(AuditEvent.entity == "CallQuality"))).all()
    assert [(look.action, look.entity_id, look.patient_id) for look in looks] == [
        ("read", None, None),
        ("read", visit_id, site.patient.id),
    ]


async def test_a_visit_that_there_is_not_is_not_found(site: World) -> None:
    browser = await site.signed_in("admin")
    for visit_id in (site.patient.id, "nonsense"):
        assert (await browser.get(f"/admin/visits/{visit_id}/quality")).status_code == 404


@pytest.mark.parametrize("who", ["pcp", "frontdesk"])
async def test_nobody_else_sees_it(site: World, who: str) -> None:
    browser = await site.signed_in(who)
    for path in (HERE, f"/admin/visits/{site.patient.id}/quality"):
        assert (await browser.get(path)).status_code == 403


async def test_the_administrator_s_first_page_leads_there(site: World) -> None:
    assert f'href="{HERE}"' in (await (await site.signed_in("admin")).get("/admin")).text
