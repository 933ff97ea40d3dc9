"""Pictures of a patient's own account: visits, who looked, the account's own pages; and one in Spanish."""

from playwright.sync_api import Page, expect
from sqlmodel import select

from server.directory import Patient
from server.identity import PatientAccount, new_account
from server.kit.ids import new_id
from server.web import Deps
from tests.e2e.journey import new_visit, sign_in
from tests.screens.camera import Camera
from tests.screens.site import HASHED, PASSWORD, served

EMAIL = "kemi@example.org"


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "portal") as site:
        with camera.clinic_side(site.url) as context:
            pcp = context.new_page()
            sign_in(pcp)
            new_visit(pcp, "adeyemi")
            pcp.get_by_role("link", name="Patient's details").click()
            expect(pcp.get_by_role("heading", name="Visits", exact=True)).to_be_visible()
        site.do(_own_account)
        with camera.patient_side(site.url) as context:
            _portal(camera, context.new_page())


async def _own_account(deps: Deps) -> None:
    async with deps.database.write() as session:
        patient = (await session.exec(select(Patient).where(Patient.given_name == "Kemi"))).one()
        account = new_account(deps.keyring, EMAIL, "Kemi Adeyemi", deps.now())
        account.password_hash = HASHED
        at = {"organization_id": patient.organization_id, "patient_id": patient.id}
        session.add_all([account, PatientAccount(id=new_id(), account_id=account.id, created_at=deps.now(), **at)])


def _portal(camera: Camera, page: Page) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your visits", level=1)).to_be_visible()
    camera.take(page, "portal")
    page.locator("summary.avatar").click()
    camera.take(page, "portal-menu")
    page.goto("/my/access")
    expect(page.get_by_text("Dr. Rose Okafor").first).to_be_visible()
    camera.take(page, "portal-access")
    for path, name in [("/account", "portal-account"), ("/account/authenticators", "portal-authenticators")]:
        page.goto(path)
        camera.take(page, name)
    page.get_by_role("button", name="Español").first.click()
    for path, name in [("/my", "portal-spanish"), ("/account", "portal-account-spanish")]:
        page.goto(path)
        camera.take(page, name)
