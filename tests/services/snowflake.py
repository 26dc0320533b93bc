"""What speaks like Snowflake: fakesnow's server, in a thread of this process."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest

_numbers = itertools.count(1)


def _times_with_nulls(times):
    """Return times as Snowflake sends them; fakesnow forgets to say which are null, and they arrive as 1970."""
    times = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    found = _as_fakesnow(times)
    fields = [found.type.field(i) for i in range(found.type.num_fields)]
    zeros = [pa.array([0] * len(times), field.type) for field in fields]
    parts = [found.field(i).fill_null(0) if len(times) else zeros[i] for i in range(len(fields))]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=times.is_null())


class Snowflake:
    """One server; `create` gives a fresh database with a schema."""

    def __init__(self, connect: dict[str, object]) -> None:
        self.where = {name: connect[name] for name in ("host", "port", "protocol")}
        self._connect = {name: value for name, value in connect.items() if name != "network_timeout"}

    def create(self) -> str:
        """Make a database with the schema PLACE and return its name."""
        import snowflake.connector

        database = f"YARD_{next(_numbers)}"
        with snowflake.connector.connect(**self._connect, database=database, schema="PLACE") as connection:
            connection.cursor().execute("SELECT 1").fetchall()
        return database


@pytest.fixture(scope="session")
def snowflake_server():
    """The server of this session."""
    import fakesnow
    import fakesnow.arrow

    global _as_fakesnow
    _as_fakesnow = fakesnow.arrow.timestamp_to_sf_struct
    fakesnow.arrow.timestamp_to_sf_struct = _times_with_nulls
    with fakesnow.server() as connect:
        yield Snowflake(connect)
    fakesnow.arrow.timestamp_to_sf_struct = _as_fakesnow
