"""One page of a longer list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Some items of a list, and how many there are in all.

    Examples
    --------
    >>> page = Page(("a", "b"), total=5, offset=2)
    >>> list(page), page.total
    (['a', 'b'], 5)
    """

    items: tuple[T, ...]
    total: int
    offset: int = 0

    @classmethod
    def of(cls, items: Sequence[T], total: int, offset: int) -> Page[T]:
        """Build a page from any sequence."""
        return cls(tuple(items), total, offset)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
