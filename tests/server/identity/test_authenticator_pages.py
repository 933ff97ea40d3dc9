"""A person's ways to sign in, in a browser: list, add, rename, remove."""

import re

import pytest

from server.access import Role
from server.identity.recovery_code_actions import make_recovery_codes
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.factors import (
    NAMED,
    ask_roles,
    authenticators,
    begun_secret,
    code,
    give_app,
    give_passkey,
    give_password,
    recovery_codes,
)
from tests.server.identity.own_accounts import own_account, signed_in
from tests.server.identity.sessions import browser_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio
HERE = "/account/authenticators"
CHANGES = (f"{HERE}/app", f"{HERE}/app/code", f"{HERE}/codes", f"{HERE}/password/remove")


async def test_what_an_account_has_is_listed_with_when_it_was_used(site: World) -> None:
    await give_password(site)
    await give_app(site)
    await give_passkey(site)
    await make_recovery_codes(site.deps, site.actors["pcp"])
    shown = (await (await site.signed_in("pcp", Origin=NAMED)).get(HERE)).text
    assert "Phone" in shown
    assert "Laptop" in shown
    assert "Added 10 minutes ago" in shown
    assert "not used yet" in shown
    assert "10 codes are left." in shown
    assert 'href="/account/password"' in shown
    assert 'action="/account/passkeys"' in shown


async def test_an_account_with_nothing_is_told_what_to_do(site: World) -> None:
    shown = (await (await site.signed_in("pcp")).get(HERE)).text
    assert "You have none, and need none." in shown
    assert "Add one of these first." in shown
    assert f"{HERE}/codes" not in shown
    await ask_roles(site, Role.PCP)
    assert "Your organization asks you for a second step." in (await (await site.signed_in("pcp")).get(HERE)).text


async def test_nobody_sees_another_s(site: World) -> None:
    await give_passkey(site)
    assert "Laptop" not in (await (await site.signed_in("admin")).get(HERE)).text
    assert (await site.browser().get(HERE)).headers["location"] == f"/login?next={HERE}"


async def test_an_app_is_set_up_with_picture_key_and_first_code(site: World) -> None:
    browser = await site.signed_in("pcp")
    assert (await browser.get(f"{HERE}/app")).headers["location"] == HERE
    assert (await browser.post(f"{HERE}/app")).headers["location"] == f"{HERE}/app"
    secret, shown = await begun_secret(site), (await browser.get(f"{HERE}/app")).text
    assert secret in re.sub(r"\s", "", shown)
    assert "<svg" in shown
    wrong = await browser.post(f"{HERE}/app/code", data={"code": "000000", "name": "My phone"})
    assert wrong.status_code == 422
    assert 'value="My phone"' in wrong.text
    right = code(site, secret)
    done = await browser.post(f"{HERE}/app/code", data={"code": f"{right[:3]} {right[3:]}", "name": "My phone"})
    assert len(re.findall(r"<code>\w{5}-\w{5}</code>", done.text)) == 10
    assert [row.name for row in await authenticators(site)] == ["My phone"]


async def test_a_second_app_leaves_the_recovery_codes_alone(site: World) -> None:
    await give_app(site)
    await make_recovery_codes(site.deps, site.actors["pcp"])
    before = {row.id for row in await recovery_codes(site)}
    browser = await site.signed_in("pcp")
    await browser.post(f"{HERE}/app")
    answer = await browser.post(f"{HERE}/app/code", data={"code": code(site, await begun_secret(site))})
    assert answer.headers["location"] == HERE
    assert {row.id for row in await recovery_codes(site)} == before


async def test_renaming_and_removing_lead_back_to_the_list(site: World) -> None:
    await give_password(site)
    await give_passkey(site)
    browser, (row,) = await site.signed_in("pcp"), await authenticators(site)
    renamed = await browser.post(f"{HERE}/{row.id}/rename", data={"name": " Key <1> "})
    assert renamed.headers["location"] == HERE
    assert "Key &lt;1&gt;" in (await browser.get(HERE)).text
    assert (await browser.post(f"{HERE}/{row.id}/rename", data={"name": " "})).status_code == 422
    assert (await browser.post(f"{HERE}/{row.id}/remove")).headers["location"] == HERE
    assert await authenticators(site) == []


async def test_the_last_way_in_offers_no_removal_and_refuses_one(site: World) -> None:
    await give_passkey(site)
    browser, (row,) = await site.signed_in("pcp"), await authenticators(site)
    shown = (await browser.get(HERE)).text
    assert f"{HERE}/{row.id}/remove" not in shown
    assert "This is the last way into your account." in shown
    refused = await browser.post(f"{HERE}/{row.id}/remove")
    assert refused.status_code == 409
    assert "This is the last way into your account." in refused.text


async def test_what_is_another_s_or_nobody_s_is_not_found(site: World) -> None:
    await give_passkey(site)
    (row,) = await authenticators(site)
    browser = await site.signed_in("admin")
    for wanted in (row.id, new_id(), "nonsense"):
        assert (await browser.post(f"{HERE}/{wanted}/rename", data={"name": "x"})).status_code == 404
        assert (await browser.post(f"{HERE}/{wanted}/rename", data={"name": ""})).status_code == 404
        assert (await browser.post(f"{HERE}/{wanted}/remove")).status_code == 404


async def test_a_password_is_removed_once_a_passkey_is_there(site: World) -> None:
    await give_password(site)
    browser = await site.signed_in("pcp")
    assert (await browser.post(f"{HERE}/password/remove")).status_code == 409
    await give_passkey(site)
    assert (await browser.post(f"{HERE}/password/remove")).headers["location"] == HERE
    assert "You have none, and need none." in (await browser.get(HERE)).text


async def test_new_codes_are_shown_this_once(site: World) -> None:
    await give_app(site)
    browser = await site.signed_in("pcp")
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", (await browser.post(f"{HERE}/codes")).text)
    assert len(codes) == 10
    shown = (await browser.get(HERE)).text
    assert not [one for one in codes if one in shown]


async def test_looking_needs_no_step_up_and_every_change_does(site: World) -> None:
    await give_passkey(site)
    browser, (row,) = await site.signed_in("pcp"), await authenticators(site)
    site.clock.pass_(minutes=10)
    assert (await browser.get(HERE)).status_code == 200
    assert (await browser.get(f"{HERE}/app")).headers["location"] == f"/confirm?next={HERE}/app"
    for path in (*CHANGES, f"{HERE}/{row.id}/rename", f"{HERE}/{row.id}/remove"):
        assert (await browser.post(path)).headers["location"].startswith("/confirm?next=/confirm/form")
    assert [row.name for row in await authenticators(site)] == ["Laptop"]


async def test_it_is_there_in_spanish(site: World) -> None:
    await give_password(site)
    await give_app(site)
    shown = (await (await site.signed_in("pcp", **{"Accept-Language": "es"})).get(HERE)).text
    assert "Formas de entrar" in shown
    assert "hace 10 minutos" in shown


async def test_a_patient_with_an_account_looks_after_it_on_a_page_without_staff_parts(site: World) -> None:
    browser = await signed_in(site, await own_account(site))
    await browser.post(f"{HERE}/app")
    for path in (HERE, f"{HERE}/app"):
        shown = await browser.get(path)
        assert shown.status_code == 200
        assert "/today" not in shown.text
        assert 'class="rail"' not in shown.text


async def test_who_came_from_an_issuer_and_belongs_elsewhere_too_is_told_why_nothing_can_be_changed(
    site: World,
) -> None:
    await give_password(site)
    await give_app(site)
    await give_passkey(site, origin=NAMED)
    await join_outsiders(site)
    browser = await browser_by_issuer(site)
    shown = (await browser.get(HERE)).text
    assert "You signed in through your organization" in shown
    assert f'action="{HERE}' not in shown
    assert "/account/passkeys" not in shown
    assert 'href="/account/password"' not in shown
    answer = await browser.get(f"{HERE}/app")
    assert (answer.status_code, "Please sign in yourself" in answer.text) == (403, True)
    (row, *_) = await authenticators(site)
    for path in ("app", "app/code", "codes", "password/remove", f"{row.id}/remove", f"{row.id}/rename"):
        answer = await browser.post(f"{HERE}/{path}", data={"name": "Mine", "code": "000000"})
        assert (answer.status_code, "Please sign in yourself" in answer.text) == (403, True), path


async def test_who_came_from_the_issuer_of_their_one_organization_changes_what_they_like(site: World) -> None:
    browser = await browser_by_issuer(site)
    shown = (await browser.get(HERE)).text
    assert "You signed in through your organization" not in shown
    assert f'action="{HERE}/app"' in shown
    assert (await browser.post(f"{HERE}/app")).headers["location"] == f"{HERE}/app"
