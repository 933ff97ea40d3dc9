"""All pages of scheduling."""

from starlette.routing import BaseRoute

from server.scheduling import feed_pages, hours_pages

routes: list[BaseRoute] = [*hours_pages.routes, *feed_pages.routes]
