"""The chain: every column counts, no two events have the same bytes, and what is wrong is named where it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from server.audit import AuditEvent
from server.audit.chain_rules import (
    COLUMNS,
    OPERATOR,
    Fault,
    Link,
    Tail,
    Values,
    Wrong,
    canonical,
    chain_of,
    checkpoint_statement,
    follow,
    grown,
    head_statement,
    link_hash,
    lowered,
)
from server.kit.ids import new_id

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
CHAIN = str(UUID(int=7))

a_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
a_moment = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - `timezones`
an_id = st.none() | st.uuids()
an_event = st.tuples(st.uuids(), a_moment, an_id, an_id, a_text, a_text, a_text, an_id, an_id, a_text, a_text, a_text)


def events(count: int) -> list[Values]:
    return [
        (new_id(), NOW, None, None, "pcp", "read", "Patient", None, UUID(int=number), "success", "", "192.0.2.7")
        for number in range(count)
    ]


def chain(count: int = 4) -> list[Link]:
    return grown(CHAIN, Tail(), events(count), NOW)


def first_fault(links: list[Link]) -> tuple[int | None, Wrong] | None:
    _, fault = follow(CHAIN, Tail(), links)
    return None if fault is None else (fault.sequence, fault.wrong)


def test_every_column_of_the_table_is_hashed() -> None:
    table = SQLModel.metadata.tables[AuditEvent.__tablename__]
    assert tuple(table.columns.keys()) == COLUMNS


@given(an_event, an_event)
def test_two_events_have_the_same_bytes_only_when_they_are_the_same(one: Values, other: Values) -> None:
    assert (canonical(one) == canonical(other)) is (one == other)


@given(an_event, st.integers(0, len(COLUMNS) - 1), an_event)
def test_changing_any_one_column_changes_the_bytes(one: Values, column: int, other: Values) -> None:
    changed = (*one[:column], other[column], *one[column + 1 :])
    assert (canonical(one) == canonical(changed)) is (one[column] == other[column])


@given(a_text, a_text)
def test_text_cannot_move_from_one_column_into_the_next(one: str, other: str) -> None:
    assert (canonical([one, other]) == canonical([one + other, ""])) is (other == "")


def test_nothing_is_not_the_same_as_an_empty_text() -> None:
    assert canonical([None]) != canonical([""])


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    east = NOW.astimezone(datetime.fromisoformat("2026-11-24T00:00+09:00").tzinfo)
    assert canonical([NOW]) == canonical([east])


def test_a_value_of_an_unknown_kind_is_refused_rather_than_guessed() -> None:
    with pytest.raises(TypeError):
        canonical([1.5])


def test_a_link_depends_on_the_one_before_its_chain_its_number_and_its_time() -> None:
    (values,) = events(1)
    hashes = {
        link_hash(bytes(32), CHAIN, 1, NOW, values),
        link_hash(bytes(31) + b"1", CHAIN, 1, NOW, values),
        link_hash(bytes(32), OPERATOR, 1, NOW, values),
        link_hash(bytes(32), CHAIN, 2, NOW, values),
        link_hash(bytes(32), CHAIN, 1, NOW + timedelta(microseconds=1), values),
    }
    assert len(hashes) == 5


def test_a_chain_that_nobody_touched_is_right_to_its_end() -> None:
    links = chain(5)
    assert follow(CHAIN, Tail(), links) == (Tail(5, links[-1].hash), None)


def test_a_chain_grows_on_from_where_it_was() -> None:
    links = chain(2)
    more = grown(CHAIN, Tail(2, links[1].hash), events(2), NOW)
    assert follow(CHAIN, Tail(), [*links, *more]) == (Tail(4, more[-1].hash), None)


def test_a_changed_event_is_named_by_its_number_and_id() -> None:
    links = chain()
    values = (*events(1)[0][:4], "admin", *(links[2].values or ())[5:])
    links[2] = Link(3, links[2].hash, NOW, links[2].event_id, values)
    tail, fault = follow(CHAIN, Tail(), links)
    assert fault == Fault(CHAIN, Wrong.CHANGED, 3, links[2].event_id)
    assert tail == Tail(2, links[1].hash)


def test_a_link_with_another_hash_is_named_itself_not_the_one_after_it() -> None:
    links = chain()
    links[1] = Link(2, bytes(32), NOW, links[1].event_id, links[1].values)
    assert first_fault(links) == (2, Wrong.CHANGED)


def test_a_removed_event_is_named() -> None:
    links = chain()
    links[1] = Link(2, links[1].hash, NOW, links[1].event_id, None)
    assert first_fault(links) == (2, Wrong.EVENT_REMOVED)


def test_a_removed_link_is_named_by_the_number_that_is_missing() -> None:
    links = chain()
    assert first_fault([links[0], *links[2:]]) == (2, Wrong.SEAL_REMOVED)


def test_two_links_that_changed_places_are_noticed_at_the_first() -> None:
    one, two, three, four = chain()
    swapped = [
        Link(2, three.hash, NOW, three.event_id, three.values),
        Link(3, two.hash, NOW, two.event_id, two.values),
    ]
    assert first_fault([one, *swapped, four]) == (2, Wrong.CHANGED)


def test_a_number_that_comes_twice_is_noticed() -> None:
    links = chain()
    assert first_fault([links[0], links[0], *links[1:]]) == (1, Wrong.CHANGED)


def test_events_of_no_organization_are_the_operators() -> None:
    assert chain_of(None) == OPERATOR
    assert chain_of(UUID(int=7)) == CHAIN


def test_a_head_and_a_checkpoint_never_say_the_same() -> None:
    head, checkpoint = head_statement(CHAIN, Tail(), NOW), checkpoint_statement(CHAIN, Tail(), NOW, NOW)
    assert not checkpoint.startswith(head)


def test_ids_made_within_the_span_lie_above_the_lowered_one() -> None:
    id_ = new_id()
    assert lowered(id_, 0) <= id_
    assert (id_.int >> 80) - (lowered(id_, 60).int >> 80) == 60_000
    assert lowered(UUID(int=0), 60) == UUID(int=0)


def test_an_event_begins_with_its_id() -> None:
    with pytest.raises(TypeError):
        grown(CHAIN, Tail(), [("not an id", NOW)], NOW)
