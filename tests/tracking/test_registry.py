import threading

import pytest

from modelyard.core.common.errors import Conflict, InvalidInput, NotFound
from tests.databases import on_each_database
from tests.tracking.conftest import BANK, SIGNATURE

pytestmark = on_each_database


def test_a_trial_becomes_a_version_that_keeps_its_facts(lab):
    version = lab.register(alias="champion", description="First try")
    assert (version.name, version.number, version.ref) == ("bank-deposit", 1, "bank-deposit/1")
    assert (version.aliases, version.description, version.created_by) == (("champion",), "First try", "ada")
    assert (version.metric, version.greater_is_better, version.score) == ("roc_auc", True, 0.9)
    assert (version.metrics, version.importance, version.signature) == ({"accuracy": 0.8}, {"age": 1.0}, SIGNATURE)
    assert (version.task, version.target, version.dataset) == ("binary", "deposit", BANK)
    assert (version.experiment_name, version.run_number) == ("bank: deposit", 1)
    assert version.model_key == "cd" * 32 + ".zip"
    trial = lab.tracker.trial(version.trial_id)
    assert (version.run_id, version.estimator, version.title) == (trial.run_id, trial.estimator, trial.title)


def test_references_find_versions(lab):
    first, second = lab.register(alias="champion"), lab.register()
    assert second.number == 2
    assert lab.tracker.model_version("bank-deposit") == second
    assert lab.tracker.model_version("bank-deposit/2") == second
    assert lab.tracker.model_version("bank-deposit/1") == first
    assert lab.tracker.model_version("bank-deposit@champion") == first


def test_what_is_not_there_says_what_is(lab):
    with pytest.raises(NotFound, match="There is no model yet"):
        lab.tracker.model("bank-deposit")
    lab.register()
    with pytest.raises(NotFound, match=r"There is no model 'bank-depsit'. Possible: bank-deposit\."):
        lab.tracker.model_version("bank-depsit@champion")
    with pytest.raises(NotFound, match=r"has no alias 'champion'. It has no alias yet"):
        lab.tracker.model_version("bank-deposit@champion")
    lab.tracker.set_alias("bank-deposit", "challenger", 1, actor="ada")
    with pytest.raises(NotFound, match=r"has no alias 'champion'. Possible: challenger"):
        lab.tracker.model_version("bank-deposit@champion")
    for ask in (
        lambda: lab.tracker.model_version("bank-deposit/3"),
        lambda: lab.tracker.set_alias("bank-deposit", "champion", 3, actor="ada"),
    ):
        with pytest.raises(NotFound, match=r"has no version 3. Possible: 1"):
            ask()
    with pytest.raises(NotFound, match="There is no trial 'trial_x'"):
        lab.tracker.register("a", "trial_x", signature={}, actor="ada")


def test_a_trial_without_a_model_cannot_be_registered(lab):
    run = lab.run()
    bare = lab.trial(run, 0, 0.9)
    with pytest.raises(Conflict, match=r"Trial 0 \(Lightgbm\) has no stored model.*Train again"):
        lab.tracker.register("a", bare.id, signature={}, actor="ada")
    lab.trial(run, 1, 0.8, model_key="ab" * 32)
    with pytest.raises(Conflict, match=r"Possible: trial 1. Register a trial that has one"):
        lab.tracker.register("a", bare.id, signature={}, actor="ada")
    assert lab.tracker.models_page() == ([], 0)


def test_bad_names_leave_nothing_behind(lab):
    trial = lab.trial(lab.run(), 0, 0.9, model_key="ab" * 32)
    for name, alias in (("a/b", None), ("good", "Bad alias")):
        with pytest.raises(InvalidInput):
            lab.tracker.register(name, trial.id, signature={}, actor="ada", alias=alias)
    assert lab.tracker.models_page() == ([], 0)


def test_an_alias_is_set_moved_and_deleted(lab):
    lab.register(alias="champion")
    lab.clock.move(60)
    lab.register()
    assert lab.tracker.set_alias("bank-deposit", "champion", 2, actor="grace").aliases == ("champion",)
    lab.tracker.set_alias("bank-deposit", "challenger", 2, actor="grace")
    model = lab.tracker.model("bank-deposit")
    assert [(a.alias, a.version_number, a.set_by) for a in model.aliases] == [
        ("challenger", 2, "grace"),
        ("champion", 2, "grace"),
    ]
    assert model.aliases[0].set_at == lab.clock.now()
    assert (model.alias("champion"), model.alias("none")) == (2, None)
    assert lab.tracker.model_version("bank-deposit/1").aliases == ()
    lab.tracker.delete_alias("bank-deposit", "champion", actor="grace")
    assert lab.tracker.model("bank-deposit").alias("champion") is None
    with pytest.raises(NotFound, match=r"has no alias 'champion'. Possible: challenger"):
        lab.tracker.delete_alias("bank-deposit", "champion", actor="grace")
    with pytest.raises(InvalidInput):
        lab.tracker.set_alias("bank-deposit", "latest", 1, actor="grace")


def test_pages_of_models_and_versions(lab):
    for number in range(3):
        lab.register(f"m{number}")
    newest = lab.register("m1", alias="champion")
    lab.tracker.describe_model("m1", "Who deposits?", actor="ada")
    page, total = lab.tracker.models_page(0, 2)
    rest, _ = lab.tracker.models_page(2, 2)
    by_name = {model.name: model for model in page + rest}
    assert (total, sorted(by_name)) == (3, ["m0", "m1", "m2"])
    assert (by_name["m1"].n_versions, by_name["m1"].latest, by_name["m0"].n_versions) == (2, newest, 1)
    assert by_name["m1"] == lab.tracker.model("m1")
    assert by_name["m1"].description == "Who deposits?"
    assert [model.name for model in lab.tracker.models_page(search="M2")[0]] == ["m2"]
    versions, total = lab.tracker.model_versions("m1", 0, 1)
    assert (total, versions) == (2, [newest])
    assert lab.tracker.model_versions("m1", 1, 5)[0][0].number == 1


def test_two_threads_registering_the_same_model_get_1_and_2(lab):
    trial = lab.trial(lab.run(), 0, 0.9, model_key="ab" * 32)
    barrier, numbers = threading.Barrier(2), []

    def register():
        barrier.wait()
        numbers.append(lab.tracker.register("m", trial.id, signature={}, actor="ada", alias="champion").number)

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2]
    assert lab.tracker.model("m").alias("champion") == 2


def test_a_version_takes_the_signature_of_its_run(lab):
    run = lab.run()
    assert lab.tracker.update_run(run.id, signature=SIGNATURE, folds=5).facts == {"folds": 5}
    trial = lab.trial(run, 0, 0.9, model_key="ab" * 32)
    assert lab.tracker.register("m", trial.id, actor="ada").signature == SIGNATURE
