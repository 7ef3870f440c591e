"""`column in (so many values)` as one statement for any number of them, so that it is prepared once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: ColumnElement[Any], values: str) -> ColumnElement[bool]:
    """Whether the column is one of the values of the parameter of that name, a sequence."""
    one_of = _OneOf(bindparam(values, type_=_Several(column.type)))
    return column.bool_op("")(
        one_of
    )  # the operator is written with its right side: it is each database's own


class _OneOf(FunctionElement[Any]):
    name = "one_of"
    inherit_cache = True


class _Several(TypeDecorator[Sequence[Any]]):
    """An array; on SQLite, which has none, a JSON list."""

    impl = String
    cache_ok = True

    def __init__(self, each: TypeEngine[Any]) -> None:
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.each) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))


@compiles(_OneOf, "postgresql")
def _any(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"= ANY ({compiler.process(element.clauses, **options)})"


@compiles(_OneOf, "sqlite")
def _json_each(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    (values,) = element.clauses
    assert isinstance(values.type, _Several)
    kind = values.type.each.compile(compiler.dialect)
    listed = compiler.process(values, **options)
    # Without the cast the column's index would not be used.
    return f"IN (SELECT CAST(value AS {kind}) FROM json_each({listed}))"  # noqa: S608  (nothing of it is given)
