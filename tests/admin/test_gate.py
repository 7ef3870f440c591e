"""The gate over HTTP: scans in, verdicts out, and what a telephone takes along."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from core.db.schema import audit
from core.people.staff_roles import Role
from core.visits.bundle import code_hash
from core.visits.model import scans
from tests.admin.conftest import Panel
from tests.admin.gatehouse import Gatehouse
from tests.admin.pages import Browser


@pytest.fixture
async def house(panel: Panel) -> AsyncIterator[Gatehouse]:
    built = await Gatehouse.build(panel)
    built.at(-10)  # who signs in now is still signed in at ten
    yield built
    await built.close()


@pytest.fixture
async def gate(house: Gatehouse) -> Browser:
    return await house.panel.sign_in(Role.GATE)


async def last_actions(panel: Panel) -> list[tuple[str, dict[str, Any]]]:
    async with panel.side.database.reading() as connection:
        rows = await connection.execute(select(audit.c.action, audit.c.facts).order_by(audit.c.id))
        return [(row.action, row.facts) for row in rows]


async def test_a_group_passes_once_and_is_told_how_many(house: Gatehouse, gate: Browser) -> None:
    token = await house.token(await house.book(4))
    house.at(0)
    verdict = await house.scan(gate, token)
    assert (verdict["persons"], verdict["direction"], verdict["inside"]) == (4, "entry", 4)
    again = await house.scan(gate, token, direction="entry")
    assert (again["persons"], again["code"]) == (0, "visits.already_inside")
    assert "10:00" in again["reason"]
    assert await house.inside() == 4


async def test_part_of_a_group_passes_and_the_rest_later(house: Gatehouse, gate: Browser) -> None:
    token = await house.token(await house.book(4))
    house.at(0)
    assert (await house.scan(gate, token, persons=3))["remaining"] == 1
    house.at(1)
    asked = await house.scan(gate, token)
    assert (asked["code"], asked["inside"], asked["remaining"]) == ("visits.which_way", 3, 1)
    assert (await house.scan(gate, token, direction="entry"))["persons"] == 1
    assert await house.inside() == 4


async def test_the_way_out_is_found_by_itself(house: Gatehouse, gate: Browser) -> None:
    booking = await house.book(2)
    house.at(0)
    await house.scan(gate, await house.token(booking))
    house.at(20)
    verdict = await house.scan(gate, booking.code or "")
    assert (verdict["persons"], verdict["direction"]) == (2, "exit")
    assert await house.inside() == 0


async def test_what_no_pass_of_ours_says_changes_nothing_and_gets_a_reason(
    house: Gatehouse, gate: Browser
) -> None:
    booking = await house.book(2)
    token = await house.token(booking)
    cancelled = await house.book(1)
    cancelled_token = await house.token(cancelled)
    await house.cancel(cancelled)
    house.at(0)
    flipped = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    wrong = {
        flipped: "visits.forged",
        "": "passes.code_length",
        "Q" * 10_240: "passes.unreadable",
        "https://example.org/": "passes.code_length",
        "1234567890": "passes.code_mistyped",
        "\u0000\ud83d": "passes.code_length",
        cancelled_token: "visits.cancelled",
    }
    for shown, code in wrong.items():
        verdict = await house.scan(gate, shown)
        assert (verdict["persons"], verdict["code"]) == (0, code), code
        assert verdict["reason"]
    assert await house.inside() == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"scans": []}, "scans"),
        ({"scans": "x"}, "scans"),
        ({"scans": [{}] * 101}, "scans"),
        ({"facility": "../hall"}, "facility"),
        ({"gate": ""}, "gate"),
        ({"sent_at": "now"}, "sent_at"),
        ({"sent_at": -1}, "sent_at"),
        ({"more": 1}, "more"),
    ],
)
async def test_a_malformed_batch_is_refused_with_where_and_why(
    house: Gatehouse, gate: Browser, change: dict[str, Any], where: str
) -> None:
    status, answer = await house.send(gate, house.question("x"), **change)
    assert status == 400
    assert answer["where"].startswith(where)
    assert answer["reason"]
    assert await house.panel.count(scans) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "short"},
        {"nonce": "é" * 20},
        {"shown": 7},
        {"shown": "x" * 20_001},
        {"direction": "up"},
        {"persons": 0},
        {"persons": True},
        {"persons": 256},
        {"passed": 2},
        {"scanned_at": None},
        {"staff_id": 1},
    ],
)
async def test_a_malformed_scan_is_refused_with_where_and_why(
    house: Gatehouse, gate: Browser, change: dict[str, Any]
) -> None:
    status, answer = await house.send(gate, house.question("0", **change))
    assert (status, answer["where"].split(".")[0]) == (400, "scans")
    assert await house.panel.count(scans) == 0


async def test_what_is_no_json_or_comes_from_elsewhere_is_refused(house: Gatehouse, gate: Browser) -> None:
    proof = {"X-CSRF-Token": (await house.bundle(gate))["csrf"]}
    typed = {**proof, "Content-Type": "application/json"}
    for headers, body, status in [
        (typed, b"{", 400),
        (typed, b"[]", 400),
        (typed, b"[" * 5000, 400),
        (typed, b"\xff", 400),
        (proof, b"a=b", 415),
        ({"Content-Type": "application/json"}, b"{}", 403),
        ({**typed, "Sec-Fetch-Site": "cross-site"}, b"{}", 403),
    ]:
        async with gate.session.post("/gate/scans", data=body, headers=headers) as answer:
            assert answer.status == status, body[:9]


async def test_the_queue_may_come_twice(house: Gatehouse, gate: Browser) -> None:
    """What a gate let through without a line counts once, and late times count as they were."""
    token = await house.token(await house.book(2))
    house.at(0)
    kept = [
        house.question(token, direction="entry", passed=2),
        house.question(
            token, direction="exit", passed=1, scanned_at=house.question("")["scanned_at"] + 60_000
        ),
    ]
    house.at(10)
    first, second = await house.send(gate, *kept), await house.send(gate, *kept)
    assert [told["repeated"] for told in first[1]["answers"]] == [False, False]
    assert [told["repeated"] for told in second[1]["answers"]] == [True, True]
    assert await house.inside() == 1


async def test_two_gates_without_a_line_are_a_conflict_with_both_times(
    house: Gatehouse, gate: Browser
) -> None:
    token = await house.token(await house.book(1))
    house.at(0)
    first = house.question(token, direction="entry", passed=1)
    house.at(5)
    second = house.question(token, direction="entry", passed=1)
    house.at(15)
    await house.send(gate, first)
    await house.send(gate, second, gate="gate-2")
    page = (await gate.visit("/gate/hours?facility=hall")).html
    assert "The same pass went through two gates: 10:00 and 10:05." in page
    assert "gate-1 → gate-2" in page


async def test_a_clock_that_is_wrong_is_told(house: Gatehouse, gate: Browser) -> None:
    token = await house.token(await house.book(1))
    house.at(0)
    question = house.question(token)
    question["scanned_at"] += 600_000
    status, answer = await house.send(gate, question, sent_at=question["scanned_at"])
    assert (status, answer["answers"][0]["clock_error_ms"]) == (200, 600_000)


async def test_only_a_supervisor_overrules_and_it_is_in_the_log(house: Gatehouse, gate: Browser) -> None:
    token = await house.token(await house.book(2))
    house.at(-180)
    assert (await house.scan(gate, token))["code"] == "visits.not_yet"
    status, _ = await house.send(gate, house.question(token, override=True))
    assert (status, await house.inside()) == (403, 0)
    supervisor = await house.panel.sign_in(Role.OFFICER)
    question = house.question(token, override=True)
    for _ in range(2):  # the answer to the first was lost on the way
        await house.send(supervisor, question)
    assert await house.inside() == 2
    noted = [facts for action, facts in await last_actions(house.panel) if action == "gate.overrode"]
    assert [(each["persons"], each["reason"]) for each in noted] == [(2, "visits.not_yet")]


async def test_a_bundle_holds_what_a_gate_needs_and_nothing_of_anyone(
    house: Gatehouse, gate: Browser
) -> None:
    booking = await house.book(3, names=("Νίκος Παπαδόπουλος", "Ελένη Παπαδοπούλου"))
    cancelled = await house.book(1)
    await house.cancel(cancelled)
    house.at(0)
    answer = await house.bundle(gate)
    bundle = answer["bundle"]
    (known,) = bundle["known"]
    assert known["hash"] == code_hash(booking.code or "", bytes.fromhex(bundle["salt"]))
    assert (known["persons"], len(bundle["revoked"]), bundle["complete"]) == (3, 1, True)
    assert (answer["override"], answer["devices"], answer["own"]) == (False, False, True)
    told = json.dumps(answer, ensure_ascii=False)
    assert "Παπαδ" not in told
    assert (booking.code or "") not in told


async def test_everyone_of_an_hour_leaves_in_one_tap(house: Gatehouse, gate: Browser) -> None:
    token = await house.token(await house.book(3))
    house.at(0)
    await house.scan(gate, token)
    house.at(50)
    gate = await house.panel.sign_in(Role.GATE)  # the next shift
    page = await gate.visit("/gate/hours?facility=hall")
    assert "All have left (3)" in page.html
    seen = await gate.send("/gate/all-out")
    assert "Recorded: all have left." in seen.html
    assert await house.inside() == 0
    assert (await last_actions(house.panel))[-1][0] == "gate.all_out"
    gone = await gate.post("/gate/all-out", {**page.form("/gate/all-out").fields, "once": "x" * 43})
    assert (gone.status, "Nobody is inside" in gone.html) == (409, True)


async def test_who_overstays_is_shown(house: Gatehouse, gate: Browser) -> None:
    booking = await house.book(2)
    house.at(0)
    await house.scan(gate, await house.token(booking))
    house.at(75)
    gate = await house.panel.sign_in(Role.GATE)  # the next shift
    assert "11:00, 15 minutes" in (await gate.visit("/gate/hours?facility=hall")).html


async def test_the_list_for_paper_has_codes_and_no_names(house: Gatehouse, gate: Browser) -> None:
    booking = await house.book(2, names=("Νίκος Παπαδόπουλος",))
    cancelled = await house.book(1)
    await house.cancel(cancelled)
    house.at(0)
    page = (await gate.visit("/gate/list?facility=hall")).html
    spaced = " ".join((booking.code or "")[at : at + 3] for at in range(0, 10, 3))
    assert spaced in page
    assert "Total: 2 persons" in page
    assert "Παπαδ" not in page
    assert (await gate.visit("/gate/list?facility=nowhere")).status == 200


async def test_a_link_lets_in_one_telephone_to_the_gate_alone(house: Gatehouse) -> None:
    panel = house.panel
    officer = await panel.sign_in(Role.OFFICER, login="officer")
    await officer.visit("/gate/phones")
    shown = (await officer.send("/gate/phones")).html
    assert 'src="data:image/svg+xml' in shown
    token = shown.split("/gate/enter/")[1][:43]
    phone, late = await panel.browser(), await panel.browser()
    for each in (phone, late):
        assert (await each.visit(f"/gate/enter/{token}")).status == 200
    entered = await phone.send(f"/gate/enter/{token}")
    assert (entered.status, entered.path) == (200, "/gate")
    assert (await late.send(f"/gate/enter/{token}")).status == 404
    answer = await house.bundle(phone)
    assert (answer["override"], answer["devices"], answer["own"]) == (False, False, False)
    for path in ("/", "/account", "/staff", "/live", "/gate/phones"):
        assert (await phone.visit(path)).status == 403, path
    assert (await phone.visit("/gate/hours")).status == 200
    page = await officer.visit("/gate/phones")
    ends = next(form.action for form in page.forms if form.action.endswith("/end"))
    await officer.send(ends)
    assert (await phone.visit("/gate")).path == "/in"


async def test_a_link_is_short_lived_and_opens_nothing_by_itself(house: Gatehouse) -> None:
    panel = house.panel
    officer = await panel.sign_in(Role.OFFICER)
    await officer.visit("/gate/phones")
    token = (await officer.send("/gate/phones")).html.split("/gate/enter/")[1][:43]
    thief = await panel.browser()
    thief.set_cookie(token)
    assert (await thief.visit("/gate")).status == 403
    panel.clock.move(minutes=6)
    phone = await panel.browser()
    assert (await phone.visit(f"/gate/enter/{token}")).status == 404
    assert (await phone.visit("/gate/enter/nothing")).status == 404


async def test_an_officer_without_the_gate_lends_none(house: Gatehouse) -> None:
    """Whoever loses the permission takes the telephones along."""
    from core.db.work import Work

    panel = house.panel
    staff_id = await panel.person("desk-only", Role.DESK)
    work = Work()
    token = panel.side.gate_phones.invite(work, staff_id)
    await panel.side.writer.commit(work)
    phone = await panel.browser()
    await phone.visit(f"/gate/enter/{token}")
    await phone.send(f"/gate/enter/{token}")
    assert (await phone.visit("/gate")).status == 403


async def test_leaving_the_gate_empties_the_browser(house: Gatehouse, gate: Browser) -> None:
    await gate.visit("/gate")
    fields = {"csrf": (await house.bundle(gate))["csrf"], "once": "x" * 43}
    async with gate.session.post("/gate/out", data=fields, allow_redirects=False) as answer:
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (await gate.visit("/gate")).path == "/in"


async def test_the_page_may_use_the_camera_and_only_its_decoder_may_compile(
    house: Gatehouse, gate: Browser
) -> None:
    page = await gate.visit("/gate")
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "wasm" not in page.headers["Content-Security-Policy"]
    assert "csrf" not in page.html.split("<form")[0]
    base = page.html.split("scanner.js")[0].rsplit('"', 1)[1]
    allowed = []
    for name in ("decoder.js", "zxing.js", "scanner.js", "zxing_reader.wasm", "ed25519.js", "gate.css"):
        async with gate.session.get(base + name) as answer:
            assert answer.status == 200, name
            if "wasm-unsafe-eval" in answer.headers["Content-Security-Policy"]:
                allowed.append(name)
    assert allowed == ["decoder.js"]
    for name in ("worker.js", "..%2fgate.css", "nothing.js"):
        assert (await gate.visit(base + name)).status == 404
    async with gate.session.get("/gate/worker.js") as answer:
        assert answer.headers["Service-Worker-Allowed"] == "/gate"
        assert f'"{base}scanner.js"' in await answer.text()


async def test_viewers_see_a_scan_and_an_alert_as_they_happen(house: Gatehouse) -> None:
    officer = await house.panel.sign_in(Role.OFFICER)
    token = await house.token(await house.book(9))
    house.at(0)
    assert "<strong>0</strong> of 10 (0 %)" in (await officer.visit("/live")).html
    async with officer.session.get("/live/stream") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-cache"
        assert "<strong>0</strong>" in await _event(stream)
        await house.scan(officer, token)
        told = await _event(stream)
    assert "<strong>9</strong> of 10 (90 %)" in told
    assert "at or above 90 % of the limit" in told


async def test_the_server_ends_although_somebody_watches(house: Gatehouse) -> None:
    officer = await house.panel.sign_in(Role.OFFICER)
    async with officer.session.get("/live/stream") as stream:
        await _event(stream)
        async with asyncio.timeout(3):
            await house.panel.application.shutdown()
            while await stream.content.readline():
                pass


async def _event(stream: Any) -> str:
    lines: list[str] = []
    async with asyncio.timeout(5):
        while (line := (await stream.content.readline()).decode().strip()) or not lines:
            lines.append(line)
    return "\n".join(lines)
