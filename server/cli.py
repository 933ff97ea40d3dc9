"""The `curbside` command: serve, migrate, seed, keys."""

import asyncio
import ipaddress
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console

from server.app import create_app, make_deps
from server.db import Database
from server.key_commands import list_keys, retire_key, rotate_keys, usable_keys
from server.keys import remember_keys
from server.kit import utc_now
from server.kit.keyfile import KeyTrouble
from server.migrations import upgrade
from server.seed import seed_demo
from server.settings import Settings
from server.web import PromptHttp, set_up_logging
from signaling import quiet_invalid_text

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Curbside: video visits and curbside consultations.")
keys = typer.Typer(no_args_is_help=True, help="The keys that sealed data is wrapped with.")
cli.add_typer(keys, name="keys")
_out = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command."""
    cli()


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate file (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key file of the certificate (PEM).")] = None,
) -> None:
    """Bring the database up to date and serve. In the demo, demo people and today's visits are made first."""
    settings = _with_address(_settings(), host, port, tls=tls_cert is not None)
    _refuse_public_demo(settings, host)
    set_up_logging(settings.log_level)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(quiet_invalid_text)
    _run(_prepare(settings))
    _greet(settings)
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        access_log=False,
        server_header=False,
        log_level="warning",
        http=PromptHttp,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=2,
        ws_ping_timeout=3,
        ws_max_size=128 * 1024,
        timeout_graceful_shutdown=3,
    )


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    _run(_prepare(_settings(demo="0")))


@cli.command()
def seed() -> None:
    """Make the demo people and today's visits, where they are missing."""
    _run(_prepare(_settings(demo="1")))


@keys.command("list")
def show_keys() -> None:
    """List the keys, what each is for, and how many values it holds."""
    _run(list_keys(_settings(), _say))


@keys.command("rotate")
def rotate() -> None:
    """Make a new key and wrap all sealed data with it, while the service runs. Run it again if it was interrupted."""
    _run(rotate_keys(_settings(), _say))


@keys.command("retire")
def retire(key_id: Annotated[str, typer.Argument(help="The key's id, as `curbside keys list` shows it.")]) -> None:
    """Take away a key that nothing is wrapped with any more."""
    _run(retire_key(_settings(), key_id, _say))


def _say(line: str) -> None:
    _out.print(line, markup=False, soft_wrap=True)


def _settings(**fixed: Any) -> Settings:
    """Read the settings; say in words which one cannot be read, and end."""
    try:
        return Settings(**fixed)
    except ValidationError as error:
        for wrong in error.errors():
            _out.print(f"CURBSIDE_{str(wrong['loc'][0]).upper()}: {wrong['msg']}")
        raise typer.Exit(2) from None


async def _prepare(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database_address)
    try:
        keyring = (await usable_keys(settings, database)).keyring
        await upgrade(database, keyring=keyring)
        await remember_keys(database, keyring, utc_now())
        if settings.is_demo:
            await seed_demo(*make_deps(settings, database=database))
    finally:
        await database.close()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Do it; say in words what is wrong with the keys, and end."""
    try:
        asyncio.run(work)
    except KeyTrouble as trouble:
        _out.print(str(trouble), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _with_address(settings: Settings, host: str, port: int, *, tls: bool) -> Settings:
    """Fill in the public address from where the server listens, when none is set."""
    if settings.public_url:
        return settings
    name = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 - compared, not bound
    return settings.model_copy(update={"public_url": f"{'https' if tls else 'http'}://{name}:{port}"})


def _refuse_public_demo(settings: Settings, host: str) -> None:
    if settings.demo != "1" or _is_loopback(host):
        return
    _out.print("The demo signs anybody in, so it listens on this machine only.")
    _out.print(f"Use --host 127.0.0.1, or set CURBSIDE_DEMO=public to show it on {host} all the same.")
    raise typer.Exit(2)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _greet(settings: Settings) -> None:
    _out.print(f"Curbside  {settings.public_url}" + ("  (demo: sign in with one click)" if settings.is_demo else ""))


if __name__ == "__main__":
    main()
