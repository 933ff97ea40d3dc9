"""Pictures of who covers whom: services, coverage, paths, groups, licence rules, tables, and being on duty."""

import re

from playwright.sync_api import Page

from tests.e2e.journey import sign_in, sign_in_as_administrator
from tests.e2e.test_accessibility import follow
from tests.screens.camera import Camera
from tests.screens.site import served

TABLE = (
    "service,specialist,group,clinic,tier\n"
    "Adult psychiatry,psychiatrist@demo.test,,Cedar Creek North,1\n"
    "Child psychiatry,,Behavioral team,,2\n"
    "Medical advice,pcp@demo.test,,,4\n"
)


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "consults") as site:
        with camera.clinic_side(site.url) as context:
            _services(camera, context.new_page())
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            sign_in(page, "Psychiatrist")
            page.get_by_role("button", name="Go off duty").wait_for()
            camera.take(page, "today-duty")
            follow(page, page.get_by_role("link", name="More about your duty"))
            camera.take(page, "duty")


def _in_spanish(camera: Camera, page: Page) -> None:
    page.locator("summary.avatar").click()
    page.get_by_role("button", name="Español").click()
    for path, name in [("/services/rules", "service-rules-spanish"), ("/reports/consults", "reports-consults-spanish")]:
        page.goto(path)
        camera.take(page, name)


def _services(camera: Camera, page: Page) -> None:
    sign_in_as_administrator(page)
    page.goto("/services")
    camera.take(page, "services")
    follow(page, page.get_by_role("link", name=re.compile("^Adult psychiatry")))
    camera.take(page, "service")
    follow(page, page.get_by_role("link", name=re.compile("In turn")))
    camera.take(page, "service-path")
    page.goto("/services/groups")
    follow(page, page.get_by_role("link", name=re.compile("^Behavioral team")))
    camera.take(page, "service-group")
    page.goto("/services/rules")
    camera.take(page, "service-rules")
    page.goto("/services/codes?code=99447")
    camera.take(page, "service-codes")
    page.goto("/services/import")
    page.get_by_label("Or paste the table").fill(TABLE)
    follow(page, page.get_by_role("button", name="Check the table"))
    camera.take(page, "service-import")
    page.goto("/duty")
    camera.take(page, "duty-of-all")
    _in_spanish(camera, page)
