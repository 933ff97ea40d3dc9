"""A patient's link, from the first answer to the end of the visit."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlmodel import select

from server.access import Actor, Role
from server.audit import AuditEvent
from server.identity import AccessLink, LinkState
from server.identity.link_actions import (
    Browser,
    close_link,
    expect_code,
    guest_key,
    guest_of,
    hold_by_account,
    hold_link,
    new_code,
    open_link,
    prove_link,
    spend_link_code,
    unlock_link,
)
from server.identity.rules import CODE_LIFETIME, MAX_WRONG_ANSWERS
from server.kit import Conflict, NotFound, Secret, new_secret
from tests.cast import World
from tests.server.identity.links import BORN, WRONG, Revocations, change, let_device_in, new_link, stored

pytestmark = pytest.mark.anyio

ADDRESS = "192.0.2.7"
CODE = "042042"


async def events(world: World, action: str) -> Sequence[AuditEvent]:
    async with world.deps.database.read() as session:
        return (await session.exec(select(AuditEvent).where(AuditEvent.action == action))).all()


async def wrong_answers(world: World, secret: Secret, count: int) -> None:
    for _ in range(count):
        assert await prove_link(world.deps, secret.text, WRONG, None) is None


async def proved(world: World, secret: Secret, holder: Browser | None = None) -> Browser:
    browser = await prove_link(world.deps, secret.text, BORN, holder.secret.digest if holder else None)
    assert browser is not None
    return browser


async def asked_for_code(world: World, browser: Browser, code: str = CODE) -> None:
    async with world.deps.database.write() as session:
        await expect_code(session, world.deps, browser.secret.digest, code)


# A link and its first answer


async def test_looking_at_a_link_changes_nothing(world: World) -> None:
    secret = await new_link(world)
    before = await stored(world, secret)
    link, state = await open_link(world.deps, secret.text)
    assert (link.id, state) == (before.id, LinkState.USABLE)
    assert (await stored(world, secret)).model_dump() == before.model_dump()


async def test_neither_the_text_of_a_link_nor_its_answer_is_stored(site: World) -> None:
    secret = await new_link(site)
    row = repr((await stored(site, secret)).model_dump())
    assert secret.text not in row
    assert BORN not in row


async def test_a_link_that_nobody_made_is_not_found(site: World) -> None:
    for attempt in (open_link(site.deps, "made-up"), prove_link(site.deps, "made-up", BORN, None)):
        with pytest.raises(NotFound):
            await attempt


async def test_the_first_browser_with_the_right_answer_holds_the_link(world: World) -> None:
    secret = await new_link(world)
    browser = await proved(world, secret)
    link = await stored(world, secret)
    assert browser.let_in
    assert (link.browser_hash, link.bound_at) == (browser.secret.digest, world.clock.now)


async def test_the_same_browser_resumes_under_a_new_secret_that_stops_the_old_one(world: World) -> None:
    secret = await new_link(world)
    first = await proved(world, secret)
    seen = Revocations(world, secret)
    again = await prove_link(seen.watched(), secret.text, BORN, first.secret.digest)
    assert again is not None
    assert again.let_in
    assert (await stored(world, secret)).browser_hash == again.secret.digest != first.secret.digest
    assert seen.keys == [guest_key(first.secret.digest)]


async def test_another_browser_with_the_right_answer_only_asks(world: World) -> None:
    secret = await new_link(world)
    first = await proved(world, secret)
    seen = Revocations(world, secret)
    second = await prove_link(seen.watched(), secret.text, BORN, new_secret().digest)
    assert second is not None
    assert not second.let_in
    link = await stored(world, secret)
    assert (link.browser_hash, link.asking_hash) == (first.secret.digest, second.secret.digest)
    assert seen.keys == []


# Wrong answers


async def test_ten_wrong_answers_at_once_lock_at_five_and_none_is_lost(world: World) -> None:
    secret = await new_link(world)
    attempts = [prove_link(world.deps, secret.text, WRONG, None) for _ in range(10)]
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    assert answers.count(None) == MAX_WRONG_ANSWERS
    assert all(answer is None or isinstance(answer, Conflict) for answer in answers)
    assert (await stored(world, secret)).wrong_answers == MAX_WRONG_ANSWERS


async def test_five_wrong_answers_lock_the_link_even_for_the_right_one(site: World) -> None:
    secret = await new_link(site)
    await wrong_answers(site, secret, 5)
    assert (await open_link(site.deps, secret.text))[1] is LinkState.LOCKED
    with pytest.raises(Conflict):
        await prove_link(site.deps, secret.text, BORN, None)


async def test_a_right_answer_forgets_the_wrong_ones(site: World) -> None:
    secret = await new_link(site)
    await wrong_answers(site, secret, 4)
    await proved(site, secret)
    assert (await stored(site, secret)).wrong_answers == 0


async def test_a_device_that_only_asks_does_not_reset_the_count(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    await wrong_answers(site, secret, 3)
    await proved(site, secret)
    assert (await stored(site, secret)).wrong_answers == 3


async def test_a_wrong_answer_is_on_the_record_of_its_organization(site: World) -> None:
    secret = await new_link(site)
    await wrong_answers(site, secret, 1)
    (event,) = await events(site, "wrong_answer")
    assert event.organization_id == site.clinic.organization_id
    assert event.entity_id == (await stored(site, secret)).id


@pytest.mark.parametrize("minutes", [-31, 60])
async def test_an_early_or_expired_link_takes_no_answer_and_counts_none(site: World, minutes: int) -> None:
    secret = await new_link(site)
    site.clock.pass_(minutes=minutes)
    for answer in (BORN, WRONG):
        with pytest.raises(Conflict):
            await prove_link(site.deps, secret.text, answer, None)
    assert (await stored(site, secret)).wrong_answers == 0


async def test_staff_unlock_a_link(site: World) -> None:
    secret = await new_link(site)
    await wrong_answers(site, secret, 5)
    link = await stored(site, secret)
    unlock_link(link)
    await change(site, secret, wrong_answers=link.wrong_answers)
    assert (await proved(site, secret)).let_in


# Another device


async def test_letting_a_device_in_swaps_the_browsers_and_then_closes_the_first_one_s_connections(world: World) -> None:
    secret = await new_link(world)
    first, second = await proved(world, secret), await proved(world, secret)
    seen = Revocations(world, secret)
    await let_device_in(world, seen.watched(), secret)
    link = await stored(world, secret)
    assert (link.browser_hash, link.asking_hash) == (second.secret.digest, None)
    assert seen.keys == [guest_key(first.secret.digest)]
    assert seen.holders == [guest_key(second.secret.digest)], "the rows were durable before"


async def test_nobody_is_signed_out_by_a_transaction_that_fails(world: World) -> None:
    secret = await new_link(world)
    first = await proved(world, secret)
    await proved(world, secret)
    seen = Revocations(world, secret)
    with pytest.raises(RuntimeError):
        await let_device_in(world, seen.watched(), secret, fail=True)
    assert (await stored(world, secret)).browser_hash == first.secret.digest
    assert seen.keys == []


async def test_when_nobody_asks_nobody_is_let_in(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    with pytest.raises(Conflict):
        await let_device_in(site, site.deps, secret)


async def test_the_first_browser_must_ask_when_it_comes_back(site: World) -> None:
    secret = await new_link(site)
    first = await proved(site, secret)
    await proved(site, secret)
    await let_device_in(site, site.deps, secret)
    assert not (await proved(site, secret, holder=first)).let_in


# The mailed code


async def test_the_right_code_lets_the_asking_device_in_and_is_on_the_record(world: World) -> None:
    secret = await new_link(world)
    first, second = await proved(world, secret), await proved(world, secret)
    await asked_for_code(world, second)
    seen = Revocations(world, secret)
    assert await spend_link_code(seen.watched(), second.secret.digest, CODE) is not None
    assert (await stored(world, secret)).browser_hash == second.secret.digest
    assert seen.keys == [guest_key(first.secret.digest)]
    assert len(await events(world, "let_in_device")) == 1


async def test_a_code_is_spent_once(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    second = await proved(site, secret)
    await asked_for_code(site, second)
    await spend_link_code(site.deps, second.secret.digest, CODE)
    with pytest.raises(NotFound):
        await spend_link_code(site.deps, second.secret.digest, CODE)


async def test_a_wrong_code_lets_nobody_in_and_counts(site: World) -> None:
    secret = await new_link(site)
    first, second = await proved(site, secret), await proved(site, secret)
    await asked_for_code(site, second)
    assert await spend_link_code(site.deps, second.secret.digest, "000000") is None
    link = await stored(site, secret)
    assert (link.browser_hash, link.wrong_answers) == (first.secret.digest, 1)


async def test_a_code_is_good_for_ten_minutes(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    second = await proved(site, secret)
    await asked_for_code(site, second)
    site.clock.now += CODE_LIFETIME
    assert await spend_link_code(site.deps, second.secret.digest, CODE) is None


async def test_without_a_code_that_was_asked_for_none_fits(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    second = await proved(site, secret)
    assert await spend_link_code(site.deps, second.secret.digest, "") is None


async def test_five_wrong_codes_lock_the_link_for_the_right_one_too(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    second = await proved(site, secret)
    await asked_for_code(site, second)
    for _ in range(5):
        await spend_link_code(site.deps, second.secret.digest, "000000")
    with pytest.raises(Conflict):
        await spend_link_code(site.deps, second.secret.digest, CODE)


async def test_answering_the_question_again_buys_no_further_tries_at_the_code(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    for _ in range(4):
        asking = await proved(site, secret)
        await asked_for_code(site, asking)
        await spend_link_code(site.deps, asking.secret.digest, "000000")
    assert (await stored(site, secret)).wrong_answers == 4


async def test_a_code_that_another_device_asked_for_is_void(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    second = await proved(site, secret)
    await asked_for_code(site, second)
    third = await proved(site, secret)
    assert await spend_link_code(site.deps, third.secret.digest, CODE) is None


async def test_a_code_is_not_stored_as_it_is(site: World) -> None:
    secret = await new_link(site)
    await proved(site, secret)
    await asked_for_code(site, await proved(site, secret))
    assert CODE not in repr((await stored(site, secret)).model_dump())


async def test_a_device_that_does_not_ask_gets_no_code(site: World) -> None:
    with pytest.raises(NotFound):
        await asked_for_code(site, Browser(new_secret(), False))


def test_a_code_is_six_digits() -> None:
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 150


# Renewing and closing


async def test_a_renewed_link_keeps_the_browser_and_kills_the_old_text(world: World) -> None:
    old = await new_link(world)
    browser = await proved(world, old)
    new = await new_link(world, replaces=await stored(world, old))
    assert (await stored(world, new)).browser_hash == browser.secret.digest
    assert (await open_link(world.deps, old.text))[1] is LinkState.REPLACED
    with pytest.raises(Conflict):
        await prove_link(world.deps, old.text, BORN, browser.secret.digest)


async def test_a_link_renewed_in_mid_visit_is_still_held_open(site: World) -> None:
    old = await new_link(site)
    await change(site, old, held_open=True)
    new = await new_link(site, replaces=await stored(site, old))
    site.clock.pass_(hours=5)
    assert (await open_link(site.deps, new.text))[1] is LinkState.USABLE


async def test_a_renewed_link_starts_without_wrong_answers(site: World) -> None:
    old = await new_link(site)
    await wrong_answers(site, old, 5)
    new = await new_link(site, replaces=await stored(site, old))
    assert (await proved(site, new)).let_in


async def test_the_end_of_a_visit_closes_a_link_that_was_held_open(site: World) -> None:
    link: AccessLink = await stored(site, await new_link(site))
    hold_link(link)
    assert link.held_open
    close_link(link, site.clock.now)
    assert (link.closed_at, link.held_open) == (site.clock.now, False)


async def test_a_guest_is_a_patient_of_one_visit_whose_key_gives_no_cookie_away(site: World) -> None:
    secret = await new_link(site)
    browser = await proved(site, secret)
    link = await stored(site, secret)
    guest = guest_of(link, ADDRESS)
    assert guest.is_patient
    assert (guest.encounter_id, guest.organization_id) == (link.subject_id, site.clinic.organization_id)
    assert browser.secret.digest.hex() not in guest.session_key


async def test_a_wrong_answer_is_on_the_record_as_refused(site: World) -> None:
    secret = await new_link(site)
    await wrong_answers(site, secret, 1)
    async with site.deps.database.read() as session:
        event = (await session.exec(select(AuditEvent).where(AuditEvent.action == "wrong_answer"))).one()
    assert (event.outcome, event.entity) == ("denied", "AccessLink")


# What else decides who holds it


async def test_one_device_that_answers_twice_is_no_second_device(site: World) -> None:
    secret = await new_link(site)
    first, again = [await prove_link(site.deps, secret.text, BORN, None, "a phone") for _ in range(2)]
    assert first is not None
    assert first.let_in
    assert first == again


async def test_a_link_that_takes_the_place_of_another_keeps_the_browser_that_held_it(site: World) -> None:
    old = await new_link(site)
    browser = await proved(site, old)
    new = await new_link(site, replaces=await stored(site, old))
    assert (await stored(site, new)).browser_hash == browser.secret.digest
    assert (await open_link(site.deps, old.text))[1] is not LinkState.USABLE


async def test_a_patient_s_own_account_holds_a_usable_link_and_no_other(site: World) -> None:
    secret = await new_link(site)
    link = await stored(site, secret)
    actor = Actor(frozenset({Role.PATIENT}), link.organization_id, patient_id=site.patient.id)
    assert (await hold_by_account(site.deps, actor, link.id, None, "a phone")).let_in
    await change(site, secret, closes_at=site.clock.now)
    with pytest.raises(Conflict):
        await hold_by_account(site.deps, actor, link.id, None, "a phone")
