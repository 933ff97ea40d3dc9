"""Apps and their codes, renaming and removing: each code once, never the last way in, all of it told to the person."""

import asyncio
import re

import pytest
from sqlmodel import select

from server.access import Role
from server.identity import Account, Membership
from server.identity.account_link_actions import reset_password
from server.identity.authenticator_actions import (
    NOT_BEGUN,
    TOO_MANY,
    WRONG_CODE,
    confirm_app,
    forget_authenticators,
    remove_authenticator,
    remove_password,
    rename_authenticator,
    spend_code,
    start_app,
)
from server.identity.authenticator_rules import LAST_FACTOR, LAST_WAY_IN, MOST_AUTHENTICATORS
from server.identity.recovery_code_actions import make_recovery_codes
from server.identity.tables import Authenticator
from server.kit import Conflict, Forbidden, Invalid, NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.factors import (
    ask_roles,
    authenticators,
    begun_secret,
    code,
    give_app,
    give_passkey,
    give_password,
    mails,
    noted,
    recovery_codes,
)
from tests.server.identity.own_accounts import make_own
from tests.server.identity.sessions import begin_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio


# Adding an app


async def test_an_app_counts_only_after_its_first_right_code(world: World) -> None:
    pcp = world.actors["pcp"]
    await start_app(world.deps, pcp)
    secret = await begun_secret(world)
    assert await authenticators(world) == []
    assert not await spend_code(world.deps, pcp.account_id, code(world, secret))
    with pytest.raises(Invalid) as refused:
        await confirm_app(world.deps, pcp, "000000", "Phone")
    assert refused.value.errors == {"code": WRONG_CODE}
    await confirm_app(world.deps, pcp, code(world, secret), "Phone")
    (app,) = await authenticators(world)
    assert (app.kind, app.name, app.confirmed_at) == ("app", "Phone", world.clock.now)


async def test_the_first_code_signs_in_no_second_time(site: World) -> None:
    await start_app(site.deps, site.actors["pcp"])
    secret = await begun_secret(site)
    await confirm_app(site.deps, site.actors["pcp"], code(site, secret), "Phone")
    assert not await spend_code(site.deps, site.accounts["pcp"].id, code(site, secret))


async def test_the_secret_is_stored_sealed(site: World) -> None:
    secret = await give_app(site)
    (app,) = await authenticators(site)
    assert app.secret is not None
    assert secret.encode() not in app.secret


async def test_an_app_that_was_begun_anew_voids_the_one_before(site: World) -> None:
    pcp = site.actors["pcp"]
    await start_app(site.deps, pcp)
    first = await begun_secret(site)
    await start_app(site.deps, pcp)
    with pytest.raises(Invalid):
        await confirm_app(site.deps, pcp, code(site, first), "Phone")


async def test_an_app_waits_ten_minutes_for_its_first_code(site: World) -> None:
    pcp = site.actors["pcp"]
    await start_app(site.deps, pcp)
    secret = await begun_secret(site)
    site.clock.pass_(minutes=10)
    with pytest.raises(Conflict, match=NOT_BEGUN):
        await confirm_app(site.deps, pcp, code(site, secret), "Phone")


async def test_a_first_app_is_refused_where_there_is_another_factor(site: World) -> None:
    await give_passkey(site)
    await start_app(site.deps, site.actors["pcp"])
    with pytest.raises(Conflict):
        await confirm_app(site.deps, site.actors["pcp"], code(site, await begun_secret(site)), "Phone", first=True)


async def test_of_two_first_apps_at_once_one_counts(world: World) -> None:
    pcp = world.actors["pcp"]
    await start_app(world.deps, pcp)
    right = code(world, await begun_secret(world))
    tries = (confirm_app(world.deps, pcp, right, name, first=True) for name in ("one", "two"))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results if result] == [Conflict]
    assert len(await authenticators(world)) == 1


async def test_an_account_has_ten_authenticators_at_the_most(site: World) -> None:
    pcp = site.accounts["pcp"].id
    rows = [
        Authenticator(id=new_id(), account_id=pcp, kind="passkey", name="x", created_at=site.clock.now)
        for _ in range(MOST_AUTHENTICATORS)
    ]
    for row in rows:
        row.confirmed_at = site.clock.now
    async with site.deps.database.write() as session:
        session.add_all(rows)
    await start_app(site.deps, site.actors["pcp"])
    with pytest.raises(Conflict, match=TOO_MANY):
        await confirm_app(site.deps, site.actors["pcp"], code(site, await begun_secret(site)), "Phone")


async def test_a_disabled_account_gets_no_app(site: World) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    with pytest.raises(NotFound):
        await start_app(site.deps, site.actors["pcp"])


# Using a code


async def test_of_twenty_uses_of_one_code_at_once_exactly_one_is_right(world: World) -> None:
    right = code(world, await give_app(world))
    pcp = world.accounts["pcp"].id
    results = await asyncio.gather(*(spend_code(world.deps, pcp, right) for _ in range(20)))
    assert sorted(results) == [False] * 19 + [True]


async def test_the_next_code_is_right_again_and_use_is_written(site: World) -> None:
    secret, pcp = await give_app(site), site.accounts["pcp"].id
    assert await spend_code(site.deps, pcp, code(site, secret))
    assert not await spend_code(site.deps, pcp, code(site, secret))
    site.clock.pass_(seconds=30)
    assert await spend_code(site.deps, pcp, code(site, secret))
    assert (await authenticators(site))[0].last_used_at == site.clock.now


async def test_a_code_is_good_for_its_own_account_only(site: World) -> None:
    right = code(site, await give_app(site))
    assert not await spend_code(site.deps, site.accounts["psychiatrist"].id, right)


async def test_the_code_of_any_of_two_apps_is_right(site: World) -> None:
    secrets = [await give_app(site), await give_app(site)]
    for secret in secrets:
        assert await spend_code(site.deps, site.accounts["pcp"].id, code(site, secret))


# Renaming and removing


async def test_a_new_name_is_kept(site: World) -> None:
    await give_app(site)
    (app,) = await authenticators(site)
    await rename_authenticator(site.deps, site.actors["pcp"], app.id, "Work phone")
    assert (await authenticators(site))[0].name == "Work phone"


async def test_nobody_renames_or_removes_what_is_another_s(site: World) -> None:
    await give_passkey(site)
    await give_password(site)
    (passkey,) = await authenticators(site)
    for actor in (site.actors["admin"], site.actors["outsider"]):
        with pytest.raises(NotFound):
            await rename_authenticator(site.deps, actor, passkey.id, "Mine")
        with pytest.raises(NotFound):
            await remove_authenticator(site.deps, actor, passkey.id)
    assert [row.name for row in await authenticators(site)] == ["Laptop"]


async def test_a_removed_app_s_code_is_wrong(site: World) -> None:
    await give_password(site)
    secret = await give_app(site)
    await remove_authenticator(site.deps, site.actors["pcp"], (await authenticators(site))[0].id)
    assert not await spend_code(site.deps, site.accounts["pcp"].id, code(site, secret))


async def test_the_last_passkey_of_an_account_without_password_stays(site: World) -> None:
    await give_passkey(site)
    with pytest.raises(Conflict, match=LAST_WAY_IN):
        await remove_authenticator(site.deps, site.actors["pcp"], (await authenticators(site))[0].id)


async def test_two_tabs_at_once_do_not_remove_the_last_two_ways_in(world: World) -> None:
    await give_passkey(world)
    await give_passkey(world)
    rows = await authenticators(world)
    removals = (remove_authenticator(world.deps, world.actors["pcp"], row.id) for row in rows)
    results = await asyncio.gather(*removals, return_exceptions=True)
    assert [type(result) for result in results if result] == [Conflict]
    assert len(await authenticators(world)) == 1


async def test_password_and_passkey_are_not_both_removed_at_once(world: World) -> None:
    await give_password(world)
    await give_passkey(world)
    (row,) = await authenticators(world)
    pcp = world.actors["pcp"]
    removals = (remove_authenticator(world.deps, pcp, row.id), remove_password(world.deps, pcp))
    results = await asyncio.gather(*removals, return_exceptions=True)
    assert [type(result) for result in results if result] == [Conflict]


async def test_the_last_factor_that_the_role_needs_stays(site: World) -> None:
    await give_password(site)
    await give_app(site)
    await ask_roles(site, Role.PCP)
    with pytest.raises(Conflict, match=LAST_FACTOR):
        await remove_authenticator(site.deps, site.actors["pcp"], (await authenticators(site))[0].id)


async def test_recovery_codes_go_with_the_last_factor(site: World) -> None:
    await give_password(site)
    await give_app(site)
    await give_passkey(site)
    await make_recovery_codes(site.deps, site.actors["pcp"])
    first, second = await authenticators(site)
    await remove_authenticator(site.deps, site.actors["pcp"], first.id)
    assert len(await recovery_codes(site)) == 10
    await remove_authenticator(site.deps, site.actors["pcp"], second.id)
    assert await recovery_codes(site) == []


async def test_a_password_is_removed_where_a_passkey_signs_in(site: World) -> None:
    await give_password(site)
    await give_passkey(site)
    await remove_password(site.deps, site.actors["pcp"])
    async with site.deps.database.read() as session:
        account = await session.get_one(Account, site.accounts["pcp"].id)
    assert (account.password_hash, account.password_changed_at) == (None, site.clock.now)
    before = len(await noted(site, "remove_password"))
    await remove_password(site.deps, site.actors["pcp"])
    assert len(await noted(site, "remove_password")) == before == 1


async def test_a_password_that_is_the_last_way_in_stays(site: World) -> None:
    await give_password(site)
    await give_app(site)
    with pytest.raises(Conflict, match=LAST_WAY_IN):
        await remove_password(site.deps, site.actors["pcp"])


# What is told


async def test_every_change_is_on_the_record_and_mailed_to_the_person(site: World) -> None:
    await give_password(site)
    await give_app(site)
    await give_passkey(site)
    app, _ = await authenticators(site)
    pcp = site.actors["pcp"]
    await rename_authenticator(site.deps, pcp, app.id, "Secret name")
    await remove_password(site.deps, pcp)
    await remove_authenticator(site.deps, pcp, app.id)
    for action in ("add_app", "add_passkey", "rename_authenticator", "remove_password", "remove_app"):
        (event,) = await noted(site, action)
        assert (event.account_id, event.organization_id) == (pcp.account_id, pcp.organization_id)
    sent = await mails(site)
    assert [recipient for recipient, _ in sent] == ["pcp@demo.test"] * 5
    assert "An authenticator app was added to your account." in sent[0][1]
    assert "http://127.0.0.1:8000/account/authenticators" in sent[0][1]
    assert not [text for _, text in sent if "Secret name" in text]


async def test_a_change_that_was_refused_is_told_to_nobody(site: World) -> None:
    await give_passkey(site)
    before = len(await mails(site))
    with pytest.raises(Conflict):
        await remove_authenticator(site.deps, site.actors["pcp"], (await authenticators(site))[0].id)
    assert len(await mails(site)) == before
    assert await noted(site, "remove_passkey") == []


# What an administrator may do for somebody who lost everything


async def test_an_administrator_takes_lost_authenticators_away(world: World) -> None:
    await give_password(world)
    await give_app(world)
    await make_recovery_codes(world.deps, world.actors["pcp"])
    await forget_authenticators(world.deps, world.actors["admin"], world.accounts["pcp"].id)
    assert not await authenticators(world)
    assert not await recovery_codes(world)
    (event,) = await noted(world, "forget_authenticators")
    assert (event.account_id, event.entity_id) == (world.accounts["admin"].id, world.accounts["pcp"].id)
    assert (await mails(world))[-1][0] == "pcp@demo.test"


async def test_who_had_passkeys_only_is_mailed_a_way_to_choose_a_password(world: World) -> None:
    await give_passkey(world)
    await forget_authenticators(world.deps, world.actors["admin"], world.accounts["pcp"].id)
    bodies = [body for recipient, body in await mails(world) if recipient == "pcp@demo.test"]
    (token,) = re.findall(r"/reset/(\S+)", "".join(bodies))
    await reset_password(world.deps, token, "a heron stands in the reeds")
    async with world.deps.database.read() as session:
        assert (await session.get_one(Account, world.accounts["pcp"].id)).password_hash


async def test_who_has_a_password_is_mailed_no_link(site: World) -> None:
    await give_password(site)
    await give_app(site)
    await forget_authenticators(site.deps, site.actors["admin"], site.accounts["pcp"].id)
    assert not any("/reset/" in body for _, body in await mails(site))


async def test_nobody_else_may_and_no_stranger_is_touched(site: World) -> None:
    with pytest.raises(Forbidden):
        await forget_authenticators(site.deps, site.actors["pcp"], site.accounts["frontdesk"].id)
    with pytest.raises(NotFound):
        await forget_authenticators(site.deps, site.actors["admin"], site.accounts["outsider"].id)


async def test_a_member_of_two_organizations_is_not_weakened_by_one(site: World) -> None:
    pcp, away = site.accounts["pcp"].id, site.actors["outsider"].organization_id
    await give_app(site)
    async with site.deps.database.write() as session:
        session.add(Membership(id=new_id(), account_id=pcp, organization_id=away, role=Role.PCP))
    with pytest.raises(Conflict):
        await forget_authenticators(site.deps, site.actors["admin"], pcp)
    async with site.deps.database.read() as session:
        assert (await session.exec(select(Authenticator).where(Authenticator.account_id == pcp))).all()


# What an issuer may not do


async def test_an_issuer_plants_no_app_in_who_belongs_elsewhere_too(world: World) -> None:
    pcp = await begin_by_issuer(world)
    await start_app(world.deps, pcp)
    await join_outsiders(world)
    with pytest.raises(Forbidden):
        await confirm_app(world.deps, pcp, code(world, await begun_secret(world)), "Phone")
    with pytest.raises(Forbidden):
        await start_app(world.deps, pcp)
    assert (await authenticators(world), await mails(world)) == ([], [])


async def test_an_issuer_takes_nothing_away_from_who_is_a_patient_too(site: World) -> None:
    await give_password(site)
    await give_passkey(site)
    (passkey,) = await authenticators(site)
    pcp = await begin_by_issuer(site)
    await make_own(site, site.accounts["pcp"], site.patient)
    with pytest.raises(Forbidden):
        await rename_authenticator(site.deps, pcp, passkey.id, "Mine")
    with pytest.raises(Forbidden):
        await remove_authenticator(site.deps, pcp, passkey.id)
    with pytest.raises(Forbidden):
        await remove_password(site.deps, pcp)
    assert [row.name for row in await authenticators(site)] == ["Laptop"]
    async with site.deps.database.read() as session:
        assert (await session.get_one(Account, pcp.account_id)).password_hash is not None


async def test_who_belongs_to_the_issuers_organization_alone_adds_an_app(site: World) -> None:
    pcp = await begin_by_issuer(site)
    await start_app(site.deps, pcp)
    await confirm_app(site.deps, pcp, code(site, await begun_secret(site)), "Phone")
    assert len(await authenticators(site)) == 1
