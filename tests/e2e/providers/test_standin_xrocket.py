"""The stand-in of xRocket Pay does what its OpenAPI says, and what users of the newer API saw."""

import hashlib
import hmac
import json

import httpx
import pytest

KEY = {"Rocket-Pay-Key": "standin-xrocket"}
BEARER = {"Authorization": "Bearer standin-xrocket"}
INVOICE = {"amount": 50, "numPayments": 1, "currency": "USDT", "payload": "slipway-1"}
PRICED = {"priceCurrency": "USD", "priceAmount": "50.00", "clientInvoiceId": "slipway-1"}


@pytest.fixture
def classic(standin):
    def ask(method, path, headers=KEY, **sent):
        return standin.client.request(method, f"/xrocket{path}", headers=headers, **sent)

    return ask


@pytest.fixture
def newer(standin):
    def ask(method, path, headers=BEARER, **sent):
        return standin.client.request(method, f"/xrocket/api/v1{path}", headers=headers, **sent)

    return ask


def test_a_key_is_asked_for_but_not_for_the_version(classic):
    assert classic("GET", "/version", headers={}).status_code == 200
    assert classic("GET", "/currencies/available", headers={}).json()["success"] is True
    refused = classic("POST", "/tg-invoices", headers={}, json=INVOICE)
    assert refused.status_code == 401
    assert refused.json()["success"] is False
    assert classic("GET", "/app/info").json()["data"]["name"]


def test_a_classic_invoice_is_made_with_201_and_numbers(classic):
    answer = classic("POST", "/tg-invoices", json={**INVOICE, "expiredIn": 60})
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert data["amount"] == 50
    assert isinstance(data["id"], int)
    assert (data["status"], data["expiredIn"], data["paid"]) == ("active", 60, None)
    assert (data["totalActivations"], data["activationsLeft"]) == (1, 1)


def test_decimals_after_the_ninth_are_cut(classic):
    text = '{"amount":0.12345678999,"numPayments":1,"currency":"USDT"}'
    answer = classic("POST", "/tg-invoices", content=text)
    assert '"amount":0.123456789,' in answer.text


@pytest.mark.parametrize(
    ("wrong", "property_"),
    [
        ({"amount": "50"}, "amount"),
        ({"amount": 1000001}, "amount"),
        ({"numPayments": None}, "numPayments"),
        ({"currency": "USD"}, "currency"),
        ({"description": "d" * 1001}, "description"),
        ({"payload": "p" * 4001}, "payload"),
        ({"callbackUrl": "u" * 501}, "callbackUrl"),
        ({"expiredIn": 86401}, "expiredIn"),
    ],
)
def test_a_wrong_field_is_named(classic, wrong, property_):
    answer = classic("POST", "/tg-invoices", json={**INVOICE, **wrong})
    assert answer.status_code == 400
    assert [error["property"] for error in answer.json()["errors"]] == [property_]


def test_a_classic_invoice_is_listed_shown_and_deleted(classic):
    made = classic("POST", "/tg-invoices", json=INVOICE).json()["data"]["id"]
    listed = classic("GET", "/tg-invoices?limit=1&offset=0").json()["data"]
    assert (listed["total"], listed["results"][0]["id"]) == (1, made)
    assert classic("GET", "/tg-invoices?limit=1001").status_code == 400
    assert classic("GET", f"/tg-invoices/{made}").json()["data"]["payments"] == []
    assert classic("GET", "/tg-invoices/1").status_code == 404
    assert classic("DELETE", f"/tg-invoices/{made}").json() == {"success": True}
    assert classic("DELETE", f"/tg-invoices/{made}").status_code == 404


def test_a_classic_payment_is_told_and_signed(standin, classic):
    classic("POST", "/tg-invoices", json=INVOICE)
    headers, body = standin.pay("xrocket", "slipway-1")
    key = hashlib.sha256(b"standin-xrocket").digest()
    assert headers["rocket-pay-signature"] == hmac.new(key, body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert told["type"] == "invoicePay"
    assert told["data"]["status"] == "paid"
    assert told["data"]["payment"]["paymentAmount"] == 50


def test_a_newer_error_has_a_type(newer):
    refused = newer("GET", "/invoice?invoiceId=1", headers={})
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "application/problem+json"
    missing = {"priceCurrency": "USD"}
    both = {**PRICED, "minPayment": "1"}
    assert newer("POST", "/invoices", json=missing).json()["type"] == "missing_invoice_amount"
    assert newer("POST", "/invoices", json=both).json()["type"] == "amount_conflict"
    assert newer("POST", "/invoices", json={**PRICED, "priceAmount": 50}).status_code == 400
    assert newer("GET", "/invoice?invoiceId=1").json()["type"] == "invoice_not_found"


def test_a_client_id_makes_one_invoice(newer):
    first = newer("POST", "/invoices", json=PRICED)
    again = newer("POST", "/invoices", json=PRICED)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["links"]["telegramBotLink"]
    found = newer("GET", "/invoice?clientInvoiceId=slipway-1").json()
    assert found["id"] == first.json()["id"]
    assert newer("GET", "/invoices?limit=10").json()["pagination"]["total"] == 1


@pytest.mark.parametrize(("unit", "lives_s"), [("ms", 60), ("s", 60_000)])
def test_a_lifetime_is_in_the_unit_that_was_set(served, unit, lives_s):
    with served(STANDIN_XROCKET_LIFETIME_UNIT=unit) as url:
        path = f"{url}/xrocket/api/v1/invoices"
        made = httpx.post(path, headers=BEARER, json={**PRICED, "expiresIn": 60_000}).json()
        (seen,) = httpx.get(f"{url}/__/invoices?provider=xrocket").json()["invoices"]
    assert seen["external_id"] == made["id"]
    assert round(seen["expires_at"] - seen["created_at"]) == lives_s


def test_a_newer_payment_is_told_unsigned_where_the_invoice_says(standin, newer):
    callback = {"callbackUrl": standin.receiver.url + "/hook", "payload": "slipway-1"}
    newer("POST", "/invoices", json={**PRICED, "callback": callback})
    headers, body = standin.pay("xrocket", "slipway-1")
    assert "rocket-pay-signature" not in headers
    assert standin.receiver.arrived[0][0] == "/hook"
    assert json.loads(body)["data"]["payload"] == "slipway-1"
    payments = newer("GET", "/invoice/payments?clientInvoiceId=slipway-1").json()
    assert payments[0]["payAmount"] == "50"
