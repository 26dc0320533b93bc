"""MongoDB: documents as rows, by pymongo; see `mongo_documents` for how nested ones are flattened."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import require
from modelyard.core.data_sources.database import DatabaseSource
from modelyard.core.data_sources.filters import Condition, Filter, conditions, typed
from modelyard.core.data_sources.mongo_documents import Shape, learn, rows_of
from modelyard.core.data_sources.params import SourceParams, tells_a_secret
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.types import BATCH_ROWS, Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 10_000  # documents held at once
_INSERTED = 5_000
_SYSTEM = ("admin", "config", "local")
_GONE_AFTER = 120  # seconds without an answer while documents are read
_COMPARE = {"=": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte", "in": "$in"}


class MongodbParams(SourceParams):
    """Where the server is, who we are there, and how many documents tell the columns."""

    url: str = Field("mongodb://localhost:27017", title="URL", description="Without user and password.")
    user: str | None = Field(None, title="User")
    password: SecretRef | None = Field(None, title="Password")
    auth_database: str = Field("admin", title="Database of the user")
    sample: int = Field(1000, ge=0, title="Sample", description="Documents that tell the columns; 0 for all.")

    @field_validator("url")
    @classmethod
    def _without_password(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.netloc:
            raise ValueError("it is no URL like mongodb://host:27017 or mongodb+srv://host")
        told = tells_a_secret(text) or "authmechanismproperties=" in parts.query.lower()
        if "@" in parts.netloc or told:
            raise ValueError("it holds a user or a password; give them as the parameters 'user' and 'password'")
        return text


class MongodbSource(DatabaseSource):
    """Collections of a MongoDB server.

    Documents within documents become columns named by their path; lists become JSON text. The columns are learned from
    the first `sample` documents; one that does not fit them ends the read with an error that names it. Times come in
    UTC and are kept by MongoDB in milliseconds: what is written is cut to them, and days become their midnight.
    """

    kind = "mongodb"
    title = "MongoDB"
    Params = MongodbParams
    params: MongodbParams
    writable = True

    @property
    def address(self) -> str:
        """The URL, without options."""
        return self.params.url.partition("?")[0]

    def check(self) -> str:
        """Connect, log in and ask for the version."""
        with self._told(), self._client(quick=True) as client:
            client.admin.command("ping")
            return f"MongoDB {client.server_info()['version']}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return databases, and the collections and views in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        with self._told(path), self._client(quick=True) as client:
            if parts:
                found = [
                    (each["name"], "view" if each["type"] == "view" else "collection")
                    for each in client[parts[0]].list_collections()
                    if not each["name"].startswith("system.")
                ]
            else:
                found = [(name, "database") for name in client.list_database_names() if name not in _SYSTEM]
        items = [Item((*parts, name), kind) for name, kind in sorted(found) if search.lower() in name.lower()]
        return Listing(tuple(items[offset : offset + limit]), len(items) > offset + limit, offset)

    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as `BaseSource.read` promises; columns and filter are MongoDB's work."""
        if isinstance(what, Query):
            raise InvalidInput("MongoDB takes no query here.", where=self.name, remedy="Use columns and a filter.")
        wanted, quick = conditions(filter), limit is not None
        with self._told(what), self._client(quick=quick) as client:
            collection = self._collection(client, what)
            time_limit = {"max_time_ms": int(self.params.timeout * 1000)} if quick else {}
            shape = self._shape(collection, time_limit)
            self._check_columns([*(columns or ()), *(one.column for one in wanted)], list(shape.columns))
            chosen = shape if columns is None else shape.only(columns)
            found = collection.find(_asked(wanted, shape), _projection(columns), limit=limit or 0, **time_limit)
            size, some = min(batch_rows, _ROWS), False
            while limit != 0 and (documents := list(itertools.islice(found, size))):
                some = True
                yield rows_of(documents, chosen, where=self._called(what), chosen=columns is not None)
            if not some:
                yield rows_of([], chosen, where=self._called(what))

    def _shape(self, collection: Any, time_limit: Mapping[str, Any]) -> Shape:
        return learn(collection.find({}, limit=self.params.sample, **time_limit))

    def _collection(self, client: Any, what: Path) -> Any:
        parts = parse_path(what)
        if len(parts) != 2:
            raise self.missing(parts) if parts else NotFound("No item was named.", remedy="Browse the source.")
        if parts[1] not in client[parts[0]].list_collection_names(filter={"name": parts[1]}):
            raise self.missing(parts)
        return client[parts[0]][parts[1]]

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a collection; one that is made or replaced takes its name when all documents are in it.

        What is appended is there at once, and taken away again if the rest fails.
        """
        self._check_mode(mode)
        parts = parse_path(path)
        if len(parts) != 2:
            raise InvalidInput("A collection is named by its database and its name.", where=self.name)
        with self._told(path), self._client() as client:
            database = client[parts[0]]
            exists = parts[1] in database.list_collection_names(filter={"name": parts[1]})
            if exists and mode == "create":
                raise AlreadyExists(f"The collection {path!r} is there.", remedy="Write with 'append' or 'replace'.")
            filled = database[parts[1]] if mode == "append" else database.create_collection(new_id("modelyard"))
            written: list[Any] = []
            try:
                rows = sum(_insert(filled, batch, written if mode == "append" else None) for batch in batches)
                if mode != "append":
                    filled.rename(parts[1], dropTarget=mode == "replace")
            except BaseException:
                if mode != "append":
                    filled.drop()
                for start in range(0, len(written), _INSERTED):
                    filled.delete_many({"_id": {"$in": written[start : start + _INSERTED]}})
                raise
        return rows

    @property
    def _driver_errors(self) -> tuple[type[BaseException], ...]:  # type: ignore[override]
        errors = require("pymongo.errors", extra="sources", purpose="a MongoDB source")
        bson = require("bson.errors", extra="sources", purpose="a MongoDB source")
        return (errors.PyMongoError, bson.BSONError, OverflowError, OSError)

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        import pymongo.errors as errors

        code = getattr(error, "code", None)
        if isinstance(error, errors.ExecutionTimeout) or code == 50:
            return self._too_slow()
        if code in (18, 8000):  # the second is Atlas's
            return self._refused()
        if code == 13:
            return self._refused("does not let this user do this")
        if isinstance(error, errors.ServerSelectionTimeoutError | errors.ConfigurationError):
            return self._no_answer()
        if isinstance(error, errors.ConnectionFailure | OSError):
            return self._broke_off()
        return self._bad_query(what, error)

    @contextmanager
    def _client(self, *, quick: bool = False) -> Iterator[Any]:
        pymongo = require("pymongo", extra="sources", purpose="a MongoDB source")
        wait = int(self.params.timeout * 1000)
        login: dict[str, Any] = {}
        if self.params.user:
            login = {"username": self.params.user, "password": self.secret(self.params.password)}
            login["authSource"] = self.params.auth_database
        client: Any = pymongo.MongoClient(
            self.params.url,
            serverSelectionTimeoutMS=wait,
            connectTimeoutMS=wait,
            socketTimeoutMS=wait if quick else _GONE_AFTER * 1000,
            tz_aware=True,
            uuidRepresentation="standard",
            datetime_conversion="DATETIME_AUTO",
            appname="modelyard",
            **login,
        )
        try:
            yield client
        finally:
            client.close()


def _projection(columns: Sequence[str] | None) -> dict[str, int] | None:
    """Return what to send; a field beside one of its own parts is sent whole."""
    if columns is None:
        return None
    parents = [name for name in columns if not any(name.startswith(f"{other}.") for other in columns)]
    return {"_id": 1, **dict.fromkeys(parents, 1)}


def _asked(wanted: Sequence[Condition], shape: Shape) -> dict[str, Any]:
    """Return the conditions as MongoDB has them; a missing value meets ``is null`` alone."""
    return {"$and": [_condition(one, shape) for one in wanted]} if wanted else {}


def _condition(one: Condition, shape: Shape) -> dict[str, Any]:
    if one.op == "is null":
        return {one.column: None}
    if one.op == "is not null":
        return {one.column: {"$ne": None}}
    given = one.value if "in" in one.op else [one.value]
    values = [_value(value, one.column, shape.columns[one.column]) for value in given]
    if one.op in ("!=", "not in"):
        return {one.column: {"$nin": [*values, None]}}
    return {one.column: {_COMPARE[one.op]: values if one.op == "in" else values[0]}}


def _value(value: Any, name: str, type_: pa.DataType) -> Any:
    """Return a value as the documents hold it."""
    import pyarrow as pa
    from bson import Decimal128, ObjectId

    if pa.types.is_string(type_):
        return ObjectId(value) if name == "_id" and isinstance(value, str) and ObjectId.is_valid(value) else value
    if pa.types.is_floating(type_) or (pa.types.is_integer(type_) and isinstance(value, float)):
        type_ = pa.float64()
    try:
        found = typed(value, type_).as_py()
    except pa.ArrowException:
        raise InvalidInput(
            f"A column of the type {type_} cannot be compared with {value!r}.", where=f"filter on {name!r}"
        ) from None
    return Decimal128(found) if isinstance(found, Decimal) else found


def _insert(collection: Any, batch: pa.RecordBatch, written: list[Any] | None) -> int:
    for start in range(0, batch.num_rows, _INSERTED):
        some = batch.slice(start, _INSERTED).to_pylist()
        documents = [{name: to_bson(value) for name, value in row.items()} for row in some]
        found = collection.insert_many(documents).inserted_ids
        if written is not None:
            written += found
    return int(batch.num_rows)


def to_bson(value: Any) -> Any:
    """Return an Arrow value as MongoDB keeps it.

    Examples
    --------
    >>> to_bson(date(2026, 11, 24)), to_bson(Decimal("1.50")), to_bson(time(12, 30))
    (datetime.datetime(2026, 11, 24, 0, 0, tzinfo=datetime.timezone.utc), Decimal128('1.50'), '12:30:00')
    """
    from bson import Decimal128

    if isinstance(value, Decimal):
        return Decimal128(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, dict):
        return {name: to_bson(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [to_bson(inner) for inner in value]
    return str(value) if isinstance(value, time | timedelta) else value
