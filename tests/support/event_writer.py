"""Writes events to hosting.events as billing's relay does: CloudEvents in Kafka's binary mode."""

import datetime
import os
import pathlib
import secrets
import sys

import confluent_kafka

sys.path.insert(0, str(pathlib.Path(os.environ.get("SLIPWAY_TEST_DIR", ".test")) / "proto"))
import events_pb2  # noqa: E402

TOPIC = "hosting.events"


class Events:
    def __init__(self, brokers):
        self.producer = confluent_kafka.Producer(
            {"bootstrap.servers": brokers, "enable.idempotence": True}
        )

    def send(self, kind, subject, message, event_id=None, value=None):
        """Queues one; its id."""
        event_id = event_id or secrets.token_hex(16)
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_type": kind,
            "ce_source": "/hosting/billing",
            "ce_subject": subject,
            "ce_time": now,
            "content-type": "application/protobuf",
        }
        self.producer.produce(
            TOPIC,
            key=str(message.user_id),
            value=message.SerializeToString() if value is None else value,
            headers=list(headers.items()),
        )
        self.producer.poll(0)
        return event_id

    def vps(self, user_id, vps_id, what="active", event_id=None, **fields):
        values = {
            "plan_code": "vps-2",
            "location_code": "de",
            "os_code": "debian-12",
            "status": "active",
            "address": "192.0.2.7",
            "expires_at_us": 1_796_817_600_000_000,
            **fields,
        }
        message = events_pb2.VpsEvent(vps_id=vps_id, user_id=user_id, **values)
        return self.send(f"hosting.vps.{what}.v1", f"vps:{vps_id}", message, event_id)

    def balance(self, user_id, what, event_id=None, **fields):
        message = events_pb2.BalanceEvent(user_id=user_id, **fields)
        return self.send(f"hosting.{what}.v1", f"user:{user_id}", message, event_id)

    def deposit(self, user_id, what, event_id=None, **fields):
        message = events_pb2.DepositEvent(user_id=user_id, **fields)
        subject = f"deposit:{message.transaction_id}"
        return self.send(f"hosting.deposit.{what}.v1", subject, message, event_id)

    def flush(self):
        assert self.producer.flush(30) == 0
