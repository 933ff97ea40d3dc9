"""An administrator's pages for coverage, clinic by clinic, and for groups."""

from uuid import UUID

import pytest

from server.consults.service_rules import Place
from server.consults.service_tables import SpecialistGroup, SpecialistGroupMember
from tests.cast import World
from tests.server.consults.consult_services import covered, grouped, offered, rung, tiers
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def test_the_grid_changes_tiers_takes_away_and_adds(site: World) -> None:
    service_id, group_id = await offered(site), await grouped(site, "caremanager")
    lena, pcp = site.practitioners["psychiatrist"].id, site.practitioners["pcp"].id
    await covered(site, service_id, psychiatrist=1, pcp=1)
    browser = await site.signed_in("admin")
    filled = {
        "version": "2",
        f"tier_{lena}_all": "",
        f"tier_{lena}_{site.clinic.id}": "3",
        f"tier_{pcp}_all": "x",
        "add": f"group:{group_id}",
        "add_clinic": "all",
        "add_tier": "2",
    }
    answer = await browser.post(f"/services/{service_id}/coverage", data=filled)
    assert answer.headers["location"] == f"/services/{service_id}?kept=1#coverage"
    assert await tiers(site) == {Place(lena, None, site.clinic.id): 3, Place(None, group_id): 2}
    add = {"version": "3", "add": f"person:{pcp}", "add_clinic": str(site.clinic.id), "add_tier": "1"}
    keep = {f"tier_{group_id}_all": "2"}
    assert (await browser.post(f"/services/{service_id}/coverage", data={**add, **keep})).status_code == 303
    assert await tiers(site) == {Place(pcp, None, site.clinic.id): 1, Place(None, group_id): 2}


async def test_a_grid_of_many_clinics_is_taken(site: World) -> None:
    service_id = await offered(site)
    await covered(site, service_id, psychiatrist=1)
    browser = await site.signed_in("admin")
    lena = site.practitioners["psychiatrist"].id
    filled = {"version": "2", **{f"tier_x_{n}": "1" for n in range(1000)}, f"tier_{lena}_all": "2"}
    assert (await browser.post(f"/services/{service_id}/coverage", data=filled)).status_code == 303
    assert await tiers(site) == {Place(lena): 2}


async def test_an_odd_choice_and_an_unseen_change_are_said_and_what_was_typed_stays(site: World) -> None:
    service_id = await offered(site)
    await covered(site, service_id, psychiatrist=1)
    typed = {f"tier_{site.practitioners['psychiatrist'].id}_all": "3"}
    browser = await site.signed_in("admin")
    odd = {**typed, "version": "2", "add": "person:x", "add_clinic": "x", "add_tier": "9"}
    for data, status, words in ((odd, 422, "Choose one."), ({**typed, "version": "1"}, 409, "Somebody else changed")):
        answer = await browser.post(f"/services/{service_id}/coverage", data=data)
        assert (answer.status_code, words in answer.text) == (status, True)
        assert '<option value="3" selected>Third</option>' in answer.text
    assert set((await tiers(site)).values()) == {1}


async def test_groups_are_listed_added_changed_and_taken_away(site: World) -> None:
    browser = await site.signed_in("admin")
    assert "No group yet" in (await browser.get("/services/groups")).text
    assert (await browser.get("/services/groups/new")).status_code == 200
    lena, tomas = site.practitioners["psychiatrist"].id, site.practitioners["caremanager"].id
    filled = {"name": "Nights", f"with_{lena}": "on", "version": "0"}
    assert (await browser.post("/services/groups/new", data=filled)).status_code == 303
    assert "Dr. L. Brandt" in (await browser.get("/services/groups")).text
    (group,) = await journey.rows(site, SpecialistGroup)
    assert f'name="with_{lena}" checked' in (await browser.get(f"/services/groups/{group.id}")).text
    changed = {"name": "Days", f"with_{tomas}": "on", "version": "1"}
    assert (await browser.post(f"/services/groups/{group.id}", data=changed)).status_code == 303
    (member,) = await journey.rows(site, SpecialistGroupMember)
    assert member.practitioner_id == tomas
    assert (await browser.post(f"/services/groups/{group.id}/drop")).status_code == 303
    assert await journey.rows(site, SpecialistGroup) == []
    await grouped(site)
    assert "Nobody belongs to it yet" in (await browser.get("/services/groups")).text


async def test_what_is_wrong_with_a_group_is_said(site: World) -> None:
    group_id: UUID = await grouped(site, "psychiatrist")
    browser = await site.signed_in("admin")
    lena = f"with_{site.practitioners['psychiatrist'].id}"
    nameless = await browser.post("/services/groups/new", data={"name": "", lena: "on"})
    assert (nameless.status_code, "Say what the group is called." in nameless.text) == (422, True)
    assert f'name="{lena}" checked' in nameless.text
    taken = await browser.post("/services/groups/new", data={"name": "TEAM", "version": "0"})
    assert (taken.status_code, "of this name already" in taken.text) == (409, True)
    late = await browser.post(f"/services/groups/{group_id}", data={"name": "Team", "version": "9"})
    assert (late.status_code, "Somebody else changed this" in late.text) == (409, True)
    assert 'name="version" value="1"' in late.text
    for wrong in ("x", "01900000-0000-7000-8000-000000000001"):
        assert (await browser.get(f"/services/groups/{wrong}")).status_code == 404
        assert (await browser.post(f"/services/groups/{wrong}", data={"name": ""})).status_code == 404


async def test_a_group_that_is_used_stays(site: World) -> None:
    group_id, service_id = await grouped(site, "psychiatrist"), await offered(site)
    browser = await site.signed_in("admin")
    add = {"version": "1", "add": f"group:{group_id}", "add_clinic": "all", "add_tier": "1"}
    await browser.post(f"/services/{service_id}/coverage", data=add)
    await rung(site, service_id)
    answer = await browser.post(f"/services/groups/{group_id}/drop")
    assert (answer.status_code, "This group covers a service" in answer.text) == (409, True)
    assert "Team" in answer.text
