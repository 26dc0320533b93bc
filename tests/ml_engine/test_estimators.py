"""Every member keeps the contract."""

from __future__ import annotations

from tests.ml_engine.contract import BoosterContract, EstimatorContract
from tests.ml_engine.members import NAMES


class TestDummy(EstimatorContract):
    name = "dummy"
    learns = False
    boosts = False


class TestLinear(EstimatorContract):
    name = "linear"
    boosts = False


class TestLightGBM(BoosterContract):
    name = "lightgbm"


class TestLightGBMExtraTrees(BoosterContract):
    name = "lightgbm_extra_trees"


class TestXGBoost(BoosterContract):
    name = "xgboost"


class TestCatBoost(BoosterContract):
    name = "catboost"


def test_no_member_is_forgotten() -> None:
    tested = {
        cls.name
        for cls in (*EstimatorContract.__subclasses__(), *BoosterContract.__subclasses__())
        if hasattr(cls, "name")
    }
    assert tested == set(NAMES)
