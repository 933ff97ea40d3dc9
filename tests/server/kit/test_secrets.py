"""Secrets of links and cookies."""

import hashlib

from server.kit import digest, new_secret


def test_a_secret_has_192_bits_and_fits_into_an_address() -> None:
    text = new_secret().text
    assert len(text) == 32
    assert text.replace("-", "").replace("_", "").isalnum()


def test_only_its_hash_is_kept() -> None:
    secret = new_secret()
    assert secret.digest == digest(secret.text) == hashlib.sha256(secret.text.encode()).digest()


def test_no_two_secrets_are_alike() -> None:
    assert len({new_secret().text for _ in range(100)}) == 100


def test_a_cookie_that_is_no_text_has_a_digest_all_the_same() -> None:
    assert len(digest("\udcff")) == 32
