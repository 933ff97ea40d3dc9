"""All pages of scheduling."""

from starlette.routing import BaseRoute

from server.scheduling import feed_pages, hours_pages, meeting_pages, report_pages, visit_type_pages

routes: list[BaseRoute] = [
    *hours_pages.routes,
    *feed_pages.routes,
    *meeting_pages.routes,
    *report_pages.routes,
    *visit_type_pages.routes,
]
