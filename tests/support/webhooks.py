"""What the tests of webhooks do over the API."""

import time

import confluent_kafka

TOPIC = "hosting.events"
ACTIVE = "hosting.vps.active.v1"
# Faster than in the real world; the waits themselves are proven by the unit tests of backoff.c.
QUICK = {
    "NOTIFIER_RETRY_FIRST_MS": "100",
    "NOTIFIER_RETRY_LONGEST_MS": "2000",
    "NOTIFIER_TIMEOUT_MS": "3000",
    "NOTIFIER_INTERVAL_MS": "50",
    "NOTIFIER_ENDPOINTS_LIMIT": "5",
}


def await_heard(stack, database):
    """Until the notifier has taken in all that billing has told of so far: what a test tells after
    that comes alone."""
    deadline = time.monotonic() + 30
    while database.execute("SELECT count(*) FROM billing.outbox").fetchone()[0]:
        assert time.monotonic() < deadline, "billing still has something to tell"
        time.sleep(0.02)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": stack.brokers(), "group.id": "notifier", "enable.auto.commit": False}
    )
    try:
        topic = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC]
        places = [confluent_kafka.TopicPartition(TOPIC, number) for number in topic.partitions]
        ends = {place.partition: consumer.get_watermark_offsets(place)[1] for place in places}
        while any(
            ends[place.partition] > max(place.offset, 0)
            for place in consumer.committed(places, timeout=10)
        ):
            assert time.monotonic() < deadline, "the notifier is behind"
            time.sleep(0.02)
    finally:
        consumer.close()


def register(user, url, *events, **parameters):
    """A new endpoint of the user's."""
    body = {"url": url, **({"events": list(events)} if events else {})}
    answer = user.client.post("/webhooks", json=body, params=parameters)
    assert answer.status_code == 201, answer.text
    return answer.json()


def deliveries(user, endpoint):
    return user.client.get(f"/webhooks/{endpoint['id']}/deliveries").json()["items"]


def await_delivery(user, endpoint, event_id, status, seconds=30):
    """The log's entry of an event once it has that status."""
    deadline = time.monotonic() + seconds
    while True:
        found = [item for item in deliveries(user, endpoint) if item["event_id"] == event_id]
        if found and found[0]["status"] == status:
            return found[0]
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def await_status(user, endpoint, status):
    deadline = time.monotonic() + 30
    while True:
        found = user.client.get(f"/webhooks/{endpoint['id']}").json()
        if found["status"] == status:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def check(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()
