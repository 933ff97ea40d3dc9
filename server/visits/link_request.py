"""What a request to a page behind a secret link says, and how many there may be."""

from starlette.requests import Request

from server.web import client_address, deps


def link_token(request: Request) -> str:
    """Read the secret of the link that was opened."""
    return str(request.path_params["token"])


async def limit_links(request: Request) -> None:
    """Let nobody try links by the thousand. Raises TooMany."""
    await deps(request).limits.spend("link", "60/minute", client_address(request))
