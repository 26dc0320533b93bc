"""How MLflow is opened: offline, silent, and never half made.

Importing this module imports MLflow: 2 seconds of CPU and 190 MB. Only the job that writes the mirror does.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import warnings
from pathlib import Path
from typing import Any

# Read when mlflow is imported: without them it writes an installation id into the home folder and calls its makers.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about MLflow's own use of SQLAlchemy and of type hints
    from mlflow import MlflowClient
    from mlflow.pyfunc import add_to_model as add_to_model
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from sqlalchemy.engine import make_url

from modelyard.core.common.ids import new_id

logging.getLogger("mlflow").setLevel(logging.ERROR)  # it remarks on the making of its tables and on the version of pip


def open_client(url: str, artifact_root: Path) -> MlflowClient:
    """Return a client of the MLflow database at `url`, which is made if it is not there.

    Parameters
    ----------
    url : str
        An SQLAlchemy URL.
    artifact_root : Path
        Where MLflow keeps files of experiments that we did not make.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _make_sqlite(Path(parsed.database), artifact_root)
    return MlflowClient(tracking_uri=url, registry_uri=url)


def _make_sqlite(path: Path, artifact_root: Path) -> None:
    """Make the tables under a temporary name: MLflow cannot open a database whose making was interrupted."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{new_id('tmp')}")
    store: Any = SqlAlchemyStore(f"sqlite:///{temporary}", artifact_root.as_uri())  # type: ignore[no-untyped-call]
    store.engine.dispose()
    connection = sqlite3.connect(temporary)
    connection.execute("PRAGMA journal_mode = WAL")  # MLflow's default lets readers block the writer for seconds
    connection.close()  # the last to close writes the log into the file, so that one file holds everything
    temporary.rename(path)
