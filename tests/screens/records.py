"""Pictures of who may see a record: care team, no tie, an emergency; and the audit trail that tells of it."""

from playwright.sync_api import Page, expect

from tests.e2e.journey import new_visit, sign_in
from tests.screens.camera import Camera, cover_numbers
from tests.screens.site import Site, served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "records") as site:
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            sheet, patient = _with_care_team(camera, page)
            page.goto("/admin")  # refused
        with camera.clinic_side(site.url) as context:
            _in_an_emergency(camera, context.new_page(), sheet, patient)
        with camera.clinic_side(site.url) as context:
            _audit(camera, site, context.new_page())


def _with_care_team(camera: Camera, page: Page) -> tuple[str, str]:
    sign_in(page)
    sheet, _ = new_visit(page, "adeyemi")
    page.get_by_role("link", name="Patient's details").click()
    team = page.get_by_role("region", name="Care team")
    team.get_by_label("Somebody more").select_option("Tomas Reyes")
    team.get_by_role("button", name="Add to the team").click()
    expect(team.get_by_text("Tomas Reyes", exact=True)).to_be_visible()
    _wait_for_parts(page)
    camera.take(page, "patient")
    return sheet, page.url.removesuffix("/care-team")


def _in_an_emergency(camera: Camera, page: Page, sheet: str, patient: str) -> None:
    sign_in(page, "Psychiatrist")
    page.goto(patient)
    expect(page.get_by_text("One of them can add you.")).to_be_visible()
    camera.take(page, "patient-no-tie")
    page.goto(sheet)
    camera.take(page, "not-your-patient")
    page.get_by_role("link", name="Open in an emergency").click()
    camera.take(page, "emergency")
    page.get_by_role("button", name="Open the record").click()
    camera.take(page, "emergency-errors")
    page.get_by_label("Why do you need it now?").fill("Found unresponsive, no history known")
    page.get_by_role("button", name="Open the record").click()
    expect(page.get_by_role("region", name="Open in an emergency")).to_contain_text("60 minutes left")
    _wait_for_parts(page)
    camera.take(page, "patient-emergency")
    page.goto("/today")
    expect(page.get_by_role("region", name="Open in an emergency")).to_contain_text("60 minutes left")
    camera.take(page, "today-emergency")
    page.goto("/emergencies")
    camera.take(page, "emergencies")


def _wait_for_parts(page: Page) -> None:
    """Wait for the parts of a patient's page that come after it: until then there are links in their place."""
    for name in ("Visits", "Care team"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def _audit(camera: Camera, site: Site, page: Page) -> None:
    page.goto("/login")
    page.get_by_role("button", name="Administrator").click()
    expect(page.get_by_role("heading", name="Administration", level=1)).to_be_visible()
    while site.read("SELECT count(*) FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_seal)"):
        page.wait_for_timeout(50)  # the seal comes by a job, which tells nobody here
    page.goto("/admin/audit")
    page.locator("main").get_by_role("link", name="Adeyemi, Kemi").first.click()
    expect(page.get_by_text("Record of Adeyemi, Kemi")).to_be_visible()
    cover_numbers(page)
    camera.take(page, "audit")
    page.goto("/admin/audit?outcome=denied&from=soon")
    cover_numbers(page)
    camera.take(page, "audit-errors")
