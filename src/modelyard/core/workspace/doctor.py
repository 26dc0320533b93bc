"""Is everything as it should be? Numbered checks, each with a sentence and what to do."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select, text

from modelyard.core.common.errors import Conflict, ModelyardError
from modelyard.core.jobs.leases import living_workers, recover
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database
from modelyard.core.storage.migrations import HEAD, revision, upgrade
from modelyard.core.storage.secrets import SecretStore
from modelyard.core.workspace.disk import unused_files
from modelyard.core.workspace.schema import needed_files, references
from modelyard.core.workspace.settings import UNFINISHED, Settings

type State = Literal["good", "warning", "problem", "skipped"]

LOW_BYTES = 1 << 30
"""With less free space than this the next import may fail."""
LONG_QUEUE = timedelta(hours=1)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Parameters
    ----------
    number : int
        Of the check, always the same.
    title : str
        What was looked at.
    state : str
        ``good``, ``warning``, ``problem``, or ``skipped`` where an earlier problem stands in the way.
    message : str
        What was found, as a sentence.
    remedy : str
        What to do, empty where nothing need be done.
    repaired : bool
        Whether it was put right just now.
    """

    number: int
    title: str
    state: State
    message: str
    remedy: str = ""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is no problem; warnings are none."""
        return not any(check.state == "problem" for check in self.checks)


def examine(settings: Settings, *, deep: bool = False, repair: bool = False) -> Report:
    """Check a workspace, also one that cannot be opened.

    Parameters
    ----------
    settings : Settings
        Where it is.
    deep : bool
        Whether to read every stored file and every page of the database, which takes as long as reading them takes.
    repair : bool
        Whether to put right what can be: old tables, jobs that lost their worker, failed copies, rights of the key.
    """
    return Report(tuple(_Examination(settings, deep, repair).run()))


class _Examination:
    def __init__(self, settings: Settings, deep: bool, repair: bool) -> None:
        self.settings = settings
        self.deep = deep
        self.repair = repair

    def run(self) -> list[Check]:
        checks: list[tuple[str, Callable[[], Check]]] = [
            ("folder", self._folder),
            ("database", self._database),
            ("tables", self._tables),
            ("missing files", self._missing),
            ("changed files", self._changed),
            ("unused files", self._unused),
            ("jobs", self._jobs),
            ("copy in MLflow", self._mirror),
            ("disk space", self._space),
            ("key of secrets", self._key),
        ]
        found: list[Check] = []
        for number, (title, check) in enumerate(checks, start=1):
            if any(each.state == "problem" and not each.repaired for each in found[:3]) and title != "disk space":
                result = Check(number, title, "skipped", "Not looked at, because of the problem above.")
            else:
                try:
                    result = check()
                except ModelyardError as error:
                    result = _problem(error.what + (f" ({error.where})" if error.where else ""), error.remedy or "")
            found.append(replace(result, number=number, title=title))
        if hasattr(self, "database"):
            self.database.close()
        return found

    def _folder(self) -> Check:
        root = self.settings.root
        if not root.is_dir():
            return _problem(f"There is no folder {root}.", "Name the workspace's folder with --workspace.")
        if (root / UNFINISHED).exists():
            return _problem("A backup was not restored to its end.", "Run `modelyard restore` again.")
        if self.settings.database is None and not (root / "modelyard.db").is_file():
            return _problem(f"There is no workspace in {root}.", "Name the workspace's folder with --workspace.")
        self.settings.make()
        return _good(f"{root} can be read and written.")

    def _database(self) -> Check:
        self.database = Database(self.settings.database_url)
        with self.database.read() as connection:
            if self.database.backend == "sqlite":
                said = (
                    connection.execute(text(f"PRAGMA {'integrity_check' if self.deep else 'quick_check'}"))
                    .scalars()
                    .all()
                )
                if said != ["ok"]:
                    return _problem(
                        f"The database file is damaged: {said[0]}.", "Restore a backup with `modelyard restore`."
                    )
                if broken := connection.execute(text("PRAGMA foreign_key_check")).all():
                    return _problem(f"{len(broken)} rows name rows that are not there.", "Restore a backup.")
            else:
                connection.execute(select(1))
        self.artifacts = ArtifactStore(self.settings.artifacts, self.settings.remote)
        self.store = JobStore(self.database)
        return _good(f"{self.database.shown} is sound." if self.deep else f"{self.database.shown} answers.")

    def _tables(self) -> Check:
        found = revision(self.database)
        if found == HEAD:
            return _good(f"The tables are at {HEAD}, the newest.")
        if found is not None and found > HEAD:
            raise Conflict(
                f"A newer Modelyard made this workspace: its tables are at {found}, this version knows {HEAD}.",
                remedy="Upgrade with: pip install --upgrade modelyard",
            )
        if self.repair:
            upgrade(self.database)
            return Check(0, "", "good", f"The tables were brought from {found} to {HEAD}.", repaired=True)
        return _problem(f"The tables are at {found}, and {HEAD} is needed.", "Run `modelyard upgrade`.")

    def _missing(self) -> Check:
        with self.database.read() as connection:
            needed = needed_files(connection)
        missing = sorted(needed - {each.key for each in self.artifacts.list()})
        if not missing:
            return _good(f"All {len(needed)} stored files are there.")
        return _problem(
            f"{len(missing)} stored files are missing: {_some(missing)}.",
            "Restore them from a backup; or delete the datasets and models that need them.",
        )

    def _changed(self) -> Check:
        if not self.deep:
            return Check(0, "", "skipped", "Only looked at with --deep: every stored file is read.")
        with self.database.read() as connection:
            used = references(connection)
        changed = [each.key for each in self.artifacts.list() if each.key[:64] in used and not self._sound(each.key)]
        if not changed:
            return _good("All stored files are as they were written.")
        return _problem(f"{len(changed)} stored files were changed: {_some(changed)}.", "Restore them from a backup.")

    def _sound(self, key: str) -> bool:
        import hashlib

        with self.artifacts.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == key[:64]  # type: ignore[arg-type]

    def _unused(self) -> Check:
        before = DatabaseClock(self.database).now() - timedelta(hours=self.settings.unused_hours)
        unused = list(unused_files(self.database, self.artifacts, before))
        if not unused:
            return _good("Every stored file is named by some row.")
        megabytes = sum(each.size for each in unused) / 1e6
        return _warning(f"{len(unused)} stored files ({megabytes:,.1f} MB) are not needed.", "Run `modelyard clean`.")

    def _jobs(self) -> Check:
        lost = recover(self.store)  # what every worker and every opening does; it only ends what is dead
        late = self.database.now() - LONG_QUEUE
        waiting = select(func.count()).where(
            jobs.c.state == JobState.QUEUED, jobs.c.session.is_(None), jobs.c.created_at < late
        )
        with self.database.read() as connection:
            stuck = int(connection.execute(waiting).scalar_one())
        if stuck and not living_workers(self.store):
            return _warning(f"{stuck} jobs wait, and no worker lives.", "Start one with `modelyard up`.")
        if lost:
            return Check(0, "", "warning", f"{len(lost)} jobs had lost their worker and were ended.", repaired=True)
        return _good("No job is stuck.")

    def _mirror(self) -> Check:
        from modelyard.core.tracking.mirror import Mirror

        settings = self.settings
        mirror = Mirror(
            self.database, self.artifacts, settings.mlflow_url, settings.mlflow_artifacts, model_loader="unused"
        )
        failures, pending = mirror.failures(), mirror.pending()
        if failures and self.repair:
            mirror.retry()
            message = f"{len(failures)} rows that could not be copied to MLflow are tried again."
            return Check(0, "", "warning", message, repaired=True)
        if failures:
            why = next(iter(failures.values())) or "no reason was kept"
            return _warning(
                f"{len(failures)} rows could not be copied to MLflow: {why.splitlines()[0][:200]}",
                "Put right what it says, then run `modelyard doctor --repair`.",
            )
        return _good("MLflow has everything." if not pending else f"{pending} rows are on their way to MLflow.")

    def _space(self) -> Check:
        place = self.settings.root
        while not place.exists():
            place = place.parent
        usage = shutil.disk_usage(place)
        message = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB are free."
        if usage.free < LOW_BYTES:
            return _warning(message, "Free some space; `modelyard clean` removes what nothing needs.")
        return _good(message)

    def _key(self) -> Check:
        path = self.settings.secret_key
        SecretStore(self.database, path).check()
        if not path.exists():
            return _good("No secret was set yet.")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return self._open_key(path)
        return _good("It opens the secrets, and only its owner can read it.")

    def _open_key(self, path: Path) -> Check:
        if self.repair:
            path.chmod(0o600)
            return Check(0, "", "good", "Others could read it; now only its owner can.", repaired=True)
        return _warning(f"Others can read {path}.", f"Run: chmod 600 {path}")


def _good(message: str) -> Check:
    return Check(0, "", "good", message)


def _warning(message: str, remedy: str) -> Check:
    return Check(0, "", "warning", message, remedy)


def _problem(message: str, remedy: str) -> Check:
    return Check(0, "", "problem", message, remedy)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
