"""`python -m core.commands`: the same as `paso`, where no script is installed."""

from core.commands.main import app

app()
