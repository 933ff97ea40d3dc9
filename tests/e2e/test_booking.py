"""A patient on a phone moves a visit, books another one and cancels it, from the link alone, also without scripts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import prove, sign_in
from tests.e2e.served import Served
from tests.e2e.test_accessibility import follow, look, with_axe

Look = Callable[[Page], None]


def planned_visit(pcp: Page, at: str) -> str:
    """Set up a visit in a week, before anybody's hours, so that it is in the way of nothing; gives its link."""
    pcp.goto("/patients?then=visit&q=alvarez")
    pcp.get_by_role("link", name=re.compile("New visit with")).first.click()
    pcp.locator("[name=when][value=later]").check(force=True)
    pcp.locator("[name=date]").fill(f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}")
    pcp.locator("[name=time]").fill(at)
    pcp.get_by_role("button", name="Set up visit").click()
    return pcp.get_by_label("Give this link to the patient").input_value()


def second_day(patient: Page) -> None:
    """Go on to the second day that is offered: it is whole, whereas little may be left of the first one."""
    follow(patient, patient.get_by_role("link", name=re.compile(r"\d free times?$")).nth(1))


def move(patient: Page, see: Look) -> None:
    """Move the visit to the third time of the second day that is offered."""
    follow(patient, patient.get_by_role("link", name="Change the time"))
    second_day(patient)
    see(patient)
    follow(patient, patient.locator(".slots button").nth(2))
    see(patient)
    follow(patient, patient.get_by_role("button", name="Move my visit"))
    expect(patient.get_by_text("Moved to this time")).to_be_visible()
    see(patient)


def book(patient: Page, see: Look) -> None:
    """Book a follow-up in Montana."""
    follow(patient, patient.get_by_role("link", name="Book another visit"))
    see(patient)
    follow(patient, patient.get_by_role("link", name=re.compile("^Follow-up")))
    if patient.get_by_label("State").is_visible():
        see(patient)
        patient.get_by_label("State").select_option("MT")
        follow(patient, patient.get_by_role("button", name="Continue"))
    expect(patient.get_by_text("May treat you in Montana").first).to_be_visible()
    see(patient)
    second_day(patient)
    see(patient)
    follow(patient, patient.locator(".slots button").nth(4))
    expect(patient.get_by_text("We keep this time for you until")).to_be_visible()
    see(patient)
    follow(patient, patient.get_by_role("button", name="Book this visit"))
    expect(patient.get_by_role("heading", name=re.compile("See you on"))).to_be_visible()
    see(patient)


def cancel(patient: Page, see: Look) -> None:
    """Cancel the new visit."""
    follow(patient, patient.get_by_role("link", name="Cancel this visit"))
    see(patient)
    follow(patient, patient.get_by_role("button", name="Cancel my visit"))
    expect(patient.get_by_role("heading", name="This visit was cancelled")).to_be_visible()
    expect(patient.get_by_role("link", name="Book again")).to_be_visible()
    see(patient)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_patient_moves_books_and_cancels(
    clinic_chromium: Browser, patient_chromium: Browser, served: Served, scripts: bool
) -> None:
    with (
        person(clinic_chromium, served.url) as ours,
        person(patient_chromium, served.url, PHONE, java_script_enabled=scripts) as theirs,
    ):
        pcp, patient = ours.new_page(), with_axe(theirs) if scripts else theirs.new_page()
        see: Look = look if scripts else lambda page: None
        sign_in(pcp)
        link = planned_visit(pcp, "04:15" if scripts else "05:15")
        patient.goto(link)
        see(patient)
        follow(patient, patient.get_by_role("link", name="Change or cancel this visit"))
        see(patient)
        prove(patient, patient.url)
        expect(patient.get_by_role("heading", name="Your video visit")).to_be_visible()
        see(patient)
        move(patient, see)
        book(patient, see)
        cancel(patient, see)
        patient.goto(link)
        expect(patient.get_by_role("heading", name="Your visit was moved")).to_be_visible()
        see(patient)


def test_kinds_of_visit(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours:
        admin = with_axe(ours)
        admin.goto("/login")
        follow(admin, admin.get_by_role("button", name="Administrator"))
        follow(admin, admin.get_by_role("link", name=re.compile("^Visit types")))
        look(admin)
        follow(admin, admin.get_by_role("link", name="New visit type"))
        follow(admin, admin.get_by_role("button", name="Save"))
        expect(admin.get_by_text("Say what patients and staff call it.")).to_be_visible()
        look(admin)
