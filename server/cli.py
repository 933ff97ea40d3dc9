"""The `curbside` command: serve, migrate, seed."""

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console

from server.app import create_app, make_deps
from server.identity import SettingsWrong, list_domains, prove_domain, sync_issuers
from server.kit import NotFound
from server.migrations import upgrade
from server.seed import seed_demo
from server.settings import Settings
from server.web import Deps, set_up_logging
from signaling import quiet_invalid_text

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Curbside: video visits and curbside consultations.")
_out = Console(stderr=True, highlight=False)
T = TypeVar("T")


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
    asyncio.run(_prepare(settings))
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
    asyncio.run(_prepare(_settings(demo="0")))


@cli.command()
def seed() -> None:
    """Make the demo people and today's visits, where they are missing."""
    asyncio.run(_prepare(_settings(demo="1")))


domains = typer.Typer(no_args_is_help=True, help="E-mail domains for which sign-in issuers speak.")
cli.add_typer(domains, name="domains")


@domains.command("list")
def show_domains() -> None:
    """List every e-mail domain: organization, domain, issuer, and whether it is proved."""
    rows = asyncio.run(_with_deps(_settings(), list_domains))
    for organization, domain, issuer, proved in rows:
        print(f"{organization}\t{domain}\t{issuer}\t{'proved' if proved else 'waiting'}")


@domains.command("prove")
def prove(organization: str, domain: str) -> None:
    """Say that an organization owns an e-mail domain, after you have checked it."""
    try:
        asyncio.run(_with_deps(_settings(), lambda deps: prove_domain(deps, organization, domain)))
    except NotFound:
        _out.print(f"No issuer of an organization called {organization!r} names the domain {domain!r}.")
        raise typer.Exit(1) from None
    _out.print(f"{domain} is proved for {organization}.")


async def _with_deps(settings: Settings, work: Callable[[Deps], Awaitable[T]]) -> T:
    deps, _ = make_deps(settings)
    try:
        return await work(deps)
    finally:
        await deps.database.close()


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
    deps, live = make_deps(settings)
    await upgrade(deps.database, keyring=deps.keyring)
    try:
        if settings.is_demo:
            await seed_demo(deps, live)
        await sync_issuers(deps, settings.oidc_issuers)
    except SettingsWrong as error:
        _out.print(str(error))
        raise typer.Exit(2) from None
    finally:
        await deps.database.close()


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
