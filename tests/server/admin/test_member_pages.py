"""Members in an administrator's browser."""

from dataclasses import replace

import pytest
from sqlmodel import select

from server.access import Role
from server.directory import Practitioner
from server.identity import AccountLink, Membership
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.account_links import link_row, mails, new_link, roles_of
from tests.server.identity.factors import authenticators, give_app, noted

pytestmark = pytest.mark.anyio

NIA = {
    "email": "nia@clinic.test",
    "given_name": "Nia",
    "family_name": "Wolf",
    "title": "Dr.",
    "role_specialist": "on",
    "specialty": "Psychiatry",
    "profession": "physician",
}


@pytest.fixture
def demo(site: World) -> World:
    """The site as a demo, where mail can be sent."""
    settings = site.deps.settings.model_copy(update={"demo": "1"})
    site.deps = site.app.state.deps = replace(site.deps, settings=settings)
    return site


def nia(world: World, **typed: str) -> dict[str, str]:
    return {**NIA, f"clinic_{world.clinic.id}": "on", **typed}


async def link_of(world: World) -> AccountLink:
    async with world.deps.database.read() as session:
        return (await session.exec(select(AccountLink))).one()


async def test_the_list_shows_who_belongs_here_and_nobody_else(site: World) -> None:
    await site.signed_in("pcp")
    text = (await (await site.signed_in("admin")).get("/admin/members")).text
    for shown in ("Dr. Rose Okafor", "pcp@demo.test", "Primary care practitioner", "Cedar Creek Clinic"):
        assert shown in text
    assert "Last signed in Tuesday, November 24" in text
    assert "Has not signed in yet" in text
    assert "Second step: no" in text
    assert "Farouk" not in text


@pytest.mark.parametrize("who", ["pcp", "psychiatrist", "caremanager", "frontdesk", "outsider"])
async def test_only_administrators_have_these_pages(site: World, who: str) -> None:
    browser = await site.signed_in(who)
    for path in ("/admin/members", "/admin/members/invite", f"/admin/members/{site.accounts['pcp'].id}"):
        assert (await browser.get(path)).status_code == 403
    assert (await browser.post("/admin/members/invite", data=nia(site))).status_code == 403


async def test_changes_want_an_administrator_who_was_proved_lately(site: World) -> None:
    browser = await site.signed_in("admin")
    site.clock.pass_(minutes=11)
    assert (await browser.get("/admin/members")).status_code == 200
    assert (await browser.post("/admin/members/invite", data=nia(site))).status_code == 303
    async with site.deps.database.read() as session:
        assert (await session.exec(select(AccountLink))).all() == []


async def test_an_invitation_carries_roles_clinics_and_practice_and_goes_by_mail(demo: World) -> None:
    browser = await demo.signed_in("admin")
    answer = await browser.post("/admin/members/invite", data=nia(demo))
    link = await link_of(demo)
    (mail,) = await mails(demo)
    assert f'href="/mail/{mail.id}"' in answer.text
    assert "nia@clinic.test" in answer.text
    assert (link.name, link.roles, link.clinic_ids) == ("Dr. Nia Wolf", "specialist", [str(demo.clinic.id)])
    assert link.practice["specialty"] == "Psychiatry"


async def test_without_mail_the_link_is_shown_once(site: World) -> None:
    browser = await site.signed_in("admin")
    assert "/join/" in (await browser.post("/admin/members/invite", data=nia(site))).text
    assert "/join/" not in (await browser.get("/admin/members")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "nobody"}, "Enter an e-mail address"),
        ({"role_specialist": ""}, "Choose at least one role."),
        ({"specialty": ""}, "Enter the specialty"),
        ({"profession": "wizard"}, "Choose one."),
        ({"given_name": ""}, "Enter the first name."),
        ({"email": "pcp@demo.test"}, "belongs to your organization already"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    site: World, typed: dict[str, str], said: str
) -> None:
    answer = await (await site.signed_in("admin")).post("/admin/members/invite", data=nia(site, **typed))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Wolf"' in answer.text


async def test_who_treats_patients_needs_a_clinic_of_this_organization(site: World) -> None:
    typed = {**NIA, f"clinic_{site.practitioners['outsider'].clinic_id}": "on"}
    answer = await (await site.signed_in("admin")).post("/admin/members/invite", data=typed)
    assert answer.status_code == 422
    assert "Choose at least one clinic" in answer.text


async def test_who_treats_nobody_needs_no_practice(site: World) -> None:
    typed = nia(site, role_specialist="", role_frontdesk="on", specialty="", profession="", title="")
    assert (await (await site.signed_in("admin")).post("/admin/members/invite", data=typed)).status_code == 200
    assert (await link_of(site)).practice == {}


async def test_the_only_clinic_is_ticked_from_the_start(site: World) -> None:
    text = (await (await site.signed_in("admin")).get("/admin/members/invite")).text
    assert f'name="clinic_{site.clinic.id}" checked' in text


async def test_an_invitation_is_sent_again_and_taken_back(demo: World) -> None:
    secret, browser = await new_link(demo), await demo.signed_in("admin")
    row = await link_row(demo, secret)
    demo.clock.pass_(days=8)
    browser = await demo.signed_in("admin")
    assert "Too old: send it again" in (await browser.get("/admin/members")).text
    assert "Good until" in (await browser.post(f"/admin/invitations/{row.id}/resend")).text
    assert len(await mails(demo)) == 1
    assert (await browser.post(f"/admin/invitations/{row.id}/revoke")).status_code == 303
    assert "new@clinic.test" not in (await browser.get("/admin/members")).text
    for path in (f"/admin/invitations/{row.id}/revoke", "/admin/invitations/nothing/resend"):
        assert (await browser.post(path)).status_code == 404


async def test_invitations_are_limited_by_organization(site: World) -> None:
    for _ in range(60):
        await site.deps.limits.spend("invitation", "60/hour", str(site.clinic.organization_id))
    assert (await (await site.signed_in("admin")).post("/admin/members/invite", data=nia(site))).status_code == 429


async def test_a_member_s_page_shows_what_they_are_and_writes_what_they_become(site: World) -> None:
    browser, pcp = await site.signed_in("admin"), site.accounts["pcp"].id
    text = (await browser.get(f"/admin/members/{pcp}")).text
    assert 'name="role_pcp" checked' in text
    assert 'value="Primary care"' in text
    typed = {**NIA, "given_name": "Rose", "family_name": "Okafor", f"clinic_{site.clinic.id}": "on"}
    assert (await browser.post(f"/admin/members/{pcp}", data=typed)).status_code == 303
    assert {role for _, role, _ in await roles_of(site, pcp)} == {"specialist"}
    async with site.deps.database.read() as session:
        row = (await session.exec(select(Practitioner).where(Practitioner.account_id == pcp))).one()
    assert row.specialty == "Psychiatry"


async def test_a_front_desk_s_page_takes_the_name_from_the_account(site: World) -> None:
    text = (await (await site.signed_in("admin")).get(f"/admin/members/{site.accounts['frontdesk'].id}")).text
    assert 'value="June"' in text
    assert 'value="Whitfield"' in text


async def test_a_member_without_a_role_is_not_written(site: World) -> None:
    answer = await (await site.signed_in("admin")).post(f"/admin/members/{site.accounts['pcp'].id}", data={})
    assert answer.status_code == 422
    assert "Choose at least one role." in answer.text


async def test_the_last_administrator_reads_why_they_stay(site: World) -> None:
    browser, admin = await site.signed_in("admin"), site.accounts["admin"].id
    for path, typed in ((f"/admin/members/{admin}", {"role_frontdesk": "on"}), (f"/admin/members/{admin}/disable", {})):
        answer = await browser.post(path, data=typed)
        assert answer.status_code == 409
        assert "This is the last administrator." in answer.text


async def test_a_member_is_disabled_and_enabled(site: World) -> None:
    browser, pcp = await site.signed_in("admin"), site.accounts["pcp"].id
    theirs = await site.signed_in("pcp")
    assert (await browser.post(f"/admin/members/{pcp}/disable")).status_code == 303
    assert (await theirs.get("/today")).status_code == 303
    assert "Disabled" in (await browser.get("/admin/members")).text
    assert "cannot sign in to your organization" in (await browser.get(f"/admin/members/{pcp}")).text
    assert (await browser.post(f"/admin/members/{pcp}/enable")).status_code == 303
    assert (await (await site.signed_in("pcp")).get("/today")).status_code == 200


async def test_lost_authenticators_are_taken_away_and_the_page_says_so(site: World) -> None:
    browser, path = await site.signed_in("admin"), f"/admin/members/{site.accounts['pcp'].id}"
    assert "Take away lost authenticators" not in (await browser.get(path)).text
    await give_app(site)
    page = (await browser.get(path)).text
    assert f'action="{path}/forget-authenticators"' in page
    assert "Taken away." not in page
    answer = await browser.post(f"{path}/forget-authenticators")
    assert answer.status_code == 303
    page = (await browser.get(answer.headers["location"])).text
    assert "Taken away." in page
    assert "Take away lost authenticators" not in page
    assert await authenticators(site) == []
    assert [event.account_id for event in await noted(site, "forget_authenticators")] == [site.accounts["admin"].id]


async def test_who_works_elsewhere_too_keeps_the_authenticators_and_the_page_says_why(site: World) -> None:
    await give_app(site)
    organization = site.actors["outsider"].organization_id
    async with site.deps.database.write() as session:
        row = Membership(id=new_id(), role=Role.PCP, account_id=site.accounts["pcp"].id, organization_id=organization)
        session.add(row)
    browser, path = await site.signed_in("admin"), f"/admin/members/{site.accounts['pcp'].id}"
    answer = await browser.post(f"{path}/forget-authenticators")
    assert answer.status_code == 409
    assert "This person belongs to another organization too." in answer.text
    assert "Please correct the marked fields" not in answer.text
    assert len(await authenticators(site)) == 1


async def test_authenticators_are_taken_away_only_by_who_was_proved_of_late(site: World) -> None:
    await give_app(site)
    browser = await site.signed_in("admin")
    site.clock.pass_(minutes=20)
    path = f"/admin/members/{site.accounts['pcp'].id}/forget-authenticators"
    answer = await browser.post(path)
    assert answer.status_code != 303 or "taken" not in answer.headers["location"]
    assert len(await authenticators(site)) == 1


async def test_another_organization_s_member_is_not_found(site: World) -> None:
    browser, stranger = await site.signed_in("admin"), site.accounts["outsider"].id
    assert (await browser.get(f"/admin/members/{stranger}")).status_code == 404
    for path in ("", "/disable", "/enable", "/forget-authenticators"):
        assert (await browser.post(f"/admin/members/{stranger}{path}", data=nia(site))).status_code == 404
