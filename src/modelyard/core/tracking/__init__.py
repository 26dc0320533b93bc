"""Experiments, runs, trials, and the registry of models; MLflow is a mirror of them."""

from modelyard.core.tracking.leaderboard import Leaderboard, LeaderboardRow
from modelyard.core.tracking.tracker import Tracker
from modelyard.core.tracking.types import (
    AliasInfo,
    DatasetRef,
    ExperimentInfo,
    ModelInfo,
    ModelVersionInfo,
    RunInfo,
    TrialInfo,
    TrialKind,
    TrialState,
)

__all__ = [
    "AliasInfo",
    "DatasetRef",
    "ExperimentInfo",
    "Leaderboard",
    "LeaderboardRow",
    "ModelInfo",
    "ModelVersionInfo",
    "RunInfo",
    "Tracker",
    "TrialInfo",
    "TrialKind",
    "TrialState",
]
