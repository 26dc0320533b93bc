"""Importing the package is light: front doors start fast, and the web process stays small."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

import modelyard

HEAVY = {
    "catboost",
    "dask",
    "duckdb",
    "lightgbm",
    "lightning",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "panel",
    "plotly",
    "polars",
    "pyarrow",
    "scipy",
    "shap",
    "skops",
    "sklearn",
    "skrub",
    "torch",
    "xgboost",
}


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


@pytest.mark.parametrize(
    "module",
    [
        "modelyard",
        "modelyard.samples",
        "modelyard.core.common",
        "modelyard.core.storage",
        "modelyard.core.jobs",
        "modelyard.core.workspace",
        "modelyard.cli",
    ],
)
def test_import_loads_nothing_heavy(module: str) -> None:
    assert not loaded_after(f"import {module}") & HEAVY


def test_import_of_the_package_leaves_the_database_alone() -> None:
    assert not loaded_after("import modelyard") & {"sqlalchemy", "alembic", "pydantic", "typer", "rich"}


def test_import_costs_under_300_ms_of_cpu() -> None:
    def cpu(statement: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", statement], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # The best of three: a busy machine makes single measurements larger, never smaller.
    assert min(cpu("import modelyard") for _ in range(3)) - min(cpu("pass") for _ in range(3)) < 0.3


def test_every_public_name_resolves() -> None:
    for name in modelyard.__all__:
        assert getattr(modelyard, name) is not None
