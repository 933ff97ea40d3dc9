"""The server dies in the middle of a visit: the call goes on, and everything comes back by itself."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import PATIENT, read, remote_video, wait_for_frames, write
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_waiting_room, meet, visit_now


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a demo server that these journeys may kill: whoever does it starts it again."""
    server = Served(tmp_path_factory.mktemp("mortal") / "var")
    server.start()
    yield server
    server.stop()


def test_pictures_keep_moving_while_the_server_is_dead_and_chat_works_again_after(
    clinic_chromium: Browser, patient_chromium: Browser, mortal: Served
) -> None:
    with person(clinic_chromium, mortal.url) as ours, person(patient_chromium, mortal.url, PHONE) as theirs:
        call = meet(ours.new_page(), theirs.new_page())
        mortal.kill()
        for page, other in call.sides:
            wait_for_frames(page, remote_video(page, other), 30)
        write(call.patient, "Are you still there?")
        expect(call.patient.get_by_text("Sending")).to_be_visible()
        mortal.start()

        read(call.pcp, "Are you still there?")
        expect(call.patient.get_by_text("Delivered")).to_be_visible()
        write(call.pcp, "I am")
        read(call.patient, "I am")
        for page, other in call.sides:
            wait_for_frames(page, remote_video(page, other))


def test_who_waits_when_the_server_dies_still_waits_when_it_is_back_and_today_knows(
    clinic_chromium: Browser, patient_chromium: Browser, mortal: Served
) -> None:
    with person(clinic_chromium, mortal.url) as ours, person(patient_chromium, mortal.url, PHONE) as theirs:
        pcp, patient = ours.new_page(), theirs.new_page()
        enter(pcp)
        _, link = visit_now(pcp)
        go_to_waiting_room(patient, link)
        pcp.goto("/today")
        mortal.kill()
        mortal.start()

        admit = pcp.get_by_role("button", name=re.compile("^Admit"))
        expect(admit).to_be_visible()
        expect(pcp.get_by_text("Connection lost")).to_have_count(0, timeout=15_000)
        admit.click()
        wait_for_frames(pcp, remote_video(pcp, PATIENT), 3)


def test_a_tab_that_crashed_is_back_in_the_call_from_the_same_browser(
    clinic_chromium: Browser, patient_chromium: Browser, served: Served
) -> None:
    with person(clinic_chromium, served.url) as ours, person(patient_chromium, served.url, PHONE) as theirs:
        patient = theirs.new_page()
        call = meet(ours.new_page(), patient)
        with patient.expect_event("crash"), contextlib.suppress(Error):
            patient.goto("chrome://crash")  # the renderer dies at once: no script says goodbye
        again: Page = theirs.new_page()
        again.goto("/visit")

        wait_for_frames(again, remote_video(again, "Dr. R. Okafor"), 3)
        wait_for_frames(call.pcp, remote_video(call.pcp, PATIENT), 3)
        expect(call.pcp.get_by_role("button", name=re.compile("^Admit"))).to_have_count(0)


def test_the_demo_keeps_its_mail_on_disk_and_shows_it(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours:
        pcp = ours.new_page()
        before = set(Path(served.folder, "mail").glob("*.eml"))
        enter(pcp)
        sheet, _ = visit_now(pcp)
        pcp.goto(sheet)
        pcp.get_by_role("button", name=re.compile("^Send a new link to")).click()
        expect(pcp.get_by_role("link", name="Show the message")).to_be_visible()
        pcp.get_by_role("link", name="Show the message").click()
        expect(pcp.get_by_text(re.compile("/v/"))).to_be_visible()
        assert set(Path(served.folder, "mail").glob("*.eml")) > before
