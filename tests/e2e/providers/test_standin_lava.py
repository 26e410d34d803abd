"""The stand-in of Lava Business does what its SDK does and expects."""

import hashlib
import hmac
import json

import pytest

SHOP = "11111111-2222-3333-4444-555555555555"
INVOICE = {"sum": 4750, "orderId": "slipway-1", "shopId": SHOP, "expire": 60}


def sign(key, text):
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def as_php(value):
    """ksort() and json_encode() with PHP's defaults."""
    ordered = {name: value[name] for name in sorted(value)}
    return json.dumps(ordered, separators=(",", ":")).replace("/", "\\/")


@pytest.fixture
def ask(standin):
    """ask(route, body): signed in a header; or with other headers."""

    def request(route, body, headers=None):
        text = json.dumps(body)
        sent = {"Signature": sign("standin-sbp", text)} if headers is None else headers
        return standin.client.post(f"/sbp/business/{route}", content=text, headers=sent)

    return request


def test_an_invoice_is_made_under_either_signature(ask):
    made = ask("invoice/create", INVOICE).json()
    assert (made["status"], made["status_check"]) == (200, True)
    assert made["data"]["amount"] == 4750
    assert made["data"]["shop_id"] == SHOP
    inside = {**INVOICE, "orderId": "slipway/ü", "hookUrl": "http://127.0.0.1/x"}
    inside["signature"] = sign("standin-sbp", as_php(inside))
    assert ask("invoice/create", inside, headers={}).json()["data"]["id"]


def test_a_wrong_signature_is_refused(ask):
    for headers in ({}, {"Signature": "0" * 64}):
        body = ask("invoice/create", INVOICE, headers=headers).json()
        assert (body["data"], body["status"], body["status_check"]) == (None, 401, False)
    inside = {**INVOICE, "signature": sign("standin-sbp", json.dumps(INVOICE))}
    assert ask("invoice/create", inside, headers={}).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sum": 0}, "sum"),
        ({"sum": "1.001"}, "sum"),
        ({"orderId": ""}, "orderId"),
        ({"expire": 0}, "expire"),
        ({"expire": 43201}, "expire"),
        ({"includeService": ["sbp", "gold"]}, "includeService.1"),
        ({"hookUrl": "x"}, "hookUrl"),
    ],
)
def test_a_wrong_field_is_listed(ask, wrong, field):
    answer = ask("invoice/create", {**INVOICE, **wrong})
    assert answer.status_code == 422
    assert list(answer.json()["error"]) == [field]


def test_an_order_is_unique_and_finds_its_invoice(ask):
    made = ask("invoice/create", {**INVOICE, "customFields": "kopecks=475000"}).json()["data"]
    again = ask("invoice/create", INVOICE)
    assert (again.status_code, again.json()["error"]) == (422, "OrderId must be uniq")
    for by in ({"orderId": "slipway-1"}, {"invoiceId": made["id"]}):
        found = ask("invoice/status", {"shopId": SHOP, **by}).json()["data"]
        assert (found["id"], found["status"]) == (made["id"], "created")
        assert found["custom_fields"] == "kopecks=475000"
    missing = ask("invoice/status", {"shopId": SHOP, "orderId": "slipway-2"})
    assert (missing.status_code, missing.json()["error"]) == (404, "Invoice not found")
    assert ask("invoice/status", {"shopId": "x", "orderId": "slipway-1"}).status_code == 404


def test_an_invoice_expires(standin, ask):
    ask("invoice/create", INVOICE)
    standin.press("clock", advance_s=3601)
    status = {"shopId": SHOP, "orderId": "slipway-1"}
    assert ask("invoice/status", status).json()["data"]["status"] == "expired"


def test_a_payment_is_told_under_the_additional_key_in_phps_spelling(standin, ask):
    ask("invoice/create", {**INVOICE, "hookUrl": standin.receiver.url + "/hook"})
    headers, body = standin.pay("sbp", "slipway-1")
    told = json.loads(body)
    assert headers["authorization"] == sign("standin-sbp-secret", as_php(told))
    assert headers["authorization"] != sign("standin-sbp-secret", body.decode())
    assert (told["status"], told["amount"], told["type"]) == ("success", "4750.00", 1)
    assert told["order_id"] == "slipway-1"


def test_the_published_vector_of_the_sdk_is_signed_so():
    told = {
        "invoice_id": "18cf0c0b-6539-4d7c-b3e9-479e4922b87c",
        "status": "success",
        "pay_time": "2022-11-08 11:26:46",
        "amount": "1.00",
        "order_id": "636a3c2f3e82b",
        "pay_service": "card",
        "payer_details": "553691******8079",
        "custom_fields": "test",
        "type": 1,
        "credited": "1.00",
    }
    expected = "b0b011552beb994cc04401e088db7b296796a07fc76976b632518fe146ffa330"
    assert sign("f4b91efb9b8da35737fcd97ab123c74566f9a654", as_php(told)) == expected
