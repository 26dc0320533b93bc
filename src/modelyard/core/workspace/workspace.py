"""The workspace: everything that a team knows, behind one object."""

from __future__ import annotations

import copy
import os
import threading
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from modelyard.core.common.actor import Actor
from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.jobs.leases import living_workers, recover
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.types import Job
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database
from modelyard.core.storage.migrations import upgrade
from modelyard.core.workspace.settings import Settings

if TYPE_CHECKING:
    from modelyard.core.datasets.catalog import Catalog
    from modelyard.core.datasets.quality.rule_store import RuleStore
    from modelyard.core.tracking.tracker import Tracker
    from modelyard.core.workspace.about import About
    from modelyard.core.workspace.audit import AuditVerbs
    from modelyard.core.workspace.backup import BackupInfo
    from modelyard.core.workspace.backups import BackupVerbs
    from modelyard.core.workspace.datasets import DatasetVerbs
    from modelyard.core.workspace.disk import DiskVerbs
    from modelyard.core.workspace.doctor import Report
    from modelyard.core.workspace.experiments import ExperimentVerbs
    from modelyard.core.workspace.jobs import JobVerbs
    from modelyard.core.workspace.models import ModelVerbs
    from modelyard.core.workspace.notices import NoticeVerbs
    from modelyard.core.workspace.secrets import SecretVerbs
    from modelyard.core.workspace.sources import SourceVerbs
    from modelyard.core.workspace.streams import StreamVerbs
    from modelyard.core.workspace.worker_process import WorkerProcess

WORKERS = ("auto", "shared")
VERBS = (
    "datasets",
    "experiments",
    "models",
    "jobs",
    "notices",
    "audit",
    "secrets",
    "sources",
    "streams",
    "disk",
    "backups",
)


class _Engine:
    """What all views of one workspace share: connections, and the worker private to this program."""

    def __init__(self, settings: Settings, clock: Clock | None, worker: str, cleans: bool) -> None:
        self.settings = settings
        self.worker_mode = worker
        self.database = Database(settings.database_url, cleans=cleans)
        self.clock = clock or DatabaseClock(self.database)
        self.artifacts = ArtifactStore(settings.artifacts, settings.remote)
        self.jobs = JobStore(self.database, self.clock)
        self.session = new_id("session")
        self.lock = threading.Lock()
        self.worker: WorkerProcess | None = None

    def worker_session(self) -> str | None:
        """Return the session that new jobs belong to, None for a shared worker; sees to it that a worker lives."""
        if self.worker_mode == "shared":
            return None
        with self.lock:
            if self.worker is not None and self.worker.alive:
                return self.session
            if self.worker is None and living_workers(self.jobs):
                return None
            from modelyard.core.workspace.worker_process import WorkerProcess

            self.worker = WorkerProcess(self.settings, session=self.session)
            return self.session

    def close(self) -> None:
        with self.lock:
            if self.worker is not None:
                self.worker.stop()
                self.worker = None
        self.database.close()


class Workspace:
    """All of it: datasets, experiments, models and jobs of one folder.

    Made by `modelyard.open`. Safe to share between threads.

    Parameters
    ----------
    settings : Settings
        Where it is.
    actor : Actor, optional
        On whose behalf the verbs act; the user of the operating system by default.
    worker : str
        ``auto`` starts a worker private to this program where no shared one lives; ``shared`` relies on one.
    cleans : bool
        Whether the character NUL in texts is replaced, as in jobs; otherwise such a text is refused.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        actor: Actor | None = None,
        worker: str = "auto",
        clock: Clock | None = None,
        cleans: bool = False,
    ) -> None:
        if worker not in WORKERS:
            raise InvalidInput(f"There is no way {worker!r} to find a worker.", possible=WORKERS)
        self.settings = settings
        self.actor = actor or Actor.local()
        settings.make()
        self._engine = _Engine(settings, clock, worker, cleans)
        try:
            upgrade(self._engine.database)
            recover(self._engine.jobs)
        except BaseException:
            self._engine.close()
            raise

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.settings.root

    @property
    def name(self) -> str:
        """What people call it: the name of its folder."""
        return self.root.name

    def acting_as(self, actor: Actor) -> Workspace:
        """Return the same workspace for another actor; connections are shared."""
        other = copy.copy(self)
        for verbs in VERBS:
            other.__dict__.pop(verbs, None)
        other.actor = actor
        return other

    @cached_property
    def datasets(self) -> DatasetVerbs:
        """Bring data in and look at it."""
        from modelyard.core.workspace.datasets import DatasetVerbs

        return DatasetVerbs(self)

    @cached_property
    def experiments(self) -> ExperimentVerbs:
        """Train models and compare them."""
        from modelyard.core.workspace.experiments import ExperimentVerbs

        return ExperimentVerbs(self)

    @cached_property
    def models(self) -> ModelVerbs:
        """Use the models that were registered."""
        from modelyard.core.workspace.models import ModelVerbs

        return ModelVerbs(self)

    @cached_property
    def jobs(self) -> JobVerbs:
        """Look at long work, and end it."""
        from modelyard.core.workspace.jobs import JobVerbs

        return JobVerbs(self)

    @cached_property
    def notices(self) -> NoticeVerbs:
        """See which of this actor's jobs have ended."""
        from modelyard.core.workspace.notices import NoticeVerbs

        return NoticeVerbs(self)

    @cached_property
    def audit(self) -> AuditVerbs:
        """Look at who did what."""
        from modelyard.core.workspace.audit import AuditVerbs

        return AuditVerbs(self)

    @cached_property
    def secrets(self) -> SecretVerbs:
        """Keep passwords and keys."""
        from modelyard.core.workspace.secrets import SecretVerbs

        return SecretVerbs(self)

    @cached_property
    def sources(self) -> SourceVerbs:
        """Connect to data that somebody else keeps."""
        from modelyard.core.workspace.sources import SourceVerbs

        return SourceVerbs(self)

    @cached_property
    def streams(self) -> StreamVerbs:
        """Follow streams into growing datasets."""
        from modelyard.core.workspace.streams import StreamVerbs

        return StreamVerbs(self)

    @cached_property
    def disk(self) -> DiskVerbs:
        """See what disk space is used for, and give some back."""
        from modelyard.core.workspace.disk import DiskVerbs

        return DiskVerbs(self)

    @cached_property
    def backups(self) -> BackupVerbs:
        """Write backups into the workspace's folder, to be fetched by a browser."""
        from modelyard.core.workspace.backups import BackupVerbs

        return BackupVerbs(self)

    def about(self) -> About:
        """Return where everything lies, and which versions are at work."""
        from modelyard.core.workspace.about import about

        return about(self)

    def backup(self, file: str | os.PathLike[str], *, with_key: bool = False) -> BackupInfo:
        """Write everything to one file, while everybody goes on working; ``modelyard restore`` reads it.

        Parameters
        ----------
        file : path
            Where to; nothing may be there.
        with_key : bool
            Whether to include the key of secrets; then whoever has the file can read them.
        """
        from modelyard.core.workspace.backup import write_backup

        info = write_backup(self, file, with_key=with_key)
        with self.audit.recording("backup", "workspace", file=info.path.name, with_key=with_key):
            return info

    def doctor(self, *, deep: bool = False, repair: bool = False) -> Report:
        """Check that everything is as it should be.

        Parameters
        ----------
        deep : bool
            Whether to read every stored file.
        repair : bool
            Whether to put right what can be.
        """
        from modelyard.core.workspace.doctor import examine

        if not repair:
            return examine(self.settings, deep=deep)
        with self.audit.recording("doctor", "workspace", repair=True):
            return examine(self.settings, deep=deep, repair=True)

    @property
    def catalog(self) -> Catalog:
        """The store of datasets."""
        from modelyard.core.datasets.catalog import Catalog

        return Catalog(self._engine.database, self._engine.artifacts, self._engine.clock)

    @property
    def rules(self) -> RuleStore:
        """The store of rules of datasets."""
        from modelyard.core.datasets.quality.rule_store import RuleStore

        return RuleStore(self._engine.database, self._engine.clock)

    @property
    def tracker(self) -> Tracker:
        """The store of experiments, runs, trials and models."""
        from modelyard.core.tracking.tracker import Tracker

        return Tracker(self._engine.database, self._engine.clock)

    @property
    def job_store(self) -> JobStore:
        """The store of jobs."""
        return self._engine.jobs

    @property
    def artifacts(self) -> ArtifactStore:
        """The store of files."""
        return self._engine.artifacts

    @property
    def clock(self) -> Clock:
        """The clock that all stores go by: the database's."""
        return self._engine.clock

    @property
    def database(self) -> Database:
        """The database."""
        return self._engine.database

    def submit(
        self,
        kind: str,
        target: str,
        params: Json,
        *,
        title: str,
        weight: str = "heavy",
        hidden: bool = False,
        unique_key: str | None = None,
        memory_limit: int | None = None,
    ) -> Job:
        """Put a job into the queue on behalf of this actor, and see to it that a worker lives."""
        return self.job_store.submit(
            kind,
            target,
            params,
            title=title,
            actor=self.actor.name,
            weight=weight,
            hidden=hidden,
            unique_key=unique_key,
            session=self._engine.worker_session(),
            memory_limit=memory_limit,
        )

    def start_worker(self) -> None:
        """See to it that a worker lives before the first job asks for one; without this it is started then."""
        self._engine.worker_session()

    def mirror_soon(self) -> None:
        """Have what is new copied to MLflow, off the path of whoever is waiting."""
        self.submit(
            "mirror",
            "modelyard.core.workspace.tasks.mirror:run",
            {},
            title="Copy to MLflow",
            weight="light",
            hidden=True,
            unique_key="mirror",
        )

    def close(self) -> None:
        """Close connections and end the private worker, if there is one."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"
