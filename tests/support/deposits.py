"""Deposits from the customer's side, and the buttons of the payment providers' stand-ins."""

import time

import httpx
from stack import new_key

DEPOSIT = {"provider": "cryptobot", "amount_usd": "50.00", "asset": "USDT"}
SCOPES = ("vps:read", "vps:write", "vps:buy", "deposits:write")
PROVIDERS = ("crypto", "cryptobot", "xrocket", "lolz", "sbp")
PATIENCE_S = 20


def order(provider, amount="50.00"):
    """A request for a deposit; only some take coins."""
    body = {"provider": provider, "amount_usd": amount}
    return {**body, "asset": "USDT"} if provider in ("crypto", "cryptobot") else body


def deposit(client, key=None, **changes):
    """POST /deposits; members set to None are left out."""
    body = {name: value for name, value in {**DEPOSIT, **changes}.items() if value is not None}
    return client.post("/deposits", json=body, headers=key or new_key())


def deposited(client, provider="cryptobot", amount="50.00"):
    """A pending deposit."""
    answer = client.post("/deposits", json=order(provider, amount), headers=new_key())
    assert answer.status_code == 201, answer.text
    return answer.json()


def path_of(made):
    return f"/deposits/{made['provider']}/{made['external_id']}"


def await_found(look, what):
    """What look() finds, once it finds anything."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def await_status(client, made, status):
    """The deposit once it has that status."""

    def look():
        body = client.get(path_of(made)).json()
        return body if body["status"] == status else None

    return await_found(look, f"never {status}: {made}")


class Standins:
    """tests/providers/README.md has the buttons."""

    def __init__(self, stack):
        settings = stack.settings("billing")
        self.url = settings["PROVIDER_CRYPTOBOT_URL"].removesuffix("/cryptobot")
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_S)

    def press(self, name, made=None, /, **given):
        if made is not None:
            given = {"provider": made["provider"], "external_id": made["external_id"], **given}
        answer = self.client.post(f"/__/{name}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, name, **given):
        answer = self.client.get(f"/__/{name}", params=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def invoices(self, provider, transaction_id):
        """Those of one deposit."""
        reference = f"slipway-{transaction_id}"
        found = self.look("invoices", provider=provider)["invoices"]
        return [row for row in found if row["reference"] == reference]

    def await_heard(self, made, count=1):
        """The statuses that the first `count` webhooks of an invoice met."""

        def look():
            rows = self.look("webhooks", external_id=made["external_id"])["attempts"]
            return [row["status"] for row in rows] if len(rows) >= count else None

        return await_found(look, f"fewer than {count} webhooks for {made}")
