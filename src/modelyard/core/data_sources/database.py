"""What all sources behind a driver have in common: its errors become ours, in the same sentences."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.paths import Path, format_path, parse_path
from modelyard.core.data_sources.types import Query


class DatabaseSource(BaseSource):
    """A source behind a driver: a subclass says which errors the driver raises, and what they mean (`_explain`)."""

    _driver_errors: ClassVar[tuple[type[BaseException], ...]] = ()

    def _check_columns(self, wanted: Sequence[str], there: Sequence[str]) -> None:
        for name in wanted:
            if name not in there:
                raise NotFound.named("column", name, there)

    def _called(self, what: Path | Query) -> str:
        return f"{self.name}, a query" if isinstance(what, Query) else f"{self.name}: {format_path(parse_path(what))}"

    @contextmanager
    def _told(self, what: Path | Query | None = None) -> Iterator[None]:
        """Turn what the driver raises to one of our errors, without a secret and without the driver's error behind."""
        try:
            yield
        except ModelyardError:
            raise
        except self._driver_errors as error:
            told = self._explain(error, what)
            told.details = told.details or self.scrubbed(error)
            raise told from None

    @abstractmethod
    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        """Return our error for a driver's."""

    # Sentences that all databases share.

    def _no_answer(self) -> Unavailable:
        return Unavailable(
            f"The source {self.name!r} does not answer.",
            where=self.address,
            remedy="See that it runs, and that host and port are right.",
        )

    def _refused(self, why: str = "refused the user or the password") -> NotAllowed:
        return NotAllowed(
            f"The source {self.name!r} {why}.",
            where=self.address,
            remedy="Look at the user, the password and their rights.",
        )

    def _broke_off(self) -> Unavailable:
        return Unavailable(
            f"The source {self.name!r} broke off in the middle.",
            where=self.address,
            remedy="Try again once it runs; nothing was kept.",
        )

    def _unnamed(self, path: Path, filled: str, error: object) -> Unavailable:
        return Unavailable(
            f"The old table {path!r} is gone, and the new one could not take its name.",
            where=self.address,
            remedy=f"All rows are in the table {filled!r}: rename it there.",
            details=self.scrubbed(error),
        )

    def _misfit(self, column: str, type_: object, what: Path | Query, error: object) -> InvalidInput:
        return InvalidInput(
            f"Column {column!r} holds values that do not fit {type_}.",
            where=self._called(what),
            remedy="Cast it to text in a query.",
            details=self.scrubbed(error),
        )

    def _too_slow(self) -> Unavailable:
        return Unavailable(
            f"The source {self.name!r} took longer than {self.params.timeout:g} s.",
            where=self.address,
            remedy="Raise the parameter timeout, or ask for less.",
        )

    def _bad_query(self, what: Path | Query | None, error: object) -> InvalidInput:
        first = next((line for line in self.scrubbed(error).splitlines() if line.strip()), "it says nothing")
        return InvalidInput(
            f"The source {self.name!r} cannot do this: {first.strip()}",
            where=self._called(what) if what else self.address,
        )
