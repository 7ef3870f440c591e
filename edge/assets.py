"""Static parts: the shared sheet, a server's own, and the font as npm installed it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Collection
from pathlib import Path

from aiohttp import web

_HERE = Path(__file__).parent
_FONTS = _HERE.parent / "node_modules" / "@fontsource" / "commissioner" / "files"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".json": "application/json",
}
_PACKED = (".css", ".js", ".svg", ".json")
"""Sent smaller (gzip, RFC 1952)."""
_FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """Files by their names, from our own folder and those given; the later folder wins.

    Pages of other origins may load those named `for_anyone`. Without the font the system's own serves.
    """

    def __init__(self, *folders: Path, for_anyone: Collection[str] = ()) -> None:
        found = list(_FONTS.glob("commissioner-*-normal.woff2"))
        for folder in (_HERE / "static", *folders):
            found.extend(path for path in folder.iterdir() if path.suffix in _TYPES)
        self._files = {path.name: path for path in found}
        self._for_anyone = for_anyone
        self._digests: dict[str, str] = {}
        self._packed: dict[str, bytes] = {}

    def address(self, name: str) -> str:
        """Where a part is served; it changes with the content, so that it can be kept for ever."""
        if name not in self._digests:
            self._digests[name] = hashlib.sha256(self._files[name].read_bytes()).hexdigest()[:12]
        return f"/static/{name}?v={self._digests[name]}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handler of `/static/{name}`."""
        name = request.match_info["name"]
        path = self._files.get(name)
        if path is None:
            raise web.HTTPNotFound
        named_by_content = "v" in request.query or path.suffix == ".woff2"
        headers = {"Cache-Control": _FOREVER if named_by_content else "public, max-age=300"}
        headers["Content-Type"] = _TYPES[path.suffix]
        if name in self._for_anyone:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if path.suffix not in _PACKED or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.FileResponse(path, headers=headers)
        if name not in self._packed:
            self._packed[name] = await asyncio.to_thread(gzip.compress, path.read_bytes(), mtime=0)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return web.Response(body=self._packed[name], headers=headers)
