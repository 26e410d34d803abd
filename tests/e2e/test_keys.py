"""Keys that end, that are bound to addresses, and that have a rate of their own."""

import datetime
import functools

import httpx
import pytest
from acts import acts, issue
from stack import API, check


def test_a_key_is_shown_with_its_conditions(operator, user):
    end = "2999-09-09T12:00:00Z"
    conditions = {
        "expires_at": end,
        "allowed_addresses": ["10.0.0.0/8", "2001:0DB8::1"],
        "rate_per_minute": 600,
    }
    made = issue(operator, role="reseller", user_id=user.id, scopes=["vps:read"], **conditions)
    shown = next(
        row
        for row in operator.get("/admin/keys", params={"user_id": user.id}).json()["items"]
        if row["id"] == made["id"]
    )
    for row in (made, shown):
        assert (row["expires_at"], row["rate_per_minute"]) == (end, 600)
        assert row["allowed_addresses"] == ["10.0.0.0/8", "2001:db8::1"]
    assert "key" not in shown


def test_conditions_that_make_no_sense_are_all_told(operator, user):
    body = {
        "role": "reseller",
        "user_id": user.id,
        "name": "bound",
        "scopes": ["vps:read"],
        "expires_at": "soon",
        "allowed_addresses": ["10.0.0.0/8", "10.0.0.1/8"],
        "rate_per_minute": 0,
    }
    answer = check(operator.post("/admin/keys", json=body), 422, "validation_failed")
    assert {row["pointer"] for row in answer["errors"]} == {
        "/expires_at",
        "/allowed_addresses/1",
        "/rate_per_minute",
    }
    past = {**body, "expires_at": "2020-01-01T00:00:00Z", "rate_per_minute": 1}
    del past["allowed_addresses"]
    answer = check(operator.post("/admin/keys", json=past), 422, "validation_failed")
    assert [row["pointer"] for row in answer["errors"]] == ["/expires_at"]


def test_a_key_ends_at_its_time(stack, operator, user):
    now, second = functools.partial(datetime.datetime.now, datetime.UTC), datetime.timedelta(0, 1)
    end = now() + 2 * second
    rights = {"role": "reseller", "user_id": user.id, "scopes": ["vps:read"]}
    made = issue(operator, **rights, expires_at=end.isoformat())
    with stack.client(made["key"]) as client:
        while (answer := client.get("/users/me")).status_code == 200:
            assert now() < end + second
    assert now() >= end
    check(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def behind_proxy(gateway_with):
    return gateway_with(TRUSTED_PROXIES="127.0.0.0/8, 192.0.2.0/24")


@pytest.fixture
def bound_key(operator, user):
    """A key for 203.0.113.0/24 and one address of IPv6."""
    return issue(
        operator,
        role="reseller",
        user_id=user.id,
        scopes=["vps:read"],
        allowed_addresses=["203.0.113.0/24", "2001:db8::1"],
    )["key"]


def ask(url, key, *forwarded):
    headers = [("Authorization", f"Bearer {key}")]
    headers += [("X-Forwarded-For", value) for value in forwarded]
    return httpx.get(url + API + "/users/me", headers=headers)


@pytest.mark.parametrize(
    "forwarded",
    [
        ["203.0.113.7"],
        ["::ffff:203.0.113.7"],
        ["2001:db8::1"],
        ["198.51.100.1, 203.0.113.7"],
        ["198.51.100.1", "203.0.113.7"],
        ["203.0.113.7, 192.0.2.1"],
        ["203.0.113.7:4711", "192.0.2.1"],
    ],
)
def test_a_bound_key_is_good_from_its_addresses(behind_proxy, bound_key, forwarded):
    assert ask(behind_proxy, bound_key, *forwarded).status_code == 200


@pytest.mark.parametrize(
    "forwarded",
    [
        [],
        ["198.51.100.1"],
        ["2001:db8::2"],
        ["203.0.113.7, 198.51.100.1"],
        ["203.0.113.7", "198.51.100.1"],
        ["203.0.113.7, unknown"],
        ["203.0.113.7,"],
    ],
)
def test_a_bound_key_is_unknown_from_anywhere_else(behind_proxy, bound_key, forwarded):
    """The same bytes as a key that does not exist: a thief learns nothing."""
    seen = ask(behind_proxy, bound_key, *forwarded)
    twin = ask(behind_proxy, "slip_hosting_" + "A" * 32, *forwarded)
    bodies = [check(answer, 401, "unauthorized") for answer in (seen, twin)]
    for body in bodies:
        del body["request_id"]
    assert bodies[0] == bodies[1]
    assert set(seen.headers) == set(twin.headers)


def test_nobody_is_believed_unless_it_is_set(stack, bound_key):
    url = stack.facts()["SLIPWAY_URL"]
    check(ask(url, bound_key, "203.0.113.7"), 401, "unauthorized")
    assert ask(url, stack.facts()["SLIPWAY_RESELLER_KEY"], "unknown").status_code == 200


def test_a_key_has_a_rate_of_its_own(stack, operator, user, gateways):
    made = issue(operator, role="reseller", user_id=user.id, scopes=["vps:read"], rate_per_minute=5)
    answers = []
    for url in [*gateways, *gateways]:
        with stack.client(made["key"], url) as client:
            answers.append(client.get("/users/me"))
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    for answer in answers:
        assert answer.headers["RateLimit-Policy"] == '"default";q=5;w=60'
    check(answers[-1], 429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 12
    assert user.client.get("/users/me").headers["RateLimit-Policy"] != '"default";q=5;w=60'


def test_a_revoked_key_can_be_revoked_again(operator, user):
    first = operator.delete(f"/admin/keys/{user.key_id}")
    again = operator.delete(f"/admin/keys/{user.key_id}")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert first.json() == {"id": user.key_id, "revoked": True}
    assert len(acts(operator, user_id=user.id, action="revoke_key")) == 1
    check(operator.delete("/admin/keys/999999999"), 404, "not_found")
