"""How much of one column another tells: learned on half of the rows of a sample, tried on the other half.

Trying on other rows makes the measure fair to columns of any kind: an id tells everything about the rows it was learned
from, and nothing about the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SAMPLE = 20_000
"""Rows that are looked at."""

LEAST = 100
"""Rows below which nothing can be said."""

_BINS = 100

type _Array = np.ndarray[Any, Any]


def told(feature: pd.Series, target: pd.Series, *, classes: bool) -> float:
    """Return which share of the target's uncertainty the feature takes away: from 0 to 1.

    Of classes it is the share of errors of the most frequent class that are avoided, of numbers the share of variance.

    Parameters
    ----------
    feature, target : pandas.Series
        The same rows; rows without a target are left out.
    classes : bool
        Whether the target is a class, not a number.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> y = pd.Series(np.arange(1000) % 2)
    >>> told(y * 10.0, y, classes=True), told(pd.Series(np.arange(1000)), y, classes=True)
    (1.0, 0.0)
    """
    import numpy as np
    import pandas as pd

    known = target.notna().to_numpy()
    x, y = feature[known], target[known]
    if len(y) < LEAST:
        return 0.0
    order = np.random.default_rng(0).permutation(len(y))
    learn, test = order[: len(y) // 2], order[len(y) // 2 :]
    groups = _groups(x, learn)
    if classes:
        codes = pd.factorize(y)[0]
        return _errors_avoided(groups, codes, learn, test)
    return _variance_told(groups, y.to_numpy(dtype=float, na_value=np.nan), learn, test)


def _groups(x: pd.Series, learn: _Array) -> _Array:
    """Return a group for each value: itself if there are few, else a bin of numbers; missing is a group of its own."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(x) or pd.api.types.is_timedelta64_dtype(x):
        x = x.astype("int64").where(x.notna())
    if pd.api.types.is_numeric_dtype(x) and not pd.api.types.is_bool_dtype(x) and x.nunique() > _BINS:
        values = x.to_numpy(dtype=float, na_value=np.nan)
        known = values[learn][np.isfinite(values[learn])]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.array([])
        return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
    return np.asarray(pd.factorize(x)[0])


def _errors_avoided(groups: _Array, y: _Array, learn: _Array, test: _Array) -> float:
    import numpy as np
    import pandas as pd

    counts = pd.crosstab(groups[learn], y[learn])
    best = counts.idxmax(axis=1)
    usual = np.bincount(y[learn]).argmax()
    guessed = pd.Series(groups[test]).map(best).fillna(usual).to_numpy()
    errors, baseline = float((guessed != y[test]).mean()), float((y[test] != usual).mean())
    return 0.0 if baseline == 0 else max(0.0, 1 - errors / baseline)


def _variance_told(groups: _Array, y: _Array, learn: _Array, test: _Array) -> float:
    import numpy as np
    import pandas as pd

    finite = np.isfinite(y)
    learn, test = learn[finite[learn]], test[finite[test]]
    if len(learn) < LEAST // 2 or len(test) < LEAST // 2:
        return 0.0
    usual = float(y[learn].mean())
    means = pd.Series(y[learn]).groupby(groups[learn]).mean()
    guessed = pd.Series(groups[test]).map(means).fillna(usual).to_numpy()
    rest, whole = float(((y[test] - guessed) ** 2).sum()), float(((y[test] - usual) ** 2).sum())
    return 0.0 if whole == 0 else max(0.0, 1 - rest / whole)
