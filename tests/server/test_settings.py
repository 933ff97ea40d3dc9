"""Settings: read from CURBSIDE_* alone, checked when the server starts, complete without any."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from server.settings import Settings


def test_a_single_machine_needs_no_setting() -> None:
    settings = Settings()
    assert settings.database_address == "sqlite+aiosqlite:///var/curbside.db"
    assert settings.is_demo is False
    assert settings.stun_urls == settings.turn_urls == ()


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURBSIDE_DATA", "elsewhere")
    monkeypatch.setenv("CURBSIDE_TURN_URLS", "turn:a.example.org:3478, turns:b.example.org:5349,")
    monkeypatch.setenv("CURBSIDE_TURN_SECRET", "shared")
    settings = Settings()
    assert settings.data == Path("elsewhere")
    assert settings.turn_urls == ("turn:a.example.org:3478", "turns:b.example.org:5349")


def test_a_variable_without_the_prefix_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("PUBLIC_URL", "https://elsewhere.example.org")
    assert (Settings().demo, Settings().public_url) == ("", "")


def test_settings_do_not_change_while_the_server_runs() -> None:
    settings: Any = Settings()
    with pytest.raises(ValidationError):
        settings.demo = "1"


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("demo", "yes"),
        ("log_level", "loud"),
        ("turn_minutes", 4),
        ("session_idle_minutes", 0),
        ("link_opens_minutes", -1),
    ],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


@pytest.mark.parametrize(
    "url", ["sms.example.org", "ftp://sms.example.org", "https://", "https://name:secret@sms.example.org/"]
)
def test_a_gateway_is_an_address_without_a_secret(url: str) -> None:
    with pytest.raises(ValidationError, match="CURBSIDE_SMS_TOKEN"):
        Settings.model_validate({"sms_url": url})


@pytest.mark.parametrize("body", ["", "to={to}&text={text}", '"{to} {text}"', '{"to": "{to}"}', '{"text": "{text}"}'])
def test_what_a_gateway_is_sent_is_json_with_number_and_text(body: str) -> None:
    with pytest.raises(ValidationError, match="sms_body"):
        Settings.model_validate({"sms_body": body})


def test_signaling_apart_needs_what_the_two_sides_share() -> None:
    with pytest.raises(ValidationError, match="CURBSIDE_BACKPLANE_URL"):
        Settings.model_validate({"signaling_apart": True})
    assert Settings.model_validate({"signaling_apart": True, "backplane_url": "redis://r"}).signaling_apart


@pytest.mark.parametrize(("demo", "is_demo"), [("", False), ("0", False), ("1", True), ("public", True)])
def test_the_demo_is_asked_for_by_name(demo: str, is_demo: bool) -> None:
    assert Settings.model_validate({"demo": demo}).is_demo is is_demo


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://visits.example.org/", "https://visits.example.org"),
        ("HTTPS://Visits.Example.ORG", "https://visits.example.org"),
        ("https://visits.example.org:443", "https://visits.example.org"),
        ("http://visits.example.org:80", "http://visits.example.org"),
        ("https://visits.example.org:8443", "https://visits.example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", ""),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_an_origin(typed: str, origin: str) -> None:
    assert Settings(public_url=typed).public_url == origin


@pytest.mark.parametrize(
    "typed",
    [
        "visits.example.org",
        "ftp://visits.example.org",
        "https://",
        "https://visits.example.org/curbside",
        "https://visits.example.org?x=1",
        "https://visits.example.org#top",
        "https://admin:pw@visits.example.org",
        "https://visits.example.org:port",
    ],
)
def test_a_public_address_that_is_no_origin_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        Settings(public_url=typed)


@pytest.mark.parametrize(
    ("url", "secure"), [("https://a.example.org", True), ("http://127.0.0.1:8000", False), ("", False)]
)
def test_people_are_reached_over_tls_when_the_public_address_says_so(url: str, secure: bool) -> None:
    assert Settings(public_url=url).is_secure is secure


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://curbside@db/curbside", "postgresql+asyncpg://curbside@db/curbside"),
        ("postgres://curbside@db/curbside", "postgresql+asyncpg://curbside@db/curbside"),
        ("sqlite:///x.db", "sqlite+aiosqlite:///x.db"),
        ("postgresql+asyncpg://db/curbside", "postgresql+asyncpg://db/curbside"),
    ],
)
def test_the_databases_driver_need_not_be_named(url: str, address: str) -> None:
    assert Settings(database_url=url).database_address == address


def test_the_public_address_is_the_only_origin() -> None:
    assert Settings(public_url="https://visits.example.org").origins == {"https://visits.example.org"}


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_on_one_machine_both_names_of_loopback_are_origins(name: str) -> None:
    assert Settings(public_url=f"http://{name}:8000").origins == {"http://127.0.0.1:8000", "http://localhost:8000"}


def test_without_a_public_address_nothing_is_an_origin() -> None:
    assert Settings().origins == set()


@pytest.mark.parametrize("setting", ["stun_urls", "turn_urls"])
def test_a_server_of_another_kind_is_refused_at_the_start_and_not_in_a_visit(setting: str) -> None:
    with pytest.raises(ValidationError, match=f"{setting[:4]}.example.org"):
        Settings.model_validate({setting: "https://a.example.org", "turn_secret": "shared"})


def test_turn_servers_without_their_secret_are_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="CURBSIDE_TURN_SECRET"):
        Settings(turn_urls=("turn:turn.example.org:3478",))
    assert Settings(turn_urls=("turn:turn.example.org:3478",), turn_secret="shared").turn_secret


def test_a_relay_alone_without_a_relay_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="CURBSIDE_TURN_URLS"):
        Settings(relay_only=True)


@pytest.mark.parametrize(
    ("text", "address"),
    [("", None), ("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("metrics:1", ("metrics", 1))],
)
def test_metrics_listen_where_it_is_said_or_nowhere(text: str, address: tuple[str, int] | None) -> None:
    assert Settings(metrics_listen=text).metrics_address == address


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", ":9464", "127.0.0.1:port", "http://127.0.0.1:9464", "a@b:1"])
def test_an_address_for_metrics_that_cannot_be_read_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError, match=r"like 127\.0\.0\.1:9464"):
        Settings(metrics_listen=text)


@pytest.mark.parametrize(
    ("public", "contact", "told"),
    [
        ("https://visits.example.org", "", "mailto:postmaster@visits.example.org"),
        ("", "", "mailto:postmaster@localhost"),
        ("https://visits.example.org", "mailto:it@clinic.test", "mailto:it@clinic.test"),
    ],
)
def test_push_services_are_told_whom_to_write_to(public: str, contact: str, told: str) -> None:
    assert Settings(public_url=public, push_contact=contact).push_sender == told


def test_a_contact_that_is_no_mail_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="push_contact"):
        Settings(push_contact="it@clinic.test")
