"""`paso season replay`: a season like the model's, through the product's own use cases, on a database of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.config import read_settings
from core.messages.texts import Texts

app = typer.Typer(no_args_is_help=True, help="Seasons, played as a trial.")
WITH_SUGGESTIONS = 0.35
STUDIED = (0.2, 0.35, 0.5)


@app.callback()
def season() -> None:
    """Seasons, played as a trial."""


@app.command()
def replay(
    page: Annotated[Path, typer.Option("--report", help="Where to write the report page.")] = Path(
        "season.html"
    ),
    seed: Annotated[int, typer.Option(help="Of the demand: the same seed, the same season.")] = 1,
    seeds: Annotated[int, typer.Option(min=0, help="How many seeds the study rehearses; 0: none.")] = 20,
    language: Annotated[str, typer.Option("--language", help="Of the report: el or en.")] = "el",
) -> None:
    """Play 1 June to 30 October 2020 of an invented town like the model, twice: without and with suggestions of
    quieter hours. Nothing outside a temporary folder is touched but the report."""
    from core.adapters.replaying import SeededChance  # the whole product: the other commands start without it
    from core.commands import playing
    from core.stats.replay import report
    from core.stats.replay.choosing import quieter
    from core.stats.replay.outcome import study_of

    texts = Texts(read_settings().zone)
    outcomes = []
    for acceptance in (0.0, WITH_SUGGESTIONS):
        outcomes.append(asyncio.run(playing.play(seed, acceptance)))
        typer.echo(playing.told(outcomes[-1]))
    study = study_of(SeededChance, seeds, STUDIED, quieter)
    for line in playing.study_told(study):
        typer.echo(line)
    page.write_text(report.html(texts, texts.choose(language), outcomes, study), "utf-8")
    typer.echo(f"Report: {page}")
