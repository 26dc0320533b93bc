"""Run as a script: runs the mirror in children that die after each step in turn, and prints what MLflow holds then.

One process imports MLflow and forks, so that hundreds of runs take seconds. It opens no database itself.
"""

import json
import os
import shutil
import sys
import warnings
from collections import Counter
from pathlib import Path

from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database, sqlite_url
from modelyard.core.tracking import mlflow_writer
from modelyard.core.tracking.mirror import Mirror

from mlflow import MlflowClient  # isort: skip

KILLED = 9


def snapshot(client):
    """Return what MLflow holds, without the ids that it gives itself."""
    experiments = {e.experiment_id: e for e in client.search_experiments()}
    runs = client.search_runs(list(experiments), max_results=1000)
    names = {run.info.run_id: run.info.run_name for run in runs}
    found = Counter()
    for experiment in experiments.values():
        found[f"experiment {experiment.name} {sorted(experiment.tags.items())}"] += 1
    for run in runs:
        tags = {key: names.get(value, value) for key, value in run.data.tags.items()}
        history = [
            (m.key, m.value, m.step, m.timestamp)
            for key in sorted(run.data.metrics)
            for m in client.get_metric_history(run.info.run_id, key)
        ]
        times = run.info.start_time, run.info.end_time
        inputs = [each.dataset.name for each in run.inputs.dataset_inputs]
        facts = run.info.status, times, sorted(run.data.params.items()), sorted(tags.items()), history, inputs
        found[f"run {run.info.run_name} {facts}"] += 1
    for model in client.search_registered_models():
        found[f"model {model.name} {model.description} {sorted(model.aliases.items())}"] += 1
        for version in client.search_model_versions(f"name = '{model.name}'"):
            facts = version.version, names[version.run_id], version.description, sorted(version.tags.items())
            found[f"version {model.name} {facts}"] += 1
    return dict(found)


def die_after(steps):
    """End this process, as a kill would, once `steps` calls that write have done their work."""
    left = [steps]

    def counted(function):
        def call(*args, **kwargs):
            result = function(*args, **kwargs)
            left[0] -= 1
            if left[0] == 0:
                os._exit(KILLED)
            return result

        return call

    for name in dir(MlflowClient):
        if name.startswith(("create_", "set_", "log_", "update_", "delete_")):
            setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))
    mlflow_writer.Model.save = counted(mlflow_writer.Model.save)
    Path.rename = counted(Path.rename)
    Mirror._note = counted(Mirror._note)


def mirror(folder, steps=None):
    """Run the mirror to its end, or to the step at which it dies; return what MLflow holds, or None."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        if steps is not None:
            die_after(steps)
        url = sqlite_url(folder / "mlflow.db")
        store = ArtifactStore(folder / "artifacts")
        database = Database(sqlite_url(folder / "modelyard.db"))
        with Mirror(database, store, url, folder / "mlflow-artifacts", model_loader="modelyard.x:y") as writing:
            writing.run_until_idle(batch=3)
            left = writing.pending(), writing.failures()
        files = sorted(path.name for path in (folder / "mlflow-artifacts" / "models").iterdir())
        held = {"left": left, "models": len(files), "temporary": files[0][:4], **snapshot(MlflowClient(url, url))}
        with os.fdopen(write_end, "w") as pipe:
            json.dump(held, pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == (0 if text else KILLED), code
    return json.loads(text) if text else None


def main(origin, scratch, mlflow):
    def fresh():
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(origin, scratch)
        shutil.copy(mlflow, scratch / "mlflow.db")

    fresh()
    expected, different, steps = mirror(scratch), {}, 0
    while True:
        steps += 1
        fresh()
        if mirror(scratch, steps) is not None:
            break
        if (got := mirror(scratch)) != expected:
            different[steps] = got
    print(json.dumps({"expected": expected, "different": different, "kills": steps - 1}))


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(*map(Path, sys.argv[1:]))
