"""What every page needs: templates, language, cookies, security headers, limits, errors. No feature knowledge."""

from server.web.assets import Assets
from server.web.cookies import clear_cookie, read_cookie, set_cookie
from server.web.deps import Deps, Ties, deps
from server.web.errors import BACKGROUND, SIGN_IN_YOURSELF, LastResort, exception_handlers
from server.web.language import LANGUAGES, LanguageChoice, Translations, speaking, use_language
from server.web.limits import Limits
from server.web.log import RequestLog, set_up_logging
from server.web.pages import routes
from server.web.prompt import PromptHttp
from server.web.routing import (
    PUBLIC,
    SERVERS,
    Page,
    Policy,
    actor,
    during_call,
    fresh,
    is_local,
    open_to_servers,
    page,
    patients,
    planners,
    portal,
    signed_in,
    staff,
)
from server.web.security import BodyLimit, HeadLimit, SameOrigin, SecurityHeaders, from_same_origin
from server.web.sockets import Sockets
from server.web.templating import (
    Templates,
    ago,
    birthday,
    clock,
    date_name,
    day,
    decimal,
    month_name,
    percent,
    render,
    see_other,
    span_name,
    zone_name,
)

__all__ = [
    "BACKGROUND",
    "LANGUAGES",
    "PUBLIC",
    "SERVERS",
    "SIGN_IN_YOURSELF",
    "Assets",
    "BodyLimit",
    "Deps",
    "HeadLimit",
    "LanguageChoice",
    "LastResort",
    "Limits",
    "Page",
    "Policy",
    "PromptHttp",
    "RequestLog",
    "SameOrigin",
    "SecurityHeaders",
    "Sockets",
    "Templates",
    "Ties",
    "Translations",
    "actor",
    "ago",
    "birthday",
    "clear_cookie",
    "clock",
    "date_name",
    "day",
    "decimal",
    "deps",
    "during_call",
    "exception_handlers",
    "fresh",
    "from_same_origin",
    "is_local",
    "month_name",
    "open_to_servers",
    "page",
    "patients",
    "percent",
    "planners",
    "portal",
    "read_cookie",
    "render",
    "routes",
    "see_other",
    "set_cookie",
    "set_up_logging",
    "signed_in",
    "span_name",
    "speaking",
    "staff",
    "use_language",
    "zone_name",
]
