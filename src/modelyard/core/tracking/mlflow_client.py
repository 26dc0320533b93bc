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

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.schema import CreateSchema, DropSchema

from modelyard.core.common.ids import new_id
from modelyard.core.tracking.mlflow_upgrade import upgrade_tables as upgrade_tables

logging.getLogger("mlflow").setLevel(logging.ERROR)  # it remarks on the making of its tables and on the version of pip


def open_client(url: str, artifact_root: Path) -> MlflowClient:
    """Return a client of the MLflow database at `url`, which is made if it is not there, and upgraded if it is old.

    Parameters
    ----------
    url : str
        An SQLAlchemy URL; on PostgreSQL with an option ``-csearch_path=<schema>``, which keeps MLflow's tables apart.
    artifact_root : Path
        Where MLflow keeps files of experiments that we did not make.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _make_sqlite(Path(parsed.database), artifact_root)
    if parsed.get_backend_name() == "postgresql":
        _make_schema(parsed, artifact_root)
    upgrade_tables(url)
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


def _make_schema(url: URL, artifact_root: Path) -> None:
    """Make the tables in a schema with a temporary name, for the same reason."""
    *others, search_path = " ".join(url.normalized_query["options"]).split("-csearch_path=")
    schema = search_path.split()[0]
    engine = create_engine(url, hide_parameters=True)
    try:
        if inspect(engine).has_schema(schema):
            return
        temporary = f"{schema}_{new_id('tmp')}"
        options = f"{' '.join(others)} -csearch_path={temporary}"
        with engine.begin() as connection:
            connection.execute(CreateSchema(temporary))
        try:
            place = url.update_query_dict({"options": options}).render_as_string(hide_password=False)
            store: Any = SqlAlchemyStore(place, artifact_root.as_uri())  # type: ignore[no-untyped-call]
            store.engine.dispose()
            with engine.begin() as connection:
                connection.exec_driver_sql(f'ALTER SCHEMA "{temporary}" RENAME TO "{schema}"')
        finally:
            with engine.begin() as connection:
                connection.execute(DropSchema(temporary, cascade=True, if_exists=True))
    finally:
        engine.dispose()
