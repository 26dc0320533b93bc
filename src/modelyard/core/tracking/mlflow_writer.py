"""Writes one thing of ours to MLflow: each method may be repeated, whatever an earlier attempt got done.

What has to be made is looked up first, by a tag with our id that MLflow writes in the same transaction as the thing
itself. All that is logged carries times of ours, so that logging it again changes nothing. Importing this module
imports MLflow.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import JobState
from modelyard.core.tracking.mlflow_client import add_to_model, open_client
from modelyard.core.tracking.mlflow_model import LOADER
from modelyard.core.tracking.types import DatasetRef, ExperimentInfo, ModelVersionInfo, RunInfo, TrialInfo, TrialState

# MLflow comes after mlflow_client, which sets what it reads when it is imported.
# isort: split
from mlflow import MlflowException
from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag, ViewType
from mlflow.models import Model

_BATCH = 100  # params and tags that MLflow takes at once

_RUN_STATUS = {
    JobState.QUEUED: "SCHEDULED",
    JobState.RUNNING: "RUNNING",
    JobState.SUCCEEDED: "FINISHED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "KILLED",
    JobState.LOST: "KILLED",
}
_TRIAL_STATUS = {TrialState.FINISHED: "FINISHED", TrialState.FAILED: "FAILED", TrialState.STOPPED: "KILLED"}


class MlflowWriter:
    """The only one who writes to MLflow. One at a time: see `modelyard.core.tracking.mirror`.

    Parameters
    ----------
    url : str
        SQLAlchemy URL of MLflow's database, made if it is not there.
    artifact_root : Path
        Folder of MLflow's files.
    model_loader : str
        ``package.module:function`` of ours that loads a model folder.
    """

    def __init__(self, url: str, artifact_root: Path, *, model_loader: str) -> None:
        self._client = open_client(url, artifact_root)
        self._artifact_root = artifact_root
        self._model_loader = model_loader

    def experiment(self, experiment: ExperimentInfo) -> str:
        """Write an experiment and return the id that MLflow gave it."""
        tags = {
            "modelyard.experiment_id": experiment.id,
            "modelyard.dataset": experiment.dataset_name,
            "modelyard.dataset_id": experiment.dataset_id,
            "modelyard.target": experiment.target,
        }
        if (found := self._client.get_experiment_by_name(experiment.name)) is None:
            folder = self._artifact_root / experiment.id
            return str(self._client.create_experiment(experiment.name, artifact_location=folder.as_uri(), tags=tags))
        for key, value in tags.items():  # MLflow makes an experiment called Default itself
            self._client.set_experiment_tag(found.experiment_id, key, value)
        return str(found.experiment_id)

    def run(self, run: RunInfo, *, known: str | None, experiment_mlflow_id: str, best: TrialInfo | None) -> str:
        """Write a run as it stands, as a parent of its trials; `known` is its id in MLflow, if it has one already."""
        name = f"{run.experiment_name} {run.number}"
        mlflow_id = known or self._find_or_create(
            experiment_mlflow_id, "modelyard.run_id", run.id, name, run.created_at, {"mlflow.user": run.created_by}
        )
        tags = {
            "modelyard.number": run.number,
            "modelyard.state": run.state,
            "modelyard.target": run.target,
            "modelyard.task": run.task,
            "modelyard.metric": run.metric,
            "modelyard.job_id": run.job_id,
            "modelyard.best_trial_id": run.best_trial_id,
            "modelyard.warnings": "\n".join(run.warnings) or None,
            "modelyard.error": _what(run.error),
            **_dataset_tags(run.dataset),
            **{f"modelyard.{name}": value for name, value in run.facts.items()},
        }
        metrics = []
        if best is not None and best.score is not None:  # its trial's number as the step shows how the best moved
            metrics.append(Metric(f"best_{run.metric}", best.score, _ms(best.ended_at), best.number))
        self._log(mlflow_id, metrics, run.spec, tags)
        self._client.log_inputs(mlflow_id, [_dataset_input(run.dataset)])
        self._set_status(mlflow_id, _RUN_STATUS[run.state], run.ended_at if run.state.ended else None)
        return mlflow_id

    def trial(
        self, trial: TrialInfo, *, known: str | None, run: RunInfo, run_mlflow_id: str, experiment_mlflow_id: str
    ) -> str:
        """Write an ended trial, nested in its run."""
        name = f"{trial.number} {trial.title}"
        fixed = {"mlflow.parentRunId": run_mlflow_id, "mlflow.user": run.created_by}
        mlflow_id = known or self._find_or_create(
            experiment_mlflow_id, "modelyard.trial_id", trial.id, name, trial.started_at, fixed
        )
        tags = {
            "modelyard.parent_run_id": run.id,
            "modelyard.number": trial.number,
            "modelyard.estimator": trial.estimator,
            "modelyard.kind": trial.kind,
            "modelyard.state": trial.state,
            "modelyard.target": run.target,
            "modelyard.task": run.task,
            "modelyard.metric": run.metric,
            "modelyard.model": trial.model_key,
            "modelyard.random_state": run.spec.get("random_state"),
            "modelyard.error": _what(trial.error),
            **_dataset_tags(run.dataset),
        }
        self._log(mlflow_id, _trial_metrics(trial, str(run.metric)), trial.params, tags)
        self._client.log_inputs(mlflow_id, [_dataset_input(run.dataset)])
        self._set_status(mlflow_id, _TRIAL_STATUS[trial.state], trial.ended_at)
        return mlflow_id

    def model_version(self, model: ModelVersionInfo, *, folder: Path, trial_mlflow_id: str) -> str:
        """Write a version, with a copy of the model's `folder` that MLflow can load, and return its number there."""
        self._ensure_model(model.name)
        query = f"name = '{model.name}' AND tags.`modelyard.version_id` = '{model.id}'"
        for found in self._client.search_model_versions(query):
            return str(found.version)
        tags = {
            "modelyard.version_id": model.id,
            "modelyard.trial_id": model.trial_id,
            "modelyard.run_id": model.run_id,
            "modelyard.model": model.model_key,
            "modelyard.estimator": model.estimator,
            "modelyard.metric": model.metric,
            "modelyard.score": model.score,
            "modelyard.created_by": model.created_by,
            **_dataset_tags(model.dataset),
        }
        made = self._client.create_model_version(
            model.name,
            source=self._save_model(model, folder).as_uri(),
            run_id=trial_mlflow_id,
            tags=_text(tags),
            description=model.description or None,
            await_creation_for=0,
        )
        return str(made.version)

    def model(self, name: str, *, description: str, aliases: Mapping[str, str]) -> str:
        """Write the description and the aliases (to MLflow's version numbers) of a model."""
        self._ensure_model(name)
        there = self._client.get_registered_model(name)
        if (there.description or "") != description:
            self._client.update_registered_model(name, description)
        before = {alias: str(number) for alias, number in there.aliases.items()}
        for alias in before.keys() - aliases.keys():
            self._client.delete_registered_model_alias(name, alias)
        for alias, number in aliases.items():
            if before.get(alias) != number:
                self._client.set_registered_model_alias(name, alias, number)
        return name

    def _find_or_create(
        self, experiment_id: str, tag: str, value: str, name: str, started_at: datetime, fixed: dict[str, str]
    ) -> str:
        query = f"tags.`{tag}` = '{value}'"
        for run in self._client.search_runs([experiment_id], query, run_view_type=ViewType.ALL, max_results=1):
            return str(run.info.run_id)
        tags = {**fixed, tag: value, "mlflow.source.name": "modelyard", "mlflow.source.type": "LOCAL"}
        made = self._client.create_run(experiment_id, start_time=_ms(started_at), tags=tags, run_name=name)
        return str(made.info.run_id)

    def _log(self, mlflow_id: str, metrics: Sequence[Metric], params: Json, tags: Mapping[str, Any]) -> None:
        as_params = [Param(key, _as_text(value)) for key, value in params.items()]
        as_tags = [RunTag(key, value) for key, value in _text(tags).items()]
        for start in range(0, max(len(as_params), len(as_tags), 1), _BATCH):
            part = slice(start, start + _BATCH)
            values = metrics if start == 0 else ()
            self._client.log_batch(mlflow_id, metrics=values, params=as_params[part], tags=as_tags[part])

    def _set_status(self, mlflow_id: str, status: str, ended_at: datetime | None) -> None:
        if ended_at is None:
            self._client.update_run(mlflow_id, status=status)
        else:
            self._client.set_terminated(mlflow_id, status=status, end_time=_ms(ended_at))

    def _ensure_model(self, name: str) -> None:
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _save_model(self, model: ModelVersionInfo, folder: Path) -> Path:
        place = self._artifact_root / "models" / model.id
        if not place.exists():
            unfinished = place.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)  # of an attempt that was killed
            shutil.copytree(folder, unfinished / "data")
            (unfinished / "requirements.txt").write_text(
                f"mlflow=={version('mlflow')}\nmodelyard=={version('modelyard')}\n"
            )
            (unfinished / "python_env.yaml").write_text(
                f"python: {python_version()}\nbuild_dependencies: [pip]\ndependencies: [-r requirements.txt]\n"
            )
            # MLflow's save_model does the same, but asks every installed package for its modules.
            saved = Model()
            add_to_model(  # type: ignore[no-untyped-call]
                saved,
                loader_module="modelyard.core.tracking.mlflow_model",
                data="data",
                python_env="python_env.yaml",
                model_config={LOADER: self._model_loader},
            )
            saved.save(unfinished / "MLmodel")
            unfinished.rename(place)
        return place


def _trial_metrics(trial: TrialInfo, metric: str) -> list[Metric]:
    values: dict[str, float | None] = {
        **trial.metrics,
        metric: trial.score,
        f"{metric}_std": trial.score_std,
        "fit_seconds": trial.fit_seconds,
        "predict_ms_per_row": trial.predict_ms_per_row,
    }
    at = _ms(trial.ended_at)
    found = [Metric(name, value, at, 0) for name, value in values.items() if value is not None]
    return found + [Metric(f"{metric}_fold", value, at, fold) for fold, value in enumerate(trial.fold_scores)]


def _dataset_tags(dataset: DatasetRef) -> dict[str, Any]:
    return {
        "modelyard.dataset": dataset.name,
        "modelyard.dataset_id": dataset.id,
        "modelyard.dataset_version": dataset.version_number,
        "modelyard.dataset_version_id": dataset.version_id,
        "modelyard.dataset_hash": dataset.version_hash,
    }


def _dataset_input(dataset: DatasetRef) -> DatasetInput:
    return DatasetInput(
        Dataset(
            name=f"{dataset.name}/{dataset.version_number}"[:500],
            digest=dataset.version_hash[:36],  # all that MLflow takes
            source_type="modelyard",
            source=dataset.version_id,
        ),
        tags=[],
    )


def _text(tags: Mapping[str, Any]) -> dict[str, str]:
    return {key: _as_text(value) for key, value in tags.items() if value is not None}


def _as_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _what(error: Json | None) -> str | None:
    return None if error is None else str(error.get("what"))


def _ms(at: datetime | None) -> int:
    return 0 if at is None else int(at.timestamp() * 1000)
