"""Text messages go the way of mail: rows first, leased, tried again, wiped; once at the gateway whoever crashes."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from server.kit.ids import OrganizationId, new_id
from server.outbox import Channel, OutboxMessage, Text, actions, count_due, queue_text, send_due_mail, send_due_texts
from server.outbox.gateway import deliver_text
from tests.server.outbox.phones import Gateway

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio

PHONE, WORDS = "406-555-0177", "Your visit is tomorrow at ten."


async def queue(world: "World", words: str = WORDS, phone: str = PHONE) -> UUID:
    text = Text(OrganizationId(world.clinic.organization_id), new_id(), phone, words)
    async with world.deps.database.write() as session:
        return queue_text(session, world.deps, text)


async def row(world: "World", row_id: UUID) -> OutboxMessage:
    async with world.deps.database.read() as session:
        return await session.get_one(OutboxMessage, row_id)


async def test_a_queued_text_arrives_once_under_the_key_of_its_row(clinic: "World", phones: Gateway) -> None:
    row_id = await queue(clinic)
    assert [await send_due_texts(clinic.deps) for _ in range(2)] == [True, False]
    assert phones.sent == {str(row_id): {"to": "+14065550177", "from": "", "text": WORDS}}


async def test_mail_and_texts_leave_by_loops_of_their_own(clinic: "World", phones: Gateway) -> None:
    row_id = await queue(clinic)
    assert await send_due_mail(clinic.deps) is False
    assert (await row(clinic, row_id)).channel == Channel.TEXT
    async with clinic.deps.database.read() as session:
        assert await count_due(session, clinic.clock.now) == 1
    assert (clinic.deps.mail_waiting.is_set(), clinic.deps.texts_waiting.is_set()) == (False, True)


async def test_phone_and_text_lie_sealed_and_the_text_is_wiped(clinic: "World") -> None:
    row_id = await queue(clinic)
    waiting = await row(clinic, row_id)
    assert not any(word in waiting.recipient + (waiting.body or b"") for word in (b"406", b"0177", b"visit"))
    await send_due_texts(clinic.deps)
    sent = await row(clinic, row_id)
    assert (sent.status, sent.sent_at, sent.body) == ("sent", clinic.clock.now, None)


async def test_while_the_gateway_is_away_a_text_waits_and_keeps_its_key(clinic: "World", phones: Gateway) -> None:
    row_id = await queue(clinic)
    phones.status = 503
    await send_due_texts(clinic.deps)
    assert await send_due_texts(clinic.deps) is False
    clinic.clock.pass_(seconds=30)
    phones.status = 202
    assert await send_due_texts(clinic.deps) is True
    assert [asked.headers["idempotency-key"] for asked in phones.asked] == [str(row_id)] * 2
    assert [asked.body for asked in phones.asked] == [phones.sent[str(row_id)]] * 2


async def test_what_the_gateway_refuses_for_good_is_given_up_at_once(clinic: "World", phones: Gateway) -> None:
    row_id = await queue(clinic)
    phones.status = 422
    await send_due_texts(clinic.deps)
    assert (await row(clinic, row_id)).status == "failed"


async def test_what_is_no_number_is_given_up_and_the_next_one_goes(clinic: "World", phones: Gateway) -> None:
    wrong = await queue(clinic, phone="call me")
    clinic.clock.pass_(seconds=1)
    right = await queue(clinic)
    assert [await send_due_texts(clinic.deps) for _ in range(3)] == [True, True, False]
    assert [(await row(clinic, row_id)).status for row_id in (wrong, right)] == ["failed", "sent"]


class Crash(BaseException):
    """The process is gone: nothing after it runs."""


async def test_a_crash_after_the_gateway_took_it_asks_again_and_the_phone_rings_once(
    clinic: "World", phones: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = await queue(clinic)

    async def crash(*settings_and_message: Any) -> None:
        await deliver_text(*settings_and_message)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(actions, "deliver_text", crash)
        with pytest.raises(Crash):
            await send_due_texts(clinic.deps)
    clinic.clock.pass_(seconds=61)
    await send_due_texts(clinic.deps)
    assert len(phones.asked) == 2
    assert list(phones.sent) == [str(row_id)]
    assert (await row(clinic, row_id)).status == "sent"
