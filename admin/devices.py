"""What a browser calls itself, in words from a closed list: for the list of one's own sessions."""

from __future__ import annotations

from aiohttp import web

# The first that is found counts: most browsers also name those they descend from.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(request: web.Request) -> str:
    """Such as `Firefox, Linux`; empty for what nobody knows."""
    told = request.headers.get("User-Agent", "")[:500]
    found = [next((name for mark, name in known if mark in told), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)
