"""Pictures of how patients book by themselves, and of the kinds of visit that an administrator keeps."""

import re

from playwright.sync_api import Page

from tests.e2e.journey import prove, sign_in
from tests.e2e.test_accessibility import follow
from tests.screens.camera import Camera
from tests.screens.site import served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "booking") as site:
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            sign_in(page)
            link = _planned(page, f"{site.clock.now:%Y-%m-%d}")
        with camera.clinic_side(site.url) as context:
            _kinds(camera, context.new_page())
        site.write("UPDATE patient SET time_zone = 'America/Los_Angeles' WHERE given_name = 'Maria'")
        with camera.patient_side(site.url) as context:
            _patient(camera, context.new_page(), link)


def _planned(page: Page, today: str) -> str:
    """Set up a visit in the evening; gives its link."""
    page.goto("/patients?then=visit&q=alvarez")
    page.get_by_role("link", name=re.compile("New visit with")).first.click()
    page.locator("[name=when][value=later]").check(force=True)
    page.locator("[name=date]").fill(today)
    page.locator("[name=time]").fill("19:00")
    page.get_by_role("button", name="Set up visit").click()
    return page.get_by_label("Give this link to the patient").input_value()


def _kinds(camera: Camera, page: Page) -> None:
    page.goto("/login")
    follow(page, page.get_by_role("button", name="Administrator"))
    page.goto("/admin/visit-types")
    camera.take(page, "visit-types")
    follow(page, page.get_by_role("link", name=re.compile("^Follow-up")))
    camera.take(page, "visit-type")


def _patient(camera: Camera, page: Page, link: str) -> None:
    page.goto(link)
    camera.take(page, "link-early")
    follow(page, page.get_by_role("link", name="Change or cancel this visit"))
    camera.take(page, "plan-question")
    prove(page, page.url)
    page.get_by_role("heading", name="Your video visit").wait_for()
    camera.take(page, "plan")
    follow(page, page.get_by_role("link", name="Change the time"))
    camera.take(page, "plan-time")
    follow(page, page.locator(".slots button").nth(2))
    camera.take(page, "plan-move")
    page.goto("/plan/cancel")
    camera.take(page, "plan-cancel")
    page.goto("/plan/book")
    camera.take(page, "book")
    follow(page, page.get_by_role("link", name=re.compile("^Follow-up")))
    camera.take(page, "book-where")
    page.get_by_label("State").select_option("MT")
    follow(page, page.get_by_role("button", name="Continue"))
    camera.take(page, "book-time")
    follow(page, page.locator(".slots button").nth(4))
    camera.take(page, "book-held")
    follow(page, page.get_by_role("button", name="Book this visit"))
    camera.take(page, "book-booked")
    follow(page, page.get_by_role("button", name="Español"))
    camera.take(page, "plan-spanish")
