"""Reading posted forms: what is right comes out typed, what is wrong is said next to its field, nothing breaks."""

from datetime import date, time
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit import Form, Invalid

TODAY = date(2026, 11, 24)
LATER = "Enter a number of minutes."


def test_text_comes_without_the_blanks_around_it() -> None:
    assert Form({"name": "  Maria  Alvarez\n"}).text("name") == "Maria  Alvarez"


def test_a_missing_text_says_what_to_type() -> None:
    form = Form({"name": "   "})
    assert form.text("name", "Enter a name.") == ""
    assert form.errors == {"name": "Enter a name."}


def test_a_text_that_may_be_empty_is_no_error() -> None:
    form = Form({})
    assert form.optional("note") == ""
    form.check()


def test_a_text_that_is_too_long_is_said_so() -> None:
    form = Form({"name": "x" * 11})
    form.text("name", longest=10)
    assert "too long" in form.errors["name"]


def test_a_file_counts_as_left_empty() -> None:
    assert Form({"name": BytesIO(b"a file")}).optional("name") == ""


@given(st.text())
def test_text_never_holds_control_characters(typed: str) -> None:
    read = Form({"name": typed}).optional("name", longest=10_000)
    assert not set(read) & {chr(code) for code in (*range(9), *range(11, 32), 127)}


def test_lines_of_a_longer_text_stay() -> None:
    assert Form({"note": "one\r\ntwo"}).text("note") == "one\ntwo"


def test_one_of_the_offered_values_is_taken() -> None:
    assert Form({"state": "MT"}).choice("state", {"MT", "ID"}) == "MT"


@pytest.mark.parametrize("posted", [{}, {"state": "ZZ"}, {"state": ""}])
def test_a_value_that_was_not_offered_is_refused(posted: dict[str, str]) -> None:
    form = Form(posted)
    assert form.choice("state", {"MT", "ID"}, "Choose a state.") == ""
    assert form.errors == {"state": "Choose a state."}


@pytest.mark.parametrize(("value", "ticked"), [("on", True), ("1", True), ("", False), ("off", False), ("0", False)])
def test_a_box_is_ticked_or_not(value: str, ticked: bool) -> None:
    assert Form({"send": value}).ticked("send") is ticked


def test_a_box_that_was_not_posted_is_not_ticked() -> None:
    assert Form({}).ticked("send") is False


@pytest.mark.parametrize("number", [5, 20, 240])
def test_a_whole_number_within_its_bounds_is_taken(number: int) -> None:
    assert Form({"minutes": str(number)}).whole("minutes", 5, 240, LATER) == number


@pytest.mark.parametrize("typed", ["", "4", "241", "-20", "2.5", "٢٠", "²", "9" * 5000, "1e2", "0x10"])
def test_no_whole_number_or_one_out_of_bounds_is_refused(typed: str) -> None:
    form = Form({"minutes": typed})
    assert form.whole("minutes", 5, 240, LATER) is None
    assert form.errors == {"minutes": LATER}


@given(
    st.from_regex(r"[0-9]{10}", fullmatch=True), st.sampled_from(["{}{}{}", "({}) {}-{}", "+1 {} {} {}", "1.{}.{}.{}"])
)
def test_ten_digits_are_a_phone_number_however_they_are_written(digits: str, style: str) -> None:
    parts = digits[:3], digits[3:6], digits[6:]
    assert Form({"phone": style.format(*parts)}).phone("phone") == "-".join(parts)


@given(st.text(max_size=30))
def test_a_phone_number_is_written_in_one_way_or_refused(typed: str) -> None:
    form = Form({"phone": typed})
    read = form.phone("phone")
    assert form.errors or (len(read) == 12 and read.isascii() and Form({"phone": read}).phone("phone") == read)


@pytest.mark.parametrize("typed", ["", "555-0123", "406-555-01234", "406-555-0123 x9", "٤٠٦٥٥٥٠١٢٣", "2 406 555 0123"])
def test_what_is_no_phone_number_is_refused(typed: str) -> None:
    form = Form({"phone": typed})
    assert form.phone("phone") == ""
    assert "10 digits" in form.errors["phone"]


def test_a_phone_number_may_be_left_out_where_it_may() -> None:
    form = Form({"phone": ""})
    assert form.phone("phone", required=False) == ""
    assert form.errors == {}


def test_an_email_address_comes_in_lower_case() -> None:
    assert Form({"email": " M.Alvarez@Example.ORG "}).email("email") == "m.alvarez@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "maria",
        "maria@home",
        "a@b@example.org",
        "maria @example.org",
        "maria@example..org",
        "x" * 65 + "@example.org",
        "maria@" + "x" * 250 + ".org",
        "maria@example.org\nBcc: outsider@example.org",
        "outsider@example.org,maria@example.org",
        "a,maria@example.org",
        "maria@example.org;outsider",
        '"maria"@example.org',
        "<maria@example.org>",
    ],
)
def test_what_is_not_exactly_one_email_address_is_refused(typed: str) -> None:
    form = Form({"email": typed})
    assert form.email("email") == ""
    assert "e-mail address" in form.errors["email"]


def test_an_email_address_may_be_left_out_where_it_may() -> None:
    form = Form({})
    assert form.email("email", required=False) == ""
    assert form.errors == {}


def test_a_day_is_read_as_a_date_field_posts_it() -> None:
    assert Form({"day": "2026-11-24"}).day("day", "Choose a day.") == TODAY


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-02-30", "11/24/2026", "9" * 400])
def test_what_is_no_day_is_refused(typed: str) -> None:
    form = Form({"day": typed})
    assert form.day("day", "Choose a day.") is None
    assert form.errors == {"day": "Choose a day."}


def born(month: str, day: str, year: str) -> Form:
    return Form({"born_month": month, "born_day": day, "born_year": year})


def test_a_date_of_birth_is_read_from_its_three_fields() -> None:
    assert born("4", "17", "1992").birth_date("born", TODAY) == date(1992, 4, 17)


def test_who_is_born_today_has_a_date_of_birth() -> None:
    assert born("11", "24", "2026").birth_date("born", TODAY) == TODAY


@pytest.mark.parametrize(
    ("month", "day", "year"),
    [
        ("", "", ""),
        ("2", "30", "1992"),
        ("13", "1", "1992"),
        ("April", "17", "1992"),
        ("4", "17", "9" * 30),
        ("4", "٢", "1992"),
    ],
)
def test_what_is_no_date_of_birth_is_refused(month: str, day: str, year: str) -> None:
    form = born(month, day, year)
    assert form.birth_date("born", TODAY) is None
    assert "four-digit year" in form.errors["born"]


@pytest.mark.parametrize(("day", "year"), [("25", "2026"), ("17", "92"), ("17", "1899")])
def test_a_year_that_cannot_be_is_asked_about(day: str, year: str) -> None:
    form = born("11", day, year)
    assert form.birth_date("born", TODAY) is None
    assert "year of birth" in form.errors["born"]


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_a_date_of_birth_is_a_date_or_an_error_whatever_is_typed(month: str, day: str, year: str) -> None:
    form = born(month, day, year)
    assert (form.birth_date("born", TODAY) is None) == bool(form.errors)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-01-01", "2026-12-31", {}),
        ("2026-01-01", "2026-01-01", {}),
        ("soon", "2026-01-01", {"from": "Choose a day."}),
        ("1999-12-31", "2000-01-01", {"from": "Choose a date that is nearer."}),
        ("2026-01-02", "2026-01-01", {"to": "The last day is before the first."}),
        ("2026-01-01", "2027-01-02", {"to": "At most a year at once."}),
    ],
)
def test_a_span_of_days_is_in_order_and_a_year_at_most(first: str, last: str, said: dict[str, str]) -> None:
    form = Form({"from": first, "to": last})
    days = form.days()
    assert form.errors == said
    assert bool(said) or [day.isoformat() for day in days] == [first, last]


def test_the_first_message_of_a_field_stays() -> None:
    form = Form({})
    form.wrong("email", "first")
    form.wrong("email", "second")
    assert form.errors == {"email": "first"}


def test_a_form_without_errors_passes() -> None:
    form = Form({"name": "Maria"})
    form.check()
    assert form.errors == {}


def test_a_form_with_errors_shows_what_was_typed_again() -> None:
    form = Form({"name": "Maria", "phone": "12"})
    form.phone("phone")
    with pytest.raises(Invalid) as raised:
        form.check()
    assert raised.value.values == {"name": "Maria", "phone": "12"}
    assert set(raised.value.errors) == {"phone"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("9:05", time(9, 5)),
        ("14:30:59", time(14, 30)),
        ("24:00", None),
        ("09:00+02:00", None),
        ("٠٩:٠٠", None),
        ("", None),
    ],
)
def test_a_time_is_read_to_the_minute_and_without_a_zone(typed: str, read: time | None) -> None:
    form = Form({"at": typed})
    assert form.time("at") == read
    assert form.errors == ({} if read else {"at": "Enter a time, like 14:30."})
