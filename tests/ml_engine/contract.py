"""What every estimator promises, as a suite to inherit: set `name` and all of it is proved for that member."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.evaluation import Outputs, score
from modelyard.core.ml_engine.persistence import load_model, save_model
from modelyard.core.ml_engine.preprocessing import TableEncoder
from modelyard.core.ml_engine.task import Task
from tests.ml_engine.members import ROUNDS, make
from tests.ml_engine.tables import HOSTILE, TASKS, messy, target

TABLE = messy()
UNSEEN = messy(60, seed=9)


def outputs(model: Any, table: Any) -> np.ndarray:
    """Return probabilities or values."""
    found: np.ndarray = model.predict_proba(table) if hasattr(model, "predict_proba") else model.predict(table)
    return found


@cache
def fitted_once(name: str, task: Task) -> Any:
    """Return a member that learned from the untidy table; tests share it and must not change it."""
    return make(name, task).fit(TABLE, target(TABLE, task))


class Stopper:
    """A monitor that stops a fit and remembers what it heard."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.heard: list[tuple[int, int | None, dict[str, float]]] = []

    def iteration(self, number: int, total: int | None, scores: Mapping[str, float]) -> bool:
        self.heard.append((number, total, dict(scores)))
        return number >= self.after


class EstimatorContract:
    """Inherit, set `name`, and be proved."""

    name: ClassVar[str]
    learns: ClassVar[bool] = True
    boosts: ClassVar[bool] = True

    @pytest.fixture(params=TASKS, ids=str)
    def task(self, request: pytest.FixtureRequest) -> Task:
        return Task(request.param)

    @pytest.fixture
    def fitted(self, task: Task) -> Any:
        return fitted_once(self.name, task)

    def quick(self, task: Task | str = Task.BINARY, **params: Any) -> Any:
        return make(self.name, task, **params)

    # Tables

    def test_learns_from_an_untidy_table(self, fitted: Any, task: Task) -> None:
        found = outputs(fitted, UNSEEN)
        assert np.all(np.isfinite(found))
        truth = target(UNSEEN, task)
        if task is Task.REGRESSION:
            assert found.shape == (60,)
            assert not self.learns or np.mean((found - truth) ** 2) < 0.7 * np.var(truth)
        else:
            assert found.shape == (60, len(fitted.classes_))
            assert np.allclose(found.sum(axis=1), 1, atol=1e-12)
            assert fitted.classes_.tolist() == sorted(truth.unique())
            assert (
                not self.learns or np.mean(fitted.predict(UNSEEN) == truth) > truth.value_counts(normalize=True).max()
            )

    # pyarrow 25 asks pandas 3.1 for the values of a column with a zone in a way that will go
    @pytest.mark.filterwarnings("ignore:Series.values returning an ndarray:pandas.errors.Pandas4Warning")
    def test_libraries_agree(self, task: Task) -> None:
        # Arrow has no mixtures and spells two otherwise; polars forgets that categories have an order
        plain = TABLE.drop(columns=["mixed", "lasting", "exact", "level"])
        y = target(TABLE, task)
        expected = outputs(self.quick(task).fit(plain, y), plain)
        arrow = pa.Table.from_pandas(plain, preserve_index=False)
        polars = pl.from_arrow(arrow)
        assert isinstance(polars, pl.DataFrame)
        assert np.allclose(outputs(self.quick(task).fit(arrow, y), arrow), expected)
        assert np.allclose(outputs(self.quick(task).fit(polars, pl.Series(y.tolist())), polars), expected)
        backed = plain.convert_dtypes(dtype_backend="pyarrow")
        assert np.allclose(outputs(self.quick(task).fit(backed, y), backed), expected)

    def test_numpy_without_names(self) -> None:
        X = np.random.default_rng(0).normal(size=(80, 3))
        model = self.quick().fit(X, X[:, 1] > 0)
        assert model.n_features_in_ == 3
        assert not hasattr(model, "feature_names_in_")
        assert list(model.importance_) == ["0", "1", "2"]
        with pytest.raises(InvalidInput, match=r"X has 2 features, but .* is expecting 3"):
            model.predict(X[:, :2])

    def test_one_row_is_predicted_as_among_others(self, fitted: Any) -> None:
        whole = outputs(fitted, UNSEEN)
        for place in (0, 17, 59):
            assert np.allclose(outputs(fitted, UNSEEN.iloc[[place]]), whole[[place]])

    def test_values_never_seen(self, fitted: Any) -> None:
        strange = UNSEEN.astype({"color": object, "many": object, "group": object, "mixed": object})
        strange[["color", "many", "group", "mixed"]] = "never seen"
        strange["signal"] = 1e300
        assert np.all(np.isfinite(outputs(fitted, strange)))

    def test_nothing_but_missing(self, fitted: Any) -> None:
        nothing = pd.DataFrame({name: [None, np.nan] for name in TABLE.columns})
        assert np.all(np.isfinite(outputs(fitted, nothing)))
        assert np.all(np.isfinite(outputs(fitted, nothing.head(1).astype("float64"))))

    def test_order_of_columns_and_more_columns(self, fitted: Any) -> None:
        other = UNSEEN[UNSEEN.columns[::-1]].assign(extra=1)
        assert np.array_equal(outputs(fitted, other), outputs(fitted, UNSEEN))

    def test_a_missing_column_is_named(self, fitted: Any) -> None:
        with pytest.raises(InvalidInput, match=r"Missing column: 'color'\."):
            fitted.predict(UNSEEN.drop(columns="color"))

    def test_types_may_drift(self, fitted: Any) -> None:
        drifted = UNSEEN.assign(
            whole=UNSEEN["whole"].astype(str),
            small=UNSEEN["small"].astype(float),
            flag=UNSEEN["flag"].astype(int),
            color=UNSEEN["color"].astype(object),
            day=UNSEEN["day"].dt.strftime("%Y-%m-%d"),
            exact=UNSEEN["exact"].astype(float),
            group=UNSEEN["group"].astype(str).replace("nan", None),
        )
        assert np.allclose(outputs(fitted, drifted), outputs(fitted, UNSEEN))

    def test_nothing_to_learn_from(self, task: Task) -> None:
        useless = TABLE[["constant", "empty", "id"]]
        y = target(TABLE, task)
        found = outputs(self.quick(task).fit(useless, y), useless)
        expected = [y.mean()] if task is Task.REGRESSION else y.value_counts(normalize=True).sort_index().to_list()
        assert np.ptp(found, axis=0).max() < 1e-9
        assert np.allclose(found[0], expected if found.ndim == 2 else expected[0], atol=0.3)  # some rows are set aside

    def test_hostile_names(self) -> None:
        rng = np.random.default_rng(0)
        table = pd.DataFrame(rng.normal(size=(80, len(HOSTILE))), columns=list(HOSTILE))
        model = self.quick().fit(table, table["a[b]<c>"] > 0)
        assert list(model.importance_) == list(HOSTILE)
        assert not self.learns or max(model.importance_, key=model.importance_.__getitem__) == "a[b]<c>"

    def test_names_that_are_numbers(self) -> None:
        table = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 2)), columns=[2020, 2021])
        model = self.quick().fit(table, table[2020] > 0)
        assert np.array_equal(model.predict(table[[2021, 2020]]), model.predict(table))

    def test_names_that_repeat_are_refused(self) -> None:
        table = pd.DataFrame([[1, 2], [3, 4]] * 20, columns=["a", "a"])
        with pytest.raises(InvalidInput, match="Several columns are called 'a'"):
            self.quick().fit(table, [0, 1] * 20)

    # Targets

    @pytest.mark.parametrize(
        "make_y",
        [
            lambda flag: flag,
            lambda flag: flag.astype("boolean"),
            lambda flag: flag.astype(int),
            lambda flag: flag.astype("Int64"),
            lambda flag: flag.map({True: "yes", False: "no"}),
            lambda flag: flag.map({True: "yes", False: "no"}).astype("category"),
            lambda flag: flag.map({True: "yes", False: "no"}).to_list(),
            lambda flag: pl.Series(flag.to_list()),
            lambda flag: pa.array(flag.to_list()),
        ],
    )
    def test_labels_of_any_type(self, make_y: Any) -> None:
        table = TABLE[["signal", "color"]]
        y = make_y(table["signal"].fillna(0) > 0)
        model = self.quick().fit(table, y)
        labels = {label.as_py() if hasattr(label, "as_py") else label for label in list(y)}
        assert set(model.predict(table).tolist()) <= labels
        assert len(model.classes_) == 2

    def test_a_class_with_one_row(self) -> None:
        y = target(TABLE, Task.BINARY)
        y.iloc[5] = "rare"
        model = self.quick(Task.MULTICLASS).fit(TABLE[["signal", "color"]], y)
        assert model.classes_.tolist() == ["low", "mid", "rare"]
        assert outputs(model, UNSEEN).shape == (60, 3)

    def test_targets_that_cannot_be_learned(self) -> None:
        table = TABLE[["signal"]].head(40)
        with pytest.raises(InvalidInput, match="one class only"):
            self.quick().fit(table, ["a"] * 40)
        with pytest.raises(InvalidInput, match="missing values"):
            self.quick().fit(table, ["a", None] * 20)
        with pytest.raises(InvalidInput, match="mixes int and str"):
            self.quick().fit(table, pd.Series([1, "a"] * 20, dtype=object))
        with pytest.raises(InvalidInput, match="40 rows, but the target has 39"):
            self.quick().fit(table, [0, 1, 0] * 13)
        with pytest.raises(InvalidInput, match="must be numeric"):
            self.quick(Task.REGRESSION).fit(table, ["a", "b"] * 20)

    def test_a_handful_of_rows(self, task: Task) -> None:
        y = (
            [0.5, 1.5, 2.5, 3.5, 9.0]
            if task is Task.REGRESSION
            else ["a", "b", "a", "b", "c"][: 5 if task is Task.MULTICLASS else 4]
        )
        table = pd.DataFrame({"x": range(len(y)), "word": list("pqrst")[: len(y)]})
        assert len(self.quick(task).fit(table, y).predict(table)) == len(y)

    def test_rows_without_weight_do_not_count(self, task: Task) -> None:
        y = target(TABLE, task)
        weight = np.ones(len(y))
        weight[::3] = 0
        kept = weight > 0
        weighted = self.quick(task).fit(TABLE, y, sample_weight=weight)
        assert np.allclose(
            outputs(weighted, UNSEEN), outputs(self.quick(task).fit(TABLE[kept], y[kept]), UNSEEN), atol=1e-6
        )

    # Being an estimator

    def test_same_seed_same_model(self, fitted: Any, task: Task) -> None:
        again = clone(fitted).fit(TABLE, target(TABLE, task))
        assert np.array_equal(outputs(again, UNSEEN), outputs(fitted, UNSEEN))

    def test_an_input_is_left_as_it_was(self, task: Task) -> None:
        table, y = TABLE.copy(), target(TABLE, task)
        before = y.copy()
        self.quick(task).fit(table, y)
        pd.testing.assert_frame_equal(table, TABLE)
        pd.testing.assert_series_equal(y, before)

    def test_pickle(self, fitted: Any) -> None:
        back = pickle.loads(pickle.dumps(fitted))
        assert np.array_equal(outputs(back, UNSEEN), outputs(fitted, UNSEEN))

    def test_save_and_load(self, fitted: Any, tmp_path: Path) -> None:
        save_model(fitted, tmp_path, {"run": "run_1"})
        back = load_model(tmp_path)
        assert type(back) is type(fitted)
        assert back.get_params() == fitted.get_params()
        assert back.importance_ == fitted.importance_
        assert np.array_equal(outputs(back, UNSEEN), outputs(fitted, UNSEEN))
        save_model(back, tmp_path / "again")
        assert np.array_equal(outputs(load_model(tmp_path / "again"), UNSEEN), outputs(fitted, UNSEEN))

    def test_importances_are_of_the_tables_columns(self, fitted: Any) -> None:
        assert list(fitted.importance_) == list(TABLE.columns) == fitted.feature_names_in_.tolist()
        assert fitted.feature_importances_.shape == (fitted.n_features_in_,)
        if self.learns:
            assert sum(fitted.importance_.values()) == pytest.approx(1)
            assert max(fitted.importance_, key=fitted.importance_.__getitem__) in ("signal", "color")
            assert fitted.importance_["constant"] == fitted.importance_["id"] == 0

    def test_a_table_encoded_before(self, fitted: Any, task: Task) -> None:
        y = target(TABLE, task)
        encoder = TableEncoder(task=task, random_state=3)
        learned = encoder.fit_encode(TABLE, y)
        shared = self.quick(task).fit(learned, y, validation=(learned, y))
        direct = self.quick(task).fit(TABLE, y, validation=(TABLE, y))
        assert list(shared.importance_) == list(TABLE.columns)
        assert outputs(shared, encoder.encode(UNSEEN)).shape == outputs(direct, UNSEEN).shape
        assert np.array_equal(outputs(shared, encoder.encode(UNSEEN)), outputs(shared, UNSEEN))

    def test_says_nothing_and_writes_nothing(
        self, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.quick(task).fit(TABLE, target(TABLE, task)).predict(UNSEEN)
        assert list(tmp_path.iterdir()) == []
        assert capfd.readouterr() == ("", "")

    # The monitor

    def test_the_monitor_hears_and_stops(self, task: Task) -> None:
        stopper = Stopper(after=3)
        model = self.quick(task).fit(TABLE, target(TABLE, task), monitor=stopper)
        assert stopper.heard
        assert np.all(np.isfinite(outputs(model, UNSEEN)))
        if self.boosts:
            assert [number for number, _, _ in stopper.heard] == [1, 2, 3]
            assert {total for _, total, _ in stopper.heard} == {ROUNDS}
            assert set(stopper.heard[0][2]) == {"rmse" if task is Task.REGRESSION else "log_loss"}
            assert model.n_rounds_ <= 3
            assert model.stopped_by_ == "monitor"

    def test_what_the_monitor_raises_ends_the_fit(self) -> None:
        class Cancelled(Exception):
            pass

        class Canceller:
            def iteration(self, number: int, total: int | None, scores: Mapping[str, float]) -> bool:
                raise Cancelled

        with pytest.raises(Cancelled):
            self.quick().fit(TABLE[["signal"]], target(TABLE, Task.BINARY), monitor=Canceller())

    def test_validation_rows_of_an_unknown_class_are_left_out(self) -> None:
        y = target(TABLE, Task.BINARY)
        other = target(UNSEEN, Task.BINARY)
        other.iloc[:3] = "new"
        model = self.quick().fit(TABLE, y, validation=(UNSEEN, other))
        assert model.classes_.tolist() == ["low", "mid"]


class BoosterContract(EstimatorContract):
    """What the boosters promise besides."""

    def test_stops_early_at_the_best_round(self) -> None:
        noise = np.random.default_rng(0)
        table, y = pd.DataFrame(noise.normal(size=(200, 5))), noise.integers(0, 2, 200)
        rounds = {make(self.name, Task.BINARY).rounds_parameter: 300}
        listener = Stopper(after=10**9)
        model = self.quick(early_stopping_rounds=5, **rounds).fit(table, y, monitor=listener)
        losses = [scores["log_loss"] for _, _, scores in listener.heard]
        assert model.stopped_by_ == "early_stopping"
        assert model.n_rounds_ == len(losses) - 5 == int(np.argmin(losses)) + 1
        assert model.validation_score_ == min(losses)
        assert self.quick(early_stopping_rounds=None, **rounds).fit(table, y).n_rounds_ == 300

    def test_the_kept_model_is_the_one_that_scored_best(self) -> None:
        y, unseen = target(TABLE, Task.BINARY), target(UNSEEN, Task.BINARY)
        rounds = {make(self.name, Task.BINARY).rounds_parameter: 60}
        model = self.quick(early_stopping_rounds=8, **rounds).fit(TABLE, y, validation=(UNSEEN, unseen))
        assert score("log_loss", unseen, Outputs.of(model, UNSEEN)) == pytest.approx(model.validation_score_, rel=1e-4)

    def test_refit_params_learn_as_many_rounds(self) -> None:
        y = target(TABLE, Task.BINARY)
        model = self.quick(early_stopping_rounds=2).fit(TABLE, y)
        again = clone(model).set_params(**model.refit_params()).fit(TABLE, y)
        assert again.n_rounds_ == model.n_rounds_

    def test_vendor_parameters_reach_the_vendor_and_unknown_ones_are_refused(self) -> None:
        table, y = TABLE[["signal", "color"]], target(TABLE, Task.BINARY)
        known = {"xgboost": {"gamma": 50.0}, "catboost": {"min_data_in_leaf": 100, "grow_policy": "Depthwise"}}
        extra = known.get(self.name, {"min_gain_to_split": 50.0})
        model = self.quick(**extra)
        assert extra.items() <= model.get_params().items() == clone(model).get_params().items()
        assert not np.allclose(outputs(model.fit(table, y), table), outputs(self.quick().fit(table, y), table))
        with pytest.raises(InvalidInput, match="no_such_thing"):
            self.quick(no_such_thing=1).fit(table, y)

    def test_a_value_that_the_vendor_refuses(self) -> None:
        rate = {"subsample": 7.0} if self.name != "catboost" else {"depth": 99}
        with pytest.raises(InvalidInput, match="refuses"):
            self.quick(**rate).fit(TABLE[["signal"]], target(TABLE, Task.BINARY))
