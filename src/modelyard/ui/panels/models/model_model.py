"""State of one registered model: its versions, the one that is shown, its aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.core.tracking.types import ModelInfo, ModelVersionInfo
from modelyard.ui.model import Listing

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class ModelDetail(Listing):
    """One model; the items of the list are its versions, newest first.

    Parameters
    ----------
    info : ModelInfo or None
        The model.
    version : ModelVersionInfo or None
        The version that is shown.
    new_alias : str
        An alias that is about to be given to the version that is shown.
    alias_problem : dict or None
        What went wrong with the last alias that was set or removed, as of `ModelyardError.to_dict`.
    """

    info = param.ClassSelector(class_=ModelInfo, default=None, allow_None=True)
    version = param.ClassSelector(class_=ModelVersionInfo, default=None, allow_None=True)
    new_alias = param.String(default="")
    alias_problem = param.Dict(default=None, allow_None=True)

    def __init__(self, yard: Workspace, name: str, number: int | None = None, **params: Any) -> None:
        super().__init__(yard, **{"limit": 10, **params})
        self.model_name = name
        self._number = number

    def fetch(self) -> Any:
        """Read the page of versions."""
        return self.yard.models.versions(self.model_name, self.offset, self.limit)

    def open(self) -> None:
        """Read the model and the version that is shown: the one that was asked for, or the newest."""
        with self.attempt():
            info = self.yard.models.info(self.model_name)
            number = self._number or info.latest.number
            self.param.update(info=info, version=self.yard.models.get(f"{self.model_name}/{number}").info)
        if self.problem is None:
            self.load()

    def set_alias(self, alias: str, number: int) -> None:
        """Point an alias to a version."""
        with self.attempt("alias_problem"):
            self.yard.models.set_alias(self.model_name, alias, number)
        self._reopen()

    def give_alias(self) -> None:
        """Give the new alias to the version that is shown."""
        if self.version is not None:
            self.set_alias(self.new_alias.strip(), self.version.number)
            if self.alias_problem is None:
                self.new_alias = ""

    def remove_alias(self, alias: str) -> None:
        """Take an alias away."""
        with self.attempt("alias_problem"):
            self.yard.models.delete_alias(self.model_name, alias)
        self._reopen()

    def _reopen(self) -> None:
        if self.alias_problem is None:
            self.open()
