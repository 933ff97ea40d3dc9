"""Pictures of follow-up tasks: the lists, a patient's, one task, and a new one with mistakes."""

from playwright.sync_api import Page, expect

from tests.e2e.journey import sign_in
from tests.screens.camera import Camera
from tests.screens.site import served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "tasks") as site, camera.clinic_side(site.url) as context:
        page = context.new_page()
        sign_in(page)
        expect(page.locator("#tasks .rows a").first).to_be_visible()
        camera.take(page, "today-tasks")
        for view in ("mine", "clinics", "overdue"):
            page.goto(f"/tasks?view={view}")
            camera.take(page, f"tasks-{view}")
        _one_task(camera, page)


def _one_task(camera: Camera, page: Page) -> None:
    page.get_by_role("link", name="Repeat the PHQ-9").click()
    page.get_by_text("Cancel the task").first.click()
    page.get_by_role("button", name="Cancel the task").click()
    camera.take(page, "task")
    page.locator("header.head a[href^='/patients/']").click()
    page.goto(f"{page.url}/tasks")
    camera.take(page, "tasks-of-patient")
    page.get_by_role("link", name="Add a task").click()
    page.get_by_role("button", name="Add the task").click()
    camera.take(page, "task-new-errors")
