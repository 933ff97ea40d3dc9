"""Pages over several features for an organization's administrators: members, sign-in, the audit trail."""

from server.admin.pages import routes

__all__ = ["routes"]
