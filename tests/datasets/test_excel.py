"""Workbooks: which sheet, where the table begins, values of formulas, dates, merged cells, what is no workbook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import excel_file
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.options import CsvOptions, ExcelOptions
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.tables import Imported

type Sheets = dict[str, list[list[Any]]]
type Load = Callable[..., Imported]


def workbook(sheets: Sheets, finish: Callable[[Any, Any], None] | None = None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    if isinstance(value, str) and not value.startswith("="):
                        sheet.write_string(i, j, value)
                    elif value is not None:
                        sheet.write(i, j, value)
            if finish is not None:
                finish(book, sheet)
    return file.getvalue()


@pytest.fixture
def load_book(tmp_path: Path, store: ArtifactStore) -> Load:
    def load_book(data: bytes, name: str = "book.xlsx", **options: Any) -> Imported:
        path = tmp_path / name
        path.write_bytes(data)
        found = ingest_file(path, store, options=ExcelOptions(**options))
        return Imported(found, [store.path(part.key) for part in found.parts])

    return load_book


ROWS: list[list[Any]] = [
    ["name", "n", "real", "day", "moment", "clock", "flag", "code"],
    ["Ann", 1, 1.5, date(2026, 1, 31), datetime(2026, 1, 31, 10, 30), time(10, 30), True, "007"],
    ["Bob", 2, 2, date(2026, 2, 1), datetime(2026, 2, 1), time(11, 0, 5), False, "008"],
    ["Cid", None, -0.25, None, None, None, None, None],
]
VALUES = {
    "name": ["Ann", "Bob", "Cid"],
    "n": [1, 2, None],
    "real": [1.5, 2.0, -0.25],
    "day": [date(2026, 1, 31), date(2026, 2, 1), None],
    "moment": [datetime(2026, 1, 31, 10, 30), datetime(2026, 2, 1), None],
    "clock": [time(10, 30), time(11, 0, 5), None],
    "flag": [True, False, None],
    "code": ["007", "008", None],
}


def test_values_and_types(load_book: Load) -> None:
    found = load_book(workbook({"Data": ROWS}))
    assert found.values == VALUES
    assert found.ingested.origin["kind"] == "excel"
    assert found.ingested.origin["options"] == {"sheet": "Data", "header": True}


def test_a_book_under_another_name(load_book: Load) -> None:
    found = load_book(workbook({"Data": ROWS}), "file.csv")
    assert found.values == VALUES
    assert "holds an Excel workbook" in found.notes


def test_the_first_sheet_with_a_table_is_read_and_the_others_named(load_book: Load) -> None:
    data = workbook({"Cover": [["Sales of May"]], "Nothing": [], "Data": ROWS, "More": [["x"], [1], [2]]})
    found = load_book(data)
    assert found.values == VALUES
    assert "the sheet 'Data'; the workbook also has Cover, Nothing, More" in found.notes
    assert load_book(data, sheet="More").values == {"x": [1, 2]}
    assert load_book(data, sheet=4).values == {"x": [1, 2]}
    with pytest.raises(InvalidInput, match=r"no sheet 'Mroe'.*Possible: Cover, Nothing, Data, More"):
        load_book(data, sheet="Mroe")
    with pytest.raises(InvalidInput, match="'Nothing' is empty"):
        load_book(data, sheet="Nothing")


@pytest.mark.parametrize(("down", "right"), [(0, 2), (3, 0), (4, 3)])
def test_a_table_that_does_not_begin_in_the_corner(load_book: Load, down: int, right: int) -> None:
    rows = [[] for _ in range(down)] + [[None] * right + row for row in ROWS]
    found = load_book(workbook({"Data": rows}))
    assert found.values == VALUES
    assert ("empty and skipped" in found.notes) == bool(down)
    assert ("empty column" in found.notes) == bool(right)


def test_titles_holes_and_empty_columns_are_told(load_book: Load) -> None:
    rows = [["Sales of May"], [], *[[None, row[0], None, row[1]] for row in ROWS[:2]], [], [None, "Bob", None, 2]]
    found = load_book(workbook({"Data": rows}))
    assert found.values == {"name": ["Ann", "Bob"], "n": [1, 2]}
    assert "first 2 rows above the table were skipped, beginning with 'Sales of May'" in found.notes
    assert "1 empty row was left out" in found.notes
    assert "2 empty columns were left out" in found.notes


def test_formulas_give_the_values_that_were_saved(load_book: Load) -> None:
    def finish(book: Any, sheet: Any) -> None:
        for i, (value, error) in enumerate([(3, "#DIV/0!"), (5.5, "#N/A"), (7, 1)], start=1):
            sheet.write_formula(i, 1, f"=A{i + 1}*2", None, value)
            sheet.write_formula(i, 2, "=1/0", None, error)

    found = load_book(workbook({"Data": [["a", "double", "broken"], [1], [2], [3]]}, finish))
    assert found.values == {"a": [1, 2, 3], "double": [3.0, 5.5, 7.0], "broken": [None, None, 1]}
    assert "2 cells hold errors of a formula" in found.notes


def test_merged_cells_are_told(load_book: Load) -> None:
    def finish(book: Any, sheet: Any) -> None:
        sheet.merge_range("A2:A3", "north")

    data = workbook({"A & B": [["area", "n"], [None, 1], [None, 2], ["south", 3]]}, finish)
    found = load_book(data)
    assert found.values == {"area": ["north", None, "south"], "n": [1, 2, 3]}
    assert "1 range of cells is merged (A2:A3)" in found.notes


def test_words_for_missing_and_numbers_as_text(load_book: Load) -> None:
    found = load_book(workbook({"Data": [["x", "y"], [1, "5"], ["NA", "6"], [3, "7"]]}))
    assert found.values == {"x": [1, None, 3], "y": [5, 6, 7]}
    assert "'NA' was taken as missing" in found.notes


def test_header_can_be_told(load_book: Load) -> None:
    rows: list[list[Any]] = [["a", "b"], ["c", "d"], ["e", "f"]]
    assert load_book(workbook({"Data": rows}), header=False).values == {
        "column_1": ["a", "c", "e"],
        "column_2": ["b", "d", "f"],
    }


CELLS = st.integers(-(10**12), 10**12) | st.none()
REALS = st.integers(-(10**9), 10**9).map(lambda i: i / 64 + 0.5**7)  # xlsxwriter writes 16 digits


@given(rows=st.lists(st.tuples(CELLS, REALS, st.text("abc äß日", min_size=1, max_size=6)), min_size=2, max_size=12))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_survive(load_book: Load, rows: list[tuple[int | None, float, str]]) -> None:
    sheet = [["whole", "real", "text"], *[[i, x, f"t{text}t"] for i, x, text in rows]]
    values = load_book(workbook({"Data": sheet})).values
    assert values.get("whole", [None] * len(rows)) == [i for i, _, _ in rows]
    assert values["real"] == [x for _, x, _ in rows]
    assert values["text"] == [f"t{text}t" for _, _, text in rows]


def test_a_book_with_a_header_only_or_nothing(load_book: Load) -> None:
    with pytest.raises(InvalidInput, match="header and no rows"):
        load_book(workbook({"Data": [["a", "b"]]}))
    with pytest.raises(InvalidInput, match="Every sheet of the workbook is empty"):
        load_book(workbook({"Data": [], "More": []}))


def test_a_damaged_book(load_book: Load) -> None:
    data = workbook({"Data": ROWS})
    with pytest.raises(InvalidInput, match="damaged"):
        load_book(data[: len(data) // 2])
    inside = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(inside, "w") as target:
        for info in source.infolist():
            target.writestr(info, b"<broken" if "sheet1" in info.filename else source.read(info))
    with pytest.raises(InvalidInput, match=r"damaged|empty"):
        load_book(inside.getvalue())
    with pytest.raises(InvalidInput, match="damaged, has a password, or is no workbook"):
        load_book(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "old.xls")


def test_a_book_that_unpacks_to_too_much(load_book: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_file, "_MOST_BYTES", 1000)
    with pytest.raises(InvalidInput, match="unpacks to"):
        load_book(workbook({"Data": ROWS}))


def test_options_of_another_kind_of_file(tmp_path: Path, store: ArtifactStore) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput, match="which is not read with the option"):
        ingest_file(tmp_path / "a.csv", store, options=ExcelOptions(sheet="x"))
    (tmp_path / "a.xlsx").write_bytes(workbook({"Data": ROWS}))
    with pytest.raises(InvalidInput, match="which is not read with the option"):
        ingest_file(tmp_path / "a.xlsx", store, options=CsvOptions(separator=";"))
