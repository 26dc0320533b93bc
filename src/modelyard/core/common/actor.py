"""Who is asking: goes with every verb and every job."""

from __future__ import annotations

import getpass
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program on whose behalf something is done.

    Parameters
    ----------
    name : str
        Shown in lists and kept in records.
    kind : str
        ``person``, ``application`` or ``system``.
    """

    name: str
    kind: str = "person"

    @classmethod
    def local(cls) -> Actor:
        """Return the user of this operating system session.

        Examples
        --------
        >>> Actor.local().kind
        'person'
        """
        try:
            return cls(getpass.getuser())
        except (OSError, KeyError):  # no such user in this container
            return cls("local")


SYSTEM = Actor("modelyard", kind="system")
