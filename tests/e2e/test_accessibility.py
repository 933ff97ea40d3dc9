"""axe-core finds nothing on any page, in light and in dark (WCAG 2.2 A and AA)."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, ViewportSize, expect

from tests.e2e.browsers import DESKTOP, INSIDE_AN_APP, PHONE, person
from tests.e2e.journey import (
    ask_in,
    confirm,
    new_visit,
    prove,
    remote_video,
    sign_in,
    sign_in_as_administrator,
    start_and_admit,
    wait_for_frames,
)
from tests.e2e.served import Served
from tests.e2e.short_way import enter, go_to_check, go_to_waiting_room, visit_now

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Theme = Literal["light", "dark"]


AXE_RUN = "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })"
# What a script says whose page is being left: by Playwright, and by axe itself in a document without a window.
LEFT = re.compile(r"context was destroyed|reading 'documentElement'|frame was detached")
# Colors change gradually: axe would measure a contrast on the way.
SETTLED = """async () => {
  const moving = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
  for (let still = 0; still < 2; still = moving().length ? 0 : still + 1) {
    for (const one of moving()) one.finish();
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""
GUISES: list[tuple[ViewportSize, Theme]] = [(DESKTOP, "dark"), (PHONE, "light")]
MOST_PAGES = 3


def check(page: Page) -> None:
    """Assert that axe finds nothing on the page as it is now."""
    assert [
        (v["id"], [n["target"] for n in v["nodes"]], v["nodes"][0]["failureSummary"]) for v in _violations(page)
    ] == []


def _violations(page: Page) -> list[dict[str, Any]]:
    """Have axe look. Where a click before has taken the page away under it, it looks at the one that came instead."""
    leaving: Error | None = None
    for _ in range(MOST_PAGES):
        page.wait_for_load_state()
        try:
            page.evaluate("() => document.fonts.ready")
            found: dict[str, list[dict[str, Any]]] = page.evaluate(AXE_RUN, RULES)
        except Error as error:
            if not LEFT.search(error.message):
                raise
            leaving = error
        else:
            return found["violations"]
    raise AssertionError("the page does not stay") from leaving


def follow(page: Page, what: Locator) -> None:
    """Click what leads to another page and wait until that is there.

    A click returns before: axe would look at a document that is being taken away under it.
    """
    with page.expect_navigation():
        what.click()


def with_axe(context: BrowserContext) -> Page:
    """Open a page that has axe in it."""
    context.add_init_script(path=AXE)
    return context.new_page()


def look(page: Page) -> None:
    """Assert that axe finds nothing, on a phone by day and at a desk by night; the page is a phone's, before and after.

    One journey shows each page in both, for what takes long is the way to it.
    """
    page.evaluate(SETTLED)
    check(page)
    for size, theme in GUISES:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        page.evaluate(SETTLED)
        if theme == "dark":
            check(page)


def test_staff_pages(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as context:
        page = with_axe(context)
        page.goto("/login")
        look(page)
        follow(page, page.get_by_role("button", name="Continue"))
        look(page)
        sign_in(page)
        look(page)
        page.goto("/patients")  # on Today a menu may lie over a part of a link, which is then too small for axe
        page.locator("#own-status summary").click()
        expect(page.get_by_role("button", name="Busy")).to_be_visible()
        look(page)
        page.locator("summary.avatar").click()
        look(page)
        page.goto("/patients?q=a")
        look(page)
        follow(page, page.get_by_role("link", name="Alvarez, Maria"))
        look(page)
        page.goto("/patients/new")
        follow(page, page.get_by_role("button", name="Add patient"))
        look(page)
        page.goto("/patients?then=visit&q=alvarez")
        follow(page, page.get_by_role("link", name=re.compile("New visit with")).first)
        page.get_by_text("At a time").click()
        follow(page, page.get_by_role("button", name="Set up visit"))
        look(page)
        new_visit(page)
        look(page)
        page.goto("/nowhere")
        look(page)


def test_patient_pages(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> None:
    with (
        person(clinic_chromium, served.url) as ours,
        person(patient_chromium, served.url, PHONE) as theirs,
        person(patient_chromium, served.url, PHONE) as others,
    ):
        pcp, page, other = ours.new_page(), with_axe(theirs), with_axe(others)
        enter(pcp)
        _, link = visit_now(pcp)
        page.goto(link)
        look(page)
        prove(page, link, {"month": "13", "day": "1", "year": "1"})
        look(page)
        prove(page, link)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_be_visible()
        look(page)
        prove(other, link)
        look(other)
        confirm(page)
        expect(page.get_by_role("heading", name="You look and sound good")).to_be_visible()
        look(page)
        page.get_by_role("button", name="Join visit").click()
        expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
        look(page)
        other.goto("/v/nothing")
        look(other)


def test_call_pages(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> None:
    with (
        person(clinic_chromium, served.url, PHONE) as ours,
        person(patient_chromium, served.url, PHONE) as theirs,
    ):
        pcp, patient = with_axe(ours), with_axe(theirs)
        enter(pcp)
        sheet, link = visit_now(pcp)
        go_to_waiting_room(patient, link)
        pcp.goto("/today")
        look(pcp)
        start_and_admit(pcp, sheet)
        for page, other in ((pcp, "M. Alvarez"), (patient, "Dr. R. Okafor")):
            wait_for_frames(page, remote_video(page, other), 3)
            look(page)
            page.get_by_role("button", name="More").click()
            look(page)
            page.keyboard.press("Escape")
        with person(clinic_chromium, served.url, PHONE) as others:
            ask_a_colleague_and_take_it_back(pcp, with_axe(others))
        pcp.get_by_role("button", name="End visit").click()
        look(pcp)
        pcp.get_by_role("dialog").get_by_role("button", name="End visit").click()
        expect(pcp.get_by_text("The visit is over.")).to_be_visible()
        expect(patient.get_by_role("heading", name="Your visit is over")).to_be_visible()
        look(patient)
        look(pcp)
        with person(clinic_chromium, served.url, PHONE) as admins:
            look_how_it_went(with_axe(admins))


def ask_a_colleague_and_take_it_back(pcp: Page, psychiatrist: Page) -> None:
    """Ask the psychiatrist in, who reads it on a page of patients, and then that it is not needed any more."""
    enter(psychiatrist, "psychiatrist")
    psychiatrist.goto("/patients")
    ask_in(pcp, "Brandt")
    look(pcp)
    invited = psychiatrist.locator("#invitations")
    expect(invited.get_by_text("Dr. R. Okafor asks you into the visit with M. Alvarez")).to_be_visible()
    expect(invited.get_by_role("link", name="Join the visit with M. Alvarez")).to_be_visible()
    look(psychiatrist)
    pcp.get_by_role("button", name="Take back: Dr. L. Brandt").click()
    expect(invited.get_by_text("does not need you any more")).to_be_visible()
    expect(invited.get_by_role("link")).to_have_count(0)
    look(psychiatrist)
    invited.get_by_role("button", name="OK").click()
    expect(invited.get_by_text("Okafor")).to_have_count(0)


def look_how_it_went(page: Page) -> None:
    """See as the administrator how the last call went."""
    sign_in_as_administrator(page)
    page.goto("/admin/visits/quality")
    look(page)
    follow(page, page.locator("main li a").first)
    expect(page.get_by_role("heading", name="What happened, in order")).to_be_visible()
    look(page)


def test_pages_of_hours_changes_and_reports(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url) as ours, person(clinic_chromium, served.url, PHONE) as theirs:
        pcp, admin = with_axe(ours), with_axe(theirs)
        enter(pcp)
        look_at_hours(pcp)
        sheet, _ = visit_now(pcp)
        for part, button in (("time", "Move the visit"), ("cancel", "Cancel the visit")):
            pcp.goto(f"{sheet}/{part}")
            follow(pcp, pcp.get_by_role("button", name=button))
            expect(pcp.get_by_role("button", name=button)).to_be_visible()
            look(pcp)
        pcp.goto(sheet)
        follow(pcp, pcp.get_by_role("button", name="Check in"))
        look(pcp)
        sign_in_as_administrator(admin)
        admin.goto("/admin/holidays")
        follow(admin, admin.get_by_role("button", name="Add"))
        expect(admin.get_by_role("heading", name="Holidays", level=1)).to_be_visible()
        look(admin)
        admin.goto("/reports/scheduling")
        expect(admin.get_by_role("heading", name="Reports", level=1)).to_be_visible()
        look(admin)


def look_at_hours(page: Page) -> None:
    """See working hours that meet a change of the clocks, and answer what is asked about them."""
    page.goto("/hours")
    page.get_by_label("Weekday").first.select_option("Sunday")
    page.get_by_label("From").first.fill("01:30")
    page.get_by_label("To", exact=True).first.fill("02:30")
    follow(page, page.get_by_role("button", name="Keep these hours"))
    look(page)
    page.get_by_label("None of these hours that day").check()
    page.get_by_label("The second is meant").check()
    follow(page, page.get_by_role("button", name="Keep these hours"))
    expect(page.get_by_text("Kept.")).to_be_visible()


def test_pages_that_find_a_time(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as ours, person(clinic_chromium, served.url, PHONE) as theirs:
        page, other = with_axe(ours), with_axe(theirs)
        for one, who in ((page, "Front desk"), (other, "Primary care doctor")):
            sign_in(one, who)
            one.goto("/patients?then=visit&q=alvarez")
            follow(one, one.get_by_role("link", name=re.compile("New visit with")).first)
            follow(one, one.get_by_role("link", name="Find a time"))
        page.get_by_text("By person", exact=True).click()
        follow(page, page.get_by_role("button", name="Show times"))
        look(page)
        page.get_by_text("Together with others").click()
        page.get_by_label("And with").first.select_option("Any: Psychiatry")
        page.get_by_label("With", exact=True).select_option("Any: Primary care")
        follow(page, page.get_by_role("button", name="Show times"))
        look(page)
        page.go_back()
        follow(page, page.get_by_role("button", name=re.compile("AM|PM")).first)
        look(page)
        follow(page, page.get_by_role("link", name="Every week"))
        look(page)
        follow(page, page.get_by_role("button", name="Book these visits"))
        look(page)
        follow(other, other.get_by_role("button", name=re.compile("AM|PM")).first)
        expect(
            other.get_by_role("button", name="Book this visit").or_(other.get_by_text("Somebody was"))
        ).to_be_visible()
        look(other)
        look_at_meetings(other)
        look_at_tasks(other)


def look_at_meetings(page: Page) -> None:
    """Plan a meeting, first with everything missing, and speak of a patient in it."""
    page.goto("/meetings/new")
    follow(page, page.get_by_role("button", name="Set up the meeting"))
    look(page)
    page.get_by_label("What it is called").fill("Case conference")
    page.get_by_label(re.compile("Brandt")).check()
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    page.get_by_label("Time", exact=True).fill("05:15")
    follow(page, page.get_by_role("button", name="Set up the meeting"))
    page.get_by_label("Find a patient").fill("alvarez")
    follow(page, page.get_by_role("button", name="Find", exact=True))
    look(page)
    follow(page, page.get_by_role("button", name=re.compile("^Add ")))
    page.goto("/meetings")
    look(page)


def look_at_tasks(page: Page) -> None:
    """Look at the lists of tasks; add one, first with everything missing, and complete it."""
    for address in ("/tasks", "/tasks?view=clinics", "/tasks?view=overdue", "/tasks/today"):
        page.goto(address)
        look(page)
    page.goto("/tasks?view=clinics")
    follow(page, page.locator("main .rows a").first)
    look(page)
    follow(page, page.locator("header.head a[href^='/patients/']"))
    follow(page, page.get_by_role("link", name="Add a task"))
    follow(page, page.get_by_role("button", name="Add the task"))
    look(page)
    page.get_by_label("What is to be done").fill("Repeat the PHQ-9")
    follow(page, page.get_by_role("button", name="Add the task"))
    look(page)


def test_pages_of_who_covers_whom(clinic_chromium: Browser, served: Served) -> None:
    with person(clinic_chromium, served.url, PHONE) as theirs, person(clinic_chromium, served.url, PHONE) as ours:
        admin, specialist = with_axe(theirs), with_axe(ours)
        sign_in_as_administrator(admin)
        admin.goto("/services")
        look(admin)
        follow(admin, admin.get_by_role("link", name=re.compile("^Adult psychiatry")))
        look(admin)
        follow(admin, admin.get_by_role("link", name="New path"))
        follow(admin, admin.get_by_role("button", name="Save"))
        look(admin)
        for at in ("services/groups", "services/groups/new", "services/rules", "services/codes?code=99447", "duty"):
            admin.goto(f"/{at}")
            look(admin)
        admin.goto("/services/import")
        admin.get_by_label("Or paste the table").fill("specialist,capacity,min age,max age,groups\nnobody@demo.test,5")
        follow(admin, admin.get_by_role("button", name="Check the table"))
        look(admin)
        sign_in(specialist, "Psychiatrist")
        expect(specialist.get_by_role("button", name="Go off duty")).to_be_visible()
        look(specialist)
        follow(specialist, specialist.get_by_role("link", name="More about your duty"))
        look(specialist)


def test_pages_that_few_people_meet(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> None:
    with (
        person(clinic_chromium, served.url, PHONE) as ours,
        person(patient_chromium, served.url, PHONE) as theirs,
        person(patient_chromium, served.url, PHONE) as others,
        person(patient_chromium, served.url, PHONE, user_agent=INSIDE_AN_APP) as inside,
    ):
        pcp, page, other, app = with_axe(ours), with_axe(theirs), with_axe(others), with_axe(inside)
        enter(pcp)
        sheet, link = visit_now(pcp)
        app.goto(link)
        look(app)
        go_to_waiting_room(page, link)
        page.get_by_role("button", name="Leave").click()
        expect(page.get_by_role("heading", name="You left the visit")).to_be_visible()
        look(page)
        prove(other, link)
        follow(other, other.get_by_role("button", name="Send a code"))
        look(other)
        page.goto("/visit/closed")
        look(page)
        pcp.goto(sheet)
        look(pcp)
        follow(pcp, pcp.get_by_role("button", name=re.compile("^Send a new link to")))
        follow(pcp, pcp.get_by_role("link", name="Show the message"))
        look(pcp)
        app.goto(link)
        expect(app.get_by_role("heading", name="There is a newer link")).to_be_visible()
        look(app)


def test_a_browser_that_cannot_call(clinic_chromium: Browser, patient_chromium: Browser, served: Served) -> None:
    with (
        person(clinic_chromium, served.url) as ours,
        person(patient_chromium, served.url, PHONE) as theirs,
    ):
        pcp, page = ours.new_page(), with_axe(theirs)
        page.add_init_script("delete window.RTCPeerConnection")
        enter(pcp)
        _, link = visit_now(pcp)
        go_to_check(page, link)
        expect(page.get_by_role("heading", name="This browser cannot make video calls")).to_be_visible()
        look(page)
