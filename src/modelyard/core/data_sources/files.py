"""Files and folders of the machine that runs Modelyard."""

from __future__ import annotations

import os
import shutil
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from pydantic import Field

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.common.ids import new_id
from modelyard.core.data_sources.arrow_files import ArrowFiles
from modelyard.core.data_sources.params import LocalPath, SourceParams

if TYPE_CHECKING:
    import pyarrow.fs as pafs


class FilesParams(SourceParams):
    """Where the folder is."""

    path: LocalPath = Field(title="Folder", description="On the machine that runs Modelyard; nothing outside is read.")


class FilesSource(ArrowFiles):
    r"""A folder of Parquet, Arrow, Feather, ORC, CSV, TSV and JSON-lines files.

    A single file of text or a workbook is imported with all that imports of files know of separators and types.

    Examples
    --------
    >>> from modelyard.core.data_sources.registry import open_source
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "a.csv").write_text("city,height\nUlm,478\n")
    >>> source = open_source("files", {"path": str(folder)})
    >>> [item.name for item in source.browse()], source.preview("*.csv").to_pylist()
    (['a.csv'], [{'city': 'Ulm', 'height': 478}])
    """

    kind = "files"
    title = "Files and folders"
    Params = FilesParams
    params: FilesParams

    @property
    def address(self) -> str:
        """The folder."""
        return self.params.path

    def check(self) -> str:
        """See that the folder is there and may be read."""
        with self._told():
            os.listdir(self.params.path)
        return "A folder"

    def _filesystem(self) -> tuple[pafs.FileSystem, str]:
        import pyarrow.fs as pafs

        root = FilePath(self.params.path)
        if not root.is_dir():
            raise NotFound("There is no such folder.", where=self.address, remedy="Look at the parameter path.")
        return pafs.LocalFileSystem(), str(root)

    def _put(self, file: FilePath, target: str) -> None:
        beside = FilePath(target).with_name(f".{new_id('incoming')}")
        beside.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)

    def _fetch(self, path: str, folder: FilePath) -> FilePath:
        return self._inside(path)

    def _files(self, filesystem: pafs.FileSystem, root: str, parts: tuple[str, ...]) -> list[pafs.FileInfo]:
        files = super()._files(filesystem, root, parts)
        for file in files:
            self._inside(file.path)
        return files

    def _inside(self, path: str) -> FilePath:
        """Return a file, unless a link leads out of the folder."""
        if not FilePath(path).resolve().is_relative_to(FilePath(self.params.path).resolve()):
            raise NotAllowed("The file leads out of the source's folder.", where=path)
        return FilePath(path)

    def _explain(self, error: BaseException) -> ModelyardError:
        if isinstance(error, FileNotFoundError):
            return NotFound("There is no such folder.", where=self.address, remedy="Look at the parameter path.")
        if isinstance(error, PermissionError):
            return NotAllowed("The folder may not be read or written.", where=self.address)
        if isinstance(error, OSError) and error.errno is not None:
            return Unavailable(f"The folder cannot be used: {error.strerror}.", where=self.address)
        return InvalidInput("A file is damaged, or not of the kind that its name says.", where=self.address)
