"""How strongly two columns of a frame hang together: pure functions over arrays, from 0 (not at all) to 1.

Both measures of categories are corrected for chance: uncorrected ones grow with the number of different values, also
where there is nothing to find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

LEAST = 20
"""Rows with both values, below which nothing is said."""

MOST_VALUES = 100
"""Different values of a category that are told apart; rarer ones count as one."""

type Array = np.ndarray[Any, Any]


def codes_of(values: pd.Series) -> Array:
    """Return a number for each value: 0 for the most frequent one, -1 where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> codes_of(pd.Series(["b", "a", "b", None])).tolist()
    [0, 1, 0, -1]
    """
    import numpy as np
    import pandas as pd

    codes, found = pd.factorize(values)
    order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(found)), kind="stable")
    rank = np.empty(len(found) + 1, dtype=np.int64)
    rank[order] = np.minimum(np.arange(len(found)), MOST_VALUES - 1)
    rank[-1] = -1
    return rank[codes]


def cramers_v(a: Array, b: Array) -> tuple[float | None, int]:
    """Return Cramér's V of two columns of codes, corrected for chance as of Bergsma, and on how many rows it stands.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(100) % 2
    >>> cramers_v(a, 1 - a), cramers_v(a, np.arange(100) // 2 % 2)
    ((1.0, 100), (0.0, 100))
    """
    import numpy as np

    both = (a >= 0) & (b >= 0)
    n = int(both.sum())
    if n < LEAST:
        return None, n
    a, b = np.unique(a[both], return_inverse=True)[1], np.unique(b[both], return_inverse=True)[1]
    r, k = int(a.max()) + 1, int(b.max()) + 1
    if min(r, k) < 2:
        return None, n
    seen = np.bincount(a * k + b, minlength=r * k).reshape(r, k)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / n
    phi2 = max(0.0, float(((seen - expected) ** 2 / expected).sum()) / n - (k - 1) * (r - 1) / (n - 1))
    fewest = min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
    return (min(1.0, (phi2 / fewest) ** 0.5) if fewest > 0 else None), n


def correlation_ratio(groups: Array, values: Array) -> tuple[float | None, int]:
    """Return how much groups tell of numbers, corrected for chance, and on how many rows it stands.

    It is the root of the share of the variance that lies between groups, as of Kelley.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.arange(100) % 2
    >>> correlation_ratio(groups, groups * 3.0), correlation_ratio(groups, np.arange(100) // 2 * 1.0)
    ((1.0, 100), (0.0, 100))
    """
    import numpy as np

    both = (groups >= 0) & np.isfinite(values)
    n = int(both.sum())
    if n < LEAST:
        return None, n
    groups, values = np.unique(groups[both], return_inverse=True)[1], values[both]
    values = values - values.mean()
    k, whole = int(groups.max()) + 1, float((values**2).sum())
    if k < 2 or n <= k or not 0 < whole < np.inf:
        return None, n
    sums, counts = np.bincount(groups, values), np.bincount(groups)
    within = whole - float((sums**2 / counts).sum())
    return max(0.0, min(1.0, 1 - (within / whole) * (n - 1) / (n - k))) ** 0.5, n
