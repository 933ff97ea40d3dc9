"""Templates: strict and escaped; times, days and zones as people say them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from server.web import (
    Assets,
    Templates,
    Translations,
    ago,
    birthday,
    clock,
    day,
    decimal,
    lasting,
    percent,
    see_other,
    speaking,
    zone_name,
)

if TYPE_CHECKING:
    from tests.cast import World

ZONE = "America/Denver"
FIVE_PM_UTC = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/icons.svg").write_text("<svg/>")
    (tmp_path / "name.html").write_text("<b>{{ who }}</b>")
    (tmp_path / "name.txt").write_text("{{ who }}")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/hello.subject.txt").write_text("For {{ who }}\n")
    (tmp_path / "mail/hello.txt").write_text("Hello {{ who }}")
    (tmp_path / "icon.html").write_text("{{ icon('mic') }}")
    (tmp_path / "trans.html").write_text("{% trans who=who %}Hello {{ who }}{% endtrans %}")
    return Templates(tmp_path, Assets(tmp_path / "static"), Translations(tmp_path))


def test_what_a_person_typed_is_escaped(templates: Templates) -> None:
    assert templates.text("name.html", who="<script>") == "<b>&lt;script&gt;</b>"


def test_what_a_person_typed_is_escaped_within_a_translated_sentence(templates: Templates) -> None:
    assert templates.text("trans.html", who="<script>") == "Hello &lt;script&gt;"


def test_plain_text_of_a_mail_is_not_escaped(templates: Templates) -> None:
    assert templates.text("name.txt", who="O'Brien & Sons") == "O'Brien & Sons"


def test_a_mail_is_a_subject_of_one_line_and_a_body(templates: Templates) -> None:
    assert templates.mail("hello", who="O'Brien") == ("For O'Brien", "Hello O'Brien")


def test_a_value_that_was_forgotten_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError):
        templates.text("name.html")


def test_an_icon_is_hidden_from_screen_readers_and_part_of_the_release(templates: Templates) -> None:
    address = templates.assets.url("icons.svg")
    assert templates.text("icon.html") == f'<svg class="icon" aria-hidden="true"><use href="{address}#mic"/></svg>'


@pytest.mark.parametrize(("language", "said"), [("en", "10:00\u00a0AM"), ("es", "10:00\u00a0a.m.")])
def test_a_time_is_said_in_the_zone_and_the_language(language: str, said: str) -> None:
    with speaking(language):
        assert clock(FIVE_PM_UTC, ZONE) == said


@pytest.mark.parametrize(("language", "said"), [("en", "Tuesday, November 24"), ("es", "martes, 24 de noviembre")])
def test_a_day_is_said_in_words(language: str, said: str) -> None:
    with speaking(language):
        assert day(FIVE_PM_UTC, ZONE) == said


def test_a_day_is_the_zones_day() -> None:
    assert day(datetime(2026, 11, 25, 6, 59, tzinfo=UTC), ZONE) == "Tuesday, November 24"
    assert day(datetime(2026, 11, 25, 7, 0, tzinfo=UTC), ZONE) == "Wednesday, November 25"


@pytest.mark.parametrize(("language", "said"), [("en", "4/17/1992"), ("es", "17 abr 1992")])
def test_a_date_of_birth_cannot_be_read_the_wrong_way_round(language: str, said: str) -> None:
    with speaking(language):
        assert birthday(date(1992, 4, 17)) == said


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", ZONE, "Mountain Time"),
        ("es", ZONE, "hora de las Montañas Rocosas"),
        ("en", "America/Chicago", "Central Time"),
    ],
)
def test_a_zone_is_named_in_words(language: str, zone: str, said: str) -> None:
    with speaking(language):
        assert zone_name(zone) == said


@pytest.mark.parametrize(
    ("language", "span", "said"),
    [
        ("en", timedelta(seconds=59), "just now"),
        ("es", timedelta(0), "hace un momento"),
        ("en", timedelta(minutes=3), "3 minutes ago"),
        ("en", timedelta(days=2, hours=3), "2 days ago"),
        ("es", timedelta(hours=1), "hace 1 hora"),
    ],
)
def test_how_long_ago_is_said_in_words(language: str, span: timedelta, said: str) -> None:
    with speaking(language):
        assert ago(span) == said


def test_after_a_post_the_browser_is_sent_on_with_a_get() -> None:
    answer = see_other("/today")
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")


@pytest.mark.anyio
async def test_a_page_is_answered_with_its_status(site: "World") -> None:
    answer = await site.browser().post("/login", data={})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("number", "said"), [(14, "14"), (2.54, "2.5"), (1234.5, "1,234.5"), (0.04, "0")])
def test_a_number_has_one_place_behind_the_point_where_there_is_something_to_say(number: float, said: str) -> None:
    assert decimal(number) == said


def test_a_part_is_said_in_whole_percent() -> None:
    assert (percent(0.254), percent(1)) == ("25%", "100%")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min"),
        (24, "24 sec"),
        (82, "1 min 22 sec"),
        (725, "12 min"),
        (19_200, "5 hr 20 min"),
        (74_040, "20 hr 34 min"),
        (86_400, "1 day"),
        (273_600, "3 days 4 hr"),
        (259_260, "3 days"),
    ],
)
def test_how_long_something_took_is_said_in_its_two_largest_units(seconds: int, said: str) -> None:
    assert lasting(seconds) == said


def test_how_long_something_took_is_said_in_spanish() -> None:
    with speaking("es"):
        assert lasting(273_600) == "3 días 4 h"


def test_one_hour_is_one_in_spanish_too() -> None:
    with speaking("es"):
        assert (lasting(3900), lasting(90_000)) == ("1 h 5 min", "1 día 1 h")
