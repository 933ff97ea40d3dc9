"""Language: English and Spanish, chosen by the switch, else the patient's record, else the browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES = {"en": "English", "es": "Español"}
COOKIE = "language"

current: ContextVar[str] = ContextVar("language", default="en")


class Translations:
    """The catalogues, compiled from the `.po` files once at start, so that no built file can be stale."""

    def __init__(self, folder: Path) -> None:
        """Read `<language>/*.po`, a file per subject; English has none, its texts are the message ids."""
        self._catalogs = {language: _compile(language, folder / language) for language in LANGUAGES}

    def gettext(self, message: str) -> str:
        """Translate into the language of the request at hand."""
        return self._catalogs[current.get()].gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Translate a text with a number in it."""
        return self._catalogs[current.get()].ngettext(one, many, count)


def _compile(language: str, folder: Path) -> NullTranslations:
    files = sorted(folder.glob("*.po"))
    if not files:
        return NullTranslations()
    first, *others = files
    whole = _read(language, first)
    for path in others:
        for message in _read(language, path):
            if message.id:
                whole[message.id] = message
    built = BytesIO()
    write_mo(built, whole)
    built.seek(0)
    return GNUTranslations(built)


def _read(language: str, path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def choose(switched: str, record: str, accepted: str) -> str:
    """Pick a language: what was switched to, else the record's, else the best the browser accepts, else English."""
    for wish in (switched, record):
        if wish in LANGUAGES:
            return wish
    wishes = [part.partition(";")[0].strip() for part in accepted.split(",")[:10]]
    return negotiate_locale([w for w in wishes if w], list(LANGUAGES), sep="-") or "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say things in a language for a while, as for a mail to somebody who is not there."""
    token = current.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        current.reset(token)


def use_language(connection: HTTPConnection, record: str = "") -> str:
    """Set the language of this request; `record` is what the patient's record says. Gives the language back."""
    language = choose(connection.cookies.get(COOKIE, ""), record, connection.headers.get("accept-language", ""))
    current.set(language)
    return language


class LanguageChoice:
    """ASGI middleware that starts every request in the language of its switch or browser."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in its language."""
        if scope["type"] == "http":
            use_language(HTTPConnection(scope))
        await self.app(scope, receive, send)
