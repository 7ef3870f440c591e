"""Bodies arrive whole and in time, or the request ends; forms are read strictly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler

LARGEST_BODY = 1024 * 1024
"""Bytes; a server's `client_max_size`."""
BODY_S = 15.0
"""Seconds within which a body must have arrived whole."""
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
_MOST_FIELDS = 2000

Fields = Mapping[str, tuple[str, ...]]
"""What a form sent: every value of each name, in order."""


@web.middleware
async def bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody acts on a body before it is whole. Multipart bodies are read by `read_fields` alone."""
    if (request.content_length or 0) > LARGEST_BODY:  # not worth the reading
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, request.content_length or 0)
    if request.can_read_body and request.content_type != MULTIPART:
        try:
            async with asyncio.timeout(BODY_S):
                await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None
    return await handler(request)


async def read_fields(request: web.Request) -> Fields:
    """The fields of a form. An uploaded file counts as its text (UTF-8).

    Raises `HTTPUnsupportedMediaType` for what is no form, `HTTPBadRequest` for a broken one or what is not UTF-8,
    `HTTPRequestTimeout` for one that dawdles.
    """
    if request.content_type == URLENCODED:
        return _gathered(parsed(await request.read()))
    if request.content_type != MULTIPART:
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(BODY_S):
            sent = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None
    except web.HTTPException:
        raise
    except Exception:  # whatever a broken multipart body makes the parser raise
        raise web.HTTPBadRequest from None
    return _gathered([(name, _text(value)) for name, value in sent.items()])


def parsed(body: bytes, most: int = _MOST_FIELDS) -> list[tuple[str, str]]:
    """Names and values of a form in order (WHATWG URL, `application/x-www-form-urlencoded`).

    Raises `HTTPBadRequest` for more fields than `most`, and for what is not UTF-8: aiohttp's own reading would
    replace it silently.
    """
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=most)
    except ValueError:
        raise web.HTTPBadRequest from None


def _text(value: object) -> str:
    try:
        if isinstance(value, web.FileField):
            return value.file.read().decode("utf-8-sig")
        return value.decode() if isinstance(value, bytes | bytearray) else str(value)
    except ValueError:
        raise web.HTTPBadRequest from None


def _gathered(pairs: list[tuple[str, str]]) -> Fields:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}
