"""Which new passwords are taken (NIST SP 800-63B section 5.1.1.2): long enough, and not what everybody tries. Pure.

No classes of characters are asked for. What is refused is built from what guessers begin with: the commonest words,
also with digits, signs and letters that look like digits; rows of keys; one piece again and again; the own name.
"""

import re
from collections.abc import Iterable

from server.kit.forms import N_

SHORTEST, LONGEST = 12, 1000
TOO_SHORT = N_("Use at least 12 characters. A few words are easier to remember than signs.")
TOO_LONG = N_("Use at most 1000 characters.")
TOO_COMMON = N_("Many people use a password like this, so it is tried first. Choose another one.")
TOO_NEAR = N_("Do not use your name or e-mail address in it. Choose another one.")

_LOOKALIKES = str.maketrans("013457@$!|", "oieastasil")
_COMMON = """
abc access account admin administrator angel autumn baby baseball basketball batman betterstaple bailey
butterfly changeit changeme charlie cheese chocolate clinic computer cookie correcthorsebatterystaple curbside
daniel default demo doctor donald dragon eagles fall flower football freedom ginger guest hannah health hello
hockey hospital hunter iloveyou jennifer jessica jordan killer letmein login love lovely maggie martin master
matrix medical michael michelle monkey mustang my new nothing nurse office pass password passwort patient
pepper phoenix princess purple qaz qwe qwerty robert root samsung secret secure security shadow silver snoopy
soccer spring starwars summer sunshine superman system taylor telehealth temp temporary test tester testing
the thomas thunder tigger trustno user welcome whatever winter wizard you zxc contrasena contraseña clave hola
bienvenido teamo secreto
"""
_WORDS = frozenset(_COMMON.split())
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890", "1qaz2wsx3edc4rfv5tgb")
_LEAST_OF_A_NAME = 4


def refused_password(password: str, names: Iterable[str] = ()) -> str:
    """Say why a new password is not taken, as a message id; empty when it is. `names` are its owner's words."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    plain = password.casefold()
    if _is_common(plain):
        return TOO_COMMON
    return TOO_NEAR if _names_its_owner(plain, names) else ""


def _is_common(plain: str) -> bool:
    if _repeats(plain) or _is_of_rows(plain):
        return True
    # digits and signs at its ends are ornaments, within it they stand for letters
    core = re.sub(r"^[^a-zñ]+|[^a-zñ]+$", "", plain)
    readings = (core, core.translate(_LOOKALIKES), plain.translate(_LOOKALIKES))
    return any(_is_of_words(re.sub(r"[^a-zñ]", "", reading)) for reading in readings)


def _repeats(plain: str) -> bool:
    """One piece of up to six characters, again and again."""
    return any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, 7))


def _is_of_rows(plain: str) -> bool:
    """Nothing but rows of keys or of the alphabet, forwards or backwards, in pieces of at least three."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at = 0
    while at < len(plain):
        size = max(
            (n for n in range(3, len(plain) - at + 1) if any(plain[at : at + n] in row for row in rows)), default=0
        )
        if not size:
            return len(plain) - at <= 2 and at > 0
        at += size
    return True


def _is_of_words(letters: str, most: int = 3) -> bool:
    """Nothing but up to three of the commonest words."""
    if letters in _WORDS:
        return True
    ends = range(2, len(letters))
    return most > 1 and any(letters[:end] in _WORDS and _is_of_words(letters[end:], most - 1) for end in ends)


def _names_its_owner(plain: str, names: Iterable[str]) -> bool:
    words = (word for name in names for word in re.split(r"[\W_]+", name.casefold()))
    return any(len(word) >= _LEAST_OF_A_NAME and word in plain for word in words)
