"""How an administrator's pages add an organization's own rule and take one away: of billing codes, and of licences."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.consults.code_rules import CodeRule
from server.consults.own_rule_actions import drop_rule, keep_rule
from server.consults.own_rule_store import OwnRow
from server.consults.service_pages import MANAGE
from server.consults.service_rules import LicenceRule
from server.kit import N_, Conflict, Form, Invalid
from server.kit.ids import parse_id
from server.web import actor, deps, page, see_other


@dataclass(frozen=True, slots=True)
class RulePages:
    """A page of rules: where it is, which rows it is of, and how it reads its form.

    `show` answers with the page, and where something was posted in vain with what was typed, and what is wrong where.
    """

    path: str
    table: type[OwnRow]
    read: Callable[[Form], CodeRule | LicenceRule]
    show: Callable[[Request, dict[str, str], dict[str, str], int], Awaitable[Response]]

    async def post_rule(self, request: Request) -> Response:
        """Add a rule, or say next to the field what is wrong."""
        form = Form(dict(await request.form()))
        try:
            await keep_rule(deps(request), actor(request), self.read(form))
        except Invalid as error:
            return await self.show(request, error.values, error.errors, error.status)
        except Conflict as error:
            return await self.show(request, form.values, {"valid_from": error.message}, error.status)
        return see_other(self.path)

    async def post_no_rule(self, request: Request) -> Response:
        """Take away a rule that does not hold yet."""
        wanted = parse_id(Form(dict(await request.form())).values.get("rule", ""))
        try:
            await drop_rule(deps(request), actor(request), self.table, wanted)
        except Conflict as error:
            return await self.show(request, {}, {"rules": error.message}, error.status)
        return see_other(self.path)

    @property
    def posts(self) -> Sequence[BaseRoute]:
        """The routes that change rules."""
        return [
            page(self.path, self.post_rule, MANAGE, "POST"),
            page(f"{self.path}/drop", self.post_no_rule, MANAGE, "POST"),
        ]


def read_days(form: Form) -> tuple[date, date | None]:
    """Read from which day through which a rule holds; the form's `check` raises where the first is wrong."""
    first = form.day("valid_from", N_("Choose a day."))
    last = form.day("valid_to", N_("Choose a day.")) if form.values.get("valid_to") else None
    if first and last and last < first:
        form.wrong("valid_to", N_("The last day is before the first."))
    return first or date.min, last
