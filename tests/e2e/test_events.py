"""hosting.events: what other teams hear of purchases and servers, through the real broker."""

import datetime
import re

import pytest
from events import Reader
from managed import accepted, finished
from stack import PURCHASE, PURCHASE_CENTS, User, cents, new_key


@pytest.fixture
def reader(stack):
    made = Reader(stack.brokers())
    yield made
    made.close()


def types(events):
    return [event.type.removeprefix("hosting.").removesuffix(".v1") for event in events]


def one(events, type_):
    (found,) = [event for event in events if event.type == f"hosting.{type_}.v1"]
    return found


def test_the_life_of_a_server_is_told_in_order_and_each_step_once(user, reader):
    key = new_key()
    batch_id = user.buy(key).json()["batch_id"]
    assert user.buy(key).headers["Idempotent-Replayed"] == "true"
    (item,) = user.batch(batch_id)["items"]
    server = f"/vps/{item['vps_id']}"
    path = f"{server}/renew"
    assert user.client.post(path, json={"period_months": 1}, headers=new_key()).status_code == 200
    answer = user.client.post(f"{server}/reinstall", json={"os_code": "ubuntu-22"})
    assert finished(user, accepted(answer, "reinstall"))[0] == "completed"
    assert finished(user, accepted(user.client.delete(server), "delete"))[0] == "completed"
    events = reader.of(user.id, until="hosting.vps.deleted.v1")
    assert types(events) == [
        "balance.adjusted",
        "key.issued",
        "checkout.accepted",
        "vps.building",
        "vps.active",
        "checkout.completed",
        "vps.renewed",
        "vps.reinstalled",
        "vps.deleted",
    ]
    assert len({event.id for event in events}) == len(events)
    told = one(events, "checkout.accepted")
    assert (told.subject, told.data.batch_id, told.data.total) == (batch_id, batch_id, 1)
    assert list(told.data.vps_ids) == [item["vps_id"]]
    assert told.data.charged_cents == PURCHASE_CENTS
    for name in ("vps.building", "vps.active"):
        assert one(events, name).data.batch_id == batch_id
    assert one(events, "vps.active").data.address
    assert one(events, "vps.deleted").data.address == ""
    assert {event.subject for event in events if event.type.startswith("hosting.vps.")} == {
        f"vps:{item['vps_id']}"
    }


def test_events_are_cloudevents_in_binary_mode(user, reader):
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {**new_key(), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    user.batch(user.client.post("/vps", json=PURCHASE, headers=headers).json()["batch_id"])
    events = reader.of(user.id, until="hosting.checkout.completed.v1")
    for event in events:
        assert event.headers["ce_specversion"] == "1.0"
        assert event.headers["ce_source"] == "/hosting/billing"
        assert event.headers["content-type"] == "application/protobuf"
        assert re.fullmatch(r"hosting\.[a-z]+\.[a-z]+\.v1", event.type)
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(
            event.headers["ce_time"]
        )
        assert age < datetime.timedelta(minutes=5)
    for name in ("checkout.accepted", "vps.building", "vps.active", "checkout.completed"):
        assert one(events, name).headers["traceparent"].split("-")[1] == trace


def test_a_failed_build_is_told_with_its_refund(stack, user, reader, tmp_path):  # INV-2
    def add(catalog):
        image = "volume:default-pool/absent"
        system = {"code": "broken-2", "name": "Broken", "image": image}
        catalog["os"].append({**system, "min_ram_mb": 0, "min_disk_gb": 0})

    items = [PURCHASE, {**PURCHASE, "os_code": "broken-2"}]
    with stack.catalog_with(add, tmp_path):
        failed = user.buy(os_code="broken-2").json()["batch_id"]
        mixed = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
        user.batch(failed)
        user.batch(mixed.json()["batch_id"])
    ends = ("hosting.checkout.partial.v1", "hosting.checkout.failed.v1")
    events = reader.of(user.id, until=ends)
    assert len([event for event in events if event.type == "hosting.refund.issued.v1"]) == 2
    end = one(events, "checkout.failed")
    assert (end.subject, end.data.failed, end.data.refunded_cents) == (failed, 1, PURCHASE_CENTS)
    end = one(events, "checkout.partial")
    assert end.subject == mixed.json()["batch_id"]
    assert (end.data.total, end.data.succeeded, end.data.failed) == (2, 1, 1)
    assert (end.data.charged_cents, end.data.refunded_cents) == (2 * PURCHASE_CENTS, PURCHASE_CENTS)
    refund = [event for event in events if event.type == "hosting.refund.issued.v1"][-1]
    assert (refund.subject, refund.data.amount_cents) == (f"user:{user.id}", PURCHASE_CENTS)
    rows = user.client.get("/transactions?type=refund").json()["items"]
    assert refund.data.transaction_id in [row["id"] for row in rows]
    lost = [event for event in events if event.type == "hosting.vps.failed.v1"]
    assert all(event.data.error_code for event in lost)


def test_refused_purchases_are_told_to_nobody(stack, reader):
    poor = User(stack, funds="1.00")
    assert poor.buy().status_code == 402
    assert poor.buy(plan_code="vps-x").status_code == 422
    operator = stack.operator()
    operator.delete(f"/admin/keys/{poor.key_id}")
    events = reader.of(poor.id, until="hosting.key.revoked.v1")
    assert types(events) == ["balance.adjusted", "key.issued", "key.revoked"]
    operator.close()


def test_events_can_be_read_again_from_where_one_left_off(stack, user, reader):
    user.batch(user.buy().json()["batch_id"])
    events = reader.of(user.id, until="hosting.checkout.completed.v1")
    accepted_one = one(events, "checkout.accepted")
    again = Reader(stack.brokers(), {accepted_one.partition: accepted_one.offset})
    told = again.of(user.id, until="hosting.checkout.completed.v1")
    again.close()
    assert [event.id for event in told] == [
        event.id for event in events if event.offset >= accepted_one.offset
    ]


def test_no_event_has_a_secret(stack, user, reader, database):  # INV-8
    user.batch(user.buy().json()["batch_id"])
    (vps,) = user.client.get("/vps").json()["items"]
    login = user.client.get(f"/vps/{vps['id']}/credentials").json()
    events = reader.of(user.id, until="hosting.checkout.completed.v1")
    (sealed,) = database.execute(
        "SELECT sealed_password FROM billing.vps WHERE id = %s", [vps["id"]]
    ).fetchone()
    texts = [
        user.key,
        user.signing_secret,
        login["password"],
        stack.settings("gateway")["RPC_TOKEN"],
    ]
    for event in events:
        for secret in [text.encode() for text in texts] + [bytes(sealed)]:
            assert secret not in event.raw


def test_amounts_agree_with_the_wallet(user, reader):
    user.batch(user.buy().json()["batch_id"])
    events = reader.of(user.id, until="hosting.checkout.completed.v1")
    charged = one(events, "checkout.completed").data.charged_cents
    given = one(events, "balance.adjusted").data.amount_cents
    balance = user.client.get(f"/users/{user.id}/balance").json()["balance_usd"]
    assert given - charged == cents(balance)
