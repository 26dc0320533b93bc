"""A dataset grows behind what it has, or not at all."""

import pyarrow as pa
import pytest

from modelyard.core.common.errors import Conflict
from modelyard.core.datasets.growing import grow, land


@pytest.fixture
def grown(catalog, store):
    def grown(values, meanwhile=lambda: None):
        table = pa.table({"x": values})
        part = land(table, store, f"{values}")

        def joined(make):
            meanwhile()
            return make()

        return grow(catalog, store, "sea", [part.key], origin={"kind": "stream"}, actor="ann", joined=joined)

    return grown


def test_rows_that_came_meanwhile_are_not_left_out(catalog, grown):
    grown([1])
    with pytest.raises(Conflict, match="Another version was made meanwhile"):
        grown([3], meanwhile=lambda: grown([2]))
    assert (catalog.version("sea").rows, grown([3]).rows) == (2, 3)
    with pytest.raises(Conflict, match="Another version was made meanwhile"):
        grown([4], meanwhile=lambda: catalog.delete("sea"))


def test_other_columns_are_refused_until_they_are_gone(catalog, grown):
    first = grown([1])
    other = ["text"]
    with pytest.raises(Conflict, match=r"Version 1 has other columns .*: x int64 instead of x string.*Delete that"):
        grown(other)
    assert catalog.version("sea").id == first.id
