"""The waitlist, from the front desk to the patient's phone: put on it, offered a time by hand, taken; and axe."""

import re
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

from playwright.sync_api import Browser, expect

from tests.e2e.browsers import PHONE, WAIT_MS, person
from tests.e2e.journey import sign_in
from tests.e2e.served import Served
from tests.e2e.test_accessibility import follow, look, with_axe


def mailed(server: Served, pattern: str) -> str:
    """Wait for a mail of the demo with a link like this; gives the link."""
    deadline = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < deadline:
        for file in sorted((server.folder / "mail").glob("*.eml"), reverse=True):
            body = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))
            if found := re.search(pattern, body.get_content() if body else ""):
                return found.group()
        time.sleep(0.05)  # another program's file has no event to wait for
    raise AssertionError("no mail came")


def test_a_time_is_offered_by_hand_and_taken_on_a_phone(
    clinic_chromium: Browser, patient_chromium: Browser, served: Served
) -> None:
    with (
        person(clinic_chromium, served.url, PHONE) as ours,
        person(patient_chromium, served.url, PHONE) as theirs,
    ):
        desk, patient = with_axe(ours), with_axe(theirs)
        sign_in(desk, "Front desk")
        desk.goto("/patients?q=alvarez")
        follow(desk, desk.get_by_role("link", name=re.compile("Alvarez")).first)
        follow(desk, desk.get_by_role("link", name="Put on the waitlist"))
        follow(desk, desk.get_by_role("button", name="Put on the waitlist"))
        look(desk)
        desk.get_by_label("With whom").select_option(index=1)
        desk.get_by_label("Where the patient will be").select_option("MT")
        desk.get_by_label("Until").fill(f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}")
        follow(desk, desk.get_by_role("button", name="Put on the waitlist"))
        desk.goto("/waitlist")
        follow(desk, desk.get_by_role("link", name="Offer a time to Maria Alvarez"))
        look(desk)
        follow(desk, desk.get_by_role("button", name=re.compile("^Offer .* with")).first)
        expect(desk.get_by_text("waits for an answer")).to_be_visible()
        look(desk)

        patient.goto(mailed(served, r"http\S+/w/\S+"))
        look(patient)
        for part, typed in (("Month", "4"), ("Day", "17"), ("Year", "1992")):
            patient.get_by_label(part).fill(typed)
        follow(patient, patient.get_by_role("button", name="Take this time"))
        expect(patient.get_by_role("heading", name="The time is yours")).to_be_visible()
        patient.goto(mailed(served, r"http\S+/v/\S+"))
        expect(patient.get_by_text("You have said that you come")).to_be_visible()
        follow(patient, patient.get_by_role("link", name="Reminders of visits"))
        look(patient)
