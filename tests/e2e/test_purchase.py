"""Buying, from the request to a server that can be logged in to."""

import concurrent.futures
import json
import secrets
import threading
import time

import psycopg
import pytest
from stack import PURCHASE, PURCHASE_CENTS, cents, new_key


def test_a_purchase_ends_in_an_active_server_with_a_password(user):
    bought = user.buy(plan_code="vps-2", os_code="ubuntu-22", period_months=3)
    batch_id = bought.json()["batch_id"]
    assert (bought.status_code, bought.json()) == (
        202,
        {"batch_id": batch_id, "accepted": 1, "status": "pending"},
    )
    assert bought.headers["Location"] == f"/hosting/api/v1/batches/{batch_id}"

    batch = user.batch(batch_id)
    (item,) = batch["items"]
    assert (batch["status"], batch["succeeded"], batch["failed"]) == ("completed", 1, 0)
    assert (item["status"], item["progress"], item["charged_usd"]) == ("active", 100, "28.61")
    assert item["refunded_usd"] == "0.00"
    assert item["error"] is None

    card = user.client.get(f"/vps/{item['vps_id']}").json()
    assert (card["status"], card["power_state"]) == ("active", "running")
    credentials = user.client.get(f"/vps/{item['vps_id']}/credentials")
    assert credentials.headers["Cache-Control"] == "no-store"
    login = credentials.json()
    assert (login["vps_id"], login["ip"], login["login"]) == (item["vps_id"], card["ip"], "root")
    assert len(login["password"]) >= 22  # 128 bits in base62
    assert user.balance() == 100000 - 2861


def test_a_replay_is_the_same_bytes_and_charges_once(user):  # INV-3
    key = new_key()
    first, again = user.buy(key), user.buy(key)
    assert again.status_code == first.status_code == 202
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert user.balance() == 100000 - PURCHASE_CENTS


def test_members_in_another_order_are_the_same_request(user):
    key = new_key()
    first = user.buy(key)
    turned = json.dumps(dict(reversed(PURCHASE.items())), indent=2)
    headers = {**key, "Content-Type": "application/json"}
    again = user.client.post("/vps", content=turned, headers=headers)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_refusal_is_replayed_too(user):
    user.buy(plan_code="vps-8", period_months=3)
    key = new_key()
    first = user.buy(key, plan_code="vps-8", period_months=12, os_code="windows-2022")
    second = user.buy(key, plan_code="vps-8", period_months=12, os_code="windows-2022")
    assert second.status_code == first.status_code
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_key_with_another_request_is_a_mismatch(user, unmoved):
    key = new_key()
    user.buy(key)
    with unmoved(user.id):
        answer = user.buy(key, plan_code="vps-4")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


def test_two_users_may_use_the_same_key(user, other):
    key = new_key()
    first, second = user.buy(key), other.buy(key)
    assert first.status_code == second.status_code == 202
    assert first.json()["batch_id"] != second.json()["batch_id"]


def test_forty_racing_requests_end_in_one_charge(user, money):  # INV-3
    key = new_key()
    gate = threading.Barrier(40)

    def attempt():
        gate.wait()
        return user.buy(key)

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = [future.result() for future in [pool.submit(attempt) for _ in range(40)]]
    settled = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in settled}) == 1
    assert user.balance() == 100000 - PURCHASE_CENTS
    assert money(user.id)[2] == 1


def test_a_key_in_work_is_a_conflict_with_retry_after(stack, user):
    """The wallet's row is held, so the first request can't be settled yet."""
    key = new_key()
    with (
        psycopg.connect(stack.settings("billing")["BILLING_DATABASE"]) as holder,
        concurrent.futures.ThreadPoolExecutor(2) as pool,
    ):
        holder.execute("SELECT 1 FROM billing.accounts WHERE id = %s FOR UPDATE", [user.id])
        both = [pool.submit(user.buy, key) for _ in range(2)]
        conflict = next(concurrent.futures.as_completed(both)).result()
        holder.rollback()
    assert (conflict.status_code, conflict.json()["code"]) == (409, "idempotency_in_progress")
    assert int(conflict.headers["Retry-After"]) >= 1
    assert sorted(future.result().status_code for future in both) == [202, 409]
    assert user.buy(key).headers["Idempotent-Replayed"] == "true"
    assert user.balance() == 100000 - PURCHASE_CENTS


def test_a_poor_wallet_is_told_what_is_missing(user, unmoved):
    for _ in range(2):  # 40.16 × 12 × 0.85 = 409.63 each
        assert user.buy(plan_code="vps-8", period_months=12).status_code == 202
    with unmoved(user.id):
        answer = user.buy(plan_code="vps-8", period_months=12)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (402, "insufficient_funds")
    assert cents(body["required_usd"]) == 40963
    assert cents(body["balance_usd"]) == 100000 - 2 * 40963
    assert cents(body["shortfall_usd"]) == 3 * 40963 - 100000


def test_a_bulk_buys_what_is_valid_and_names_what_is_not(user):
    items = [PURCHASE, {**PURCHASE, "plan_code": "vps-x"}, {**PURCHASE, "location_code": "nl"}]
    answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    body = answer.json()
    assert (answer.status_code, body["accepted"], body["status"]) == (202, 2, "pending")
    assert [(row["index"], row["code"]) for row in body["rejected"]] == [(1, "unknown_plan")]
    batch = user.batch(body["batch_id"])
    assert (batch["status"], batch["total"], batch["succeeded"]) == ("completed", 2, 2)
    assert user.balance() == 100000 - 2 * PURCHASE_CENTS


def test_a_bulk_is_charged_all_or_none(user, unmoved):
    items = [{**PURCHASE, "plan_code": "vps-8", "period_months": 12}] * 3
    with unmoved(user.id):
        answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    assert (answer.status_code, answer.json()["required_usd"]) == (402, "1228.89")


def test_a_bulk_with_nothing_valid_is_refused(user, unmoved):
    items = [{**PURCHASE, "plan_code": "vps-x"}]
    with unmoved(user.id):
        answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")


def test_a_bulk_over_a_hundred_is_too_many(user, unmoved):
    with unmoved(user.id):
        body = {"items": [PURCHASE] * 101}
        answer = user.client.post("/vps/buy:bulk", json=body, headers=new_key())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "too_many_items"


def test_an_operator_buys_for_a_user_it_names(stack, operator, user):
    nobody = operator.post("/vps", json=PURCHASE, headers=new_key())
    assert nobody.status_code == 422
    assert nobody.json()["errors"][0]["code"] == "user_id_required"
    named = operator.post("/vps", json={**PURCHASE, "user_id": user.id}, headers=new_key())
    assert named.status_code == 202
    assert user.balance() == 100000 - PURCHASE_CENTS


@pytest.fixture
def small_location(stack, tmp_path):
    """A location that has room for three of the smallest plan, and no worker."""
    code = "t" + secrets.token_hex(4)
    number = secrets.randbelow(1 << 16)
    pool = {
        "first_address": f"172.{16 + number % 16}.{number >> 8}.0",
        "size": 200,
        "gateway": "172.16.0.1",
        "prefix_length": 12,
    }
    node = {"name": code, "uri": "test:///default", "vcpu": 3, "ram_mb": 4096, "disk_gb": 100}
    location = {"code": code, "name": "Small", "nodes": [node], "pools": [pool]}
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"locations": [location]}))

    def add(catalog):
        catalog["locations"].append({"code": code, "name": "Small"})

    with stack.catalog_with(add, tmp_path):
        stack.run("billing", "load-inventory", str(path))
        yield code


def test_a_location_is_never_oversold(user, small_location, unmoved):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: user.buy(location_code=small_location), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [409] * 5
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"sold_out"}
    assert user.balance() == 100000 - 3 * PURCHASE_CENTS
    with unmoved(user.id):
        assert user.buy(location_code=small_location).json()["code"] == "sold_out"


def test_a_stream_ends_when_its_key_is_revoked(user, small_location, operator):
    """Nobody builds there, so by itself the stream would go on for ten minutes."""
    path = f"/batches/{user.buy(location_code=small_location).json()['batch_id']}"
    deadline = time.monotonic() + 10
    with user.client.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: batch"
        assert operator.delete(f"/admin/keys/{user.key_id}").status_code == 200
        for _ in lines:
            assert time.monotonic() < deadline
    assert time.monotonic() < deadline


def test_a_build_that_fails_is_refunded_with_the_reason(stack, user, tmp_path, database):  # INV-2
    def add(catalog):
        image = "volume:default-pool/absent"
        system = {"code": "broken-1", "name": "Broken", "image": image}
        catalog["os"].append({**system, "min_ram_mb": 0, "min_disk_gb": 0})

    with stack.catalog_with(add, tmp_path):
        batch = user.batch(user.buy(os_code="broken-1").json()["batch_id"])
    (item,) = batch["items"]
    assert (batch["status"], item["status"]) == ("failed", "failed")
    assert item["refunded_usd"] == item["charged_usd"] == "5.02"
    assert item["error"]["code"]
    assert user.balance() == 100000
    kinds = [row["type"] for row in user.client.get("/transactions").json()["items"]]
    assert kinds == ["refund", "purchase", "adjustment"]
    assert user.client.get(f"/vps/{item['vps_id']}").json()["status"] == "failed"
