"""Each error of the contract, and that none of them moves money."""

import json
import socket
import time
import urllib.parse

import httpx
import pytest
from stack import API, PURCHASE, User, check, new_key

LONG = 1 << 20


# ---- who calls


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic dXNlcjpwYXNz",
        "Bearer slip_hosting_short",
        "Bearer slip_hosting_" + "A" * 32,
        "Bearer slip_hosting_" + "!" * 32,
        "Bearer slip_hosting_" + "A" * 300,
    ],
)
def test_no_good_key_is_unauthorized(stack, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    with stack.client() as client:
        answer = client.get("/users/me", headers=headers)
    check(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "RateLimit" not in answer.headers


def test_a_revoked_key_stops_within_a_second(stack, operator, user):
    assert user.client.get("/users/me").status_code == 200
    assert operator.delete(f"/admin/keys/{user.key_id}").status_code < 300
    deadline = time.monotonic() + 1
    while user.client.get("/users/me").status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    check(user.client.get("/users/me"), 401, "unauthorized")


def test_an_unknown_path_is_not_found(buyer):
    check(buyer.client.get("/nothing"), 404, "not_found")
    check(buyer.client.get("/vps/0"), 404, "not_found")
    check(buyer.client.get("/vps/abc"), 404, "not_found")
    check(buyer.client.get("/vps/99999999999999999999"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/vps", {"GET", "POST"}),
        ("POST", "/users/me", {"GET"}),
        ("DELETE", "/vps/catalog", {"GET"}),
        ("POST", "/vps/1", {"GET", "DELETE"}),
        ("GET", "/vps/1/password", {"POST"}),
        ("GET", "/vps/quote", {"POST"}),
    ],
)
def test_another_method_is_told_what_is_allowed(buyer, method, path, allowed):
    answer = buyer.client.request(method, path)
    check(answer, 405, "method_not_allowed")
    assert allowed <= {word.strip() for word in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        (["vps:buy"], "GET", "/users/me"),
        (["vps:read"], "POST", "/vps"),
        (["vps:read"], "POST", "/vps/buy:bulk"),
        (["vps:read", "vps:buy"], "POST", "/vps/1/power/reboot"),
        (["vps:read", "vps:buy"], "DELETE", "/vps/1"),
        (["vps:read", "vps:buy", "vps:write"], "GET", "/admin/users"),
        (["vps:read", "vps:buy", "vps:write"], "POST", "/admin/keys"),
        (["vps:read", "vps:buy", "vps:write"], "POST", "/admin/users/1/balance"),
        (["vps:read", "vps:buy", "vps:write"], "GET", "/admin/audit"),
    ],
)
def test_a_missing_scope_is_forbidden(stack, unmoved, scopes, method, path):
    user = User(stack, scopes=scopes)
    with unmoved(user.id):
        answer = user.client.request(method, path, headers=new_key())
    check(answer, 403, "forbidden_scope")


def test_the_money_switch_refuses_every_money_route(stack, gateway_with, user, unmoved):
    url = gateway_with(API_MONEY_ENABLED="off")
    with stack.client(user.key, url) as client, unmoved(user.id):
        for path in ("/vps", "/vps/buy:bulk"):
            check(client.post(path, json=PURCHASE, headers=new_key()), 403, "money_disabled")
        assert client.get("/users/me").status_code == 200
    with stack.client(stack.facts()["SLIPWAY_OPERATOR_KEY"], url) as operator, unmoved(user.id):
        body = {"amount_usd": "1.00", "reason": "test"}
        path = f"/admin/users/{user.id}/balance"
        check(operator.post(path, json=body, headers=new_key()), 403, "money_disabled")


def test_a_banned_user_reads_and_does_not_buy(user, database, unmoved):
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [user.id])
    with unmoved(user.id):
        check(user.buy(), 403, "user_banned")
    assert user.client.get("/users/me").json()["user"]["is_banned"] is True


def test_what_is_another_users_is_not_there(user, other):
    """The same bytes as for a thing that does not exist, but for the request id."""
    batch_id = user.buy().json()["batch_id"]
    vps_id = user.batch(batch_id)["items"][0]["vps_id"]
    pairs = [
        (f"/vps/{vps_id}", "/vps/999999999"),
        (f"/vps/{vps_id}/credentials", "/vps/999999999/credentials"),
        (f"/batches/{batch_id}", "/batches/checkout:999999999"),
        (f"/users/{user.id}/balance", "/users/999999999/balance"),
        (f"/transactions?user_id={user.id}", "/transactions?user_id=999999999"),
        (f"/vps?user_id={user.id}", "/vps?user_id=999999999"),
    ]
    for theirs, nothing in pairs:
        seen, absent = other.client.get(theirs), other.client.get(nothing)
        body = check(seen, 404, "not_found")
        twin = check(absent, 404, "not_found")
        del body["request_id"], twin["request_id"]
        assert body == twin
    named = {**PURCHASE, "user_id": user.id}
    assert other.client.post("/vps", json=named, headers=new_key()).status_code == 404


def test_too_many_requests_are_limited_with_retry_after(stack, gateway_with, user, unmoved):
    url = gateway_with(RATE_LIMIT_PER_MINUTE="60", RATE_LIMIT_BURST="3")
    with stack.client(user.key, url) as client, unmoved(user.id):
        answers = [client.get("/users/me") for _ in range(5)]
        limited = client.post("/vps", json=PURCHASE, headers=new_key())
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    check(limited, 429, "rate_limited")
    assert int(limited.headers["Retry-After"]) >= 1
    assert "RateLimit" in limited.headers
    assert "RateLimit-Policy" in limited.headers


# ---- the idempotency key


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_required"),
        ("short", "idempotency_key_invalid"),
        ("x" * 201, "idempotency_key_invalid"),
        ("with a space", "idempotency_key_invalid"),
        (b"not-ascii-\xc3\xa9", "idempotency_key_invalid"),
    ],
)
@pytest.mark.parametrize("path", ["/vps", "/vps/buy:bulk"])
def test_a_money_request_needs_a_sane_key(buyer, unmoved, path, key, code):
    body = PURCHASE if path == "/vps" else {"items": [PURCHASE]}
    headers = {} if key is None else {"Idempotency-Key": key}
    with unmoved(buyer.id):
        check(buyer.client.post(path, json=body, headers=headers), 400, code)


# ---- bodies

GOOD = json.dumps(PURCHASE)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", None),
        (b"null", None),
        (GOOD.encode() + b"x", "invalid_json"),
        (GOOD.encode() + GOOD.encode(), "invalid_json"),
        (GOOD.replace("vps-1", "vps-1\x00").encode(), "invalid_json"),
        (GOOD.replace("vps-1", "vps-1\\u0000").encode(), "invalid_json"),
        (GOOD.encode().replace(b"vps-1", b"vps-\xff"), "invalid_json"),
        (GOOD.encode().replace(b"vps-1", b"vps-\xed\xa0\x80"), "invalid_json"),
        (GOOD.replace("vps-1", "vps-\\ud800").encode(), "invalid_json"),
        (GOOD.replace("{", '{"plan_code":"vps-2",', 1).encode(), "invalid_json"),
        (GOOD.replace(": 1", ": 1" + "0" * 400).encode(), "invalid_json"),
        (GOOD.replace(": 1", ": 1e999").encode(), "invalid_json"),
        (GOOD.replace(": 1", ": NaN").encode(), "invalid_json"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "invalid_json"),
        (b"[" * 100000, "invalid_json"),
        (GOOD.replace("period_months", "period_month").encode(), "invalid_request"),
        (GOOD.replace("{", '{"coupon":"x",', 1).encode(), "invalid_request"),
        (GOOD.replace(": 1", ': "1"').encode(), "invalid_request"),
        (GOOD.replace(": 1", ": 1.5").encode(), "invalid_request"),
        (GOOD.replace('"vps-1"', "null").encode(), None),
    ],
)
def test_a_body_that_is_not_exactly_the_request_is_refused(buyer, unmoved, body, code):
    headers = {**new_key(), "Content-Type": "application/json"}
    with unmoved(buyer.id):
        answer = buyer.client.post("/vps", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    if code is not None:
        check(answer, 400, code)


def test_an_unknown_member_is_named_by_its_pointer(buyer, unmoved):
    with unmoved(buyer.id):
        body = {"items": [PURCHASE, {**PURCHASE, "colour": "red"}]}
        answer = buyer.client.post("/vps/buy:bulk", json=body, headers=new_key())
    rows = check(answer, 400, "invalid_request")["errors"]
    assert [(row["pointer"], row["code"]) for row in rows] == [
        ("/items/1/colour", "unknown_member")
    ]


def test_all_wrong_fields_are_told_at_once(buyer, unmoved):
    wrong = {"plan_code": "vps-x", "location_code": "xx", "os_code": "dos", "period_months": 5}
    with unmoved(buyer.id):
        rows = check(buyer.buy(**wrong), 422, "validation_failed")["errors"]
    assert {(row["pointer"], row["code"]) for row in rows} == {
        ("/plan_code", "unknown_plan"),
        ("/location_code", "unknown_location"),
        ("/os_code", "unknown_os"),
        ("/period_months", "unknown_period"),
    }


def test_a_system_that_does_not_fit_the_plan_is_refused(buyer, unmoved):
    with unmoved(buyer.id):
        answer = buyer.buy(plan_code="vps-1", os_code="windows-2022")
    (row,) = check(answer, 422, "validation_failed")["errors"]
    assert (row["pointer"], row["code"]) == ("/os_code", "os_not_supported")


@pytest.mark.parametrize("size", [LONG + 1, 2 * LONG])
def test_a_body_over_a_mebibyte_is_too_large(buyer, unmoved, size):
    headers = {**new_key(), "Content-Type": "application/json"}
    with unmoved(buyer.id):
        answer = buyer.client.post("/vps", content=b" " * size, headers=headers)
    check(answer, 413, "body_too_large")


def test_a_chunked_body_over_a_mebibyte_is_too_large(buyer, unmoved):
    headers = {**new_key(), "Content-Type": "application/json"}
    chunks = (b" " * 65536 for _ in range(32))
    with unmoved(buyer.id):
        check(buyer.client.post("/vps", content=chunks, headers=headers), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonx"])
def test_another_media_type_is_unsupported(buyer, unmoved, kind):
    headers = {**new_key(), "Content-Type": kind}
    with unmoved(buyer.id):
        answer = buyer.client.post("/vps", content=GOOD, headers=headers)
    check(answer, 415, "unsupported_media_type")


def test_an_encoded_body_is_unsupported(buyer, unmoved):
    headers = {**new_key(), "Content-Type": "application/json", "Content-Encoding": "gzip"}
    with unmoved(buyer.id):
        answer = buyer.client.post("/vps", content=GOOD, headers=headers)
    check(answer, 415, "unsupported_media_type")


# ---- the wire, where an HTTP library would be too polite


@pytest.fixture
def wire(stack):
    """wire(bytes…): the status and the body of what the gateway says to them."""
    address = urllib.parse.urlsplit(stack.facts()["SLIPWAY_URL"])

    def talk(*parts, pause=0.0, port=None):
        with socket.create_connection((address.hostname, port or address.port), 30) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
                if b"\r\n\r\n" in answer and b'"request_id"' in answer:
                    break
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)["code"] if body else None

    return talk


def head(key, *lines, path="/vps", method="POST"):
    """A request's header as sent."""
    text = [f"{method} {API}{path} HTTP/1.1", "Host: test", f"Authorization: Bearer {key}", *lines]
    return "\r\n".join([*text, "", ""]).encode()


JSON = "Content-Type: application/json"
KEY = "Idempotency-Key: wire-test-0001"


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Transfer-Encoding: gzip"],
        ["Host: twice", "Content-Length: 0"],
        ["Authorization: Bearer twice", "Content-Length: 0"],
        ["Idempotency-Key: another-one-0002", "Content-Length: 0"],
        ["Content-Length:", " 5"],
        ["X-Folded: a", "\tb", "Content-Length: 5"],
        [": no name", "Content-Length: 5"],
        ["X-Nul: a\0b", "Content-Length: 5"],
        ["X-Line-Feed: a\nContent-Length: 5"],
    ],
)
def test_an_ambiguous_request_is_refused(buyer, wire, unmoved, lines):
    with unmoved(buyer.id):
        status, _ = wire(head(buyer.key, JSON, KEY, *lines), b"12345")
    assert status == 400


def test_an_escaped_slash_is_no_part_of_a_path(buyer, wire):
    assert wire(head(buyer.key, path="/users%2Fme", method="GET"))[0] == 400


def test_a_long_uri_and_long_headers_are_refused(buyer, wire):
    long_path = "/vps?cursor=" + "x" * 8000
    assert wire(head(buyer.key, path=long_path, method="GET"))[0] == 414
    assert wire(head(buyer.key, "X-Long: " + "x" * 20000, method="GET"))[0] == 431


def test_a_slow_sender_is_timed_out(stack, buyer, wire, gateway_with, unmoved):
    url = gateway_with(GATEWAY_HEADER_TIMEOUT_MS="300", GATEWAY_BODY_TIMEOUT_MS="300")
    port = urllib.parse.urlsplit(url).port
    with unmoved(buyer.id):
        start = head(buyer.key, JSON, KEY, "Content-Length: 100")
        assert wire(start, b"{", port=port) == (408, "request_timeout")
        assert wire(start[:40], port=port) == (408, "request_timeout")


# ---- what every answer carries


def test_a_sane_request_id_is_kept_and_another_is_replaced(buyer):
    kept = buyer.client.get("/users/me", headers={"X-Request-Id": "my-own-id-1234"})
    assert kept.headers["X-Request-Id"] == "my-own-id-1234"
    replaced = buyer.client.get("/users/me", headers={"X-Request-Id": "a b<c>" + "x" * 500})
    assert len(replaced.headers["X-Request-Id"]) < 65
    assert "<" not in replaced.headers["X-Request-Id"]


def test_a_known_key_is_told_its_limit(buyer):
    answer = buyer.client.get("/users/me")
    assert answer.headers["RateLimit-Policy"]
    assert answer.headers["RateLimit"]


def test_browsers_of_other_origins_are_not_let_in(buyer):
    answer = buyer.client.get("/users/me", headers={"Origin": "https://example.com"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_public_port_has_no_health_and_no_metrics(stack):
    url = stack.facts()["SLIPWAY_URL"]
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(url + path).status_code == 404
