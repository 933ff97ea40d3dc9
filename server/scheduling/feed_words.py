"""What the owner of a calendar reads when their feed gives nothing: what is wrong, and what to do. Ids for gettext."""

from collections.abc import Mapping

from server.kit import N_
from server.kit.feed import FeedTrouble

FEED_TROUBLES: Mapping[FeedTrouble, str] = {
    FeedTrouble.ADDRESS: N_(
        "This is not the address of a calendar. Copy the secret address in iCal format from your calendar’s settings."
    ),
    FeedTrouble.INSIDE: N_("This address leads inside the server's own network. Whoever runs Curbside can allow it."),
    FeedTrouble.SILENT: N_("Nobody answers at this address. It is tried again by itself."),
    FeedTrouble.GONE: N_("There is no calendar at this address any more. Copy the address again."),
    FeedTrouble.PRIVATE: N_(
        "This calendar asks for a password. Copy its secret address in iCal format, which works without one."
    ),
    FeedTrouble.ANSWER: N_("The calendar’s server has a problem of its own. It is tried again by itself."),
    FeedTrouble.TOO_LARGE: N_("This calendar is larger than 5 MB. Use one that holds less."),
    FeedTrouble.NO_CALENDAR: N_(
        "What is at this address is not a calendar. Copy the address in iCal format; it often ends with .ics."
    ),
    FeedTrouble.TOO_MUCH: N_("This calendar holds more than can be read. Use one that holds less."),
    FeedTrouble.TOO_OFTEN: N_("An event of this calendar repeats every hour or more often, so it is not used."),
}
