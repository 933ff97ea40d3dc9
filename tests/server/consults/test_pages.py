"""All routes of consults are served, and none is hidden behind another."""

from starlette.routing import Match

from server.consults import routes
from server.web import Page


def test_every_route_is_reached_by_its_own_address() -> None:
    for route in routes:
        assert isinstance(route, Page)
        address = route.path.replace("{", "").replace("}", "")
        (method,) = (route.methods or {"GET"}) - {"HEAD"}
        scope = {"type": "http", "path": address, "method": method, "headers": []}
        assert next(one for one in routes if one.matches(scope)[0] is Match.FULL) is route
