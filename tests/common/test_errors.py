import pickle

import pytest

from modelyard.core.common import errors
from modelyard.core.common.errors import (
    AlreadyExists,
    Conflict,
    Integrity,
    InvalidInput,
    JobCancelled,
    JobFailed,
    MissingExtra,
    ModelyardError,
    NotAllowed,
    NotFound,
    Unavailable,
    error_from_dict,
)

BUILTINS = {
    InvalidInput: ValueError,
    NotFound: LookupError,
    AlreadyExists: ValueError,
    NotAllowed: PermissionError,
    Unavailable: OSError,
    MissingExtra: ImportError,
    Conflict: RuntimeError,
    Integrity: RuntimeError,
    JobFailed: RuntimeError,
    JobCancelled: RuntimeError,
}


def test_every_error_is_listed_here_and_in_the_tree():
    assert set(ModelyardError.__subclasses__()) == set(BUILTINS)
    for cls in BUILTINS:
        assert cls.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(("cls", "builtin"), BUILTINS.items())
def test_each_is_what_a_caller_would_expect_and_survives_a_process(cls, builtin):
    error = cls("What.", where="there", possible=["a", "b"], remedy="Do it.", details="trace")
    assert isinstance(error, builtin)
    assert str(error) == "What. (there) Possible: a, b. Do it."
    for copy in (pickle.loads(pickle.dumps(error)), error_from_dict(error.to_dict())):
        assert type(copy) is cls
        assert str(copy) == str(error)
        assert copy.details == "trace"


def test_exit_codes_and_codes_are_unique():
    assert len({cls.exit_code for cls in BUILTINS}) == len({cls.code for cls in BUILTINS}) == len(BUILTINS)
    assert all(cls.exit_code for cls in BUILTINS)


def test_many_possible_values_are_cut():
    text = str(InvalidInput("No.", possible=range(40)))
    assert text.endswith("10, 11 and 28 more.")


def test_a_name_close_by_comes_first():
    assert (
        str(NotFound.named("dataset", "bnak", ["alpha", "bank"]))
        == "There is no dataset 'bnak'. Possible: bank, alpha."
    )
    assert str(NotFound.named("dataset", "x")) == "There is no dataset 'x'. There is no dataset yet."


def test_an_unknown_code_is_still_an_error():
    assert type(error_from_dict({"code": "of a newer version", "what": "What."})) is ModelyardError
