"""A consumer of hosting.events, as another team would write it."""

import dataclasses
import importlib
import os
import pathlib
import sys
import time
import uuid

import confluent_kafka
from stack import ROOT

TOPIC = "hosting.events"
SCHEMA = "urn:slipway:proto:slipway.v1."


def messages():
    """The module that protoc has made of events.proto."""
    work = pathlib.Path(os.environ.get("SLIPWAY_TEST_DIR", ROOT / ".test"))
    if str(work / "proto") not in sys.path:
        sys.path.append(str(work / "proto"))
    return importlib.import_module("events_pb2")


@dataclasses.dataclass(frozen=True)
class Event:
    """One event; `raw` is all of its bytes."""

    type: str
    id: str
    key: str
    subject: str
    headers: dict
    data: object
    raw: bytes
    partition: int
    offset: int


def read(message):
    """None: it was not billing that wrote it, but a test."""
    headers = {name: value.decode() for name, value in message.headers() or []}
    if headers.get("ce_dataschema") is None:
        return None
    schema = headers["ce_dataschema"]
    assert schema.startswith(SCHEMA)
    data = getattr(messages(), schema.removeprefix(SCHEMA))()
    data.ParseFromString(message.value())
    return Event(
        type=headers["ce_type"],
        id=headers["ce_id"],
        key=message.key().decode(),
        subject=headers["ce_subject"],
        headers=headers,
        data=data,
        raw=message.key() + message.value() + repr(message.headers()).encode(),
        partition=message.partition(),
        offset=message.offset(),
    )


class Reader:
    """Reads the topic from its beginning, or from `offsets` ({partition: offset})."""

    def __init__(self, brokers, offsets=None):
        self.consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": brokers, "group.id": str(uuid.uuid4())}
        )
        found = self.consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
        offsets = offsets or {}
        self.consumer.assign(
            [confluent_kafka.TopicPartition(TOPIC, p, offsets.get(p, 0)) for p in found]
        )
        self.events = []

    def close(self):
        self.consumer.close()

    def until(self, is_enough, wait=20):
        """Reads on until is_enough(events); all events so far."""
        deadline = time.monotonic() + wait
        while not is_enough(self.events):
            assert time.monotonic() < deadline, [event.type for event in self.events[-20:]]
            message = self.consumer.poll(0.2)
            event = read(message) if message is not None and message.error() is None else None
            if event is not None:
                self.events.append(event)
        return self.events

    def of(self, user_id, until, wait=20):
        """The events of a user, once those of the types `until` are among them."""

        def mine(events):
            return [event for event in events if event.key == str(user_id)]

        wanted = {until} if isinstance(until, str) else set(until)
        self.until(lambda events: wanted <= {event.type for event in mine(events)}, wait)
        return mine(self.events)
