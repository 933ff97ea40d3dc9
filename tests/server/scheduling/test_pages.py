"""All pages of scheduling are served, each at its own address."""

from server.scheduling import feed_pages, hours_pages
from server.scheduling.pages import routes


def test_every_page_is_served_once() -> None:
    assert routes == [*hours_pages.routes, *feed_pages.routes]
    assert len({(route.path, str(route.methods)) for route in routes}) == len(routes)  # type: ignore[attr-defined]
