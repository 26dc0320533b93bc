"""Every table of a folder: imported, profiled, trained under a budget, and asked about rows it has never seen.

    MODELYARD_DATA=/path/to/data python benchmarks/tabular_battery.py [--budget 20] [--only NAME ...] [--skip-done]

The folder holds `manifest_tabular.csv`, which names file, task and target of each table (CSV or Parquet). Each table
is split first, so that the rows kept back never pass through the workspace before the model is asked about them.
All work goes through the public API. Results go to a JSON lines file, one line a table; `--skip-done` goes on where
an earlier run stopped. A profile is made by the import; its own column is the time to read it. Exits with 1 if a table
failed.

The last two columns are the score on the rows kept back and that of a model that ignores the columns: area under the
ROC curve (mean over classes; 0.5 without skill) for classes, R squared (0 without skill) for numbers.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score

import modelyard as my

KEPT_BACK = 0.2
MOST_KEPT_BACK = 5_000
SEED = 0


@dataclass
class Result:
    """What happened to one table; times in seconds."""

    table: str
    rows: int = 0
    cols: int = 0
    task: str = ""
    import_s: float = 0.0
    profile_s: float = 0.0
    train_s: float = 0.0
    trials: int = 0
    best: str = ""
    score: float = float("nan")
    dummy: float = float("nan")
    agreement: float = float("nan")
    status: str = "failed"
    details: str = ""
    warnings: list[str] = field(default_factory=list)

    HEADER = (
        f"{'table':<20} {'rows':>7} {'cols':>4} {'task':<11} {'import':>6} {'profile':>7} {'train':>6} {'trials':>6} "
        f"{'best':<24} {'score':>7} {'dummy':>6}  status"
    )

    def line(self) -> str:
        """Return the table's line under `HEADER`."""
        return (
            f"{self.table:<20} {self.rows:>7} {self.cols:>4} {self.task:<11} {self.import_s:>6.1f} "
            f"{self.profile_s:>7.1f} {self.train_s:>6.1f} {self.trials:>6} {self.best:<24} {self.score:>7.3f} "
            f"{self.dummy:>6.2f}  {self.status}"
        )


def read_raw(path: Path) -> pd.DataFrame:
    """Read a table without touching its values: a CSV stays text, as the importer must make sense of it."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def write(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as the kind of file that the suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False)
    return path


def split(path: Path, target: str, folder: Path) -> tuple[Path, Path, pd.Series]:
    """Write the rows to learn from, and those kept back without their target; return both files and that target."""
    table = read_raw(path)
    held = table.sample(min(MOST_KEPT_BACK, int(len(table) * KEPT_BACK)), random_state=SEED).sort_index()
    seen = write(table.drop(held.index), folder / "seen" / path.name)
    unseen = write(held.drop(columns=target), folder / "unseen" / path.name)
    return seen, unseen, held[target].reset_index(drop=True)


def as_in_a_notebook(path: Path) -> pd.DataFrame:
    """Read a file with pandas, as somebody with a script would; only an empty cell is missing."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def skill(task: str, truth: pd.Series, predicted: pd.DataFrame) -> tuple[float, float]:
    """Score predictions on the rows whose truth is known; the second number is that of a model without skill."""
    known = (truth.notna() & (truth.astype(str) != "")).to_numpy()
    truth, predicted = truth[known], predicted[known]
    if task == "regression":
        return float(r2_score(truth.astype(float), predicted["prediction"].astype(float))), 0.0
    areas = []
    for column in [name for name in predicted.columns if name.startswith("probability of ")]:
        positive = same_class(truth, column.removeprefix("probability of "))
        if 0 < positive.sum() < len(positive):
            areas.append(roc_auc_score(positive, predicted[column].astype(float)))
    return float(np.mean(areas)), 0.5


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of rows on which two ways to predict say the same."""
    if first.dtype.kind == "f" and second.dtype.kind == "f":
        return float(np.isclose(first, second, rtol=1e-3).mean())
    return float((first == second).mean())


def same_class(truth: pd.Series, label: str) -> np.ndarray:
    """Tell which rows are of the class: labels are numbers to the engine where the file has text such as 1 or 1.0."""
    try:
        return (pd.to_numeric(truth) == float(label)).to_numpy()
    except ValueError:
        return (truth.astype(str).str.lower() == label.lower()).to_numpy()


def try_table(yard: Any, entry: Any, path: Path, budget: float, folder: Path) -> Result:
    """Take one table all the way; what goes wrong is in the result."""
    result = Result(table=entry.name, task=entry.task)
    try:
        seen, unseen, truth = split(path, entry.target, folder)
        started = time.perf_counter()
        dataset = yard.datasets.import_file(seen, name=entry.name)
        result.import_s = time.perf_counter() - started
        result.rows, result.cols = dataset.version.rows, len(dataset.columns)
        assert result.rows == len(read_raw(seen)), f"{result.rows} rows were imported of {len(read_raw(seen))}"

        started = time.perf_counter()
        assert dataset.profile().column(entry.target).distinct > 1
        result.profile_s = time.perf_counter() - started

        run = yard.experiments.automl(dataset, entry.target, time_budget=budget, random_state=SEED).result()
        info = run.info
        result.task = info.task + ("" if info.task == entry.task else " (!)")
        result.train_s = (info.ended_at - info.started_at).total_seconds()
        result.trials = len(run.leaderboard().rows)
        result.best = run.best.trial.estimator
        result.warnings = list(run.warnings)

        model = run.best.register(entry.name, alias="champion")
        predicted = pd.read_parquet(model.predict_file(unseen, folder / "predicted.parquet"))
        assert len(predicted) == len(truth), f"{len(predicted)} predictions for {len(truth)} rows"
        assert predicted["prediction"].notna().all(), "some predictions are missing"
        again = model.predict(as_in_a_notebook(unseen))["prediction"].to_numpy()
        result.agreement = agreement(predicted["prediction"].to_numpy(), again)
        assert result.agreement > 0.99, f"file and frame agree on {result.agreement:.1%} of the rows only"
        result.score, result.dummy = skill(info.task, truth, predicted)
        result.status = "ok" if result.train_s <= 1.05 * budget + 2 else "ok, over budget"
    except Exception as error:  # one table must not end the battery
        result.status = f"FAILED: {type(error).__name__}: {error}".replace("\n", " ")[:200]
        result.details = traceback.format_exc()
    return result


def entries(data: Path, only: list[str], done: set[str]) -> Iterator[tuple[Any, Path]]:
    """Yield the manifest's rows that are wanted, with their files."""
    for entry in pd.read_csv(data / "manifest_tabular.csv").itertuples():
        if (not only or entry.name in only) and entry.name not in done:
            # Paths of a manifest may begin with the name of the folder that it was collected in.
            candidates = [data / entry.file, data / Path(*Path(entry.file).parts[1:])]
            yield entry, next((path for path in candidates if path.exists()), candidates[0])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MODELYARD_DATA"), help="default: MODELYARD_DATA")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of training a table (default 20)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these tables only")
    parser.add_argument("--results", type=Path, default=Path("build/tabular_battery.jsonl"), help="JSON lines file")
    parser.add_argument("--skip-done", action="store_true", help="skip tables that did not fail in the results file")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if options.data is None:
        print("Set MODELYARD_DATA to a folder with a manifest_tabular.csv in it.", file=sys.stderr)
        return 2
    earlier: list[dict[str, Any]] = []
    if options.skip_done and options.results.exists():
        lines = map(json.loads, options.results.read_text().splitlines())
        earlier = [line for line in lines if not line["status"].startswith("FAILED")]
    options.results.parent.mkdir(parents=True, exist_ok=True)
    results = [Result(**line) for line in earlier]
    print(Result.HEADER, flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        my.open(Path(folder) / "workspace") as yard,
        options.results.open("a" if options.skip_done else "w") as record,
    ):
        for entry, path in entries(options.data, options.only, {result.table for result in results}):
            result = try_table(yard, entry, path, options.budget, Path(folder))
            results.append(result)
            print(result.line(), flush=True)
            record.write(json.dumps(asdict(result)) + "\n")
            record.flush()
    failed = [result.table for result in results if result.status.startswith("FAILED")]
    late = [result.table for result in results if result.status == "ok, over budget"]
    unskilled = [result.table for result in results if not result.score > result.dummy]
    print(f"{len(results)} tables, {len(failed)} failed")
    for title, names in (("failed", failed), ("over budget", late), ("no better than a dummy", unskilled)):
        if names:
            print(f"{title}: {', '.join(names)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
