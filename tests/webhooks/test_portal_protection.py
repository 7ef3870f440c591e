"""Bad input, slow clients, faults, and headers, over HTTP."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiohttp import ClientSession

from edge import bodies, door
from tests.webhooks.browser_of_citizen import Citizen
from tests.webhooks.conftest import House, serve
from tests.webhooks.fake_side import fake_side

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def raw(house: House, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(request)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("body", [b"answer=\xff\xfe", b"answer=%ff%fe", b"&".join([b"a=1"] * 100)])
async def test_a_form_that_is_no_utf8_or_has_too_many_fields_is_refused(house: House, body: bytes) -> None:
    async with (
        ClientSession(house.address) as client,
        client.post("/chat", data=body, headers=FORM) as answer,
    ):
        assert answer.status == 400
        assert "Δεν καταλάβαμε το αίτημα" in await answer.text()


async def test_a_body_over_a_megabyte_is_refused(house: House) -> None:
    head = b"POST /chat HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    too_long = b"a" * (bodies.LARGEST_BODY + 1)
    announced = head + b"Content-Length: %d\r\n\r\n" % len(too_long)
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(too_long), too_long)
    for request in (announced + too_long, chunked):
        answer = (await raw(house, request)).decode()
        assert answer.startswith("HTTP/1.1 413")
        assert "πολύ μεγάλο" in answer


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
async def test_another_kind_of_body_is_refused(house: House, kind: str) -> None:
    async with (
        ClientSession(house.address) as client,
        client.post("/chat", data=b"{", headers={"Content-Type": kind}) as answer,
    ):
        assert answer.status == 415


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("el", "Η σελίδα δεν βρέθηκε"),
        ("en-GB,el;q=0.5", "Page not found"),
        ("fr, en;q=0.4", "Page not found"),
    ],
)
async def test_errors_speak_the_readers_language(house: House, language: str, words: str) -> None:
    async with Citizen(house.address, language) as citizen:
        await citizen.visit("/no/such/page")
        assert citizen.last.status == 404
        assert words in citizen.html


async def test_a_fault_shows_no_trace_and_nothing_of_what_was_typed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        await citizen.write("crash")
        assert citizen.last.status == 500
        assert "Κάτι πήγε στραβά" in citizen.html
        assert "6912345678" not in citizen.html
        assert "RuntimeError" not in citizen.html
        await citizen.visit("/chat")
        assert citizen.last.status == 200


async def test_a_client_that_never_finishes_its_headers_is_cut_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "FIRST_REQUEST_S", 0.05)
    assert await raw(house, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow") == b""
    assert await raw(house, b"") == b""


async def test_a_client_that_never_finishes_its_body_is_cut_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)
    head = b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = await raw(house, head + b"Content-Length: 100\r\n\r\nanswer=")
    assert answer.startswith(b"HTTP/1.1 408")


async def test_what_is_no_http_is_answered_without_quoting_it(house: House) -> None:
    answer = await raw(house, b"GET /\x00 6912345678 nonsense\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert b"6912345678" not in answer
    assert b"aiohttp" not in answer.lower()
    assert b"python" not in answer.lower()


@pytest.mark.parametrize("path", ["/", "/chat", "/nothing", "/healthz", "/static/portal.css", "/chat/frame"])
async def test_every_answer_wears_the_headers_and_hides_the_software(house: House, path: str) -> None:
    async with ClientSession(house.address) as client, client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer.headers
        html = await answer.text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", html)


async def test_only_the_portal_may_frame_and_https_is_kept_to() -> None:
    settings = {"portal_origins": "https://www.alkyona.example", "public_url": "https://book.alkyona.example"}
    async with (
        serve(fake_side(**settings)) as house,
        ClientSession(house.address) as client,
        client.get("/chat", allow_redirects=False) as answer,
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'self' https://www.alkyona.example" in policy
        assert "Strict-Transport-Security" in answer.headers
        assert answer.cookies["__Host-paso"]["secure"] is True


async def test_metrics_count_routes_and_nothing_that_was_sent(house: House) -> None:
    async with ClientSession(house.address) as client:
        async with client.get("/chat/pass/6912345678.pdf"):
            pass
        async with client.get("/metrics") as answer:
            text = await answer.text()
    assert "6912345678" not in text
    assert re.search(
        r'paso_http_requests_total\{method="GET",route="/chat/pass/[^"]*",status="404"\} 1\.0', text
    )


async def test_a_static_part_is_kept_for_ever_under_the_name_of_its_content(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/")
        address = re.search(r'href="(/static/portal.css\?v=[0-9a-f]{12})"', citizen.html)
        async with citizen.client.get(address.group(1)) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type == "text/css"
        for name in ("../pages.py", "..%2fpages.py", "pages.py", "commissioner-greek-400-normal.woff"):
            async with citizen.client.get(f"/static/{name}") as answer:
                assert answer.status == 404
