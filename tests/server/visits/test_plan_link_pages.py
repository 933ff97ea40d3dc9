"""From a link to one's visits: one question, which a mail scanner cannot answer and which binds the link to nobody."""

from datetime import timedelta

import pytest

from server.scheduling import CancelReason
from server.visits.change_actions import Move, cancel_visit, move_visit
from tests.cast import TEN, World
from tests.server.visits import journey
from tests.server.visits.planning import NINE, follow_up, planner

pytestmark = pytest.mark.anyio

SOON = TEN + timedelta(days=7)


async def test_before_its_time_a_link_leads_over_the_question_to_the_visit(site: World) -> None:
    _, token = await site.visit(starts_at=SOON)
    browser = site.browser()
    early = (await browser.get(f"/v/{token}")).text
    assert f"/v/{token}/plan" in early
    assert "What is the patient's date of birth?" in (await browser.get(f"/v/{token}/plan")).text
    page = (await (await planner(site, token)).get("/plan")).text
    assert "Change the time" in page
    assert (await journey.link_of(site, token)).browser_hash is None
    site.clock.now = SOON
    await journey.opened(site, token)


async def test_a_wrong_answer_is_said_and_the_fifth_locks(site: World) -> None:
    _, token = await site.visit(starts_at=SOON)
    browser = site.browser()
    for _ in range(4):
        answer = await browser.post(f"/v/{token}/plan", data=journey.WRONG)
        assert (answer.status_code, "This does not fit this visit." in answer.text) == (422, True)
    assert (await browser.post(f"/v/{token}/plan", data={})).status_code == 422
    locked = await browser.post(f"/v/{token}/plan", data=journey.WRONG)
    assert locked.headers["location"] == f"/v/{token}"
    assert "This link is locked" in (await browser.get(f"/v/{token}")).text
    for answer in (await browser.get(f"/v/{token}/plan"), await browser.post(f"/v/{token}/plan", data=journey.BORN)):
        assert answer.headers["location"] == f"/v/{token}"


async def test_a_link_to_a_visit_that_was_moved_says_the_new_time(site: World) -> None:
    visit_id, token = await site.visit(starts_at=SOON)
    await move_visit(site.deps, site.live, site.actors["pcp"], visit_id, Move(NINE, 20))
    page = (await site.browser().get(f"/v/{token}")).text
    assert all(words in page for words in ("Your visit was moved", "This is the new time", "Monday, November 30"))


async def test_a_link_to_a_cancelled_visit_says_so_and_offers_another_where_one_can_be_booked(site: World) -> None:
    visit_id, token = await site.visit(starts_at=SOON)
    await cancel_visit(site.deps, site.live, site.actors["pcp"], visit_id, CancelReason.PROVIDER)
    browser = site.browser()
    page = (await browser.get(f"/v/{token}")).text
    assert "This visit was cancelled" in page
    assert "Book again" not in page
    await follow_up(site)
    assert "Book again" in (await browser.get(f"/v/{token}")).text
    page = (await (await planner(site, token)).get("/plan")).text
    assert all(words in page for words in ("This visit was cancelled", "Book again"))
    assert "Change the time" not in page


async def test_after_a_month_a_link_is_good_for_nothing(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    site.clock.now = SOON + timedelta(days=31)
    assert f"/v/{token}/plan" not in (await browser.get(f"/v/{token}")).text
    assert (await browser.get("/plan")).status_code in {303, 401}


async def test_from_the_end_of_a_visit_one_comes_to_a_follow_up(site: World) -> None:
    await follow_up(site)
    _, token = await site.visit()
    browser = await journey.opened(site, token)
    answer = await browser.post("/visit/plan", data={"then": "book"})
    assert answer.headers["location"] == "/plan/book"
    assert "Check-up" in (await browser.get("/plan/book")).text
    assert (await browser.post("/visit/plan")).headers["location"] == "/plan"


async def test_the_hour_of_planning_ends(site: World) -> None:
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    site.clock.pass_(minutes=60)
    answer = await browser.get("/plan")
    assert (answer.status_code, "open your link again" in answer.text) == (401, True)
