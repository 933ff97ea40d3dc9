"""Who fits what is needed, why they are offered, and until when their licence lets them."""

from datetime import UTC, date, datetime

import pytest

from server.scheduling.match_rules import Candidate, Fit, Licence, Need, Reason, lacking, licensed_before, reasons
from server.scheduling.slot_rules import Visit
from server.scheduling.zone_rules import minute_of
from tests.server.scheduling.working import DENVER, MONDAY, NORTH, PSYCHIATRIST, SOUTH, TUESDAY, working

NEED = Need(Visit(30, NORTH), DENVER, "psychiatry", "es", "MT")
FITTING = Candidate(
    PSYCHIATRIST,
    working(),
    specialty="psychiatry",
    languages=frozenset({"en", "es"}),
    clinics=frozenset({NORTH}),
    licences=(Licence("MT", MONDAY), Licence("WY", TUESDAY), Licence("MT", date(2026, 1, 1))),
)


def test_who_fits_lacks_nothing_and_is_offered_for_what_was_asked() -> None:
    assert lacking(FITTING, NEED, MONDAY) == frozenset()
    assert reasons(FITTING, NEED) == (
        Reason(Fit.SPECIALTY, "psychiatry"),
        Reason(Fit.LANGUAGE, "es"),
        Reason(Fit.LICENCE, "MT", MONDAY),
        Reason(Fit.CLINIC, str(NORTH)),
    )


@pytest.mark.parametrize(
    ("need", "fit"),
    [
        (Need(Visit(30), DENVER, specialty="primary care"), Fit.SPECIALTY),
        (Need(Visit(30), DENVER, language="fr"), Fit.LANGUAGE),
        (Need(Visit(30), DENVER, state="CO"), Fit.LICENCE),
        (Need(Visit(30, SOUTH), DENVER), Fit.CLINIC),
    ],
)
def test_who_does_not_fit_lacks_something(need: Need, fit: Fit) -> None:
    assert lacking(FITTING, need, MONDAY) == {fit}


def test_nothing_asked_is_nothing_to_say() -> None:
    anything = Need(Visit(30), DENVER)
    assert lacking(FITTING, anything, MONDAY) == frozenset()
    assert reasons(FITTING, anything) == ()
    assert licensed_before(FITTING, anything) is None


def test_a_licence_counts_through_its_last_day_where_the_patient_is() -> None:
    assert lacking(FITTING, NEED, TUESDAY) == {Fit.LICENCE}
    assert licensed_before(FITTING, NEED) == minute_of(datetime(2026, 6, 2, 6, tzinfo=UTC))
    in_madrid = Need(Visit(30), "Europe/Madrid", state="MT")
    assert licensed_before(FITTING, in_madrid) == minute_of(datetime(2026, 6, 1, 22, tzinfo=UTC))


def test_without_a_licence_no_moment_is_early_enough() -> None:
    assert licensed_before(FITTING, Need(Visit(30), DENVER, state="CO")) == 0


def test_a_licence_may_never_end() -> None:
    forever = Candidate(PSYCHIATRIST, working(), licences=(Licence("MT", date(9999, 12, 30)),))
    assert licensed_before(forever, Need(Visit(30), DENVER, state="MT")) is None
