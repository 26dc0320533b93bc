"""What a model takes and gives."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.signature import ColumnSignature, Signature, StrayValuesWarning
from modelyard.core.ml_engine.task import Task
from tests.ml_engine.members import make
from tests.ml_engine.tables import messy, target

TABLE = messy()
Y = target(TABLE, Task.BINARY)
SIGNATURE = Signature.from_frame(TABLE.assign(y=Y), "y")


def column(name: str) -> ColumnSignature:
    return next(column for column in SIGNATURE.columns if column.name == name)


def test_what_each_column_is() -> None:
    assert SIGNATURE.target == "y"
    assert SIGNATURE.task is Task.BINARY
    assert SIGNATURE.classes == ("low", "mid")
    kinds = {column.name: column.kind for column in SIGNATURE.columns}
    assert list(kinds) == list(TABLE.columns)
    for kind, names in {
        "number": ["signal", "nullable fraction", "written number", "exact"],
        "integer": ["whole", "small", "nullable whole", "lasting"],
        "boolean": ["flag", "nullable flag"],
        "category": ["color", "level", "group", "mixed", "constant"],
        "text": ["many", "text", "repeated text", "empty", "id"],
        "datetime": ["day", "moment", "written day"],
    }.items():
        assert {name: kinds[name] for name in names} == dict.fromkeys(names, kind)


def test_what_a_form_needs() -> None:
    assert set(column("color").categories) == {"red", "green", "blue"}
    assert column("color").example == column("color").categories[0]
    assert column("color").nullable
    assert not column("whole").nullable
    assert (column("whole").min, column("whole").max) == (-5, 59)
    assert isinstance(column("whole").example, int)
    assert column("day").max == TABLE["day"].max().isoformat()
    assert column("moment").timezone == "Europe/Berlin"
    assert column("moment").min == "2021-03-01T00:00:00"
    assert column("written day").text_format == "%d/%m/%Y"
    assert column("flag").example in (True, False)


def test_json_and_back() -> None:
    assert Signature.from_json(json.loads(json.dumps(SIGNATURE.to_json(), allow_nan=False))) == SIGNATURE
    later = SIGNATURE.to_json() | {"new": 1}
    later["columns"] = [{**column, "new": 1} for column in later["columns"]]
    assert Signature.from_json(later) == SIGNATURE


@pytest.mark.parametrize(("y", "classes"), [([True, False] * 9, (False, True)), ([3, 1] * 9, (1, 3))])
def test_classes_keep_their_type(y: list[Any], classes: tuple[Any, ...]) -> None:
    found = Signature.from_frame(pd.DataFrame({"x": range(18), "y": y}), "y").classes
    assert found == classes
    assert [type(label) for label in found] == [type(label) for label in classes]


def test_rows_without_a_target_do_not_count() -> None:
    found = Signature.from_frame(pd.DataFrame({"x": [1, 2, 3, 99], "y": [1.5, 2.5, 3.5, None]}), "y")
    assert found.task is Task.REGRESSION
    assert found.columns[0].max == 3


@pytest.mark.parametrize("name", ["lightgbm", "linear"])
def test_predictions_do_not_depend_on_the_way_in(name: str) -> None:
    model = make(name, Task.BINARY).fit(TABLE, Y)
    expected = model.predict_proba(TABLE)
    assert np.allclose(model.predict_proba(SIGNATURE.coerce(TABLE)), expected)
    rows = json.loads(TABLE.assign(exact=TABLE["exact"].astype(float)).to_json(orient="records", date_format="iso"))
    for row in rows:
        row["lasting"] = pd.Timedelta(row["lasting"]).total_seconds()
    assert np.allclose(model.predict_proba(SIGNATURE.coerce(rows)), expected)
    words = [{key: None if value is None else str(value) for key, value in row.items()} for row in rows]
    assert np.allclose(model.predict_proba(SIGNATURE.coerce(words)), expected)


def test_a_row_of_examples_can_be_predicted() -> None:
    row = {column.name: column.example for column in SIGNATURE.columns}
    model = make("lightgbm", Task.BINARY).fit(TABLE, Y)
    assert model.predict(SIGNATURE.coerce([row])).tolist()[0] in ("low", "mid")
    assert model.predict(SIGNATURE.coerce([dict.fromkeys(row, "")])).tolist()[0] in ("low", "mid")


def test_other_tables_and_other_columns() -> None:
    small = Signature.from_frame(pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "x"], "y": [0.5, 1.5, 2.5]}), "y")
    found = small.coerce(pl.DataFrame({"b": ["y", None], "more": [0, 0], "a": ["7", ""]}))
    assert found.columns.tolist() == ["a", "b"]
    assert found["a"].tolist()[0] == 7.0
    assert found["a"].isna().tolist() == [False, True]
    assert found["b"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"n": "big", "d": None, "f": None, "c": None},
            r"'big' is not a number\. \(row 2, column 'n'\) Give a number such as 2",
        ),
        ({"n": 1, "d": "soon", "f": None, "c": None}, r"'soon' is not a date\. \(row 2, column 'd'\)"),
        ({"n": 1, "d": 12, "f": None, "c": None}, r"12 is not a date"),
        ({"n": 1, "d": None, "f": "maybe", "c": None}, r"'maybe' is not true or false\."),
        ({"n": [1], "d": None, "f": None, "c": None}, r"\[1\] is not a number"),
    ],
)
def test_values_that_do_not_fit(row: dict[str, Any], message: str) -> None:
    table = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "d": pd.date_range("2020", periods=3),
            "f": [True, False, True],
            "c": list("aba"),
            "y": [1.5, 2.5, 3.5],
        }
    )
    signature = Signature.from_frame(table, "y")
    good = {"n": 1, "d": "2020-01-01", "f": "yes", "c": "new"}
    assert len(signature.coerce([good, good])) == 2
    with pytest.raises(InvalidInput, match=message):
        signature.coerce([good, row])


def test_words_that_stood_for_missing_in_training_still_do() -> None:
    table = pd.DataFrame({"n": ["5", "6", "7"] * 30 + ["Pending"], "y": np.arange(91) / 2})
    signature = Signature.from_frame(table, "y")
    assert signature.columns[0].missing_words == ("Pending",)
    assert signature.coerce([{"n": "pending"}, {"n": "N/A"}])["n"].isna().all()
    with pytest.raises(InvalidInput, match="'waiting' is not a number"):
        signature.coerce([{"n": "waiting"}])


def test_rows_that_are_none() -> None:
    with pytest.raises(InvalidInput, match="no rows"):
        SIGNATURE.coerce([])
    with pytest.raises(InvalidInput, match=r"each column by its name\. \(row 2\)"):
        SIGNATURE.coerce([{}, 3])
    with pytest.raises(InvalidInput, match=r"Missing columns: 'signal', 'color'.*, …\."):
        SIGNATURE.coerce([{"whole": 1}])
    with pytest.raises(InvalidInput, match="There is no column 'z'"):
        Signature.from_frame(TABLE, "z")


class TestDatesThatArriveAsText:
    """Training saw real dates, as an import makes them; whoever predicts has the file's text."""

    signature = Signature.from_frame(
        pd.DataFrame({"day": pd.date_range("2011-01-01", periods=60), "y": range(60)}), "y", "regression"
    )

    @pytest.mark.parametrize(
        "texts", [["1/1/2011", "1/31/2011"], ["01.01.2011", "31.01.2011"], ["2011-01-01", "2011-01-31"]]
    )
    def test_they_are_read_where_the_column_says_how(self, texts):
        days = self.signature.coerce(pd.DataFrame({"day": texts})).day
        assert days.tolist() == [pd.Timestamp("2011-01-01"), pd.Timestamp("2011-01-31")]

    def test_day_and_month_are_never_guessed(self):
        with pytest.raises(InvalidInput, match=r"In '5/1/2011' it is not clear which number is the month"):
            self.signature.coerce([{"day": "5/1/2011"}])


def test_names_may_differ_in_white_space():
    signature = Signature.from_frame(pd.DataFrame({"a b": [1, 2, 3], "y": [1.0, 2.0, 3.0]}), "y", "regression")
    assert signature.coerce(pd.DataFrame({" a  b": [7]})).columns.tolist() == ["a b"]
    assert signature.coerce(pd.DataFrame({"a b": [7], " a  b": [8]}))["a b"].tolist() == [7]


def test_a_stray_value_in_a_long_table_counts_as_missing_with_a_word():
    signature = Signature.from_frame(pd.DataFrame({"zip": range(100), "y": range(100)}), "y", "regression")
    arrived = [{"zip": number} for number in range(59)] + [{"zip": "no home"}]
    with pytest.warns(StrayValuesWarning, match="1 of 60 values of 'zip' are not a number .* row 60: 'no home'"):
        found = signature.coerce(arrived)
    assert found["zip"].isna().tolist() == [False] * 59 + [True]
    with pytest.raises(InvalidInput, match="'no home' is not a number"):
        signature.coerce(arrived[-10:])
