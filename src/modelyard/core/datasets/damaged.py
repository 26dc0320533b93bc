"""What pyarrow says of a damaged file, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelyard.core.common.errors import InvalidInput


@contextmanager
def damage_told(path: Path, kind: str) -> Iterator[None]:
    """Raise what pyarrow finds wrong with a file as `InvalidInput`.

    Parameters
    ----------
    path : Path
        Of the file that is read meanwhile.
    kind : str
        Of file, as in "The Parquet file is damaged".
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # a full disk is not the file's fault
            raise
        raise InvalidInput(
            f"The {kind} file is damaged or incomplete.",
            where=str(path),
            remedy="Copy or write it again.",
            details=str(error),
        ) from error
