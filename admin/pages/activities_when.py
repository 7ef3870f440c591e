"""When a question is asked, in the reader's language: «Μόνο όταν: «Ξέρετε σκάκι;» = Ναι»."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin.pages.activities_form import Document, Page, ShownRows
from admin.pages.activities_leaves import conditioned
from admin.visit import Visit


def say_conditions(visit: Visit, page: Page, document: Document) -> None:
    """Each condition on the page with yes and no, questions and options as the reader knows them."""
    yes_no = (visit.t("dialog.yes"), visit.t("dialog.no"))
    steps = [each for each in document.get("steps") or () if isinstance(each, dict)]
    known = {str(each.get("key", "")): each for each in steps}
    for part in page.parts:
        if not isinstance(part, ShownRows) or part.rows.path != "steps":
            continue
        for row, step in zip(part.items, steps, strict=False):
            when = step.get("when")
            for shown in row.fields:
                if shown.leaf.path == "when" and isinstance(when, Mapping):
                    shown.typed = conditioned(when, (yes_no[0].lower(), yes_no[1].lower()))
                    shown.note = _words(visit, when, known, yes_no)


def _words(
    visit: Visit, when: Mapping[str, Any], known: Mapping[str, Document], yes_no: tuple[str, str]
) -> str:
    said = []
    for key, wanted in when.items():
        step = known.get(key, {})
        texts = {
            str(each.get("value")): _text(visit, each.get("text"))
            for each in step.get("options") or ()
            if isinstance(each, dict)
        }
        answers = wanted if isinstance(wanted, list) else [wanted]
        told = [
            yes_no[0 if each else 1] if isinstance(each, bool) else texts.get(str(each)) or str(each)
            for each in answers
        ]
        kind = f"panel_activities.kind.{step.get('kind', '')}"
        question = _text(visit, step.get("prompt")) or (visit.t(kind) if visit.has(kind) else key)
        answer = visit.t("panel_activities.when.or").join(told)
        said.append(visit.t("panel_activities.when.one", question=question, answer=answer))
    both = visit.t("panel_activities.when.and").join(said)
    return visit.t("panel_activities.when.only", conditions=both) if said else ""


def _text(visit: Visit, text: Any) -> str:
    if not isinstance(text, Mapping):
        return ""
    return str(text.get(visit.language) or text.get("el") or "")
