"""A person in a browser signs in with a certified provider and signs out at it; the provider can end it all too."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.test_accessibility import follow, look, with_axe
from tests.identity_provider.node import SECRET, NodeProvider, client, node_provider

ORGANIZATION = "SELECT o.name FROM organization o JOIN membership m ON m.organization_id = o.id WHERE m.role = 'admin'"


@dataclass
class Trusting:
    """A server that trusts a provider, and the provider."""

    served: Served
    provider: NodeProvider


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusting]:
    """Run a demo server that signs in with a certified provider as well."""
    port = _free_port()
    folder = tmp_path_factory.mktemp("trusting") / "var"
    first = Served(folder)
    first.start()
    first.stop()
    issuer = {
        "organization": _one(folder, ORGANIZATION),
        "issuer": f"http://127.0.0.1:{port}",
        "client_id": "curbside",
        "client_secret": SECRET,
        "label": "Cedar Creek",
        "domains": ["demo.test"],
    }
    settings = {"CURBSIDE_OIDC_ISSUERS": json.dumps([issuer]), "CURBSIDE_OUTBOUND_ALLOW": "127.0.0.1"}
    served = Served(folder, settings)
    served.start()
    issuer_id = _hyphened(_one(folder, "SELECT id FROM issuer"))
    ours = f"{served.url}/login/oidc/{issuer_id}"
    more = {
        "post_logout_redirect_uris": [f"{ours}/left"],
        "backchannel_logout_uri": f"{ours}/logout",
        "backchannel_logout_session_required": True,
    }
    with node_provider(port, [client("curbside", f"{ours}/callback", **more)]) as provider:
        yield Trusting(served, provider)
    served.stop()


def sign_in(page: Page) -> None:
    page.goto("/login?next=/patients")
    page.get_by_role("link", name="Sign in with Cedar Creek").click()
    page.get_by_role("button", name="rose").click()
    expect(page).to_have_url(re.compile(r"/patients$"))


def test_a_person_signs_in_and_out_at_the_provider(clinic_chromium: Browser, trusting: Trusting) -> None:
    with person(clinic_chromium, trusting.served.url) as context:
        page = context.new_page()
        sign_in(page)
        page.locator("summary.avatar").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Yes, sign out").click()
        expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
        page.goto("/today")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.get_by_role("link", name="Sign in with Cedar Creek").click()
        expect(page.get_by_role("button", name="rose")).to_be_visible()


def test_signing_out_at_the_provider_ends_the_session_here_while_its_page_is_open(
    clinic_chromium: Browser, trusting: Trusting
) -> None:
    with person(clinic_chromium, trusting.served.url) as context:
        page = context.new_page()
        with page.expect_websocket() as opened:
            sign_in(page)
        elsewhere = context.new_page()
        with opened.value.expect_event("close"):
            elsewhere.goto(f"{trusting.provider.url}/session/end")
            elsewhere.get_by_role("button", name="Yes, sign out").click()
        page.goto("/today")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_pages_are_accessible(clinic_chromium: Browser, trusting: Trusting) -> None:
    with person(clinic_chromium, trusting.served.url, PHONE) as context:
        page = with_axe(context)
        for path in ("/login", "/login/oidc"):
            page.goto(path)
            look(page)
        follow(page, page.get_by_role("button", name="Continue"))
        expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
        look(page)
        page.goto("/login")
        page.get_by_role("button", name="Administrator").click()
        page.wait_for_url(re.compile("/admin"))
        page.goto("/admin/issuers")
        look(page)
        follow(page, page.get_by_role("link", name=re.compile("Cedar Creek")))
        expect(page.get_by_role("heading", name="Cedar Creek", level=1)).to_be_visible()
        look(page)
        page.goto("/admin/issuers/new")
        follow(page, page.get_by_role("button", name="Save"))
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        look(page)


def test_a_sign_in_that_does_not_come_about_is_said(clinic_chromium: Browser, trusting: Trusting) -> None:
    with person(clinic_chromium, trusting.served.url, PHONE) as context:
        page = context.new_page()
        page.goto("/login")
        page.get_by_role("link", name="Sign in with Cedar Creek").click()
        page.get_by_role("button", name="unverified").click()
        expect(page.get_by_role("heading", name="Your e-mail is not verified")).to_be_visible()
        page.get_by_role("link", name="Back to the sign-in page").click()
        expect(page.get_by_label("Password")).to_be_visible()


def _one(folder: Path, query: str) -> str:
    connection = sqlite3.connect(folder / "curbside.db")
    (value,) = connection.execute(query).fetchone()
    connection.close()
    return str(value)


def _hyphened(text: str) -> str:
    plain = text.replace("-", "")
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
