"""Webhooks: signed, told at least once and once by their id, tried again, kept apart."""

import subprocess
import time

import pytest
from event_writer import events_pb2
from standardwebhooks.webhooks import WebhookVerificationError
from webhooks import (
    ACTIVE,
    QUICK,
    await_delivery,
    await_heard,
    await_status,
    check,
    deliveries,
    register,
)

pytestmark = pytest.mark.usefixtures("quick_notifier")


@pytest.fixture
def user(stack, user, database):
    """One of whom the notifier hears nothing but what the test tells."""
    await_heard(stack, database)
    return user


@pytest.fixture
def other(stack, other, database):
    await_heard(stack, database)
    return other


# ---- what arrives


def test_what_time_does_to_a_server_arrives_signed(user, sink, database):  # INV-6
    made = register(user, sink.url)
    vps_id = user.batch(user.buy().json()["batch_id"])["items"][0]["vps_id"]
    database.execute(
        "UPDATE billing.vps SET expires_at = now(), due_at = now() WHERE id = %s", [vps_id]
    )
    kind = "hosting.vps.suspended.v1"
    received = sink.wait(lambda all: any(item.json["type"] == kind for item in all))
    told = next(item for item in received if item.json["type"] == kind)
    assert told.verify(made["secret"]) == told.json
    assert told.headers["content-type"] == "application/json"
    assert list(told.json) == ["type", "timestamp", "data"]
    data = told.json["data"]
    assert (data["vps_id"], data["user_id"], data["status"]) == (vps_id, user.id, "suspended")
    assert data["expires_at"].endswith("Z")
    assert await_delivery(user, made, told.id, "delivered")["last_status"] == 204


def test_the_data_has_the_names_of_the_api(user, sink, events):
    made = register(user, sink.url)
    event_id = events.vps(user.id, 77, "renewed", charged_cents=2861, batch_id="renew:7")
    events.flush()
    (told,) = sink.wait(len)
    assert told.id == event_id
    told.verify(made["secret"])
    assert told.json["data"] == {
        "vps_id": 77,
        "user_id": user.id,
        "plan_code": "vps-2",
        "location_code": "de",
        "os_code": "debian-12",
        "status": "active",
        "ip": "192.0.2.7",
        "expires_at": "2026-12-09T12:00:00Z",
        "batch_id": "renew:7",
        "charged_usd": "28.61",
    }


def test_a_filter_lets_its_own_types_through_and_others_users_hear_nothing(
    user, other, sink_with, events
):
    filtered, unfiltered, foreign = sink_with(), sink_with(), sink_with()
    register(user, filtered.url, ACTIVE)
    register(user, unfiltered.url)
    register(other, foreign.url)
    events.vps(user.id, 1, "building")
    active = events.vps(user.id, 1, "active")
    events.flush()
    unfiltered.wait(lambda all: len(all) == 2)
    assert [item.id for item in filtered.wait(len)] == [active]
    last = events.vps(other.id, 2, "active")
    events.flush()
    assert [item.id for item in foreign.wait(len)] == [last]


def test_an_event_that_kafka_repeats_is_told_once(user, sink, events):  # INV-6
    register(user, sink.url)
    event_id = events.vps(user.id, 1)
    for _ in range(5):
        events.vps(user.id, 1, event_id=event_id)
    last = events.vps(user.id, 1)
    events.flush()
    received = sink.wait(lambda all: any(item.id == last for item in all))
    assert [item.id for item in received] == [event_id, last]


def test_what_is_no_event_is_a_dead_letter_and_stops_nobody(stack, user, sink, events):
    register(user, sink.url)
    broken = events_pb2.VpsEvent(user_id=user.id)
    events.send(ACTIVE, "vps:1", broken, value=b"\xff\xff\xff")
    events.send("hosting.vps.unheard-of.v9", "vps:1", broken)
    last = events.vps(user.id, 1)
    events.flush()
    assert [item.id for item in sink.wait(len)] == [last]


def test_a_test_goes_to_its_endpoint_alone(user, sink_with):
    one, two = sink_with(), sink_with()
    made = register(user, one.url, ACTIVE)
    register(user, two.url)
    answer = user.client.post(f"/webhooks/{made['id']}/test")
    assert answer.status_code == 202
    assert answer.json()["type"] == "hosting.webhook.test.v1"
    (told,) = one.wait(len)
    told.verify(made["secret"])
    assert told.json["data"] == {"endpoint_id": made["id"]}
    await_delivery(user, made, answer.json()["event_id"], "delivered")
    assert two.received == []


# ---- what is tried again


def test_a_failure_is_tried_again_until_it_is_accepted(user, sink_with, events):
    answers = iter([500, 503, 404, 200])
    sink = sink_with(lambda request: next(answers))
    made = register(user, sink.url)
    event_id = events.vps(user.id, 1)
    events.flush()
    received = sink.wait(lambda all: len(all) == 4)
    assert {item.id for item in received} == {event_id}
    for item in received:
        item.verify(made["secret"])
    entry = await_delivery(user, made, event_id, "delivered")
    assert (entry["attempts"], entry["last_status"], entry["last_error"]) == (4, 200, None)


def test_retry_after_is_obeyed(user, sink_with, events):
    answers = iter([(429, {"Retry-After": "1"}), 200])
    sink = sink_with(lambda request: next(answers))
    register(user, sink.url)
    events.vps(user.id, 1)
    events.flush()
    first, second = sink.wait(lambda all: len(all) == 2)
    assert second.at - first.at >= 1


def test_gone_switches_the_endpoint_off(user, sink_with, events):
    sink = sink_with(lambda request: 410)
    made = register(user, sink.url)
    event_id = events.vps(user.id, 1)
    events.flush()
    found = await_status(user, made, "disabled")
    assert found["disabled_reason"] == "gone"
    entry = await_delivery(user, made, event_id, "failed")
    assert (entry["last_status"], entry["next_attempt_at"]) == (410, None)
    check(user.client.post(f"/webhooks/{made['id']}/test"), 409, "state_conflict")
    path = f"/webhooks/{made['id']}/deliveries/{entry['id']}/redeliver"
    check(user.client.post(path), 409, "state_conflict")


def test_an_endpoint_that_fails_for_long_is_switched_off(user, sink_with, events, notifier_with):
    notifier_with(NOTIFIER_FAILING_LIMIT_MS="300")
    made = register(user, sink_with(lambda request: 500).url)
    event_id = events.vps(user.id, 1)
    events.flush()
    assert await_status(user, made, "disabled")["disabled_reason"] == "failing"
    await_delivery(user, made, event_id, "failed")


def test_a_webhook_is_given_up_after_its_time_and_can_be_asked_for_again(
    user, sink_with, events, notifier_with
):
    notifier_with(NOTIFIER_GIVE_UP_MS="300")
    accepts = []
    sink = sink_with(lambda request: 200 if accepts else 500)
    made = register(user, sink.url)
    event_id = events.vps(user.id, 1)
    events.flush()
    entry = await_delivery(user, made, event_id, "failed")
    before = len(sink.received)
    accepts.append(True)
    path = f"/webhooks/{made['id']}/deliveries/{entry['id']}/redeliver"
    answer = user.client.post(path)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    again = sink.wait(lambda all: len(all) > before)[before]
    assert again.id == event_id
    again.verify(made["secret"])
    await_delivery(user, made, event_id, "delivered")
    check(user.client.post(path.replace(str(entry["id"]), "999999999")), 404, "not_found")


def test_events_of_one_server_keep_their_order_and_hold_up_no_other(user, sink_with, events):
    failures = [500, 500, 500]

    def answer(request):
        first = request.json["data"]["vps_id"] == 1
        return failures.pop() if first and failures else 200

    sink = sink_with(answer)
    register(user, sink.url)
    mine = [events.vps(user.id, 1, what) for what in ("building", "active", "renewed")]
    others = [events.vps(user.id, 2, what) for what in ("building", "active")]
    events.flush()
    received = sink.wait(lambda all: len([item for item in all if item.status == 200]) == 5)
    accepted = [item.id for item in received if item.status == 200]
    assert [event for event in accepted if event in mine] == mine
    assert [event for event in accepted if event in others] == others
    assert [item.id for item in received[:-3] if item.id == mine[0]].count(mine[0]) >= 3


def test_a_slow_endpoint_never_holds_up_another(user, other, sink_with, events):
    release = []

    def slow(request):
        while not release:
            time.sleep(0.02)
        return 200

    hanging, quick = sink_with(slow), sink_with()
    register(user, hanging.url)
    register(other, quick.url)
    for number in range(20):
        events.vps(user.id, number)
    wanted = {events.vps(other.id, number) for number in range(20)}
    events.flush()
    received = quick.wait(lambda all: {item.id for item in all} == wanted)
    assert len(received) == 20
    assert hanging.received == []  # none was answered, and yet the others were told
    release.append(True)
    hanging.wait(lambda all: len({item.id for item in all}) == 20)


# ---- where it may go


def test_a_redirect_is_not_followed(user, sink_with, events):
    target = sink_with()
    sink = sink_with(lambda request: (302, {"Location": target.url}))
    made = register(user, sink.url)
    events.vps(user.id, 1)
    events.flush()
    sink.wait(lambda all: len(all) >= 2)
    entry = deliveries(user, made)[0]
    assert (entry["last_status"], entry["last_error"]) == (302, "redirects are not followed")
    assert target.received == []


def test_a_private_address_is_never_connected_to(stack, user, sink, events, notifier_with):
    """The endpoint was made while loopback was allowed; then it is as in production."""
    made = register(user, sink.url)
    secure = register(user, sink.url.replace("http://", "https://"))
    notifier_with(NOTIFIER_ALLOW_LOOPBACK="off")
    event_id = events.vps(user.id, 1)
    events.flush()
    for endpoint in (made, secure):
        deadline = time.monotonic() + 20
        while not any(item["last_error"] for item in deliveries(user, endpoint)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        (entry,) = deliveries(user, endpoint)
        assert (entry["event_id"], entry["status"]) == (event_id, "pending")
        assert entry["last_error"] == "the endpoint's URL is not allowed"
    answer = user.client.post("/webhooks", json={"url": sink.url})
    check(answer, 422, "validation_failed")
    assert sink.received == []


def make_certificate(folder):
    """A certificate for 127.0.0.1 that only itself vouches for."""
    paths = [str(folder / "certificate.pem"), str(folder / "key.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-out", paths[0], "-keyout", paths[1]]
        + ["-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    return paths


def test_only_a_certificate_that_holds_is_spoken_to(
    user, sink_with, events, tmp_path, notifier_with
):
    tls = make_certificate(tmp_path)
    sink = sink_with(tls=tls)
    made = register(user, sink.url)
    event_id = events.vps(user.id, 1)
    events.flush()
    deadline = time.monotonic() + 20
    while "certificate" not in str(deliveries(user, made)):
        assert time.monotonic() < deadline, deliveries(user, made)
        time.sleep(0.05)
    assert sink.received == []
    notifier_with(NOTIFIER_CA_FILE=tls[0])
    (told,) = sink.wait(len)
    assert told.id == event_id
    told.verify(made["secret"])


# ---- secrets


def test_a_rotated_secret_signs_beside_the_new_one(user, sink, events):
    made = register(user, sink.url)
    answer = user.client.post(f"/webhooks/{made['id']}/rotate-secret")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    rotated = answer.json()
    assert rotated["secret"] != made["secret"]
    events.vps(user.id, 1)
    events.flush()
    (told,) = sink.wait(len)
    assert len(told.signatures()) == 2
    told.verify(made["secret"])
    told.verify(rotated["secret"])


def test_a_rotated_secret_ends(user, sink, events, notifier_with):
    notifier_with(NOTIFIER_ROTATION_MS="10")
    made = register(user, sink.url)
    rotated = user.client.post(f"/webhooks/{made['id']}/rotate-secret").json()
    time.sleep(0.05)  # past the 10 ms that were set above
    events.vps(user.id, 1)
    events.flush()
    (told,) = sink.wait(len)
    told.verify(rotated["secret"])
    with pytest.raises(WebhookVerificationError):
        told.verify(made["secret"])


# ---- who dies


def test_no_event_is_lost_when_the_notifier_is_killed_amid_500(stack, user, sink, events):  # INV-6
    register(user, sink.url)
    wanted = [events.vps(user.id, number % 50) for number in range(500)]
    events.flush()
    for share in (50, 200):
        sink.wait(lambda all, share=share: len(all) >= share, 60)
        stack.run("kill", "notifier")
        stack.run("start", "notifier", **QUICK)
    received = sink.wait(lambda all: {item.id for item in all} >= set(wanted), 120)
    # What the user was told of before may come after the endpoint is there.
    repeats = len([item for item in received if item.id in wanted]) - 500
    assert repeats <= 2 * 4  # what was on its way, twice


def test_a_silent_kafka_or_notifier_leaves_the_rest_alone(stack, user):
    stack.run("stop", "notifier")
    try:
        answer = user.client.get("/webhooks")
        check(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
        assert user.client.get("/users/me").status_code == 200
    finally:
        stack.run("start", "notifier", **QUICK)
    assert user.client.get("/webhooks").status_code == 200
