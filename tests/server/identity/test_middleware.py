"""Who sends a request: found out from the cookies afresh each time."""

from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlmodel import col, delete, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.access import Actor
from server.identity import (
    VISIT_COOKIE,
    Account,
    PageSession,
    PatientAccount,
    close_link,
    prove_link,
    waiting_device,
)
from server.identity.endings import end_sessions
from server.kit import digest
from tests.cast import World
from tests.server.identity.links import BORN, change, new_link, stored
from tests.server.identity.own_accounts import another_patient, make_own, own_account, signed_in
from tests.server.identity.sessions import browser_by_issuer

pytestmark = pytest.mark.anyio


Seen = dict[str, str] | None


def who(actor: Actor | None) -> Seen:
    if actor is None:
        return None
    return {
        "roles": ",".join(sorted(actor.roles)),
        "account": str(actor.account_id),
        "session": str(actor.session_id),
        "key": actor.session_key,
        "encounter": str(actor.encounter_id),
        "name": actor.name,
        "address": actor.address,
        "organization": str(actor.organization_id),
        "patient_id": str(actor.patient_id),
        "also_patient": str(actor.also_patient),
    }


async def tell(request: Request) -> Response:
    state = request.state
    device = waiting_device(request).hex()
    return JSONResponse(
        {"staff": who(state.staff), "portal": who(state.portal), "patient": who(state.patient), "device": device}
    )


@pytest.fixture
def mirror(site: World) -> World:
    """The site with one page more, which says whom the server takes its visitor for."""
    site.app.router.routes.append(Route("/who", tell))
    return site


async def seen(browser: httpx2.AsyncClient) -> dict[str, Seen]:
    answer: dict[str, Seen] = (await browser.get("/who")).json()
    return answer


async def device(browser: httpx2.AsyncClient) -> str:
    return str((await browser.get("/who")).json()["device"])


async def the_session(world: World) -> PageSession:
    async with world.deps.database.read() as session:
        return (await session.exec(select(PageSession))).one()


async def holder(world: World, subject_id: UUID | None = None) -> httpx2.AsyncClient:
    """Open a browser that holds a link."""
    secret = await new_link(world, subject_id)
    held = await prove_link(world.deps, secret.text, BORN, None)
    assert held is not None
    browser = world.browser()
    browser.cookies.set(VISIT_COOKIE, held.secret.text)
    return browser


async def test_without_a_cookie_nobody_is_there(mirror: World) -> None:
    found = await seen(mirror.browser())
    assert (found["staff"], found["patient"]) == (None, None)


async def test_a_signed_in_person_is_known_with_role_session_and_address(mirror: World) -> None:
    staff = (await seen(await mirror.signed_in("pcp")))["staff"]
    row = await the_session(mirror)
    assert staff is not None
    assert (staff["roles"], staff["account"]) == ("pcp", str(mirror.accounts["pcp"].id))
    assert (staff["session"], staff["key"]) == (str(row.id), str(row.id))
    assert (staff["name"], staff["address"]) == ("Dr. Rose Okafor", "192.0.2.7")
    assert staff["organization"] == str(mirror.clinic.organization_id)


async def test_the_cookie_of_an_unknown_session_is_nobody_s(mirror: World) -> None:
    browser = mirror.browser()
    browser.cookies.set("curbside", "made-up")
    browser.cookies.set(VISIT_COOKIE, "made-up")
    found = await seen(browser)
    assert (found["staff"], found["patient"]) == (None, None)


async def test_a_cookie_is_worthless_as_its_hash(mirror: World) -> None:
    await mirror.signed_in("pcp")
    browser = mirror.browser()
    browser.cookies.set("curbside", (await the_session(mirror)).token_hash.hex())
    assert (await seen(browser))["staff"] is None


async def test_who_is_idle_for_half_an_hour_is_signed_out(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    mirror.clock.pass_(minutes=30)
    assert (await seen(browser))["staff"] is None


async def test_who_keeps_working_stays_signed_in(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    for _ in range(3):
        mirror.clock.pass_(minutes=29)
        assert (await seen(browser))["staff"] is not None


async def test_after_twelve_hours_even_who_keeps_working_signs_in_again(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    for _ in range(24):
        mirror.clock.pass_(minutes=29)
        await seen(browser)
    mirror.clock.pass_(minutes=24)
    assert (await seen(browser))["staff"] is None


async def test_use_is_written_once_a_minute_and_not_with_each_request(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    started = mirror.clock.now
    mirror.clock.pass_(seconds=59)
    await seen(browser)
    assert (await the_session(mirror)).seen_at == started
    mirror.clock.pass_(seconds=1)
    await seen(browser)
    assert (await the_session(mirror)).seen_at == started + timedelta(minutes=1)


async def test_a_disabled_account_is_signed_out_at_once(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    async with mirror.deps.database.write() as session:
        (await session.get_one(Account, mirror.accounts["pcp"].id)).disabled_at = mirror.clock.now
    assert (await seen(browser))["staff"] is None


async def test_the_browser_that_holds_a_link_is_the_patient_of_its_visit_only(mirror: World) -> None:
    key, _ = await mirror.visit()
    patient = (await seen(await holder(mirror, key)))["patient"]
    assert patient is not None
    assert (patient["roles"], patient["encounter"]) == ("patient", str(key))
    assert patient["account"] == "None"


async def test_a_browser_may_be_staff_and_patient_at_once(mirror: World) -> None:
    browser = await holder(mirror)
    staff = await mirror.signed_in("pcp")
    browser.cookies.update(staff.cookies)
    found = await seen(browser)
    assert found["staff"] is not None
    assert found["patient"] is not None


async def test_a_device_that_only_asks_is_nobody_yet(mirror: World) -> None:
    secret = await new_link(mirror)
    await prove_link(mirror.deps, secret.text, BORN, None)
    asking = await prove_link(mirror.deps, secret.text, BORN, None)
    assert asking is not None
    browser = mirror.browser()
    browser.cookies.set(VISIT_COOKIE, asking.secret.text)
    assert (await seen(browser))["patient"] is None
    assert await device(browser) == asking.secret.digest.hex()


async def test_some_hours_after_the_visit_the_patient_is_nobody_again(mirror: World) -> None:
    secret = await new_link(mirror)
    held = await prove_link(mirror.deps, secret.text, BORN, None)
    assert held is not None
    browser = mirror.browser()
    browser.cookies.set(VISIT_COOKIE, held.secret.text)
    link = await stored(mirror, secret)
    close_link(link, mirror.clock.now)
    await change(mirror, secret, closed_at=link.closed_at, held_open=link.held_open)
    mirror.clock.pass_(hours=11)
    assert (await seen(browser))["patient"] is not None
    mirror.clock.pass_(hours=1)
    assert (await seen(browser))["patient"] is None


async def test_without_a_cookie_the_waiting_device_is_no_device(mirror: World) -> None:
    assert await device(mirror.browser()) == digest("").hex()


async def test_static_files_and_health_checks_ask_for_no_session(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    mirror.clock.pass_(minutes=5)
    await browser.get("/healthz")
    await browser.get(mirror.deps.templates.assets.url("icons.svg"))
    assert (await the_session(mirror)).seen_at == mirror.clock.now - timedelta(minutes=5)


async def test_what_a_page_fetches_by_itself_keeps_nobody_signed_in_and_a_running_call_does(mirror: World) -> None:
    browser = await mirror.signed_in("pcp")
    signed_in = mirror.clock.now
    mirror.clock.pass_(minutes=20)
    await browser.get("/today/visits", headers={"X-Background": "1"})
    assert (await the_session(mirror)).seen_at == signed_in
    assert (await browser.post("/alive")).status_code == 204
    assert (await the_session(mirror)).seen_at == mirror.clock.now


# A running call


async def called(world: World, browser: httpx2.AsyncClient, minutes: int = 45) -> None:
    """Let a call run for some minutes with nobody at the keyboard."""
    for _ in range(minutes // 5):
        world.clock.pass_(minutes=5)
        assert (await browser.post("/alive/call")).status_code == 204


async def in_session(world: World, browser: httpx2.AsyncClient, path: str, method: str = "GET") -> int:
    return (await browser.request(method, path, headers={"Accept": "application/json"})).status_code


async def test_a_call_goes_on_while_pages_with_records_lock(site: World) -> None:
    visit, _ = await site.visit()
    browser = await site.signed_in("pcp")
    await called(site, browser)
    needed = [("POST", "ticket"), ("GET", "chat"), ("GET", "call"), ("GET", "waiting"), ("POST", "late")]
    for method, part in needed:
        assert await in_session(site, browser, f"/visits/{visit}/{part}", method) != 401, part
    for path in ("/today", f"/visits/{visit}", "/patients", f"/patients/{site.patient.id}", "/account"):
        assert await in_session(site, browser, path) == 401, path
    assert await in_session(site, browser, f"/visits/{visit}/end", "POST") == 409, "nobody was let in, so nothing ends"


async def test_what_a_call_needs_brings_no_records_back(site: World) -> None:
    visit, _ = await site.visit()
    browser = await site.signed_in("pcp")
    await called(site, browser)
    await browser.get(f"/visits/{visit}/call")
    await browser.post("/alive", headers={"Accept": "application/json"})
    assert await in_session(site, browser, "/patients") == 401
    assert (await browser.get("/session")).json()["state"] == "calling"


async def test_when_the_call_is_over_for_long_its_pages_lock_as_well(site: World) -> None:
    visit, _ = await site.visit()
    browser = await site.signed_in("pcp")
    await called(site, browser)
    site.clock.pass_(minutes=30)
    assert await in_session(site, browser, f"/visits/{visit}/ticket", "POST") == 401
    assert await in_session(site, browser, "/alive/call", "POST") == 401


async def test_a_call_does_not_make_a_session_older_than_it_may_become(site: World) -> None:
    browser = await site.signed_in("pcp")
    await called(site, browser, 12 * 60 - 5)
    site.clock.pass_(minutes=5)
    assert await in_session(site, browser, "/alive/call", "POST") == 401


async def test_an_ended_session_has_no_call(site: World) -> None:
    visit, _ = await site.visit()
    browser = await site.signed_in("pcp")
    await called(site, browser)
    async with site.deps.database.write() as session:
        await end_sessions(session, site.deps, col(PageSession.account_id) == site.accounts["pcp"].id)
    assert await in_session(site, browser, f"/visits/{visit}/ticket", "POST") == 401


async def test_a_script_that_runs_away_writes_at_most_every_five_seconds(site: World) -> None:
    browser = await site.signed_in("pcp")
    begun = site.clock.now
    for path in ("/alive", "/alive/call"):
        await browser.post(path)
        site.clock.pass_(seconds=4)
    row = await the_session(site)
    assert (row.seen_at, row.called_at) == (begun, begun + timedelta(seconds=4))
    await browser.post("/alive/call")
    assert (await the_session(site)).called_at == begun + timedelta(seconds=4)


async def seen_in_portal(browser: httpx2.AsyncClient) -> tuple[Seen, Seen]:
    answer = (await browser.get("/who")).json()
    return answer["staff"], answer["portal"]


async def test_a_patient_with_an_account_is_no_staff(mirror: World) -> None:
    account = await own_account(mirror)
    staff, portal = await seen_in_portal(await signed_in(mirror, account))
    assert staff is None
    assert portal is not None
    assert (portal["roles"], portal["patient_id"]) == ("patient", str(mirror.patient.id))


async def test_staff_who_are_patients_too_have_no_role_beside_patient_in_their_own_record(mirror: World) -> None:
    pcp = mirror.accounts["pcp"]
    await make_own(mirror, pcp, mirror.patient)
    at_work, _ = await seen_in_portal(await signed_in(mirror, pcp))
    assert at_work is not None
    assert (at_work["roles"], at_work["also_patient"]) == ("pcp", "True")
    staff, portal = await seen_in_portal(await signed_in(mirror, pcp, mirror.patient))
    assert staff is None
    assert portal is not None
    assert (portal["roles"], portal["also_patient"]) == ("patient", "False")


async def test_a_session_whose_patient_is_the_accounts_no_more_signs_nobody_in(mirror: World) -> None:
    leo = await another_patient(mirror, "Leo")
    account = await own_account(mirror, mirror.patient, leo)
    browser = await signed_in(mirror, account, mirror.patient)
    async with mirror.deps.database.write() as session:
        await session.exec(delete(PatientAccount).where(col(PatientAccount.patient_id) == mirror.patient.id))
    assert await seen_in_portal(browser) == (None, None)


async def test_an_issuers_session_is_offered_no_way_over_to_the_persons_own_visits(site: World) -> None:
    await make_own(site, site.accounts["pcp"], site.patient)
    assert "/my/switch" in (await (await site.signed_in("pcp")).get("/today")).text
    assert "/my/switch" not in (await (await browser_by_issuer(site)).get("/today")).text
