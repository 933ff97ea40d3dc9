"""Jinja2 templates: strict, escaped, translated, with addresses of static files and icons at hand."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time, format_timedelta, get_timezone_name
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from server.access import Action, may
from server.web.assets import Assets
from server.web.language import LANGUAGES, Translations, current


class Templates:
    """The templates of one folder with everything that they may call."""

    def __init__(self, folder: Path, assets: Assets, translations: Translations) -> None:
        """Set up the environment."""
        self.assets, self.translations = assets, translations
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
        )
        self.environment.install_gettext_callables(translations.gettext, translations.ngettext, newstyle=True)  # type: ignore[attr-defined] # added by the extension
        self.environment.globals.update(
            static=assets.url,
            this_page=this_page,
            ago=ago,
            icon=self._icon,
            clock=clock,
            day_name=day,
            weekday=weekday,
            month_of=month_of,
            date_name=date_name,
            birthday=birthday,
            zone_name=zone_name,
            decimal=decimal,
            lasting=lasting,
            percent=percent,
            language_name=language_name,
            languages=LANGUAGES,
            language=current.get,
            may=lambda who, action: may(who, Action(action)),
        )

    def text(self, name: str, **context: Any) -> str:
        """Render a template to text in the language at hand."""
        return self.environment.get_template(name).render(context)

    def mail(self, name: str, /, **context: Any) -> tuple[str, str]:
        """Write a mail in the language at hand: its subject and its body."""
        return self.text(f"mail/{name}.subject.txt", **context).strip(), self.text(f"mail/{name}.txt", **context)

    def _icon(self, name: str, words: str = "icon") -> Markup:
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            words, self.assets.url("icons.svg"), name
        )


def render(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page. The template also gets `request` and `me`, the actor of the request or None."""
    templates: Templates = request.app.state.deps.templates
    me = getattr(request.state, "actor", None)
    return HTMLResponse(templates.text(name, request=request, me=me, **context), status)


def this_page(request: Request) -> str:
    """Give the path of a request with its query, as a link back to it has them."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def see_other(path: str) -> RedirectResponse:
    """Send the browser on after a post (303)."""
    return RedirectResponse(path, 303)


def clock(moment: datetime, zone: str) -> str:
    """Say a time of day in a zone, as people write it in the language at hand: 10:00 AM."""
    local: time | datetime = moment.astimezone(ZoneInfo(zone))
    return format_time(local, "short", locale=_LOCALE[current.get()]).replace("\u202f", "\u00a0")


# Clinics and patients are in the USA: Spanish too says the time with twelve hours.
_LOCALE = {"en": "en_US", "es": "es_US"}
_JUST_NOW = {"en": "just now", "es": "hace un momento"}
_DAY = {"en": "EEEE, MMMM d", "es": "EEEE, d 'de' MMMM"}
# Spanish would put the day first, which a clinic's staff read as the month: the month is named instead.
_BIRTHDAY = {"en": "M/d/yyyy", "es": "d MMM yyyy"}


def ago(span: timedelta) -> str:
    """Say how long ago something was, which needs no zone: 3 minutes ago, or just now within the minute."""
    if span < timedelta(minutes=1):
        return _JUST_NOW[current.get()]
    return format_timedelta(-span, granularity="minute", add_direction=True, locale=current.get())


def day(moment: datetime, zone: str) -> str:
    """Say the day in a zone: Tuesday, November 24."""
    return format_date(moment.astimezone(ZoneInfo(zone)), _DAY[current.get()], locale=current.get())


def weekday(moment: datetime, zone: str) -> str:
    """Say the day of the week in a zone, in short: Tue."""
    return format_date(moment.astimezone(ZoneInfo(zone)), "EEE", locale=current.get())


def month_of(moment: datetime, zone: str) -> str:
    """Say the month in a zone, as a heading: November."""
    return format_date(moment.astimezone(ZoneInfo(zone)), "LLLL", locale=current.get()).capitalize()


def date_name(day: date) -> str:
    """Say a date with its weekday: Tue, Nov 24, 2026."""
    return format_skeleton("yMMMEd", day, locale=current.get())


def month_name(day: date) -> str:
    """Say the month of a date: November 2026."""
    return format_skeleton("yMMMM", day, locale=current.get())


def span_name(first: date, last: date) -> str:
    """Say from when to when: Nov 22 – 28, 2026."""
    return format_interval(first, last, "yMMMd", locale=current.get())


def birthday(born: date) -> str:
    """Write a date of birth: 4/17/1992, 17 abr 1992."""
    return format_date(born, _BIRTHDAY[current.get()], locale=_LOCALE[current.get()])


def zone_name(zone: str) -> str:
    """Name a zone in words: Mountain Time."""
    return get_timezone_name(ZoneInfo(zone), "long", locale=current.get())


_UNITS: tuple[tuple[str, int, Literal["short", "long"]], ...] = (
    ("day", 86400, "long"),
    ("hour", 3600, "short"),
    ("minute", 60, "short"),
    ("second", 1, "short"),
)


# The one hour of CLDR's short Spanish has the name of many.
_MISNAMED = {"1 horas": "1 h"}


def lasting(seconds: float) -> str:
    """Say how long something took in its two largest units, seconds below ten minutes only: 5 hr 20 min, 3 days."""
    rest = int(seconds)
    if rest >= 600:
        rest -= rest % 60
    said: list[str] = []
    for unit, each, width in _UNITS:
        number, rest = divmod(rest, each)
        if number and len(said) < 2:
            name = format_unit(number, f"duration-{unit}", width, locale=current.get())
            said.append(_MISNAMED.get(name, name))
        elif said:
            break
    return " ".join(said) or format_unit(0, "duration-minute", "short", locale=current.get())


def decimal(number: float) -> str:
    """Write a number with at most one place behind the point: 2.5, 14."""
    return format_decimal(number, "#,##0.#", locale=_LOCALE[current.get()])


def percent(share: float) -> str:
    """Write a part of one as whole percent: 75%."""
    return format_percent(share, locale=_LOCALE[current.get()])


def language_name(code: str) -> str:
    """Name a language by its ISO 639-1 code, in the language at hand: Spanish; the code where nobody has a name."""
    return str(Locale(current.get()).languages.get(code, code))
