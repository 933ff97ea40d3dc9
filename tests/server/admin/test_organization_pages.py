"""What an administrator sets for the organization: who needs a second step, and who hears of emergencies."""

import pytest

from server.access import Role
from server.directory import Organization, privacy_contact
from server.identity import second_factor_roles
from tests.cast import World

pytestmark = pytest.mark.anyio
HERE = "/admin/organization"


async def contact(world: World) -> str:
    async with world.deps.database.read() as session:
        organization = await session.get_one(Organization, world.clinic.organization_id)
    return privacy_contact(world.deps.keyring, organization)


async def test_what_is_set_is_shown_and_kept(site: World) -> None:
    browser = await site.signed_in("admin")
    shown = (await browser.get(HERE)).text
    assert "Cedar Creek Health" in shown
    assert " checked" not in shown
    answer = await browser.post(f"{HERE}/sign-in", data={"role": ["pcp", "admin", "patient", "nonsense"]})
    assert answer.headers["location"] == HERE
    async with site.deps.database.read() as session:
        assert await second_factor_roles(session, site.clinic.organization_id) == {Role.PCP, Role.ADMINISTRATOR}
    assert (await browser.get(HERE)).text.count(" checked") == 2


async def test_no_tick_at_all_asks_nobody(site: World) -> None:
    browser = await site.signed_in("admin")
    await browser.post(f"{HERE}/sign-in", data={"role": "pcp"})
    await browser.post(f"{HERE}/sign-in")
    assert " checked" not in (await browser.get(HERE)).text


async def test_the_privacy_contact_is_kept_and_taken_away(site: World) -> None:
    browser = await site.signed_in("admin")
    await browser.post(f"{HERE}/privacy", data={"privacy": " Privacy@Cedar.test "})
    assert await contact(site) == "privacy@cedar.test"
    assert 'value="privacy@cedar.test"' in (await browser.get(HERE)).text
    await browser.post(f"{HERE}/privacy", data={"privacy": ""})
    assert await contact(site) == ""


async def test_what_is_no_address_is_said_next_to_its_field_and_kept_there(site: World) -> None:
    answer = await (await site.signed_in("admin")).post(f"{HERE}/privacy", data={"privacy": "privacy at cedar"})
    assert answer.status_code == 422
    assert "Enter an e-mail address" in answer.text
    assert 'value="privacy at cedar"' in answer.text


@pytest.mark.parametrize("who", ["pcp", "frontdesk", "outsider"])
async def test_nobody_else_sees_or_sets_it(site: World, who: str) -> None:
    browser = await site.signed_in(who)
    assert (await browser.get(HERE)).status_code == 403
    for path in (f"{HERE}/sign-in", f"{HERE}/privacy"):
        assert (await browser.post(path)).status_code == 403


async def test_it_asks_for_a_fresh_proof(site: World) -> None:
    browser = await site.signed_in("admin")
    site.clock.pass_(minutes=10)
    assert (await browser.get(HERE)).headers["location"] == f"/confirm?next={HERE}"


async def test_the_administrator_s_first_page_leads_there(site: World) -> None:
    assert f'href="{HERE}"' in (await (await site.signed_in("admin")).get("/admin")).text
