"""Codes, what is asked after a password, what may not be removed, and whom a passkey is for."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.identity.authenticator_rules import (
    LAST_FACTOR,
    LAST_WAY_IN,
    PERIOD,
    Asked,
    Part,
    RelyingParty,
    Ways,
    asked_after_password,
    code_alone_is_enough,
    counter_is_good,
    matching_step,
    refuses_removal,
    relying_party,
    time_step,
    typed_code,
)

# RFC 6238 appendix B: the secret "12345678901234567890", SHA-1; its codes of eight digits end in these six.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TABLE = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")]
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)

numbers = st.integers(0, 3)
ways = st.builds(Ways, st.booleans(), numbers, numbers, numbers, numbers, st.booleans())
moments = st.integers(10**9, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(now: datetime, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(now, counter_offset=steps)


# Codes


@pytest.mark.parametrize(("seconds", "code"), TABLE)
def test_the_codes_of_the_standard_are_right(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code, now, 0) == seconds // PERIOD == time_step(now)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, right: bool) -> None:
    step = matching_step(SECRET, at(NOW, steps), NOW, 0)
    assert step == (time_step(NOW) + steps if right else None)


def test_a_code_counts_once_and_none_before_it_counts_afterwards() -> None:
    here = time_step(NOW)
    assert matching_step(SECRET, at(NOW), NOW, here) is None
    assert matching_step(SECRET, at(NOW, -1), NOW, here) is None
    assert matching_step(SECRET, at(NOW, 1), NOW, here) == here + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456"])
def test_what_is_no_six_digits_is_no_code(typed: str) -> None:
    assert matching_step(SECRET, typed, NOW, 0) is None


@given(moments, st.integers(-2, 2), st.integers(-3, 3))
def test_an_accepted_step_is_always_a_later_one(now: datetime, offset: int, before: int) -> None:
    last = time_step(now) + before
    step = matching_step(SECRET, at(now, offset), now, last)
    assert step is None or (step > last and abs(step - time_step(now)) <= 1)


@given(moments, st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_no_other_code_is_accepted(now: datetime, code: str) -> None:
    valid = {at(now, steps) for steps in (-1, 0, 1)}
    assert (matching_step(SECRET, code, now, 0) is not None) == (code in valid)


def test_a_code_may_be_typed_with_spaces_dashes_and_capitals() -> None:
    assert typed_code(" 123 456 ") == "123456"
    assert typed_code("ABCDE-fgh2j") == "abcdefgh2j"


# What is asked after a password


@pytest.mark.parametrize(
    ("has", "asked"),
    [
        (Ways(password=True), Asked.NOTHING),
        (Ways(password=True, passkeys=1), Asked.NOTHING),
        (Ways(password=True, apps=1), Asked.FACTOR),
        (Ways(password=True, needs_second=True), Asked.ENROL),
        (Ways(password=True, codes=3, needs_second=True), Asked.ENROL),
        (Ways(password=True, passkeys=1, needs_second=True), Asked.FACTOR),
        (Ways(password=True, apps=1, needs_second=True), Asked.FACTOR),
    ],
)
def test_what_follows_a_right_password(has: Ways, asked: Asked) -> None:
    assert asked_after_password(has) is asked


@given(ways)
def test_whoever_has_an_app_is_always_asked_and_never_led_to_add_one(has: Ways) -> None:
    if has.apps:
        assert asked_after_password(has) is Asked.FACTOR


@given(ways)
def test_where_the_role_needs_it_a_password_alone_never_opens(has: Ways) -> None:
    if has.needs_second:
        assert asked_after_password(has) is not Asked.NOTHING


# What may not be removed


def without(part: Part, has: Ways) -> Ways:
    """Give what is left after removing one."""
    match part:
        case Part.PASSWORD:
            return Ways(False, has.passkeys, has.apps, has.issuers, has.codes, has.needs_second)
        case Part.PASSKEY:
            return Ways(has.password, has.passkeys - 1, has.apps, has.issuers, has.codes, has.needs_second)
        case Part.APP:
            return Ways(has.password, has.passkeys, has.apps - 1, has.issuers, has.codes, has.needs_second)


@given(ways, st.sampled_from(Part))
def test_no_removal_leaves_an_account_without_a_way_in(has: Ways, part: Part) -> None:
    there = {Part.PASSWORD: has.password, Part.PASSKEY: has.passkeys, Part.APP: has.apps}
    if has.ways_in and there[part] and not refuses_removal(part, has):
        assert without(part, has).ways_in


@given(ways, st.sampled_from(Part))
def test_no_removal_leaves_a_password_alone_where_the_role_needs_more(has: Ways, part: Part) -> None:
    there = {Part.PASSWORD: has.password, Part.PASSKEY: has.passkeys, Part.APP: has.apps}
    if has.second_factors and there[part] and not refuses_removal(part, has):
        assert asked_after_password(without(part, has)) is not Asked.ENROL or not without(part, has).password


def test_a_refusal_says_what_to_add_first() -> None:
    assert refuses_removal(Part.PASSKEY, Ways(passkeys=1)) == LAST_WAY_IN
    assert refuses_removal(Part.PASSWORD, Ways(password=True, apps=2)) == LAST_WAY_IN
    assert refuses_removal(Part.APP, Ways(password=True, apps=1, needs_second=True)) == LAST_FACTOR
    assert refuses_removal(Part.APP, Ways(password=True, apps=1)) == ""
    assert refuses_removal(Part.PASSWORD, Ways(password=True, passkeys=1, needs_second=True)) == ""


@pytest.mark.parametrize(
    ("has", "enough"),
    [
        (Ways(apps=1, issuers=1), True),
        (Ways(password=True, apps=1), False),
        (Ways(passkeys=1, apps=1), False),
        (Ways(issuers=1), False),
    ],
)
def test_a_code_alone_proves_only_where_there_is_nothing_stronger(has: Ways, enough: bool) -> None:
    assert code_alone_is_enough(has) is enough


# Passkeys


@pytest.mark.parametrize(
    ("stored", "told", "good"), [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)]
)
def test_a_counter_goes_up_or_is_not_kept_at_all(stored: int, told: int, good: bool) -> None:
    assert counter_is_good(stored, told) is good


ORIGINS = frozenset({"http://127.0.0.1:8000", "http://localhost:8000"})


def test_a_passkey_is_for_the_name_of_loopback_that_the_page_was_opened_under() -> None:
    party = relying_party(ORIGINS, "http://127.0.0.1:8000", "http://localhost:8000")
    assert party == RelyingParty("localhost", "http://localhost:8000")
    assert party.is_named


@pytest.mark.parametrize("origin", ["", "null", "https://evil.test", "http://localhost:9"])
def test_an_origin_that_is_not_ours_changes_nothing(origin: str) -> None:
    public = "https://visits.example.org"
    assert relying_party(frozenset({public}), public, origin) == RelyingParty("visits.example.org", public)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.0.0.5", ""])
def test_a_bare_address_is_no_name(host: str) -> None:
    assert not RelyingParty(host, "http://x").is_named


def test_a_second_is_enough_for_the_next_step_at_its_edge() -> None:
    edge = datetime.fromtimestamp(PERIOD * 1000, UTC)
    assert time_step(edge) == time_step(edge - timedelta(seconds=1)) + 1
