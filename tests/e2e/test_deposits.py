"""Deposits from the request to the invoice: what is made, refused, repeated, and seen by whom."""

import concurrent.futures
import threading

import pytest
from deposits import PROVIDERS, await_found, deposit, deposited, order, path_of
from stack import PURCHASE, User, cents, new_key


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_deposit_is_an_invoice_to_pay(payer, standins, provider):
    answer = payer.client.post("/deposits", json=order(provider), headers=new_key())
    body = answer.json()
    members = ["provider", "external_id", "transaction_id", "status", "amount_usd", "fee_usd"]
    members += ["pay_url", "expires_at"]
    if provider == "crypto":
        members += ["address", "network", "pay_amount"]
        assert body["address"]
        assert body["pay_amount"] == "50"
    else:
        assert body["pay_url"].startswith("http")
    assert (answer.status_code, list(body)) == (201, members)
    assert (body["provider"], body["status"]) == (provider, "pending")
    assert (body["amount_usd"], body["fee_usd"]) == ("50.00", "0.00")
    assert len(standins.invoices(provider, body["transaction_id"])) == 1
    # The same deposit is the same bytes.
    assert payer.client.get(path_of(body)).content == answer.content
    assert payer.balance() == 0


def test_a_replay_is_the_same_bytes_and_one_invoice(payer, standins):  # INV-3
    key = new_key()
    first, again = deposit(payer.client, key), deposit(payer.client, key)
    assert again.content == first.content
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    standins.press("pay", first.json())
    standins.await_heard(first.json())
    assert deposit(payer.client, key).content == first.content
    assert len(standins.invoices("cryptobot", first.json()["transaction_id"])) == 1


def test_racing_requests_with_one_key_make_one_invoice(payer, standins):  # INV-3
    key = new_key()
    gate = threading.Barrier(20)

    def attempt():
        gate.wait()
        return deposit(payer.client, key)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = [future.result() for future in [pool.submit(attempt) for _ in range(20)]]
    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {answer.json()["code"] for answer in refused} <= {"idempotency_in_progress"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert len({answer.content for answer in made}) == 1
    assert len(standins.invoices("cryptobot", made[0].json()["transaction_id"])) == 1


def test_the_key_with_another_amount_is_a_mismatch(payer):
    key = new_key()
    assert deposit(payer.client, key).status_code == 201
    answer = deposit(payer.client, key, amount_usd="60.00")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("changes", "status", "pointer", "code"),
    [
        ({"amount_usd": "0.99"}, 422, "/amount_usd", "out_of_range"),
        ({"amount_usd": "1000.01"}, 422, "/amount_usd", "out_of_range"),
        ({"amount_usd": "-50.00"}, 422, "/amount_usd", "out_of_range"),
        ({"amount_usd": None}, 422, "/amount_usd", "required"),
        ({"amount_usd": 50}, 400, "/amount_usd", "wrong_type"),
        ({"provider": "paypal"}, 422, "/provider", "unknown_provider"),
        ({"provider": None}, 422, "/provider", "required"),
        ({"asset": "US DT"}, 422, "/asset", "out_of_range"),
        ({"provider": "sbp", "asset": "USDT"}, 422, "/asset", "out_of_range"),
        ({"provider": "lolz", "asset": "USDT"}, 422, "/asset", "out_of_range"),
        ({"provider": "xrocket", "asset": "BTC"}, 422, "/asset", "out_of_range"),
        ({"coupon": "x"}, 400, "/coupon", "unknown_member"),
    ],
)
def test_what_can_not_be_deposited_is_refused(payer, unmoved, changes, status, pointer, code):
    with unmoved(payer.id):
        answer = deposit(payer.client, **changes)
    assert answer.status_code == status, answer.text
    assert (pointer, code) in [(row["pointer"], row["code"]) for row in answer.json()["errors"]]


@pytest.mark.parametrize("amount", ["1.00", "1000.00"])
def test_the_bounds_themselves_can_be_deposited(payer, amount):
    assert deposit(payer.client, amount_usd=amount).status_code == 201


def test_a_deposit_needs_a_key_of_its_own(payer):
    answer = payer.client.post("/deposits", json=order("cryptobot"))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_a_deposit_needs_its_scope_the_switch_and_a_user_in_good_standing(
    stack, payer, gateway_with, database
):
    buyer = User(stack, funds="0.00", scopes=("vps:read", "vps:buy"))
    assert deposit(buyer.client).json()["code"] == "forbidden_scope"
    with stack.client(payer.key, gateway_with(API_MONEY_ENABLED="off")) as client:
        assert deposit(client).json()["code"] == "money_disabled"
    database.execute("UPDATE billing.users SET is_banned = true WHERE id = %s", [payer.id])
    answer = deposit(payer.client)
    assert (answer.status_code, answer.json()["code"]) == (403, "user_banned")


def test_an_operator_deposits_for_a_user_it_names(operator, payer):
    answer = deposit(operator)
    assert answer.status_code == 422
    assert [row["code"] for row in answer.json()["errors"]] == ["user_id_required"]
    made = deposit(operator, user_id=payer.id).json()
    assert payer.client.get(path_of(made)).json() == made
    assert operator.get(path_of(made)).json() == made


def test_another_users_deposit_is_not_there(payer, other):
    made = deposited(payer.client)
    seen, absent = other.client.get(path_of(made)), other.client.get("/deposits/cryptobot/1")
    assert (seen.status_code, absent.status_code) == (404, 404)
    bodies = [seen.json(), absent.json()]
    for body in bodies:
        del body["request_id"]
    assert bodies[0] == bodies[1]
    for path in ("/deposits/paypal/1", "/deposits/cryptobot/%00", "/deposits/cryptobot/%ff"):
        assert other.client.get(path).status_code in (400, 404)
    assert deposit(other.client, user_id=payer.id).status_code in (403, 404)


def test_a_provider_without_a_token_is_refused_by_name(stack, payer, billing_with, unmoved):
    with stack.client(payer.key, billing_with(PROVIDER_CRYPTOBOT_TOKEN="")) as client:
        with unmoved(payer.id):
            answer = deposit(client)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert [(row["pointer"], row["code"]) for row in answer.json()["errors"]] == [
            ("/provider", "provider_unavailable")
        ]
        assert client.post("/callbacks/cryptobot", content=b"{}").status_code == 404


def test_a_fee_is_on_the_invoice_and_not_in_the_wallet(stack, payer, billing_with, standins):
    url = billing_with(PROVIDER_CRYPTOBOT_FEE_BASIS_POINTS="250")
    with stack.client(payer.key, url) as client:
        made = deposited(client)
    assert (made["amount_usd"], made["fee_usd"]) == ("50.00", "1.25")
    (invoice,) = standins.invoices("cryptobot", made["transaction_id"])
    assert cents(invoice["amount"]) == 5125
    standins.press("pay", made)
    standins.await_heard(made)
    assert payer.balance() == 5000


# ---- providers that err


@pytest.fixture
def faults(standins, database):
    """faults(provider, kind=…): what its next requests meet; none is left behind, and no look at
    another test's deposit gets in between."""
    used = set()

    def set_fault(provider, **given):
        used.add(provider)
        database.execute(
            "UPDATE billing.deposits SET due_at = now() + interval '1 hour'"
            " WHERE due_at IS NOT NULL"
        )
        standins.press("fault", provider=provider, **given)

    yield set_fault
    for provider in used:
        standins.press("fault", provider=provider)


def test_an_error_of_the_provider_is_a_502_and_the_same_key_tries_again(payer, standins, faults):
    key = new_key()
    faults("cryptobot", kind="status", status=500)
    first = deposit(payer.client, key)
    assert (first.status_code, first.json()["code"]) == (502, "provider_error")
    again = deposit(payer.client, key)
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert len(standins.invoices("cryptobot", again.json()["transaction_id"])) == 1


def test_a_refusal_of_the_provider_is_a_502_and_a_failed_transaction(payer):
    key = new_key()
    answer = deposit(payer.client, key, provider="crypto", asset="NOPE")
    assert (answer.status_code, answer.json()["code"]) == (502, "provider_error")
    (row,) = payer.client.get("/transactions", params={"type": "deposit"}).json()["items"]
    assert (row["status"], row["amount_usd"], row["balance_after_usd"]) == ("failed", "50.00", None)


@pytest.mark.parametrize("provider", ["cryptobot", "lolz", "sbp", "xrocket"])
@pytest.mark.parametrize("kind", ["drop", "garbage"])
def test_an_answer_lost_in_the_middle_is_found_again(
    payer, standins, faults, database, provider, kind
):  # INV-3
    key = new_key()
    body = order(provider)
    faults(provider, kind=kind)
    first = payer.client.post("/deposits", json=body, headers=key)
    assert first.status_code == {"drop": 504, "garbage": 502}[kind], first.text
    database.execute(
        "UPDATE billing.deposits SET leased_until = now() WHERE user_id = %s", [payer.id]
    )
    again = payer.client.post("/deposits", json=body, headers=key)
    assert again.status_code == 201, again.text
    assert len(standins.invoices(provider, again.json()["transaction_id"])) == 1
    assert payer.client.post("/deposits", json=body, headers=key).content == again.content


def test_nobody_need_repeat_a_lost_request(payer, standins, faults, database):  # INV-3
    faults("cryptobot", kind="drop")
    assert deposit(payer.client).status_code == 504
    database.execute("UPDATE billing.deposits SET due_at = now() WHERE user_id = %s", [payer.id])
    rows = await_found(
        lambda: payer.client.get("/transactions").json()["items"], "no invoice came about"
    )
    assert [row["status"] for row in rows] == ["pending"]
    assert len(standins.invoices("cryptobot", rows[0]["id"])) == 1


def hung(standins):
    return [row for row in standins.look("requests")["requests"] if row["fault"] == "hang"]


def test_a_hanging_provider_holds_up_its_own_customer_only(
    stack, payer, user, billing_with, faults, standins
):
    url = billing_with(PROVIDER_TIMEOUT_MS="3000", DEPOSIT_LEASE_MS="9000")
    faults("cryptobot", kind="hang", seconds=20)
    with (
        stack.client(payer.key, url) as client,
        stack.client(user.key, url) as neighbour,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        key = new_key()
        hanging = pool.submit(deposit, client, key)
        await_found(lambda: hung(standins), "the provider was not asked")
        bought = neighbour.post("/vps", json=PURCHASE, headers=new_key())
        assert bought.status_code == 202
        assert not hanging.done()
        repeat = deposit(client, key)
        assert (repeat.status_code, repeat.json()["code"]) == (409, "idempotency_in_progress")
        answer = hanging.result()
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
