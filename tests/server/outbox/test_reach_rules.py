"""What may be kept to be called, what an answer means, and how long a message is worth keeping."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.outbox.reach_rules import (
    Kind,
    Taken,
    blurred,
    code_ends,
    consult_path,
    is_callable,
    lifetime,
    taken_by_browser,
    taken_by_hook,
    typed_digits,
)
from tests.cast import TEN


@pytest.mark.parametrize(
    ("status", "browser", "hook"),
    [
        (201, Taken.YES, Taken.YES),
        (204, Taken.YES, Taken.YES),
        (404, Taken.GONE, Taken.NEVER),
        (410, Taken.GONE, Taken.NEVER),
        (400, Taken.NEVER, Taken.NEVER),
        (403, Taken.NEVER, Taken.NEVER),
        (413, Taken.NEVER, Taken.NEVER),
        (408, Taken.LATER, Taken.LATER),
        (429, Taken.LATER, Taken.LATER),
        (301, Taken.LATER, Taken.LATER),
        (503, Taken.LATER, Taken.LATER),
    ],
)
def test_an_answer_says_whether_to_try_again(status: int, browser: Taken, hook: Taken) -> None:
    assert (taken_by_browser(status), taken_by_hook(status)) == (browser, hook)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://push.example.org/x", True),
        ("http://push.example.org/x", False),
        ("http://10.0.0.5/x", True),
        ("https://user:word@push.example.org/x", False),
        ("https://push.example.org/ x", False),
        ("https://push.example.org/" + "x" * 1000, False),
        ("https://[broken/x", False),
        ("https://push.example.org:port/x", False),
        ("ftp://10.0.0.5/x", False),
        ("", False),
    ],
)
def test_only_what_may_be_called_is_kept(address: str, fits: bool) -> None:
    assert is_callable(address, ("10.0.0.5",)) is fits


@pytest.mark.parametrize(("left", "seconds"), [(90, 90), (0.5, 0), (0, 0), (-5, 0)])
def test_a_service_keeps_a_message_until_it_is_of_no_use(left: float, seconds: int) -> None:
    assert lifetime(TEN + timedelta(seconds=left), TEN) == seconds


def test_a_ring_leads_to_the_consult_by_its_id_alone() -> None:
    assert consult_path(UUID(int=7)) == "/consults/00000000-0000-0000-0000-000000000007"


def test_a_code_is_good_for_ten_minutes() -> None:
    assert code_ends(TEN) - TEN == timedelta(minutes=10)


def test_a_code_is_read_as_people_type_it() -> None:
    assert typed_digits(" 012-345 ") == "012345"


@pytest.mark.parametrize(
    ("kind", "address", "shown"),
    [
        (Kind.SMS, "406-555-0142", "··· 0142"),
        (Kind.PAGER, "brandt@pager.test", "br···@pager.test"),
        (Kind.WEBHOOK, "https://hooks.test/secret/path", "hooks.test"),
    ],
)
def test_an_address_is_shown_so_that_only_its_owner_knows_it(kind: Kind, address: str, shown: str) -> None:
    assert blurred(kind, address) == shown
