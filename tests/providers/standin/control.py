"""The buttons under /__/: what a payer, an operator of the provider, or bad luck would do."""

import dataclasses

from standin.delivery import deliver
from standin.provider import answer_json, read_decimal, read_int
from standin.world import EXPIRED, OPEN, Fault, Refusal

FAULTS = ("status", "hang", "drop", "garbage")


def number(given, name, fallback, least, most):
    value = read_decimal(given.get(name, fallback))
    if value is None or not least <= value <= most:
        raise Refusal(422, f"{name} is {least} to {most}")
    return value


def is_on(given, name, fallback=False):
    value = given.get(name, fallback)
    return value in (True, "true", "1", "on", "yes")


def view(provider, invoice):
    provider.shop.age(invoice)
    return {
        "provider": provider.name,
        "external_id": invoice.id,
        "reference": invoice.reference,
        "state": invoice.state,
        "amount": f"{invoice.amount:f}",
        "currency": invoice.currency,
        "paid": f"{invoice.paid:f}",
        "created_at": invoice.created_at,
        "expires_at": invoice.expires_at,
        "pay_url": provider.pay_page(invoice),
    }


class Control:
    def __init__(self, world):
        self.world = world
        self.posts = {
            "pay": self.pay,
            "webhook": self.webhook,
            "expire": self.expire,
            "fault": self.fault,
            "clock": self.clock,
            "reset": self.reset,
        }
        self.gets = {
            "health": lambda _given: {"ok": True},
            "invoices": self.invoices,
            "preview": self.preview,
            "webhooks": self.webhooks,
            "requests": self.requests,
        }

    def answer(self, request, name):
        table = self.posts if request.method == "POST" else self.gets
        if name not in table:
            return answer_json(
                {"error": f"there are {sorted(self.posts) + sorted(self.gets)}"}, 404
            )
        try:
            return answer_json(table[name](self.given(request)))
        except Refusal as refusal:
            return answer_json({"error": str(refusal)}, refusal.status)

    @staticmethod
    def given(request):
        kind = request.headers.get("content-type", "")
        try:
            if kind.startswith("application/x-www-form-urlencoded"):
                return {**request.query, **request.form()}
            return {**request.query, **(request.json() if request.body else {})}
        except ValueError:
            raise Refusal(400, "the body is a JSON object or a form") from None

    def find(self, given):
        """The invoice by `external_id`, `reference`, or the provider's newest."""
        provider = self.world.provider(given.get("provider", ""))
        if "external_id" in given:
            invoice = provider.shop.get(given["external_id"])
        elif "reference" in given:
            invoice = provider.shop.by_reference(given["reference"])
        else:
            invoice = next(iter(provider.shop.all()), None)
        if invoice is None:
            raise Refusal(404, "there is no such invoice")
        return provider, invoice

    def send(self, provider, invoice, given, times):
        for _ in range(times):
            deliver(
                self.world,
                provider,
                invoice,
                given.get("signature", "good"),
                is_on(given, "repeat", True),
            )

    def pay(self, given):
        """`webhooks` of 0 is a webhook that never comes; `late` pays what has expired."""
        times = int(number(given, "webhooks", 1, 0, 20))
        amount = None
        if given.get("amount"):
            amount = number(given, "amount", 0, 0, 10**12)
        with self.world.lock:
            provider, invoice = self.find(given)
            if is_on(given, "late") and invoice.state in (OPEN, EXPIRED):
                invoice.expires_at = min(invoice.expires_at or 0, self.world.now())
                invoice.state = OPEN
            invoice = provider.pay(invoice, amount, given.get("asset"), given.get("stage"))
        self.send(provider, invoice, given, times)
        return view(provider, invoice)

    def webhook(self, given):
        """Tells what is, once more or `times` times."""
        with self.world.lock:
            provider, invoice = self.find(given)
        self.send(provider, invoice, given, int(number(given, "times", 1, 1, 20)))
        return view(provider, invoice)

    def preview(self, given):
        """The webhook that would be sent now, not sent."""
        with self.world.lock:
            provider, invoice = self.find(given)
            webhook = provider.webhook(invoice, 1)
            if webhook is None:
                raise Refusal(
                    409, "there is nothing to send: not paid, no address, or switched off"
                )
            provider.spoil(webhook, given.get("signature", "good"))
        return {"url": webhook.url, "headers": webhook.headers, "body": webhook.body.decode()}

    def expire(self, given):
        with self.world.lock:
            provider, invoice = self.find(given)
            if invoice.state != OPEN:
                raise Refusal(409, f"the invoice is {invoice.state}")
            invoice.expires_at = self.world.now()
            return view(provider, invoice)

    def fault(self, given):
        """What the next requests to a provider meet; without `kind` nothing any more."""
        with self.world.lock:
            provider = self.world.provider(given.get("provider", ""))
            if not given.get("kind"):
                provider.shop.faults.clear()
                return {"faults": []}
            if given["kind"] not in FAULTS:
                raise Refusal(422, f"kind is one of {FAULTS}")
            provider.shop.add_fault(
                Fault(
                    kind=given["kind"],
                    path=given.get("path", ""),
                    count=int(number(given, "count", 1, 1, 1000)),
                    status=int(number(given, "status", 500, 400, 599)),
                    seconds=float(number(given, "seconds", 5, 0, 300)),
                    retry_after=read_int(given.get("retry_after")),
                )
            )
            return {"faults": [dataclasses.asdict(fault) for fault in provider.shop.faults]}

    def clock(self, given):
        """`skew_s` sets how far the providers' clock is ahead; `advance_s` turns it further."""
        with self.world.lock:
            if "skew_s" in given:
                self.world.skew_s = float(number(given, "skew_s", 0, -(10**8), 10**8))
            self.world.skew_s += float(number(given, "advance_s", 0, -(10**8), 10**8))
            return {"skew_s": str(self.world.skew_s), "now": str(self.world.now())}

    def reset(self, _given):
        with self.world.lock:
            self.world.reset()
        return {"ok": True}

    def invoices(self, given):
        with self.world.lock:
            names = [given["provider"]] if given.get("provider") else list(self.world.providers)
            shops = [self.world.provider(name) for name in names]
            return {
                "invoices": [
                    view(provider, invoice) for provider in shops for invoice in provider.shop.all()
                ]
            }

    def webhooks(self, given):
        """Attempts that were made, oldest first."""
        wanted = given.get("external_id")
        records = [dataclasses.asdict(record) for record in list(self.world.deliveries)]
        return {
            "attempts": [
                record for record in records if wanted is None or record["invoice"] == wanted
            ]
        }

    def requests(self, given):
        """What the providers were asked, oldest first."""
        wanted = given.get("provider")
        records = list(self.world.requests)
        return {
            "requests": [
                record for record in records if wanted is None or record["provider"] == wanted
            ]
        }
