"""The stand-ins' buttons: what goes wrong on the way, and what people see."""

import json
import time

import httpx
import pytest

TOKEN = {"Crypto-Pay-API-Token": "1000:standin-cryptobot"}
INVOICE = {"currency_type": "fiat", "fiat": "USD", "amount": "50", "payload": "slipway-1"}
PATH = "/cryptobot/api/createInvoice"


@pytest.fixture
def create(standin):
    def ask(**sent):
        return standin.client.post(PATH, headers=TOKEN, json=INVOICE, **sent)

    return ask


def test_the_next_answer_may_be_an_error_that_did_nothing(standin, create):
    standin.press("fault", provider="cryptobot", kind="status", status=503, count=2, retry_after=7)
    for _ in range(2):
        answer = create()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert standin.look("invoices")["invoices"] == []
    assert create().status_code == 200


def test_an_answer_may_be_lost_after_the_work(standin):
    standin.press("fault", provider="cryptobot", kind="drop")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(standin.url + PATH, headers=TOKEN, json=INVOICE)
    (made,) = standin.look("invoices")["invoices"]
    assert made["reference"] == "slipway-1"
    (asked,) = standin.look("requests", provider="cryptobot")["requests"]
    assert (asked["fault"], asked["status"]) == ("drop", 200)


def test_an_answer_may_be_cut(standin, create):
    standin.press("fault", provider="cryptobot", kind="garbage")
    with pytest.raises(ValueError, match="."):
        create().json()


def test_an_answer_may_take_longer_than_anyone_waits(standin, create):
    standin.press("fault", provider="cryptobot", kind="hang", seconds=1)
    with pytest.raises(httpx.ReadTimeout):
        create(timeout=0.2)
    deadline = time.monotonic() + 10
    while not standin.look("invoices")["invoices"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_fault_may_be_for_one_route_and_be_taken_back(standin, create):
    standin.press("fault", provider="cryptobot", kind="status", path="getInvoices")
    assert create().status_code == 200
    standin.press("fault", provider="cryptobot")
    assert standin.client.get("/cryptobot/api/getInvoices", headers=TOKEN).status_code == 200


def test_webhooks_may_come_thrice_wrongly_signed_or_not_at_all(standin, create):
    create()
    standin.press("pay", provider="cryptobot", reference="slipway-1", webhooks=3)
    told = [json.loads(body) for _, _, body in standin.receiver.wait_for(3)]
    assert {update["payload"]["payload"] for update in told} == {"slipway-1"}
    good = standin.receiver.arrived[0][1]["crypto-pay-api-signature"]
    standin.receiver.arrived.clear()
    standin.receiver.statuses.append(401)
    standin.press("webhook", provider="cryptobot", reference="slipway-1", signature="wrong")
    standin.press("webhook", provider="cryptobot", reference="slipway-1", signature="missing")
    arrived = standin.receiver.wait_for(2)
    signatures = {headers.get("crypto-pay-api-signature") for _, headers, _ in arrived}
    assert None in signatures
    assert good not in signatures


def test_a_webhook_can_be_seen_without_being_sent(standin, create):
    create()
    standin.press("pay", provider="cryptobot", reference="slipway-1", webhooks=0)
    seen = standin.look("preview", provider="cryptobot", reference="slipway-1")
    assert seen["url"] == standin.receiver.url + "/cryptobot"
    assert "crypto-pay-api-signature" in seen["headers"]
    assert not standin.receiver.arrived


@pytest.mark.parametrize(
    ("name", "given", "status"),
    [
        ("pay", {"provider": "paypal"}, 404),
        ("pay", {"provider": "lolz"}, 404),
        ("pay", {"provider": "lolz", "external_id": "1"}, 404),
        ("fault", {"provider": "lolz", "kind": "earthquake"}, 422),
        ("fault", {"provider": "lolz", "kind": "hang", "seconds": 1000}, 422),
        ("clock", {"skew_s": "tomorrow"}, 422),
        ("dance", {}, 404),
    ],
)
def test_a_button_that_makes_no_sense_is_refused(standin, name, given, status):
    assert standin.press(name, status, **given)["error"]


def test_the_clock_is_turned_for_all(standin, create):
    before = standin.look("invoices")
    assert before == {"invoices": []}
    standin.press("clock", skew_s=-86400)
    made = create().json()["result"]["created_at"]
    standin.press("clock", advance_s=172800)
    assert create().json()["result"]["created_at"] > made


def test_people_find_their_buttons(standin, create):
    url = create().json()["result"]["bot_invoice_url"]
    page = httpx.get(url)
    assert "50 USD for slipway-1" in page.text
    assert 'action="/__/pay"' in page.text
    assert "slipway-1" in httpx.get(standin.url + "/").text
    form = {"provider": "cryptobot", "reference": "slipway-1", "webhooks": "0"}
    assert standin.client.post("/__/pay", data=form).json()["state"] == "paid"
    assert httpx.get(standin.url + "/pay/cryptobot/1").status_code == 404
    assert httpx.get(standin.url + "/nothing").status_code == 404
    assert standin.look("health") == {"ok": True}


def test_what_payers_wrote_is_not_markup(standin):
    evil = {**INVOICE, "payload": "<script>alert(1)</script>"}
    standin.client.post(PATH, headers=TOKEN, json=evil)
    assert "<script>" not in httpx.get(standin.url + "/").text
