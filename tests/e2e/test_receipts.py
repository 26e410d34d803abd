"""Receipts, and the chain of hashes that they are links of."""

import json
import re

import psycopg
import pytest
from chain import hash_of_receipt, walk
from events import Reader
from stack import PURCHASE, check, new_key


def receipt(user, batch_id):
    answer = user.client.get(f"/batches/{batch_id}/receipt")
    assert answer.status_code == 200, answer.text
    return answer.json()


def audit(stack):
    """What `billing audit --chain` prints; ./run fails when its status is not 0."""
    return json.loads(stack.run("billing", "audit", "--chain"))


@pytest.fixture
def owner(stack):
    with psycopg.connect(
        stack.settings("billing")["BILLING_OWNER_DATABASE"], autocommit=True
    ) as connection:
        yield connection


def test_a_receipt_has_the_charge_the_capture_the_machine_and_the_events(
    stack, user, database, virsh
):
    batch_id = user.buy().json()["batch_id"]
    (bought,) = user.batch(batch_id)["items"]
    body = receipt(user, batch_id)
    (item,) = body["items"]
    assert (body["batch_id"], body["user_id"]) == (batch_id, user.id)
    assert (item["vps_id"], item["status"]) == (bought["vps_id"], "active")
    assert item["machine_uuid"] in virsh("list", "--all", "--uuid")
    charge, settlement = item["charge"], item["settlement"]
    assert (charge["type"], settlement["type"]) == ("purchase", "capture")
    assert charge["amount_usd"] == settlement["amount_usd"] == "5.02"
    assert (charge["debit_account"], charge["user_id"]) == (user.id, user.id)
    assert max(charge["credit_account"], settlement["debit_account"]) < 0
    assert (settlement["user_id"], settlement["balance_after_usd"]) == (None, None)
    rows = user.client.get("/transactions").json()["items"]
    assert charge["transaction_id"] in [row["id"] for row in rows]
    reader = Reader(stack.brokers())
    told = reader.of(user.id, until="hosting.checkout.completed.v1")
    reader.close()
    named = body["events"] + item["events"]
    assert {event["id"] for event in named} <= {event.id for event in told}
    assert [event["type"] for event in named] == [
        "hosting.checkout.accepted.v1",
        "hosting.checkout.completed.v1",
        "hosting.vps.active.v1",
    ]
    assert {event["outbox_id"] for event in named} == {charge["outbox_id"], settlement["outbox_id"]}


def test_the_hashes_of_a_receipt_can_be_recomputed(user):
    items = [PURCHASE, {**PURCHASE, "plan_code": "vps-2"}]
    answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    batch_id = answer.json()["batch_id"]
    user.batch(batch_id)
    hashes = set()
    for item in receipt(user, batch_id)["items"]:
        for transfer in (item["charge"], item["settlement"]):
            expected = hash_of_receipt(transfer, item["vps_id"], batch_id)
            assert transfer["chain"]["hash"] == expected
            hashes.add(expected)
    assert len(hashes) == 4


def test_a_refund_stands_in_the_receipt_with_its_reason(stack, user, tmp_path):  # INV-2
    def add(catalog):
        image = "volume:default-pool/absent"
        system = {"code": "broken-3", "name": "Broken", "image": image}
        catalog["os"].append({**system, "min_ram_mb": 0, "min_disk_gb": 0})

    with stack.catalog_with(add, tmp_path):
        batch_id = user.buy(os_code="broken-3").json()["batch_id"]
        user.batch(batch_id)
    body = receipt(user, batch_id)
    (item,) = body["items"]
    assert (item["status"], item["machine_uuid"]) == ("failed", None)
    assert item["settlement"]["type"] == "refund"
    assert item["settlement"]["credit_account"] == user.id
    assert item["settlement"]["reason"]
    assert [event["type"] for event in item["events"]] == [
        "hosting.vps.failed.v1",
        "hosting.refund.issued.v1",
    ]
    refund = item["settlement"]["transaction_id"]
    assert item["events"][1]["id"] == f"refund-issued-{refund}"
    assert body["events"][1]["type"] == "hosting.checkout.failed.v1"


def test_a_purchase_in_work_has_no_settlement_yet(user, held_workers):
    with held_workers:
        batch_id = user.buy().json()["batch_id"]
        (item,) = receipt(user, batch_id)["items"]
        assert (item["settlement"], item["machine_uuid"], item["events"]) == (None, None, [])
        assert item["charge"]["amount_usd"] == "5.02"
    user.batch(batch_id)


def test_only_checkouts_have_receipts_and_only_their_owner_sees_them(user, other, operator, vps):
    batch_id = user.buy().json()["batch_id"]
    check(other.client.get(f"/batches/{batch_id}/receipt"), 404, "not_found")
    assert operator.get(f"/batches/{batch_id}/receipt").json()["user_id"] == user.id
    user.batch(batch_id)
    answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
    reinstall = answer.json()["batch_id"]
    user.batch(reinstall)
    for name in (reinstall, "checkout:999999999", f"power:{batch_id.split(':')[1]}", "nonsense"):
        check(user.client.get(f"/batches/{name}/receipt"), 404, "not_found")


def test_every_chain_can_be_walked_from_its_beginning_to_its_end(stack, user, database):
    user.batch(user.buy().json()["batch_id"])
    report = audit(stack)
    assert (report["intact"], report["first_bad"], report["outside"]) == (True, None, 0)
    assert report["transfers"] > 0
    for end in report["ends"]:
        index, last = walk(database, end["shard"])
        # Others may have bought since.
        assert index >= end["index"]
        if index == end["index"]:
            assert last.hex() == end["hash"]


def test_a_transfer_that_was_changed_by_hand_is_found_and_named(stack, user, owner):
    batch_id = user.buy().json()["batch_id"]
    user.batch(batch_id)
    (item,) = receipt(user, batch_id)["items"]
    changed = item["charge"]["transaction_id"]
    off = "ALTER TABLE billing.transfers {} TRIGGER transfers_are_append_only"
    update = "UPDATE billing.transfers SET amount_cents = amount_cents {} 1 WHERE id = %s"
    owner.execute(off.format("DISABLE"))
    try:
        owner.execute(update.format("+"), [changed])
        with pytest.raises(RuntimeError) as caught:
            audit(stack)
    finally:
        owner.execute(update.format("-"), [changed])
        owner.execute(off.format("ENABLE"))
    found = json.loads(re.search(r"\{.*\}", str(caught.value)).group())
    assert found["intact"] is False
    assert found["first_bad"] == {
        "what": "changed",
        "shard": item["charge"]["chain"]["shard"],
        "index": item["charge"]["chain"]["index"],
        "transaction_id": changed,
    }
    assert audit(stack)["intact"] is True
