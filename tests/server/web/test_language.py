"""English and Spanish: the switch wins, then the patient's record, then the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.requests import HTTPConnection

from server.web import Translations, speaking, use_language
from server.web.language import choose, current

if TYPE_CHECKING:
    from tests.cast import World

CATALOGUE = """
msgid ""
msgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Continue"
msgstr "Continuar"

msgid "%(num)d minute"
msgid_plural "%(num)d minutes"
msgstr[0] "%(num)d minuto"
msgstr[1] "%(num)d minutos"
"""


@pytest.fixture
def translations(tmp_path: Path) -> Translations:
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "visits.po").write_text(CATALOGUE)
    (tmp_path / "es" / "notes.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Note"\nmsgstr "Nota"\n')
    return Translations(tmp_path)


def test_a_language_may_have_a_catalogue_for_each_subject(translations: Translations) -> None:
    with speaking("es"):
        assert translations.gettext("Note") == "Nota"
        assert translations.gettext("Continue") == "Continuar"


@pytest.mark.parametrize(
    ("switched", "record", "accepted", "language"),
    [
        ("es", "en", "en", "es"),
        ("", "es", "en-US,en;q=0.9", "es"),
        ("", "", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("", "", "en-GB", "en"),
        ("", "", "fr-FR,fr;q=0.9,es;q=0.8", "es"),
        ("", "", "fr-FR", "en"),
        ("", "", "", "en"),
        ("xx", "yy", "es", "es"),
        ("../..", "", "\x00;;;,,,", "en"),
        ("", "", ",".join(["fr"] * 10 + ["es"]), "en"),  # nobody has ten languages: the rest is not read
    ],
)
def test_a_language_is_chosen(switched: str, record: str, accepted: str, language: str) -> None:
    assert choose(switched, record, accepted) == language


def test_english_texts_are_their_own_names(translations: Translations) -> None:
    with speaking("en"):
        assert translations.gettext("Continue") == "Continue"


def test_a_text_is_said_in_the_language_at_hand(translations: Translations) -> None:
    with speaking("es"):
        assert translations.gettext("Continue") == "Continuar"


@pytest.mark.parametrize(("count", "said"), [(1, "%(num)d minuto"), (20, "%(num)d minutos")])
def test_a_text_with_a_number_follows_the_languages_grammar(translations: Translations, count: int, said: str) -> None:
    with speaking("es"):
        assert translations.ngettext("%(num)d minute", "%(num)d minutes", count) == said


def test_no_text_stays_no_text(translations: Translations) -> None:
    with speaking("es"):
        assert translations.gettext("") == ""  # and not the head of the catalogue


def test_a_text_that_nobody_translated_is_said_in_english(translations: Translations) -> None:
    with speaking("es"):
        assert translations.gettext("Brand new") == "Brand new"


def test_after_speaking_another_language_the_first_one_is_back() -> None:
    with speaking("es"):
        with speaking("en"):
            assert current.get() == "en"
        assert current.get() == "es"


def test_a_language_that_is_not_ours_is_spoken_in_english() -> None:
    with speaking("fr"):
        assert current.get() == "en"


def test_a_page_can_follow_the_patients_record() -> None:
    with speaking("en"):
        assert use_language(HTTPConnection({"type": "http", "headers": []}), record="es") == "es"
        assert current.get() == "es"


@pytest.mark.anyio
async def test_a_page_comes_in_the_browsers_language(site: "World") -> None:
    page = await site.browser().get("/login", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert '<html lang="es">' in page.text


@pytest.mark.anyio
async def test_the_next_request_starts_anew(site: "World") -> None:
    browser = site.browser()
    await browser.get("/login", headers={"Accept-Language": "es"})
    assert '<html lang="en">' in (await browser.get("/login")).text
