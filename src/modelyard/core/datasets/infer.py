"""Which format each text column has: narrowed on a sample, then held against every row by the cast itself.

A column starts with all formats and loses those that a value does not have; the first that is left is its type, and a
column with none left is text. A column without any value in the sample stays open until its first values are found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.duck import literal, one_row
from modelyard.core.datasets.fast_cast import fast_cast, plain_cast
from modelyard.core.datasets.formats import MISSING, Format, all_formats, missing
from modelyard.core.datasets.options import TextOptions

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

type Alive = list[tuple[Format, ...]]
"""For each column the formats that no value has ruled out yet, the preferred first."""

_HEAD = 1000  # rows on which every format is tried; the others are tried on what survives
_FEW = 20
_GLANCE = 100  # rows looked at in Python, where a word among them settles that a column is text
_AGGREGATES = 40  # in one statement: planning time grows faster than their number


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column is read as.

    Parameters
    ----------
    format : Format, optional
        None for text.
    notes : tuple of str
        What to tell of it, without the name of the column.
    """

    format: Format | None
    notes: tuple[str, ...] = ()


def from_sample(
    con: duckdb.DuckDBPyConnection,
    sample: pa.Table,
    columns: Iterable[int],
    options: TextOptions,
    said_text: Collection[int] = (),
) -> tuple[Alive, list[int]]:
    """Narrow the formats of columns on a sample of the rows.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the tests are run.
    sample : pyarrow.Table
        Text columns ``c0``, ``c1``, ….
    columns : iterable of int
        Which of them.
    options : TextOptions
        What is given and not guessed.
    said_text : collection of int
        Columns where only dates and times are looked for.

    Returns
    -------
    tuple of Alive and list of int
        The formats, and the columns without a value in the sample.
    """
    columns = list(columns)
    alive: dict[int, tuple[Format, ...]] = {}
    undecided: list[int] = []
    hard: list[int] = []
    for i in columns:
        values = sample.column(f"c{i}").combine_chunks()
        found = _at_a_glance(values, i in said_text)
        if values.null_count == len(values):
            undecided.append(i)
        elif found is None:
            hard.append(i)
        else:
            alive[i] = found
    slow, without = _judge(con, sample.slice(0, _HEAD), hard, said_text)
    for i in without:  # its values may begin later in the table
        con.register("asked", sample.select([f"c{i}"]))
        late = con.sql(f"SELECT * FROM asked WHERE NOT {missing(f'c{i}')} LIMIT {_HEAD}").to_arrow_table()  # noqa: S608
        found_late, still_empty = _judge(con, late, [i], said_text)
        slow |= found_late
        undecided += still_empty
    slow = _settle_first(con, sample, slow)
    alive = _settle_rivals(con, sample, alive | slow, options)
    return [alive.get(i, ()) for i in range(max(columns, default=-1) + 1)], undecided


def _at_a_glance(values: pa.Array, said_text: bool) -> tuple[Format, ...] | None:
    """Return the formats of a column that is plainly of one type; None where the patterns must tell."""
    glance = [value for value in values.slice(0, _GLANCE).to_pylist() if value is not None]
    if any(_plainly_text(value) for value in glance):
        return ()
    forms = {form.name: form for form in all_formats()}
    names = ("y-m-d", "y-m-d time") if said_text else ("integer", "number", "boolean", "y-m-d", "y-m-d time")
    for name in names:
        if all(forms[name].looks_like(value) or value in MISSING for value in glance):
            fits = fast_cast(values, forms[name])
            if fits is not None and fits.null_count < len(fits):
                family = [form for form in all_formats() if form.family == forms[name].family]
                rest = family[family.index(forms[name]) :]
                return tuple(rest if name in ("integer", "number") else [f for f in rest if f.name in names])
    return None


def _plainly_text(value: str) -> bool:
    """Tell whether no format can have this value: all but truth values have a digit."""
    stripped = value.strip()
    return (
        bool(stripped)
        and stripped not in MISSING
        and stripped.lower() not in ("true", "false")
        and not any(character.isdecimal() for character in stripped)
    )


def _judge(
    con: duckdb.DuckDBPyConnection, head: pa.Table, columns: Sequence[int], said_text: Collection[int] = ()
) -> tuple[dict[int, tuple[Format, ...]], list[int]]:
    """Return the formats that columns may have by a few rows, and the columns without a value there."""
    alive: dict[int, tuple[Format, ...]] = {}
    tricky: list[int] = []
    empty: list[int] = []
    for i, (has_value, wordy, plain) in _first_look(con, head, columns).items():
        alive[i] = _candidates(wordy, plain)
        if i in said_text:
            alive[i] = tuple(form for form in alive[i] if form.family in ("date", "time"))
        if not has_value:
            empty.append(i)
        elif not plain:  # plain numbers are narrowed when another value is met
            tricky.append(i)
    return alive | _narrow(con, head, _plausible(con, head, {i: alive[i] for i in tricky})), empty


def _plausible(
    con: duckdb.DuckDBPyConnection, head: pa.Table, alive: dict[int, tuple[Format, ...]]
) -> dict[int, tuple[Format, ...]]:
    """Drop the formats that the first few values do not look like, since planning dozens of tests takes longest."""
    for some in batched(list(alive), _AGGREGATES):
        few = [f"list_slice(list(c{i}) FILTER (WHERE NOT {missing(f'c{i}')}), 1, {_FEW})" for i in some]
        row = _ask(con, head, some, few)
        for i, values in zip(some, row, strict=True):
            alive[i] = tuple(form for form in alive[i] if all(form.looks_like(value) for value in values))
    return alive


def over_all(con: duckdb.DuckDBPyConnection, tables: Callable[[], Iterable[pa.Table]], alive: Alive) -> Alive:
    """Narrow the formats over all rows: first find the columns where the preferred one fails, then ask about those."""
    doubtful = {i: formats for i, formats in enumerate(alive) if formats}
    sure = set(doubtful)
    for table in tables():
        sure -= {i for i in sure if fast_cast(_one_array(table, i), doubtful[i][0]) is None}
    left = {i: formats for i, formats in doubtful.items() if i not in sure}
    for table in tables():
        left = _narrow(con, table, left)
    return [left.get(i, formats) for i, formats in enumerate(alive)]


def _one_array(table: pa.Table, i: int) -> pa.Array:
    import pyarrow as pa

    column = table.column(f"c{i}").combine_chunks()
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def first_values(batches: Iterable[pa.RecordBatch], columns: Iterable[int]) -> dict[int, pa.Array]:
    """Return, for each of `columns` that has any, the values of the first batch that has some; reads no further."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array([*MISSING, ""])
    wanted, found = set(columns), {}
    for batch in batches:
        for i in sorted(wanted):
            values = batch.column(i).drop_null().unique()
            if len(values) and not pc.all(pc.is_in(pc.utf8_trim_whitespace(values), words)).as_py():
                found[i] = values
        wanted -= set(found)
        if not wanted:
            break
    return found


def choose(alive: Alive, options: TextOptions) -> list[Choice]:
    """Choose the format of each column; columns that could be read two ways follow those that could not."""
    decimals = {_decimal(formats) for formats in alive}
    orders = {_order(formats) for formats in alive}
    decimal = options.decimal or ("," if "," in decimals and "." not in decimals else ".")
    order = {True: "dmy", False: "mdy", None: None}[options.day_first] or _only(orders & {"dmy", "mdy"})
    return [_choice(formats, decimal, order) for formats in alive]


def words_for_missing(sample: pa.Table, typed: Mapping[int, Format]) -> dict[int, list[str]]:
    """Return the words, such as ``NA``, that stand for missing values in typed columns of a sample."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(MISSING)
    found: dict[int, list[str]] = {}
    for i, form in typed.items():
        values = _one_array(sample, i)
        if plain_cast(values, form) is None:
            trimmed = pc.utf8_trim_whitespace(values)
            there = trimmed.filter(pc.is_in(trimmed, words)).unique().to_pylist()
            if there:
                found[i] = sorted(there)
    return found


def digits_kept_as_text(con: duckdb.DuckDBPyConnection, sample: pa.Table, columns: Sequence[int]) -> list[int]:
    """Return those text columns of a sample that hold nothing but digits: codes, or integers beyond 64 bits."""
    found: list[int] = []
    likely = [i for i in columns if _begins_with_digits(_one_array(sample, i))]
    for some in batched(likely, _AGGREGATES):
        digits = [f"bool_and(regexp_full_match(c{i}, {literal(r'\s*[+-]?\d+\s*')}))" for i in some]
        row = _ask(con, sample, some, digits)
        found.extend(i for i, yes in zip(some, row, strict=True) if yes)
    return found


def _ask(
    con: duckdb.DuckDBPyConnection, table: pa.Table, columns: Iterable[int], aggregates: Sequence[str]
) -> tuple[Any, ...]:
    """Return aggregates; the statement sees no other columns, since planning time grows with their number."""
    con.register("asked", table.select([f"c{i}" for i in dict.fromkeys(columns)]))
    return one_row(con, f"SELECT {', '.join(aggregates)} FROM asked")  # noqa: S608


def _begins_with_digits(values: pa.Array) -> bool:
    glance = [value for value in values.slice(0, _GLANCE).to_pylist() if value is not None]
    return all(re.fullmatch(r"\s*[+-]?\d+\s*", value) for value in glance)


def _first_look(
    con: duckdb.DuckDBPyConnection, table: pa.Table, columns: Sequence[int]
) -> dict[int, tuple[bool, bool, bool]]:
    """Tell of each column whether it has values, one without any digit, and nothing but plain numbers."""
    integer, number = all_formats()[:2]
    looks: dict[int, tuple[bool, bool, bool]] = {}
    for some in batched(columns, _AGGREGATES // 3):
        parts = []
        for x in (f"c{i}" for i in some):
            parts.append(f"coalesce(bool_or(NOT {missing(x)}), false)")
            parts.append(f"coalesce(bool_or(NOT regexp_matches({x}, '[0-9]') AND NOT {missing(x)}), false)")
            either = f"coalesce({integer.value(x)}::DOUBLE, {number.value(x)}) IS NOT NULL"
            parts.append(f"coalesce(bool_and({either} OR {missing(x)}), true)")
        row = _ask(con, table, some, parts)
        for i, triple in zip(some, batched(row, 3), strict=True):
            looks[i] = (bool(triple[0]), bool(triple[1]), bool(triple[2]))
    return looks


def _candidates(wordy: bool, plain: bool) -> tuple[Format, ...]:
    if plain:
        return tuple(form for form in all_formats() if form.family == "number")
    if wordy:  # no number, date or time is without a digit
        return tuple(form for form in all_formats() if form.family == "boolean")
    return tuple(form for form in all_formats() if form.family != "boolean")


def _narrow(
    con: duckdb.DuckDBPyConnection, source: pa.Table, alive: dict[int, tuple[Format, ...]]
) -> dict[int, tuple[Format, ...]]:
    """Drop every format that some value of `source` does not have."""
    pairs = [(i, form) for i, formats in alive.items() for form in formats]
    survived = {(i, form.name) for i, form in _surviving(con, source, pairs)}
    return {i: tuple(form for form in formats if (i, form.name) in survived) for i, formats in alive.items()}


def _surviving(
    con: duckdb.DuckDBPyConnection, source: pa.Table, pairs: list[tuple[int, Format]]
) -> list[tuple[int, Format]]:
    survivors: list[tuple[int, Format]] = []
    for some in batched(pairs, _AGGREGATES):
        tests = [f"coalesce(bool_and(({f.value(f'c{i}')}) IS NOT NULL OR {missing(f'c{i}')}), true)" for i, f in some]
        row = _ask(con, source, [i for i, _ in some], tests)
        survivors.extend(pair for pair, yes in zip(some, row, strict=True) if yes)
    return survivors


def _settle_first(
    con: duckdb.DuckDBPyConnection, table: pa.Table, alive: dict[int, tuple[Format, ...]]
) -> dict[int, tuple[Format, ...]]:
    """Drop formats from the front of each list until the first one fits the whole sample."""
    open_columns = [i for i, formats in alive.items() if formats]
    while open_columns:
        pairs = [(i, alive[i][0]) for i in open_columns]
        fitting = {i for i, _ in _surviving(con, table, pairs)}
        open_columns = [i for i in open_columns if i not in fitting]
        for i in open_columns:
            alive[i] = alive[i][1:]
        open_columns = [i for i in open_columns if alive[i]]
    return alive


def _settle_rivals(
    con: duckdb.DuckDBPyConnection, table: pa.Table, alive: dict[int, tuple[Format, ...]], options: TextOptions
) -> dict[int, tuple[Format, ...]]:
    """Test the rest of the list where it matters: days against months, and commas against points."""
    decorated = options.decimal is not None or any(
        formats and formats[0].note and formats[0].family == "number" for formats in alive.values()
    )
    matters = {
        i: formats
        for i, formats in alive.items()
        if formats and (formats[0].order or (decorated and formats[0].family == "number"))
    }
    return alive | _narrow(con, table, matters)


def _choice(formats: tuple[Format, ...], decimal: str, order: str | None) -> Choice:
    if not formats:
        return Choice(None)
    first = formats[0]
    if first.order:
        rivals = [form for form in formats if form.order and form.type == first.type]
        chosen = next((form for form in rivals if form.order == order), first)
        open_question = len({form.order for form in rivals}) > 1
        return Choice(chosen, _notes(chosen, _which_day(chosen) if open_question else ""))
    if first.family == "number" and first.name != "integer":
        chosen = next((form for form in formats if form.decimal == decimal), first)
        rival = any(form.decimal != chosen.decimal for form in formats if form.family == "number")
        open_question = rival and chosen.name != "number" and _decimal(formats) == ""
        return Choice(chosen, _notes(chosen, "a decimal comma was as possible as a point" if open_question else ""))
    return Choice(first, _notes(first))


def _notes(form: Format, question: str = "") -> tuple[str, ...]:
    return tuple(note for note in (form.note, question) if note)


def _which_day(form: Format) -> str:
    read, other = ("day/month", "month/day") if form.order == "dmy" else ("month/day", "day/month")
    return f"dates were read as {read}, {other} was as possible"


def _decimal(formats: tuple[Format, ...]) -> str:
    """Return the decimal sign that a column proves, empty if it proves none."""
    numbers = [form for form in formats if form.family == "number"]
    if not numbers or numbers[0].name == "integer" or len({form.decimal for form in numbers}) > 1:
        return ""
    return numbers[0].decimal


def _order(formats: tuple[Format, ...]) -> str:
    """Return the order of day and month that a column proves, empty if it proves none."""
    orders = {form.order for form in formats if form.order}
    return _only(orders) or ""


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
