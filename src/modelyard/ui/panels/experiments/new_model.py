"""State of the form for a new run: suggestions, what will happen in words, the line of Python, start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.durations import seconds
from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.types import Json
from modelyard.ui import format as fmt
from modelyard.ui.model import Model
from modelyard.ui.panels.experiments.choices import BUDGETS, metrics_of
from modelyard.ui.panels.experiments.python import automl_line

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_types import Profile
    from modelyard.core.datasets.types import ColumnInfo
    from modelyard.core.workspace.dataset import Dataset

MAX_CLASSES = 20
LEFT_OUT = ("id", "ignore")
UNUSABLE = ("binary", "nested")
NO_TARGET = (*UNUSABLE, "date", "datetime", "time", "duration")
OFFERED = 500
CUSTOM = "custom"
GUESS = "{} is suggested because it is the last column: check that it is what you want to predict."


class NewRun(Model):
    """What is asked of a new run.

    Parameters
    ----------
    dataset_name, target : str
        What to learn from, and the column to predict.
    exclude : list of str
        Columns to leave out.
    metric, budget, own_budget : str
        ``auto`` or a name; one of the offered budgets or ``custom``, then `own_budget`.
    estimators : list of str
        Only these; empty for all.
    experiment : str
        Its name; empty for the usual one.
    structure, structure_column : str
        ``none``, ``group`` or ``time``, and its column.
    seed : int
        Of everything random.
    datasets, targets, columns, along : list of str
        What can be chosen; `along` for `structure_column`.
    guess : str
        Says so where the target is a mere guess.
    words, code : str
        What will be predicted, and the call in Python.
    left_out : str
        What is left out by its role, in words.
    """

    dataset_name = param.String(default="")
    target = param.String(default="")
    exclude = param.List(default=[])
    metric = param.String(default="auto")
    budget = param.String(default="1min")
    own_budget = param.String(default="10min")
    estimators = param.List(default=[])
    experiment = param.String(default="")
    structure = param.String(default="none")
    structure_column = param.String(default="")
    seed = param.Integer(default=0)
    datasets = param.List(default=[])
    targets = param.List(default=[])
    columns = param.List(default=[])
    along = param.List(default=[""])
    metrics = param.Dict(default={})
    words = param.String(default="")
    code = param.String(default="")
    left_out = param.String(default="")
    guess = param.String(default="")

    _dataset: Dataset | None = None
    _profile: Profile | None = None

    def load(self, dataset: str = "", target: str = "") -> None:
        """Read what can be chosen; begin with this dataset, or the newest one."""
        with self.attempt():
            names = [info.name for info in self.yard.datasets.list(limit=OFFERED)]
            self.datasets = names
            if dataset:
                dataset = self.yard.datasets.get(dataset).name
                self.datasets = names if dataset in names else [*names, dataset]
            self.dataset_name = dataset or (names[0] if names else "")
            if target in self.targets:
                self.target = target

    @param.depends("dataset_name", watch=True)
    def _suggest(self) -> None:
        if not self.dataset_name:
            return
        self._dataset = self.yard.datasets.get(self.dataset_name)
        self._profile = self._dataset.profile() if self._dataset.profiled else None  # made by a job alone
        columns = self._dataset.columns
        targets = [column.name for column in columns if column.kind not in NO_TARGET and column.role not in LEFT_OUT]
        marked = [column.name for column in columns if column.role == "target"]
        left_out = [column.name for column in columns if column.role in LEFT_OUT or column.kind in UNUSABLE]
        structure, along = _structure(columns)
        usable = [column.name for column in columns if column.name not in left_out]
        self.param.update(
            targets=targets,
            target=(marked or targets[-1:] or [""])[0],
            columns=usable,
            along=["", *dict.fromkeys([*usable, *([along] if along else [])])],
            exclude=[],
            left_out=f"Left out by their roles: {', '.join(left_out)}." if left_out else "",
            structure=structure,
            structure_column=along,
            guess="" if marked or not targets else GUESS.format(targets[-1]),
        )

    @param.depends("target", watch=True)
    def _forget_guess(self) -> None:
        if self.guess != GUESS.format(self.target):
            self.guess = ""

    @param.depends("target", "dataset_name", watch=True)
    def _look_at_target(self) -> None:
        if not self.target:
            self.words = ""
            return
        with self.attempt():
            task, words = self._describe(self.target)
            metrics = metrics_of(task)
            self.param.update(
                words=words, metrics=metrics, metric=self.metric if self.metric in metrics.values() else "auto"
            )

    @param.depends(
        "dataset_name", "target", "exclude", "metric", "budget", "own_budget", "estimators", "experiment", "structure",
        "structure_column", "seed", watch=True,
    )  # fmt: skip
    def _write_code(self) -> None:
        try:
            self.code = automl_line(self.dataset_name, self._spec()) if self.target else ""
        except ModelyardError:
            self.code = ""

    @param.depends("structure", watch=True)
    def _choose_structure_column(self) -> None:
        if self.structure != "none" and not self.structure_column and self.columns:
            self.structure_column = self.columns[0]

    def start(self) -> str | None:
        """Start the run; returns its id, None if it was refused."""
        spec = self._spec_or_none()
        if spec is None:
            return None
        run_id = None
        with self.attempt():
            run = self.yard.experiments.automl(
                self.dataset_name,
                self.target,
                spec["budget_s"],
                name=spec["experiment"],
                metric=self.metric,
                estimators=self.estimators or None,
                exclude=self.exclude,
                structure=f"{self.structure}:{self.structure_column}" if spec["structure"] else None,
                random_state=self.seed,
            )
            run_id = run.id
        return run_id

    def _spec_or_none(self) -> Json | None:
        spec = None
        with self.attempt():
            spec = self._spec()
        return spec

    def _spec(self) -> Json:
        budget = self.own_budget if self.budget == CUSTOM else self.budget
        return {
            "experiment": self.experiment.strip() or None,
            "target": self.target,
            "budget_s": seconds(budget, name="time budget"),
            "metric": self.metric,
            "estimators": self.estimators or None,
            "excluded": self.exclude,
            "structure": {"kind": self.structure, "column": self.structure_column}
            if self.structure != "none"
            else None,
            "random_state": self.seed,
        }

    def _describe(self, target: str) -> tuple[str | None, str]:
        assert self._dataset is not None
        if self._profile is None:
            return None, f"For each row, {target}. What it holds is not known yet: training finds it out."
        column = next(column for column in self._dataset.columns if column.name == target)
        facts = self._profile.column(target)
        known = self._dataset.version.rows - facts.missing
        gone = f" {fmt.count(facts.missing, 'row')} without it will be left out." if facts.missing else ""
        if _is_classes(column, facts.distinct, known):
            task = "binary" if facts.distinct <= 2 else "multiclass"
            shown = [str(top.value) for top in facts.top[:4]]
            more = facts.distinct - len(shown)
            names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
            return task, f"For each row, which of {fmt.count(facts.distinct)} classes {target} has: {names}.{gone}"
        span = f"{_plain(facts.min)} and {_plain(facts.max)}"
        return "regression", f"For each row, the number in {target}, which lies between {span}.{gone}"


def _is_classes(column: ColumnInfo, distinct: int, known: int) -> bool:
    """Tell what the engine will find, from what the profile knows: it decides by the values themselves."""
    if column.kind == "number":
        return False
    if column.kind == "integer":
        return distinct <= 2 or (distinct <= MAX_CLASSES and known >= 5 * distinct)
    return True


def _structure(columns: Sequence[ColumnInfo]) -> tuple[str, str]:
    for kind in ("group", "time"):
        for column in columns:
            if column.role == kind:
                return kind, column.name
    return "none", ""


def _plain(value: Any) -> str:
    return fmt.real(float(value)) if isinstance(value, int | float) else str(value)


def offered_budgets() -> dict[str, str]:
    """Return the budgets by what they are called."""
    return {**BUDGETS, "Other": CUSTOM}
