"""Prints what happens on hosting.events, a line an event: type, subject, key and data.

    consumer.py BROKERS GROUP [PARTITION:OFFSET...]

What the group has printed before is not printed again; a new group begins with the oldest event.
With offsets it reads these partitions from there instead, and moves no group. Ends on SIGTERM.

Needs confluent-kafka and protobuf, and events_pb2.py: protoc --python_out=. events.proto
"""

import collections
import signal
import sys

import confluent_kafka
import events_pb2
from google.protobuf import json_format

TOPIC = "hosting.events"
SCHEMA = "urn:slipway:proto:slipway.v1."
REMEMBERED = 100_000


class Recent:
    """The last ids, to drop repeats; a database would keep them with what the events did."""

    def __init__(self):
        self.ids = collections.OrderedDict()

    def is_repeat(self, id_):
        if id_ in self.ids:
            return True
        self.ids[id_] = None
        if len(self.ids) > REMEMBERED:
            self.ids.popitem(last=False)
        return False


def handle(headers, key, value):
    message = getattr(events_pb2, headers.get("ce_dataschema", "").removeprefix(SCHEMA), None)
    if message is None:  # newer than this program, or not ours
        return
    data = message.FromString(value)
    text = json_format.MessageToJson(data, preserving_proto_field_name=True, indent=None)
    print(headers["ce_type"], headers["ce_subject"], key, text, flush=True)


def starts(words):
    """[TopicPartition…] of "3:1200" and so on."""
    pairs = [word.split(":") for word in words]
    return [confluent_kafka.TopicPartition(TOPIC, int(p), int(offset)) for p, offset in pairs]


def main(brokers, group, *offsets):
    running = True

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            # What was not handled is not stored, so it comes again after a crash.
            "enable.auto.offset.store": False,
            "enable.auto.commit": not offsets,
        }
    )
    if offsets:
        consumer.assign(starts(offsets))
    else:
        consumer.subscribe([TOPIC])
    recent = Recent()
    while running:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            print(message.error(), file=sys.stderr)
            continue
        headers = {name: value.decode() for name, value in message.headers() or []}
        if not recent.is_repeat(headers.get("ce_id")):
            handle(headers, message.key().decode(), message.value())
        if not offsets:
            consumer.store_offsets(message)
    consumer.close()


main(*sys.argv[1:])
