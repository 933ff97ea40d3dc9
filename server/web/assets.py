"""Static files under `/static/<release>/`: read once, hashed together, compressed once, cached by browsers for good."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json"}
_SHIPPED = {".js", ".css", ".svg", ".png", ".webp", ".ico", ".webmanifest", ".mp3", ".wav"}
# A block of documentation on lines of its own; a cast before an expression shares its line, and stays.
_DOCUMENTATION = re.compile(rb"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.MULTILINE | re.DOTALL)
_FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The files below one folder. The release is the hash of them all, so a changed file changes every URL."""

    def __init__(self, folder: Path) -> None:
        """Read the folder."""
        self._plain = {path.relative_to(folder).as_posix(): _read(path) for path in _shipped(folder)}
        self._packed: dict[str, bytes] = {}
        self.release = _hash(self._plain)

    def url(self, path: str) -> str:
        """Give the address of a file. Raises KeyError for one that is not there, so that a typo shows in a test."""
        if path not in self._plain:
            raise KeyError(path)
        return f"/static/{self.release}/{path}"

    def content(self, path: str) -> bytes:
        """Give what a file holds, for a page that serves it under an address of its own. Raises KeyError."""
        return self._plain[path]

    async def serve(self, request: Request) -> Response:
        """Answer `/static/{release}/{path}`; under an older release the file of today, not to be kept."""
        path = request.path_params["path"]
        if path not in self._plain:
            raise HTTPException(404)
        fresh = request.path_params["release"] == self.release
        headers = {"Cache-Control": _FOREVER if fresh else "no-cache", "Vary": "Accept-Encoding"}
        body = self._plain[path]
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = self._pack(path)
            if len(packed) < len(body):
                body, headers["Content-Encoding"] = packed, "gzip"
        return Response(body, headers=headers, media_type=_media_type(path))

    def _pack(self, path: str) -> bytes:
        if path not in self._packed:
            self._packed[path] = gzip.compress(self._plain[path], 9, mtime=0)
        return self._packed[path]


def _shipped(folder: Path) -> Iterator[Path]:
    """Give the files that are served, in the order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix in _SHIPPED and path.is_file())


def _hash(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name, content in files.items():
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()[:12]


def _read(path: Path) -> bytes:
    """Read a file, our own scripts without their documentation: it is a quarter of them. Lines keep their numbers."""
    content = path.read_bytes()
    if path.suffix != ".js" or "vendor" in path.parts:
        return content
    return _DOCUMENTATION.sub(lambda block: b"\n" * block.group().count(b"\n"), content)


def _media_type(path: str) -> str:
    suffix = Path(path).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
