"""One connection: what it keeps for a slow client, and what it does once it is closing."""

from __future__ import annotations

import pytest

from signaling.connection import MAX_OUTBOX, MAX_OUTBOX_CHARACTERS, Connection
from signaling.protocol import Changed, ChangedBody
from tests.signaling.stage import StageTime, StageWire, settle

pytestmark = pytest.mark.anyio


class Line:
    """A connection over a wire of the stage."""

    def __init__(self) -> None:
        self.time, self.wire = StageTime(), StageWire()
        self.connection = Connection("c", self.wire, self.time, self.time)

    def send(self, times: int, size: int) -> None:
        """Send messages of about so many characters."""
        message = Changed(id="1", body=ChangedBody(topic="x" * size))
        for _ in range(times):
            self.connection.send(message)


@pytest.fixture
async def line() -> Line:
    return Line()


async def test_what_is_sent_is_written_in_order(line: Line) -> None:
    for topic in ("one", "two", "three"):
        line.connection.send(Changed(id=topic, body=ChangedBody(topic=topic)))
    await settle()
    assert [text.split('"')[5] for text in line.wire.texts] == ["one", "two", "three"]


async def test_nothing_overtakes_what_waits_for_a_slow_client(line: Line) -> None:
    line.wire.reading.clear()
    line.connection.send(Changed(id="one", body=ChangedBody(topic="one")))
    line.wire.reading.set()
    line.connection.send(Changed(id="two", body=ChangedBody(topic="two")))
    await settle()
    assert [text.split('"')[5] for text in line.wire.texts] == ["one", "two"]


async def test_a_full_outbox_is_dropped_and_the_connection_closed(line: Line) -> None:
    line.wire.reading.clear()
    line.send(MAX_OUTBOX + 1, 10)
    assert line.connection.closing
    line.wire.reading.set()
    await settle()
    assert (line.wire.texts, line.wire.code) == ([], 4008)


async def test_few_large_messages_fill_the_outbox_too(line: Line) -> None:
    line.wire.reading.clear()
    line.send(17, MAX_OUTBOX_CHARACTERS // 16)
    assert line.connection.closing


async def test_any_amount_goes_to_a_client_that_reads(line: Line) -> None:
    for _ in range(40):
        line.send(1, MAX_OUTBOX_CHARACTERS // 8)
        await settle()
    assert not line.connection.closing
    assert len(line.wire.texts) == 40


async def test_what_was_sent_before_a_close_is_written_and_nothing_after_it(line: Line) -> None:
    line.send(2, 10)
    line.connection.close(4000, "ended")
    line.send(2, 10)
    line.connection.refuse("malformed", "too late")
    await settle()
    assert (len(line.wire.texts), line.wire.code) == (2, 4000)


async def test_the_first_close_counts(line: Line) -> None:
    line.connection.close(4004, "revoked")
    line.connection.close(1012, "server restarting")
    await settle()
    assert line.wire.code == 4004


async def test_writing_to_a_socket_that_is_gone_is_no_failure(line: Line) -> None:
    line.wire.gone = True
    line.send(3, 10)
    await settle()
    line.connection.close(4000, "ended")
    await settle()
    assert (line.wire.texts, line.wire.code) == ([], None)


async def test_a_finished_connection_leaves_no_timer(line: Line) -> None:
    line.wire.reading.clear()
    line.send(1, 10)
    line.connection.close(4000, "ended")
    await settle()
    line.connection.finish()
    line.send(1, 10)
    await settle()
    assert (line.time.running, line.wire.texts) == (0, [])
