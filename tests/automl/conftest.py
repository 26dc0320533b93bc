import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def churn():
    """400 customers: one number and one category matter, a text and a date do not, some cells are empty."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "months": rng.integers(0, 60, 400).astype(float),
            "plan": rng.choice(["basic", "plus", "pro"], 400),
            "note": rng.choice(["called twice", "late payment", "asked for a refund"], 400),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 400), unit="D"),
        }
    )
    leaves = 1 / (1 + np.exp((frame.months - 20) / 6 - (frame.plan == "basic")))
    frame["left"] = np.where(rng.random(400) < leaves, "yes", "no")
    frame.loc[rng.choice(400, 40, replace=False), "months"] = np.nan
    return frame


class Listener:
    """A recorder that remembers what it heard."""

    def __init__(self):
        self.heard = []
        self.kept = []

    def planned(self, task, metric, facts, warnings):
        self.heard.append(("planned", str(task), metric.name))

    def started(self, number, proposal):
        self.heard.append(("started", number, proposal.estimator))

    def finished(self, number, proposal, score, model, *, keep):
        self.heard.append(("finished", number, proposal.estimator))
        if keep:
            self.kept.append(number)

    def failed(self, number, proposal, error):
        self.heard.append(("failed", number, str(error)))

    def progress(self, fraction, message):
        assert 0 <= fraction <= 1
