"""An administrator's pages for services, as a browser without scripts uses them."""

import pytest

from server.consults.service_tables import ConsultService
from tests.cast import World
from tests.server.consults.consult_services import covered, offered, rung
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

FILLED = {
    "name": "Psychology",
    "kind": "psychology",
    "mode_video": "on",
    "by_0": "on",
    "target_minutes": "5",
    "due_hours": "24",
    "questions": "First?\n\n Second? ",
    "active": "on",
    "version": "1",
}


async def test_services_are_listed_with_how_many_cover_them(site: World) -> None:
    browser = await site.signed_in("admin")
    assert "No service yet" in (await browser.get("/services")).text
    service_id = await offered(site)
    await offered(site, name="Over", active=False)
    assert "Nobody covers it yet" in (await browser.get("/services")).text
    await covered(site, service_id, psychiatrist=1, caremanager=2)
    page = (await browser.get("/services")).text
    assert "2 people cover it" in page
    assert "Not offered any more" in page


async def test_a_service_is_added_shown_and_changed(site: World) -> None:
    browser = await site.signed_in("admin")
    assert 'name="mode_written" checked' in (await browser.get("/services/new")).text
    added = await browser.post("/services/new", data=FILLED)
    assert added.status_code == 303, added.text
    page = (await browser.get(added.headers["location"])).text
    assert "Kept." in page
    assert "First?\nSecond?" in page
    address = added.headers["location"].partition("?")[0]
    changed = {**FILLED, "name": "Psychology North", "active": "", "mode_video": "", "mode_chat": "on", "by_0": ""}
    assert (await browser.post(address, data=changed)).status_code == 303
    (row,) = await journey.rows(site, ConsultService)
    assert (row.name, row.active, row.modes, row.professions) == ("Psychology North", False, ["chat"], [])
    assert row.questions == ["First?", "Second?"]


async def test_a_service_shows_its_coverage_and_paths(site: World) -> None:
    service_id = await offered(site)
    browser = await site.signed_in("admin")
    page = (await browser.get(f"/services/{service_id}")).text
    assert "Nobody covers it yet" in page
    assert "No path yet" in page
    await covered(site, service_id, psychiatrist=2)
    await rung(site, service_id, restarts=2)
    page = (await browser.get(f"/services/{service_id}")).text
    assert "Dr. L. Brandt, Primary care" in page
    assert '<option value="2" selected>Second</option>' in page
    assert "1 step" in page
    assert "at most 3 minutes" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Say what colleagues call it."),
        ({"kind": "x"}, "Choose one."),
        ({"mode_video": ""}, "Tick at least one."),
        ({"target_minutes": "0"}, "Enter the minutes, from 1 to 60."),
        ({"due_hours": "x"}, "Enter the hours, from 1 to 336."),
        ({"questions": "\n".join("?" * 11)}, "At most 10 questions"),
        ({"questions": "?" * 201}, "At most 10 questions"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    site: World, changes: dict[str, str], words: str
) -> None:
    service_id = await offered(site)
    browser = await site.signed_in("admin")
    for address in ("/services/new", f"/services/{service_id}"):
        answer = await browser.post(address, data={**FILLED, **changes, "source": "kept"})
        assert answer.status_code == 422
        assert words in answer.text
        assert "Psychology" in answer.text


async def test_a_taken_name_and_an_unseen_change_are_said(site: World) -> None:
    service_id = await offered(site)
    browser = await site.signed_in("admin")
    taken = await browser.post("/services/new", data={**FILLED, "name": "adult psychiatry"})
    assert (taken.status_code, "of this name already" in taken.text) == (409, True)
    for seen in ("0", "x"):
        late = await browser.post(f"/services/{service_id}", data={**FILLED, "version": seen})
        assert (late.status_code, "Somebody else changed this" in late.text) == (409, True)
        assert 'name="version" value="1"' in late.text  # who saves again after the warning means it


async def test_only_administrators_of_the_organization_see_them(site: World) -> None:
    service_id = await offered(site)
    for who, status in (("psychiatrist", 403), ("frontdesk", 403), ("admin", 200)):
        assert (await (await site.signed_in(who)).get(f"/services/{service_id}")).status_code == status
    for wrong in ("x", "01900000-0000-7000-8000-000000000001"):
        assert (await (await site.signed_in("admin")).get(f"/services/{wrong}")).status_code == 404
        assert (await (await site.signed_in("admin")).post(f"/services/{wrong}", data=FILLED)).status_code == 404
