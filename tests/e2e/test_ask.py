"""The form of a consult in browsers: what is offered follows the clinic, with scripts and without."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.short_way import enter, post
from tests.e2e.test_accessibility import follow, look, with_axe

NORTH = "Cedar Creek North"
CHILDREN = "Children, at a distance"


@pytest.fixture(scope="module")
def _children(clinic_chromium: Browser, served: Served) -> Iterator[None]:
    """Offer advice about children to one clinic only, in writing only."""
    with person(clinic_chromium, served.url) as context:
        admin = context.new_page()
        enter(admin, "admin")
        words = {"name": CHILDREN, "kind": "child_psychiatry", "mode_written": "on", "active": "on"}
        words |= {"target_minutes": "5", "due_hours": "24", "questions": "Which school year?"}
        made = post(admin, "/services/new", **words, version="0").headers["location"].partition("?")[0]
        form = admin.request.get(made).text()
        clinic = re.findall(rf'<option value="([\w-]+)"[^>]*>{NORTH}<', form)[0]
        who = re.findall(r'<option value="([^"]+)"[^>]*>[^<]*Brandt', form)[0]
        version = re.findall(r'name="version" value="(\d+)"', form)[0]
        post(admin, f"{made}/coverage", add=who, add_clinic=clinic, add_tier="1", version=version)
        yield
        post(admin, made, **{**words, "active": ""}, version=str(int(version) + 1))


def at(page: Page, clinic: str, scripts: bool) -> None:
    """Choose a clinic; without scripts the page is asked for what that changes."""
    page.get_by_label("Clinic").focus()
    page.get_by_label("Clinic").select_option(label=clinic)
    if not scripts:
        follow(page, page.get_by_role("button", name="Show what can be asked here"))


@pytest.mark.usefixtures("_children")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_is_offered_follows_the_clinic_and_nothing_typed_is_lost(
    clinic_chromium: Browser, served: Served, scripts: bool
) -> None:
    with person(clinic_chromium, served.url, PHONE, java_script_enabled=scripts) as ours:
        pcp = with_axe(ours) if scripts else ours.new_page()
        enter(pcp)
        pcp.goto("/consults/new")
        whom = pcp.get_by_label("Whom to ask")
        expect(pcp.get_by_text(f"Not for Cedar Creek Clinic: {CHILDREN}")).to_be_visible()
        pcp.get_by_label("Your question").fill("Is this grief?")
        at(pcp, NORTH, scripts)
        whom.select_option(label=CHILDREN)
        at(pcp, NORTH, scripts)
        expect(pcp.get_by_text(f"{CHILDREN} does not offer: Video, Audio, Chat")).to_be_visible()
        pcp.get_by_label("Which school year?").fill("The third")
        if scripts:
            look(pcp)
        at(pcp, "Cedar Creek Clinic", scripts)
        expect(pcp.get_by_text(f"{CHILDREN} cannot be asked for Cedar Creek Clinic")).to_be_visible()
        expect(whom.locator("option:checked")).to_have_text("Choose")
        expect(pcp.get_by_label("Your question")).to_have_value("Is this grief?")
        if scripts:
            expect(pcp.get_by_label("Clinic")).to_be_focused()
