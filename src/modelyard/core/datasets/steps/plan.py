"""Steps one after the other, over the parts of versions: a view for each in a locked connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput, ModelyardError
from modelyard.core.datasets.queries import SqlColumn, SqlResult, answer, batches_from
from modelyard.core.datasets.sandbox import View, explained, quoted, sandbox
from modelyard.core.datasets.steps.base import Step, Table

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BASE = "modelyard base"
PREVIEW_ROWS = 10_000
"""The first rows of a version, over which steps are tried."""


def preview(base: View, others: Mapping[str, View], steps: Sequence[Step], rows: int = 50) -> SqlResult:
    """Return what steps make of the first `PREVIEW_ROWS` rows.

    Parameters
    ----------
    base : View
        What they begin with.
    others : mapping of str to View
        What joins read, by the words of the steps.
    steps : sequence of Step
        None shows the rows as they are.
    rows : int
        How many are returned.
    """
    views = [replace(base, name=BASE, limit=PREVIEW_ROWS), *_named(others)]
    with sandbox(views, seconds=30.0) as con:
        return answer(con, f"FROM {_built(con, steps, others)}", views, rows)


@contextmanager
def transformed(base: View, others: Mapping[str, View], steps: Sequence[Step]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Yield all rows that the steps make as batches, at least one; they are never all in memory."""
    views = [replace(base, name=BASE), *_named(others)]
    with sandbox(views) as con:
        yield batches_from(con, f"FROM {_built(con, steps, others)}", views)


def _named(others: Mapping[str, View]) -> list[View]:
    return [replace(view, name=f"modelyard other {reference}") for reference, view in others.items()]


def _built(con: duckdb.DuckDBPyConnection, steps: Sequence[Step], others: Mapping[str, View]) -> str:
    """Make a view a step, and return the name of the last, quoted."""

    def ask(sql: str) -> Sequence[tuple[Any, ...]]:
        return con.execute(sql).fetchall()

    def other(reference: str) -> Table:
        if reference not in others:
            raise InvalidInput(f"There is no dataset {reference!r} here.", possible=list(others) or None)
        return table(quoted(f"modelyard other {reference}"))

    def table(name: str) -> Table:
        shown = con.sql(f"FROM {name}")
        kinds = zip(shown.columns, shown.types, strict=True)
        return Table(name, tuple(SqlColumn(column, str(kind)) for column, kind in kinds), ask, other)

    now = table(quoted(BASE))
    for place, step in enumerate(steps, start=1):
        now = _applied(con, step, now, place, table)
    return now.name


def _applied(con: duckdb.DuckDBPyConnection, step: Step, now: Table, place: int, table: Any) -> Table:
    import duckdb

    name = f"modelyard step {place}"
    try:
        con.execute(f"CREATE TEMP VIEW {quoted(name)} AS {step.sql(now)}")
        made: Table = table(quoted(name))
        huge = [column.name for column in made.columns if column.type == "HUGEINT"]
        if huge:  # sums of whole numbers
            kept = made.select({column: f"{quoted(column)}::BIGINT" for column in huge})
            con.execute(f"CREATE TEMP VIEW {quoted(f'{name} whole')} AS {kept} FROM {made.name}")
            made = table(quoted(f"{name} whole"))
        return made
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise  # told by whoever limits them
    except duckdb.Error as error:
        raise StepRefused(explained(error), step, place) from error
    except InvalidInput as error:
        raise StepRefused(error, step, place) from error


class StepRefused(InvalidInput):
    """A step that cannot be applied.

    Parameters
    ----------
    error : ModelyardError
        Why.
    step : Step
        The one.
    place : int
        Where it stands, from 1.
    """

    def __init__(self, error: ModelyardError, step: Step, place: int) -> None:
        self.place = place
        self.reason = error
        inner = "" if error.where in (None, "SQL") else f": {error.where}"
        super().__init__(
            error.what,
            where=f"step {place}, {step.kind}{inner if 'SQL,' not in inner else ''}",
            possible=error.possible or None,
            remedy=error.remedy,
            details=error.details,
        )
