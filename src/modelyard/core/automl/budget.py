"""How much may still be spent, and on what."""

from __future__ import annotations

from collections import defaultdict

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import InvalidInput

MIN_SECONDS = 5.0
CLOSING_S = 0.5
"""Seconds kept back for what comes after the last fit; more where keeping a model was seen to take longer."""


class Budget:
    """Seconds or a number of trials, whichever ends first.

    Parameters
    ----------
    clock : Clock
        Whose `monotonic` is asked; it starts now.
    seconds : float or None
        At least `MIN_SECONDS`; None for no limit.
    n_trials : int or None
        None for no limit.

    Raises
    ------
    InvalidInput
        If there is no limit at all, or one that nothing fits into.
    """

    def __init__(self, clock: Clock, seconds: float | None, n_trials: int | None = None) -> None:
        check_budget(seconds, n_trials)
        self._clock = clock
        self._start = clock.monotonic()
        self.seconds = seconds
        self.n_trials = n_trials
        self._spent: dict[str, list[float]] = defaultdict(list)
        self._closing = CLOSING_S

    @property
    def end(self) -> float:
        """When fits must be over, on the clock's monotonic seconds."""
        return float("inf") if self.seconds is None else self._start + self.seconds - self._closing

    @property
    def used(self) -> float:
        """Seconds since the start."""
        return self._clock.monotonic() - self._start

    @property
    def remaining(self) -> float:
        """Seconds that trials may still take; infinite without a limit."""
        return max(0.0, self.end - self._clock.monotonic())

    def fraction(self, done: int) -> float:
        """Return how much is spent after `done` trials, from 0 to 1."""
        by_time = self.used / self.seconds if self.seconds else 0.0
        by_trials = done / self.n_trials if self.n_trials else 0.0
        return min(1.0, max(by_time, by_trials))

    def note(self, estimator: str, seconds: float) -> None:
        """Remember what a trial of an estimator took."""
        self._spent[estimator].append(seconds)

    def note_keeping(self, seconds: float) -> None:
        """Remember what it took to write a trial and its model down."""
        if self.seconds is not None:
            self._closing = min(max(self._closing, 1.2 * seconds), self.seconds / 4)

    def expected(self, estimator: str) -> float | None:
        """Return the longest of the last three trials of an estimator in seconds, None before the first."""
        spent = self._spent[estimator]
        return max(spent[-3:]) if spent else None

    def allows(self, done: int, estimator: str) -> bool:
        """Tell whether one more trial of `estimator` is to be started."""
        if self.n_trials is not None and done >= self.n_trials:
            return False
        expected = self.expected(estimator)
        return self.remaining > (0.2 if expected is None else expected)

    def deadline(self, waiting: int) -> float:
        """Return when a trial must end, on the clock's monotonic seconds.

        Parameters
        ----------
        waiting : int
            Trials that are sure to be wanted afterwards; each is left an equal share.
        """
        return self._clock.monotonic() + self.remaining / (1 + waiting)

    def stopped_because(self, done: int) -> str:
        """Say in words why no more trials are started."""
        if self.n_trials is not None and done >= self.n_trials:
            return f"all {self.n_trials} trials were made"
        return f"the time budget of {self.seconds:g} s is used"


def check_budget(seconds: float | None, n_trials: int | None) -> None:
    """Refuse a budget that no model fits into; see `Budget`."""
    if seconds is None and n_trials is None:
        raise InvalidInput("There is no limit.", remedy="Give a time budget, a number of trials, or both.")
    if seconds is not None and not seconds >= MIN_SECONDS:
        raise InvalidInput(
            f"A time budget of {seconds:g} s is too short to train a model.",
            remedy=f"Give at least {MIN_SECONDS:g} s.",
        )
    if n_trials is not None and n_trials < 1:
        raise InvalidInput(f"{n_trials} trials are too few.", remedy="Give at least 1.")
