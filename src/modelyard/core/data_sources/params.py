"""Parameters of a source: one pydantic model each, from which forms, options and checks come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.refusals import refusal
from modelyard.core.common.secret import shown_url
from modelyard.core.data_sources.secret_refs import SecretRef


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute())


type LocalPath = Annotated[str, AfterValidator(_absolute)]
"""A path on the machine that runs Modelyard; made absolute at once, since jobs may run elsewhere in the tree."""


class SourceParams(BaseModel):
    """What every source may be told. Secrets are `SecretRef` fields, never values."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    timeout: float = Field(
        10.0, gt=0, le=600, title="Timeout, s", description="For connecting, testing, browsing and previews."
    )

    @classmethod
    def secret_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that take a secret.

        Examples
        --------
        >>> SourceParams.secret_fields()
        ()
        """
        return tuple(name for name, field in cls.model_fields.items() if _takes_secret(field.annotation))

    @classmethod
    def read(cls, values: Mapping[str, Any], *, where: str) -> SourceParams:
        """Return checked parameters.

        Raises
        ------
        InvalidInput
            If one is missing, unknown or wrong; its value is not repeated, as it may be a secret.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise InvalidInput("; ".join(_sentence(each, cls) for each in error.errors()) + ".", where=where) from None


def _takes_secret(annotation: Any) -> bool:
    return annotation is SecretRef or SecretRef in get_args(annotation)


def _sentence(error: Any, cls: type[BaseModel]) -> str:
    name = ".".join(str(part) for part in error["loc"][:1])
    if error["type"] == "missing":
        return f"The parameter {name!r} is missing"
    if error["type"] == "extra_forbidden":
        return f"There is no parameter {name!r}, only {', '.join(cls.model_fields)}"
    words = refusal(error)
    if not name or error["type"] == "value_error":
        return f"The parameter {name!r}: {words[:1].lower()}{words[1:]}" if name else words
    return f"The parameter {name!r} {words}"


_FILES = re.compile(r"[?&](?:sslkey|ssl_key|tlsCertificateKeyFile|credentials_path)=[^&]*", re.I)
"""Options that sound like a secret and name the file that holds it."""


def tells_a_secret(url: str) -> bool:
    """Tell whether a URL holds what `shown_url` would hide; a file with a key is no secret.

    Examples
    --------
    >>> tells_a_secret("mongodb://x/?tlsCertificateKeyFile=/keys/a.pem"), tells_a_secret("snowflake://x/?token=abc")
    (False, True)
    """
    bare = _FILES.sub("", url)
    return shown_url(bare) != bare
