"""How Alembic runs our migrations: on the connection and in the transaction that `core.db.migrate` gives."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from core.db.schema import metadata
from core.db.types import Instant


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration is history: it names the column type of that day, not our code of tomorrow."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
