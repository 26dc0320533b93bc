"""Kafka: topics followed at our own offsets; the broker's group hears of them afterwards."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from modelyard.core.common.errors import ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.common.optional import require
from modelyard.core.common.types import Json
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.streams.base import BaseStream, Gap, StreamSource
from modelyard.core.data_sources.types import Item, Listing

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError

_AT_ONCE = 10_000
_PARTITIONS_S = 30.0
"""Seconds between two looks for partitions that were added."""

_FETCHED_KB = 32_768
_SILENT = logging.Logger("kafka", logging.CRITICAL + 1)  # the driver's own words come by its callback


class KafkaParams(SourceParams):
    """Where the brokers are, and who we are there."""

    brokers: str = Field(title="Brokers", description="host:port, several with commas between them.")
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = Field(
        "plaintext", title="Security", description="ssl or sasl_ssl where the network is not yours."
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", title="Way to sign in")
    user: str | None = Field(None, title="User")
    password: SecretRef | None = Field(None, title="Password")
    certificates: str | None = Field(None, title="Certificates", description="A file with the authorities to trust.")


class KafkaSource(StreamSource):
    """Topics of a Kafka cluster. A message's value is a record; keys and headers are not kept."""

    kind = "kafka"
    title = "Kafka"
    Params = KafkaParams
    params: KafkaParams

    @property
    def address(self) -> str:
        """The brokers."""
        return f"kafka://{self.params.brokers}"

    def check(self) -> str:
        """Ask for the cluster's metadata."""
        brokers, _ = self._metadata()
        return f"Kafka, {len(brokers)} broker{'s' if len(brokers) != 1 else ''}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return the topics; those of the cluster itself are left out."""
        if parse_path(path):
            return Listing((), more=False, offset=offset)
        _, topics = self._metadata()
        names = sorted(name for name in topics if search.lower() in name.lower() and not name.startswith("__"))
        items = tuple(Item((name,), "topic") for name in names[offset : offset + limit])
        return Listing(items, len(names) > offset + limit, offset)

    def follow(
        self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = ""
    ) -> KafkaStream:
        """Follow all partitions of a topic."""
        (name,) = parse_path(topic) or ("",)
        return KafkaStream(self, name, position, start, group)

    def _metadata(self, topic: str | None = None) -> tuple[dict[int, Any], dict[str, Any]]:
        from confluent_kafka import KafkaException

        errors: list[KafkaError] = []
        consumer = self.consumer("", errors)
        try:
            found = consumer.list_topics(topic, timeout=self.params.timeout) if topic else None
            found = found or consumer.list_topics(timeout=self.params.timeout)
        except KafkaException as error:
            raise self.told(errors[-1] if errors else error.args[0]) from None
        finally:
            consumer.close()
        return found.brokers, found.topics

    def consumer(self, group: str, errors: list[KafkaError]) -> Consumer:
        """Return a consumer that is assigned nothing yet; what its threads find wrong is added to `errors`."""
        kafka = require("confluent_kafka", extra="sources", purpose="a Kafka source")
        given = {
            "sasl.mechanism": self.params.mechanism if self.params.security.startswith("sasl") else None,
            "sasl.username": self.params.user,
            "sasl.password": self.secret(self.params.password) or None,
            "ssl.ca.location": self.params.certificates,
        }
        options: dict[str, Any] = {
            "bootstrap.servers": self.params.brokers,
            "security.protocol": self.params.security,
            "group.id": group or "modelyard",
            "client.id": "modelyard",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",  # a position that is gone is a gap, which is told
            "queued.max.messages.kbytes": _FETCHED_KB,
            "fetch.message.max.bytes": 4 << 20,
            "socket.connection.setup.timeout.ms": max(1000, int(self.params.timeout * 1000)),
            "error_cb": lambda error: errors.append(error) if len(errors) < 100 else None,
            **{name: value for name, value in given.items() if value is not None},
        }
        consumer: Consumer = kafka.Consumer(options, logger=_SILENT)
        return consumer

    def told(self, error: KafkaError) -> ModelyardError:
        """Return our error for the driver's."""
        from confluent_kafka import KafkaError

        details = self.scrubbed(error)
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED):
            return NotAllowed(f"The source {self.name!r} does not let us in.", where=self.address, details=details)
        if error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED):
            return NotAllowed(f"The source {self.name!r} does not allow this.", where=self.address, details=details)
        return Unavailable(
            f"The source {self.name!r} does not answer.",
            where=self.address,
            remedy="See that the brokers run, and that their advertised addresses can be reached from here.",
            details=details,
        )


class KafkaStream(BaseStream):
    """A topic, at one offset for each partition."""

    resumes = True

    def __init__(self, source: KafkaSource, topic: str, position: Json | None, start: str, group: str) -> None:
        self._source = source
        self._topic = topic
        self._errors: list[KafkaError] = []
        self._gaps: list[Gap] = []
        self._offsets: dict[int, int] = {int(number): offset for number, offset in (position or {}).items()}
        self._consumer = source.consumer(group, self._errors)
        self._group = group
        try:
            self._assign(self._partitions(), start if position is None else "earliest")
        except BaseException:
            self._consumer.close()
            raise

    @property
    def position(self) -> Json:
        """The next offset of each partition."""
        return {str(number): offset for number, offset in sorted(self._offsets.items())}

    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return the values of some messages; those of one partition in their order."""
        if time.monotonic() - self._looked > _PARTITIONS_S:
            self._assign(self._partitions(), "earliest")
        records: list[bytes] = []
        gone: list[int] = []
        offsets: Any = self._offsets
        messages: Any = self._consumer.consume(min(most, _AT_ONCE), wait)
        for message in messages:
            if (error := message.error()) is not None:
                self._meet(error, message.partition(), gone)
                continue
            offsets[message.partition()] = message.offset() + 1
            records.append(message.value() or b"")
        if gone:
            self._skip(gone)
        if records:
            self._errors.clear()
        elif self._errors:
            self._complain()
        return records

    def commit(self) -> None:
        """Tell the group's coordinator, so that the broker's own tools see how far we are."""
        from confluent_kafka import KafkaException, TopicPartition

        if not self._group:
            return
        offsets = [TopicPartition(self._topic, number, offset) for number, offset in self._offsets.items()]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException:  # a courtesy: our own offsets are the truth
            return

    def lag(self) -> int | None:
        """Return how many messages wait, as of what was fetched last."""
        from confluent_kafka import TopicPartition

        waiting = 0
        for number, offset in self._offsets.items():
            ends = self._consumer.get_watermark_offsets(TopicPartition(self._topic, number), cached=True)
            if ends is not None and ends[1] >= 0:
                waiting += max(0, ends[1] - offset)
        return waiting

    def take_gaps(self) -> list[Gap]:
        """Return which offsets the broker did not have any more."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def close(self) -> None:
        """Leave."""
        self._consumer.close()

    def _partitions(self) -> list[int]:
        from confluent_kafka import KafkaException

        try:
            found = self._consumer.list_topics(self._topic, timeout=self._source.params.timeout).topics[self._topic]
        except KafkaException as error:
            raise self._source.told(self._errors[-1] if self._errors else error.args[0]) from None
        self._looked = time.monotonic()
        if found.error is not None or not found.partitions:
            names = [item.name for item in self._source.browse(limit=200)]
            raise NotFound.named("topic", self._topic, names)
        return sorted(found.partitions)

    def _assign(self, numbers: list[int], start: str) -> None:
        """Begin with the partitions that are not followed yet."""
        from confluent_kafka import TopicPartition

        if numbers and set(numbers) <= self._offsets.keys() and self._consumer.assignment():
            return
        for number in numbers:
            if number not in self._offsets:
                low, high = self._ends(number)
                self._offsets[number] = low if start == "earliest" else high
        self._consumer.assign([TopicPartition(self._topic, n, offset) for n, offset in self._offsets.items()])

    def _ends(self, number: int) -> tuple[int, int]:
        from confluent_kafka import KafkaException, TopicPartition

        try:
            ends = self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, number), timeout=self._source.params.timeout
            )
        except KafkaException as error:
            raise self._source.told(error.args[0]) from None
        if ends is None:
            raise (
                self._source.told(self._errors[-1])
                if self._errors
                else Unavailable(f"The source {self._source.name!r} does not answer.", where=self._source.address)
            )
        return ends

    def _meet(self, error: KafkaError, number: int | None, gone: list[int]) -> None:
        """Note an error, or that the broker does not have the next offset of a partition."""
        from confluent_kafka import KafkaError

        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE) and number is not None:
            gone.append(number)
        else:
            self._errors.append(error)

    def _skip(self, numbers: list[int]) -> None:
        """Go on with the oldest messages that there are, and tell what was missed."""
        from confluent_kafka import TopicPartition

        for number in numbers:
            wanted = self._offsets[number]
            low, high = self._ends(number)
            self._offsets[number] = low
            reason = "The broker had removed these messages." if wanted <= high else "The topic was made anew."
            self._gaps.append(Gap(f"partition {number}, offset {wanted}", f"partition {number}, offset {low}", reason))
        self._consumer.assign([TopicPartition(self._topic, n, offset) for n, offset in self._offsets.items()])

    def _complain(self) -> None:
        from confluent_kafka import KafkaError

        fatal = (KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION, KafkaError.TOPIC_AUTHORIZATION_FAILED)
        for error in self._errors:
            if error.code() in fatal:
                raise self._source.told(error)
