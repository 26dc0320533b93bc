"""Where a workspace keeps what it knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.common.types import Json
from modelyard.core.storage.database import sqlite_url

DEFAULT_FOLDER = "modelyard-workspace"


@dataclass(frozen=True, slots=True)
class Settings:
    """The places of one workspace.

    Parameters
    ----------
    root : Path
        Its folder, absolute.
    """

    root: Path

    @classmethod
    def at(cls, location: str | os.PathLike[str] | None = None) -> Settings:
        """Return the settings of the workspace at `location`.

        Parameters
        ----------
        location : path, optional
            A folder; ``./modelyard-workspace`` by default.

        Raises
        ------
        InvalidInput
            If it is no folder's name.
        """
        text = os.fspath(location) if location is not None else DEFAULT_FOLDER
        if "://" in text:
            raise InvalidInput(
                f"A workspace cannot be opened at {text.split('://')[0]}://… yet.",
                possible=["a folder on this machine"],
            )
        return cls(Path(text).expanduser().absolute())

    @classmethod
    def of_job(cls, location: Json) -> Settings:
        """Return the settings that `location` tells a job."""
        return cls(Path(location["root"]))

    @property
    def location(self) -> Json:
        """What a job needs to open the workspace again."""
        return {"root": str(self.root)}

    @property
    def database_url(self) -> str:
        """URL of our database."""
        return sqlite_url(self.root / "modelyard.db")

    @property
    def mlflow_url(self) -> str:
        """URL of MLflow's database, which is another file, since its table names collide with ours."""
        return sqlite_url(self.root / "mlflow.db")

    @property
    def artifacts(self) -> Path:
        """Folder of files that never change."""
        return self.root / "artifacts"

    @property
    def mlflow_artifacts(self) -> Path:
        """Folder of MLflow's own files."""
        return self.root / "mlflow-artifacts"

    @property
    def uploads(self) -> Path:
        """Folder of files on their way in."""
        return self.root / "uploads"

    @property
    def logs(self) -> Path:
        """Folder of the logs of jobs."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Folder of what running processes tell each other."""
        return self.root / "run"

    def make(self) -> None:
        """Make the folders.

        Raises
        ------
        Unavailable
            If the place cannot be written to.
        """
        try:
            for folder in (self.root, self.artifacts, self.uploads, self.logs, self.run):
                folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.root, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise Unavailable(
                f"The workspace folder cannot be made or written to: {error.strerror}.",
                where=str(self.root),
                remedy="Choose another folder, or give this user the right to write there.",
            ) from error
