"""Encryption for a browser is that of RFC 8291, and the signature that of RFC 8292, as a receiver checks them."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.outbox.push_cipher import BrowserKeys, Sender, UnusableKey, encrypt, encrypt_with, padless, unpadded
from tests.cast import TEN
from tests.server.outbox.push_service import Device, signed_claims

WORDS = b"A colleague asks for a consult."
# The example of RFC 8291, section 5 and appendix A.
WATERMELON = b"When I grow up, I want to be a watermelon"
THEIR_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
THEIR_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
OUR_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
ENCRYPTED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_comes_out_as_it_is_printed_there() -> None:
    ours = ec.derive_private_key(int.from_bytes(unpadded(OUR_PRIVATE), "big"), ec.SECP256R1())
    body = encrypt_with(WATERMELON, BrowserKeys(THEIR_PUBLIC, THEIR_SECRET), ours, unpadded(SALT))
    assert padless(body) == ENCRYPTED


def test_the_browser_reads_what_was_written_for_it() -> None:
    device = Device.new("http://127.0.0.1/push/1")
    assert device.read(encrypt(WORDS, device.keys)) == WORDS


def test_another_browser_reads_nothing_of_it() -> None:
    device, other = (Device.new("http://127.0.0.1/push/1") for _ in range(2))
    body = encrypt(WORDS, device.keys)
    assert WORDS not in body
    with pytest.raises(ValueError, match="not for this browser"):
        other.read(body)


def test_the_same_words_never_look_the_same() -> None:
    device = Device.new("http://127.0.0.1/push/1")
    assert encrypt(WORDS, device.keys) != encrypt(WORDS, device.keys)


@pytest.mark.parametrize(
    ("point", "secret"),
    [
        ("", THEIR_SECRET),
        (THEIR_PUBLIC[:-4], THEIR_SECRET),
        (THEIR_PUBLIC, "c2hvcnQ"),
        ("ä", "ä"),
        ("B" * 87, "A" * 22),
    ],
)
def test_keys_that_no_browser_has_are_refused(point: str, secret: str) -> None:
    with pytest.raises(UnusableKey):
        BrowserKeys(point, secret).check()


def test_a_key_is_the_same_from_the_same_seed_and_another_from_another() -> None:
    same = [Sender(b"s" * 32, "mailto:a@b.test").public_key for _ in range(2)]
    assert same[0] == same[1] != Sender(b"t" * 32, "mailto:a@b.test").public_key
    assert len(unpadded(same[0])) == 65


def test_a_seed_beyond_the_order_of_the_curve_makes_a_key_too() -> None:
    assert len(Sender(b"\xff" * 32, "").public_key) == 87


def test_a_service_can_check_who_sends_and_for_whom_and_until_when() -> None:
    sender = Sender(b"s" * 32, "mailto:it@clinic.test")
    claims = signed_claims(sender.authorization("https://push.test:8443/send/x?y=1", TEN))
    assert claims == {
        "aud": "https://push.test:8443",
        "sub": "mailto:it@clinic.test",
        "exp": int((TEN + timedelta(hours=12)).timestamp()),
    }


def test_the_secret_of_a_browser_is_in_no_representation() -> None:
    assert THEIR_SECRET not in repr(BrowserKeys(THEIR_PUBLIC, THEIR_SECRET))


def test_base64_is_read_with_padding_and_without() -> None:
    assert unpadded("_-8") == unpadded("_-8=") == base64.urlsafe_b64decode("_-8=")
