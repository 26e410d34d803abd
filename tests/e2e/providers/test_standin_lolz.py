"""The stand-in of LOLZ does what lzt-market.readme.io documents."""

import json

import pytest

BEARER = {"Authorization": "Bearer standin-lolz"}
INVOICE = {
    "currency": "usd",
    "amount": 50,
    "payment_id": "slipway-1",
    "comment": "Deposit",
    "url_success": "https://example.org/thanks",
    "merchant_id": 77,
}


@pytest.fixture
def ask(standin):
    def request(method, path, headers=BEARER, **sent):
        return standin.client.request(method, f"/lolz{path}", headers=headers, **sent)

    return request


def test_an_invoice_is_wrapped_and_lives_an_hour(ask):
    body = ask("POST", "/invoice", json=INVOICE).json()
    made = body["invoice"]
    assert body["system_info"]["time"] == made["invoice_date"]
    assert made["expires_at"] - made["invoice_date"] == 3600
    assert (made["status"], made["paid_date"], made["is_test"]) == ("not_paid", 0, 0)
    assert made["payment_id"] == "slipway-1"


def test_amounts_are_numbers_and_texts(ask):
    kinds = set()
    for n in range(2):
        body = ask("POST", "/invoice", json={**INVOICE, "payment_id": f"slipway-{n}"}).json()
        kinds.add(type(body["invoice"]["amount"]))
    assert kinds == {int, str}


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "50"},
        {"amount": 0},
        {"currency": "xyz"},
        {"payment_id": ""},
        {"comment": ""},
        {"url_success": None},
        {"url_callback": "ftp://x"},
        {"merchant_id": 78},
        {"lifetime": 0},
    ],
)
def test_a_wrong_field_is_refused(ask, wrong):
    answer = ask("POST", "/invoice", json={**INVOICE, **wrong})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1


def test_a_token_is_asked_for(ask):
    assert ask("POST", "/invoice", headers={}, json=INVOICE).status_code == 401
    assert ask("GET", "/invoice?payment_id=x", headers={}).status_code == 401


def test_a_payment_id_is_unique_and_finds_the_invoice(ask):
    made = ask("POST", "/invoice", json=INVOICE).json()["invoice"]
    assert ask("POST", "/invoice", json=INVOICE).status_code == 400
    for query in ("payment_id=slipway-1", f"invoice_id={made['invoice_id']}"):
        found = ask("GET", f"/invoice?{query}").json()["invoice"]
        assert found["invoice_id"] == made["invoice_id"]
    assert ask("GET", "/invoice?payment_id=slipway-2").status_code == 404
    listed = ask("GET", "/invoice/list?page=1&status=not_paid").json()
    assert (listed["count"], listed["perPage"]) == (1, 20)


def test_there_is_no_word_for_expired(standin, ask):
    ask("POST", "/invoice", json={**INVOICE, "lifetime": 60})
    standin.press("clock", advance_s=61)
    body = ask("GET", "/invoice?payment_id=slipway-1").json()
    assert body["invoice"]["status"] == "not_paid"
    assert body["invoice"]["expires_at"] < body["system_info"]["time"]


def test_a_payment_is_told_flat_with_the_secret_and_the_attempt(standin, ask):
    ask("POST", "/invoice", json={**INVOICE, "url_callback": standin.receiver.url + "/hook"})
    standin.receiver.statuses.append(500)
    standin.press("pay", provider="lolz", reference="slipway-1")
    arrived = standin.receiver.wait_for(2)
    assert [headers["x-attempt"] for _, headers, _ in arrived] == ["1", "2"]
    assert {headers["x-secret-key"] for _, headers, _ in arrived} == {"standin-lolz-secret"}
    told = json.loads(arrived[1][2])
    assert (told["status"], told["payment_id"], told["resend_attempts"]) == ("paid", "slipway-1", 2)
