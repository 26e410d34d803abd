"""Renewing servers, asking for many at once, and what the end of a period does."""

import time

import httpx
import pytest
from stack import User, new_key

RENEWAL = {"period_months": 1}
RENEWAL_CENTS = 502


@pytest.fixture
def server(user):
    """A server of the user's, active: its id."""
    return buy_server(user)


def buy_server(user):
    return user.batch(user.buy().json()["batch_id"])["items"][0]["vps_id"]


def renew(user, vps_id, key=None, **changes):
    body = {**RENEWAL, **changes}
    return user.client.post(f"/vps/{vps_id}/renew", json=body, headers=key or new_key())


def renew_bulk(user, *wishes):
    items = [{"vps_id": vps_id, "period_months": months} for vps_id, months in wishes]
    return user.client.post("/vps/renew:bulk", json={"items": items}, headers=new_key())


def card(user, vps_id):
    return user.client.get(f"/vps/{vps_id}").json()


def set_row(database, vps_id, assignments):
    database.execute(f"UPDATE billing.vps SET {assignments} WHERE id = %s", [vps_id])


def await_status(user, vps_id, status):
    deadline = time.monotonic() + 20
    while card(user, vps_id)["status"] != status:
        assert time.monotonic() < deadline, card(user, vps_id)
        time.sleep(0.05)


def check(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


# ---- one


def test_a_renewal_is_charged_and_moves_the_end_by_calendar_months(user, server, database):
    before = card(user, server)["expires_at"]
    answer = renew(user, server, period_months=3)
    end = database.execute(
        "SELECT to_char((expires_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        " FROM billing.vps WHERE id = %s",
        [server],
    ).fetchone()[0]
    assert answer.status_code == 200
    assert list(answer.json()) == ["vps_id", "charged_usd", "expires_at"]
    assert answer.json() == {"vps_id": server, "charged_usd": "14.31", "expires_at": end}
    assert card(user, server)["expires_at"] == end > before
    assert user.balance() == 100000 - 502 - 1431  # 5.02 × 3 × 0.95 = 14.307
    (row,) = user.client.get("/transactions", params={"type": "renewal"}).json()["items"]
    assert (row["amount_usd"], row["vps_id"], row["status"]) == ("-14.31", server, "completed")


def test_a_replayed_renewal_is_the_same_bytes_and_charges_once(user, server):  # INV-3
    key = new_key()
    first, again = renew(user, server, key), renew(user, server, key)
    assert again.status_code == first.status_code == 200
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert user.balance() == 100000 - 502 - RENEWAL_CENTS


def test_the_key_of_one_renewal_is_no_key_for_another(user, server, unmoved):
    other = buy_server(user)
    key = new_key()
    assert renew(user, server, key).status_code == 200
    with unmoved(user.id):
        check(renew(user, other, key), 422, "idempotency_mismatch")
        check(renew(user, server, key, period_months=3), 422, "idempotency_mismatch")


@pytest.mark.parametrize("status", ["deleting", "deleted", "failed", "building", "pending"])
def test_what_does_not_stand_is_not_renewed(user, server, database, unmoved, status):
    set_row(database, server, f"status = '{status}'")
    with unmoved(user.id):
        body = check(renew(user, server), 409, "state_conflict")
    set_row(database, server, "status = 'active'")
    assert status in body["detail"] or "being built" in body["detail"]


def test_a_wrong_period_is_a_field_error(user, server, unmoved):
    with unmoved(user.id):
        for months in (2, 0, -1, 1 << 40):
            body = check(renew(user, server, period_months=months), 422, "validation_failed")
            assert [(row["pointer"], row["code"]) for row in body["errors"]] == [
                ("/period_months", "unknown_period")
            ]
        check(renew(user, server, period_months="3"), 400, "invalid_request")
        check(renew(user, server, period_month=3), 400, "invalid_request")


def test_a_server_of_another_user_can_not_be_told_from_none(user, other, server, unmoved):
    with unmoved(user.id, other.id):
        theirs = check(renew(other, server), 404, "not_found")
        absent = check(renew(other, 999999999), 404, "not_found")
        no_id = check(renew(other, 0), 404, "not_found")
        named = check(renew(other, server, user_id=user.id), 404, "not_found")
    for body in (theirs, absent, no_id, named):
        del body["request_id"]
    assert theirs == absent == no_id == named


def test_a_poor_wallet_renews_nothing(user, server, operator, unmoved):
    body = {"amount_usd": "-990.00", "reason": "test"}
    path = f"/admin/users/{user.id}/balance"
    operator.post(path, json=body, headers=new_key()).raise_for_status()
    with unmoved(user.id):
        answer = check(renew(user, server, period_months=3), 402, "insufficient_funds")
    assert (answer["required_usd"], answer["balance_usd"], answer["shortfall_usd"]) == (
        "14.31",
        "4.98",
        "9.33",
    )


# ---- who may


def test_an_operator_renews_for_a_user_it_names(operator, user, server, unmoved):
    path = f"/vps/{server}/renew"
    with unmoved(user.id):
        nobody = operator.post(path, json=RENEWAL, headers=new_key())
        wrong = operator.post(path, json={"period_months": "x"}, headers=new_key())
    assert check(nobody, 422, "validation_failed")["errors"][0]["code"] == "user_id_required"
    assert {row["code"] for row in check(wrong, 400, "invalid_request")["errors"]} == {
        "wrong_type",
        "user_id_required",
    }
    named = {**RENEWAL, "user_id": user.id}
    assert operator.post(path, json=named, headers=new_key()).status_code == 200
    by_query = operator.post(f"{path}?user_id={user.id}", json=RENEWAL, headers=new_key())
    assert by_query.status_code == 200
    items = [{"vps_id": server, "period_months": 1}]
    body = {"items": items, "user_id": user.id}
    bulk = operator.post("/vps/renew:bulk", json=body, headers=new_key())
    assert bulk.json()["succeeded"] == 1
    assert user.balance() == 100000 - 4 * 502


def test_an_operator_does_not_renew_one_users_server_for_another(operator, user, other, server):
    named = {**RENEWAL, "user_id": other.id}
    answer = operator.post(f"/vps/{server}/renew", json=named, headers=new_key())
    check(answer, 404, "not_found")
    assert other.balance() == 100000


def test_a_banned_user_looks_but_does_not_renew(user, server, database, unmoved):
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    with unmoved(user.id):
        check(renew(user, server), 403, "user_banned")
        check(renew_bulk(user, (server, 1)), 403, "user_banned")
    assert user.client.post("/vps/status:bulk", json={"vps_ids": [server]}).status_code == 200


def test_renewals_need_the_scope_the_switch_and_a_key(stack, user, server, gateway_with, unmoved):
    bulk = {"items": [{"vps_id": server, "period_months": 1}]}
    routes = [(f"/vps/{server}/renew", RENEWAL), ("/vps/renew:bulk", bulk)]
    reader = User(stack, scopes=["vps:read", "vps:write"])
    url = gateway_with(API_MONEY_ENABLED="off")
    with unmoved(user.id, reader.id), stack.client(user.key, url) as switched_off:
        for path, body in routes:
            check(reader.client.post(path, json=body, headers=new_key()), 403, "forbidden_scope")
            check(switched_off.post(path, json=body, headers=new_key()), 403, "money_disabled")
            check(user.client.post(path, json=body), 400, "idempotency_key_required")
            short = {"Idempotency-Key": "short"}
            check(user.client.post(path, json=body, headers=short), 400, "idempotency_key_invalid")
        ids = {"vps_ids": [server]}
        assert switched_off.post("/vps/status:bulk", json=ids).json()["succeeded"] == 1
    reader.client.close()


# ---- many


def test_a_bulk_renewal_tells_of_each_item_in_order(user, other, server):
    theirs = buy_server(other)
    answer = renew_bulk(user, (server, 1), (999999999, 1), (server, 3), (theirs, 1), (server, 5))
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["results", "succeeded", "failed"]
    assert (body["succeeded"], body["failed"]) == (2, 3)
    assert [row["index"] for row in body["results"]] == [0, 1, 2, 3, 4]
    assert [row["vps_id"] for row in body["results"]] == [
        server,
        999999999,
        server,
        theirs,
        server,
    ]
    made = [row["data"] for row in body["results"] if row["ok"]]
    assert [row["charged_usd"] for row in made] == ["5.02", "14.31"]
    assert card(user, server)["expires_at"] == made[1]["expires_at"] > made[0]["expires_at"]
    codes = [row["error"]["code"] for row in body["results"] if not row["ok"]]
    assert codes == ["not_found", "not_found", "unknown_period"]
    assert user.balance() == 100000 - 502 - 502 - 1431
    assert other.balance() == 100000 - 502


def test_a_replayed_bulk_renewal_charges_once(user, server):  # INV-3
    key, body = new_key(), {"items": [{"vps_id": server, "period_months": 1}] * 2}
    first = user.client.post("/vps/renew:bulk", json=body, headers=key)
    again = user.client.post("/vps/renew:bulk", json=body, headers=key)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert user.balance() == 100000 - 3 * 502


def test_funds_that_run_out_midway_let_cheaper_items_through(user, operator, database):  # INV-4
    first, second, third = (buy_server(user) for _ in range(3))
    body = {"amount_usd": "-969.00", "reason": "test"}
    path = f"/admin/users/{user.id}/balance"
    operator.post(path, json=body, headers=new_key()).raise_for_status()
    answer = renew_bulk(user, (first, 1), (second, 3), (third, 1)).json()  # 15.94 is left
    assert [row["ok"] for row in answer["results"]] == [True, False, True]
    error = answer["results"][1]["error"]
    assert error["code"] == "insufficient_funds"
    assert "10.92" in error["detail"]
    assert user.balance() == 1594 - 2 * 502


@pytest.mark.parametrize(("count", "code"), [(0, "out_of_range"), (101, "too_many_items")])
def test_a_bulk_renewal_has_1_to_100_items(user, unmoved, count, code):
    with unmoved(user.id):
        body = check(renew_bulk(user, *[(1, 1)] * count), 422, "validation_failed")
    assert [(row["pointer"], row["code"]) for row in body["errors"]] == [("/items", code)]


def test_all_wrong_fields_of_a_bulk_renewal_are_told_at_once(buyer, unmoved):
    items = [{"vps_id": 0, "period_months": 1}, {"vps_id": "1"}, 7, {"vps_id": 1, "months": 1}]
    with unmoved(buyer.id):
        answer = buyer.client.post("/vps/renew:bulk", json={"items": items}, headers=new_key())
    rows = check(answer, 400, "invalid_request")["errors"]
    assert {(row["pointer"], row["code"]) for row in rows} == {
        ("/items/0/vps_id", "out_of_range"),
        ("/items/1/vps_id", "wrong_type"),
        ("/items/1/period_months", "required"),
        ("/items/2", "wrong_type"),
        ("/items/3/period_months", "required"),
        ("/items/3/months", "unknown_member"),
    }


def test_the_status_of_many_is_their_cards_in_order(user, other, server):
    theirs = buy_server(other)
    ids = [server, theirs, 999999999, server]
    answer = user.client.post("/vps/status:bulk", json={"vps_ids": ids})
    body = answer.json()
    assert (answer.status_code, body["succeeded"], body["failed"]) == (200, 2, 2)
    assert [(row["index"], row["vps_id"]) for row in body["results"]] == list(enumerate(ids))
    assert body["results"][0]["data"] == body["results"][3]["data"] == card(user, server)
    assert body["results"][1]["error"] == body["results"][2]["error"]
    assert body["results"][1]["error"]["code"] == "not_found"


def test_an_operator_sees_the_status_of_every_users_servers(operator, user, other, server):
    theirs = buy_server(other)
    body = operator.post("/vps/status:bulk", json={"vps_ids": [server, theirs]}).json()
    assert [row["data"]["user_id"] for row in body["results"]] == [user.id, other.id]


def test_the_status_of_a_thousand_is_told_and_of_one_more_is_not(user, server):
    ids = [server, *range(900000000, 900000999)]
    answer = user.client.post("/vps/status:bulk", json={"vps_ids": ids})
    assert (answer.status_code, answer.json()["succeeded"], answer.json()["failed"]) == (
        200,
        1,
        999,
    )
    for wrong, code in ((ids + [1], "too_many_items"), ([], "out_of_range")):
        answer = user.client.post("/vps/status:bulk", json={"vps_ids": wrong})
        rows = check(answer, 422, "validation_failed")["errors"]
        assert [(row["pointer"], row["code"]) for row in rows] == [("/vps_ids", code)]
    answer = user.client.post("/vps/status:bulk", json={"vps_ids": [0, "7", 1.5]})
    rows = check(answer, 400, "invalid_request")["errors"]
    assert [row["pointer"] for row in rows] == ["/vps_ids/0", "/vps_ids/1", "/vps_ids/2"]


def test_the_status_of_many_needs_the_scope(stack):
    buyer = User(stack, scopes=["vps:buy", "vps:write"])
    answer = buyer.client.post("/vps/status:bulk", json={"vps_ids": [1]})
    check(answer, 403, "forbidden_scope")
    buyer.client.close()


# ---- time


def test_an_unpaid_server_is_suspended_and_a_renewal_brings_it_back(user, server, database):
    orders = "SELECT action::text FROM billing.operations WHERE vps_id = %s ORDER BY sequence"
    set_row(database, server, "expires_at = now(), due_at = now()")
    await_status(user, server, "suspended")
    assert database.execute(orders, [server]).fetchall() == [("stop",)]
    assert renew(user, server).status_code == 200
    assert card(user, server)["status"] == "active"
    assert database.execute(orders, [server]).fetchall() == [("stop",), ("start",)]
    assert user.balance() == 100000 - 2 * 502


def test_a_server_that_nobody_renews_is_deleted_after_the_grace_period(user, server, database):
    set_row(database, server, "expires_at = now() - interval '8 days', due_at = now()")
    await_status(user, server, "suspended")
    still = "SELECT due_at > now() + interval '6 days' FROM billing.vps WHERE id = %s"
    assert database.execute(still, [server]).fetchone() == (True,)
    set_row(database, server, "due_at = now()")
    gone = "SELECT count(*) FROM billing.operations WHERE vps_id = %s AND action = 'delete'"
    deadline = time.monotonic() + 20
    while database.execute(gone, [server]).fetchone() != (1,):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert card(user, server)["status"] in ("deleting", "deleted")


def test_the_gateway_can_not_let_time_pass(stack, user, server, database):
    """A command of billing's own, as the gateway would send it: AdvanceVps is field 20."""
    settings = stack.settings("billing")
    look = "SELECT due_at FROM billing.vps WHERE id = %s"
    set_row(database, server, "due_at = now() + interval '1 hour', expires_at = now()")
    due_at = database.execute(look, [server]).fetchone()
    advance = b"\x08" + varint(server)
    command = b"\xa2\x01" + varint(len(advance)) + advance
    answer = httpx.post(
        f"http://127.0.0.1:{settings['BILLING_PORT']}/rpc/commands",
        content=b"\x0a" + varint(len(command)) + command,
        headers={
            "Authorization": f"Bearer {settings['RPC_TOKEN']}",
            "Content-Type": "application/x-protobuf",
        },
    )
    assert answer.status_code == 200
    assert b'"code":"invalid_request"' in answer.content
    assert database.execute(look, [server]).fetchone() == due_at
    assert card(user, server)["status"] == "active"


def varint(number):
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def test_the_books_balance_after_renewals(operator):  # INV-1
    assert operator.get("/admin/audit").json()["balanced"] is True
