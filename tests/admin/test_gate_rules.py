"""The telephone without a line decides as the server would, with the same knowledge."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from core.activities.rules import Gate
from core.adapters.signing import Ed25519Signer
from core.db.types import to_milliseconds
from core.errors import Refused
from core.passes.code import complete
from core.passes.token import Payload, encode
from core.visits.bundle import ITERATIONS, code_hash
from core.visits.rules import Ask as Question
from core.visits.rules import PassFacts, admit, entry_closes_at
from core.visits.scans import ENTRY, EXIT, Direction
from core.visits.stays import Passing, retrace
from tests.admin.test_browser import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TEN = datetime(2026, 12, 2, 8, tzinfo=UTC)
PARTS = Path("admin/static/gate")
ORIGIN = "http://127.0.0.1:9"
CODES = {
    "visits.over": "over",
    "visits.not_yet": "not_yet",
    "visits.too_late": "too_late",
    "visits.already_inside": "inside_since",
    "visits.no_re_entry": "no_re_entry",
    "visits.exit_not_scanned": "no_exit_scan",
    "visits.just_scanned": "just",
    "visits.which_way": "which_way",
    "visits.fewer_left": "fewer_left",
}
NOT_KNOWN_ALONE = {"visits.never_entered", "visits.already_left", "visits.fewer_inside"}
"""Another gate may have seen them come in: a telephone that is alone keeps nobody inside."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    """A browser that has the modules and nothing else."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        opened = await browser.new_page()

        async def answer(route: Any) -> None:
            name = route.request.url.rsplit("/", 1)[1]
            path = Path("node_modules/@noble/ed25519/index.js") if name == "ed25519.js" else PARTS / name
            script = path.suffix == ".js"
            body = path.read_text("utf-8") if script else "<!doctype html>"
            await route.fulfill(body=body, content_type="text/javascript" if script else "text/html")

        await opened.route("**/*", answer)
        await opened.goto(f"{ORIGIN}/")
        yield opened
        await browser.close()


def told(facts: PassFacts, past: list[Passing], question: Question) -> tuple[Any, ...]:
    """(code, direction, persons) of the server."""
    try:
        admitted = admit(facts, retrace(past, [], facts.allowance), past, question)
    except Refused as refused:
        return refused.code, None, 0
    return "", admitted.direction, admitted.persons


def a_story(chance: random.Random) -> tuple[PassFacts, list[Passing], Question, tuple[Any, ...]]:
    """A pass with some history that the server let happen, one more question, and the server's answer."""
    gate = Gate.model_validate(
        {
            "early_minutes": chance.choice([0, 15]),
            "late_minutes": chance.choice([None, 20]),
            "re_entry": chance.choice([True, False]),
            "scan": chance.choice(["entry", "entry_and_exit"]),
        }
    )
    facts = PassFacts("valid", "hall", chance.randint(1, 4), ((TEN, TEN + timedelta(hours=1)),), gate, {})
    past: list[Passing] = []
    minute = -30.0
    for step in range(chance.randint(1, 5)):
        minute += chance.choice([0.05, 3, 20, 40])
        at = TEN + timedelta(minutes=minute)
        ways: list[Direction | None] = [None, ENTRY, EXIT]
        question = Question("hall", at, "gate", chance.choice(ways), chance.choice([None, 1, 2]))
        answer = told(facts, past, question)
        if not answer[2]:
            continue
        past.append(Passing(f"nonce-{step}", at, answer[1], answer[2], "gate", False))
    minute += chance.choice([0.05, 3, 20, 40])
    at = TEN + timedelta(minutes=minute)
    question = Question("hall", at, "gate", chance.choice(ways), chance.choice([None, 1, 2]))
    return facts, past, question, told(facts, past, question)


def as_sent(facts: PassFacts, past: list[Passing], question: Question) -> dict[str, Any]:
    start, end = facts.sessions[0]
    return {
        "pass": {
            "number": "0123456789abcdef",
            "persons": facts.persons,
            "opens": to_milliseconds(start - timedelta(minutes=facts.gate.early_minutes)),
            "closes": to_milliseconds(entry_closes_at(facts, question.at)),
            "ends": to_milliseconds(end),
            "re_entry": facts.gate.re_entry,
            "scans_exit": facts.gate.scan == "entry_and_exit",
            "entered": 0,
            "inside": 0,
        },
        "passings": [
            {
                "number": "0123456789abcdef",
                "at": to_milliseconds(each.at),
                "direction": each.direction,
                "persons": each.persons,
            }
            for each in past
        ],
        "ask": {
            "now": to_milliseconds(question.at),
            "direction": question.direction,
            "persons": question.persons,
        },
    }


async def test_alone_it_decides_as_the_server_does(page: Page) -> None:
    chance = random.Random(20261202)
    stories = [a_story(chance) for _ in range(1500)]
    decided = await page.evaluate(
        """async (cases) => {
            const { decide } = await import("/rules.js");
            return cases.map(({ pass, passings, ask }) => decide(pass, { revoked: [] }, passings, ask));
        }""",
        [as_sent(*story[:3]) for story in stories],
    )
    seen: set[str] = set()
    for (facts, past, question, (code, direction, persons)), alone in zip(stories, decided, strict=True):
        seen.add(code)
        if code in NOT_KNOWN_ALONE:
            assert alone["direction"] == "exit"
        elif code:
            assert (alone["persons"], alone["code"]) == (0, CODES[code]), (facts, past, question)
        else:
            assert (alone["persons"], alone["direction"]) == (persons, direction), (facts, past, question)
    assert seen >= {"", *CODES}


async def test_it_reads_tokens_and_codes_as_we_write_them(page: Page) -> None:
    signer = Ed25519Signer(bytes(32))
    payload = Payload(2**62 + 12345, 700, TEN, TEN + timedelta(minutes=75), 255)
    token, code = encode(payload, signer), complete("314159265")
    read = await page.evaluate(
        """async ([token, key, code, salt, iterations]) => {
            const { decode, isGenuine, parseCode, hashCode } = await import("/token.js");
            const { number, facility, starts, ends, persons, ...rest } = decode(token);
            const flipped = decode(token.replace(/.$/, (last) => (last === "0" ? "1" : "0")));
            return {
                pass: [number, facility, starts, ends, persons],
                genuine: await isGenuine({ ...rest }, [key]),
                older: await isGenuine({ ...rest }, [key.replace(/../g, "00"), key]),
                flipped: flipped && (await isGenuine(flipped, [key])),
                strange: await isGenuine({ ...rest }, [key.replace(/../g, "00")]),
                rubbish: ["", "A", token.slice(1), token + "0", token.toLowerCase(), "Ω".repeat(122)].map(decode),
                code: parseCode(" " + code.slice(0, 3) + "-" + code.slice(3)).digits,
                wrong: [code.slice(1), code.slice(0, 9) + ((+code[9] + 1) % 10), "x"].map((typed) =>
                    parseCode(typed).fault),
                hash: await hashCode(code, salt, iterations),
            };
        }""",
        [token, signer.public_key().hex(), code, "00ff" * 8, ITERATIONS],
    )
    number, starts, ends = (
        f"{payload.number:016x}",
        *map(to_milliseconds, (payload.starts_at, payload.ends_at)),
    )
    assert read["pass"] == [number, 700, starts, ends, 255]
    assert (read["genuine"], read["strange"]) == (True, False)
    assert not read["flipped"]
    assert read["rubbish"] == [None] * 6
    assert (read["code"], read["wrong"]) == (code, ["code_length", "code_mistyped", "code_length"])
    assert read["hash"] == code_hash(code, bytes.fromhex("00ff" * 8))
