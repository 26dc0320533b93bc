"""Real tables that come with the package, so that the first screen has something to click."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelyard.core.common.errors import NotFound

__all__ = ["SAMPLES", "Sample", "sample"]


@dataclass(frozen=True)
class Sample:
    """A bundled table and the question it is good for.

    Parameters
    ----------
    name : str
        Short name, unique.
    title : str
        A few words for a list.
    summary : str
        One or two sentences: what a row is, what is asked of it, what is untidy about it.
    path : pathlib.Path
        The CSV file.
    target : str
        The column to predict.
    """

    name: str
    title: str
    summary: str
    path: Path
    target: str


SAMPLES: tuple[Sample, ...] = (
    Sample(
        name="flights",
        title="Flights from New York",
        summary=(
            "6,000 departures of 2013 with the weather of the hour: will the flight arrive more than 15 minutes late? "
            "Has dates, text, many airports, missing values, and canceled flights whose answer is missing."
        ),
        path=Path(__file__).with_name("flights.csv"),
        target="late",
    ),
)


def sample(name: str) -> Sample:
    """Return the bundled sample of that name.

    Raises
    ------
    NotFound
        If there is none; the message lists those there are.

    Examples
    --------
    >>> sample("flights").target
    'late'
    """
    for candidate in SAMPLES:
        if candidate.name == name:
            return candidate
    raise NotFound.named("sample", name, [candidate.name for candidate in SAMPLES])
