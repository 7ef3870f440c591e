"""The report page of a replayed season: one file, to read and to print, without scripts and nothing from elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import jinja2

from core.messages.texts import Texts
from core.stats.counts import Counts
from core.stats.definitions import decimal
from core.stats.kpi import Kpi
from core.stats.replay.outcome import Outcome, Study
from core.stats.replay.town import APPLICATIONS, ATTENDED, SEASON, USERS

_CATEGORIES = ("culture", "sport")
_CHART_WIDTH, _BAR_HEIGHT, _LABEL = 640, 26, 150
_WIDE_LABEL, _EFFECT_HEIGHT = 190, 38
MODEL_REDUCTION = 13
"""Per cent fewer people at the same time, as the model town saw it."""
_MONTHS = range(SEASON.first.month, SEASON.last.month + 1)


@dataclass(frozen=True)
class Bar:
    """One bar of the chart, in its own units of length."""

    label: str
    y: int
    parts: Sequence[tuple[str, int, int, int]]
    """(category, x, width, count)."""
    total: int


def html(texts: Texts, language: str, outcomes: Sequence[Outcome], study: Study) -> str:
    """In that language; `outcomes` without suggestions first. Ends with what the last of them recommends."""
    last = outcomes[-1]

    def t(key: str, **params: object) -> str:
        return texts.say(f"figures.report.{key}", language, **params)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    facts: dict[str, Any] = {
        "t": t,
        "language": language,
        "season": SEASON,
        "last": last,
        "summary": _summary(texts, outcomes, study, language),
        "totals": [(what, *(number(n, language) for n in counts)) for what, *counts in _totals(t, last)],
        "kpis": [_kpi(texts, language, kpi) for kpi in sorted(last.kpis, key=_shortest_first)],
        "plays": [_play(outcome, language) for outcome in outcomes],
        "study": [_effect(effect, language) for effect in study.effects],
        "effects": _effects(t, study, language),
        "seeds": study.seeds,
        "bars": _bars(texts, language, last),
        "width": _CHART_WIDTH,
        "height": _BAR_HEIGHT * len(_MONTHS),
        "label": _LABEL,
        "wide_label": _WIDE_LABEL,
        "effects_height": _EFFECT_HEIGHT * len(study.effects),
        "advice": [texts.say(each.text, language) for each in last.recommendations],
        "categories": [(name, texts.say(f"figures.category.{name}", language)) for name in _CATEGORIES],
    }
    return environment.get_template("report.html.j2").render(facts)


def _summary(texts: Texts, outcomes: Sequence[Outcome], study: Study, language: str) -> list[str]:
    """What a reader in a hurry takes along."""

    def t(key: str, **params: object) -> str:
        return texts.say(f"figures.report.{key}", language, **params)

    without, last = outcomes[0], outcomes[-1]

    def n(count: int) -> str:
        return number(count, language)

    def points(found: Fraction | None) -> str:
        return comma(found or Fraction(0), language)

    sums = sum(last.counts.values(), Counts())
    found = [
        t(
            "told.use",
            users=n(last.users.valid),
            applications=n(sums.applications),
            attended=n(sums.attended),
        ),
    ]
    for kpi in sorted(last.kpis, key=_shortest_first)[: len(_CATEGORIES)]:
        if kpi.reached is not None and kpi.strict is not None and kpi.target.target is not None:
            name = texts.say(f"figures.kpi.what.{kpi.target.measure}_{kpi.target.category}", language)
            facts = {"name": name, "value": n(kpi.value), "target": n(kpi.target.target)}
            periods = {"counted": kpi.target.counting_period.first, "aimed": kpi.target.target_period.first}
            found.append(
                t(
                    "told.kpi",
                    **facts,
                    **periods,
                    per_cent=kpi.reached.per_cent,
                    strict=kpi.strict.per_cent,
                )
            )
    alone, led = without.reduction.exact or Fraction(0), last.reduction.exact or Fraction(0)
    found.append(
        t(
            "told.fewer",
            alone=points(alone),
            led=points(led),
            gained=points(led - alone),
            acceptance=round(last.acceptance * 100),
            model=MODEL_REDUCTION,
        )
    )
    if len(study.effects) > 1:
        least, most = study.effects[1], study.effects[-1]
        found.append(
            t(
                "told.study",
                seeds=study.seeds,
                least=round(least.acceptance * 100),
                least_fewer=points(least.reduction.median),
                most=round(most.acceptance * 100),
                most_fewer=points(most.reduction.median),
                alone=points(study.effects[0].reduction.median),
            )
        )
    refused = [sum(counts.refused for counts in each.counts.values()) for each in outcomes]
    found.append(t("told.refused", without=n(refused[0]), led=n(refused[-1]), of=n(sums.applications)))
    return found


@dataclass(frozen=True)
class EffectBar:
    """The median as a bar, least and most as a line on it; in the chart's own units of length."""

    label: str
    y: int
    width: int
    least: int
    most: int
    told: str
    alone: bool


def _effects(t: Any, study: Study, language: str) -> list[EffectBar]:
    top = max((effect.reduction.most for effect in study.effects), default=Fraction(0))
    if top <= 0:
        return []
    room = _CHART_WIDTH - _WIDE_LABEL - 70

    def length(of: Fraction) -> int:
        return max(0, int(of * room / top))

    return [
        EffectBar(
            t("accepting", n=round(effect.acceptance * 100))
            if effect.acceptance
            else t("limits_alone_short"),
            place * _EFFECT_HEIGHT,
            length(effect.reduction.median),
            length(effect.reduction.least),
            length(effect.reduction.most),
            f"{comma(effect.reduction.median, language)} %",
            effect.acceptance == 0,
        )
        for place, effect in enumerate(study.effects)
    ]


def number(count: int, language: str) -> str:
    """With its thousands apart: 4.658 in Greek, 4,658 in English."""
    written = f"{count:,}"
    return written.replace(",", ".") if language == "el" else written


def comma(exact: Fraction, language: str, places: int = 1) -> str:
    written = decimal(exact, places)
    return written.replace(".", ",") if language == "el" else written


def _totals(t: Any, outcome: Outcome) -> list[tuple[str, int, int]]:
    """(What, here, in the model)."""
    rows = [(t("valid_users"), outcome.users.valid, USERS)]
    for category in _CATEGORIES:
        rows.append(
            (t(f"applications_{category}"), outcome.counts[category].applications, APPLICATIONS[category])
        )
    for category in _CATEGORIES:
        rows.append((t(f"attended_{category}"), outcome.counts[category].attended, ATTENDED[category]))
    rows.append((t("warned"), outcome.warned, 0))
    return rows


def _shortest_first(kpi: Kpi) -> tuple[int, str]:
    return kpi.target.target_period.days, kpi.target.category


def _kpi(texts: Texts, language: str, kpi: Kpi) -> dict[str, Any]:
    target = kpi.target
    assert target.target is not None
    assert kpi.reached is not None
    assert kpi.strict is not None
    return {
        "name": texts.say(f"figures.kpi.what.{target.measure}_{target.category}", language),
        "target": number(target.target, language),
        "target_period": target.target_period,
        "value": number(kpi.value, language),
        "per_cent": kpi.reached.per_cent,
        "exact": comma(kpi.reached.exact, language, 2),
        "counting_period": target.counting_period,
        "strict": number(kpi.strict_value, language),
        "strict_per_cent": kpi.strict.per_cent,
    }


def _play(outcome: Outcome, language: str) -> dict[str, Any]:
    refused = sum(counts.refused for counts in outcome.counts.values())
    return {
        "acceptance": round(outcome.acceptance * 100),
        "peak": number(outcome.reduction.actual, language),
        "first": number(outcome.reduction.first_choices, language),
        "reduction": comma(outcome.reduction.exact or Fraction(0), language),
        "unlimited": comma(outcome.without_limits.exact or Fraction(0), language),
        "refused": number(refused, language),
    }


def _effect(effect: Any, language: str) -> dict[str, Any]:
    found, refused = effect.reduction, effect.refused
    return {
        "acceptance": round(effect.acceptance * 100),
        "median": comma(found.median, language),
        "least": comma(found.least, language),
        "most": comma(found.most, language),
        "refused": comma(refused.median, language, 0),
        "refused_least": comma(refused.least, language, 0),
        "refused_most": comma(refused.most, language, 0),
    }


def _bars(texts: Texts, language: str, outcome: Outcome) -> list[Bar]:
    """Applications by month of confirmation."""
    counts: Counter[tuple[int, str]] = Counter()
    for row in outcome.months:
        day, category = row.cell
        counts[int(str(day)[5:7]), str(category)] += row.counts.applications
    most = max((sum(counts[month, name] for name in _CATEGORIES) for month in _MONTHS), default=0) or 1
    bars = []
    for place, month in enumerate(_MONTHS):
        x, parts = _LABEL, []
        for name in _CATEGORIES:
            width = counts[month, name] * (_CHART_WIDTH - _LABEL - 60) // most
            parts.append((name, x, width, counts[month, name]))
            x += width
        total = sum(counts[month, name] for name in _CATEGORIES)
        bars.append(Bar(texts.say(f"figures.month.{month}", language), place * _BAR_HEIGHT, parts, total))
    return bars
