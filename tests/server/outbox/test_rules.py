"""When a message that was not taken is tried again, and what a gateway is told."""

from datetime import UTC, datetime, timedelta

import pytest

from server.outbox.rules import LAST_ATTEMPT, Undeliverable, e164, filled, is_refused_for_good, next_try

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1920)])
def test_the_pause_doubles_with_every_failure(attempts: int, seconds: int) -> None:
    assert next_try(attempts, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", range(1, LAST_ATTEMPT))
def test_no_pause_is_longer_than_an_hour(attempts: int) -> None:
    again = next_try(attempts, NOW)
    assert again is not None
    assert NOW < again <= NOW + timedelta(hours=1)


@pytest.mark.parametrize("attempts", [LAST_ATTEMPT, LAST_ATTEMPT + 1])
def test_after_eight_failures_it_is_given_up(attempts: int) -> None:
    assert next_try(attempts, NOW) is None


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("406-555-0142", "+14065550142"),
        ("(406) 555 0142", "+14065550142"),
        ("1-406-555-0142", "+14065550142"),
        ("+1 406.555.0142", "+14065550142"),
        ("+34 600 000 000", "+34600000000"),
    ],
)
def test_a_number_is_written_as_gateways_want_it(phone: str, number: str) -> None:
    assert e164(phone) == number


@pytest.mark.parametrize("phone", ["", "555-0142", "006-555-0142", "+0 406 555 0142", "call me", "406-555-0142 x7"])
def test_what_is_no_number_is_not_delivered(phone: str) -> None:
    with pytest.raises(Undeliverable):
        e164(phone)


def test_a_template_is_filled_at_any_depth_and_each_place_once() -> None:
    words = {"to": "+1", "text": "Say {to} and {id}.", "sender": "Cedar", "id": "7"}
    template = {"messages": [{"to": ["{to}"], "body": "{sender}: {text}", "{id}": 3, "other": "{unknown}", "no": None}]}
    assert filled(template, words) == {
        "messages": [
            {"to": ["+1"], "body": "Cedar: Say {to} and {id}.", "{id}": 3, "other": "{unknown}", "no": None},
        ]
    }


@pytest.mark.parametrize("status", [400, 422])
def test_a_message_that_cannot_be_is_refused_for_good(status: int) -> None:
    assert is_refused_for_good(status)


@pytest.mark.parametrize("status", [200, 401, 402, 403, 404, 408, 409, 425, 429, 500, 503])
def test_what_somebody_may_put_right_is_not(status: int) -> None:
    assert not is_refused_for_good(status)
