"""A specialist says on a page and on Today whether they are on duty; administrators see and set everybody's."""

from datetime import timedelta

import pytest

from server.consults.service_tables import SpecialistProfile
from tests.cast import TEN, World
from tests.server.consults.consult_services import covered, offered
from tests.server.visits import journey

pytestmark = pytest.mark.anyio


async def profile(world: World) -> SpecialistProfile:
    (row,) = await journey.rows(world, SpecialistProfile)
    found: SpecialistProfile = row
    return found


def address(world: World, name: str = "psychiatrist") -> str:
    return f"/duty/{world.practitioners[name].id}"


async def test_ones_own_page_is_where_the_menu_leads(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    assert (await browser.get("/duty")).headers["location"] == address(site)
    page = (await browser.get(address(site))).text
    assert "Your duty" in page
    assert "Off duty" in page
    assert "By working hours" in page
    assert (await (await site.signed_in("frontdesk")).get("/duty")).status_code == 403


async def test_a_specialist_goes_on_duty_for_some_hours_and_then_their_hours_count_again(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    kept = await browser.post(address(site), data={"duty": "on", "for": "4h"})
    assert kept.headers["location"] == f"{address(site)}?kept=1"
    assert (await profile(site)).duty_until == TEN + timedelta(hours=4)
    page = (await browser.get(kept.headers["location"])).text
    assert "Kept." in page
    assert "until 2:00\u00a0PM" in page
    async with site.deps.database.write() as session:
        (await session.merge(await profile(site))).duty_until = TEN
    page = (await browser.get(address(site))).text
    assert 'value="hours" checked' in page
    assert "Off duty" in page


async def test_without_a_length_duty_holds_until_it_is_changed(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    await browser.post(address(site), data={"duty": "off", "for": ""})
    assert (await profile(site)).duty_until is None
    assert "Until it is changed" in (await browser.get(address(site))).text


async def test_limits_are_kept_and_shown(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    filled = {"capacity": "0", "min_age": "18", "max_age": ""}
    assert (await browser.post(f"{address(site)}/limits", data=filled)).status_code == 303
    row = await profile(site)
    assert (row.capacity, row.min_age, row.max_age) == (0, 18, None)
    assert 'name="min_age" type="text" value="18"' in (await browser.get(address(site))).text


@pytest.mark.parametrize(
    ("where", "data", "words"),
    [
        ("", {"duty": "x", "for": "9h"}, "Choose one."),
        ("/limits", {"capacity": "51", "min_age": "121"}, "Enter a whole number, from 0 to 50."),
        ("/limits", {"capacity": "1", "min_age": "121"}, "Enter years, from 0 to 120."),
        ("/limits", {"capacity": "1", "min_age": "18", "max_age": "17"}, "The oldest is younger than the youngest."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(site: World, where: str, data: dict[str, str], words: str) -> None:
    answer = await (await site.signed_in("psychiatrist")).post(address(site) + where, data=data)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert await journey.rows(site, SpecialistProfile) == []


async def test_administrators_see_who_covers_anything_and_say_their_duty(site: World) -> None:
    browser = await site.signed_in("admin")
    assert "Nobody covers a service yet" in (await browser.get("/duty")).text
    await covered(site, await offered(site), psychiatrist=1)
    page = (await browser.get("/duty")).text
    assert "Dr. Lena Brandt" in page
    assert "Rose Okafor" not in page
    assert (await browser.post(address(site), data={"duty": "on", "for": ""})).status_code == 303
    assert "By their working hours" in (await browser.get(address(site))).text
    assert (await profile(site)).duty == "on"


async def test_a_colleagues_duty_is_not_ones_own_to_say_and_a_strangers_is_not_there(site: World) -> None:
    browser = await site.signed_in("pcp")
    assert (await browser.get(address(site))).status_code == 403
    for wrong in (address(site, "outsider"), "/duty/x"):
        assert (await browser.get(wrong)).status_code == 404


async def test_today_shows_duty_to_who_covers_a_service_with_one_button(site: World) -> None:
    browser = await site.signed_in("psychiatrist")
    assert 'hx-get="/duty/own"' in (await browser.get("/today")).text
    assert (await browser.get("/duty/own")).text.strip() == ""
    await covered(site, await offered(site), psychiatrist=1)
    assert "Go on duty" in (await browser.get("/duty/own")).text
    answer = await browser.post(address(site), data={"duty": "on", "for": ""}, headers={"hx-request": "true"})
    assert "Go off duty" in answer.text
    assert "<html" not in answer.text


async def test_staff_who_treat_nobody_are_led_nowhere(site: World) -> None:
    async with site.deps.database.write() as session:
        (await session.merge(site.practitioners["pcp"])).account_id = None
    browser = await site.signed_in("pcp")
    assert "Nobody covers a service yet" in (await browser.get("/duty")).text
    assert (await browser.get("/duty/own")).text.strip() == ""
