"""Who may order what of a server, and what such a request looks like."""

import json
import secrets

import pytest
from managed import accepted, card, finished, password_of
from stack import User, new_key
from test_refusals import check

ORDERS = [
    ("POST", "/vps/{}/power/reboot", None),
    ("POST", "/vps/{}/reinstall", {"os_code": "debian-12"}),
    ("POST", "/vps/{}/password", None),
    ("DELETE", "/vps/{}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
def test_an_order_of_anothers_server_is_not_found(user, other, vps, method, path, body):
    theirs = other.client.request(method, path.format(vps), json=body)
    nothing = other.client.request(method, path.format(999999999), json=body)
    seen, absent = check(theirs, 404, "not_found"), check(nothing, 404, "not_found")
    del seen["request_id"], absent["request_id"]
    assert seen == absent
    assert card(user, vps)["status"] == "active"


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
@pytest.mark.parametrize("vps_id", ["0", "abc", "99999999999999999999"])
def test_what_is_no_id_is_not_found(buyer, method, path, body, vps_id):
    check(buyer.client.request(method, path.format(vps_id), json=body), 404, "not_found")


@pytest.mark.parametrize(("method", "path", "body"), ORDERS)
def test_an_order_needs_its_scope(stack, vps, user, method, path, body):
    reader = User(stack, scopes=["vps:read", "vps:buy"])
    check(reader.client.request(method, path.format(vps), json=body), 403, "forbidden_scope")


def test_a_banned_user_orders_nothing_and_the_operator_does(user, vps, operator, database):
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    for method, path, body in ORDERS:
        answer = user.client.request(method, path.format(vps), json=body)
        check(answer, 403, "user_banned")
    assert card(user, vps)["status"] == "active"
    assert operator.post(f"/vps/{vps}/power/stop").json()["power_state"] == "stopped"


def test_the_operator_does_it_all_for_any_user(user, vps, operator):
    assert operator.post(f"/vps/{vps}/power/reboot").status_code == 200
    told = operator.post(f"/vps/{vps}/password").json()["password"]
    assert password_of(user, vps) == told
    answer = operator.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
    assert finished(user, accepted(answer, "reinstall"))[0] == "completed"
    batch_id = accepted(operator.delete(f"/vps/{vps}"), "delete")
    assert finished(user, batch_id)[0] == "completed"


def test_a_server_that_is_not_built_takes_no_orders(stack, user, tmp_path):
    code = "t" + secrets.token_hex(4)
    pool = {"first_address": f"172.31.{secrets.randbelow(256)}.0", "size": 9, "prefix_length": 12}
    node = {"name": code, "uri": "test:///default", "vcpu": 9, "ram_mb": 9000, "disk_gb": 900}
    pools = [{**pool, "gateway": "172.16.0.1"}]
    location = {"code": code, "name": "No workers", "nodes": [node], "pools": pools}
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"locations": [location]}))

    def add(catalog):
        catalog["locations"].append({"code": code, "name": "No workers"})

    with stack.catalog_with(add, tmp_path):
        stack.run("billing", "load-inventory", str(path))
        assert user.buy(location_code=code).status_code == 202
    (vps_id,) = [row["id"] for row in user.client.get("/vps").json()["items"]]
    for method, order, body in ORDERS:
        answer = user.client.request(method, order.format(vps_id), json=body)
        assert "pending" in check(answer, 409, "state_conflict")["detail"]


def test_an_unknown_action_is_not_found(user, vps):
    for action in ["halt", "START", "power_toggle", "reboot%20"]:
        check(user.client.post(f"/vps/{vps}/power/{action}"), 404, "not_found")
    check(user.client.get(f"/vps/{vps}/power/start"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({}, None),
        ({}, b""),
        ({"Content-Type": "application/json"}, b""),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b""),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Transfer-Encoding": "chunked"}, iter([])),
    ],
)
def test_an_order_without_a_body_is_fine(user, vps, headers, content):
    answer = user.client.post(f"/vps/{vps}/power/start", headers=headers, content=content)
    assert answer.status_code == 200, answer.text


def test_an_order_that_takes_no_body_overlooks_none(user, vps):
    answer = user.client.post(f"/vps/{vps}/power/stop", json={"force": True})
    rows = check(answer, 400, "invalid_request")["errors"]
    assert [(row["pointer"], row["code"]) for row in rows] == [("/force", "unknown_member")]
    answer = user.client.post(f"/vps/{vps}/power/stop", content=b"now", headers=new_key())
    check(answer, 400, "invalid_json")
    assert card(user, vps)["power_state"] == "running"
