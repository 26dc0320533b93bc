"""What is new goes to MLflow: the one listener."""

from __future__ import annotations

import time

from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.types import JobState
from modelyard.core.workspace.tasks.opening import open_workspace

PAUSE_S = 1.0
LOADER = "modelyard.core.ml_engine.persistence:load_model"


def run(context: JobContext) -> Json:
    """Copy until nothing is left to copy and no training runs that will bring more."""
    from modelyard.core.tracking.mirror import Mirror

    yard = open_workspace(context)
    copied = 0
    with Mirror(
        yard.database,
        yard.artifacts,
        yard.settings.mlflow_url,
        yard.settings.mlflow_artifacts,
        model_loader=LOADER,
    ) as mirror:
        while True:
            # asked first: what a training wrote before it ended is then copied by the step below
            training = yard.job_store.page(limit=1, states=[JobState.RUNNING, JobState.QUEUED], kinds=["train"])[1]
            copied += (done := mirror.step())
            if done == 0 and not training:
                return {"copied": copied, "message": f"{copied} copied"}
            if done == 0:
                time.sleep(PAUSE_S)
