"""Names that people give: which are allowed, and what a reference to a model means."""

from __future__ import annotations

import re

from modelyard.core.common.errors import InvalidInput
from modelyard.core.tracking.types import ModelRef

SUGGESTED_ALIASES = ("champion", "challenger")

_MODEL = re.compile(r"\w([\w .\-]{0,98}[\w.\-])?")
_ALIAS = re.compile(r"[a-z0-9][a-z0-9_\-]{0,49}")
_RESERVED_ALIAS = re.compile(r"latest|v?\d+")


def check_experiment_name(name: str) -> str:
    """Return `name` without surrounding blanks.

    Raises
    ------
    InvalidInput
        If it is empty, longer than 200 characters, or holds a line break.

    Examples
    --------
    >>> check_experiment_name(" churn of 2026 ")
    'churn of 2026'
    """
    name = name.strip()
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise InvalidInput(
            f"{_shown(name)} cannot be the name of an experiment.",
            remedy="Use 1 to 200 characters on one line.",
        )
    return name


def check_model_name(name: str) -> str:
    """Return `name`, or raise `InvalidInput`.

    Examples
    --------
    >>> check_model_name("bank-deposit")
    'bank-deposit'
    >>> check_model_name("bank/deposit")
    Traceback (most recent call last):
    modelyard.core.common.errors.InvalidInput: 'bank/deposit' cannot be the name of a model. Use 1 to 100 letters, ...
    """
    if not _MODEL.fullmatch(name):
        raise InvalidInput(
            f"{_shown(name)} cannot be the name of a model.",
            remedy="Use 1 to 100 letters, digits, blanks, '.', '_' and '-', beginning with a letter or a digit.",
        )
    return name


def check_alias(alias: str) -> str:
    """Return `alias`, or raise `InvalidInput`.

    Examples
    --------
    >>> check_alias("champion")
    'champion'
    >>> check_alias("v3")
    Traceback (most recent call last):
    modelyard.core.common.errors.InvalidInput: 'v3' cannot be an alias: it reads like a version. ...
    """
    if _RESERVED_ALIAS.fullmatch(alias):
        raise InvalidInput(
            f"{alias!r} cannot be an alias: it reads like a version.",
            remedy=f"Use a word such as {' or '.join(SUGGESTED_ALIASES)}.",
        )
    if not _ALIAS.fullmatch(alias):
        raise InvalidInput(
            f"{_shown(alias)} cannot be an alias.",
            remedy="Use 1 to 50 small letters a to z, digits, '_' and '-', for instance "
            f"{' or '.join(SUGGESTED_ALIASES)}.",
        )
    return alias


def parse_model_ref(ref: str) -> ModelRef:
    """Read ``name``, ``name@alias`` or ``name/3``.

    Examples
    --------
    >>> parse_model_ref("churn@champion")
    ModelRef(name='churn', number=None, alias='champion')
    >>> parse_model_ref("churn/3").number
    3
    """
    if "@" in ref:
        name, _, alias = ref.partition("@")
        return ModelRef(check_model_name(name), alias=check_alias(alias))
    if "/" in ref:
        name, _, number = ref.partition("/")
        if not (number.isascii() and number.isdigit()):
            raise InvalidInput(
                f"{number!r} is not the number of a version.",
                where=ref,
                possible=["name", "name@alias", "name/3"],
            )
        return ModelRef(check_model_name(name), number=int(number))
    return ModelRef(check_model_name(ref))


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:57] + "...")
