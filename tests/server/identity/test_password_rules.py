"""New passwords: long enough, not what everybody tries, not the own name. Nothing else is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.identity.password_rules import LONGEST, TOO_COMMON, TOO_LONG, TOO_NEAR, TOO_SHORT, refused_password

OWNER = ("Dr. Rose Okafor", "r.okafor@clinic.test", "Cedar Creek Health")


@pytest.mark.parametrize(
    "password",
    [
        "tall trees by the river",
        "kx8#mm2-qq0p",
        "lavender gravel 7",
        "çok güzel bir gün",
        "         x  y",
        "🦉🦉🐢🐢🐇🐇🦉🐢🐇🐇🐢🦊",
    ],
)
def test_what_is_long_and_rare_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert refused_password(password, OWNER) == ""


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2024!",
        "Welcome2024!!",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "987654321098",
        "qwertyuiop12",
        "12345qwerty!",
        "1qaz2wsx3edc",
        "letmeinplease"[:7] + "letmein!",
        "summerwinterspring1",
        "correcthorsebatterystaple",
        "ILOVEYOU-2026",
        "curbside2026!",
        "contraseña123",
    ],
)
def test_what_guessers_begin_with_is_refused(password: str) -> None:
    assert refused_password(password) == TOO_COMMON


@pytest.mark.parametrize("password", ["okafor 77 trees", "my ROSE garden x", "r.okafor-lake-9", "cedar log cabin"])
def test_the_own_name_mail_or_organization_is_refused(password: str) -> None:
    assert refused_password(password, OWNER) == TOO_NEAR


def test_short_words_of_a_name_count_for_nothing() -> None:
    assert refused_password("drum and bass line", ("Dr. Al Li", "al@x.test")) == ""


@pytest.mark.parametrize(("length", "said"), [(0, TOO_SHORT), (11, TOO_SHORT), (LONGEST + 1, TOO_LONG)])
def test_too_short_and_too_long_are_said(length: int, said: str) -> None:
    assert refused_password(("xk7 qv2 mz9 " * 100)[:length]) == said


@given(st.text(max_size=60))
def test_any_text_is_judged_and_a_short_one_never_taken(password: str) -> None:
    said = refused_password(password, OWNER)
    assert said or len(password) >= 12
