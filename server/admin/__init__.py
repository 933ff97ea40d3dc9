"""Pages over several features for an organization's administrators: members, sign-in, the audit trail."""

from server.admin.actions import invite_administrator, join_url
from server.admin.pages import routes

__all__ = ["invite_administrator", "join_url", "routes"]
