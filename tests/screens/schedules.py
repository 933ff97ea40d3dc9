"""Pictures of when people work, what is changed about a visit, and the reports on both."""

import random
import re
from datetime import datetime, time, timedelta

from playwright.sync_api import Page
from sqlmodel import col, select

from server.access import Actor, Role
from server.directory import Clinic, Patient, Practitioner
from server.scheduling import Appointment, BookingTerms, CancelReason, Status, book, cancel
from server.scheduling.availability_rules import BookingLimits, Schedule, WeeklyRule
from server.scheduling.schedule_actions import keep_schedule
from server.scheduling.schedule_store import schedule_rows
from server.web import Deps
from tests.cast import ZONE
from tests.e2e.journey import new_visit, sign_in
from tests.screens.camera import Camera
from tests.screens.site import served

WEEKS = 4
REASONS = (CancelReason.PATIENT, CancelReason.PATIENT_CANNOT, CancelReason.PROVIDER_ILL)


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "schedules") as site:
        site.do(work_for_weeks)
        with camera.clinic_side(site.url) as context:
            _hours(camera, context.new_page())
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            sign_in(page, "Front desk")
            page.goto("/hours")
            camera.take(page, "hours-of")
        with camera.clinic_side(site.url) as context:
            _changes(camera, context.new_page())
        with camera.clinic_side(site.url) as context:
            _administration(camera, context.new_page())
        with camera.clinic_side(site.url) as ours, camera.clinic_side(site.url) as theirs:
            _finding(camera, ours.new_page(), theirs.new_page())


def _hours(camera: Camera, page: Page) -> None:
    sign_in(page)
    page.goto("/hours")
    camera.take(page, "hours")
    page.get_by_label("Weekday").nth(5).select_option("Sunday")
    page.get_by_label("From").nth(5).fill("01:30")
    page.get_by_label("To", exact=True).nth(5).fill("02:30")
    page.get_by_role("button", name="Keep these hours").click()
    camera.take(page, "hours-clock-change")


def _changes(camera: Camera, page: Page) -> None:
    sign_in(page)
    sheet, _ = new_visit(page, "haddad")
    page.goto(f"{sheet}/time")
    camera.take(page, "visit-time")
    page.goto(f"{sheet}/cancel")
    page.get_by_role("button", name="Cancel the visit").click()
    camera.take(page, "visit-cancel-errors")
    page.goto(sheet)
    page.get_by_role("button", name="Check in").click()
    camera.take(page, "visit-checked-in")


def _finding(camera: Camera, page: Page, other: Page) -> None:
    for one, who in ((page, "Front desk"), (other, "Primary care doctor")):
        sign_in(one, who)
        one.goto("/patients?then=visit&q=alvarez")
        one.get_by_role("link", name=re.compile("New visit with")).first.click()
        one.get_by_role("link", name="Find a time").click()
    page.get_by_label("Patient will be in").select_option("Montana")
    page.get_by_role("button", name="Show times").click()
    page.get_by_text("licensed in Montana").first.wait_for()
    camera.take(page, "find-time")
    joint = page.url.replace("who=any", "who=of%3APrimary+care").replace("who_1=", "who_1=of%3APsychiatry")
    page.goto(joint)
    camera.take(page, "find-time-joint")
    page.locator("button[name=slot]").first.click()
    page.get_by_role("button", name="Book this visit").wait_for()
    camera.take(page, "hold")
    wanted = other.locator("button[name=slot]").nth(3).get_attribute("value")
    page.goto(joint.replace("of%3APrimary+care", "any").replace("of%3APsychiatry", ""))
    page.locator(f"button[name=slot][value='{wanted}']").click()
    page.get_by_role("link", name="Every week").click()
    page.get_by_role("button", name="Book these visits").wait_for()
    camera.take(page, "series")
    other.locator(f"button[name=slot][value='{wanted}']").click()
    other.get_by_role("heading", name="Somebody was quicker").wait_for()
    camera.take(other, "time-taken")
    page.get_by_role("button", name="Book these visits").click()
    camera.take(page, "series-booked")


def _administration(camera: Camera, page: Page) -> None:
    page.goto("/login")
    page.get_by_role("button", name="Administrator").click()
    page.goto("/admin/holidays")
    page.get_by_label("Day", exact=True).fill("2026-12-25")
    page.get_by_label("What it is called").fill("Christmas Day")
    page.get_by_role("button", name="Add").click()
    camera.take(page, "holidays")
    page.goto("/reports/scheduling")
    camera.take(page, "reports")


async def work_for_weeks(deps: Deps) -> None:
    """Have everybody of the demo work from nine to five, with some weeks of visits behind them."""
    chance = random.Random(4)
    async with deps.database.read() as session:
        people = (await session.exec(select(Practitioner).order_by(col(Practitioner.family_name)))).all()
        clinics = {one.id: one for one in (await session.exec(select(Clinic))).all()}
        patients = {one.organization_id: one for one in (await session.exec(select(Patient))).all()}
    for person in people:
        clinic, actor = clinics[person.clinic_id], Actor(frozenset({Role.ADMINISTRATOR}), person.organization_id)
        weekly = tuple(WeeklyRule(day, time(9), time(17), ZONE) for day in range(5))
        async with deps.database.read() as session:
            kept = (await schedule_rows(session, actor, [person.id])).get(person.id)
        hours = Schedule(ZONE, weekly, limits=BookingLimits(step=20))
        await keep_schedule(deps, actor, person.id, hours, kept.version if kept else 0)
        for starts in _starts(deps.now(), chance):
            if person.organization_id in patients:
                terms = BookingTerms(clinic, patients[person.organization_id].id, [person.id], starts, 40)
                await _held(deps, actor, terms, chance)


def _starts(now: datetime, chance: random.Random) -> list[datetime]:
    days = [now.replace(hour=16) - timedelta(days=back) for back in range(1, 7 * WEEKS)]
    hours = [day + timedelta(hours=hour) for day in days if day.weekday() < 5 for hour in range(8)]
    return [hour for hour in hours if chance.random() < 0.2]


async def _held(deps: Deps, actor: Actor, terms: BookingTerms, chance: random.Random) -> None:
    async with deps.database.write() as session:
        row: Appointment = await book(session, deps, actor, terms)
        row.created_at = row.starts_at - timedelta(days=chance.expovariate(1 / 9))
        if chance.random() < 0.15:
            await cancel(session, deps, actor, row.id, chance.choice(REASONS))
        else:
            row.status = Status.NO_SHOW if chance.random() < 0.1 else Status.FULFILLED
