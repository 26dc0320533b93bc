"""What an operator may decide about jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.jobs.memory import bytes_of
from modelyard.core.jobs.retention import EVENTS_DAYS, LOGS_DAYS

MIN_MEMORY = 400_000_000
"""Less than this, and a job dies of the libraries alone: 200 MB before it begins, 350 MB to train on a small table."""


@dataclass(frozen=True, slots=True)
class JobSettings:
    """How jobs are run, and how long what they said is kept.

    Parameters
    ----------
    memory_limit : int or None
        Resident bytes that a job with all its processes may use; None for four fifths of the machine's.
    events_days, logs_days : float
        Days after the end of a job that what it said and what it printed is kept.
    scheduler : str or None
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``; the folds of a search are then fitted there.

    Raises
    ------
    InvalidInput
        If one of them makes no sense.
    """

    memory_limit: int | None = None
    events_days: float = EVENTS_DAYS
    logs_days: float = LOGS_DAYS
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.memory_limit is not None and self.memory_limit < MIN_MEMORY:
            raise InvalidInput(
                f"A memory limit of {self.memory_limit:,} bytes is too small for any job.",
                remedy="Allow at least 400MB.",
            )
        for name in ("events_days", "logs_days"):
            if not 0 <= getattr(self, name) < 1e6:
                raise InvalidInput(f"{name} is {getattr(self, name)}.", remedy="Give a number of days, 0 or more.")

    @classmethod
    def read(cls, section: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> JobSettings:
        """Return what a file of settings says under ``[jobs]``; an environment variable goes before it.

        Parameters
        ----------
        section : mapping
            With the names of the parameters; sizes may have a unit.
        environment : mapping
            ``MODELYARD_MEMORY_LIMIT``, ``MODELYARD_EVENTS_DAYS``, ``MODELYARD_LOGS_DAYS``, ``MODELYARD_SCHEDULER``.

        Raises
        ------
        InvalidInput
            If there is no such setting, or its value cannot be read.

        Examples
        --------
        >>> found = JobSettings.read({"memory_limit": "4GB", "logs_days": 7}, {"MODELYARD_MEMORY_LIMIT": "2GB"})
        >>> found.memory_limit, found.logs_days
        (2000000000, 7.0)
        """
        names = [each.name for each in fields(cls)]
        for name in section:
            if name not in names:
                raise InvalidInput(f"There is no setting {name!r} in [jobs].", possible=names)
        said = {name: environment.get(f"MODELYARD_{name.upper()}") or section.get(name) for name in names}
        return cls(**{name: _value(name, value) for name, value in said.items() if value is not None})

    def to_json(self) -> Json:
        """Return JSON-ready values; ``JobSettings(**values)`` rebuilds them."""
        return asdict(self)


def _value(name: str, value: Any) -> Any:
    if name == "memory_limit":
        return bytes_of(value, name=name)
    if name == "scheduler":
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} is {value!r}.", remedy="Give a number of days, 0 or more.") from None
