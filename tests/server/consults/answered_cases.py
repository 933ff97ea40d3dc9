"""Answers for tests: what Dr. Brandt advises, typed as a form posts it, saved and signed."""

from typing import Any
from uuid import UUID

from server.consults.answer_actions import sign_answer
from server.consults.answer_rules import Choice
from server.consults.answer_store import answer_of
from server.consults.answer_tables import ConsultAnswer
from server.consults.decision_actions import Wish, decide_item
from tests.cast import World
from tests.server.consults.written_cases import taken

SECRET_ADVICE = "Bupropion XL"
ADVICE = {
    "impression": "Major depression with a partial response",
    "items": "1 2",
    "1.kind": "medication",
    "1.what": SECRET_ADVICE,
    "1.dose": "150 mg",
    "1.frequency": "every morning",
    "2.kind": "follow_up",
    "2.what": "PHQ-9",
    "2.days": "28",
}


async def signed(world: World, **changes: Any) -> UUID:
    """Have the pcp ask, and Dr. Brandt take the case and sign an answer; gives the case's id."""
    consult_id = await taken(world, **changes)
    await sign_answer(world.deps, world.live, world.actors["psychiatrist"], consult_id, ADVICE, 0)
    return consult_id


async def decided(world: World, consult_id: UUID, choice: str = "accepted", item: str = "1", **more: Any) -> None:
    """Have the pcp decide about an item."""
    wish = Wish(item, Choice(choice), **more)
    await decide_item(world.deps, world.live, world.actors["pcp"], consult_id, wish)


async def answer(world: World, consult_id: UUID) -> ConsultAnswer:
    """Read the answer of a case as it is kept."""
    async with world.deps.database.read() as session:
        row = await answer_of(session, consult_id)
    assert row is not None
    return row
