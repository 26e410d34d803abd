"""What can be read: the catalog, quotes, lists, batches as they run."""

import json
import time

import pytest
from stack import PURCHASE, cents, new_key


def test_the_catalog_has_an_etag_and_honours_it(buyer):
    first = buyer.client.get("/vps/catalog")
    plan = next(row for row in first.json()["plans"] if row["code"] == "vps-2")
    assert (plan["price_usd_month"], plan["vcpu"], plan["ram_mb"]) == ("10.04", 2, 2048)
    assert {"months": 3, "discount_percent": "5.00"} in first.json()["periods"]
    same = buyer.client.get("/vps/catalog", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["ETag"] == first.headers["ETag"]
    other = buyer.client.get("/vps/catalog", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_the_quote_is_exactly_the_contracts(buyer):
    body = {"plan_code": "vps-2", "period_months": 3, "os_code": "ubuntu-22"}
    answer = buyer.client.post("/vps/quote", json=body)
    assert answer.text == (
        '{"plan_code":"vps-2","period_months":3,"os_code":"ubuntu-22",'
        '"price_usd":"28.61","os_supported":true}'
    )


def test_a_new_price_counts_without_a_restart(stack, user, tmp_path):
    def dearer(catalog):
        catalog["plans"][0]["price_usd_month"] = "6.00"

    with stack.catalog_with(dearer, tmp_path):
        assert user.batch(user.buy().json()["batch_id"])["items"][0]["charged_usd"] == "6.00"
    assert user.batch(user.buy().json()["batch_id"])["items"][0]["charged_usd"] == "5.02"


def pages(client, path, limit):
    """Every item of a list, by following its cursors."""
    cursor, items = None, []
    while True:
        parameters = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        items.append(answer.json()["items"])
        cursor = answer.json()["next_cursor"]
        assert ('rel="next"' in answer.headers.get("Link", "")) == (cursor is not None)
        if cursor is None:
            return items


@pytest.mark.parametrize("path", ["/vps", "/transactions"])
def test_a_list_pages_newest_first(user, path):
    for _ in range(5):
        user.buy()
    found = pages(user.client, path, 2)
    ids = [row["id"] for page in found for row in page]
    assert [len(page) for page in found][:2] == [2, 2]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids)) == (5 if path == "/vps" else 6)


def test_a_page_is_stable_under_inserts(user):
    for _ in range(4):
        user.buy()
    first = user.client.get("/vps", params={"limit": 2}).json()
    before = [row["id"] for row in user.client.get("/vps").json()["items"]]
    user.buy()
    second = user.client.get("/vps", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in first["items"] + second["items"]] == before


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=!!", "status=odd", "colour=red"]
)
def test_a_list_refuses_a_query_it_does_not_know(buyer, query):
    assert buyer.client.get(f"/vps?{query}").status_code in (400, 422)


def test_lists_filter(user):
    user.batch(user.buy().json()["batch_id"])
    rows = user.client.get("/vps", params={"status": "active", "location_code": "de"}).json()
    assert len(rows["items"]) == 1
    assert not user.client.get("/vps", params={"location_code": "nl"}).json()["items"]
    kinds = user.client.get("/transactions", params={"type": "purchase"}).json()["items"]
    assert [row["amount_usd"] for row in kinds] == ["-5.02"]


def test_a_batch_can_be_streamed_to_its_end(user):
    bought = user.buy().json()["batch_id"]
    seen = []
    headers = {"Accept": "text/event-stream"}
    with user.client.stream("GET", f"/batches/{bought}", headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line[6:]))
    ranks = [body["items"][0]["progress"] for body in seen]
    assert ranks == sorted(ranks)
    assert seen[-1]["status"] == "completed"


def test_waiting_for_a_batch_ends_when_it_does(user):
    bought = user.buy().json()["batch_id"]
    start = time.monotonic()
    answer = user.client.get(f"/batches/{bought}", headers={"Prefer": "wait=25"})
    assert answer.json()["status"] == "completed"
    assert time.monotonic() - start < 20


def test_a_batch_is_rebuilt_when_redis_has_lost_everything(stack, user):
    bought = user.buy().json()["batch_id"]
    before = user.batch(bought)
    stack.redis().flushall()
    after = user.client.get(f"/batches/{bought}").json()
    for body in (before, after):
        del body["updated_at"]
        for item in body["items"]:
            del item["step"]
    assert after == before


def test_the_audit_finds_the_books_balanced(operator):  # INV-1
    body = operator.get("/admin/audit").json()
    assert (body["balanced"], body["sum_cents"]) == (True, 0)


def test_the_operator_sees_every_user_and_names_one(operator, user):
    assert operator.get("/users/me").json()["user"] is None
    named = operator.get("/users/me", params={"user_id": user.id}).json()["user"]
    assert named["balance_usd"] == "1000.00"
    assert any(row["id"] == user.id for row in operator.get("/admin/users").json()["items"])


def test_an_operator_moves_a_wallet_both_ways(operator, user):
    path = f"/admin/users/{user.id}/balance"
    for amount, balance in (("-5.00", 99500), ("0.50", 99550), ("-2000.00", -100450)):
        body = {"amount_usd": amount, "reason": "test"}
        answer = operator.post(path, json=body, headers=new_key()).json()
        assert (answer["user_id"], cents(answer["balance_usd"])) == (user.id, balance)
        assert answer["transaction_id"]
    assert user.buy().json()["code"] == "insufficient_funds"


def test_a_user_that_does_not_exist_gets_no_money(operator):
    body = {"amount_usd": "5.00", "reason": "test"}
    answer = operator.post("/admin/users/999999999/balance", json=body, headers=new_key())
    assert answer.status_code == 404
    purchase = {**PURCHASE, "user_id": 999999999}
    assert operator.post("/vps", json=purchase, headers=new_key()).status_code == 404
