"""An administrator's pages for tables: coverage and specialists are downloaded, looked through and imported."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.audit import Subject, note
from server.consults.import_actions import import_table
from server.consults.import_rules import HEADINGS, Sheet, Table, Unreadable
from server.consults.import_store import sheet_text
from server.consults.service_pages import MANAGE, PATH
from server.kit import N_
from server.web import actor, deps, large_form, page, render

NO_TEXT = N_("This file is no text. Save it as CSV, in UTF-8.")


async def show_import(request: Request) -> Response:
    """Show where a table is put in."""
    return _page(request, "")


async def post_import(request: Request) -> Response:
    """Show what a table says, line by line; import it when that was confirmed and all of it is right."""
    async with request.form() as posted:
        table, file = posted.get("table", ""), posted.get("file")
        typed = table if isinstance(table, str) else ""
        try:
            text = await _file_text(file) if isinstance(file, UploadFile) and file.size else typed
            read = await import_table(deps(request), actor(request), text, confirmed="confirmed" in posted)
        except Unreadable as error:
            return _page(request, typed, error=str(error), status=422)
    if not read.is_right:
        return _page(request, text, read, status=422)
    return _page(request, text, read, imported="confirmed" in posted)


async def download(request: Request) -> Response:
    """Give a table as it is kept."""
    sheet = Sheet(request.url.path.rpartition("/")[2].removesuffix(".csv"))
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        text = await sheet_text(session, who, tools.keyring, sheet)
    async with tools.database.write() as session:
        note(session, tools.now(), who, "export", Subject("HealthcareService"), sheet.value)
    headers = {"content-disposition": f'attachment; filename="{sheet}.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


async def _file_text(file: UploadFile) -> str:
    """Read an uploaded file as text. Raises Unreadable."""
    try:
        return (await file.read()).decode()
    except UnicodeDecodeError:
        raise Unreadable(NO_TEXT) from None


def _page(
    request: Request, text: str, table: Table | None = None, error: str = "", status: int = 200, imported: bool = False
) -> Response:
    context = {
        "text": text,
        "table": table,
        "headings": HEADINGS[table.sheet] if table else (),
        "wrong": sum(bool(line.errors) for line in table.lines) if table else 0,
        "errors": {"table": error} if error else {},
        "imported": imported,
        "sheets": HEADINGS,
    }
    return render(request, "consults/import.html", status, **context)


routes: list[BaseRoute] = [
    page(f"{PATH}/import", show_import, MANAGE),
    page(f"{PATH}/import", post_import, large_form(MANAGE, files=1), "POST"),
    *(page(f"{PATH}/{sheet}.csv", download, MANAGE) for sheet in Sheet),
]
