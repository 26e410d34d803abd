"""From the invoice to the money: callbacks, looks, operators, and everything that comes twice,
late, wrong or in part."""

import concurrent.futures
import threading
import uuid

import confluent_kafka
import httpx
import pytest
from deposits import PROVIDERS, SCOPES, await_found, await_status, deposited, path_of
from stack import API, User, cents


@pytest.fixture
def looked_at(database):
    """looked_at(deposit): the provider is asked after it now."""

    def look(made):
        database.execute(
            "UPDATE billing.deposits SET due_at = now() WHERE id = %s", [made["transaction_id"]]
        )

    return look


def credits_of(database, made):
    """How often a deposit moved money, and how much."""
    return database.execute(
        "SELECT count(*), coalesce(sum(amount_cents), 0) FROM billing.transfers WHERE id = %s",
        [made["transaction_id"]],
    ).fetchone()


# ---- paid


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_paid_invoice_is_credited_by_its_callback(payer, standins, provider):  # INV-9
    made = deposited(payer.client, provider)
    standins.press("pay", made)
    assert standins.await_heard(made) == [200]
    assert payer.client.get(path_of(made)).json() == {**made, "status": "completed"}
    assert payer.balance() == 5000
    (row,) = payer.client.get("/transactions").json()["items"]
    assert (row["id"], row["type"], row["status"]) == (
        made["transaction_id"],
        "deposit",
        "completed",
    )
    assert (row["amount_usd"], row["balance_after_usd"]) == ("50.00", "50.00")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_without_a_callback_is_found(payer, standins, looked_at, provider):
    made = deposited(payer.client, provider)
    standins.press("pay", made, webhooks=0)
    looked_at(made)
    await_status(payer.client, made, "completed")
    assert payer.balance() == 5000


def test_seventeen_callbacks_credit_once(payer, standins, database):  # INV-9
    made = deposited(payer.client)
    standins.press("pay", made, webhooks=17)
    assert set(standins.await_heard(made, 17)) == {200}
    standins.press("webhook", made, times=3)
    assert set(standins.await_heard(made, 20)) == {200}
    assert credits_of(database, made) == (1, 5000)
    assert payer.balance() == 5000


def test_two_replicas_an_operator_and_a_look_credit_once(
    stack, operator, payer, standins, billing_with, looked_at, database
):  # INV-9
    urls = [stack.facts()["SLIPWAY_URL"], billing_with()]
    made = deposited(payer.client)
    standins.press("pay", made, webhooks=0)
    preview = standins.look("preview", provider="cryptobot", external_id=made["external_id"])
    gate = threading.Barrier(19)

    def call_back(number):
        gate.wait()
        url = f"{urls[number % 2]}{API}/callbacks/cryptobot"
        return httpx.post(url, content=preview["body"], headers=preview["headers"], timeout=30)

    def mark():
        gate.wait()
        return operator.post(f"/admin/deposits/{made['transaction_id']}/mark-completed")

    with concurrent.futures.ThreadPoolExecutor(19) as pool:
        futures = [pool.submit(call_back, number) for number in range(17)]
        futures += [pool.submit(mark), pool.submit(lambda: (gate.wait(), looked_at(made)))]
        answers = [future.result() for future in futures[:18]]
        futures[18].result()
    assert {answer.status_code for answer in answers} == {200}
    await_status(payer.client, made, "completed")
    assert credits_of(database, made) == (1, 5000)
    assert payer.balance() == 5000


def test_a_pending_deposit_is_a_transaction_that_has_moved_nothing(payer, standins):
    made = deposited(payer.client)
    (row,) = payer.client.get("/transactions", params={"status": "pending"}).json()["items"]
    assert (row["id"], row["type"]) == (made["transaction_id"], "deposit")
    assert (row["amount_usd"], row["balance_after_usd"]) == ("50.00", None)
    assert not payer.client.get("/transactions", params={"type": "purchase"}).json()["items"]
    standins.press("pay", made)
    await_status(payer.client, made, "completed")
    assert not payer.client.get("/transactions", params={"status": "pending"}).json()["items"]


def test_who_invited_the_payer_gets_its_part(stack, standins):
    referrer = User(stack, funds="0.00")
    payer = User(stack, funds="0.00", scopes=SCOPES, referrer_id=referrer.id)
    made = deposited(payer.client, amount="33.33")
    standins.press("pay", made, webhooks=2)
    await_status(payer.client, made, "completed")
    standins.await_heard(made, 2)
    assert (payer.balance(), referrer.balance()) == (3333, 166)
    (row,) = referrer.client.get("/transactions").json()["items"]
    assert (row["type"], row["amount_usd"]) == ("referral_bonus", "1.66")


# ---- more, less, late, never


def test_more_than_the_invoice_is_credited_too(payer, standins):
    made = deposited(payer.client, "crypto")
    standins.press("pay", made, amount="60")
    await_status(payer.client, made, "completed")
    assert payer.balance() == 6000


def test_less_than_the_invoice_waits_and_then_fails(payer, standins, looked_at, database):
    made = deposited(payer.client, "crypto")
    standins.press("pay", made, amount="49.99")
    standins.await_heard(made)
    assert payer.client.get(path_of(made)).json()["status"] == "pending"
    database.execute(
        "UPDATE billing.deposits SET expires_at = now() - interval '1 hour' WHERE id = %s",
        [made["transaction_id"]],
    )
    looked_at(made)
    await_status(payer.client, made, "failed")
    assert database.execute(
        "SELECT failure, paid_cents FROM billing.deposits WHERE id = %s", [made["transaction_id"]]
    ).fetchone() == ("underpaid", 4999)
    assert payer.balance() == 0


def test_coins_that_are_not_confirmed_are_no_money_yet(payer, standins):
    made = deposited(payer.client, "crypto")
    standins.press("pay", made, stage="confirming")
    standins.await_heard(made)
    assert payer.client.get(path_of(made)).json()["status"] == "pending"
    assert payer.balance() == 0


@pytest.mark.parametrize("provider", ["cryptobot", "sbp", "xrocket"])
def test_what_nobody_pays_expires_and_is_credited_when_paid_late(
    payer, standins, looked_at, provider
):
    made = deposited(payer.client, provider)
    standins.press("expire", made)
    looked_at(made)
    await_status(payer.client, made, "expired")
    (row,) = payer.client.get("/transactions", params={"status": "expired"}).json()["items"]
    assert row["id"] == made["transaction_id"]
    standins.press("pay", made, late=True)
    await_status(payer.client, made, "completed")
    assert payer.balance() == 5000


# ---- operators


def mark(operator, made, how):
    return operator.post(f"/admin/deposits/{made['transaction_id']}/mark-{how}")


def test_an_operator_completes_a_deposit_once(operator, payer, standins, database):
    made = deposited(payer.client)
    first, again = mark(operator, made, "completed"), mark(operator, made, "completed")
    assert (first.status_code, first.json()) == (200, {**made, "status": "completed"})
    assert (again.status_code, again.content) == (200, first.content)
    refused = mark(operator, made, "failed")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")
    standins.press("pay", made)
    standins.await_heard(made)
    assert credits_of(database, made) == (1, 5000)


def test_a_deposit_that_an_operator_failed_stays_failed(operator, payer, standins, database):
    made = deposited(payer.client)
    first, again = mark(operator, made, "failed"), mark(operator, made, "failed")
    assert (first.status_code, first.json()) == (200, {**made, "status": "failed"})
    assert again.content == first.content
    assert mark(operator, made, "completed").status_code == 409
    standins.press("pay", made)
    assert standins.await_heard(made) == [200]
    assert payer.client.get(path_of(made)).json()["status"] == "failed"
    assert credits_of(database, made) == (0, 0)


def test_only_operators_mark_and_only_what_there_is(operator, payer):
    made = deposited(payer.client)
    assert mark(payer.client, made, "completed").json()["code"] == "forbidden_scope"
    assert operator.post("/admin/deposits/999999999/mark-completed").status_code == 404
    assert operator.post("/admin/deposits/0/mark-failed").status_code == 404
    assert payer.balance() == 0


# ---- who only says that it is a provider


@pytest.mark.parametrize("provider", ["cryptobot", "xrocket", "lolz", "sbp", "crypto"])
@pytest.mark.parametrize("signature", ["wrong", "missing"])
def test_a_callback_with_a_bad_signature_is_turned_away(payer, standins, provider, signature):
    made = deposited(payer.client, provider)
    standins.press("pay", made, signature=signature)
    assert standins.await_heard(made) == [401]
    assert payer.client.get(path_of(made)).json()["status"] == "pending"
    assert payer.balance() == 0


def test_a_callback_needs_no_key_and_tells_nothing(stack):
    with stack.client() as client:
        for body in (b"", b"{}", b"\x00\xff", b"[" * 1000):
            answer = client.post("/callbacks/cryptobot", content=body)
            assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
        assert client.post("/callbacks/paypal", content=b"{}").status_code == 404
        assert client.get("/callbacks/cryptobot").status_code == 405
        large = client.post("/callbacks/cryptobot", content=b" " * (256 * 1024 + 1))
        assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


def test_a_changed_body_is_not_the_signed_one(payer, standins, stack):
    made = deposited(payer.client)
    standins.press("pay", made, webhooks=0)
    preview = standins.look("preview", provider="cryptobot", external_id=made["external_id"])
    body = preview["body"].replace(made["external_id"], "1")
    with stack.client() as client:
        answer = client.post("/callbacks/cryptobot", content=body, headers=preview["headers"])
    assert (body != preview["body"], answer.status_code) == (True, 401)
    assert payer.balance() == 0


def test_an_invoice_that_is_not_ours_is_heard_and_ignored(stack, standins):
    settings = stack.settings("billing")
    made = standins.client.post(
        "/cryptobot/api/createInvoice",
        json={"currency_type": "fiat", "fiat": "USD", "amount": "7", "payload": "somebody else's"},
        headers={"Crypto-Pay-API-Token": settings["PROVIDER_CRYPTOBOT_TOKEN"]},
    ).json()["result"]
    foreign = {"provider": "cryptobot", "external_id": str(made["invoice_id"])}
    standins.press("pay", foreign)
    assert standins.await_heard(foreign) == [200]


# ---- who is told


def test_each_step_is_told_to_other_teams(stack, payer, standins):
    made = deposited(payer.client)
    standins.press("pay", made)
    await_status(payer.client, made, "completed")
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": stack.brokers(),
            "group.id": str(uuid.uuid4()),
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["hosting.events"])
    told = []

    def read():
        message = consumer.poll(1)
        if message is not None and message.error() is None:
            headers = dict(message.headers() or [])
            if headers["ce_subject"] == f"deposit:{made['transaction_id']}".encode():
                told.append((message.key().decode(), headers["ce_type"].decode()))
        return len(told) == 2

    await_found(read, told)
    consumer.close()
    assert told == [
        (str(payer.id), "hosting.deposit.created.v1"),
        (str(payer.id), "hosting.deposit.completed.v1"),
    ]


def test_what_providers_did_is_counted(stack, payer, standins):
    made = deposited(payer.client)
    standins.press("pay", made)
    await_status(payer.client, made, "completed")
    port = stack.settings("billing")["BILLING_ADMIN_PORT"]
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    counted = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
    for series in (
        'slipway_billing_provider_calls_total{provider="cryptobot",call="create",outcome="done"}',
        'slipway_billing_callbacks_total{provider="cryptobot",outcome="settled"}',
        'slipway_billing_provider_call_duration_seconds_count{provider="cryptobot",call="create"}',
        'slipway_billing_commands_total{kind="settle_deposit",outcome="done"}',
    ):
        assert int(counted[series]) >= 1


def test_the_books_balance_with_the_providers_accounts(operator, database):  # INV-1
    body = operator.get("/admin/audit").json()
    assert (body["balanced"], body["sum_cents"]) == (True, 0)
    cleared, credited = database.execute(
        "SELECT (SELECT sum(balance_cents) FROM billing.accounts WHERE kind = 'clearing'),"
        " (SELECT sum(credited_cents) FROM billing.deposits)"
    ).fetchone()
    assert cleared == -credited
    assert cents("0.01") <= credited
