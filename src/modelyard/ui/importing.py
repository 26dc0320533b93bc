"""A file on its way to a dataset: sent, imported, opened. Home and Data share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.ui.model import Model
from modelyard.ui.problems import told

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


CONTRACTS = {
    "evolve": "Taken, and said in the notes",
    "freeze": "Refused",
    "quarantine": "Rows that do not fit are kept aside",
}
"""What becomes of other columns and types, in words."""


class Importing(Model):
    """State of one import.

    Parameters
    ----------
    name : str
        What the dataset is to be called; empty for the name of the file.
    job : Job or None
        The import, once the file is here, until it has ended.
    grows : bool
        Whether a dataset of that name is there, which gets a version.
    contract : str
        What then becomes of other columns and types: one of `CONTRACTS`.
    asks : bool
        Whether a person wants to say how a file is read, before it is.
    found : Readable or None
        What the file that is here is, while that is being said.
    done : callable
        Called with the id of the dataset and the number of the version when it is there.
    """

    dataset_name = param.String(default="")
    grows = param.Boolean(default=False)
    contract: Any = param.Selector(default="evolve", objects=[*CONTRACTS])
    asks = param.Boolean(default=False)
    found = param.Parameter(default=None)
    job = param.ClassSelector(class_=Job, default=None, allow_None=True)

    def __init__(self, yard: Workspace, done: Callable[[str, int], None], **params: Any) -> None:
        self._done = done
        self.last_job = ""
        self._suggested = ""
        self._upload = ""
        super().__init__(yard, **params)

    @property
    def busy(self) -> bool:
        """Whether an import is under way."""
        return self.job is not None and not self.job.state.ended

    def started(self, file_name: str) -> None:
        """A file is being sent: suggest its name."""
        from modelyard.core.workspace.importing import default_name

        self.problem = None
        if self.dataset_name.strip() in ("", self._suggested):  # what a person typed stays
            with self.attempt():
                self._suggested = default_name(file_name)
                self.dataset_name = self._suggested

    def received(self, upload_id: str) -> None:
        """The file is here: import it, or ask how."""
        self._upload = upload_id
        if not self.asks:
            self.read({})
            return
        with self.attempt():
            self.found = self.yard.datasets.readable(upload_id)

    def read(self, options: Mapping[str, Any]) -> None:
        """Import the file that is here; what an option cannot be is told, and may be said again."""
        with self.attempt():
            said = {**options, "contract": self.contract} if self.grows else options
            handle = self.yard.datasets.import_upload(self._upload, self.dataset_name.strip() or None, **said)
            self.found = None
            self._watch(handle.job)

    def drop(self) -> None:
        """Forget the file that is here."""
        with self.attempt():
            self.yard.datasets.uploads.discard(self._upload)
            self.found = None

    @param.depends("dataset_name", watch=True, on_init=True)
    def _look_for_name(self) -> None:
        from modelyard.core.common.errors import NotFound

        name = self.dataset_name.strip()
        try:
            self.grows = bool(name) and self.yard.datasets.get(name).name == name
        except NotFound:
            self.grows = False

    def failed(self, error: Json) -> None:
        """The file did not arrive."""
        self.problem = told(error)

    def sample(self) -> None:
        """Import the sample that comes with the product."""
        with self.attempt():
            self._watch(self.yard.datasets.sample("flights", wait=False).job)

    def cancel(self) -> None:
        """End the import."""
        if self.job is not None:
            with self.attempt():
                self.job = self.yard.jobs.cancel(self.job.id)

    def _watch(self, job: Job) -> None:
        self.last_job = job.id
        self.job = job

    def follow(self, events: Sequence[Event]) -> None:
        """Look at the job again if it said something; open what it made, or say why it made nothing."""
        if self.job is None or not any(event.job_id == self.job.id for event in events):
            return
        job = self.yard.jobs.get(self.job.id)
        self.job = job
        if job.state is JobState.SUCCEEDED and job.result:
            self.param.update(dataset_name="", contract="evolve", job=None)
            self._done(str(job.result["dataset_id"]), int(job.result.get("number", 1)))
        elif job.state.ended:
            self.job = None
            if job.error:
                self.problem = told(job.error)
