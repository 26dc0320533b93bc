"""The kinds of sources that there are, known without importing any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelyard.core.common.registry import Entry, Registry
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.secret_refs import Resolve, resolve_outside

_HERE = "modelyard.core.data_sources"

SOURCES = Registry("kind of source", group="modelyard.sources")
"""Each member's implementation is a `BaseSource`."""

for _entry in (
    Entry("files", "A folder of files, alone or many as one table.", f"{_HERE}.files:FilesSource"),
    Entry("s3", "Files in S3, or in what speaks like it.", f"{_HERE}.s3:S3Source", "boto3", "sources"),
    Entry("sqlite", "SQLite: a database in one file.", f"{_HERE}.sqlite:SqliteSource"),
    Entry("duckdb", "DuckDB: a database in one file.", f"{_HERE}.duckdb_file:DuckdbSource", "duckdb"),
    Entry(
        "postgresql",
        "PostgreSQL and what speaks like it.",
        f"{_HERE}.postgresql:PostgresqlSource",
        "adbc_driver_postgresql",
        "sources",
    ),
    Entry("mysql", "MySQL and MariaDB.", f"{_HERE}.mysql:MysqlSource", "connectorx", "sources"),
    Entry("snowflake", "Snowflake.", f"{_HERE}.snowflake:SnowflakeSource", "snowflake.connector", "sources"),
    Entry("mongodb", "MongoDB: nested documents as rows.", f"{_HERE}.mongodb:MongodbSource", "pymongo", "sources"),
    Entry("sqlalchemy", "Any other database, by its SQLAlchemy URL.", f"{_HERE}.sqlalchemy_url:SqlalchemySource"),
    Entry(
        "kafka", "Topics of Kafka, to be followed.", f"{_HERE}.streams.kafka:KafkaSource", "confluent_kafka", "sources"
    ),
    Entry(
        "redis",
        "Streams of a Redis server, to be followed.",
        f"{_HERE}.streams.redis_stream:RedisSource",
        "redis",
        "sources",
    ),
    Entry(
        "websocket",
        "A feed over WebSocket, to be followed.",
        f"{_HERE}.streams.websocket:WebsocketSource",
        "websockets",
        "sources",
    ),
    Entry("devices", "Devices that send to this workbench over WebSocket.", f"{_HERE}.streams.devices:DevicesSource"),
    Entry("mqtt", "Topics of an MQTT broker, to be followed.", f"{_HERE}.streams.mqtt:MqttSource", "paho", "sources"),
):
    SOURCES.add(_entry)


def source_class(kind: str, *, installed: bool = True) -> type[BaseSource]:
    """Return the class of a kind of source; its driver is not imported by that.

    Parameters
    ----------
    kind : str
        A name in `SOURCES`.
    installed : bool
        Whether its driver has to be there; parameters can be known without it.

    Raises
    ------
    NotFound
        If there is none; the existing kinds are said.
    MissingExtra
        If its driver is not installed.
    """
    entry = SOURCES.get(kind)
    found: type[BaseSource] = (entry if installed else replace(entry, requires=None)).load()
    return found


def open_source(
    kind: str, params: SourceParams | Mapping[str, Any], resolve: Resolve = resolve_outside, name: str = ""
) -> BaseSource:
    """Return a source that is ready for use; nothing is connected yet.

    Parameters
    ----------
    kind : str
        A name in `SOURCES`.
    params : mapping or SourceParams
        Of that kind.
    resolve : callable, optional
        Gives secrets.
    name : str, optional
        What people call it.

    Examples
    --------
    >>> open_source("sqlite", {"path": "/data/shop.db"}).address
    '/data/shop.db'
    """
    cls = source_class(kind)
    checked = (
        params if isinstance(params, cls.Params) else cls.Params.read(dict(params), where=f"source {name or kind!r}")
    )
    return cls(checked, resolve, name)
