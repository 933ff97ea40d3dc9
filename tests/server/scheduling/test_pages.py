"""All pages of scheduling are served, each at its own address."""

from server.scheduling import feed_pages, hours_pages, meeting_pages, report_pages, visit_type_pages
from server.scheduling.pages import routes
from server.web import Page

PARTS = (hours_pages, feed_pages, meeting_pages, report_pages, visit_type_pages)


def test_every_page_is_served_once() -> None:
    assert {id(route) for route in routes} == {id(route) for part in PARTS for route in part.routes}
    assert len({(route.path, str(route.methods)) for route in routes if isinstance(route, Page)}) == len(routes)
