"""Pictures of a report as inline SVG: pure functions; colors come from the style of the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from modelyard.core.datasets.profile_relations import METHODS, Relations

_WIDTH, _HEIGHT = 600, 120
_CELL = 18
_LETTERS = 24
_LETTER_WIDTH = 6.4


def histogram_svg(counts: Sequence[int], label: str, *, height: int = _HEIGHT) -> str:
    """Return upright bars, as one path.

    Examples
    --------
    >>> histogram_svg([1, 2], "x", height=10)
    '<svg class="bars" viewBox="0 0 600 10" preserveAspectRatio="none" role="img" aria-label="x"><path d="M0 10v-5h299v5zM300 10v-10h299v10z"/></svg>'
    """  # noqa: E501
    most = max(counts, default=0)
    if not most:
        return ""
    width = _WIDTH / len(counts)
    path = "".join(
        f"M{_n(k * width)} {height}v-{_n(height * count / most)}h{_n(max(0.5, width - 1))}v{_n(height * count / most)}z"
        for k, count in enumerate(counts)
        if count
    )
    return (
        f'<svg class="bars" viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}"><path d="{path}"/></svg>'
    )


def heatmap_svg(relations: Relations) -> str:
    """Return each two columns once, the stronger the more opaque; the words of a cell show under the pointer."""
    names = relations.columns
    place = {name: k for k, name in enumerate(names)}
    left = _LETTER_WIDTH * min(_LETTERS, max(map(len, names), default=0)) + 10
    cells = []
    for pair in relations.pairs:
        row, column = place[pair.second], place[pair.first]
        opacity = 0.0 if pair.strength is None else pair.strength
        said = "too few rows" if pair.strength is None else f"{pair.strength:.2f}"
        cells.append(
            f'<rect x="{_n(left + column * _CELL)}" y="{row * _CELL}" width="17" height="17" '
            f'fill-opacity="{max(opacity, 0.04):.2f}"><title>{escape(_short(pair.first))}, '
            f"{escape(_short(pair.second))}: {said}</title></rect>"
        )
    labels = "".join(
        f'<text x="{_n(left - 6)}" y="{k * _CELL + 13}" text-anchor="end">{escape(_short(name))}</text>'
        f'<text class="above" x="{_n(left + k * _CELL + 4)}" y="{k * _CELL + 13}">{escape(_short(name))}</text>'
        for k, name in enumerate(names)
    )
    width, height = left + len(names) * _CELL + left, len(names) * _CELL
    return (
        f'<svg class="heat" width="{_n(width)}" height="{height}" viewBox="0 0 {_n(width)} {height}" role="img" '
        f'aria-label="Strength of the relation of each two columns">{"".join(cells)}{labels}</svg>'
    )


def method_sentence(relations: Relations) -> str:
    """Say what the strengths are."""
    used = dict.fromkeys(pair.method for pair in relations.pairs)
    return "Strength is " + "; ".join(METHODS[method] for method in used) + "." if used else ""


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
