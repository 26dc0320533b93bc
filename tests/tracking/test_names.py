import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.tracking.names import check_alias, check_experiment_name, check_model_name, parse_model_ref
from modelyard.core.tracking.types import ModelRef


@pytest.mark.parametrize("name", ["a", "bank-deposit", "Bank deposit 2.1", "größe_7", "x" * 100])
def test_model_names_that_can_be_used(name):
    assert check_model_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "-a", ".", "..", "a/b", "a@b", "a:b", "a\nb", "x" * 101, "../a", "a'b"]
)
def test_model_names_that_cannot(name):
    with pytest.raises(InvalidInput, match="cannot be the name of a model"):
        check_model_name(name)


@pytest.mark.parametrize("alias", ["champion", "challenger", "best-of_2026", "2x"])
def test_aliases_that_can_be_used(alias):
    assert check_alias(alias) == alias


@pytest.mark.parametrize("alias", ["", "latest", "3", "v3", "Champion", "a b", "a/b", "é", "a" * 51])
def test_aliases_that_cannot(alias):
    with pytest.raises(InvalidInput, match=r"cannot be an alias.*champion or challenger"):
        check_alias(alias)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "x" * 201])
def test_experiment_names_that_cannot_be_used(name):
    with pytest.raises(InvalidInput, match="cannot be the name of an experiment"):
        check_experiment_name(name)


def test_references_to_models():
    assert parse_model_ref("churn") == ModelRef("churn")
    assert parse_model_ref("churn@champion") == ModelRef("churn", alias="champion")
    assert parse_model_ref("churn/12") == ModelRef("churn", number=12)


@pytest.mark.parametrize(
    "ref", ["", "churn@", "@champion", "churn/", "churn/one", "churn/-1", "churn/²", "churn@a/1", "a/b/1"]
)
def test_what_refers_to_no_model(ref):
    with pytest.raises(InvalidInput):
        parse_model_ref(ref)
