"""The `curbside` command: serve, signaling, migrate, seed, setup-link, audit, keys, domains, check."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvicorn
import uvloop
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from server.admin import invite_administrator, join_url
from server.app import create_app, make_deps
from server.audit import Evidence, Fault, Report, Signer, anchor_files, key_text, prune, read_key, verify
from server.check_commands import check_sms, check_turn
from server.db import Database
from server.identity import SettingsWrong, list_domains, new_setup_link, prove_domain, sync_issuers
from server.key_commands import list_keys, retire_key, rotate_keys, usable_keys
from server.keys import remember_keys
from server.kit import NotFound, utc_now
from server.kit.collector import spare_the_code, spare_what_is_here
from server.kit.keyfile import KeyTrouble, load_keys
from server.migrations import upgrade
from server.seed import seed_demo
from server.settings import Settings
from server.signaling_command import serve_signaling
from server.web import Deps, PromptHttp, set_up_logging
from signaling import LeanSocket, quiet_invalid_text, tls_context

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Curbside: video visits and curbside consultations.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail: verify that it is whole, and remove what expired.")
cli.add_typer(audit, name="audit")
keys = typer.Typer(no_args_is_help=True, help="The keys that sealed data is wrapped with.")
cli.add_typer(keys, name="keys")
domains = typer.Typer(no_args_is_help=True, help="E-mail domains for which sign-in issuers speak.")
cli.add_typer(domains, name="domains")
check = typer.Typer(no_args_is_help=True, help="Try out what the settings name.")
cli.add_typer(check, name="check")
_out = Console(stderr=True, highlight=False, soft_wrap=True)
_UNSEALED_SECONDS = 60
_UNREADABLE = "The database cannot be read. Is CURBSIDE_DATA right? `curbside migrate` brings it up to date."
_Found = TypeVar("_Found")


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
    spare_the_code()
    settings = _with_address(_settings(), host, port, tls=tls_cert is not None)
    _refuse_public_demo(settings, host)
    _refuse_public_metrics(settings, port)
    set_up_logging(settings.log_level)
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(quiet_invalid_text)
    _run(_prepare(settings))
    _greet(settings)
    if not settings.is_demo and (address := _run(_setup_address(settings))):
        _out.print(f"To set it up, open this within 24 hours. The link works once:\n{address}", soft_wrap=True)
    app = create_app(settings)
    spare_what_is_here()
    uvicorn.run(
        app,
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
        ws=LeanSocket,
        ws_per_message_deflate=False,
        ws_ping_interval=2,
        ws_ping_timeout=3,
        ws_max_size=128 * 1024,
        timeout_graceful_shutdown=3,
    )


@cli.command()
def signaling(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate file (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key file of the certificate (PEM).")] = None,
) -> None:
    """Serve only the live connections, beside `curbside serve` with CURBSIDE_SIGNALING_APART. Uses no database."""
    settings = _settings()
    _refuse_public_metrics(settings, port)
    if not settings.backplane_url or not settings.public_url:
        _out.print("Signaling apart needs CURBSIDE_BACKPLANE_URL, the Redis that it shares with `curbside serve`,")
        _out.print("and CURBSIDE_PUBLIC_URL, the address that people open. Without them, `curbside serve` does both.")
        raise typer.Exit(2)
    set_up_logging(settings.log_level)
    try:
        keys = load_keys(settings.data, settings.secret_keys, make=False)
        tls = tls_context(tls_cert, tls_key or tls_cert) if tls_cert else None
        uvloop.run(serve_signaling(settings, keys, host, port, tls))
    except (KeyTrouble, OSError) as trouble:
        _out.print(str(trouble), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


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


@audit.command("verify")
def audit_verify(
    anchors: Annotated[
        list[Path] | None, typer.Option(help="A copy of an anchor file, instead of the server's own. May be repeated.")
    ] = None,
    public_key: Annotated[
        list[str] | None, typer.Option(help="A key that heads may be signed with, instead of the server's own.")
    ] = None,
) -> None:
    """Walk every chain and name the first thing that is wrong with it. Ends with 0 when all are whole, else with 1."""
    for path in anchors or ():
        if not path.is_file():
            _out.print(f"There is no file {path}.")
            raise typer.Exit(2)
    try:
        keys = [read_key(text) for text in public_key or ()]
    except ValueError as error:
        _out.print(f"--public-key: {error}")
        raise typer.Exit(2) from None
    began = time.perf_counter()
    report = _run(_with_deps(lambda deps: _verify(deps, anchors or [], keys)))
    _say_report(report, time.perf_counter() - began)
    raise typer.Exit(1 if report.faults else 0)


@audit.command("public-key")
def audit_public_key() -> None:
    """Print the key that verifies the signed heads. Keep a copy elsewhere, beside copies of the anchor file."""
    keys = load_keys(_settings().data, _settings().secret_keys)
    print(key_text(Signer(keys.audit_key).public_key))


@audit.command("prune")
def audit_prune() -> None:
    """Remove events older than CURBSIDE_AUDIT_YEARS, as the server does by itself once a day."""
    removed = _run(_with_deps(prune))
    _out.print(f"{removed:,} events removed")


async def _verify(deps: Deps, copies: list[Path], keys: list[bytes]) -> Report:
    own = [] if copies else anchor_files(deps.settings)
    trusted = keys or [Signer(deps.audit_key).public_key]
    sealed_before = deps.now() - timedelta(seconds=_UNSEALED_SECONDS)
    return await verify(deps.database, Evidence(trusted, own, copies, sealed_before))


def _say_report(report: Report, seconds: float) -> None:
    rows = report.links + report.heads
    counted = f"{report.links:,} events and {report.heads:,} signed heads in {len(report.tails)} chains"
    _out.print(f"{counted}, {rows / max(seconds, 1e-6):,.0f} rows/s")
    for fault in report.faults:
        _out.print(_fault_words(fault))
    if not report.faults:
        _out.print("Every chain is whole.")


def _fault_words(fault: Fault) -> str:
    where = "" if fault.sequence is None else f", number {fault.sequence}"
    which = "" if fault.event_id is None else f", event {fault.event_id}"
    return f"{fault.chain}{where}{which}: {fault.wrong}"


async def _with_deps(work: Callable[[Deps], Awaitable[_Found]]) -> _Found:
    """Open the database as it is, do the work and close it; say so when the database cannot be read."""
    settings = _settings()
    if Database.is_missing(settings.database_address):
        _out.print(_UNREADABLE)
        raise typer.Exit(2)
    database = Database.open(settings.database_address)
    try:
        await usable_keys(settings, database)
        deps, _ = make_deps(settings, database=database)
        return await work(deps)
    except DBAPIError:
        _out.print(_UNREADABLE)
        raise typer.Exit(2) from None
    finally:
        await database.close()


@cli.command("setup-link")
def setup_link(
    organization: Annotated[str, typer.Option(help="Make an administrator's invitation to this organization.")] = "",
) -> None:
    """Print a new one-time link: to set the server up or, with --organization, to become an administrator of one."""
    settings = _with_address(_settings(), "127.0.0.1", 8000, tls=False)
    _run(_prepare(settings))
    address = _run(_invited(settings, organization) if organization else _setup_address(settings))
    if not address:
        words = "There is no organization with this name." if organization else "This server is set up already."
        _out.print(f"{words} Use --organization NAME for a new administrator of an organization.")
        raise typer.Exit(1)
    _out.print(address, soft_wrap=True)


@domains.command("list")
def show_domains() -> None:
    """List every e-mail domain: organization, domain, issuer, and whether it is proved."""
    rows = _run(_with_deps(list_domains))
    for organization, domain, issuer, proved in rows:
        print(f"{organization}\t{domain}\t{issuer}\t{'proved' if proved else 'waiting'}")


@domains.command("prove")
def prove(organization: str, domain: str) -> None:
    """Say that an organization owns an e-mail domain, after you have checked it."""
    try:
        _run(_with_deps(lambda deps: prove_domain(deps, organization, domain)))
    except NotFound:
        _out.print(f"No issuer of an organization called {organization!r} names the domain {domain!r}.")
        raise typer.Exit(1) from None
    _out.print(f"{domain} is proved for {organization}.")


@check.command("turn")
def turn() -> None:
    """Try every STUN and TURN server out as a browser uses it. Ends with 0 when all of them work, else with 1."""
    raise typer.Exit(0 if _run(check_turn(_settings(), utc_now(), _say)) else 1)


@check.command("sms")
def sms(to: Annotated[str, typer.Option(help="A number that gets a message; without it none is sent.")] = "") -> None:
    """Ask whether the gateway for text messages is there and takes one. Ends with 0 when it does, else with 1."""
    raise typer.Exit(0 if _run(check_sms(_settings(), to, _say)) else 1)


def _settings(**fixed: Any) -> Settings:
    """Read the settings; say in words which one cannot be read, and end."""
    try:
        return Settings(**fixed)
    except ValidationError as error:
        for wrong in error.errors():
            named = "".join(f"CURBSIDE_{str(name).upper()}: " for name in wrong["loc"][:1])  # none where two disagree
            _out.print(f"{named}{wrong['msg'].removeprefix('Value error, ')}", markup=False)
        raise typer.Exit(2) from None


async def _setup_address(settings: Settings) -> str:
    """Give the address at which the first administrator sets the server up; empty when there is one."""
    deps, _ = make_deps(settings)
    secret = await new_setup_link(deps)
    await deps.database.close()
    return f"{settings.public_url}/setup/{secret.text}" if secret else ""


async def _invited(settings: Settings, organization: str) -> str:
    """Give the address at which somebody becomes an administrator; empty when there is no such organization."""
    deps, _ = make_deps(settings)
    try:
        return join_url(deps, await invite_administrator(deps, organization))
    except NotFound:
        return ""
    finally:
        await deps.database.close()


async def _prepare(settings: Settings) -> None:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # names stand in it plainly
    database = Database.open(settings.database_address)
    try:
        async with database.alone():  # nodes may be started at once on a database that is new to all of them
            keyring = (await usable_keys(settings, database)).keyring
            await upgrade(database, keyring=keyring)
            await remember_keys(database, keyring, utc_now())
            nobody_connected = settings.model_copy(update={"backplane_url": "", "signaling_apart": False})
            deps, live = make_deps(nobody_connected, database=database)
            if settings.is_demo:
                await seed_demo(deps, live)
            await sync_issuers(deps, settings.oidc_issuers)
    finally:
        await database.close()


def _run(work: Coroutine[Any, Any, _Found]) -> _Found:
    """Do it; say in words what is wrong with the keys or the settings, and end."""
    try:
        return asyncio.run(work)
    except (KeyTrouble, SettingsWrong) as trouble:
        _out.print(str(trouble), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _with_address(settings: Settings, host: str, port: int, *, tls: bool) -> Settings:
    """Fill in the public address from where the server listens, when none is set."""
    if settings.public_url:
        return settings
    numeric = _numeric(host)
    name = "localhost" if numeric and numeric.is_unspecified else f"[{host}]" if ":" in host else host
    return settings.model_copy(update={"public_url": f"{'https' if tls else 'http'}://{name}:{port}"})


def _refuse_public_demo(settings: Settings, host: str) -> None:
    if settings.demo != "1" or _is_loopback(host):
        return
    _out.print("The demo signs anybody in, so it listens on this machine only.")
    _out.print(f"Use --host 127.0.0.1, or set CURBSIDE_DEMO=public to show it on {host} all the same.")
    raise typer.Exit(2)


def _refuse_public_metrics(settings: Settings, port: int) -> None:
    if settings.metrics_address and settings.metrics_address[1] == port:
        _out.print(f"CURBSIDE_METRICS_LISTEN: port {port} is where everybody comes in. Metrics need one of their own.")
        raise typer.Exit(2)


def _is_loopback(host: str) -> bool:
    numeric = _numeric(host)
    return host == "localhost" or (numeric is not None and numeric.is_loopback)


def _numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _greet(settings: Settings) -> None:
    _out.print(f"Curbside  {settings.public_url}" + ("  (demo: sign in with one click)" if settings.is_demo else ""))


if __name__ == "__main__":
    main()
