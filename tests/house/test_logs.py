"""Logs hold ids and codes only, whoever writes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.adapters.logs import configure_logs

SECRET = "Ελένη-6912345678"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    written = capsys.readouterr().err
    assert SECRET not in written
    return [json.loads(line) for line in written.splitlines()]


def test_our_own_words_come_as_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    structlog.get_logger().info("booked", booking=7)
    structlog.get_logger().debug("unheard")
    (line,) = lines(capsys)
    assert (line["event"], line["booking"], line["level"]) == ("booked", 7, "info")
    assert str(line["at"]).endswith("Z")


def test_a_failure_is_told_by_its_place_not_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as fault:
            raise RuntimeError(SECRET) from fault
    except RuntimeError as fault:
        structlog.get_logger().exception("failed")
        structlog.get_logger().error("failed", exc_info=fault)
        logging.getLogger("asyncio").exception("%s", SECRET)
    for line in lines(capsys):
        assert line["fault"] == ["RuntimeError", "ValueError"]
        assert "test_logs.py" in str(line["trace"])


def test_what_a_library_fills_in_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug")
    logging.getLogger("library").warning("sent to %s", SECRET)
    logging.getLogger("library").warning(f"sent to {SECRET}")
    filled, formatted = lines(capsys)
    assert filled["template"] == "sent to %s"
    assert "template" not in formatted
    assert str(formatted["where"]).startswith("library:test_what_a_library")


def test_a_request_is_told_without_what_identifies_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    for path in (f"/telegram/{SECRET}?name={SECRET}", f"/{SECRET}", f"/?code={SECRET}"):
        extra = {"first_request_line": f"POST {path} HTTP/1.1", "response_status": 200}
        logging.getLogger("aiohttp.access").info(path, extra=extra)
    told = [(line["method"], line["under"], line["status"]) for line in lines(capsys)]
    assert told == [("POST", "/telegram", 200), ("POST", "/", 200), ("POST", "/", 200)]


@pytest.mark.parametrize("name", ["httpx", "alembic", "telegram"])
def test_talkative_libraries_are_quiet(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    logging.getLogger(name).info("something")
    assert lines(capsys) == []
