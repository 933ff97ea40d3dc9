"""Pages over several features for an organization's administrators: members, sign-in, the audit trail."""

from server.admin import organization_pages, pages

__all__ = ["routes"]

routes = [*pages.routes, *organization_pages.routes]
