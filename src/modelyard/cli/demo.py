"""The main job, from a file to predictions, in one command."""

from __future__ import annotations

from pathlib import Path

import modelyard as my
from modelyard.cli.verbs import out, print_dataset, print_leaderboard
from modelyard.core.common.durations import seconds
from modelyard.samples import sample


def demo(workspace: Path, budget: str) -> None:
    """Import the bundled sample, profile it, train, register the best and predict the file with it."""
    seconds(budget, name="time budget")
    flights = sample("flights")
    with my.open(workspace) as yard:
        out.rule("1  Import and profile")
        dataset = yard.datasets.sample(flights.name, wait=False).watch()
        print_dataset(dataset)
        out.rule(f"2  Train for {budget}: which flights arrive late?")
        run = yard.experiments.automl(dataset, flights.target, time_budget=budget).watch()
        print_leaderboard(run)
        out.rule("3  Register and predict")
        model = run.best.register("flights-late", alias="champion")
        path = yard.models.predict_file("flights-late@champion", flights.path, workspace / "flights-predicted.csv")
        out.print(f"Registered as {model.info.ref} (@champion); every row predicted in {path}", soft_wrap=True)
        out.print(f"See it in the browser: modelyard up --workspace {workspace}", soft_wrap=True)
