"""Pure: what becomes of asking a colleague into a visit, and who may take it back."""

from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Asked(StrEnum):
    """WAITING: not taken up yet. JOINED: came in. DECLINED: cannot come. WITHDRAWN: taken back before they came."""

    WAITING = "asked"
    JOINED = "joined"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class InvitationFacts(Protocol):
    """What the rules need to know of an invitation."""

    invited_by: UUID
    status: str


def may_take_back(invitation: InvitationFacts, account_id: UUID | None, lead_account_id: UUID | None) -> bool:
    """Tell whether this person may take an invitation back: who asked, or whom the patient comes to see."""
    return account_id is not None and account_id in {invitation.invited_by, lead_account_id}


def is_waiting(invitation: InvitationFacts) -> bool:
    """Tell whether the colleague has neither come, nor declined, nor was the invitation taken back."""
    return invitation.status == Asked.WAITING
