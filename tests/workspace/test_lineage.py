"""What came from what: from the file to the model, also through what is deleted."""

import pytest

from modelyard.core.common.errors import NotFound
from modelyard.core.datasets.types import Ingested, Part
from modelyard.core.tracking import DatasetRef
from modelyard.ui.panels.data_management.lineage_rows import rest, summary


def derive(yard, name, *parents, how="steps"):
    """Make a version of another one's rows, as a job would."""
    first = parents[0]
    made = Ingested((Part(first.parts[0], first.rows, 0),), first.columns[: len(parents)], first.rows, {"kind": how})
    return yard.catalog.create_version(name, made, actor="ada", parents=[parent.id for parent in parents])


def learn(yard, version):
    """Begin a run, as a training does."""
    experiment = yard.tracker.experiment(
        "trials", dataset_id=version.dataset_id, dataset_name=version.dataset_name, target="late", actor="ada"
    )
    ref = DatasetRef(version.dataset_id, version.dataset_name, version.id, version.number, version.hash)
    return yard.tracker.start_run(experiment.id, dataset=ref, spec={}, actor="ada")


def told(lineage):
    """Return the edges in words."""

    def name(id_):
        node = lineage.node(id_)
        return f"{node.kind} {node.name} {node.number or ''}".rstrip() + (" (deleted)" if node.deleted else "")

    return {f"{name(one)} > {name(other)}" for one, other in lineage.edges}


UP = {"file flights.csv > version flights 1", "version flights 1 > version far 1"}
DOWN = {"version flights 1 > run flights: late 1", "run flights: late 1 > model flights-late 1"}


def test_from_the_file_to_the_model_and_no_further(ready):
    flights = ready.catalog.version("flights")
    far = derive(ready, "far", flights)
    derive(ready, "both", far, flights, how="sql")
    learn(ready, far)
    found = ready.datasets.lineage("flights")
    both = {"version flights 1 > version both 1", "version far 1 > version both 1"}
    assert told(found) == {*UP, *DOWN, *both, "version far 1 > run trials 1"}
    assert (found.of, found.nodes[0].id, found.left_out) == (flights.id, flights.id, 0)
    assert told(ready.datasets.lineage("far", 1)) == {*UP, *both, "version far 1 > run trials 1"}
    assert summary(found) == "This version was read from flights.csv. Made from it: 2 versions, 2 runs and 1 model."
    with pytest.raises(NotFound):
        ready.datasets.lineage("flights", 7)


def test_a_deleted_parent_is_shown_as_such(ready):
    far = derive(ready, "far", ready.catalog.version("flights"))
    ready.datasets.delete("flights")
    found = ready.datasets.lineage("far")
    gone = "version flights 1 (deleted)"
    assert told(found) == {f"file flights.csv > {gone}", f"{gone} > version far 1"}
    assert summary(found) == (
        "This version was made by steps from flights, version 1 (deleted); nothing has been made from it yet."
    )
    assert found.of == far.id


def test_the_nearest_are_told_of_and_the_rest_is_counted(ready):
    version = ready.catalog.version("flights")
    for _ in range(8):
        learn(ready, version)
    found = ready.datasets.lineage("flights")
    runs = sorted(node.number for node in found.nodes if node.name == "trials")
    assert (runs, found.left_out) == ([4, 5, 6, 7, 8], 3)
    before = version
    for number in range(70):
        before = derive(ready, f"step {number}", before)
    found = ready.datasets.lineage("flights")
    assert (len(found.nodes), found.left_out) == (60, 3 + 70 - (60 - 9))
    assert {"step 50", "flights-late"} <= {node.name for node in found.nodes}
    assert "step 51" not in {node.name for node in found.nodes}
    assert rest(found) == "22 more, further away or older, are not shown."
