"""Sealing: a value opens only for the field it was sealed for, only unchanged, and only with its key."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit import KeyMissing, Keyring, SealBroken, field_name, head_of, key_id_of
from server.kit.ids import new_id

OLD, NEW = b"o" * 32, b"n" * 32
RING = Keyring({"k1": OLD}, "k1", b"i" * 32)
ROTATED = Keyring({"k2": NEW, "k1": OLD}, "k2", b"i" * 32)
ROW = UUID("01935ddc-1a2b-7000-8000-000000000001")
PHONE = field_name("patient", ROW, "phone")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
fields = st.binary(min_size=1, max_size=60)


@given(texts, fields)
def test_what_is_sealed_opens(text: str, field: bytes) -> None:
    assert RING.open(RING.seal(text, field), field) == text


def test_the_text_cannot_be_read_in_what_is_stored() -> None:
    assert b"406-555-0177" not in RING.seal("406-555-0177", PHONE)


def test_the_same_text_is_never_sealed_alike() -> None:
    assert RING.seal("406-555-0177", PHONE) != RING.seal("406-555-0177", PHONE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        field_name("practitioner", ROW, "phone"),
        field_name("patient", new_id(), "phone"),
        field_name("patient", ROW, "email"),
    ],
    ids=["table", "row", "column"],
)
def test_a_value_copied_to_another_place_does_not_open(elsewhere: bytes) -> None:
    with pytest.raises(SealBroken):
        RING.open(RING.seal("406-555-0177", PHONE), elsewhere)


@given(st.data())
def test_a_value_with_one_changed_byte_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(RING.seal("406-555-0177", PHONE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        RING.open(bytes(sealed), PHONE)


@given(st.integers(min_value=0))
def test_a_value_cut_short_does_not_open(kept: int) -> None:
    sealed = RING.seal("406-555-0177", PHONE)
    with pytest.raises(SealBroken):
        RING.open(sealed[: kept % len(sealed)], PHONE)


@given(st.binary(max_size=200))
def test_what_was_never_sealed_does_not_open(noise: bytes) -> None:
    with pytest.raises(SealBroken):
        RING.open(noise, PHONE)


@pytest.mark.parametrize("keys", [{"k1": NEW}, {"k9": OLD}], ids=["another key of that name", "no key of that name"])
def test_a_value_does_not_open_without_its_key(keys: dict[str, bytes]) -> None:
    ring = Keyring(keys, next(iter(keys)), b"i" * 32)
    with pytest.raises(SealBroken):
        ring.open(RING.seal("406-555-0177", PHONE), PHONE)


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key() -> None:
    assert ROTATED.open(RING.seal("406-555-0177", PHONE), PHONE) == "406-555-0177"
    with pytest.raises(SealBroken):
        RING.open(ROTATED.seal("406-555-0177", PHONE), PHONE)


@given(texts)
def test_rewrapping_keeps_the_ciphertext_and_frees_the_value_from_the_old_key(text: str) -> None:
    sealed = RING.seal(text, PHONE)
    rewrapped = ROTATED.rewrap(sealed, PHONE)
    body = 12 + len(text.encode()) + 16
    assert rewrapped[-body:] == sealed[-body:]
    assert Keyring({"k2": NEW}, "k2", b"i" * 32).open(rewrapped, PHONE) == text


@pytest.mark.parametrize("field", [field_name("patient", ROW, "email")])
def test_rewrapping_refuses_a_value_of_another_field(field: bytes) -> None:
    with pytest.raises(SealBroken):
        ROTATED.rewrap(RING.seal("406-555-0177", PHONE), field)


def test_rewrapping_refuses_what_was_never_sealed() -> None:
    with pytest.raises(SealBroken):
        ROTATED.rewrap(b"", PHONE)


def test_a_lookup_hash_finds_the_same_value_again() -> None:
    assert RING.index("406-555-0177", "phone") == ROTATED.index("406-555-0177", "phone")


def test_a_lookup_hash_depends_on_the_key_the_value_and_the_purpose() -> None:
    other = Keyring({"k1": OLD}, "k1", b"j" * 32)
    hashes = {
        RING.index("406-555-0177", "phone"),
        RING.index("406-555-0178", "phone"),
        RING.index("406-555-0177", "email"),
        other.index("406-555-0177", "phone"),
    }
    assert len(hashes) == 4


def test_a_value_names_the_key_that_it_needs() -> None:
    sealed = RING.seal("406-555-0177", PHONE)
    assert key_id_of(sealed) == "k1"
    assert sealed.startswith(head_of("k1"))
    with pytest.raises(KeyMissing) as missing:
        Keyring({"k2": NEW}, "k2", b"i" * 32).open(sealed, PHONE)
    assert missing.value.key_id == "k1"


@pytest.mark.parametrize("sealed", [b"", b"x", b"\x01", b"\x01\x02\xff\xfe"])
def test_what_is_no_envelope_names_no_key(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        key_id_of(sealed)
