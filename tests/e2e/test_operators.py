"""The log of what operators did, and what other teams hear of it."""

import time
import uuid

import confluent_kafka
import psycopg
import pytest
from acts import acts, ban
from stack import PURCHASE, User, check, new_key


def test_the_log_has_each_act_with_who_when_whom_and_why(stack, operator):
    made = User(stack)
    ban(operator, made.id, reason="fraud")
    ban(operator, made.id, banned=False, reason="a mistake")
    headers = {"X-Request-Id": "operators-own-id-1", **new_key()}
    fine = {"amount_usd": "-5.00", "reason": "a fine"}
    path = f"/admin/users/{made.id}/balance"
    fined = operator.post(path, json=fine, headers=headers).json()
    bought = operator.post("/vps", json={**PURCHASE, "user_id": made.id}, headers=new_key())
    operator.delete(f"/admin/keys/{made.key_id}")

    rows = acts(operator, user_id=made.id)
    key_id = operator.get("/users/me").json()["principal"]["key_id"]
    assert {row["key_id"] for row in rows} == {key_id}
    assert all(set(row) == set(rows[0]) for row in rows)
    assert list(rows[0]) == [
        "id",
        "at",
        "key_id",
        "action",
        "user_id",
        "target",
        "reason",
        "request_id",
    ]
    assert [(row["action"], row["target"], row["reason"]) for row in rows] == [
        ("revoke_key", f"key:{made.key_id}", None),
        ("purchase", bought.json()["batch_id"], None),
        ("adjust_balance", f"transaction:{fined['transaction_id']}", "a fine"),
        ("unban_user", None, "a mistake"),
        ("ban_user", None, "fraud"),
        ("issue_key", f"key:{made.key_id}", None),
        ("adjust_balance", rows[6]["target"], "test"),
        ("create_user", f"user:{made.id}", None),
    ]
    assert rows[2]["request_id"] == "operators-own-id-1"


def test_the_log_keeps_what_was_done_and_not_what_was_tried(operator, user, other):
    key = new_key()
    path = f"/admin/users/{user.id}/balance"
    body = {"amount_usd": "1.00", "reason": "once"}
    for _ in range(3):
        assert operator.post(path, json=body, headers=key).status_code == 200
    check(
        operator.post(path, json={**body, "amount_usd": "0.00"}, headers=new_key()),
        422,
        "validation_failed",
    )
    assert other.buy().status_code == 202
    assert len(acts(operator, user_id=user.id, action="adjust_balance")) == 2  # its funds and this
    assert not acts(operator, user_id=other.id, action="purchase")


def test_the_log_is_filtered_and_paged(operator, user):
    ban(operator, user.id)
    ban(operator, user.id, banned=False)
    everything = acts(operator, user_id=user.id)
    first = operator.get("/admin/log", params={"user_id": user.id, "limit": 2})
    assert 'rel="next"' in first.headers["Link"]
    parameters = {"user_id": user.id, "limit": 200, "cursor": first.json()["next_cursor"]}
    rest = operator.get("/admin/log", params=parameters).json()
    assert first.json()["items"] + rest["items"] == everything
    ids = [row["id"] for row in everything]
    assert ids == sorted(ids, reverse=True)
    assert [row["action"] for row in acts(operator, action="ban_user", user_id=user.id)] == [
        "ban_user"
    ]
    assert not acts(operator, user_id=user.id, to="2020-01-01T00:00:00Z")
    assert acts(operator, user_id=user.id, **{"from": everything[-1]["at"]}) == everything
    assert not acts(operator, user_id=user.id, key_id=999999999)
    for query in ("key_id=0", "key_id=x", "from=then", "action=A%20B", "colour=red"):
        assert operator.get(f"/admin/log?{query}").status_code == 400, query


def test_the_log_is_for_operators(buyer):
    check(buyer.client.get("/admin/log"), 403, "forbidden_scope")


def test_what_was_done_on_the_command_line_is_in_the_log(operator):
    rows = [
        row
        for action in ("load_catalog", "load_inventory", "create_operator_key")
        for row in acts(operator, action=action)
    ]
    assert {row["action"] for row in rows} == {
        "load_catalog",
        "load_inventory",
        "create_operator_key",
    }
    assert all(row["key_id"] is None and row["target"] for row in rows)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE billing.operator_log SET reason = 'another'",
        "DELETE FROM billing.operator_log",
        "TRUNCATE billing.operator_log",
    ],
)
def test_the_log_can_not_be_rewritten(stack, database, change):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.execute(change)
    owner = psycopg.connect(stack.settings("billing")["BILLING_OWNER_DATABASE"])
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(change)
    owner.close()


# ---- what other teams hear


def events(stack, subjects, wanted, wait=20):
    """The events about these subjects, as (type, key, subject), once there are `wanted` of them."""
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": stack.brokers(),
            "group.id": str(uuid.uuid4()),
            "auto.offset.reset": "earliest",
        }
    )
    partitions = consumer.list_topics("hosting.events", timeout=10).topics["hosting.events"]
    consumer.assign(
        [
            confluent_kafka.TopicPartition("hosting.events", number, 0)
            for number in partitions.partitions
        ]
    )
    found, deadline = [], time.monotonic() + wait
    while len(found) < wanted and time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None or message.error():
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        if headers["ce_subject"] in subjects:
            found.append((headers["ce_type"], int(message.key()), headers["ce_subject"]))
    consumer.close()
    return found


def test_what_operators_do_is_told_in_order(stack, operator):
    made = User(stack, funds="5.00")
    ban(operator, made.id)
    ban(operator, made.id)
    ban(operator, made.id, banned=False)
    operator.delete(f"/admin/keys/{made.key_id}")
    operator.delete(f"/admin/keys/{made.key_id}")
    user, key = f"user:{made.id}", f"key:{made.key_id}"
    assert events(stack, {user, key}, 5) == [
        ("hosting.balance.adjusted.v1", made.id, user),
        ("hosting.key.issued.v1", made.id, key),
        ("hosting.user.banned.v1", made.id, user),
        ("hosting.user.unbanned.v1", made.id, user),
        ("hosting.key.revoked.v1", made.id, key),
    ]
