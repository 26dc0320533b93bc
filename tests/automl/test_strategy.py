from modelyard.core.automl.strategy import Strategy
from modelyard.core.ml_engine.task import Task

ALL = ["dummy", "linear", "lightgbm", "lightgbm_extra_trees", "xgboost", "catboost"]


def strategy(estimators=ALL, seed=0, seconds=60.0):
    return Strategy(
        Task.BINARY,
        estimators,
        greater_is_better=True,
        n_rows=1000,
        n_features=10,
        seconds=seconds,
        random_state=seed,
    )


def run(one, n):
    made = []
    for number in range(n):
        proposal = one.next()
        made.append(proposal)
        one.tell(proposal, 0.5 + 0.001 * number)
    return made


def test_baselines_come_first_then_each_estimator_once_then_the_search():
    made = run(strategy(), 10)
    assert [each.estimator for each in made[:2]] == ["dummy", "linear"]
    assert {each.kind for each in made[:2]} == {"baseline"}
    assert {each.estimator for each in made[2:6]} == set(ALL) - {"dummy", "linear"}
    assert {each.kind for each in made[2:6]} == {"portfolio"}
    assert {each.kind for each in made[6:]} == {"search"}


def test_the_same_seed_and_scores_give_the_same_proposals():
    assert run(strategy(seed=3), 14) == run(strategy(seed=3), 14)
    assert run(strategy(seed=3), 14) != run(strategy(seed=4), 14)


def test_only_chosen_estimators_are_searched():
    made = run(strategy(["xgboost"]), 8)
    assert {each.estimator for each in made[2:]} == {"xgboost"}


def test_with_nothing_but_baselines_the_linear_model_is_searched():
    made = run(strategy([]), 5)
    assert {each.estimator for each in made[2:]} == {"linear"}


def test_a_failed_proposal_is_no_end():
    one = strategy(["xgboost"])
    for _ in range(3):
        one.tell(one.next(), 0.5)
    for _ in range(3):
        one.tell_failed(one.next())
    assert one.next() is not None


def test_little_time_means_larger_steps():
    short = {each.estimator: each.params for each in run(strategy(seconds=10.0), 6)}
    long = {each.estimator: each.params for each in run(strategy(seconds=600.0), 6)}
    for name in ("lightgbm", "xgboost", "catboost"):
        assert short[name]["learning_rate"] == 4 * long[name]["learning_rate"]
        assert short[name]["early_stopping_rounds"] < long[name]["early_stopping_rounds"]
