from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.figures.layered import LayeredInfo, layered_info

GRAPHS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.permutations([str(number) for number in range(n)]),
        st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=60),
    )
)


def over(one, other):
    apart = one.x + one.wide <= other.x or other.x + other.wide <= one.x
    return not apart and one.y < other.y + other.tall and other.y < one.y + one.tall


def within(box, x, y):
    return box.x <= x <= box.x + box.wide and box.y <= y <= box.y + box.tall


@given(GRAPHS)
def test_boxes_do_not_overlap_and_all_lines_lead_to_the_right_and_around_boxes(graph):
    ids, pairs = graph
    edges = [(str(a), str(b)) for a, b in sorted(pairs) if a < b]
    info = layered_info(ids, edges)
    assert sorted(box.id for box in info.boxes) == sorted(ids)
    assert not [(a, b) for place, a in enumerate(info.boxes) for b in info.boxes[:place] if over(a, b)]
    assert all(0 <= box.x <= info.wide - box.wide and 0 <= box.y <= info.tall - box.tall for box in info.boxes)
    placed = {box.id: box for box in info.boxes}
    assert [line.edge for line in info.lines] == edges
    for line in info.lines:
        start, end = (placed[id_] for id_ in line.edge)
        assert start.layer < end.layer
        assert line.points[0] == (start.x + start.wide, start.y + start.tall / 2)
        assert line.points[-1] == (end.x, end.y + end.tall / 2)
        assert all(one[0] < other[0] for one, other in pairwise(line.points))
        assert not [box for x, y in line.points[1:-1] for box in info.boxes if within(box, x, y)]


def test_lines_cross_no_more_than_they_have_to():
    info = layered_info(["a", "b", "c", "x", "y", "z"], [("a", "z"), ("b", "y"), ("c", "x"), ("a", "y")])
    ends = [(line.points[0][1], line.points[-1][1]) for line in info.lines]
    assert all((one[0] - other[0]) * (one[1] - other[1]) >= 0 for one in ends for other in ends)


def test_nothing_is_empty_and_a_circle_is_refused():
    assert layered_info([], []) == LayeredInfo((), (), 0, 0.0)
    with pytest.raises(ValueError, match="circle among a, b"):
        layered_info(["a", "b", "c"], [("a", "b"), ("b", "a"), ("a", "c")])
