"""What rings on every page of a specialist, and what they answer."""

import pytest
from sqlmodel import select

from server.consults import ConsultRing
from tests.cast import World
from tests.server.consults import asking, talking

pytestmark = pytest.mark.anyio


async def test_a_ring_is_a_headline_without_what_is_asked(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    shown = (await (await site.signed_in("psychiatrist")).get("/consults/incoming")).text
    assert f"/consults/{consult_id}/accept" in shown
    assert "Dr. R. Okafor" in shown
    assert "Increase, or switch" not in shown


async def test_nothing_rings_whom_nobody_asks(site: World) -> None:
    await asking.asked(site, await asking.service(site))
    assert "data-ring" not in (await (await site.signed_in("caremanager")).get("/consults/incoming")).text


async def test_accepting_leads_into_the_call(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    answer = await (await site.signed_in("psychiatrist")).post(f"/consults/{consult_id}/accept")
    assert answer.headers["location"] == f"/consults/{consult_id}/call"


async def test_a_script_that_accepts_gets_the_ticket_at_once(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    specialist = await site.signed_in("psychiatrist", Accept="application/json")
    answer = (await specialist.post(f"/consults/{consult_id}/accept")).json()
    assert (answer["call"], answer["ticket"]["standing"]) == (f"/consults/{consult_id}/call", "admitted")


async def test_who_accepts_too_late_reads_who_was_first(site: World) -> None:
    await asking.specialists(site, "second")
    consult_id = await asking.asked(site, await asking.service(site, "psychiatrist", "second"))
    await (await site.signed_in("second")).post(f"/consults/{consult_id}/accept")
    late = await (await site.signed_in("psychiatrist")).post(f"/consults/{consult_id}/accept")
    assert late.status_code == 409
    assert "S. Hired took this consult" in late.text
    script = await site.signed_in("psychiatrist", Accept="application/json")
    told = await script.post(f"/consults/{consult_id}/accept")
    assert (told.status_code, told.json()) == (409, {"by": "S. Hired"})


async def test_accepting_again_leads_into_the_call_again_and_takes_the_case_once(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    specialist = await site.signed_in("psychiatrist")
    script = await site.signed_in("psychiatrist", Accept="application/json")
    await script.post(f"/consults/{consult_id}/accept")  # whose answer got lost on the way
    again = await specialist.post(f"/consults/{consult_id}/accept")
    assert again.headers["location"] == f"/consults/{consult_id}/call"
    assert (await asking.events(site, consult_id)).count("accepted") == 1


async def test_who_accepted_by_a_form_has_a_seat_in_the_talk(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    specialist = await site.signed_in("psychiatrist")
    call = (await specialist.post(f"/consults/{consult_id}/accept")).headers["location"]
    assert (await specialist.get(call)).status_code == 200
    assert (await specialist.post(f"/consults/{consult_id}/ticket")).json()["standing"] == "admitted"


async def test_accepting_again_when_the_talk_is_over_says_so(site: World) -> None:
    consult_id = await talking.taken(site)
    await asking.talk_ended(site, consult_id)
    answer = await (await site.signed_in("psychiatrist")).post(f"/consults/{consult_id}/accept")
    assert answer.status_code == 410
    assert "This talk is over." in answer.text


async def test_who_accepted_and_never_came_is_told_where_they_are_awaited(site: World) -> None:
    consult_id = await talking.taken(site)
    site.clock.pass_(seconds=11)
    shown = (await (await site.signed_in("psychiatrist")).get("/consults/missed")).text
    assert "Dr. R. Okafor waits for you" in shown
    assert f'href="/consults/{consult_id}/call"' in shown


async def test_declining_offering_and_suggesting_end_the_ring(site: World) -> None:
    await asking.specialists(site, "second")
    service = await asking.service(site, "psychiatrist", "second", steps=(("person", ("psychiatrist",), 60),))
    specialist = await site.signed_in("psychiatrist")
    for doing, form, why in (
        ("decline", {"reason": "busy", "remark": ""}, "declined"),
        ("offer", {"minutes": "5"}, "offered"),
        ("suggest", {"colleague": str(site.accounts["second"].id)}, "declined"),
    ):
        consult_id = await asking.asked(site, service)
        answer = await specialist.post(f"/consults/{consult_id}/{doing}", data={**form, "number": "1"})
        assert answer.headers["location"] == "/consults"
        assert (await asking.rings(site, consult_id))[0] == ("psychiatrist", why)


async def test_within_the_dialog_what_still_rings_is_shown_afterwards(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    specialist = await site.signed_in("psychiatrist", **{"hx-request": "true"})
    answer = await specialist.post(f"/consults/{consult_id}/decline", data={"reason": "busy", "number": "1"})
    assert (answer.status_code, "data-ring" in answer.text) == (200, False)


async def test_a_missed_ring_is_told_until_it_is_read(site: World) -> None:
    await asking.asked(site, await asking.service(site))
    await asking.work(site, seconds=60)
    async with site.deps.database.read() as session:
        ring_id = (await session.exec(select(ConsultRing.id))).one()
    specialist = await site.signed_in("psychiatrist", **{"hx-request": "true"})
    assert "You missed a consult of Dr. R. Okafor" in (await specialist.get("/consults/missed")).text
    assert "You missed" not in (await specialist.post(f"/consults/rings/{ring_id}/seen")).text
    plain = await site.signed_in("psychiatrist")
    assert (await plain.post(f"/consults/rings/{ring_id}/seen")).headers["location"] == "/consults"


async def test_who_said_that_they_come_is_told_so_and_goes_there_sooner_or_says_that_they_cannot(site: World) -> None:
    consult_id = await asking.asked(site, await asking.service(site))
    number = await asking.number_of(site, consult_id, "psychiatrist")
    psychiatrist = await site.signed_in("psychiatrist")
    await psychiatrist.post(f"/consults/{consult_id}/offer", data={"number": str(number), "minutes": "5"})
    told = (await psychiatrist.get("/consults/missed")).text
    assert "You said that you come to Dr. R. Okafor at" in told
    assert (f"/consults/{consult_id}/accept" in told, f"/consults/{consult_id}/decline" in told) == (True, True)
    waits = (await (await site.signed_in("pcp")).get(f"/consults/{consult_id}")).text
    assert "Dr. L. Brandt comes at" in waits
    await psychiatrist.post(f"/consults/{consult_id}/decline", data={"number": str(number), "reason": "other"})
    assert "You said" not in (await psychiatrist.get("/consults/missed")).text
