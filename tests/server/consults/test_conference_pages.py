"""Case conferences on pages: cases are added, ordered and decided, and the decision stands on the case's page."""

import pytest

from server.access import Role
from tests.cast import World
from tests.server.consults import asking, conferring, talking

pytestmark = pytest.mark.anyio


async def test_a_case_is_added_ordered_and_taken_off(site: World) -> None:
    first, second, meeting = await talking.taken(site), await talking.taken(site), await conferring.met(site)
    browser, here = await site.signed_in("pcp"), f"/meetings/{meeting}/cases"
    assert f'href="{here}"' in (await browser.get(f"/meetings/{meeting}")).text
    assert "No cases yet" in (await browser.get(here)).text
    for consult_id in (first, second):
        assert (await browser.post(here, data={"consult": str(consult_id)})).headers["location"] == here
    places = [row.id for row in await conferring.agenda(site, meeting)]
    await browser.post(f"{here}/{places[1]}/up")
    assert [row.consult_id for row in await conferring.agenda(site, meeting)] == [second, first]
    await browser.post(f"{here}/{places[0]}/off")
    assert [row.consult_id for row in await conferring.agenda(site, meeting)] == [second]
    assert (await browser.post(here, data={"consult": "x"})).status_code == 404


async def test_only_the_latest_cases_to_add_stand_open(site: World) -> None:
    made, meeting = await asking.service(site), await conferring.met(site)
    for _ in range(10):
        await asking.asked(site, made)
    page = (await (await site.signed_in("pcp")).get(f"/meetings/{meeting}/cases")).text
    latest, older = page.split("2 older cases")
    assert (latest.count('name="consult"'), older.count('name="consult"')) == (8, 2)


async def test_a_decision_is_signed_and_stands_on_the_page_of_the_case(site: World) -> None:
    consult_id, meeting = await talking.taken(site), await conferring.met(site)
    (place,) = await conferring.placed(site, meeting, consult_id)
    browser, here = await site.signed_in("psychiatrist"), f"/meetings/{meeting}/cases"
    empty = await browser.post(f"{here}/{place}/decision", data={f"decision-{place}": " "})
    assert (empty.status_code, "Write what was decided" in empty.text) == (422, True)
    assert (await browser.get(f"/consults/{consult_id}/decisions")).text.strip() == ""
    kept = await browser.post(f"{here}/{place}/decision", data={f"decision-{place}": "Taper over a week"})
    assert kept.status_code == 303
    late = await browser.post(f"{here}/{place}/decision", data={f"decision-{place}": "Keep on"})
    assert (late.status_code, "signed meanwhile" in late.text) == (409, True)
    assert (await browser.post(f"{here}/{place}/off")).status_code == 409
    for path in (here, f"/consults/{consult_id}/decisions"):
        page = (await (await site.signed_in("pcp")).get(path)).text
        assert "Taper over a week" in page
        assert "Signed by Dr. L. Brandt" in page


async def test_strangers_find_no_agenda_and_who_may_not_read_a_case_sees_no_content(site: World) -> None:
    await site.hire("visitor", Role.SPECIALIST, site.clinic, "MT", covers=False)
    consult_id, meeting = await talking.taken(site), await conferring.met(site, "pcp", "visitor")
    await conferring.placed(site, meeting, consult_id)
    here = f"/meetings/{meeting}/cases"
    for name in ("outsider", "caremanager"):
        assert (await (await site.signed_in(name)).get(here)).status_code == 404
    page = (await (await site.signed_in("visitor")).get(here)).text
    assert "You may not read this case" in page
    assert "No response at week 8" not in page
    assert "No response at week 8" in (await (await site.signed_in("pcp")).get(here)).text
