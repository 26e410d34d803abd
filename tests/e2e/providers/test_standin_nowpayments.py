"""The stand-in of a gateway of NOWPayments' shape does what its API v1 documents."""

import hashlib
import hmac
import json
import re

import httpx
import pytest

KEY = {"x-api-key": "standin-crypto"}
PAYMENT = {
    "price_amount": 50,
    "price_currency": "usd",
    "pay_currency": "usdttrc20",
    "order_id": "slipway-1",
    "is_fixed_rate": True,
}


@pytest.fixture
def ask(standin):
    def request(method, path, headers=KEY, **sent):
        return standin.client.request(method, f"/crypto/v1{path}", headers=headers, **sent)

    return request


@pytest.fixture
def hooked(standin):
    return {**PAYMENT, "ipn_callback_url": standin.receiver.url + "/ipn"}


def signed(body):
    """The IPN's signature; none of its numbers changes when Python writes it again."""
    text = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(b"standin-crypto-secret", text.encode(), hashlib.sha512).hexdigest()


def test_a_key_is_asked_for(ask):
    assert ask("GET", "/status", headers={}).json() == {"message": "OK"}
    refused = ask("POST", "/payment", headers={}, json=PAYMENT)
    assert (refused.status_code, refused.json()["code"]) == (403, "INVALID_API_KEY")


def test_a_payment_has_an_address_of_its_own(ask):
    first, second = (ask("POST", "/payment", json=PAYMENT) for _ in range(2))
    assert first.status_code == 201
    made = first.json()
    assert made["payment_status"] == "waiting"
    assert (made["pay_amount"], made["network"], made["payin_extra_id"]) == (50, "trx", None)
    assert made["pay_address"] != second.json()["pay_address"]
    assert made["payment_id"] != second.json()["payment_id"]
    assert ask("GET", f"/payment/{made['payment_id']}").json() == made
    missing = ask("GET", "/payment/1")
    assert (missing.status_code, missing.json()["message"]) == (404, "Payment not found")


def test_some_networks_want_a_memo(ask):
    assert ask("POST", "/payment", json={**PAYMENT, "pay_currency": "ton"}).json()["payin_extra_id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_amount": "50"},
        {"price_amount": 0},
        {"price_amount": 0.01},
        {"price_currency": "xyz"},
        {"pay_currency": "usdt"},
        {"ipn_callback_url": "x"},
    ],
)
def test_a_wrong_field_is_refused(ask, wrong):
    assert ask("POST", "/payment", json={**PAYMENT, **wrong}).status_code == 400


def test_an_offer_at_a_fixed_rate_ends_after_twenty_minutes(standin, ask):
    fixed = ask("POST", "/payment", json=PAYMENT).json()["payment_id"]
    floating = ask("POST", "/payment", json={**PAYMENT, "is_fixed_rate": False}).json()
    standin.press("clock", advance_s=1201)
    assert ask("GET", f"/payment/{fixed}").json()["payment_status"] == "expired"
    path = f"/payment/{floating['payment_id']}"
    assert ask("GET", path).json()["payment_status"] == "waiting"


@pytest.mark.parametrize(
    ("amount", "status"), [("25", "partially_paid"), ("50", "finished"), ("75.5", "finished")]
)
def test_what_arrives_is_what_is_told(standin, ask, amount, status):
    made = ask("POST", "/payment", json=PAYMENT).json()
    standin.press("pay", provider="crypto", reference="slipway-1", amount=amount, webhooks=0)
    seen = ask("GET", f"/payment/{made['payment_id']}").json()
    assert (seen["payment_status"], seen["actually_paid"]) == (status, float(amount))


def test_a_notification_is_signed_over_its_sorted_members(standin, ask, hooked):
    ask("POST", "/payment", json=hooked)
    headers, body = standin.pay("crypto", "slipway-1")
    assert headers["x-nowpayments-sig"] == signed(body)
    names = re.findall(rb'"([a-z_]+)":', body)
    assert names != sorted(names)
    told = json.loads(body)
    assert (told["payment_status"], told["order_id"]) == ("finished", "slipway-1")
    assert isinstance(told["payment_id"], int)


def test_every_stage_is_told(standin, ask, hooked):
    ask("POST", "/payment", json=hooked)
    _, seen = standin.pay("crypto", "slipway-1", stage="confirming")
    _, done = standin.pay("crypto", "slipway-1")
    assert json.loads(seen)["payment_status"] == "confirming"
    assert json.loads(done)["payment_status"] == "finished"
    standin.press("pay", 422, provider="crypto", reference="slipway-1", stage="confirming")


def test_coins_sent_again_are_a_payment_with_a_parent(standin, ask, hooked):
    ask("POST", "/payment", json=hooked)
    _, first = standin.pay("crypto", "slipway-1")
    _, again = standin.pay("crypto", "slipway-1", amount="10")
    first, again = json.loads(first), json.loads(again)
    assert str(again["parent_payment_id"]) == str(first["payment_id"])
    assert again["payment_id"] != first["payment_id"]
    assert again["pay_address"] == first["pay_address"]


def test_the_list_is_closed_to_keys_unless_it_was_opened(ask, served):
    refused = ask("GET", "/payment/?limit=10&page=0")
    assert (refused.status_code, refused.json()["code"]) == (401, "AUTH_REQUIRED")
    with served(STANDIN_CRYPTO_LIST="open", STANDIN_CRYPTO_TOKEN="other") as url:
        key = {"x-api-key": "other"}
        for order in ("slipway-1", "slipway-2"):
            body = {**PAYMENT, "order_id": order}
            httpx.post(f"{url}/crypto/v1/payment", headers=key, json=body)
        query = "limit=1&page=0&sortBy=created_at&orderBy=desc"
        listed = httpx.get(f"{url}/crypto/v1/payment/?{query}", headers=key).json()
    assert (listed["total"], listed["data"][0]["order_id"]) == (2, "slipway-2")
