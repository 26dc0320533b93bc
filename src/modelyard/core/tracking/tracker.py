"""The one object that knows experiments, runs, trials and models."""

from __future__ import annotations

from modelyard.core.tracking.descent import Descent
from modelyard.core.tracking.experiments import ExperimentStore
from modelyard.core.tracking.registry import ModelRegistry
from modelyard.core.tracking.trials import TrialStore


class Tracker(ExperimentStore, TrialStore, ModelRegistry, Descent):
    """The truth about experiments, runs, trials, models, versions and aliases.

    Safe to share between threads and processes. Everything is one short transaction; nothing imports MLflow, whose copy
    `modelyard.core.tracking.mirror` writes.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The machine's by default.
    """
