"""A DuckDB connection in which SQL of strangers may run: it sees views over dataset versions and nothing else.

No file but the parts of those versions can be read, and none written; there is no network, no extension and no setting
that could be changed; one statement that returns rows is all that is taken.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput, ModelyardError, Unavailable
from modelyard.core.datasets.duck import as_strings, connection, literal, one_row
from modelyard.core.datasets.types import VersionInfo

if TYPE_CHECKING:
    import duckdb

LENGTH = 100_000
"""Characters of a statement."""


@dataclass(frozen=True, slots=True)
class View:
    """A version under a name.

    Parameters
    ----------
    name : str
        As it is called in SQL.
    version : VersionInfo
        What it shows.
    paths : sequence of path
        Its parts.
    limit : int, optional
        Only its first rows.
    """

    name: str
    version: VersionInfo
    paths: Sequence[Path]
    limit: int | None = None


@contextmanager
def sandbox(
    views: Sequence[View], sql: str = "", *, seconds: float | None = None, memory: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a locked connection that knows these views; what goes wrong in it is told in our words.

    Parameters
    ----------
    views : sequence of View
        What can be asked.
    sql : str
        What will be asked, to tell places in it.
    seconds : float, optional
        After which a statement is broken off.
    memory : str, optional
        As of `modelyard.core.datasets.duck.connection`.

    Raises
    ------
    InvalidInput
        If the SQL is wrong, with the place.
    Unavailable
        If it takes too long or too much memory.
    """
    with connection(memory) as con, _told(seconds, sql):
        files = [path for view in views for path in as_strings([Path(each) for each in view.paths])]
        _allow(con, files)
        for view in views:
            con.execute(f"CREATE VIEW {quoted(view.name)} AS {shown(view.version, view.paths, view.limit)}")
        con.execute("SET lock_configuration = true")
        timer = None if seconds is None else threading.Timer(seconds, con.interrupt)
        try:
            if timer is not None:
                timer.start()
            yield con
        finally:
            if timer is not None:
                timer.cancel()


def _allow(con: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Close every door but the one to these files, and to the folder where a large query spills."""
    spill = one_row(con, "SELECT current_setting('temp_directory')")[0]
    con.execute(f"SET allowed_directories = [{literal(str(spill))}]")
    both = dict.fromkeys([*files, *map(_plain, files)])  # the pattern, and the file that it stands for
    con.execute(f"SET allowed_paths = [{', '.join(map(literal, both))}]")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET enable_external_access = false")


def _plain(path: str) -> str:
    return re.sub(r"\[([\[*?])\]", r"\1", path)


def shown(version: VersionInfo, paths: Sequence[Path], limit: int | None = None) -> str:
    """Return the SELECT of a version's columns by their names, which differ also where only case did."""
    names = sql_names([column.name for column in version.columns])
    columns = ", ".join(
        f"{f'to_microseconds(c{i})' if column.kind == 'duration' else f'c{i}'} AS {quoted(name)}"
        for i, (column, name) in enumerate(zip(version.columns, names, strict=True))
    )
    inner = ", ".join(f"c{i}" for i in range(len(names)))
    files = ", ".join(literal(path) for path in as_strings([Path(each) for each in paths]))
    first = "" if limit is None else f" LIMIT {int(limit)}"
    return f"SELECT {columns} FROM read_parquet([{files}]) AS t({inner}){first}"  # noqa: S608


def sql_names(names: Sequence[str]) -> list[str]:
    """Return names that differ in more than case.

    Examples
    --------
    >>> sql_names(["x", "X", "y"])
    ['x', 'X_2', 'y']
    """
    taken = {name.lower() for name in names}
    seen: set[str] = set()
    found = []
    for name in names:
        new, number = name, 2
        while new.lower() in seen or (new != name and new.lower() in taken):
            new, number = f"{name}_{number}", number + 1
        seen.add(new.lower())
        found.append(new)
    return found


def quoted(name: str) -> str:
    """Return a name as SQL has it.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def tables_of(sql: str) -> tuple[str, ...]:
    """Return the names of the tables that a statement asks for; only one that returns rows is taken.

    Raises
    ------
    InvalidInput
        If it is none, more than one, or does something else.

    Examples
    --------
    >>> tables_of('select * from flights join "weather@2" using (day)')
    ('flights', 'weather@2')
    """
    if not sql.strip() or len(sql) > LENGTH:
        raise InvalidInput("A query is one statement.", possible=[f"1 to {LENGTH:,} characters"])
    with connection() as con:
        parsed = json.loads(one_row(con, "SELECT json_serialize_sql(?::VARCHAR)", [sql])[0])
    if parsed["error"] and parsed.get("error_type") == "parser":
        at = int(parsed["position"]) if str(parsed.get("position", "")).isdecimal() else None
        raise InvalidInput(f"The SQL cannot be read: {parsed['error_message']}.", where=_place(sql, at))
    if parsed["error"]:
        raise InvalidInput("Only statements that return rows can be run: SELECT, WITH or FROM.", where="SQL")
    if len(parsed["statements"]) != 1:
        raise InvalidInput(f"A query is one statement, these are {len(parsed['statements'])}.", where="SQL")
    return tuple(dict.fromkeys(_tables(parsed["statements"][0], frozenset())))


def _tables(node: Any, known: frozenset[str]) -> Iterator[str]:
    """Yield the tables below a node of a parsed statement, without the names that WITH gives."""
    if isinstance(node, list):
        for each in node:
            yield from _tables(each, known)
    elif isinstance(node, dict):
        named = node.get("cte_map", {}).get("map", []) if isinstance(node.get("cte_map"), dict) else []
        known = known | {str(each["key"]).lower() for each in named}
        if node.get("type") == "BASE_TABLE" and str(node.get("table_name", "")).lower() not in known:
            yield str(node["table_name"])
        for each in node.values():
            yield from _tables(each, known)


def _place(sql: str, position: int | None) -> str:
    if position is None:
        return "SQL"
    before = sql[:position]
    return f"SQL, line {before.count(chr(10)) + 1}, character {position - before.rfind(chr(10))}"


@contextmanager
def _told(seconds: float | None, sql: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise  # told by the connection
    except duckdb.InterruptException as error:
        raise Unavailable(
            f"The query was broken off after {seconds:g} s." if seconds else "The query was broken off.",
            remedy="Ask for less, or make a dataset of it: a job takes the time that it needs.",
        ) from error
    except duckdb.Error as error:
        raise explained(error, sql) from error


_MARK = re.compile(r"^LINE (\d+): (.*)\n( *)\^", flags=re.M)
_KIND = re.compile(r"^[A-Z][A-Za-z ]* Error: ")
_CANDIDATES = re.compile(r"^(?:Candidate bindings|Did you mean)[: ]*(.*?)\??$", flags=re.M)


def explained(error: BaseException, sql: str = "") -> ModelyardError:
    """Return DuckDB's words in our form: the sentence, the place, and what was possible."""
    text = str(error)
    where = _marked(text, sql)
    sentence = _KIND.sub("", text.split("\n")[0]).strip()
    if "file system operations are disabled" in text:
        return InvalidInput("A query sees datasets alone: no file and no address.", where=where, details=text)
    candidates = _CANDIDATES.search(text)
    possible = re.findall(r'"([^"]+)"', candidates[1]) if candidates else None
    return InvalidInput(
        sentence if sentence[-1:] in ".!?" else f"{sentence}.", where=where, possible=possible, details=text
    )


def _marked(text: str, sql: str) -> str:
    found = _MARK.search(text)
    if found is None:
        named = re.search(r'"([^"]+)"', text.split("\n")[0])
        return _place(sql, sql.find(named[1]) if named and named[1] in sql else None)
    if found[2] not in sql:  # cut, or the statement within another one of ours
        return "SQL"
    return f"SQL, line {found[1]}, character {max(1, len(found[3]) - len(f'LINE {found[1]}: ') + 1)}"
