"""Bans: within a second, at every gateway, for every write."""

import contextlib
import time

import pytest
from acts import acts, ban, within_a_second
from stack import PURCHASE, check, new_key


@pytest.fixture
def clients(stack, user, gateways):
    """The user's key at each gateway, cached there already."""
    with contextlib.ExitStack() as open_clients:
        made = [open_clients.enter_context(stack.client(user.key, url)) for url in gateways]
        for client in made:
            assert client.get("/users/me").status_code == 200
        yield made


def await_hearing(stack, gateways):
    deadline = time.monotonic() + 15
    with contextlib.closing(stack.redis()) as redis:
        while redis.pubsub_numsub("keys")[0][1] < gateways:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_ban_reaches_every_gateway_within_a_second_and_so_does_its_end(operator, user, clients):
    answer = ban(operator, user.id)
    assert (answer.status_code, answer.json()) == (200, {"user_id": user.id, "is_banned": True})
    for client in clients:
        within_a_second(lambda c=client: c.post("/vps", json={}).status_code == 403)
        check(client.post("/vps", json=PURCHASE, headers=new_key()), 403, "user_banned")
        assert client.get("/users/me").json()["user"]["is_banned"] is True
    answer = ban(operator, user.id, banned=False)
    assert (answer.status_code, answer.json()) == (200, {"user_id": user.id, "is_banned": False})
    for client in clients:
        within_a_second(lambda c=client: c.post("/vps", json={}).status_code != 403)
    assert user.buy().status_code == 202


def test_a_banned_user_writes_nothing_and_reads_everything(operator, user, unmoved):
    bought = user.batch(user.buy().json()["batch_id"])
    vps_id = bought["items"][0]["vps_id"]
    ban(operator, user.id)
    within_a_second(lambda: user.client.post("/vps", json={}).status_code == 403)
    with unmoved(user.id):
        for path in ("/vps", "/vps/buy:bulk"):
            for body in (PURCHASE, {"items": [PURCHASE]}, {}):
                check(user.client.post(path, json=body, headers=new_key()), 403, "user_banned")
        quote = {"plan_code": "vps-2", "period_months": 3, "os_code": "ubuntu-22"}
        assert user.client.post("/vps/quote", json=quote).status_code == 200
        for path in (
            "/users/me",
            f"/users/{user.id}/balance",
            "/transactions",
            "/referrals",
            "/vps/catalog",
            "/vps",
            f"/vps/{vps_id}",
            f"/vps/{vps_id}/credentials",
            f"/batches/{bought['batch_id']}",
        ):
            assert user.client.get(path).status_code == 200, path


def test_an_operator_does_not_buy_for_a_banned_user_either(operator, user, unmoved):
    """billing has the last word: it does not ask a cache."""
    ban(operator, user.id)
    with unmoved(user.id):
        named = {**PURCHASE, "user_id": user.id}
        check(operator.post("/vps", json=named, headers=new_key()), 403, "user_banned")


def test_a_repeated_ban_is_the_same_answer_and_no_second_act(operator, user):
    first, again = ban(operator, user.id), ban(operator, user.id, reason="once more")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert [act["reason"] for act in acts(operator, user_id=user.id, action="ban_user")] == [
        "fraud"
    ]


def test_a_ban_is_checked_before_it_is_tried(operator, user, buyer):
    check(ban(operator, 999999999), 404, "not_found")
    path = f"/admin/users/{user.id}/ban"
    body = check(operator.post(path, json={"banned": True}), 422, "validation_failed")
    assert [row["pointer"] for row in body["errors"]] == ["/reason"]
    check(operator.post(path, json={"banned": "yes", "reason": "x"}), 400, "invalid_request")
    check(ban(buyer.client, user.id), 403, "forbidden_scope")


def test_a_ban_gets_through_although_redis_was_away(stack, operator, user, clients):
    """While a gateway can't hear it trusts no key for longer than a second."""
    stack.run("kill", "redis")
    try:
        assert ban(operator, user.id).status_code == 200
        for client in clients:
            within_a_second(lambda c=client: c.post("/vps", json={}).status_code == 403)
    finally:
        stack.run("start", "redis")
    # Each forgets its keys when it hears again, which the tests that follow are not to meet.
    await_hearing(stack, len(clients))
    for client in clients:
        check(client.post("/vps", json=PURCHASE, headers=new_key()), 403, "user_banned")


def test_a_ban_that_billing_died_over_is_told_by_its_successor(stack, database, user, clients):
    """As if it had been committed, and the process had gone before it told anybody."""
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    for client in clients:
        assert client.post("/vps", json={}).status_code == 422
    stack.run("restart", "billing")
    for client in clients:
        within_a_second(lambda c=client: c.post("/vps", json={}).status_code == 403)
