"""Each kind of rule on rows that keep it and rows that break it, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.datasets.quality.assess import looking
from modelyard.core.datasets.quality.rule_testing import kept_rows, outcomes_of
from modelyard.core.datasets.quality.rules import RULES, rule_of
from modelyard.core.datasets.quality.rules import tested as tried
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.quality.contract import table_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TABLE = {
    "id": [1, 2, 3, 3],
    "age": [30, -1, 200, None],
    "x": ["a", "b", "B", "A-1"],
    "day": [date(2026, 1, 1) + timedelta(days=i) for i in range(4)],
    "same": [7, 7, 7, 7],
}


@pytest.mark.parametrize(
    ("kind", "params", "bad", "says"),
    [
        ("not_null", {"column": "age"}, 1, "'age' is missing in 1 row."),
        ("not_null", {"column": "age", "at_most": 0.3}, 0, ""),
        ("unique", {"columns": "id"}, 2, "There are 2 rows with the same 'id' as another."),
        ("unique", {"columns": "id, x"}, 0, ""),
        ("between", {"column": "age", "least": 0, "most": 120}, 2, "There are 2 rows whose 'age' lies outside."),
        ("between", {"column": "day", "least": "2026-01-02"}, 1, "There is 1 row whose"),
        ("between", {"column": "day", "least": "long ago"}, None, "'long ago' is no date"),
        ("between", {"column": "day", "least": "20260102"}, None, "'20260102' is no date"),  # Python takes it for one
        ("between", {"column": "x", "least": 0}, None, "which has no range"),
        ("one_of", {"column": "x", "values": "a,b"}, 2, "2 rows with another value of 'x'."),
        ("one_of", {"column": "id", "values": ["1", "2", "3"]}, 0, ""),
        ("matches", {"column": "x", "pattern": "[a-z]"}, 2, "2 rows with another form in 'x'."),
        ("matches", {"column": "x", "pattern": "[A-Za-z](-1)?"}, 0, ""),
        ("row_count", {"least": 5}, None, "There are 4 rows."),
        ("row_count", {"least": 1, "most": 4}, 0, ""),
        ("fresh", {"column": "day", "days": 30}, None, "The newest 'day' is 2026-01-04."),
        ("fresh", {"column": "day", "days": 90}, 0, ""),
        ("has_column", {"column": "age", "type": "int64"}, 0, ""),
        ("has_column", {"column": "age", "type": "string"}, None, "'age' is int64."),
        ("has_column", {"column": "wage"}, None, "There is no column 'wage'."),
        ("not_null", {"column": "wage"}, None, "There is no column 'wage'."),
        ("no_finding", {"check": "constant"}, None, "'same' is always 7."),
        ("no_finding", {"check": "constant", "columns": ["x"]}, 0, ""),
        ("no_finding", {"check": "drift"}, 0, ""),
    ],
)
def test_a_rule(tmp_path: Path, kind: str, params: dict[str, Any], bad: int | None, says: str) -> None:
    rule = rule_of(kind, params)
    assert rule_of(kind, rule.model_dump(mode="json")) == rule
    with looking(table_of(tmp_path, TABLE), now=NOW) as table:
        found = tried(rule, table)
        assert found.passed == (bad == 0), found
        assert says in found.sentence
        if bad:
            assert found.count == bad
            assert found.rows is not None
            assert table.scan.row("count(*)", f"WHERE {found.rows.sql}", found.rows.values) == (bad,)


def test_bad_rows_are_kept_under_the_names_of_their_columns(tmp_path: Path, rule_info: Any) -> None:
    store = ArtifactStore(tmp_path / "artifacts")
    rule = rule_info("between", {"column": "age", "least": 0}, "fail")
    outcome = outcomes_of([rule], table_of(tmp_path, TABLE), store, now=NOW)[rule.id]
    assert (outcome.state, outcome.count) == ("failed", 1)
    assert outcome.rows_key is not None
    page = kept_rows(store.path(outcome.rows_key))
    assert (page.columns, page.rows) == (tuple(TABLE), [(2, -1, "b", date(2026, 1, 2), 7)])


@pytest.fixture
def rule_info() -> Any:
    from modelyard.core.datasets.quality.rule_store import RuleInfo

    def make(kind: str, params: dict[str, Any], action: str) -> RuleInfo:
        return RuleInfo("rule_1", "dataset_1", kind, params, action, rule_of(kind, params).sentence, NOW, "ada")

    return make


@pytest.mark.parametrize(
    ("kind", "params", "says"),
    [
        ("between", {"colunm": "age"}, "column: must be said"),
        ("not_null", {"column": "age", "at_most": 2}, "at_most: must be less than 1"),
        ("matches", {"column": "x", "pattern": "("}, "it is no regular expression"),
        ("matches", {"column": "x", "pattern": "(?=a)b"}, "it is no regular expression: invalid perl operator"),
        ("no_finding", {"check": "everything"}, "there is no such check; possible: all_missing"),
        ("unique", {"columns": ""}, "columns: "),
    ],
)
def test_what_cannot_be_a_rule_is_said(kind: str, params: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        rule_of(kind, params)


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(NotFound, match=f"Possible: {', '.join(RULES)}"):
        rule_of("magic", {})
