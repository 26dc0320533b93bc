"""Each step: goes into JSON and back, refuses what is not there, does what it says, the same each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.ingest_batches import ingest_batches
from modelyard.core.datasets.queries import view_of
from modelyard.core.datasets.steps.plan import preview, transformed
from modelyard.core.datasets.steps.registry import STEPS, read_step, read_steps
from modelyard.core.storage.artifacts import ArtifactStore

type Rows = list[tuple[Any, ...]]
type Apply = Callable[..., tuple[list[str], Rows]]

ORDERS = {
    "city": ["Ulm", "Köln", "Ulm", None, "Köln", "Ulm"],
    "price": [1.0, 2.0, None, 4.0, 2.0, 6.0],
    "n": [1, 2, 3, 4, 2, 6],
    "day": pa.array([0, 31, 59, 90, 31, 365], pa.date32()),
    "text": ["1", "x", "3", "4", "x", "01.02.2026"],
}
CITIES = {"city": ["Ulm", "Köln", "Bonn"], "people": [127, 1080, 330], "n": [7, 8, 9]}


@pytest.fixture
def apply(catalog: Catalog, store: ArtifactStore) -> Apply:
    """Apply steps to the orders, and check what every step keeps."""
    for name, columns in (("orders", ORDERS), ("cities", CITIES)):
        made = ingest_batches(iter(pa.table(columns).to_batches()), store, origin={"kind": "test"})
        catalog.create_version(name, made, actor="ann")

    def apply(*given: dict[str, Any]) -> tuple[list[str], Rows]:
        steps = read_steps(given)
        again = read_steps(json.loads(json.dumps([step.to_json() for step in steps])))
        assert again == steps
        others = {name: view_of(catalog, name) for step in steps for name in step.others()}
        base = view_of(catalog, "orders")
        shown = preview(base, others, steps, 1000)
        with transformed(base, others, again) as batches:
            table = pa.Table.from_batches(list(batches))
        assert table.to_pydict() == shown.table.to_pydict()  # the same each time
        names = [column.name for column in shown.columns]
        assert len({name.lower() for name in names}) == len(names)
        return names, shown.rows(0, 1000)

    return apply


def column(found: tuple[list[str], Rows], name: str) -> list[Any]:
    return [row[found[0].index(name)] for row in found[1]]


FORMS: dict[str, Sequence[dict[str, Any]]] = {  # of each kind one that is right, then some that are wrong
    "rename": ({"names": {"n": "amount"}}, {"names": {"nope": "x"}}, {"names": {"n": "CITY"}}),
    "cast": ({"columns": ["n"], "to": "text"}, {"columns": ["nope"], "to": "text"}),
    "drop": ({"columns": ["text"]}, {"columns": ["nope"]}, {"columns": list(ORDERS)}),
    "derive": ({"name": "double", "expression": "n * 2"}, {"name": "x", "expression": "nope + 1"}),
    "filter": ({"where": "price > 1"}, {"where": "nope > 1"}, {"where": "1) FROM x --"}),
    "deduplicate": ({"by": ["city"]}, {"by": ["nope"]}),
    "sample": ({"rows": 2}, {"rows": 2, "by": ["nope"]}),
    "split": ({}, {"by": "time", "column": "nope"}, {"name": "city"}),
    "fill": ({"columns": ["price"], "by": "mean"}, {"columns": ["nope"]}),
    "split_dates": ({"column": "day"}, {"column": "city"}, {"column": "nope"}),
    "bin": ({"column": "n", "bins": 2}, {"column": "nope"}),
    "aggregate": ({"by": ["city"], "measures": {"k": "count(*)"}}, {"by": ["nope"], "measures": {"k": "count(*)"}}),
    "join": ({"dataset": "cities", "on": ["city"]}, {"dataset": "cities", "on": ["price"]}),
    "pivot": ({"by": ["city"], "column": "n", "value": "price"}, {"by": ["city"], "column": "nope", "value": "n"}),
}


def test_every_kind_is_under_the_suite() -> None:
    assert set(FORMS) == set(STEPS.names())


@pytest.mark.parametrize("kind", FORMS)
def test_a_step_keeps_the_contract(apply: Apply, kind: str) -> None:
    right, *wrong = FORMS[kind]
    names, rows = apply({"kind": kind, **right})
    assert names
    assert rows
    assert read_step({"kind": kind, **right}).sentence.endswith(".")
    for each in wrong:
        with pytest.raises(InvalidInput, match=rf"step 2, {kind}|no expression"):
            apply({"kind": "sample", "rows": 3}, {"kind": kind, **each})
    with pytest.raises(InvalidInput, match=r"step 1\).*Possible: "):
        apply({"kind": kind, **right, "no_such": 1})


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"kind": "drop", "columns": "price"}, "columns must be a list."),
        ({"kind": "drop", "columns": []}, "columns must not be empty."),
        ({"kind": "drop", "columns": [1]}, "columns, in an entry, must be a text."),
        ({"kind": "drop"}, "the parameter 'columns' is missing."),
        ({"kind": "rename", "names": ["a"]}, "names must be pairs of names and values."),
        ({"kind": "sample", "rows": "x"}, "rows must be a whole number."),
        ({"kind": "sample", "rows": 0}, "rows must be at least 1."),
        ({"kind": "split", "test": 2}, "test must be less than 1."),
        ({"kind": "split", "by": "x"}, "by must be one of 'rows', 'group', 'time'."),
        ({"kind": "bin", "column": "n", "edges": [3, 1]}, "the edges must grow from one to the next."),
    ],
)
def test_what_cannot_be_is_told_in_plain_words(step: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_step(step)
    assert refused.value.what == f"The step {step['kind']!r} cannot be read: {words}"


def test_columns(apply: Apply) -> None:
    assert apply({"kind": "rename", "names": {"n": "amount", "city": "n"}})[0][:3] == ["n", "price", "amount"]
    cast = {"kind": "cast", "columns": ["text"], "to": "integer"}
    with pytest.raises(InvalidInput, match="Could not convert string 'x'"):
        apply(cast)
    assert column(apply({**cast, "otherwise": "missing"}), "text") == [1, None, 3, 4, None, None]
    dated = {"kind": "cast", "columns": ["text"], "to": "date", "format": "%d.%m.%Y", "otherwise": "missing"}
    assert column(apply(dated), "text")[-1] == date(2026, 2, 1)
    assert column(apply({"kind": "derive", "name": "n", "expression": "n + 1"}), "n") == [2, 3, 4, 5, 3, 7]


def test_rows(apply: Apply) -> None:
    assert column(apply({"kind": "filter", "where": "city = 'Ulm' AND price IS NOT NULL"}), "n") == [1, 6]
    assert column(apply({"kind": "deduplicate"}), "n") == [1, 2, 3, 4, 6]
    assert column(apply({"kind": "deduplicate", "by": ["city"], "keep": "last"}), "n") == [4, 2, 6]
    assert column(apply({"kind": "sample", "rows": 2, "how": "head"}), "n") == [1, 2]
    each = apply({"kind": "sample", "share": 0.5, "by": ["city"]})
    assert sorted(map(str, column(each, "city"))) == ["Köln", "None", "Ulm", "Ulm"]
    drawn = {tuple(column(apply({"kind": "sample", "rows": 3, "seed": seed}), "n")) for seed in range(5)}
    assert len(drawn) > 1


def test_splits(apply: Apply) -> None:
    assert column(apply({"kind": "split", "test": 0.5}), "split").count("test") == 3
    late = apply({"kind": "split", "by": "time", "column": "day", "test": 0.2, "keep": "test"})
    assert column(late, "n") == [6]
    for seed in range(4):
        found = apply({"kind": "split", "by": "group", "column": "city", "test": 0.5, "seed": seed})
        pairs = set(zip(column(found, "city"), column(found, "split"), strict=True))
        assert len(pairs) == 3  # no city is in both


def test_values(apply: Apply) -> None:
    fill = {"kind": "fill", "columns": ["price"]}
    assert column(apply({**fill, "value": 9}), "price")[2] == 9
    assert column(apply({**fill, "by": "mean"}), "price")[2] == 3
    assert column(apply({**fill, "by": "previous"}), "price")[2] == 2
    assert column(apply({**fill, "by": "next"}), "price") == [1, 2, 4, 4, 2, 6]
    dates = apply({"kind": "split_dates", "column": "day", "parts": ["year", "month", "weekday"], "drop": True})
    assert dates[0][-3:] == ["day_year", "day_month", "day_weekday"]
    assert dates[1][1][-3:] == (1970, 2, 7)
    assert column(apply({"kind": "bin", "column": "n", "bins": 5}), "n_bin") == [1, 1, 2, 3, 1, 5]
    assert column(apply({"kind": "bin", "column": "price", "edges": [1, 3]}), "price_bin") == [1, 2, None, 3, 2, 3]
    assert set(column(apply({"kind": "bin", "column": "n", "bins": 2, "by": "quantile"}), "n_bin")) == {1, 2}


def test_tables(apply: Apply) -> None:
    measures = {"rows": "count(*)", "total": "sum(n)", "mean": "avg(price)"}
    assert apply({"kind": "aggregate", "by": ["city"], "measures": measures})[1] == [
        ("Köln", 2, 4, 2.0),
        ("Ulm", 3, 10, 3.5),
        (None, 1, 4, 4.0),
    ]
    left = apply({"kind": "join", "dataset": "cities", "on": ["city"]})
    assert left[0][-2:] == ["people", "n_2"]
    assert column(left, "people") == [127, 1080, 127, None, 1080, 127]
    assert len(apply({"kind": "join", "dataset": "cities", "on": ["city"], "how": "inner"})[1]) == 5
    wide = apply({"kind": "pivot", "by": ["city"], "column": "n", "value": "price", "measure": "count"})
    assert wide[0] == ["city", "1", "2", "3", "4", "6"]
    assert wide[1][0] == ("Köln", 0, 2, 0, 0, 0)
    with pytest.raises(NotFound, match="no dataset 'nope'"):
        apply({"kind": "join", "dataset": "nope", "on": ["city"]})


def test_steps_see_datasets_alone(apply: Apply) -> None:
    with pytest.raises(InvalidInput, match=r"no file and no address\. \(step 1, derive"):
        apply({"kind": "derive", "name": "x", "expression": "(SELECT content FROM read_text('/etc/passwd'))"})
    with pytest.raises(NotFound, match="no kind of step 'explode'"):
        read_step({"kind": "explode"})
    with pytest.raises(InvalidInput, match="either how many rows or which share"):
        read_step({"kind": "sample"})
