"""Endpoints of webhooks: made, shown, kept apart, and their secrets."""

import base64

import psycopg
import pytest
from stack import User
from webhooks import ACTIVE, check, deliveries, register

pytestmark = pytest.mark.usefixtures("quick_notifier")


# ---- endpoints


def test_an_endpoint_is_made_shown_and_deleted(user):
    body = {"url": "https://hooks.example.com/a?b=1", "events": [ACTIVE]}
    answer = user.client.post("/webhooks", json=body)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    assert (made["url"], made["events"], made["status"]) == (body["url"], [ACTIVE], "enabled")
    assert made["secret"].startswith("whsec_")
    shown = user.client.get(f"/webhooks/{made['id']}").json()
    assert shown == {name: made[name] for name in made if name != "secret"}
    assert user.client.get("/webhooks").json() == {"items": [shown], "next_cursor": None}
    answer = user.client.delete(f"/webhooks/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    check(user.client.get(f"/webhooks/{made['id']}"), 404, "not_found")
    check(user.client.delete(f"/webhooks/{made['id']}"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (
            {"url": "https://a.example", "events": ["hosting.vps.nothing.v1"]},
            "/events/0",
            "unknown_event",
        ),
        ({"url": "http://a.example/"}, "/url", "insecure_url"),
        ({"url": "ftp://a.example/"}, "/url", "insecure_url"),
        ({"url": "not a url"}, "/url", "invalid_url"),
        ({"url": "https://user:pass@a.example/"}, "/url", "invalid_url"),
        ({"url": "https://10.0.0.1/"}, "/url", "address_not_allowed"),
        ({"url": "https://169.254.169.254/latest"}, "/url", "address_not_allowed"),
        ({"url": "https://[fd00:ec2::254]/"}, "/url", "address_not_allowed"),
        ({"url": "https://[64:ff9b::a00:1]/"}, "/url", "address_not_allowed"),
        ({"url": "https://a.example/" + "x" * 2048}, "/url", "out_of_range"),
        ({"events": [ACTIVE]}, "/url", "required"),
    ],
)
def test_an_endpoint_that_can_not_be_is_refused(user, body, pointer, code):
    problem = check(user.client.post("/webhooks", json=body), 422, "validation_failed")
    assert [(item["pointer"], item["code"]) for item in problem["errors"]] == [(pointer, code)]
    assert user.client.get("/webhooks").json()["items"] == []


def test_a_user_has_so_many_endpoints_and_no_more(user):
    for number in range(5):
        register(user, f"https://hooks.example.com/{number}")
    answer = user.client.post("/webhooks", json={"url": "https://hooks.example.com/6"})
    check(answer, 409, "state_conflict")
    first = user.client.get("/webhooks", params={"limit": 3})
    rest = user.client.get(first.links["next"]["url"].split("/v1")[1])
    urls = [item["url"][-1] for item in first.json()["items"] + rest.json()["items"]]
    assert urls == ["4", "3", "2", "1", "0"]


def test_what_is_another_users_is_not_there(user, other):
    """The same bytes as for a thing that does not exist, but for the request id."""
    made = register(user, "https://hooks.example.com/")
    number, nothing = made["id"], 999999999
    user.client.post(f"/webhooks/{number}/test").raise_for_status()
    delivery = deliveries(user, made)[0]["id"]
    for method, path in (
        ("GET", "/webhooks/{}"),
        ("DELETE", "/webhooks/{}"),
        ("GET", "/webhooks/{}/deliveries"),
        ("POST", "/webhooks/{}/test"),
        ("POST", "/webhooks/{}/rotate-secret"),
        ("POST", f"/webhooks/{{}}/deliveries/{delivery}/redeliver"),
    ):
        seen = check(other.client.request(method, path.format(number)), 404, "not_found")
        twin = check(other.client.request(method, path.format(nothing)), 404, "not_found")
        del seen["request_id"], twin["request_id"]
        assert seen == twin
    named = {"user_id": user.id}
    check(other.client.get("/webhooks", params=named), 404, "not_found")
    body = {"url": "https://hooks.example.com/"}
    check(other.client.post("/webhooks", params=named, json=body), 404, "not_found")
    assert other.client.get("/webhooks").json()["items"] == []
    assert user.client.get(f"/webhooks/{number}").status_code == 200


def test_an_operator_names_the_user(operator, user):
    body = {"url": "https://hooks.example.com/"}
    check(operator.post("/webhooks", json=body), 422, "validation_failed")
    made = operator.post("/webhooks", json=body, params={"user_id": user.id}).json()
    assert made["user_id"] == user.id
    assert operator.get(f"/webhooks/{made['id']}").status_code == 200
    assert operator.get("/webhooks", params={"user_id": user.id}).json()["items"] != []
    assert user.client.delete(f"/webhooks/{made['id']}").status_code == 204


def test_scopes_and_bans_hold(stack, database, user):
    reader = User(stack, scopes=["vps:read"])
    body = {"url": "https://hooks.example.com/"}
    check(reader.client.post("/webhooks", json=body), 403, "forbidden_scope")
    assert reader.client.get("/webhooks").status_code == 200
    reader.client.close()
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    check(user.client.post("/webhooks", json=body), 403, "user_banned")
    assert user.client.get("/webhooks").json()["items"] == []


def test_secrets_are_sealed_in_the_database(stack, user):  # INV-8
    secret = base64.b64decode(register(user, "https://hooks.example.com/")["secret"][6:])
    assert len(secret) >= 24
    owner = psycopg.connect(stack.settings("billing")["BILLING_OWNER_DATABASE"])
    with owner.cursor().copy("COPY notifier.endpoints TO STDOUT") as rows:
        data = b"".join(bytes(row) for row in rows)
    owner.close()
    assert secret.hex().encode() not in data
    assert base64.b64encode(secret) not in data


def test_the_notifier_reaches_its_own_schema_only(stack):
    settings = stack.settings("notifier")
    with psycopg.connect(settings["NOTIFIER_DATABASE"], autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM notifier.endpoints")
        for statement in ("SELECT * FROM billing.users", "CREATE TABLE notifier.more (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
