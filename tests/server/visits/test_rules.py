"""Decisions about visits: tables for the cases that people meet, properties for all the others."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.visits.rules import (
    OVERDUE,
    Step,
    VisitState,
    VisitTimes,
    in_app_browser,
    is_overdue,
    lacks_licence,
    link_window,
    masked_email,
    patient_step,
    renewed_window,
    room_entrance,
    starts_in,
    visit_state,
)

TEN = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
minutes = st.integers(0, 1440)


def later(**span: float) -> datetime:
    return TEN + timedelta(**span)


# The day's lines


@pytest.mark.parametrize(
    ("times", "state", "count"),
    [
        (VisitTimes("booked", "planned"), VisitState.BOOKED, 0),
        (VisitTimes("noshow", "planned"), VisitState.NO_SHOW, 0),
        (VisitTimes("arrived", "planned"), VisitState.CHECKED_IN, 0),
        (VisitTimes("booked", "cancelled"), VisitState.CANCELLED, 0),
        (VisitTimes("arrived", "arrived", TEN), VisitState.WAITING, 7),
        (VisitTimes("noshow", "arrived", TEN), VisitState.WAITING, 7),
        (VisitTimes("arrived", "in-progress", TEN, later(minutes=3)), VisitState.IN_PROGRESS, 4),
        (VisitTimes("fulfilled", "finished", TEN, TEN), VisitState.FINISHED, 0),
    ],
)
def test_a_line_says_where_the_visit_stands_and_for_how_many_minutes(
    times: VisitTimes, state: VisitState, count: int
) -> None:
    assert visit_state(times, later(minutes=7, seconds=59)) == (state, count)


@given(since=moments, now=moments)
def test_minutes_on_a_line_are_never_negative(since: datetime, now: datetime) -> None:
    _, count = visit_state(VisitTimes("arrived", "arrived", since), now)
    assert count >= 0


# The link's window


def test_a_link_opens_before_the_start_and_closes_after_the_planned_end() -> None:
    assert link_window(TEN, later(minutes=20), 30, 60) == (later(minutes=-30), later(minutes=80))


@given(now=moments, opens=minutes, closes=st.integers(1, 1440))
def test_a_renewed_link_is_still_open_after_it_was_made(now: datetime, opens: int, closes: int) -> None:
    window = link_window(TEN, later(minutes=20), opens, closes)
    opens_at, closes_at = renewed_window(window, closes, now)
    assert now < closes_at
    assert (opens_at, closes_at >= window[1]) == (window[0], True)


def test_a_link_renewed_in_time_keeps_its_window() -> None:
    window = link_window(TEN, later(minutes=20), 30, 60)
    assert renewed_window(window, 60, later(minutes=-600)) == window


# The patient's way in


@pytest.mark.parametrize(
    ("status", "confirmed", "step"),
    [
        ("planned", False, Step.BEFORE),
        ("arrived", False, Step.BEFORE),
        ("planned", True, Step.ROOM),
        ("arrived", True, Step.ROOM),
        ("in-progress", True, Step.ROOM),
        ("finished", True, Step.CLOSED),
        ("finished", False, Step.CLOSED),
        ("cancelled", True, Step.CLOSED),
    ],
)
def test_nobody_reaches_the_room_without_confirming_and_nobody_a_visit_that_is_over(
    status: str, confirmed: bool, step: Step
) -> None:
    assert patient_step(status, confirmed=confirmed) is step


@pytest.mark.parametrize(
    ("standing", "entrance"), [(None, "check"), ("waiting", "waiting"), ("admitted", "call"), ("removed", "check")]
)
def test_the_room_begins_where_the_seat_stands(standing: str | None, entrance: str) -> None:
    assert room_entrance(standing) == entrance


@pytest.mark.parametrize(("standing", "entrance"), [(None, "waiting"), ("waiting", "waiting"), ("admitted", "call")])
def test_who_pressed_join_already_skips_the_device_check_and_nothing_else(standing: str | None, entrance: str) -> None:
    assert room_entrance(standing, joining=True) == entrance


@pytest.mark.parametrize(
    ("late", "now", "overdue"),
    [
        (None, OVERDUE, True),
        (None, OVERDUE - timedelta(seconds=1), False),
        (20, OVERDUE, False),
        (20, OVERDUE + timedelta(minutes=20), True),
    ],
)
def test_nobody_comes_is_said_after_the_announced_delay_and_a_pause(
    late: int | None, now: timedelta, overdue: bool
) -> None:
    assert is_overdue(TEN, late, TEN + now) is overdue


@pytest.mark.parametrize(("seconds", "count"), [(600, 10), (61, 2), (60, 1), (1, 1), (0, 0), (-500, 0)])
def test_minutes_until_the_start_are_rounded_up(seconds: int, count: int) -> None:
    assert starts_in(later(seconds=seconds), TEN) == count


# Licences and addresses


@pytest.mark.parametrize(
    ("state", "warn"), [("MT", False), ("WY", True), ("", False)], ids=["licensed", "elsewhere", "not known yet"]
)
def test_a_warning_is_due_where_the_patient_is_without_a_licence_there(state: str, warn: bool) -> None:
    assert lacks_licence(frozenset({"MT", "ID"}), state) is warn


@pytest.mark.parametrize(
    ("address", "shown"), [("maria@example.org", "m•••@example.org"), ("", ""), ("nonsense", ""), ("@host", "•••@host")]
)
def test_an_address_is_shown_so_that_only_its_owner_knows_it(address: str, shown: str) -> None:
    assert masked_email(address) == shown


# Browsers inside apps. User agents as the apps send them.

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/BP1A.250505.005; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0"
VIEW = "Version/4.0 Chrome/137.0.7151.61 Mobile Safari/537.36"

IOS_APPS = {
    "facebook": f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/517.0.0.38.106;FBBV/734812245;FBDV/iPhone15,2;FBLC/en_US]",
    "messenger": f"{IPHONE} Mobile/15E148 [FBAN/MessengerForiOS;FBAV/510.0.0;FBDV/iPhone14,5]",
    "instagram": f"{IPHONE} Mobile/15E148 Instagram 385.0.0.23.81 (iPhone15,3; iOS 18_5; en_US; en; scale=3.00)",
    "threads": f"{IPHONE} Mobile/15E148 Barcelona 385.0.0.26.81 (iPhone16,1; iOS 18_5; en_US; en; scale=3.00)",
    "google app, where mail of Gmail opens too": f"{IPHONE} GSA/371.0.768651 Mobile/15E148 Safari/604.1",
    "linkedin": f"{IPHONE} Mobile/15E148 [LinkedInApp]/9.31.1310",
    "line": f"{IPHONE} Mobile/15E148 Safari Line/15.8.0",
    "tiktok": f"{IPHONE} Mobile/15E148 musical_ly_40.1.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en",
    "tiktok, newer": f"{IPHONE} Mobile/15E148 trill_400103 BytedanceWebview/d8a21c6 AppName/trill",
    "snapchat": f"{IPHONE} Mobile/15E148 Snapchat/13.42.0.48 (like Safari/8621.2.5.10.10, panda)",
    "pinterest": f"{IPHONE} Mobile/15E148 [Pinterest/iOS]",
    "twitter": f"{IPHONE} Mobile/22F76 Twitter for iPhone/11.2",
    "wechat": f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.60(0x18003c2d) NetType/WIFI Language/en",
    "kakaotalk": f"{IPHONE} Mobile/15E148 KAKAOTALK 25.4.2",
    "naver": f"{IPHONE} Mobile/15E148 NAVER(inapp; search; 2000; 12.13.1; 15PRO)",
    "outlook": f"{IPHONE} Mobile/15E148 Outlook-iOS/709.2226530.prod.iphone (4.2518.0)",
    "yahoo mail": f"{IPHONE} Mobile/15E148 YahooMobileMail/1.0 (iPhone; Mail; 7.52)",
    "any app's web view": f"{IPHONE} Mobile/15E148",
    "web view on an iPad": f"{IPAD} Mobile/15E148",
    "web view on an iPad that asks for desktop pages": MAC,
}
ANDROID_APPS = {
    "facebook": f"{PIXEL} {VIEW} [FB_IAB/FB4A;FBAV/517.0.0.38.106;IABMV/1;]",
    "instagram": f"{PIXEL} {VIEW} Instagram 385.0.0.47.74 Android (35/15; 420dpi; 1080x2268; Google; Pixel 8)",
    "google app": f"{PIXEL} {VIEW} GSA/16.20.48.sa.arm64",
    "linkedin": f"{PIXEL} {VIEW} LinkedInApp/4.1.1100",
    "line": f"{PIXEL} {VIEW} Line/15.8.1/IAB",
    "tiktok": f"{PIXEL} {VIEW} trill_2024003 BytedanceWebview/d8a21c6",
    "whatsapp": "WhatsApp/2.25.15.76 A",
    "telegram": f"Mozilla/5.0 (Linux; Android 15; K) {CHROMIUM} Mobile Safari/537.36 Telegram-Android/11.12.0 (Google)",
    "outlook": f"{PIXEL} {VIEW} Outlook-Android/2.0",
    "teams": f"{PIXEL} {VIEW} TeamsMobile-Android",
    "reddit": f"{PIXEL} {VIEW} Reddit/Version 2025.20.0",
    "slack": f"{PIXEL} {VIEW} Slack/25.05.40",
    "any app's web view": f"{PIXEL} {VIEW}",
    "web view of Android 7": "Mozilla/5.0 (Linux; Android 7.0; SM-G930V; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/59.0.3071.125 Mobile Safari/537.36",
}
BROWSERS = {
    "safari on an iPhone": f"{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1",
    "safari on an iPad": f"{IPAD} Version/18.5 Mobile/15E148 Safari/604.1",
    "safari on a Mac, and on an iPad that asks for desktop pages": f"{MAC} Version/18.5 Safari/605.1.15",
    "chrome on an iPhone": f"{IPHONE} CriOS/137.0.7151.34 Mobile/15E148 Safari/604.1",
    "firefox on an iPhone": f"{IPHONE} FxiOS/139.0 Mobile/15E148 Safari/605.1.15",
    "edge on an iPhone": f"{IPHONE} Version/18.0 EdgiOS/136.0.3240.91 Mobile/15E148 Safari/604.1",
    "opera on an iPhone": f"{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.4.0",
    "duckduckgo on an iPhone": f"{IPHONE} Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    "chrome on Android": f"Mozilla/5.0 (Linux; Android 10; K) {CHROMIUM} Mobile Safari/537.36",
    "firefox on Android": "Mozilla/5.0 (Android 15; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0",
    "edge on Android": f"Mozilla/5.0 (Linux; Android 10; K) {CHROMIUM} Mobile Safari/537.36 EdgA/136.0.0.0",
    "samsung internet": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "duckduckgo on Android": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/137.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
    "chrome on Windows": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROMIUM} Safari/537.36",
    "edge on Windows": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROMIUM} Safari/537.36 Edg/137.0.0.0",
    "firefox on Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "firefox on a Mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:139.0) Gecko/20100101 Firefox/139.0",
    "chrome on a Mac": f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROMIUM} Safari/537.36",
    "chrome on a Chromebook": f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROMIUM} Safari/537.36",
    "chromium on Linux": f"Mozilla/5.0 (X11; Linux x86_64) {CHROMIUM} Safari/537.36",
    "nothing sent": "",
}


@pytest.mark.parametrize("user_agent", IOS_APPS.values(), ids=IOS_APPS.keys())
def test_an_apps_own_browser_on_an_iphone_is_recognised(user_agent: str) -> None:
    assert in_app_browser(user_agent) == "ios"


@pytest.mark.parametrize("user_agent", ANDROID_APPS.values(), ids=ANDROID_APPS.keys())
def test_an_apps_own_browser_on_android_is_recognised(user_agent: str) -> None:
    assert in_app_browser(user_agent) == "android"


@pytest.mark.parametrize("user_agent", BROWSERS.values(), ids=BROWSERS.keys())
def test_a_real_browser_is_left_alone(user_agent: str) -> None:
    assert in_app_browser(user_agent) == ""


@given(st.text(max_size=300))
def test_any_user_agent_is_survived(user_agent: str) -> None:
    assert in_app_browser(user_agent) in {"", "ios", "android"}
