"""Pictures of an administrator's pages about people: members, invitations, the organization, its sign-in."""

import re

from playwright.sync_api import Page, expect
from sqlmodel import select

from server.identity import Account
from server.identity.tables import Authenticator
from server.kit.ids import new_id
from server.web import Deps
from tests.screens.accounts import trust, type_password
from tests.screens.camera import Camera, cover_link
from tests.screens.site import HASHED, NAMED, Site, served


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "members", NAMED) as site:
        site.write("UPDATE account SET password_hash = ?", HASHED)
        site.do(trust)
        site.do(_give_app)
        with camera.clinic_side(site.url) as context:
            page = context.new_page()
            type_password(page, "admin")
            camera.take(page, "admin")
            link = _members(camera, page)
            _organization(camera, page)
        _join(camera, site, link)


async def _give_app(deps: Deps) -> None:
    """Give the member who is shown an app to lose."""
    now = deps.now()
    async with deps.database.write() as session:
        account = (await session.exec(select(Account).where(Account.name == "Dr. Rose Okafor"))).one()
        app = Authenticator(
            id=new_id(), account_id=account.id, kind="app", name="Phone", created_at=now, confirmed_at=now
        )
        session.add(app)


def _members(camera: Camera, page: Page) -> str:
    """Take the list, the form and one member; gives the link of an invitation."""
    page.goto("/admin/members/invite")
    camera.take(page, "invite")
    page.get_by_role("button", name="Send invitation").click()
    camera.take(page, "invite-errors")
    for label, value in {"E-mail": "nia@demo.test", "First name": "Nia", "Last name": "Wolf"}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Front desk").check()
    page.get_by_role("button", name="Send invitation").click()
    link = page.get_by_label("Invitation link").input_value()
    cover_link(page)
    camera.take(page, "members-invited")
    page.goto("/admin/members")
    camera.take(page, "members")
    page.get_by_role("link", name="Dr. Rose Okafor").click()
    expect(page.get_by_role("heading", name="Dr. Rose Okafor", level=1)).to_be_visible()
    camera.take(page, "member")
    return link


def _organization(camera: Camera, page: Page) -> None:
    page.goto("/admin/organization")
    camera.take(page, "organization")
    page.goto("/admin/issuers")
    camera.take(page, "issuers")
    page.get_by_role("link", name=re.compile("Cedar Creek")).click()
    camera.take(page, "issuer")
    page.goto("/admin/issuers/new")
    page.get_by_role("button", name="Save").click()
    camera.take(page, "issuer-errors")


def _join(camera: Camera, site: Site, link: str) -> None:
    with camera.clinic_side(site.url) as context:
        page = context.new_page()
        page.goto(link)
        camera.take(page, "join")
        page.get_by_label("Password").fill("password1234")
        page.get_by_role("button", name="Join").click()
        camera.take(page, "join-errors")
        page.get_by_label("Password").fill("lavender gravel 7")
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        camera.take(page, "joined")
