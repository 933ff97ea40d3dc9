"""Automatic logoff as people meet it, sessions that are ended from elsewhere, and the person's own account page."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.browsers import PHONE, WAIT_MS, person
from tests.e2e.journey import remote_video, sign_in, start_and_admit, wait_for_frames
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_waiting_room, visit_now
from tests.e2e.test_accessibility import look, with_axe

PASSWORD = "larch street after rain"
ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0"
IDLE = "UPDATE page_session SET seen_at = '2026-01-01 00:00:00.000000'"
OLD = "UPDATE page_session SET ends_at = '2026-01-01 00:00:00.000000'"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a demo server whose people have passwords."""
    server = Served(tmp_path_factory.mktemp("sessions") / "var")
    server.start()
    write(server, "UPDATE account SET password_hash = ?", HASHED)
    yield server
    server.stop()


def write(server: Served, statement: str, *values: object) -> None:
    """Change rows behind the server's back: let time pass for a session."""
    with sqlite3.connect(Path(server.folder) / "curbside.db", timeout=10) as rows:
        rows.execute(statement, values)
    rows.close()


def leave_alone(server: Served) -> None:
    """Nobody was at any keyboard for three quarters of an hour, as far as the server knows."""
    write(server, "UPDATE page_session SET seen_at = datetime(seen_at, '-45 minutes') || '.000000'")


def signed_in(context: BrowserContext, *, clock: bool = True) -> Page:
    page = context.new_page()
    if clock:
        page.clock.install()
    enter(page)
    page.goto("/today")
    page.wait_for_load_state()  # with the scripts that count
    return page


def type_into_patient(page: Page) -> None:
    page.goto("/patients/new")
    page.get_by_label("First name").fill("Hildegard")
    page.get_by_label("First name").press("Tab")


def warning(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="Are you still there?")


def cover(page: Page) -> Locator:
    return page.get_by_role("dialog", name="You were away for a while")


def unlock(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_somebody_idle_is_warned_a_minute_before_and_may_stay(clinic_chromium: Browser, clinic: Served) -> None:
    with person(clinic_chromium, clinic.url) as context:
        page = signed_in(context)
        page.clock.run_for(28 * 60_000)
        expect(warning(page)).to_be_hidden()
        page.clock.run_for(65_000)
        expect(warning(page)).to_contain_text(re.compile(r"You will be signed out in \d+ seconds"))
        stay = page.get_by_role("button", name="Stay signed in")
        expect(stay).to_be_focused()
        with page.expect_request("**/alive"):
            stay.click()
        expect(warning(page)).to_be_hidden()
        page.clock.run_for(28 * 60_000)
        expect(warning(page)).to_be_hidden()
        expect(cover(page)).to_be_hidden()


def test_a_locked_page_shows_nothing_and_keeps_what_was_typed(clinic_chromium: Browser, clinic: Served) -> None:
    with person(clinic_chromium, clinic.url) as context:
        page = signed_in(context)
        type_into_patient(page)
        leave_alone(clinic)
        page.clock.run_for(31 * 60_000)
        expect(cover(page)).to_be_visible()
        expect(page).to_have_title("Locked · Curbside")
        assert page.get_by_label("First name").count() == 1
        expect(page.get_by_label("First name")).to_be_hidden()
        assert "First name" not in page.locator("body").aria_snapshot()
        assert "Hildegard" not in page.inner_text("body")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(cover(page)).to_be_visible()

        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Go on").click()
        expect(cover(page)).to_contain_text("This is not your password")
        before = {c["value"] for c in context.cookies() if c.get("name") == "curbside"}
        unlock(page)
        expect(cover(page)).to_be_hidden()
        expect(page.get_by_label("First name")).to_have_value("Hildegard")
        assert before.isdisjoint({c["value"] for c in context.cookies() if c.get("name") == "curbside"})
        page.get_by_label("Last name").fill("Bingen")
        assert context.request.get("/patients").ok


def test_a_page_that_the_server_has_locked_covers_itself_when_it_asks_for_a_part(
    clinic_chromium: Browser, clinic: Served
) -> None:
    with person(clinic_chromium, clinic.url) as context:
        page = signed_in(context, clock=False)
        leave_alone(clinic)
        page.evaluate("document.body.dispatchEvent(new CustomEvent('curbside:today'))")
        expect(cover(page)).to_be_visible()
        assert page.url.endswith("/today")


def test_other_tabs_lock_and_unlock_with_the_first(clinic_chromium: Browser, clinic: Served) -> None:
    with person(clinic_chromium, clinic.url) as context:
        one = signed_in(context, clock=False)
        other = context.new_page()
        other.goto("/patients")
        leave_alone(clinic)
        one.evaluate("document.dispatchEvent(new CustomEvent('curbside:locked'))")
        other.evaluate("document.dispatchEvent(new CustomEvent('curbside:check'))")
        expect(cover(one)).to_be_visible()
        expect(cover(other)).to_be_visible()
        unlock(one)
        expect(cover(one)).to_be_hidden()
        expect(cover(other)).to_be_hidden()


@pytest.mark.parametrize("over", [IDLE, OLD], ids=["idle", "old"])
def test_signing_in_another_way_in_a_new_tab_uncovers_the_first(
    clinic_chromium: Browser, clinic: Served, over: str
) -> None:
    with person(clinic_chromium, clinic.url) as context:
        page = signed_in(context, clock=False)
        type_into_patient(page)
        write(clinic, over)
        page.evaluate("document.dispatchEvent(new CustomEvent('curbside:check'))")
        expect(cover(page)).to_be_visible()
        with context.expect_page() as opened:
            page.get_by_role("link", name="Sign in another way").click()
        opened.value.get_by_role("button", name="Primary care doctor").click()
        expect(opened.value.get_by_role("heading", name="Today", level=1)).to_be_visible()
        page.bring_to_front()
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(cover(page)).to_be_hidden()
        expect(page.get_by_label("First name")).to_have_value("Hildegard")


def test_a_page_gone_back_to_asks_for_the_password_too(clinic_chromium: Browser, clinic: Served) -> None:
    with person(clinic_chromium, clinic.url) as context:
        page = signed_in(context, clock=False)
        page.goto("/patients")
        leave_alone(clinic)
        page.go_back()
        expect(page.get_by_role("heading", name="You were away for a while")).to_be_visible()
        unlock(page)
        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_a_session_ended_from_another_browser_closes_its_pages_at_once(
    clinic_chromium: Browser, patient_chromium: Browser, clinic: Served
) -> None:
    with (
        person(clinic_chromium, clinic.url) as desk,
        person(patient_chromium, clinic.url, PHONE, user_agent=ANDROID) as phone,
    ):
        ours = signed_in(desk, clock=False)
        theirs, heard = phone.new_page(), list[str]()
        theirs.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
        with theirs.expect_websocket() as socket:
            sign_in(theirs)
        if not heard:  # the welcome, which may have come before the page was through with signing in
            socket.value.wait_for_event("framereceived")
        ours.goto("/account")
        mine = ours.get_by_role("listitem").filter(has_text="Firefox on Android")
        mine.get_by_role("button", name=re.compile("End session")).first.click()
        expect(theirs.get_by_text("this session was ended")).to_be_visible(timeout=WAIT_MS)
        expect(theirs).to_have_url(re.compile("/login"))
        expect(ours.get_by_role("heading", name="Your account", level=1)).to_be_visible()


def test_pages_with_records_lock_while_a_call_goes_on_and_the_call_does_not(
    clinic_chromium: Browser, patient_chromium: Browser, clinic: Served
) -> None:
    with person(clinic_chromium, clinic.url) as ours, person(patient_chromium, clinic.url, PHONE) as theirs:
        pcp, patient = signed_in(ours, clock=False), theirs.new_page()
        sheet, link = visit_now(pcp)
        record = ours.new_page()
        record.goto(sheet)
        go_to_waiting_room(patient, link)
        start_and_admit(pcp, sheet)
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"), 3)
        leave_alone(clinic)
        record.evaluate("document.dispatchEvent(new CustomEvent('curbside:check'))")
        expect(cover(record)).to_be_visible()
        record.reload()
        expect(record.get_by_role("heading", name="You were away for a while")).to_be_visible()
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"), 15)
        assert pcp.evaluate("() => fetch('/alive/call', { method: 'POST' }).then((answer) => answer.status)") == 204
        pcp.reload()  # the call itself may even be loaded anew
        wait_for_frames(pcp, remote_video(pcp, "M. Alvarez"), 3)
        pcp.get_by_role("button", name="End visit").click()
        pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
        expect(patient.get_by_role("heading", name="Your visit is over")).to_be_visible()
        expect(pcp.get_by_role("heading", name="You were away for a while")).to_be_visible()


def test_axe_finds_nothing(clinic_chromium: Browser, clinic: Served) -> None:
    with person(clinic_chromium, clinic.url, PHONE) as context:
        page = with_axe(context)
        page.clock.install()
        sign_in(page, "Psychiatrist")
        page.locator("summary.avatar").click()
        expect(page.locator(".menu").get_by_text("Working here")).to_be_visible()
        look(page)
        page.get_by_role("link", name="Your account").click()
        page.wait_for_load_state()
        expect(page.locator("main").get_by_text("Working here")).to_be_visible()
        look(page)
        page.goto("/account/organizations")
        look(page)
        page.clock.run_for(29 * 60_000 + 10_000)
        expect(warning(page)).to_be_visible()
        look(page)
        leave_alone(clinic)
        page.clock.run_for(60_000)
        expect(cover(page)).to_be_visible()
        look(page)
        page.goto("/today")
        expect(page.get_by_role("heading", name="You were away for a while")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        look(page)
