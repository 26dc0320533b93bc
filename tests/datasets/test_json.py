"""JSON and JSON lines: forms of files, flattening, types, what is new after the sample, what is no table."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import json_file, json_records
from tests.datasets.conftest import Import

ROWS: list[dict[str, Any]] = [
    {"a": 1, "b": {"c": "x", "d": [1, 2], "e": "2026-01-01"}, "X": 1.5, "x": "z", "n": None, "s": "12"},
    {"a": None, "b": None, "x": "q", "s": "13", "mix": {"z": 1}},
    {"a": 3, "mix": 4, "new": True},
]
EXPECTED = {
    "a": [1, None, 3],
    "b.c": ["x", None, None],
    "b.d": ["[1,2]", None, None],
    "b.e": [date(2026, 1, 1), None, None],
    "X": [1.5, None, None],
    "x": ["z", "q", None],
    "n": [None, None, None],
    "s": ["12", "13", None],
    "mix": [None, '{"z":1}', "4"],
    "new": [None, None, True],
}


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (json.dumps(ROWS), "array"),
        (json.dumps(ROWS, indent=2), "array"),
        ("\ufeff \n" + json.dumps(ROWS, indent="\t").replace("\n", "\r\n"), "array"),
        (lines(ROWS), "lines"),
        (lines(ROWS).replace("\n", "\r\n\r\n"), "lines"),
        (json.dumps({"meta": {"v": [1]}, "rows": ROWS, "count": 3}), "member"),
        (json.dumps({"rows": ROWS}, indent=1), "member"),
    ],
)
@pytest.mark.parametrize("name", ["file.json", "file.txt"])
def test_forms_of_files(load: Import, text: str, form: str, name: str) -> None:
    found = load(text, name)
    assert found.values == EXPECTED
    assert found.ingested.origin["kind"] == "json"
    assert found.ingested.origin["options"]["form"] == form
    assert found.kinds["b.d"] == found.kinds["mix"] == "nested"
    assert "named with dots" in found.notes
    assert "kept as JSON text: 'b.d', 'mix'" in found.notes
    assert ("'rows'; beside it the file holds 'meta', 'count'" in found.notes) == ("meta" in text)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6).map(lambda text: "t" + text)
)
KEYS = st.sampled_from(["a", "A", "b", "a/b", "c~d", "é", "x y", '"', "0", ""])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(KEYS, SCALARS, max_size=2)


def plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(
    rows=st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), min_size=1, max_size=8),
    sample=st.integers(1, 8),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("form", ["lines", "array"])
def test_any_records_survive(
    load: Import, monkeypatch: pytest.MonkeyPatch, form: str, rows: list[dict[str, Any]], sample: int
) -> None:
    # objects that never hold a value stay JSON text or become empty columns, as the first of them happens to look
    assume(not any(isinstance(value, dict) and not any(value.values()) for row in rows for value in row.values()))
    with monkeypatch.context() as patch:
        patch.setattr(json_file, "_LEARNED_ROWS", sample)
        patch.setattr(json_records, "_BATCH_ROWS", 2)
        data = lines(rows) if form == "lines" else json.dumps(rows, indent=1)
        found = load(data, "file.jsonl" if form == "lines" else "file.json", text=True)
    seen: dict[str, list[Any]] = {}
    for key in {key for row in rows for key in row}:
        values = [row.get(key) for row in rows]
        there = [value for value in values if value is not None]
        if there and all(isinstance(value, dict) for value in there) and any(there):
            for inner in {inner for value in there for inner in value}:
                seen.setdefault(f"{key}.{inner}", [plain((value or {}).get(inner)) for value in values])
        else:
            seen[key] = [plain(value) for value in values]
    # both spellings of an escaped control character are the same JSON
    spell = partial(re.sub, r"\\+u[0-9a-fA-F]{4}", lambda match: match[0].lower())
    assert sorted(map(spell, map(repr, found.values.values()))) == sorted(map(spell, map(repr, seen.values())))


def test_numbers_of_all_sizes(load: Import) -> None:
    found = load(
        '[{"i": 9223372036854775807, "u": 18446744073709551615, "f": 0.1, "e": 1e3, "m": 1}, {"m": "NA"}]', "f.json"
    )
    assert found.values["i"] == [2**63 - 1, None]
    assert found.values["u"] == [str(2**64 - 1), None]
    assert found.values["f"] == [0.1, None]
    assert found.values["e"] == [1000.0, None]
    assert found.values["m"] == [1, None]


def test_texts_stay_texts_but_dates(load: Import) -> None:
    found = load('[{"zip": "12345", "flag": "true", "day": "2026-01-31", "at": "2026-01-31T10:30:00Z"}]', "f.json")
    assert found.types == {"zip": "string", "flag": "string", "day": "date32[day]", "at": "timestamp[us, tz=UTC]"}


@pytest.mark.parametrize(
    ("late", "column", "first", "last"),
    [
        ({"a": 1, "new": {"x": 5}}, "new.x", None, 5),
        ({"a": "word"}, "a", "0", "word"),
        ({"a": 1, "n": {"k": 7}}, "n.k", None, 7),
        ({"a": 1, "o": 3}, "o", '{"p":1}', "3"),
        ({"a": 1, "o": {"q": 2}}, "o.q", None, 2),
    ],
)
def test_what_is_new_after_the_sample(load: Import, late: dict[str, Any], column: str, first: Any, last: Any) -> None:
    rows = [{"a": i, "n": None, "o": {"p": 1}} for i in range(30_000)]
    for text, name in ((lines([*rows, late]), "f.jsonl"), (json.dumps([*rows, late]), "f.json")):
        values = load(text, name).values[column]
        assert (len(values), values[0], values[-1]) == (30_001, first, last)


def test_a_record_longer_than_a_block(load: Import) -> None:
    long = "x" * 3_000_000
    rows = [{"a": "short"}, {"a": long}, {"a": "end"}]
    assert load(lines(rows), "f.jsonl").values == {"a": ["short", long, "end"]}
    assert load(json.dumps(rows), "f.json").values == {"a": ["short", long, "end"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "no records"),
        ("[{}]", "no keys"),
        ("[1, 2]", "Record 1 is a number"),
        ('[{"a": 1}, [2]]', "Record 2 is a list"),
        ('{"a": 1}\n{"a": }\n', r"Record 2 is not valid JSON.*line 1 column 7"),
        ('{"a": 1}\n{"a": 2', "Record 2 is not valid JSON"),
        ('{"a": 1}\n\n"x"\n', "Record 2 is a text"),
        ('[{"a": 1}, {"a": 2]', "not valid JSON at character"),
        ('[{"a": 1}, {"a": 2}', "the file ends"),
        ('[{"a": 1}] [', "more text after the end"),
        ('[{"a": "\\ud800"}]', "not valid JSON"),
        ('[{"a\\u0000": 1}]', "no name can have"),
        ('{"a": [1, 2], "b": [3, 4]}', "without an array of objects"),
        ('{"a": [{"x": 1}], "b": [{"y": 2}]}', "two arrays of records, 'a' and 'b'"),
        ('{"a": ' * 1000 + "1" + "}" * 1000, "nested"),
        ('[{"a": ' + "[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_table(load: Import, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as raised:
        load(text, "file.json")
    assert "file.json" in str(raised.value)


def test_keys_that_are_data_are_refused(load: Import) -> None:
    rows = [{f"person {i} {j}": 1 for j in range(1000)} for i in range(25)]
    with pytest.raises(InvalidInput, match="more than 20,000 different keys"):
        load(lines(rows), "file.jsonl")
