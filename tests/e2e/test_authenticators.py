"""Signing in with more than a password, in a real browser with an authenticator of its own (DevTools, WebAuthn domain).

Passkeys are for names, so this server is reached as localhost.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pyotp
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.journey import sign_in
from tests.e2e.served import Served
from tests.e2e.test_accessibility import look, with_axe

PASSWORD = "a long walk by the river"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
WAYS = "/account/authenticators"
# The owner of the authenticator says yes to all that is asked, also to the offer in the e-mail field before a test
# presses its button.
NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a demo server that is reached by a name."""
    server = Served(tmp_path_factory.mktemp("named") / "var", name="localhost")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def named(running: Served) -> Iterator[Served]:
    """Give the server; how people sign in is afterwards as it was before."""
    yield running
    for table in ("recovery_code", "ceremony", "page_session", "authenticator", "sign_in_policy"):
        execute(running, f"DELETE FROM {table}")
    execute(running, "UPDATE account SET password_hash = NULL")


@pytest.fixture
def page(clinic_chromium: Browser, named: Served) -> Iterator[Page]:
    """Open a phone's page in a browser that holds an authenticator, with axe at hand."""
    with person(clinic_chromium, named.url, PHONE) as context:
        context.add_init_script(NO_OFFER)
        opened = with_axe(context)
        hold_authenticator(opened)
        yield opened


def hold_authenticator(page: Page) -> CDPSession:
    """Plug an authenticator in that keeps passkeys and always knows its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def execute(served: Served, statement: str, *values: object) -> None:
    """Write into the server's database, as time passing or another page would."""
    with closing(sqlite3.connect(served.folder / "curbside.db", timeout=10)) as database, database:
        database.execute(statement, values)


def give_password(served: Served, email_name: str) -> None:
    execute(served, "UPDATE account SET password_hash = ? WHERE name = ?", HASHED, email_name)


def grow_stale(served: Served) -> None:
    """Let all sessions have proved who they are a day ago."""
    execute(served, "UPDATE page_session SET proved_at = datetime(proved_at, '-1 day')")


def sign_out(page: Page) -> None:
    page.goto("/today")
    page.locator("summary.avatar").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()


def type_password(page: Page, email: str = "pcp@demo.test") -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def set_up_app(page: Page) -> tuple[pyotp.TOTP, list[str]]:
    """Set an app up from the list of ways to sign in; gives it and the recovery codes."""
    page.goto(WAYS)
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    look(page)
    totp = pyotp.TOTP((page.locator("code.key").text_content() or "").replace(" ", ""))
    page.get_by_label("2. Type the code that it shows").fill(totp.now())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    look(page)
    codes = page.get_by_role("list", name="Recovery codes").locator("code").all_text_contents()
    page.get_by_role("link", name="I have kept them").click()
    return totp, codes


def later(totp: pyotp.TOTP) -> str:
    """Give the code after the one that was used: half a minute early is in time."""
    return totp.at(int(time.time()) + 30)


def test_a_passkey_is_added_and_then_signs_in_alone(page: Page) -> None:
    sign_in(page)
    page.goto(WAYS)
    look(page)
    passkeys = page.get_by_role("region", name="Passkeys")
    passkeys.get_by_label("Name").fill("Work laptop")
    passkeys.get_by_role("button", name="Add a passkey").click()
    expect(passkeys.get_by_text("Work laptop", exact=True)).to_be_visible()
    page.locator("summary", has_text="Change Work laptop").click()
    look(page)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.goto(WAYS)
    expect(passkeys.get_by_text("not used yet")).to_be_hidden()


def test_a_passkey_is_offered_in_the_email_field(clinic_chromium: Browser, named: Served) -> None:
    with person(clinic_chromium, named.url) as context:
        page = context.new_page()
        hold_authenticator(page)
        sign_in(page)
        page.goto(WAYS)
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("region", name="Passkeys").get_by_text("not used yet")).to_be_visible()
        page.locator("summary.avatar").click()
        page.get_by_role("button", name="Sign out").click()

        expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_a_code_or_a_recovery_code_follows_the_password(page: Page, named: Served) -> None:
    give_password(named, "Dr. Rose Okafor")
    sign_in(page)
    totp, codes = set_up_app(page)
    sign_out(page)
    type_password(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    look(page)
    page.goto("/today")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.goto("/login/second")
    page.get_by_label("Code").fill(later(totp))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()

    sign_out(page)
    type_password(page)
    page.get_by_label("Code").fill(codes[3].upper())
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.goto(WAYS)
    expect(page.get_by_text("9 codes are left.")).to_be_visible()


def test_a_role_that_needs_a_second_step_adds_a_passkey_before_it_is_let_in(page: Page, named: Served) -> None:
    give_password(named, "June Whitfield")
    page.goto("/login")
    page.get_by_role("button", name="Administrator").click()
    page.get_by_role("link", name=re.compile("Who needs a second step")).click()
    page.get_by_label("Front desk").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Front desk")).to_be_checked()
    look(page)
    page.locator("summary.avatar").click()
    page.get_by_role("button", name="Sign out").click()

    type_password(page, "frontdesk@demo.test")
    expect(page.get_by_role("heading", name="Add a second step")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()

    sign_out(page)
    type_password(page, "frontdesk@demo.test")
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_what_matters_asks_again_and_nothing_typed_is_lost(page: Page, named: Served) -> None:
    give_password(named, "Dr. Rose Okafor")
    sign_in(page)
    set_up_app(page)
    page.locator("summary", has_text="Change Authenticator app").click()
    page.get_by_role("region", name="Authenticator app").get_by_label("Name").fill("Rose's phone")
    grow_stale(named)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    look(page)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("What you had typed was kept")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Rose's phone", exact=True)).to_be_visible()

    grow_stale(named)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("region", name="Passkeys").get_by_text("not used yet")).to_be_visible()

    grow_stale(named)
    page.get_by_role("button", name="Make new codes").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
