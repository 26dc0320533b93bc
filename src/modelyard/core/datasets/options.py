"""How a file is read, where the guess should be overruled: one model a reader.

Forms in the browser, options of the command line and the checks of what was given all come from these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.refusals import refusal
from modelyard.core.common.types import Json
from modelyard.core.datasets.detect import detect

ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "gb18030")
_TAB = ("tab", "\\t")
KINDS = {"csv": "text", "json": "JSON", "parquet": "Parquet", "arrow": "Arrow", "excel": "an Excel workbook"}
"""What files are called in sentences."""


class ReadingOptions(BaseModel):
    """Base of all: of formats that say themselves what they hold there is nothing to be said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def parse(cls, given: Mapping[str, Any], *, what: str) -> Self:
        """Return the options, or say which were possible.

        Parameters
        ----------
        given : mapping
            By name, as a person gave them; None where nothing was.
        what : str
            The file in a sentence, for instance ``an Excel workbook``.

        Raises
        ------
        InvalidInput
            If there is no such option, or its value cannot be used.

        Examples
        --------
        >>> ExcelOptions.parse({"delimiter": ";"}, what="an Excel workbook")
        Traceback (most recent call last):
        ...
        modelyard.core.common.errors.InvalidInput: The file is an Excel workbook, which is not read with the option ...
        """
        said = {name: value for name, value in given.items() if value is not None and value != ()}
        try:
            options = cls.model_validate(said)
        except ValidationError as error:
            raise cls._refusal(error, what) from None
        options.check()
        return options

    @classmethod
    def _refusal(cls, error: ValidationError, what: str) -> InvalidInput:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            names = [*cls.model_fields]
            remedy = None if names else "Leave it out: such a file says itself what it holds."
            return InvalidInput(
                f"The file is {what}, which is not read with the option {name!r}.",
                possible=names or None,
                remedy=remedy,
            )
        return InvalidInput(f"The option {name!r} cannot be {first['input']!r}: it {refusal(first)}.")

    @classmethod
    def fields(cls) -> dict[str, FieldInfo]:
        """Return what may be said, by name: first what only this reader knows."""
        own = [name for kind in cls.__mro__ for name in vars(kind).get("__annotations__", {})]
        return {name: cls.model_fields[name] for name in own if name in cls.model_fields}

    def check(self) -> None:
        """Raise `InvalidInput` for values that make no sense."""

    @property
    def given(self) -> Json:
        """What was said, JSON-ready; `parse` rebuilds it."""
        return self.model_dump(mode="json", exclude_defaults=True)


class TextOptions(ReadingOptions):
    """How cells of text become values."""

    decimal: str | None = Field(
        None,
        title="Decimal sign",
        description="'.' or ',', for columns that could be read both ways.",
        json_schema_extra={"choices": [".", ","]},
    )
    day_first: bool | None = Field(
        None,
        title="Day before month",
        description="Whether 01/02/2026 is the first of February, for columns that could be read both ways.",
    )
    missing: tuple[str, ...] = Field(
        (), title="Words for missing", description="What stands for a missing value in any column, for instance -999."
    )
    as_text: tuple[str, ...] = Field(
        (), title="Columns of text", description="Names of columns that are kept as the text that they are."
    )
    text: bool = Field(False, title="All as text", description="Keep every column as the text that it is.")

    def check(self) -> None:
        """Raise `InvalidInput` for a decimal sign that is none."""
        _one_character("decimal", self.decimal)
        if self.decimal not in (None, ".", ","):
            raise InvalidInput(f"The decimal sign cannot be {self.decimal!r}.", possible=[".", ","])


class CsvOptions(TextOptions):
    r"""How to read separated text; None means guess.

    Attributes
    ----------
    separator : str, optional
        One character, for instance ``";"``; also ``"tab"``. May be given as ``delimiter``.
    quote : str, optional
        One character; ``""`` for a file without quotes.
    encoding : str, optional
        A Python codec, for instance ``"cp1252"``.
    header : bool, optional
        Whether the first row of the table holds the names.
    skip : int, optional
        Rows above the table, blank ones not counted.
    decimal : str, optional
        ``"."`` or ``","``, for columns that could be read both ways.
    day_first : bool, optional
        Whether ``01/02/2026`` is the first of February, for columns that could be read both ways.
    missing : tuple of str
        Cells that stand for a missing value in any column, beside the empty one.
    as_text : tuple of str
        Names of columns that are kept as the text that they are.
    text : bool, default False
        Keep every column as the text that it is.
    """

    separator: str | None = Field(
        None,
        title="Separator",
        description="Between cells: one character, or 'tab'.",
        validation_alias=AliasChoices("separator", "delimiter"),
    )
    quote: str | None = Field(None, title="Quote", description="Around cells: one character, or '' for none.")
    encoding: str | None = Field(
        None,
        title="Encoding",
        description="Of the text, for instance cp1252.",
        json_schema_extra={"examples": [*ENCODINGS]},
    )
    header: bool | None = Field(None, title="Header", description="Whether the first row of the table holds the names.")
    skip: int | None = Field(
        None, ge=0, le=30, title="Rows to skip", description="Above the table, blank ones not counted."
    )

    def check(self) -> None:
        """Raise `InvalidInput` for a separator or quote of several characters."""
        super().check()
        _one_character("separator", self.sep)
        _one_character("quote", self.quote or None)

    @property
    def sep(self) -> str | None:
        """The separator as one character."""
        return "\t" if self.separator is not None and self.separator.lower() in _TAB else self.separator


class JsonOptions(TextOptions):
    """How to read JSON and JSON lines; ``encoding`` is a Python codec, the others are those of `CsvOptions`."""

    encoding: str | None = Field(None, title="Encoding", description="Of the text, for instance cp1252.")


class ExcelOptions(TextOptions):
    """How to read a workbook; the other options are those of `CsvOptions`.

    Attributes
    ----------
    sheet : str or int, optional
        Its name, or its position from 1; by default the first sheet with more than one row.
    header : bool, optional
        Whether the first row of the table holds the names; None means guess.
    skip : int, optional
        Rows above the table, empty ones not counted.
    """

    sheet: str | int | None = Field(None, title="Sheet", description="Its name, or its position from 1.")
    header: bool | None = Field(None, title="Header", description="Whether the first row of the table holds the names.")
    skip: int | None = Field(
        None, ge=0, le=30, title="Rows to skip", description="Above the table, empty ones not counted."
    )


MODELS: dict[str, type[ReadingOptions]] = {
    "csv": CsvOptions,
    "json": JsonOptions,
    "excel": ExcelOptions,
    "parquet": ReadingOptions,
    "arrow": ReadingOptions,
}
"""The model of each kind of file."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What a file is, and what may be said about reading it.

    Parameters
    ----------
    kind : str
        One of `MODELS`.
    model : type
        Its options.
    sheets : tuple of str
        Of a workbook.
    """

    kind: str
    model: type[ReadingOptions]
    sheets: tuple[str, ...] = ()


def readable(path: Path) -> Readable:
    """Tell what a file is from its bytes.

    Raises
    ------
    InvalidInput
        If there is none, or it is nothing that can be imported.
    """
    kind = detect(path).kind
    if kind != "excel":
        return Readable(kind, MODELS[kind])
    from modelyard.core.datasets.excel_file import sheet_names

    return Readable(kind, MODELS[kind], sheet_names(path))


def options_of(path: Path, given: Mapping[str, Any]) -> ReadingOptions:
    """Return the options for a file from what a person gave.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or an option does not belong to such files.
    """
    kind = detect(path).kind
    return MODELS[kind].parse(given, what=KINDS[kind])


def every_option() -> dict[str, FieldInfo]:
    """Return all options of all readers by name, as pydantic's fields: for the help of the command line."""
    return {name: field for model in MODELS.values() for name, field in model.fields().items()}


def _one_character(name: str, value: str | None) -> None:
    if value is not None and (len(value) != 1 or not value.isascii()):
        raise InvalidInput(f"The {name} must be one plain character, not {value!r}.")
