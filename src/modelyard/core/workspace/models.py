"""Verbs on registered models."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.importing import local_file
from modelyard.core.workspace.pages import Page

if TYPE_CHECKING:
    import pandas as pd

    from modelyard.core.ml_engine.signature import Signature
    from modelyard.core.tracking.types import ModelInfo, ModelVersionInfo
    from modelyard.core.workspace.predictions import Prediction
    from modelyard.core.workspace.workspace import Workspace

RESULTS = (".csv", ".parquet")
"""What files of predictions may be."""


class ModelVerbs:
    """Use the models that were registered: ``yard.models``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    def get(self, ref: str) -> Model:
        """Return a version of a model.

        Parameters
        ----------
        ref : str
            ``name`` for the newest, ``name@champion`` or ``name/3``.

        Raises
        ------
        NotFound
            If there is no such model, alias or version.
        """
        return Model(self._yard, self._yard.tracker.model_version(ref))

    def info(self, name: str) -> ModelInfo:
        """Return what is known of a model, its aliases included."""
        return self._yard.tracker.model(name)

    def list(self, offset: int = 0, limit: int = 50, search: str = "") -> Page[ModelInfo]:
        """Return registered models, newest first."""
        items, total = self._yard.tracker.models_page(offset, limit, search)
        return Page.of(items, total, offset)

    def versions(self, name: str, offset: int = 0, limit: int = 50) -> Page[ModelVersionInfo]:
        """Return the versions of a model, newest first."""
        items, total = self._yard.tracker.model_versions(name, offset, limit)
        return Page.of(items, total, offset)

    def set_alias(self, name: str, alias: str, version: int) -> Model:
        """Point an alias to a version; an alias that points elsewhere is moved."""
        with self._yard.audit.recording("models.set_alias", f"model/{name}", alias=alias, version=version):
            info = self._yard.tracker.set_alias(name, alias, version, actor=self._yard.actor.name)
        self._yard.mirror_soon()
        return Model(self._yard, info)

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away."""
        with self._yard.audit.recording("models.delete_alias", f"model/{name}", alias=alias):
            self._yard.tracker.delete_alias(name, alias, actor=self._yard.actor.name)
        self._yard.mirror_soon()

    @overload
    def predict_file(
        self,
        ref: str,
        source: str | os.PathLike[str] | Dataset,
        output: str | os.PathLike[str] | None = None,
        *,
        wait: Literal[True] = True,
    ) -> Path: ...
    @overload
    def predict_file(
        self,
        ref: str,
        source: str | os.PathLike[str] | Dataset,
        output: str | os.PathLike[str] | None = None,
        *,
        wait: Literal[False],
    ) -> JobHandle[Path]: ...
    def predict_file(
        self,
        ref: str,
        source: str | os.PathLike[str] | Dataset,
        output: str | os.PathLike[str] | None = None,
        *,
        wait: bool = True,
    ) -> Path | JobHandle[Path]:
        """Predict every row of a file or dataset, in pieces, so that any size fits.

        Parameters
        ----------
        ref : str
            The model, as for `get`.
        source : path or Dataset
            CSV or Parquet with the columns that the model was trained on.
        output : path, optional
            Where to write the rows with their predictions, ``.csv`` or ``.parquet``; by default in the workspace.
        wait : bool
            Whether to return the path when it is there, or at once a handle of the job.

        Raises
        ------
        NotFound
            If there is no such model.
        InvalidInput
            If the result cannot be written as asked, or the file is not what the model takes.
        """
        file = None if output is None else Path(output).expanduser().absolute()
        if isinstance(source, str | os.PathLike):
            params: Json = {"path": str(local_file(source))}
        else:
            params = {"dataset_id": source.version.dataset_id, "number": source.version.number}
        suffix = ".csv" if file is None else file.suffix.lower()
        if suffix not in RESULTS:
            raise InvalidInput(
                f"Predictions cannot be written as {suffix or 'that'}.", where=str(file), possible=RESULTS
            )
        handle = self._predict(ref, {**params, "suffix": suffix}, file)
        return handle.result() if wait else handle

    def predict_upload(self, ref: str, upload_id: str) -> JobHandle[Path]:
        """Predict every row of a file that a front door has received."""
        upload = self._yard.datasets.uploads.get(upload_id)
        return self._predict(ref, {"path": str(upload.path), "upload": upload_id, "suffix": ".csv"}, None)

    def predict_row(self, ref: str, row: Mapping[str, Any]) -> JobHandle[Prediction]:
        """Predict one row in a job's process: for front doors that do not load models themselves."""

        def build(result: Json) -> Prediction:
            from modelyard.core.workspace.predictions import Prediction

            return Prediction(result["value"], result["probabilities"])

        version = self._yard.tracker.model_version(ref)
        job = self._yard.submit(
            "predict_row",
            "modelyard.core.workspace.tasks.predict:run_row",
            {"model_key": version.model_key, "row": dict(row)},
            title=f"Predict one row with {version.ref}",
            weight="light",
            hidden=True,
        )
        return JobHandle(self._yard, job.id, build)

    def prediction_file(self, job_id: str) -> Path:
        """Return the file that a prediction job wrote, or raise what ended the job."""
        return JobHandle(self._yard, job_id, self._file).result()

    def _predict(self, ref: str, params: Json, output: Path | None) -> JobHandle[Path]:
        version = self._yard.tracker.model_version(ref)
        verb = "models.predict_upload" if "upload" in params else "models.predict_file"
        with self._yard.audit.recording(verb, f"model/{version.name}", version=version.number):
            job = self._yard.submit(
                "predict",
                "modelyard.core.workspace.tasks.predict:run",
                {**params, "model_key": version.model_key, "model": version.ref},
                title=f"Predict with {version.ref}",
                weight="light",
            )

        def build(result: Json) -> Path:
            stored = self._file(result)
            if output is None:
                return stored
            output.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stored, output)
            return output

        return JobHandle(self._yard, job.id, build)

    def _file(self, result: Json) -> Path:
        return self._yard.artifacts.path(result["key"])


class Model:
    """A version of a registered model.

    Parameters
    ----------
    yard : Workspace
        Where it lives.
    info : ModelVersionInfo
        What is known of it.
    """

    def __init__(self, yard: Workspace, info: ModelVersionInfo) -> None:
        self._yard = yard
        self.info = info

    @property
    def name(self) -> str:
        """Of the model."""
        return self.info.name

    @property
    def version(self) -> int:
        """Its number, from 1."""
        return self.info.number

    @property
    def aliases(self) -> tuple[str, ...]:
        """Aliases that point to it now."""
        return self._yard.tracker.model_version(self.info.ref).aliases

    @property
    def scores(self) -> dict[str, float]:
        """What it reached in cross-validation, by metric."""
        return dict(self.info.metrics)

    @property
    def signature(self) -> Signature:
        """What it takes and what it gives."""
        from modelyard.core.ml_engine.signature import Signature

        return Signature.from_json(self.info.signature)

    def importance(self) -> dict[str, float]:
        """Return each column's share in the predictions, the largest first."""
        return dict(sorted((self.info.importance or {}).items(), key=lambda item: -item[1]))

    def predict(self, rows: Any, *, probabilities: bool = False) -> pd.DataFrame:
        """Predict rows in this process.

        Parameters
        ----------
        rows : DataFrame or list of dict
            With the columns that it was trained on, in any order; others are ignored.
        probabilities : bool
            Whether to add a column for each class.

        Returns
        -------
        DataFrame
            A column ``prediction``, and with `probabilities` one ``probability of <class>`` each.

        Raises
        ------
        InvalidInput
            If a column is missing or a value cannot be what its column holds.
        """
        from modelyard.core.workspace.inference import load, predict_frame

        model, signature = load(self._yard.artifacts, self.info.model_key)
        return predict_frame(model, signature, rows, probabilities=probabilities)

    def predict_one(self, row: Mapping[str, Any]) -> Prediction:
        """Predict one row in this process; columns that are left out count as missing."""
        from modelyard.core.workspace.inference import load, predict_row

        return predict_row(*load(self._yard.artifacts, self.info.model_key), row)

    def predict_file(
        self, source: str | os.PathLike[str] | Dataset, output: str | os.PathLike[str] | None = None
    ) -> Path:
        """Predict every row of a file or dataset; see `ModelVerbs.predict_file`."""
        return self._yard.models.predict_file(self.info.ref, source, output)

    def __repr__(self) -> str:
        info = self.info
        return f"<Model {info.ref}: {info.title}, {info.metric} {info.score:.4g}>"
