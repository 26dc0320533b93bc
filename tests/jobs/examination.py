"""What must be true of a workspace whatever was killed: used by the tests and by the benchmark."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select, text

from modelyard.core.common.errors import ModelyardError
from modelyard.core.datasets.tables import dataset_versions, datasets
from modelyard.core.jobs.tables import events, jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database
from modelyard.core.tracking.mirror import Mirror
from modelyard.core.tracking.tables import model_versions, models, runs, trials


@dataclass
class Promises:
    """What a workspace has acknowledged: names of imports and ids of runs with their jobs, and model versions."""

    imports: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    models: set[tuple[str, int]] = field(default_factory=set)


def examine(yard, promises, *, trials, rows, growing=()):
    """Return what is wrong, as sentences; `trials` of a run and `rows` of a dataset are as asked for.

    The datasets that are `growing` have many versions, of as many rows as there were.
    """
    return [
        *_jobs(yard, promises),
        *_datasets(yard, promises, rows, growing),
        *_runs(yard, promises, trials),
        *_models(yard, promises),
        *_files(yard),
        *_mirror(yard),
    ]


def _all(yard, query):
    with yard.database.read() as connection:
        return connection.execute(query).all()


def _jobs(yard, promises):
    found = {row.id: row for row in _all(yard, select(jobs))}
    ends = Counter()
    for row in _all(yard, select(events.c.job_id, events.c.payload).where(events.c.kind == "state")):
        if JobState(row.payload["state"]).ended:
            ends[row.job_id, row.payload["state"]] += 1
    for job_id in {*promises.imports.values(), *promises.runs.values()} - found.keys():
        yield f"the job {job_id} is lost"
    for row in found.values():
        if not JobState(row.state).ended:
            yield f"the job {row.id} ({row.kind}) is left {row.state}"
        elif {state: count for (job_id, state), count in ends.items() if job_id == row.id} != {row.state: 1}:
            yield f"the job {row.id} is {row.state}, but its events say {ends}"


def _datasets(yard, promises, rows, growing):
    query = select(datasets.c.name, dataset_versions.c.number, dataset_versions.c.rows)
    versions = _all(yard, query.outerjoin(dataset_versions, dataset_versions.c.dataset_id == datasets.c.id))
    counted = Counter(row.name for row in versions)
    for row in versions:
        if row.number is None:
            yield f"the dataset {row.name} has no version"
        elif row.rows != rows and row.name not in growing:
            yield f"the dataset {row.name} has {row.rows} rows"
    for name, count in counted.items():
        if count > 1 and name not in growing:
            yield f"the dataset {name} was imported {count} times"
    for name, job_id in promises.imports.items():
        if yard.jobs.get(job_id).state is JobState.SUCCEEDED and not counted[name]:
            yield f"the dataset {name} is lost"


def _runs(yard, promises, n_trials):
    found = _all(yard, select(runs.c.id, runs.c.job_id))
    for job_id, count in Counter(row.job_id for row in found).items():
        if count > 1:
            yield f"the job {job_id} has {count} runs"
    for run_id in promises.runs.keys() - {row.id for row in found}:
        yield f"the run {run_id} is lost"
    for row in found:
        run = yard.experiments.run(row.id)
        tried = run.trials()
        if [trial.number for trial in tried] != list(range(1, len(tried) + 1)):
            yield f"the trials of {row.id} are {[trial.number for trial in tried]}"
        if any(trial.state == "running" for trial in tried):
            yield f"a trial of {row.id} is left running"
        if run.state == "succeeded" and [trial.state for trial in tried] != ["finished"] * n_trials:
            yield f"the trials of {row.id} are {[str(trial.state) for trial in tried]}"


def _models(yard, promises):
    query = select(models.c.name, model_versions.c.number).join(models, models.c.id == model_versions.c.model_id)
    found = {(row.name, row.number) for row in _all(yard, query)}
    for name, number in promises.models - found:
        yield f"the model version {name}/{number} is lost"
    for name in {name for name, _ in found}:
        numbers = sorted(number for each, number in found if each == name)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the versions of {name} are {numbers}"


def _files(yard):
    named = set()
    for row in _all(yard, select(dataset_versions)):
        named |= {row.manifest_key, *row.parts} | ({row.profile_key, row.quality_key, row.relations_key} - {None})
    named |= {row.model_key for row in _all(yard, select(trials.c.model_key)) if row.model_key}
    named |= {row.model_key for row in _all(yard, select(model_versions.c.model_key))}
    for key in named:
        try:
            yard.artifacts.verify(key)
        except ModelyardError as error:
            yield str(error)


def _mirror(yard):
    """What MLflow holds is what the tracker holds, each thing once."""
    with Mirror(
        yard.database,
        yard.artifacts,
        yard.settings.mlflow_url,
        yard.settings.mlflow_artifacts,
        model_loader="modelyard.core.ml_engine.persistence:load_model",
    ) as mirror:
        if pending := mirror.pending():
            yield f"{pending} rows are not in MLflow"
        yield from (f"not in MLflow: {row}: {why}" for row, why in mirror.failures().items())
    expected = {
        "runs": len(_all(yard, select(runs.c.id))) + len(_all(yard, select(trials.c.id))),
        "model_versions": len(_all(yard, select(model_versions.c.id))),
    }
    if not any(expected.values()):
        return
    database = Database(yard.settings.mlflow_url)
    with database.read() as connection:
        held = {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in expected}
    database.close()
    if held != expected:
        yield f"MLflow holds {held}, the tracker {expected}"
