"""The stand-in of Crypto Pay does what help.send.tg documents."""

import hashlib
import hmac
import json

import pytest

TOKEN = {"Crypto-Pay-API-Token": "1000:standin-cryptobot"}
DOLLARS = {"currency_type": "fiat", "fiat": "USD", "amount": "50.00"}


@pytest.fixture
def call(standin):
    """call(method, parameters…): the result, or the error's (code, name)."""

    def ask(method, headers=TOKEN, **given):
        answer = standin.client.post(f"/cryptobot/api/{method}", json=given, headers=headers)
        body = answer.json()
        if body["ok"]:
            assert answer.status_code == 200
            return body["result"]
        assert answer.status_code == body["error"]["code"]
        return body["error"]["code"], body["error"]["name"]

    return ask


def signature(token, body):
    return hmac.new(hashlib.sha256(token.encode()).digest(), body, hashlib.sha256).hexdigest()


def test_a_call_needs_the_token_and_a_known_method(call):
    assert call("getMe", headers={}) == (401, "UNAUTHORIZED")
    assert call("getMe", headers={"Crypto-Pay-API-Token": "1000:x"}) == (401, "UNAUTHORIZED")
    assert call("getNothing") == (405, "METHOD_NOT_FOUND")
    assert call("getMe")["payment_processing_bot_username"] == "CryptoBot"
    assert call("getBalance")[0].keys() == {"currency_code", "available", "onhold"}
    assert {rate["target"] for rate in call("getExchangeRates")} == {"USD"}


def test_parameters_come_by_query_json_or_form(standin):
    path = "/cryptobot/api/createInvoice"
    for sent in ({"params": DOLLARS}, {"json": DOLLARS}, {"data": DOLLARS}):
        answer = standin.client.post(path, headers=TOKEN, **sent)
        assert answer.json()["result"]["amount"] == "50"
    answer = standin.client.get("/cryptobot/api/getInvoices?count=1", headers=TOKEN)
    assert len(answer.json()["result"]["items"]) == 1


def test_a_new_invoice_is_active_until_its_time_is_over(standin, call):
    made = call("createInvoice", **DOLLARS, payload="slipway-1", expires_in=60)
    assert made["status"] == "active"
    assert (made["fiat"], made["amount"], made["payload"]) == ("USD", "50", "slipway-1")
    assert "paid_at" not in made
    standin.press("clock", advance_s=61)
    (found,) = call("getInvoices", invoice_ids=str(made["invoice_id"]))["items"]
    assert found["status"] == "expired"
    assert call("getInvoices", status="active")["items"] == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"amount": "0"}, "AMOUNT_INVALID"),
        ({"amount": "NaN"}, "AMOUNT_INVALID"),
        ({"fiat": "XXX"}, "FIAT_INVALID"),
        ({"currency_type": "crypto"}, "ASSET_INVALID"),
        ({"accepted_assets": "USDT,NOPE"}, "ACCEPTED_ASSETS_INVALID"),
        ({"description": "d" * 1025}, "DESCRIPTION_TOO_LONG"),
        ({"payload": "p" * 4097}, "PAYLOAD_TOO_LONG"),
        ({"expires_in": 0}, "EXPIRES_IN_INVALID"),
        ({"expires_in": 2678401}, "EXPIRES_IN_INVALID"),
        ({"paid_btn_name": "callback"}, "PAID_BTN_URL_INVALID"),
        ({"paid_btn_name": "dance"}, "PAID_BTN_NAME_INVALID"),
    ],
)
def test_a_wrong_parameter_is_refused(call, wrong, name):
    assert call("createInvoice", **{**DOLLARS, **wrong}) == (400, name)


def test_there_is_no_idempotency_and_the_newest_comes_first(call):
    first = call("createInvoice", **DOLLARS, payload="slipway-1")
    second = call("createInvoice", **DOLLARS, payload="slipway-1")
    assert first["invoice_id"] != second["invoice_id"]
    items = call("getInvoices", count=1)["items"]
    assert [item["invoice_id"] for item in items] == [second["invoice_id"]]
    assert call("getInvoices", count=0) == (400, "COUNT_INVALID")
    assert call("deleteInvoice", invoice_id=first["invoice_id"]) is True
    assert call("deleteInvoice", invoice_id=first["invoice_id"]) == (400, "INVOICE_NOT_FOUND")


def test_a_payment_is_told_by_a_webhook_signed_over_its_bytes(standin, call):
    call("createInvoice", **DOLLARS, payload="slipway-1", accepted_assets="TON")
    headers, body = standin.pay("cryptobot", "slipway-1")
    assert headers["crypto-pay-api-signature"] == signature("1000:standin-cryptobot", body)
    update = json.loads(body)
    assert update["update_type"] == "invoice_paid"
    assert update["payload"]["status"] == "paid"
    assert update["payload"]["paid_asset"] == "TON"
    assert update["payload"]["paid_amount"] == "20"
    path = standin.receiver.arrived[0][0]
    assert path == "/cryptobot"


def test_a_paid_invoice_is_not_paid_again_and_never_in_part(standin, call):
    call("createInvoice", **DOLLARS, payload="slipway-1")
    standin.press("pay", 422, provider="cryptobot", reference="slipway-1", amount="49.99")
    standin.press("pay", provider="cryptobot", reference="slipway-1", webhooks=0)
    standin.press("pay", 409, provider="cryptobot", reference="slipway-1")


def test_an_expired_invoice_is_only_paid_late_on_purpose(standin, call):
    call("createInvoice", **DOLLARS, payload="slipway-1", expires_in=60)
    standin.press("expire", provider="cryptobot", reference="slipway-1")
    standin.press("pay", 409, provider="cryptobot", reference="slipway-1")
    standin.press("webhook", 409, provider="cryptobot", reference="slipway-1")
    _, body = standin.pay("cryptobot", "slipway-1", late=True)
    paid = json.loads(body)["payload"]
    assert paid["status"] == "paid"
    assert paid["paid_at"] >= paid["expiration_date"]


def test_a_webhook_nobody_takes_comes_17_times_and_is_then_switched_off(standin, call):
    call("createInvoice", **DOLLARS, payload="slipway-1")
    standin.receiver.statuses.extend([500] * 17)
    standin.press("pay", provider="cryptobot", reference="slipway-1")
    standin.wait_until_refused("preview", provider="cryptobot", reference="slipway-1")
    attempts = standin.look("webhooks")["attempts"]
    assert [attempt["attempt"] for attempt in attempts] == list(range(1, 18))
    call("createInvoice", **DOLLARS, payload="slipway-2")
    standin.press("pay", 409, provider="cryptobot", reference="slipway-2")
    assert len(standin.receiver.arrived) == 17


def test_a_webhook_is_repeated_until_it_is_taken(standin, call):
    call("createInvoice", **DOLLARS, payload="slipway-1")
    standin.receiver.statuses.extend([500, 302])
    standin.press("pay", provider="cryptobot", reference="slipway-1")
    arrived = standin.receiver.wait_for(3)
    ids = {json.loads(body)["payload"]["invoice_id"] for _, _, body in arrived}
    assert len(ids) == 1
    updates = {json.loads(body)["update_id"] for _, _, body in arrived}
    assert updates == {1}
