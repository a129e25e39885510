"""Statements that are written once and asked again and again.

To write a SELECT costs several times what it costs to ask it: a page of twenty queries spent more than half of its time
on writing them. So what a page asks stands in a function of its own whose parameters are bound values:

    @statement
    def _notes(circle_id: Any, most: Any, *, taken: bool) -> Rows:
        return select(Note).where(Note.circle_id == circle_id, gone if taken else kept).limit(most)

    _notes.all(circle.id, 4, taken=False)

It is called at the first use and for each combination of its keyword arguments, never with the values: those are bound.
Nothing in it may depend on the moment or on who asks; tests/test_statements.py reads every one of them for that.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Integer, Select, bindparam, literal, literal_column, select

from models.store import db

Rows: TypeAlias = "Select[*tuple[Any, ...]]"
NO_LIMIT = -1  # SQLite's word for it
# How many rows are wanted is written into the statement: SQLite plans with that number, and prepares a statement anew
# at each run where it is a bound value.
WRITTEN = {"most": bindparam("most", type_=Integer, literal_execute=True)}


def few(count: int) -> Any:
    """For `.limit()` where the number is always the same: written into the statement too, as WRITTEN says."""
    return literal_column(str(int(count)))


class statement:
    """One SELECT for each shape. Positional values are bound, keyword arguments choose the shape: few, and hashable."""

    def __init__(self, write: Callable[..., Rows]) -> None:
        kinds = inspect.signature(write).parameters.values()
        self._bound = [one.name for one in kinds if one.kind is not one.KEYWORD_ONLY]
        self._write, self._shapes = write, dict[Any, Rows]()
        self.__name__, self.__doc__, self.__module__ = write.__name__, write.__doc__, write.__module__

    def _asked(self, values: tuple[Any, ...], shape: dict[str, Any]) -> tuple[Rows, dict[str, Any]]:
        key = tuple(shape.items())
        written = self._shapes.get(key)
        if written is None:
            written = self._write(*(WRITTEN.get(name, bindparam(name)) for name in self._bound), **shape)
            self._shapes[key] = written
        return written, dict(zip(self._bound, values, strict=True))

    def all(self, *values: Any, **shape: Any) -> list[Any]:
        """The first thing of each row, each row once."""
        return list(db.session.scalars(*self._asked(values, shape)).unique())

    def first(self, *values: Any, **shape: Any) -> Any:
        """The first thing of the first row, or None."""
        return db.session.scalars(*self._asked(values, shape)).unique().first()

    def rows(self, *values: Any, **shape: Any) -> Sequence[Any]:
        return db.session.execute(*self._asked(values, shape)).all()

    @property
    def written(self) -> Rows:
        """It, with its values left open, for a condition: of those without a shape."""
        return self._asked(tuple(self._bound), {})[0]


@cache
def _any_of(asked: tuple[statement, ...]) -> Rows:
    return select(*(one.written.order_by(None).with_only_columns(literal(1)).exists() for one in asked))


def present(asked: Iterable[statement], **values: Any) -> set[statement]:
    """Which of these have a row. One query, for what is mostly empty: values of the same name are the same for all."""
    those = tuple(asked)
    (found,) = db.session.execute(_any_of(those), values).all()
    return {one for one, there in zip(those, found, strict=True) if there}
