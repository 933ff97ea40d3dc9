"""The tree of errors: each kind carries its answer's status and what a person reads."""

import pytest

from server.kit import Conflict, CurbsideError, Forbidden, Gone, Invalid, NotFound, SignInNeeded, TooMany

STATUSES = {NotFound: 404, SignInNeeded: 401, Forbidden: 403, Conflict: 409, Gone: 410, Invalid: 422, TooMany: 429}


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_each_kind_has_its_status(kind: type[CurbsideError], status: int) -> None:
    assert issubclass(kind, CurbsideError)
    assert kind.status == status


def test_an_error_without_words_is_silent() -> None:
    assert NotFound().message == ""


def test_a_pause_is_told() -> None:
    assert TooMany("Wait.", 60).retry_after == 60


def test_what_was_typed_is_kept_apart_from_the_callers_own_copy() -> None:
    typed = {"phone": "12"}
    error = Invalid({"phone": "Enter 10 digits."}, typed)
    typed["phone"] = "changed"
    assert error.values == {"phone": "12"}
