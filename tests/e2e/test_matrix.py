"""Every route of the API × everybody who may call it, from the document that the gateway serves: a
route that is added stands in this matrix by itself.

The document has the same routes, scopes and parameters as the endpoint table; the unit test
gateway_documents_test sees to that."""

import pytest
from contract import Contract
from deposits import SCOPES, deposited
from matrix import ABSENT, Things, foreign_requests, item_requests, names_a_thing, request_of
from stack import Stack, User
from webhooks import register

# Routes that belong to everybody: they name nothing of any user.
NOBODYS = {"getCatalog", "quote"}
OTHER_METHODS = ("PATCH", "PUT", "DELETE", "POST", "GET")


def operations():
    with Stack().client() as client:
        return Contract(client.get("/openapi.json").json()).operations


OPERATIONS = operations()
KEYED = [one for one in OPERATIONS if not one.is_open]
RESELLERS = [one for one in KEYED if not one.is_operators]


def routes(found):
    return pytest.mark.parametrize("operation", found, ids=str)


def check(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return body


def without_request_id(answer):
    body = answer.json()
    body.pop("request_id", None)
    return body


def things_of(user):
    """One of everything, the user's own."""
    batch_id = user.buy().json()["batch_id"]
    (item,) = user.batch(batch_id)["items"]
    deposit = deposited(user.client)
    # Nobody listens there.
    webhook = register(user, "http://127.0.0.1:9/")
    test = user.client.post(f"/webhooks/{webhook['id']}/test").json()
    return Things(
        user_id=user.id,
        vps_id=item["vps_id"],
        batch_id=batch_id,
        key_id=user.key_id,
        external_id=deposit["external_id"],
        transaction_id=deposit["transaction_id"],
        webhook_id=webhook["id"],
        delivery_id=test["id"],
    )


@pytest.fixture(scope="module")
def owner(stack):
    """A user with things, whom others try to reach."""
    user = User(stack, scopes=SCOPES)
    user.things = things_of(user)
    yield user
    user.client.close()


@pytest.fixture(scope="module")
def stranger(stack):
    user = User(stack, scopes=SCOPES)
    yield user
    user.client.close()


@pytest.fixture(scope="module")
def limited(stack):
    """limited(scope): a user whose key has every scope but that one."""
    made = {}

    def find(scope):
        if scope not in made:
            made[scope] = User(stack, scopes=[one for one in SCOPES if one != scope])
        return made[scope]

    yield find
    for user in made.values():
        user.client.close()


@pytest.fixture(scope="module")
def banned(stack, operator):
    user = User(stack, scopes=SCOPES)
    user.things = things_of(user)
    body = {"banned": True, "reason": "test"}
    operator.post(f"/admin/users/{user.id}/ban", json=body).raise_for_status()
    yield user
    user.client.close()


@routes(KEYED)
def test_without_a_key_nothing_is_answered(stack, operation):
    with stack.client() as client:
        answer = client.request(**request_of(operation))
    check(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@routes(KEYED)
def test_a_key_that_does_not_exist_opens_nothing(stack, operation):
    with stack.client("slip_hosting_" + "Z" * 32) as client:
        check(client.request(**request_of(operation)), 401, "unauthorized")


@routes(KEYED)
def test_a_key_without_the_scope_is_refused(limited, operation, unmoved):
    user = limited(operation.scope)
    with unmoved(user.id):
        answer = user.client.request(**request_of(operation))
    assert operation.scope in check(answer, 403, "forbidden_scope")["detail"]


@routes(RESELLERS)
def test_what_is_another_users_is_as_what_is_not_there(owner, stranger, unmoved, operation):
    assert names_a_thing(operation) != (operation.spec["operationId"] in NOBODYS)
    pairs = zip(
        foreign_requests(operation, owner.things), foreign_requests(operation, ABSENT), strict=True
    )
    with unmoved(owner.id, stranger.id):
        for (_, theirs), (_, nothing) in pairs:
            seen, absent = stranger.client.request(**theirs), stranger.client.request(**nothing)
            check(seen, 404, "not_found")
            assert without_request_id(seen) == without_request_id(absent)


@routes([one for one in RESELLERS if [*item_requests(one, ABSENT)]])
def test_in_a_bulk_too_what_is_another_users_is_not_there(owner, stranger, unmoved, operation):
    pairs = zip(
        item_requests(operation, owner.things), item_requests(operation, ABSENT), strict=True
    )
    with unmoved(owner.id, stranger.id):
        for (_, theirs), (_, nothing) in pairs:
            seen, absent = stranger.client.request(**theirs), stranger.client.request(**nothing)
            (found,), (missing,) = seen.json()["results"], absent.json()["results"]
            assert found["error"]["code"] == "not_found"
            assert {**found, "vps_id": 0} == {**missing, "vps_id": 0}


@routes(RESELLERS)
def test_a_banned_user_reads_and_writes_nothing(banned, unmoved, operation):
    writes = operation.method != "GET" and operation.scope != "vps:read"
    with unmoved(banned.id):
        answer = banned.client.request(**request_of(operation, banned.things))
    if writes:
        check(answer, 403, "user_banned")
    elif operation.spec["operationId"] == "openConsole":
        # Let in; it is the nodes of these tests that offer no screens.
        check(answer, 409, "console_unavailable")
    else:
        assert answer.status_code == 200, answer.text


@routes([one for one in RESELLERS if one.is_money])
def test_an_operator_must_say_whose_money_it_is(operator, owner, unmoved, operation):
    with unmoved(owner.id):
        answer = operator.request(**request_of(operation, owner.things))
    rows = check(answer, 422, "validation_failed")["errors"]
    assert ("/user_id", "user_id_required") in {(row["pointer"], row["code"]) for row in rows}


@routes([one for one in RESELLERS if not one.is_money])
def test_an_operator_needs_no_user_to_read_or_manage(operator, operation):
    answer = operator.request(**request_of(operation))
    absent = [name for name in operation.parameters("path") if name in ABSENT.values()]
    if absent:
        check(answer, 404, "not_found")
    elif operation.method != "GET" and "user_id" in operation.parameters("query"):
        (row,) = check(answer, 422, "validation_failed")["errors"]
        assert (row["pointer"], row["code"]) == ("?user_id", "user_id_required")
    elif operation.method == "GET" and 422 in map(int, operation.spec["responses"]):
        check(answer, 422, "validation_failed")
    else:
        assert answer.status_code == 200, answer.text


@routes([one for one in OPERATIONS if not one.is_raw])
def test_a_query_parameter_that_does_not_exist_is_refused(operator, operation):
    answer = operator.request(**request_of(operation, params={"colour": "red"}))
    rows = check(answer, 400, "invalid_request")["errors"]
    assert [(row["pointer"], row["code"]) for row in rows] == [("?colour", "unknown_parameter")]


@routes([one for one in KEYED if one.method != "GET"])
def test_a_member_that_does_not_exist_is_refused(operator, operation):
    body = {**(operation.example() or {}), "colour": "red"}
    answer = operator.request(**request_of(operation, json=body))
    rows = check(answer, 400, "invalid_request")["errors"]
    assert ("/colour", "unknown_member") in {(row["pointer"], row["code"]) for row in rows}


@pytest.mark.parametrize("path", sorted({one.path for one in OPERATIONS}))
def test_a_method_that_does_not_exist_is_told_which_do(stack, path):
    there = {one.method: one for one in OPERATIONS if one.path == path}
    method = next(name for name in OTHER_METHODS if name not in there)
    request = request_of(next(iter(there.values())))
    with stack.client() as client:
        answer = client.request(method, request["url"])
    check(answer, 405, "method_not_allowed")
    allowed = {*there, *({"HEAD"} if "GET" in there else ())}
    assert set(answer.headers["Allow"].split(", ")) == allowed


@routes([one for one in OPERATIONS if one.is_open and one.method == "GET"])
def test_what_is_open_asks_for_no_key_and_is_not_sent_twice(stack, operation):
    with stack.client() as client:
        first = client.request(**request_of(operation))
        headers = {"If-None-Match": first.headers["ETag"]}
        again = client.request(**request_of(operation, headers=headers))
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "RateLimit" not in first.headers


@routes([one for one in OPERATIONS if one.is_raw])
def test_what_asks_for_no_key_to_write_asks_for_the_providers_signature(stack, operation):
    with stack.client() as client:
        answer = client.request(**request_of(operation, json={"status": "paid"}))
    check(answer, 401, "signature_invalid")
