"""The anchor file: lines that are read as they were written, whole or not at all."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.audit.anchors import Anchor, anchored_until, append_anchors, in_lots, read_anchors
from server.audit.chain_rules import Tail
from server.audit.signatures import Signer, Verifier, key_id, key_text, read_key

NOW = datetime(2026, 11, 24, 17, 0, 0, 123456, tzinfo=UTC)


def anchor(sequence: int, chain: str = "operator") -> Anchor:
    return Anchor(chain, Tail(sequence, bytes([sequence]) * 32), NOW, "k", bytes(64))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "audit.anchors"


def test_lines_are_read_as_they_were_written(path: Path) -> None:
    append_anchors(path, [anchor(1)])
    append_anchors(path, [anchor(2), anchor(3, "other")])
    assert list(read_anchors(path)) == [anchor(1), anchor(2), anchor(3, "other")]


def test_a_file_that_is_not_there_has_anchored_nothing(path: Path) -> None:
    assert anchored_until(path) == {}


def test_how_far_a_file_reaches_is_told_by_chain(path: Path) -> None:
    append_anchors(path, [anchor(1), anchor(4, "other"), anchor(2)])
    assert anchored_until(path) == {"operator": 2, "other": 4}


def test_half_a_line_that_a_crash_left_is_replaced(path: Path) -> None:
    append_anchors(path, [anchor(1)])
    with path.open("a") as file:
        file.write('{"chain": "oper' + "x" * 9000)
    append_anchors(path, [anchor(2)])
    assert list(read_anchors(path)) == [anchor(1), anchor(2)]


def test_a_file_of_half_a_line_alone_begins_anew(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"chain"')
    append_anchors(path, [anchor(1)])
    assert list(read_anchors(path)) == [anchor(1)]


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", "{}", '{"chain":"o","sequence":"x"}', "\udcff"],
)
def test_a_line_that_cannot_be_read_is_given_by_its_number(path: Path, line: str) -> None:
    append_anchors(path, [anchor(1)])
    with path.open("ab") as file:
        file.write(line.encode(errors="surrogateescape") + b"\n")
    assert list(read_anchors(path)) == [anchor(1), 2]


@pytest.mark.parametrize(("old", "new"), [("+00:00", ""), ('"sequence": 1', '"sequence": -1'), ("01" * 32, "zz")])
def test_a_line_with_an_impossible_value_cannot_be_read(path: Path, old: str, new: str) -> None:
    append_anchors(path, [anchor(1)])
    path.write_text(path.read_text().replace(old, new))
    assert list(read_anchors(path)) == [1]


def test_only_as_much_is_read_as_was_there(path: Path) -> None:
    append_anchors(path, [anchor(1)])
    size = path.stat().st_size
    append_anchors(path, [anchor(2)])
    assert list(read_anchors(path, size)) == [anchor(1)]


def test_a_long_file_comes_in_lots() -> None:
    lots = in_lots((anchor(n) for n in range(5)), 2)
    assert [len(lot) for lot in lots] == [2, 2, 1]


def test_a_signature_is_of_one_statement_by_one_of_the_keys() -> None:
    ours, other = Signer(bytes(32)), Signer(bytes([1]) * 32)
    signature = ours.sign(b"so")
    assert Verifier([other.public_key, ours.public_key]).fits(b"so", signature)
    assert not Verifier([ours.public_key]).fits(b"not so", signature)
    assert not Verifier([other.public_key]).fits(b"so", signature)
    assert not Verifier([]).fits(b"so", signature)


def test_a_public_key_is_read_as_it_was_written() -> None:
    key = Signer(bytes(32)).public_key
    assert read_key(key_text(key)) == key
    assert len(key_id(key)) == 16


@pytest.mark.parametrize("text", ["", "no", base64.b64encode(bytes(31)).decode(), "ü"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_key(text)
