"""What the scanner page's script asks and is told: the day's passes to take along, and verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from admin.broadcast import BROADCAST
from admin.routes import Routes
from admin.visit import Visit
from core.db import audit
from core.db.types import to_milliseconds
from core.db.work import Work
from core.errors import Refused
from core.people.staff_roles import Permission
from core.visits.bundle import KnownPass
from core.visits.retention import midnight_of
from core.visits.scans import MOST_PERSONS, Scan, Seen, Verdict
from core.visits.service import Answer

routes = Routes()
_STRICT = ConfigDict(extra="forbid", strict=True)
_Moment = Annotated[int, Field(ge=0, le=10_000_000_000_000)]
"""Milliseconds since 1970, by the gate's clock."""
_Count = Annotated[int, Field(ge=1, le=MOST_PERSONS)]


def _whole(shown: object) -> object:
    """Half a character (a lone surrogate), which JSON can carry and nothing can store, is read as «?»."""
    return shown.encode("utf-8", "replace").decode() if isinstance(shown, str) else shown


class SentScan(BaseModel):
    model_config = _STRICT
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    shown: Annotated[str, BeforeValidator(_whole), StringConstraints(max_length=20_000)]
    """Anything that a camera may read; what is no pass is refused with a reason."""
    scanned_at: _Moment
    direction: Literal["entry", "exit"] | None = None
    persons: _Count | None = None
    passed: _Count | None = None
    override: bool = False
    corrects: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")] | None = None


class SentScans(BaseModel):
    model_config = _STRICT
    facility: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
    gate: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    sent_at: _Moment
    scans: Annotated[list[SentScan], Field(min_length=1, max_length=100)]


@routes.post("/gate/scans", needs=Permission.GATE_SCAN, json=True)
async def scan(visit: Visit) -> web.Response:
    """One scan that waits for its verdict, or those that were kept while there was no line."""
    try:
        sent = SentScans.model_validate(dict(visit.json))
        questions = [_question(one, sent, visit.who.staff_id) for one in sent.scans]
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False, include_context=False)[0]
        return _malformed(".".join(str(part) for part in first["loc"]), str(first["msg"]))
    except (ValueError, OverflowError) as fault:
        return _malformed("scans", str(fault))
    if any(question.override for question in questions) and not visit.may(Permission.GATE_OVERRIDE):
        raise web.HTTPForbidden
    work = Work()
    answers = [visit.side.visits.scan(work, question) for question in questions]
    for question, answer in zip(questions, answers, strict=True):
        if question.override:
            _note_override(visit, work, question, answer)
        if question.corrects:
            _note_correction(visit, work, question, answer)
    await visit.side.writer.commit(work)
    visit.request.config_dict[BROADCAST].kick()
    told = [
        _told(visit, question, answer.verdict) for question, answer in zip(questions, answers, strict=True)
    ]
    return web.json_response({"now": to_milliseconds(visit.side.clock.now()), "answers": told})


@routes.get("/gate/bundle", needs=Permission.GATE_SCAN)
async def bundle(visit: Visit) -> web.Response:
    """The day's passes of a facility (`?facility=`; without one, of the first), and what this telephone may do."""
    side = visit.side
    facilities = {each.facility.key: each.facility for each in await side.activities.in_use()}
    now = side.clock.now()
    answer: dict[str, Any] = {
        "now": to_milliseconds(now),
        "csrf": visit.csrf,
        "override": visit.may(Permission.GATE_OVERRIDE),
        "devices": visit.may(Permission.GATE_DEVICES),
        "own": visit.may(Permission.OWN),
        "facilities": [
            {"key": each.key, "number": each.number, "name": visit.t(each.name.written())}
            for each in sorted(facilities.values(), key=lambda each: each.number)
        ],
    }
    wanted = visit.request.query.get("facility", "")
    if facilities:
        key = wanted if wanted in facilities else answer["facilities"][0]["key"]
        answer["bundle"] = await _bundle(visit, key, now)
    response = web.json_response(answer)
    response.enable_compression()
    return response


async def _bundle(visit: Visit, facility: str, now: datetime) -> dict[str, Any]:
    zone = visit.side.settings.zone
    begin = midnight_of(now, zone)
    end = midnight_of(begin + timedelta(hours=30), zone)
    made = await visit.side.bundles.bundle(facility, begin.astimezone(UTC), end.astimezone(UTC))
    return {
        "facility": made.facility,
        "number": made.facility_number,
        "made_at": to_milliseconds(made.made_at),
        "day_ends": to_milliseconds(end.astimezone(UTC)),
        "keys": [each.hex() for each in made.verifying_keys],
        "early_ms": made.early_minutes * 60_000,
        "salt": made.salt.hex(),
        "iterations": made.iterations,
        "complete": made.complete,
        "known": [_known(each) for each in made.known],
        "revoked": list(made.revoked),
    }


def _known(each: KnownPass) -> dict[str, Any]:
    return {
        "number": each.number,
        "hash": each.code_hash,
        "persons": each.persons,
        "opens": to_milliseconds(each.opens_at),
        "closes": to_milliseconds(each.entry_closes_at),
        "ends": to_milliseconds(each.ends_at),
        "re_entry": each.re_entry,
        "scans_exit": each.scans_exit,
        "entered": each.entered,
        "inside": each.inside,
    }


def _question(one: SentScan, sent: SentScans, staff_id: int) -> Scan:
    seen = Seen(
        nonce=one.nonce,
        facility=sent.facility,
        gate=sent.gate,
        staff_id=staff_id,
        scanned_at=datetime.fromtimestamp(one.scanned_at / 1000, UTC),
        sent_at=datetime.fromtimestamp(sent.sent_at / 1000, UTC),
    )
    return Scan(seen, one.shown, one.direction, one.persons, one.passed, one.override, one.corrects)


def _note_override(visit: Visit, work: Work, question: Scan, answer: Answer) -> None:
    """In the audit log too: who let whom through in spite of which reason, in the same breath."""
    at, actor = visit.side.clock.now(), visit.who.actor

    async def job(transaction: AsyncConnection, _: Work) -> None:
        verdict = answer.verdict
        if verdict.repeated or verdict.reason is None or not verdict.admitted:
            return
        facts: audit.Facts = {
            "facility": question.seen.facility,
            "booking": verdict.booking_id or 0,
            "persons": verdict.persons,
            "reason": verdict.reason.code,
        }
        await audit.append_now(transaction, at=at, actor=actor, action="gate.overrode", facts=facts)

    work.job(job)


def _note_correction(visit: Visit, work: Work, question: Scan, answer: Answer) -> None:
    at, actor = visit.side.clock.now(), visit.who.actor

    async def job(transaction: AsyncConnection, _: Work) -> None:
        verdict = answer.verdict
        if verdict.repeated or not verdict.admitted:
            return
        facts: audit.Facts = {
            "facility": question.seen.facility,
            "booking": verdict.booking_id or 0,
            "persons": verdict.persons,
        }
        await audit.append_now(transaction, at=at, actor=actor, action="gate.corrected", facts=facts)

    work.job(job)


def _told(visit: Visit, question: Scan, verdict: Verdict) -> dict[str, Any]:
    reason = verdict.reason
    return {
        "nonce": question.seen.nonce,
        "persons": verdict.persons,
        "direction": verdict.direction,
        "inside": verdict.inside,
        "remaining": verdict.remaining,
        "number": verdict.number,
        "code": reason.code if reason else "",
        "reason": visit.t(reason.text_key, **_sayable(reason)) if reason else "",
        "repeated": verdict.repeated,
        "clock_error_ms": verdict.clock_error_ms,
    }


def _sayable(reason: Refused) -> dict[str, object]:
    """A moment that is not known is said as a dash, not as an error."""
    return {name: "–" if value is None else value for name, value in reason.params.items()}


def _malformed(where: str, why: str) -> web.Response:
    return web.json_response({"status": 400, "where": where, "reason": why}, status=400)
