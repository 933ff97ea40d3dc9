"""The page of an offer: looking changes nothing, the date of birth does, and it says what became of the time."""

from datetime import timedelta

import pytest

from tests.cast import World
from tests.server.visits import journey, waitlists
from tests.server.visits.waitlists import freed, offered, waits

pytestmark = pytest.mark.anyio


async def test_the_patient_takes_or_leaves_a_time_by_the_link_and_looking_changes_nothing(
    site_with_mail: World,
) -> None:
    site = site_with_mail
    await waitlists.pcp_works(site)
    await waits(site)
    await waits(site, await waitlists.neighbour(site, "Rosa"))
    await freed(site)
    (first,) = await offered(site)
    phone = site.browser()
    for _ in range(2):
        page = (await phone.get(f"/w/{first}")).text
        assert "Take this time" in page
        assert "Wednesday, November 25" in page
    for data, words in (
        ({"answer": "take", **journey.WRONG}, "does not fit"),
        ({"answer": "take"}, "Enter month, day"),
        ({"answer": "maybe", **journey.BORN}, "Choose one"),
    ):
        answer = await phone.post(f"/w/{first}", data=data)
        assert answer.status_code == 422
        assert words in answer.text
    answer = await phone.post(f"/w/{first}", data={"answer": "decline", **journey.BORN})
    assert "The next person gets this time" in (await phone.get(answer.headers["location"])).text
    late = await phone.post(f"/w/{first}", data={"answer": "take", **journey.BORN})
    assert late.status_code == 409
    _, second = await offered(site)
    await phone.post(f"/w/{second}", data={"answer": "take", **journey.BORN})
    assert "The time is yours" in (await phone.get(f"/w/{second}")).text


async def test_the_page_says_what_became_of_an_offer(site_with_mail: World) -> None:
    site = site_with_mail
    await waitlists.pcp_works(site)
    await waits(site)
    await freed(site)
    (token,) = await offered(site)
    phone = site.browser()
    for _ in range(5):
        await phone.post(f"/w/{token}", data={"answer": "take", **journey.WRONG})
    assert "This offer is locked" in (await phone.get(f"/w/{token}")).text
    site.clock.now += timedelta(hours=2)
    assert "not kept for you any more" in (await phone.get(f"/w/{token}")).text
    assert (await phone.get("/w/nothing")).status_code == 404
