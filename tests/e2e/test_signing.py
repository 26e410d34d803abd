"""Signed requests: what docs/signing.md promises, through the gateway, and that what is refused
moves no money."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.parse

import pytest
from signing import Signed, derive, sign, string_to_sign
from stack import API, PURCHASE, PURCHASE_CENTS, ROOT, new_key
from test_refusals import check
from test_routes import ROUTES

DOCUMENT = (ROOT / "docs/signing.md").read_text()
GOOD_SHAPE = "v1=" + "0" * 64


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def strict_url(gateway_with):
    """A gateway that takes signed requests only."""
    return gateway_with(API_SIGNATURE_REQUIRED="on")


@pytest.fixture
def strict(stack, strict_url, user):
    """The user's client of that gateway; it does not sign by itself."""
    with stack.client(user.key, strict_url) as client:
        yield client


def now():
    return str(int(time.time()))


def signed(user, method, target, body=b"", timestamp=None):
    """The headers of a signed request."""
    timestamp = timestamp or now()
    signature = sign(user.signing_secret, timestamp, method, API + target, body)
    return {"X-Timestamp": timestamp, "X-Signature": signature}


# ---- the document


def test_the_documented_vectors_are_right():
    (vectors,) = map(json.loads, blocks("json"))
    for row in vectors["derivation"]:
        assert derive(row["master_secret"], row["key_id"]) == row["signing_secret"]
    assert len(vectors["requests"]) >= 5
    for row in vectors["requests"]:
        parts = [row[name] for name in ("timestamp", "method", "target")]
        body = row["body"].encode()
        assert string_to_sign(*parts, body) == row["string_to_sign"]
        assert sign(vectors["signing_secret"], *parts, body) == row["signature"]


@pytest.mark.parametrize(
    ("language", "command"),
    [("bash", ["bash"]), ("python", ["python3", "-I"]), ("javascript", ["node"])],
)
def test_the_documented_sample_signs_and_buys(strict_url, user, tmp_path, language, command):
    (sample,) = blocks(language)
    path = tmp_path / "sample"
    path.write_text(sample)
    environment = {
        **os.environ,
        "SLIPWAY_URL": strict_url,
        "SLIPWAY_RESELLER_KEY": user.key,
        "SLIPWAY_RESELLER_SIGNING_SECRET": user.signing_secret,
    }
    before = user.balance()
    ran = subprocess.run(
        [*command, path], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    for told in (str(user.id), "next_cursor", "checkout:"):
        assert told in ran.stdout
    assert user.balance() == before - PURCHASE_CENTS


# ---- required or not


def test_a_signature_is_checked_where_none_is_required(user, other, unmoved):
    assert user.client.get("/users/me").status_code == 200
    assert user.client.get("/users/me", auth=Signed(user.signing_secret)).status_code == 200
    wrong = Signed(other.signing_secret)
    with unmoved(user.id):
        check(user.client.get("/users/me", auth=wrong), 401, "signature_invalid")
        answer = user.client.post("/vps", json=PURCHASE, headers=new_key(), auth=wrong)
    check(answer, 401, "signature_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_every_route_with_a_key_needs_a_signature(stack, strict_url):
    with stack.client(stack.facts()["SLIPWAY_OPERATOR_KEY"], strict_url) as operator:
        for route in ROUTES:
            what = route.method, route.path()
            answer = operator.request(*what, headers={**new_key(), "X-Timestamp": now()})
            check(answer, 401, "signature_required")
            answer = operator.request(*what, auth=Signed("00" * 32))
            check(answer, 401, "signature_invalid")


def test_what_is_signed_is_done(strict, stack, strict_url, user, operator):
    auth = Signed(user.signing_secret)
    bought = strict.post("/vps", json=PURCHASE, headers=new_key(), auth=auth)
    assert bought.status_code == 202, bought.text
    path = f"/batches/{bought.json()['batch_id']}"
    ended = strict.get(path, headers={"Prefer": "wait=20"}, auth=auth)
    assert ended.json()["status"] == "completed"
    facts = stack.facts()
    with stack.client(facts["SLIPWAY_OPERATOR_KEY"], strict_url) as signer:
        signer.auth = Signed(facts["SLIPWAY_OPERATOR_SIGNING_SECRET"])
        body = {"amount_usd": "5.00", "reason": "café"}
        topped = signer.post(f"/admin/users/{user.id}/balance", json=body, headers=new_key())
        assert topped.status_code == 200, topped.text
        assert signer.delete(f"/admin/keys/{user.key_id}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?limit=2",
        "?limit=2&status=active",
        "?status=active&limit=2",
        "?%6cimit=%32",
        "?cursor=&limit=2",
    ],
)
def test_the_target_is_signed_as_it_is_sent(strict, strict_url, user, query):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(strict_url).netloc)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Bearer {user.key}", **signed(user, "GET", f"/vps{query}")}
        connection.request("GET", f"{API}/vps{query}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == (400 if "cursor=" in query else 200), answer.read()


def test_a_chunked_body_is_signed_like_another(strict, user):
    body = json.dumps(PURCHASE).encode()
    headers = {
        **new_key(),
        **signed(user, "POST", "/vps", body),
        "Content-Type": "application/json",
    }
    answer = strict.post(
        "/vps", content=(body[i : i + 7] for i in range(0, 99, 7)), headers=headers
    )
    assert answer.status_code == 202, answer.text


# ---- refusals


@pytest.mark.parametrize(
    ("timestamp", "signature", "code"),
    [
        (None, None, "signature_required"),
        ("now", None, "signature_required"),
        (None, GOOD_SHAPE, "signature_invalid"),
        ("", GOOD_SHAPE, "signature_invalid"),
        ("now", "", "signature_invalid"),
        ("now", "v1=", "signature_invalid"),
        ("now", "0" * 64, "signature_invalid"),
        ("now", "v2=" + "0" * 64, "signature_invalid"),
        ("now", GOOD_SHAPE[:-1], "signature_invalid"),
        ("now", GOOD_SHAPE + "0", "signature_invalid"),
        ("now", GOOD_SHAPE[:-1] + "g", "signature_invalid"),
        ("now", GOOD_SHAPE + "," + GOOD_SHAPE, "signature_invalid"),
        ("tomorrow", GOOD_SHAPE, "signature_invalid"),
        ("1e9", GOOD_SHAPE, "signature_invalid"),
        ("99999999999999999999", GOOD_SHAPE, "signature_invalid"),
        ("0", GOOD_SHAPE, "signature_expired"),
        ("18446744073709551615", GOOD_SHAPE, "signature_expired"),
        ("now", GOOD_SHAPE, "signature_invalid"),
    ],
)
def test_a_malformed_signature_moves_no_money(strict, user, unmoved, timestamp, signature, code):
    headers = {"X-Timestamp": timestamp, "X-Signature": signature, **new_key()}
    headers = {name: value for name, value in headers.items() if value is not None}
    if timestamp == "now":
        headers["X-Timestamp"] = now()
    with unmoved(user.id):
        answer = strict.post("/vps", json=PURCHASE, headers=headers)
    check(answer, 401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("skew", "in_time"), [(-330, 0), (-270, 1), (270, 1), (330, 0)])
def test_a_clock_may_be_five_minutes_off_either_way(strict, user, unmoved, skew, in_time):
    auth = Signed(user.signing_secret, skew)
    if in_time:
        assert strict.post("/vps", json=PURCHASE, headers=new_key(), auth=auth).status_code == 202
        return
    with unmoved(user.id):
        answer = strict.post("/vps", json=PURCHASE, headers=new_key(), auth=auth)
    check(answer, 401, "signature_expired")


def test_what_was_changed_on_the_way_moves_no_money(strict, user, unmoved):
    body = json.dumps(PURCHASE).encode()
    kind = {"Content-Type": "application/json"}
    good = {**signed(user, "POST", "/vps", body), **kind}
    late = {**good, "X-Timestamp": str(int(good["X-Timestamp"]) + 1)}
    dear = body.replace(b"vps-1", b"vps-4")
    with unmoved(user.id):
        for method, path, content, headers in [
            ("POST", "/vps", dear, good),
            ("POST", "/vps", body + b" ", good),
            ("POST", "/vps", b"", good),
            ("POST", f"/vps?user_id={user.id}", body, good),
            ("POST", "/vps?", body, good),
            ("POST", "/vps/buy:bulk", body, good),
            ("GET", "/vps", body, good),
            ("POST", "/vps", body, late),
        ]:
            answer = strict.request(method, path, content=content, headers={**new_key(), **headers})
            check(answer, 401, "signature_invalid")
    assert strict.post("/vps", content=body, headers={**new_key(), **good}).status_code == 202


def test_the_secret_of_another_key_is_wrong(strict, user, other, operator, unmoved):
    body = {"role": "reseller", "user_id": user.id, "name": "second", "scopes": ["vps:buy"]}
    second = operator.post("/admin/keys", json=body).json()["signing_secret"]
    wrong = [other.signing_secret, second, user.signing_secret[::-1], "00" * 32]
    assert len({user.signing_secret, *wrong}) == 5
    with unmoved(user.id, other.id):
        for secret in wrong:
            answer = strict.post("/vps", json=PURCHASE, headers=new_key(), auth=Signed(secret))
            check(answer, 401, "signature_invalid")


@pytest.mark.parametrize("name", ["X-Timestamp", "X-Signature"])
def test_a_repeated_header_is_refused(strict, user, unmoved, name):
    body = json.dumps(PURCHASE).encode()
    good = signed(user, "POST", "/vps", body)
    headers = [("Content-Type", "application/json"), *new_key().items(), *good.items()]
    with unmoved(user.id):
        answer = strict.post("/vps", content=body, headers=[*headers, (name, good[name])])
    check(answer, 400, "invalid_request")


def test_a_browser_that_may_call_may_sign(stack, gateway_with):
    url = gateway_with(CORS_ALLOWED_ORIGINS="https://panel.example")
    headers = {"Origin": "https://panel.example", "Access-Control-Request-Method": "GET"}
    with stack.client(None, url) as browser:
        answer = browser.options("/users/me", headers=headers)
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert answer.status_code == 204
    assert {"Authorization", "X-Signature", "X-Timestamp"} <= set(allowed)


# ---- the order of checks


def test_what_comes_before_the_signature_is_told_first(stack, strict, strict_url, user):
    bad = {"X-Timestamp": now(), "X-Signature": "v1="}
    check(strict.get("/nothing", headers=bad), 404, "not_found")
    check(strict.put("/vps", headers=bad), 405, "method_not_allowed")
    check(strict.get("/admin/users", headers=bad), 403, "forbidden_scope")
    with stack.client(None, strict_url) as stranger:
        check(stranger.get("/users/me", headers=bad), 401, "unauthorized")


def test_what_comes_after_the_signature_is_told_to_signers_only(strict, user, unmoved):
    wrong, good = Signed("00" * 32), Signed(user.signing_secret)
    xml = {"Content-Type": "application/xml"}
    requests = [
        (("POST", "/vps"), {"content": b"<x/>", "headers": xml}, 415, "unsupported_media_type"),
        (("GET", "/vps"), {"headers": {"Accept": "image/png"}}, 406, "not_acceptable"),
        (("GET", "/vps?colour=red"), {}, 400, "invalid_request"),
        (
            ("POST", "/vps"),
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
            400,
            "invalid_json",
        ),
        (("POST", "/vps"), {"json": PURCHASE}, 400, "idempotency_key_required"),
    ]
    with unmoved(user.id):
        for what, more, status, code in requests:
            check(strict.request(*what, **more, auth=wrong), 401, "signature_invalid")
            check(strict.request(*what, **more, auth=good), status, code)


def test_a_body_over_the_limit_is_not_read_to_check_its_signature(strict, user, unmoved):
    kind = {"Content-Type": "application/json", **new_key()}
    body = b" " * ((1 << 20) + 1)
    with unmoved(user.id):
        answer = strict.post("/vps", content=body, headers=kind, auth=Signed("00" * 32))
        check(answer, 413, "body_too_large")
        check(strict.post("/vps", content=body, headers=kind), 401, "signature_required")


def test_what_can_be_refused_without_the_body_is_not_waited_for(strict_url, user):
    address = urllib.parse.urlsplit(strict_url).netloc
    for timestamp, signature in [("0", GOOD_SHAPE), (now(), "v1="), (now(), None)]:
        connection = http.client.HTTPConnection(address, timeout=10)
        with contextlib.closing(connection):
            connection.putrequest("POST", API + "/vps")
            connection.putheader("Authorization", f"Bearer {user.key}")
            connection.putheader("Content-Length", "100")
            connection.putheader("X-Timestamp", timestamp)
            if signature is not None:
                connection.putheader("X-Signature", signature)
            connection.endheaders()
            assert connection.getresponse().status == 401


# ---- repeats


def test_a_repeat_signed_as_it_was_or_anew_is_the_first_answer(strict, user):  # INV-3
    body, key = json.dumps(PURCHASE).encode(), new_key()
    before = user.balance()
    answers = []
    for timestamp in (now(), now(), str(int(time.time()) - 100)):
        headers = {
            **key,
            **signed(user, "POST", "/vps", body, timestamp),
            "Content-Type": "application/json",
        }
        answers.append(strict.post("/vps", content=body, headers=headers))
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.content for answer in answers}) == 1
    assert answers[2].headers["Idempotent-Replayed"] == "true"
    assert user.balance() == before - PURCHASE_CENTS


# ---- secrets


def test_a_signing_secret_is_shown_once_and_is_the_keys(stack, operator, user):
    master = stack.settings("gateway")["SIGNING_MASTER_SECRET"]
    assert user.signing_secret == derive(master, user.key_id)
    listed = operator.get("/admin/keys", params={"user_id": user.id})
    assert user.key_id in [row["id"] for row in listed.json()["items"]]
    assert "signing_secret" not in listed.text
    made = operator.post("/admin/keys", json={"role": "operator", "name": "test"})
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json()["signing_secret"] == derive(master, made.json()["id"])


def test_without_a_master_secret_nobody_signs(stack, gateway_with, user, unmoved):
    url = gateway_with(SIGNING_MASTER_SECRET="")
    facts = stack.facts()
    with stack.client(user.key, url) as client, unmoved(user.id):
        assert client.get("/users/me").status_code == 200
        answer = client.get("/users/me", auth=Signed(user.signing_secret))
        check(answer, 401, "signature_invalid")
    with stack.client(facts["SLIPWAY_OPERATOR_KEY"], url) as operator:
        made = operator.post("/admin/keys", json={"role": "operator", "name": "test"})
        assert made.json()["signing_secret"] is None


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("", "API_SIGNATURE_REQUIRED needs SIGNING_MASTER_SECRET"),
        ("ab" * 31, "SIGNING_MASTER_SECRET must be 64 hex digits"),
        ("xy" * 32, "SIGNING_MASTER_SECRET must be 64 hex digits"),
    ],
)
def test_a_gateway_that_could_not_check_does_not_start(stack, secret, told):
    environment = {
        **os.environ,
        **stack.settings("gateway"),
        "GATEWAY_PORT": "0",
        "GATEWAY_ADMIN_PORT": "0",
        "API_SIGNATURE_REQUIRED": "on",
        "SIGNING_MASTER_SECRET": secret,
    }
    binary = pathlib.Path(stack.build) / "services/gateway/slipway-gateway"
    ran = subprocess.run([binary], env=environment, capture_output=True, text=True, timeout=30)
    assert ran.returncode != 0
    assert told in ran.stderr
    assert not secret or secret not in ran.stderr
