"""What the tests of webhooks do over the API."""

import time

ACTIVE = "hosting.vps.active.v1"
# Faster than in the real world; the waits themselves are proven by the unit tests of backoff.c.
QUICK = {
    "NOTIFIER_RETRY_FIRST_MS": "100",
    "NOTIFIER_RETRY_LONGEST_MS": "2000",
    "NOTIFIER_TIMEOUT_MS": "3000",
    "NOTIFIER_INTERVAL_MS": "50",
    "NOTIFIER_ENDPOINTS_LIMIT": "5",
}


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
