"""Who may take back that a colleague was asked in."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from server.visits.invite_rules import Asked, is_waiting, may_take_back

LEAD, ASKING, INVITED = uuid4(), uuid4(), uuid4()


@dataclass
class Invitation:
    invited_by: UUID = ASKING
    status: str = "asked"


@pytest.mark.parametrize(
    ("who", "may"), [(ASKING, True), (LEAD, True), (INVITED, False), (None, False)], ids=["asked", "lead", "no", "none"]
)
def test_who_asked_or_whom_the_patient_comes_to_see_may_take_it_back(who: UUID | None, may: bool) -> None:
    assert may_take_back(Invitation(), who, LEAD) is may


def test_without_an_account_nobody_is_the_lead() -> None:
    assert not may_take_back(Invitation(), None, None)


@pytest.mark.parametrize("status", Asked)
def test_only_what_nobody_answered_is_waiting(status: Asked) -> None:
    assert is_waiting(Invitation(status=status)) is (status is Asked.WAITING)
