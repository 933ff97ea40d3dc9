"""Booking by oneself: the kind, the place, the time, one look, and it is booked; friendly where it is not."""

from datetime import timedelta

import httpx2
import pytest

from server.directory import Patient
from server.scheduling import Appointment
from server.visits import Encounter
from server.visits.tables import SafetyCheck
from tests.cast import TEN, World
from tests.server.identity.own_accounts import another_patient, own_account, signed_in
from tests.server.scheduling.finding import offered
from tests.server.scheduling.schedules import works
from tests.server.visits import journey
from tests.server.visits.planning import NINE, at, follow_up, planner, times

pytestmark = pytest.mark.anyio

SOON = TEN + timedelta(days=7)


@pytest.fixture
async def maria(site: World) -> httpx2.AsyncClient:
    """Maria's browser, signed in with her account."""
    return await signed_in(site, await own_account(site))


def hold_id(page: str) -> str:
    return page.partition('name="hold" value="')[2].partition('"')[0]


async def test_with_an_account_a_visit_is_booked_step_by_step(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site, name_es="Control")
    assert "/my/book" in (await maria.get("/my")).text
    assert f"/my/book?kind={kind.id}" in (await maria.get("/my/book")).text
    assert "Where will you be?" in (await maria.get(f"/my/book?kind={kind.id}")).text
    page = (await maria.get(f"/my/book?kind={kind.id}&state=MT&day=2026-11-30")).text
    assert "May treat you in Montana" in page
    assert at(site, NINE) in times(page)
    held = await maria.post("/my/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    assert held.headers["location"] == "/my/held"
    page = (await maria.get("/my/held")).text
    assert all(words in page for words in ("Is this right?", "Have water at hand.", "until 10:05\u00a0AM"))
    booked = [await maria.post("/my/held", data={"hold": hold_id(page)}) for _ in range(2)]
    (encounter,) = await journey.rows(site, Encounter)
    path = f"/my/visits/{encounter.id}?news=booked"
    assert [answer.headers["location"] for answer in booked] == [path, path]
    assert "See you on Monday, November 30" in (await maria.get(path)).text
    assert (await maria.get("/my/held")).headers["location"] == "/my/book"


async def test_by_the_link_one_goes_on_with_the_new_visit(site: World) -> None:
    kind = await follow_up(site)
    _, token = await site.visit(starts_at=SOON)
    browser = await planner(site, token)
    await browser.post("/plan/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    booked = await browser.post("/plan/held", data={"hold": hold_id((await browser.get("/plan/held")).text)})
    assert (booked.status_code, "/v/" in booked.text) == (201, True)  # no mail is sent from here: the link is shown
    page = (await browser.get("/plan")).text
    assert "Monday, November 30" in page
    assert (await browser.post("/plan/cancel")).status_code == 303
    assert [row.status for row in await journey.rows(site, Appointment)] == ["booked", "cancelled"]


async def test_where_mail_is_sent_the_link_comes_by_it_alone(site_with_mail: World) -> None:
    world = site_with_mail
    kind = await follow_up(world)
    _, token = await world.visit(starts_at=SOON)
    browser = await planner(world, token)
    await browser.post("/plan/book", data={"kind": str(kind.id), "state": "MT", "at": at(world, NINE)})
    booked = await browser.post("/plan/held", data={"hold": hold_id((await browser.get("/plan/held")).text)})
    assert booked.headers["location"] == "/plan?news=booked"
    assert "We send you the link by e-mail." in (await browser.get("/plan?news=booked")).text


async def test_whom_the_patient_knows_comes_first_and_others_are_a_tap_away(
    site: World, maria: httpx2.AsyncClient
) -> None:
    await works(site, "psychiatrist")
    await follow_up(site)
    kind = await offered(site, "pcp", "psychiatrist", name="Talk", self_bookable=True)
    await site.visit(starts_at=SOON, practitioner_id=site.practitioners["pcp"].id)
    page = (await maria.get(f"/my/book?kind={kind.id}&state=MT")).text
    assert "You know each other from a visit" in page
    pcp, other = str(site.practitioners["pcp"].id), str(site.practitioners["psychiatrist"].id)
    assert {value.rpartition("|")[2] for value in times(page)} == {pcp}
    page = (await maria.get(f"/my/book?kind={kind.id}&state=MT&who={other}")).text
    assert {value.rpartition("|")[2] for value in times(page)} == {other}
    page = (await maria.get(f"/my/book?kind={kind.id}&state=MT&who=any")).text
    assert "Times of everybody who can see you." in page
    assert len(times(page)) == len({value.partition("|")[0] for value in times(page)})


async def test_a_licence_counts_where_the_patient_will_be(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site)
    page = (await maria.get(f"/my/book?kind={kind.id}&state=NY")).text
    assert "No free time just now" in page
    assert "may treat you in New York" in page


async def test_where_the_patient_was_last_is_not_asked_again_and_may_be_changed(site: World) -> None:
    kind = await follow_up(site)
    _, token = await site.visit()
    await journey.patient_waits(site, token)
    assert len(await journey.rows(site, SafetyCheck)) == 1
    browser = await planner(site, token)
    page = (await browser.get(f"/plan/book?kind={kind.id}")).text
    assert "You will be in Montana during the visit." in page
    assert "Where will you be?" in (await browser.get(f"/plan/book?kind={kind.id}&state=other")).text


async def test_who_comes_too_late_reads_so_and_gets_the_next_times(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site)
    await site.visit(starts_at=NINE)
    answer = await maria.post("/my/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    assert answer.status_code == 409
    assert "Somebody just took this time. Nothing was booked." in answer.text
    assert times(answer.text)[0] == at(site, NINE + timedelta(minutes=20))
    assert await journey.rows(site, Encounter) != []


async def test_a_hold_that_was_lost_meanwhile_reads_so_too(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site)
    await maria.post("/my/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    page = (await maria.get("/my/held")).text
    site.clock.pass_(minutes=6)
    assert "it is still yours to book" in (await maria.get("/my/held")).text
    await site.visit(starts_at=NINE, overbook="")
    lost = await maria.post("/my/held", data={"hold": hold_id(page)})
    assert lost.headers["location"].startswith(f"/my/book?kind={kind.id}")


@pytest.mark.parametrize("typed", [{}, {"at": "x"}, {"state": "XX"}, {"at": "9" * 5000, "state": "MT"}, {"state": ""}])
async def test_what_no_form_of_ours_sends_leads_back_to_the_beginning(
    site: World, maria: httpx2.AsyncClient, typed: dict[str, str]
) -> None:
    kind = await follow_up(site)
    values = {"kind": str(kind.id), "state": "MT", "at": at(site, NINE), **typed} if typed else {}
    assert (await maria.post("/my/book", data=values)).headers["location"] == "/my/book"
    assert (await maria.post("/my/held", data={"hold": "x"})).headers["location"] == "/my/held"


async def test_what_is_not_there_to_be_booked_is_not_found(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site, self_bookable=False)
    for wanted in (str(kind.id), "x"):
        assert (await maria.get(f"/my/book?kind={wanted}")).status_code == 404
        values = {"kind": wanted, "state": "MT", "at": at(site, NINE)}
        assert (await maria.post("/my/book", data=values)).status_code == 404
    assert "Nothing can be booked here yet" in (await maria.get("/my/book")).text


async def test_another_patient_s_hold_is_not_found(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site)
    await maria.post("/my/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    held = hold_id((await maria.get("/my/held")).text)
    rosa = await another_patient(site, "Rosa")
    other = await signed_in(site, await own_account(site, rosa, email="rosa@example.org"))
    assert (await other.post("/my/held", data={"hold": held})).status_code == 404
    assert (await other.get("/my/held")).headers["location"] == "/my/book"


async def test_a_spanish_patient_reads_spanish(site: World, maria: httpx2.AsyncClient) -> None:
    kind = await follow_up(site, name_es="Control", instructions_es="Tenga agua a mano.")
    async with site.deps.database.write() as session:
        (await session.get_one(Patient, site.patient.id)).language = "es"
    assert "Control" in (await maria.get("/my/book")).text
    await maria.post("/my/book", data={"kind": str(kind.id), "state": "MT", "at": at(site, NINE)})
    page = (await maria.get("/my/held")).text
    assert all(words in page for words in ("¿Está bien así?", "Tenga agua a mano."))
