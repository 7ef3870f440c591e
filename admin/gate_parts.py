"""The files of the scanner page, by names that change with their content, and its service worker."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

_HERE = Path(__file__).parent / "static" / "gate"
_NODE = Path(__file__).parent.parent / "node_modules"
_OTHERS = {
    "zxing.js": _NODE / "zxing-wasm/dist/iife/reader/index.js",
    "zxing_reader.wasm": _NODE / "zxing-wasm/dist/reader/zxing_reader.wasm",
    "ed25519.js": _NODE / "@noble/ed25519/index.js",
}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}
_FONTS = tuple(
    f"/static/commissioner-{script}-{weight}-normal.woff2"
    for script in ("greek", "latin")
    for weight in (400, 700)
)
_WORKER = "worker.js"
_DECODER = "decoder.js"
_KEPT = "private, max-age=31536000, immutable"
# Compiling WebAssembly is allowed to the decoder's own response alone; the page keeps `script-src 'self'`.
_DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


class GateParts:
    """Ours are read from `admin/static/gate`; the decoder and Ed25519 as npm installed them."""

    def __init__(self) -> None:
        self._small: dict[str, bytes] = {}

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        ours = {path.name: path for path in _HERE.iterdir() if path.suffix in _TYPES}
        return {**ours, **{name: path for name, path in _OTHERS.items() if path.exists()}}

    @cached_property
    def version(self) -> str:
        """Of all parts together."""
        digest = hashlib.sha256()
        for name in sorted(self._files):
            digest.update(name.encode() + self._files[name].read_bytes())
        return digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        return f"/gate/parts/{self.version}/{name}"

    async def find(self, name: str) -> tuple[bytes, dict[str, str]] | None:
        """The file, packed with gzip (RFC 1952), and its headers; None for a name that is no part."""
        path = self._files.get(name)
        if path is None or name == _WORKER:
            return None
        if name not in self._small:
            self._small[name] = await asyncio.to_thread(gzip.compress, path.read_bytes(), mtime=0)
        headers = {"Content-Type": _TYPES[path.suffix], "Content-Encoding": "gzip", "Cache-Control": _KEPT}
        if name == _DECODER:
            headers["Content-Security-Policy"] = _DECODER_POLICY
        return self._small[name], headers

    def worker(self, page: str, shared: Sequence[str], look: str) -> str:
        """The service worker's script: what it keeps is told at its top. It changes with the parts and with `look`
        (language and theme), and the browser then fetches everything anew."""
        parts = [self.address(name) for name in sorted(self._files) if name != _WORKER]
        kept = json.dumps([page, *shared, *_FONTS, *parts])
        version = json.dumps(f"{self.version}-{look}")
        script = self._files[_WORKER].read_text("utf-8")
        return f"const VERSION = {version};\nconst KEPT = {kept};\n{script}"
