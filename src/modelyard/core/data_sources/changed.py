"""Which files of a folder were written since the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.data_sources.arrow_files import ArrowFiles
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.types import FileAt

_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class FilesCursor:
    """How far the files of a folder were read: O(1), however many there are.

    Parameters
    ----------
    time_ns : int
        When the newest of them was written.
    names : tuple of str, optional
        Those that were written at that very moment, so that another one is not missed; None for all of it, where they
        were more than a thousand.
    """

    time_ns: int = -1
    names: tuple[str, ...] | None = ()

    def passed(self, file: FileAt) -> bool:
        """Tell whether a file was read already.

        Examples
        --------
        >>> cursor = FilesCursor(20, ("a.parquet",))
        >>> [cursor.passed(FileAt(*file)) for file in (("x", 19), ("a.parquet", 20), ("b.parquet", 20), ("c", 21))]
        [True, True, False, False]
        """
        if file.time_ns != self.time_ns:
            return file.time_ns < self.time_ns
        return self.names is None or file.path in self.names

    def after(self, files: Sequence[FileAt]) -> FilesCursor:
        """Return the cursor once some more files were read."""
        newest = max([self.time_ns, *(file.time_ns for file in files)])
        before = self.names if newest == self.time_ns else ()
        names = None if before is None else (*before, *(file.path for file in files if file.time_ns == newest))
        return FilesCursor(newest, None if names is None or len(names) > _MOST_NAMES else names)

    def to_json(self) -> Json:
        """Return JSON values."""
        return {"time_ns": self.time_ns, "names": None if self.names is None else list(self.names)}

    @classmethod
    def from_json(cls, values: Json | None) -> FilesCursor:
        """Rebuild from `to_json`; None for the beginning."""
        if values is None:
            return cls()
        return cls(values["time_ns"], None if values["names"] is None else tuple(values["names"]))


def changed(source: ArrowFiles, item: str, cursor: FilesCursor) -> tuple[list[FileAt], FilesCursor]:
    """Return the files of a folder or glob that were not read yet, and the cursor once they are."""
    files = [file for file in source.files(item) if not cursor.passed(file)]
    return files, cursor.after(files)


def files_of(source: BaseSource) -> ArrowFiles:
    """Return the source itself, if it consists of files.

    Raises
    ------
    InvalidInput
        If the source does not consist of files.
    """
    if not isinstance(source, ArrowFiles):
        raise InvalidInput(
            f"The source {source.name!r} has no files, so they have no time.",
            remedy="Name a column that grows, such as updated_at.",
        )
    return source
