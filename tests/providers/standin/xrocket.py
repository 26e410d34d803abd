"""xRocket Pay: the generation of pay.xrocket.tg (OpenAPI 1.3.1), and the newer one beside it."""

import decimal
import hmac
import secrets

from standin.provider import (
    Provider,
    Webhook,
    answer_json,
    dump,
    hashed_key_hmac,
    iso,
    read_decimal,
    read_int,
)
from standin.world import EXPIRED, OPEN, PAID, Invoice
from standin.xrocket_exchange import Exchange

CURRENCIES = ("TONCOIN", "USDT", "BTC", "ETH", "TRX", "BNB", "SCALE", "BOLT", "NOT", "DOGS")
STATUS = {OPEN: "active", PAID: "paid", EXPIRED: "expired"}


class XRocket(Provider):
    name = "xrocket"
    signature_header = "rocket-pay-signature"
    # Not documented: a few, as most have it.
    retries = (60, 300, 900)

    def __init__(self, world, token, lifetime_unit="ms"):
        self.exchange = Exchange(self, token, lifetime_unit)
        super().__init__(world)
        self.token = token

    def reset(self):
        super().reset()
        self.next_id = 50_000 + secrets.randbelow(1000)

    def routes(self):
        return [
            ("GET", "/version", lambda _request: answer_json({"version": "1.3.1"})),
            ("GET", "/currencies/available", self.currencies),
            ("GET", "/app/info", self.app_info),
            ("POST", "/tg-invoices", self.create),
            ("GET", "/tg-invoices", self.list),
            ("GET", "/tg-invoices/([^/]+)", self.show),
            ("DELETE", "/tg-invoices/([^/]+)", self.delete),
            *self.exchange.routes(),
        ]

    def no_route(self, request):
        if request.path.startswith("/api/v1"):
            return self.exchange.problem(404, "not_found", "No such route")
        return self.fail(404, "Not Found")

    @staticmethod
    def fail(status, message, errors=None):
        body = {"success": False, "message": message}
        if errors is not None:
            body["errors"] = errors
        return answer_json(body, status)

    def refused(self, request):
        """The answer to a wrong key, or None."""
        key = request.headers.get("rocket-pay-key", "")
        if hmac.compare_digest(key.encode(), self.token.encode()):
            return None
        return self.fail(401, "Unauthorized")

    def currencies(self, _request):
        least = {"minTransfer": 0, "minCheque": 0, "minInvoice": 0, "minWithdraw": 0}
        results = [{"currency": code, "name": code, **least} for code in CURRENCIES]
        return answer_json({"success": True, "data": {"results": results}})

    def app_info(self, request):
        data = {"name": "Stand-in", "feePercents": decimal.Decimal("1.5"), "balances": []}
        return self.refused(request) or answer_json({"success": True, "data": data})

    @staticmethod
    def wrong_fields(given):
        """What the validator would list."""
        errors = []

        def expect(name, holds, error):
            if not holds:
                errors.append({"property": name, "error": error})

        def is_number(name, least, most):
            value = given.get(name)
            plain = isinstance(value, int | decimal.Decimal) and not isinstance(value, bool)
            return plain and least <= read_decimal(value) <= most

        expect("amount", is_number("amount", 0, 10**6), "amount must be a number, 0 to 1000000")
        payments = is_number("numPayments", 0, 10**6) and read_int(given["numPayments"]) is not None
        expect("numPayments", payments, "numPayments must be an integer")
        expect("currency", given.get("currency") in CURRENCIES, "currency is not supported")
        for name, most in (
            ("description", 1000),
            ("hiddenMessage", 2000),
            ("callbackUrl", 500),
            ("payload", 4000),
        ):
            text = given.get(name, "")
            expect(name, isinstance(text, str) and len(text) <= most, f"{name}: at most {most}")
        if "expiredIn" in given:
            expect("expiredIn", is_number("expiredIn", 0, 86400), "expiredIn must be 0 to 86400")
        return errors

    def create(self, request):
        if refused := self.refused(request):
            return refused
        try:
            given = request.json()
        except ValueError:
            return self.fail(400, "Bad Request", [])
        errors = self.wrong_fields(given)
        if errors:
            return self.fail(400, "Validation failed", errors)
        self.next_id += 1
        now, lifetime = self.world.now(), int(given.get("expiredIn", 0))
        # Digits after the ninth are cut.
        amount = read_decimal(given["amount"]).quantize(
            decimal.Decimal("1e-9"), rounding=decimal.ROUND_DOWN
        )
        names = ("description", "hiddenMessage", "callbackUrl", "commentsEnabled")
        made = Invoice(
            id=str(self.next_id),
            reference=given.get("payload", ""),
            amount=amount.normalize(),
            currency=given["currency"],
            created_at=now,
            expires_at=now + lifetime if lifetime else None,
            fields={
                **{name: given[name] for name in names if name in given},
                "expiredIn": lifetime,
                "numPayments": int(given["numPayments"]),
            },
        )
        self.shop.add(made)
        return answer_json({"success": True, "data": self.view(made)}, 201)

    def view(self, invoice):
        fields = invoice.fields
        payments = fields["numPayments"]
        return {
            "id": int(invoice.id),
            "amount": invoice.amount,
            "minPayment": None,
            "totalActivations": payments,
            "activationsLeft": payments - (invoice.state == PAID),
            "description": fields.get("description"),
            "hiddenMessage": fields.get("hiddenMessage"),
            "payload": invoice.reference,
            "callbackUrl": fields.get("callbackUrl"),
            "commentsEnabled": fields.get("commentsEnabled", False),
            "currency": invoice.currency,
            "created": iso(invoice.created_at),
            "paid": iso(invoice.paid_at) if invoice.state == PAID else None,
            "status": STATUS[invoice.state],
            "expiredIn": fields["expiredIn"],
            "link": self.pay_page(invoice),
        }

    def view_payment(self, invoice):
        received = invoice.paid * decimal.Decimal("0.985")
        return {
            "userId": 666971555,
            "paymentNum": 1,
            "paymentAmount": invoice.paid,
            "paymentAmountReceived": received,
            "comment": "",
            "paid": iso(invoice.paid_at),
        }

    def is_classic(self, invoice):
        return "expiredIn" in invoice.fields

    def list(self, request):
        if refused := self.refused(request):
            return refused
        limit = read_int(request.query.get("limit", 100))
        offset = read_int(request.query.get("offset", 0))
        if limit is None or not 1 <= limit <= 1000 or offset is None or offset < 0:
            return self.fail(400, "Validation failed", [{"property": "limit", "error": "1..1000"}])
        found = [invoice for invoice in self.shop.all() if self.is_classic(invoice)]
        page = [self.view(invoice) for invoice in found[offset : offset + limit]]
        data = {"total": len(found), "limit": limit, "offset": offset, "results": page}
        return answer_json({"success": True, "data": data})

    def show(self, request, invoice_id):
        if refused := self.refused(request):
            return refused
        invoice = self.shop.get(invoice_id)
        if invoice is None or not self.is_classic(invoice):
            return self.fail(404, "Invoice not found")
        payments = [self.view_payment(invoice)] if invoice.state == PAID else []
        data = {**self.view(invoice), "payments": payments}
        return answer_json({"success": True, "data": data})

    def delete(self, request, invoice_id):
        if refused := self.refused(request):
            return refused
        if self.shop.get(invoice_id) is None:
            return self.fail(404, "Invoice not found")
        del self.shop.invoices[invoice_id]
        return answer_json({"success": True})

    def webhook(self, invoice, attempt):
        if not self.is_classic(invoice):
            return self.exchange.webhook(invoice)
        url = self.hook_url(invoice)
        if invoice.state != PAID or not url:
            return None
        body = dump(
            {
                "type": "invoicePay",
                "timestamp": iso(self.world.now()),
                "data": {**self.view(invoice), "payment": self.view_payment(invoice)},
            }
        )
        headers = {
            "Content-Type": "application/json",
            self.signature_header: hashed_key_hmac(self.token, body),
        }
        return Webhook(url, headers, body)
