"""Reading a posted form field by field: what is right comes out typed, what is wrong is said next to its field.

Messages are gettext message ids, marked with `N_` and translated where they are shown.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, time

from server.kit.errors import Invalid

# Nothing that separates addresses in a mail's header: one field holds one address.
_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^@\s.,;:<>()\[\]\"\\]+(\.[^@\s.,;:<>()\[\]\"\\]+)+")
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
MOST_DAYS = 366
_DIGIT, _NOT_OF_A_PHONE = re.compile(r"[0-9]"), re.compile(r"[^0-9\s().+-]")
_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for marking a message
    """Mark a message id for translation; it is translated when it is shown."""
    return message


def read_time(typed: str) -> time | None:
    """Read a time of day to the minute, written H:MM; seconds are left out. None for anything else."""
    try:
        return time.fromisoformat(typed.zfill(5)).replace(second=0) if _TIME.fullmatch(typed) else None
    except ValueError:
        return None


class Form:
    """What was posted, read field by field. Readers give a value or None; `check` raises Invalid when any was wrong."""

    def __init__(self, posted: Mapping[str, object]) -> None:
        """Keep what was typed; anything that is not text (a file, say) counts as left empty."""
        self.values = {k: _CONTROL.sub("", v).strip() for k, v in posted.items() if isinstance(v, str)}
        self.errors: dict[str, str] = {}

    def wrong(self, name: str, message: str) -> None:
        """Say what to type in a field; the first message of a field stays."""
        self.errors.setdefault(name, message)

    def text(self, name: str, missing: str = N_("Fill this in."), longest: int = 200) -> str:
        """Read a required text; `missing` says what to type when it is empty."""
        value = self.optional(name, longest)
        if not value:
            self.wrong(name, missing)
        return value

    def optional(self, name: str, longest: int = 200) -> str:
        """Read a text that may be empty."""
        value = self.values.get(name, "")
        if len(value) > longest:
            self.wrong(name, N_("This is too long. Make it shorter."))
        return value

    def choice(self, name: str, allowed: Collection[str], missing: str = N_("Choose one.")) -> str:
        """Read one of the allowed values."""
        value = self.values.get(name, "")
        if value not in allowed:
            self.wrong(name, missing)
            return ""
        return value

    def ticked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.values.get(name, "") not in {"", "off", "no", "0"}

    def whole(self, name: str, low: int, high: int, message: str) -> int | None:
        """Read a whole number between two bounds, both included."""
        value = self.values.get(name, "")
        if value.isascii() and value.isdigit() and len(value) <= 9 and low <= int(value) <= high:
            return int(value)
        self.wrong(name, message)
        return None

    def phone(self, name: str, *, required: bool = True) -> str:
        """Read a ten-digit US number, given back as 406-555-0123."""
        value = self.values.get(name, "")
        if not value and not required:
            return ""
        digits = "".join(_DIGIT.findall(value))
        if len(digits) == 11:
            digits = digits.removeprefix("1")
        if len(digits) != 10 or _NOT_OF_A_PHONE.search(value):
            self.wrong(name, N_("Enter 10 digits, like 406-555-0123."))
            return ""
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"

    def email(self, name: str, *, required: bool = True) -> str:
        """Read an e-mail address, lower-cased."""
        value = self.values.get(name, "").lower()
        if not value and not required:
            return ""
        if len(value) > 254 or not _EMAIL.fullmatch(value):
            self.wrong(name, N_("Enter an e-mail address, like name@example.org."))
            return ""
        return value

    def day(self, name: str, message: str) -> date | None:
        """Read a date written YYYY-MM-DD, as a date field posts it."""
        try:
            return date.fromisoformat(self.values.get(name, ""))
        except ValueError:
            self.wrong(name, message)
            return None

    def days(self) -> tuple[date, date]:
        """Read the fields `from` and `to`: a first and a last day, in this order, with at most a year between."""
        first, last = (self.day(name, N_("Choose a day.")) for name in ("from", "to"))
        for name, day in (("from", first), ("to", last)):
            if day and not EARLIEST <= day <= LATEST:
                self.wrong(name, N_("Choose a date that is nearer."))
        if first and last and last < first:
            self.wrong("to", N_("The last day is before the first."))
        if first and last and (last - first).days >= MOST_DAYS:
            self.wrong("to", N_("At most a year at once."))
        return first or EARLIEST, last or LATEST

    def time(self, name: str, message: str = N_("Enter a time, like 14:30.")) -> time | None:
        """Read a time of day to the minute, written H:MM, as a time field posts it."""
        found = read_time(self.values.get(name, ""))
        if found is None:
            self.wrong(name, message)
        return found

    def birth_date(self, name: str, today: date) -> date | None:
        """Read a date of birth from three fields, `<name>_month`, `_day` and `_year`; not later than today."""
        parts = [self.values.get(f"{name}_{part}", "") for part in ("year", "month", "day")]
        try:
            if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
                raise ValueError(parts)
            born = date(*(int(part) for part in parts))
        except ValueError:
            self.wrong(name, N_("Enter month, day and a four-digit year, like 4 17 1992."))
            return None
        if born.year < 1900 or born > today:
            self.wrong(name, N_("Check the year of birth."))
            return None
        return born

    def check(self) -> None:
        """Raise Invalid, with what was typed, when any field was wrong."""
        if self.errors:
            raise Invalid(self.errors, self.values)
