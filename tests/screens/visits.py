"""Pictures of visits up to the call: Today, patients, setting a visit up, and from the link to the waiting room."""

import re

from playwright.sync_api import expect

from tests.e2e.browsers import INSIDE_AN_APP
from tests.e2e.journey import confirm, new_visit, prove, sign_in
from tests.screens.camera import Camera, cover_link
from tests.screens.site import served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "visits") as site:
        link = _staff_pages(camera, site.url)
        _patient_pages(camera, site.url, link)


def _staff_pages(camera: Camera, url: str) -> str:
    """Take the pages of staff; gives a patient's link."""
    with camera.clinic_side(url) as context:
        page = context.new_page()
        page.goto("/login")
        camera.take(page, "login")
        sign_in(page)
        expect(page.locator("#colleagues .person").first).to_be_visible()
        camera.take(page, "today")
        page.locator("#own-status summary").click()
        expect(page.get_by_role("button", name="Busy")).to_be_visible()
        camera.take(page, "today-status")
        page.goto("/calendar")
        drawn = page.locator("#grid" if camera.width == "desktop" else "main")  # on a phone it is a list
        expect(drawn.get_by_text("Maria Alvarez").locator("visible=true").first).to_be_visible()
        camera.take(page, "calendar")
        page.goto("/calendars")
        camera.take(page, "calendars")
        page.goto("/patients?q=a")
        camera.take(page, "patients")
        page.goto("/patients/new")
        page.get_by_role("button", name="Add patient").click()
        camera.take(page, "patient-errors")
        page.goto("/patients?then=visit&q=alvarez")
        page.get_by_role("link", name=re.compile("New visit with")).first.click()
        camera.take(page, "new-visit")
        _, link = new_visit(page)
        cover_link(page)
        camera.take(page, "visit-link")
        page.goto("/nowhere")
        camera.take(page, "not-found")
    return link


def _patient_pages(camera: Camera, url: str, link: str) -> None:
    with camera.patient_side(url) as context:
        page = context.new_page()
        page.goto(link)
        camera.take(page, "link")
        prove(page, link)
        camera.take(page, "before")
        page.get_by_role("button", name="Continue").click()
        camera.take(page, "before-errors")
        confirm(page)
        expect(page.get_by_role("button", name="Join visit")).to_be_enabled()
        page.wait_for_function("() => document.querySelector('#check-video')?.readyState >= 2")
        for picker, device in (("camera", "Front camera"), ("microphone", "Phone microphone"), ("speaker", "Phone")):
            option = page.locator(f"#check-{picker} option").first
            option.evaluate("(option, name) => { option.textContent = name; }", device)
        camera.take(page, "check")
        _second_device(camera, url, link)
        page.get_by_role("button", name="Join visit").click()
        expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
        camera.take(page, "waiting")


def _second_device(camera: Camera, url: str, link: str) -> None:
    with camera.patient_side(url) as context:
        page = context.new_page()
        prove(page, link)
        camera.take(page, "other-device")
    with camera.patient_side(url, user_agent=INSIDE_AN_APP) as context:
        page = context.new_page()
        page.goto(link)
        cover_link(page)
        camera.take(page, "in-app")
    with camera.patient_side(url, locale="es-MX") as context:
        page = context.new_page()
        page.goto(f"{link}?here=1")
        page.get_by_role("button", name="Español").click()
        camera.take(page, "link-spanish")
