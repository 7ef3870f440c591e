"""Trying a definition out: as a chat, and as the words that a telephone would speak. Nothing is kept of it."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from admin.pages.activities import found as published
from admin.pages.activities import today
from admin.pages.activities_draft import found as drafted
from admin.routes import Routes
from admin.visit import Visit
from core.activities.definition import Activity
from core.activities.loading import load
from core.conversations.by_keys import KEYS, sentences
from core.conversations.dead_ends import DeadEnd, dead_ends
from core.conversations.trial import Heard, Trial
from core.dialog.said import Ask
from core.messages.aloud import Aloud, levels
from core.people.staff_roles import Permission

_MOST_HEARD = 80
_LONGEST = 500
routes = Routes()


@routes.get("/activities/of/{key}/try", needs=Permission.ACTIVITIES_SEE)
@routes.post("/activities/of/{key}/try", needs=Permission.ACTIVITIES_SEE)
async def of_published(visit: Visit) -> web.Response:
    activity = await published(visit)
    return await _page(visit, activity, f"/activities/of/{activity.key}")


@routes.get("/activities/drafts/{id}/try", needs=Permission.ACTIVITIES_EDIT)
@routes.post("/activities/drafts/{id}/try", needs=Permission.ACTIVITIES_EDIT)
async def of_draft(visit: Visit) -> web.Response:
    draft = await drafted(visit)
    url = f"/activities/drafts/{draft.id}"
    if await visit.side.drafts.faults(draft, today(visit)):
        return visit.go(url, done="panel_activities.not_yet")
    return await _page(visit, load(draft.document, today(visit)), url)


async def _page(visit: Visit, activity: Activity, url: str) -> web.Response:
    trial = Trial(activity, visit.side.clock.now(), visit.side.texts, visit.language)
    tried = await trial.run(_heard(visit))
    return visit.page(
        "activities/try.html",
        activity=activity,
        url=url,
        tried=tried,
        back=tried.heard[:-1],
        spoken=spoken(visit, tried.ask) if tried.ask and not tried.nothing else [],
        ends=_ends(visit, activity, await dead_ends(trial)),
        problem=tried.problem,
    )


def spoken(visit: Visit, ask: Ask) -> list[list[str]]:
    """A question as a call would say it: level by level, sentence by sentence."""
    aloud, many = Aloud(visit.side.settings.zone), len(levels(len(ask.options), KEYS)) or 1
    return [sentences(aloud, visit.language, ask, level) for level in range(many)]


def _ends(visit: Visit, activity: Activity, found: Sequence[DeadEnd]) -> list[str]:
    """Each in words; a question is called by its own."""
    asked = {step.key: step.prompt.written() for step in activity.steps if step.prompt is not None}
    return [
        visit.t(
            f"panel_activities.try.end.{end.what}",
            step=visit.t(asked[end.step]) if end.step in asked else end.step,
            n=end.n,
        )
        for end in found
    ]


def _heard(visit: Visit) -> list[Heard]:
    """What was answered so far, and now: a button (`pick`) or words (`type`)."""
    before = [each.partition(":") for each in visit.fields.get("heard", ())[:_MOST_HEARD]]
    heard = [(how, what[:_LONGEST]) for how, _, what in before if how in ("pick", "type")]
    pick, words = (visit.fields.get(name, ("",))[0] for name in ("pick", "words"))
    if pick:
        return [*heard, ("pick", pick[:10])]
    return [*heard, ("type", words.strip()[:_LONGEST])] if words.strip() else heard
