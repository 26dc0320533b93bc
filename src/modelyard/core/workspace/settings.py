"""Where a workspace keeps what it knows."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from modelyard.core.common.errors import Conflict, InvalidInput, Unavailable
from modelyard.core.common.types import Json
from modelyard.core.jobs.settings import JobSettings
from modelyard.core.storage.database import parse_url, sqlite_url

DEFAULT_FOLDER = "modelyard-workspace"
CONFIG = "modelyard.toml"
UNFINISHED = ".restoring"
"""A file that is there while a backup is being restored."""

KEY_FILE_VARIABLE = "MODELYARD_SECRET_KEY_FILE"
"""Names the file with the key of secrets, where it is not to lie in the workspace's folder."""

MLFLOW_SCHEMA = "mlflow"
_SECTIONS = ("storage", "retention", "jobs")
_STORAGE = ("database", "database_file", "artifacts")
_RETENTION = ("unused_hours",)
_JOBS = tuple(each.name for each in fields(JobSettings))


@dataclass(frozen=True, slots=True)
class Settings:
    """The places of one workspace.

    Parameters
    ----------
    root : Path
        Its folder, absolute.
    database : str, optional
        URL of a PostgreSQL database; a SQLite file in the folder by default.
    remote : str, optional
        An fsspec URL where artifacts are kept, such as ``s3://bucket/prefix``; the folder then holds copies.
    secret_key_file : Path, optional
        The key of secrets; ``secret.key`` in the folder by default.
    unused_hours : float
        How long files that no row names, and caches, are kept: they may belong to work that still goes on.
    jobs : JobSettings
        How jobs are run, and how long what they said is kept.
    """

    root: Path
    database: str | None = field(default=None, repr=False)  # it may hold a password
    remote: str | None = field(default=None, repr=False)
    secret_key_file: Path | None = None
    unused_hours: float = 24
    jobs: JobSettings = field(default_factory=JobSettings)

    @classmethod
    def at(
        cls, location: str | os.PathLike[str] | None = None, folder: str | os.PathLike[str] | None = None
    ) -> Settings:
        """Return the settings of the workspace at `location`: what front doors call.

        Parameters
        ----------
        location : path or str, optional
            A folder, ``./modelyard-workspace`` by default, whose ``modelyard.toml`` may say more; or the URL of a
            PostgreSQL database.
        folder : path, optional
            With a URL: where files are kept; the default folder by default.

        Raises
        ------
        InvalidInput
            If it is neither, or the file of settings cannot be read.
        """
        text = os.fspath(location) if location is not None else DEFAULT_FOLDER
        if isinstance(text, bytes):
            text = os.fsdecode(text)
        if "://" not in text:
            if folder is not None:
                raise InvalidInput("A folder goes only with the URL of a database.", where=text)
            return cls._from_folder(Path(text).expanduser().absolute(), None)
        if parse_url(text).get_backend_name() != "postgresql":
            raise InvalidInput(
                f"A workspace cannot be opened at {text.split('://')[0]}://….",
                possible=["a folder on this machine", "postgresql+psycopg://user@host/name"],
            )
        return cls._from_folder(Path(folder or DEFAULT_FOLDER).expanduser().absolute(), text)

    @classmethod
    def _from_folder(cls, root: Path, database: str | None) -> Settings:
        path = root / CONFIG
        said = _read(path) if path.is_file() else {}
        storage = _section(said, "storage", _STORAGE, path)
        retention = _section(said, "retention", _RETENTION, path)
        key_file = os.environ.get(KEY_FILE_VARIABLE)
        return cls(
            root,
            database or _database_of(storage, path),
            _text(storage, "artifacts", path),
            Path(key_file).expanduser().absolute() if key_file else None,
            jobs=JobSettings.read(_section(said, "jobs", _JOBS, path)),
            **{name: _positive(name, value, path) for name, value in retention.items()},
        )

    @classmethod
    def of_job(cls, location: Json) -> Settings:
        """Return the settings that `location` tells a job."""
        values = dict(location)
        key_file = values.pop("secret_key_file", None)
        root, jobs = Path(values.pop("root")), JobSettings(**values.pop("jobs", {}))
        return cls(root, secret_key_file=Path(key_file) if key_file else None, jobs=jobs, **values)

    @property
    def location(self) -> Json:
        """What a job needs to open the workspace again; it may hold a password, so it goes through pipes only."""
        key_file = None if self.secret_key_file is None else str(self.secret_key_file)
        return {
            "root": str(self.root),
            "database": self.database,
            "remote": self.remote,
            "secret_key_file": key_file,
            **{name: getattr(self, name) for name in _RETENTION},
            "jobs": self.jobs.to_json(),
        }

    @property
    def database_url(self) -> str:
        """URL of our database."""
        return self.database or sqlite_url(self.root / "modelyard.db")

    @property
    def mlflow_url(self) -> str:
        """URL of MLflow's tables: another file or another schema, since their names collide with ours."""
        if self.database is None:
            return sqlite_url(self.root / "mlflow.db")
        url = parse_url(self.database)
        options = " ".join([*url.normalized_query.get("options", ()), f"-csearch_path={MLFLOW_SCHEMA}"])
        return url.update_query_dict({"options": options}).render_as_string(hide_password=False)

    @property
    def secret_key(self) -> Path:
        """File with the key of secrets."""
        return self.secret_key_file or self.root / "secret.key"

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
    def backups(self) -> Path:
        """Folder of the backups that are fetched from here; made by the first one."""
        return self.root / "backups"

    @property
    def exports(self) -> Path:
        """Folder of exported datasets that are fetched from here; made by the first one, emptied after a while."""
        return self.root / "exports"

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
        Conflict
            If a backup is being restored there, or was when the machine went down.
        """
        if (self.root / UNFINISHED).exists():
            raise Conflict(
                "A backup is being restored into this workspace, and has not come to its end.",
                where=str(self.root),
                remedy="Wait for it, or run `modelyard restore` again.",
            )
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


def _read(path: Path) -> Json:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"The settings cannot be read: {error}.", where=str(path)) from error


def _section(said: Json, name: str, keys: Sequence[str], path: Path) -> Json:
    unknown = set(said) - set(_SECTIONS)
    if unknown:
        raise InvalidInput(f"There is no section [{min(unknown)}].", where=str(path), possible=_SECTIONS)
    section = said.get(name, {})
    if not isinstance(section, dict):
        raise InvalidInput(f"{name} is a section: write [{name}].", where=str(path))
    for key in section:
        if key not in keys:
            raise InvalidInput(f"There is no setting {key!r} in [{name}].", where=str(path), possible=keys)
    return section


def _text(section: Json, name: str, path: Path) -> str | None:
    value = section.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{name} is a text in quotes.", where=str(path))
    return value


def _database_of(storage: Json, path: Path) -> str | None:
    url, file = _text(storage, "database", path), _text(storage, "database_file", path)
    if url is not None and file is not None:
        raise InvalidInput("Both database and database_file are given.", where=str(path), remedy="Keep one of them.")
    if file is not None:
        try:
            url = (path.parent / Path(file).expanduser()).read_text().strip()
        except OSError as error:
            raise InvalidInput(f"database_file cannot be read: {error.strerror}.", where=file) from error
    if url is not None and parse_url(url).get_backend_name() != "postgresql":
        raise InvalidInput("Only PostgreSQL can be named there; SQLite needs no setting.", where=str(path))
    return url


def _positive(name: str, value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise InvalidInput(f"{name} is a number, 0 or more.", where=str(path))
    return float(value)
