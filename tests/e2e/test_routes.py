"""Every route of the gateway's table against everyone who may not use it."""

import contextlib

import pytest
from routes import routes
from stack import PURCHASE, User, new_key
from test_refusals import check

# Those that the contract opens to everyone.
KEYLESS = {"/openapi.json", "/docs", "/docs/errors", "/callbacks/{provider}"}
SCOPES = {
    "SCOPE_VPS_READ": "vps:read",
    "SCOPE_VPS_WRITE": "vps:write",
    "SCOPE_VPS_BUY": "vps:buy",
    "SCOPE_DEPOSITS_WRITE": "deposits:write",
}
# Requests that would do something, if it were not for who sends them.
BODIES = {
    "POST /vps": PURCHASE,
    "POST /vps/buy:bulk": {"items": [PURCHASE]},
    "POST /vps/{vps_id}/renew": {"period_months": 1},
    "POST /vps/{vps_id}/reinstall": {"os_code": "debian-12"},
    "POST /deposits": {"provider": "cryptobot", "amount_usd": "50.00", "asset": "USDT"},
}
ROUTES = [route for route in routes() if route.pattern not in KEYLESS]
RESELLERS = [route for route in ROUTES if not route.is_operators]


def ask(client, route, **values):
    """The route's request as its rightful caller would send it."""
    return client.request(
        route.method, route.path(**values), json=BODIES.get(str(route)), headers=new_key()
    )


@pytest.fixture(scope="module")
def owner(stack):
    """A user with one of everything, its ids by the names that the table gives them."""
    made = User(stack)
    batch = made.batch(made.buy().json()["batch_id"])
    made.things = {
        "user_id": made.id,
        "vps_id": batch["items"][0]["vps_id"],
        "batch_id": batch["batch_id"],
        "action": "reboot",
    }
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def keys(operator, stack, owner):
    """keys(scopes): a client with a key of the owner's that has just these."""
    with contextlib.ExitStack() as stack_of_clients:

        def make(scopes):
            body = {"role": "reseller", "user_id": owner.id, "name": "some", "scopes": scopes}
            made = operator.post("/admin/keys", json=body)
            assert made.status_code == 201, made.text
            return stack_of_clients.enter_context(stack.client(made.json()["key"]))

        yield make


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_without_a_key_there_is_nothing(stack, route, owner, unmoved):
    with stack.client() as stranger, unmoved(owner.id):
        answer = ask(stranger, route, **owner.things)
    check(answer, 401, "unauthorized")


@pytest.mark.parametrize("route", RESELLERS, ids=str)
def test_a_key_with_every_other_scope_is_not_enough(route, keys, owner, unmoved):
    others = [name for scope, name in SCOPES.items() if scope != route.scope]
    assert len(others) == len(SCOPES) - 1
    with unmoved(owner.id):
        answer = ask(keys(others), route, **owner.things)
    check(answer, 403, "forbidden_scope")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.is_operators], ids=str)
def test_a_reseller_with_every_scope_is_no_operator(route, keys, owner, unmoved):
    with unmoved(owner.id):
        answer = ask(keys(list(SCOPES.values())), route, **owner.things)
    check(answer, 403, "forbidden_scope")


@pytest.mark.parametrize("route", [r for r in RESELLERS if "{" in r.pattern], ids=str)
def test_what_is_another_users_is_as_what_does_not_exist(route, other, owner, unmoved):
    """The same bytes, but for the request id."""
    nothing = {**owner.things, "user_id": 999999999, "vps_id": 999999999}
    nothing["batch_id"] = "checkout:999999999"
    with unmoved(owner.id):
        seen, absent = ask(other.client, route, **owner.things), ask(other.client, route, **nothing)
    assert seen.status_code >= 400, seen.text
    assert seen.status_code == absent.status_code
    body, twin = seen.json(), absent.json()
    del body["request_id"], twin["request_id"]
    assert body == twin


@pytest.mark.parametrize("route", [r for r in RESELLERS if str(r) in BODIES], ids=str)
def test_a_banned_user_changes_nothing(route, database, payer, unmoved):
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [payer.id])
    with unmoved(payer.id):
        answer = ask(payer.client, route)
    assert answer.status_code in (403, 404), answer.text
    if "{" not in route.pattern:
        check(answer, 403, "user_banned")


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=str)
def test_no_answer_is_left_in_a_cache_or_taken_for_a_page(operator, route, owner):
    answer = ask(operator, route, **owner.things)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    is_catalog = route.pattern == "/vps/catalog"
    assert answer.headers["Cache-Control"] == ("private, no-cache" if is_catalog else "no-store")
