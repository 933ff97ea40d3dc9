"""What the requester posts: a decision on each item, with what is missing said beside it, and how it went."""

import pytest

from tests.cast import World
from tests.server.consults.answered_cases import decided, signed

pytestmark = pytest.mark.anyio


async def test_an_accepted_item_shows_its_task_to_both(site: World) -> None:
    consult_id, pcp = await signed(site), await site.signed_in("pcp")
    path = f"/consults/{consult_id}/answer"
    done = await pcp.post(f"{path}/items/1", data={"choice": "accepted", "due_on": "2026-11-30"})
    assert done.headers["location"] == f"{path}#item-1"
    for who in ("pcp", "psychiatrist"):
        page = (await (await site.signed_in(who)).get(path)).text
        assert all(words in page for words in ("Accepted", "Taken on", "Nov 30"))
    assert "Medication: Bupropion XL" in (await pcp.get(f"/patients/{site.patient.id}/tasks")).text


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"choice": "declined"}, "reason-1-error"),
        ({"choice": "modified", "reason": "Seizures"}, "change-1-error"),
        ({"choice": "accepted", "due_on": "soon"}, "due-1-error"),
    ],
)
async def test_what_is_missing_is_said_beside_the_item_alone_and_what_was_typed_is_kept(
    site: World, form: dict[str, str], wrong: str
) -> None:
    consult_id, pcp = await signed(site), await site.signed_in("pcp")
    page = await pcp.post(f"/consults/{consult_id}/answer/items/1", data=form)
    assert (page.status_code, f'id="{wrong}"' in page.text) == (422, True)
    assert wrong.replace("-1-", "-2-") not in page.text
    assert form.get("reason", "") in page.text


async def test_an_item_that_is_decided_is_not_decided_again(site: World) -> None:
    consult_id, pcp = await signed(site), await site.signed_in("pcp")
    await decided(site, consult_id)
    late = await pcp.post(f"/consults/{consult_id}/answer/items/1", data={"choice": "declined", "reason": "No"})
    assert (late.status_code, "decided already" in late.text) == (409, True)
    unsaid = await pcp.post(f"/consults/{consult_id}/answer/items/2", data={"choice": "perhaps"})
    assert unsaid.status_code == 422


async def test_how_it_went_is_told_and_read_by_the_specialist(site: World) -> None:
    consult_id, pcp = await signed(site), await site.signed_in("pcp")
    path = f"/consults/{consult_id}"
    unsaid = await pcp.post(f"{path}/outcome", data={"words": "Sleeps again"})
    assert (unsaid.status_code, "course-error" in unsaid.text, "Sleeps again" in unsaid.text) == (422, True, True)
    assert (await pcp.post(f"{path}/outcome", data={"course": "better", "words": "Sleeps again"})).status_code == 303
    assert "Sleeps again" in (await (await site.signed_in("psychiatrist")).get(f"{path}/answer")).text
    assert (await pcp.post(f"{path}/outcome", data={"course": "worse"})).status_code == 409


@pytest.mark.parametrize(("who", "status"), [("psychiatrist", 403), ("frontdesk", 403), ("outsider", 404)])
async def test_only_who_asked_decides_and_tells(site: World, who: str, status: int) -> None:
    consult_id, browser = await signed(site), await site.signed_in(who)
    for path, form in (("answer/items/1", {"choice": "accepted"}), ("outcome", {"course": "better"})):
        assert (await browser.post(f"/consults/{consult_id}/{path}", data=form)).status_code == status
