"""Pictures of signing in and of a person's own account: second steps, sessions, the locked page, passwords."""

from uuid import UUID

import pyotp
from playwright.sync_api import Page, expect
from sqlmodel import select

from server.directory import Organization
from server.identity import Account, AccountLinkTerms, Issuer, make_account_link, new_setup_link
from server.kit import new_secret
from server.web import Deps
from tests.cast import TEN
from tests.e2e.test_authenticators import NO_OFFER, hold_authenticator
from tests.e2e.test_sessions import ANDROID
from tests.screens.camera import Camera, cover_code, cover_texts
from tests.screens.site import HASHED, NAMED, PASSWORD, Site, served
from tests.server.outbox.push_service import Device

ISSUER = UUID("01930000-0000-7000-8000-000000000001")  # always the same, because addresses show it


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "accounts", NAMED) as site:
        site.write("UPDATE account SET password_hash = ?", HASHED)
        _before_signing_in(camera, site, site.do(trust))
        _forgotten(camera, site)
        _second_step(camera, site, _own_account(camera, site))
        _asked_for_a_second_step(camera, site)
        _idle(camera, site)
    with served(camera.folder / "setup", NAMED, seeded=False) as site:
        _set_up(camera, site)


async def trust(deps: Deps) -> UUID:
    """Let staff sign in with a provider, which does not answer; gives the provider's id."""
    async with deps.database.write() as session:
        home = (await session.exec(select(Organization).where(Organization.name == "Cedar Creek Health"))).one()
        row = Issuer(
            id=ISSUER,
            organization_id=home.id,
            source="page",
            label="Cedar Creek",
            issuer="https://127.0.0.1:9/realms/staff",
            client_id="curbside",
            role_claim="groups",
            role_map={"doctors": "pcp"},
            created_at=deps.now(),
        )
        session.add(row)
        return row.id


def type_password(page: Page, who: str) -> None:
    """Sign in with e-mail and password, as far as that goes."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(f"{who}@demo.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Sign in", level=1, exact=True)).to_have_count(0)


def _before_signing_in(camera: Camera, site: Site, issuer: UUID) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        page.goto("/login")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
        camera.take(page, "sign-in")
        page.get_by_role("button", name="Continue").click()
        camera.take(page, "sign-in-errors")
        page.goto(f"/login/oidc/{issuer}")
        camera.take(page, "oidc-refused")
        page.goto("/login/oidc")
        camera.take(page, "oidc-email")


def _forgotten(camera: Camera, site: Site) -> None:
    async def link(deps: Deps) -> str:
        secret = new_secret()
        async with deps.database.write() as session:
            account = (await session.exec(select(Account).where(Account.name == "Tomas Reyes"))).one()
            make_account_link(session, deps, AccountLinkTerms("reset", account_id=account.id), secret)
        return secret.text

    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        page.goto("/forgot")
        camera.take(page, "forgot")
        page.get_by_label("E-mail").fill("caremanager@demo.test")
        page.get_by_role("button", name="Send the link").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        camera.take(page, "forgot-sent")
        page.goto(f"/reset/{site.do(link)}")
        page.get_by_label("New password").fill("password1234")
        page.get_by_role("button", name="Change password").click()
        camera.take(page, "reset-errors")


def _own_account(camera: Camera, site: Site) -> pyotp.TOTP:
    """Go through the account's pages; gives the app that was set up on the way."""
    with camera.clinic_side(site.url) as context, camera.patient_side(site.url, user_agent=ANDROID) as elsewhere:
        context.add_init_script(NO_OFFER)
        type_password(elsewhere.new_page(), "pcp")
        page = context.new_page()
        hold_authenticator(page)
        type_password(page, "pcp")
        page.goto("/account")
        expect(page.locator("main").get_by_text("Working here")).to_be_visible()
        camera.take(page, "account")
        page.locator("summary.avatar").click()
        expect(page.locator(".menu").get_by_text("Working here")).to_be_visible()
        camera.take(page, "account-menu")
        page.goto("/account/password")
        camera.take(page, "password")
        _notifications(camera, page)
        app = _authenticators(camera, page)
        site.write("UPDATE page_session SET proved_at = datetime(proved_at, '-1 day')")
        page.goto("/account/password")
        expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
        camera.take(page, "confirm")
    return app


def _notifications(camera: Camera, page: Page) -> None:
    page.goto("/account/notifications")
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_visible()
    camera.take(page, "notifications-none")
    form = Device.new("https://push.example.org/send/1").form
    page.request.post("/account/notifications/browsers", form=form, headers={"Origin": page.url.rsplit("/", 2)[0]})
    page.get_by_label("Number or address").fill("https://pager.clinic.test/ring")
    page.get_by_role("button", name="Add and send a code").click()
    expect(page.get_by_text("Not confirmed")).to_be_visible()
    cover_texts(page, "code.key", "whsec_" + "x" * 32)
    camera.take(page, "notifications-added")


def _authenticators(camera: Camera, page: Page) -> pyotp.TOTP:
    page.goto("/account/authenticators")
    camera.take(page, "authenticators-none")
    page.get_by_role("button", name="Set up an app").click()
    app = pyotp.TOTP(cover_code(page))
    camera.take(page, "add-app")
    page.get_by_label("2. Type the code that it shows").fill(app.at(TEN))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    cover_texts(page, ".codes code", "abcde-fghij")
    camera.take(page, "recovery-codes")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("region", name="Passkeys").get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Work laptop", exact=True)).to_be_visible()
    camera.take(page, "authenticators")
    page.locator("summary", has_text="Change Work laptop").click()
    camera.take(page, "authenticators-change")
    return app


def _second_step(camera: Camera, site: Site, app: pyotp.TOTP) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        type_password(page, "pcp")
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        camera.take(page, "second-step")
        page.get_by_label("Code").fill(str(int(app.at(TEN)) ^ 1).zfill(6))
        page.get_by_role("button", name="Continue").click()
        camera.take(page, "second-step-errors")


def _asked_for_a_second_step(camera: Camera, site: Site) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        type_password(page, "admin")
        page.goto("/admin/organization")
        page.get_by_label("Front desk").check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_label("Front desk")).to_be_checked()
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        type_password(page, "frontdesk")
        expect(page.get_by_role("heading", name="Add a second step")).to_be_visible()
        camera.take(page, "enrol")
        page.get_by_role("button", name="Set up an app").click()
        cover_code(page)
        camera.take(page, "enrol-app")


def _idle(camera: Camera, site: Site) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        page.clock.install()
        type_password(page, "caremanager")
        page.goto("/patients?q=a")
        page.wait_for_load_state()  # with the scripts that count
        page.clock.run_for(29 * 60_000 + 5_000)
        expect(page.get_by_role("alertdialog")).to_be_visible()
        cover_texts(page, "[data-seconds]", "55")
        camera.take(page, "idle-warning")
        page.get_by_role("button", name="Lock now").click()
        camera.take(page, "idle-cover")
        site.clock.pass_(minutes=31)
        page.goto("/patients")
        camera.take(page, "locked")


def _set_up(camera: Camera, site: Site) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        page.goto(f"/setup/{site.do(new_setup_link).text}")
        camera.take(page, "set-up")
        page.get_by_role("button", name="Set up").click()
        camera.take(page, "set-up-errors")
