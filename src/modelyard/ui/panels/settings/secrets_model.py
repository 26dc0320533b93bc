"""State of the secrets: what may be known of them."""

from __future__ import annotations

import param

from modelyard.ui.model import Model
from modelyard.ui.python import text


class Secrets(Model):
    """Names of secrets, and one that is about to be set.

    Parameters
    ----------
    infos : tuple of SecretInfo
        By name.
    secret_name, value : str
        Of the one that is typed in; the value is forgotten as soon as it is set.
    """

    infos = param.ClassSelector(class_=tuple, default=())
    secret_name = param.String(default="")
    value = param.String(default="")
    entry_problem = param.Dict(default=None, allow_None=True)

    def load(self) -> None:
        """Read the names."""
        with self.attempt():
            self.infos = tuple(self.yard.secrets.list())

    def set(self) -> None:
        """Keep what is typed in."""
        name = self.secret_name.strip()
        with self.attempt("entry_problem"):
            self.yard.secrets.set(name, self.value)
        if self.entry_problem is None:
            self.param.update(secret_name="", value="")
            self.load()

    def delete(self, name: str) -> None:
        """Forget one."""
        with self.attempt():
            self.yard.secrets.delete(name)
        if self.problem is None:
            self.load()

    @property
    def code(self) -> str:
        """The same in Python; the value is asked for."""
        return f"yard.secrets.set({text(self.secret_name.strip() or 'name')}, getpass.getpass())"
