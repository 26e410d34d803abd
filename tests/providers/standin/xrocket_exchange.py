"""xRocket Pay at pay.api.xrocket.exchange: docs.xrocket.exchange, AsyncPayments 1.7. Much of it is
known from its users only."""

import hmac
import uuid

from standin.provider import Webhook, answer_json, dump, iso, plain, read_decimal, read_int
from standin.world import EXPIRED, OPEN, PAID, Invoice

PRICE_CURRENCIES = ("USD", "EUR", "RUB", "USDT", "TONCOIN", "BTC", "ETH")
STATUS = {OPEN: "active", PAID: "paid", EXPIRED: "expired"}
DEFAULT_LIFETIME = 3_600_000


class Problem(Exception):  # noqa: N818
    def __init__(self, status, kind, detail):
        super().__init__(detail)
        self.status = status
        self.kind = kind


class Exchange:
    """The newer routes of `provider`, which owns the shop."""

    def __init__(self, provider, token, lifetime_unit):
        self.provider = provider
        self.token = token
        self.unit_s = {"ms": 0.001, "s": 1.0}[lifetime_unit]

    def routes(self):
        return [
            ("GET", "/health", lambda _request: answer_json({"status": "ok"})),
            ("POST", "/api/v1/invoices", self.guarded(self.create)),
            ("GET", "/api/v1/invoices", self.guarded(self.list)),
            ("GET", "/api/v1/invoice", self.guarded(self.show)),
            ("GET", "/api/v1/invoice/payments", self.guarded(self.payments)),
        ]

    @staticmethod
    def problem(status, kind, detail):
        body = {"type": kind, "title": kind, "status": status, "detail": detail}
        return answer_json(body, status, "application/problem+json")

    def guarded(self, handler):
        def handle(request):
            sent = request.headers.get("authorization", "")
            if not hmac.compare_digest(sent.encode(), f"Bearer {self.token}".encode()):
                return self.problem(401, "unauthorized", "The token is not valid")
            try:
                return handler(request)
            except Problem as problem:
                return self.problem(problem.status, problem.kind, str(problem))

        return handle

    def check(self, given):
        amount = given.get("priceAmount")
        if amount is None and given.get("minPayment") is None:
            raise Problem(400, "missing_invoice_amount", "priceAmount or minPayment")
        if amount is not None and given.get("minPayment") is not None:
            raise Problem(400, "amount_conflict", "priceAmount and minPayment")
        if amount is None:
            raise Problem(501, "not_implemented", "The stand-in makes invoices of one price")
        number = read_decimal(amount)
        if not isinstance(amount, str) or number is None or number <= 0:
            raise Problem(400, "validation_error", "priceAmount is a decimal string")
        if given.get("priceCurrency") not in PRICE_CURRENCIES:
            raise Problem(400, "validation_error", "priceCurrency is not supported")
        if len(given.get("payCurrencies", ["x"])) != 1:
            raise Problem(400, "validation_error", "payCurrencies holds one currency")
        if len(given.get("data", "")) > 4096:
            raise Problem(400, "validation_error", "data is too long")
        return number

    def create(self, request):
        """One invoice for a clientInvoiceId, however often it is asked for."""
        try:
            given = request.json()
        except ValueError:
            raise Problem(400, "validation_error", "The body is not a JSON object") from None
        amount = self.check(given)
        lifetime = read_int(given.get("expiresIn", DEFAULT_LIFETIME))
        if lifetime is None or lifetime <= 0:
            raise Problem(400, "validation_error", "expiresIn is a positive number")
        client_id = given.get("clientInvoiceId", "")
        known = self.by_client_id(client_id) if client_id else None
        if known is not None:
            return answer_json(self.view(known))
        now = self.provider.world.now()
        callback = given.get("callback") or {}
        made = Invoice(
            id=uuid.uuid4().hex,
            reference=client_id,
            amount=amount,
            currency=given["priceCurrency"],
            created_at=now,
            expires_at=now + lifetime * self.unit_s,
            fields={
                "payload": callback.get("payload"),
                "payCurrency": given.get("payCurrencies", ["USDT"])[0],
            },
            hook_url=callback.get("callbackUrl", ""),
        )
        return answer_json(self.view(self.provider.shop.add(made)), 201)

    def ours(self):
        provider = self.provider
        return [invoice for invoice in provider.shop.all() if not provider.is_classic(invoice)]

    def by_client_id(self, client_id):
        return next((found for found in self.ours() if found.reference == client_id), None)

    def view(self, invoice):
        page = self.provider.pay_page(invoice)
        return {
            "id": invoice.id,
            "priceAmount": plain(invoice.amount),
            "priceCurrency": invoice.currency,
            "clientInvoiceId": invoice.reference or None,
            "status": STATUS[invoice.state],
            "createdAt": iso(invoice.created_at),
            "expiresAt": iso(invoice.expires_at),
            "links": {"telegramBotLink": page, "telegramMiniAppLink": page, "webLink": page},
        }

    def find(self, request):
        query = request.query
        if query.get("invoiceId"):
            found = self.provider.shop.get(query["invoiceId"])
            found = found if found and not self.provider.is_classic(found) else None
        elif query.get("clientInvoiceId"):
            found = self.by_client_id(query["clientInvoiceId"])
        else:
            raise Problem(400, "validation_error", "invoiceId or clientInvoiceId")
        if found is None:
            raise Problem(404, "invoice_not_found", "There is no such invoice")
        return found

    def show(self, request):
        return answer_json(self.view(self.find(request)))

    def list(self, request):
        limit = read_int(request.query.get("limit", 100))
        if limit is None or not 1 <= limit <= 1000:
            raise Problem(400, "validation_error", "limit is 1 to 1000")
        wanted = request.query.get("status")
        found = [self.view(invoice) for invoice in self.ours()]
        found = [seen for seen in found if wanted is None or seen["status"] == wanted]
        return answer_json(
            {"items": found[:limit], "pagination": {"total": len(found), "next": None}}
        )

    def view_payment(self, invoice):
        return {
            "id": f"p-{invoice.id}",
            "status": "paid",
            "payAmount": plain(invoice.paid),
            "payCurrency": invoice.fields["payCurrency"],
            "receiveAmount": plain(invoice.paid),
            "receiveCurrency": invoice.fields["payCurrency"],
            "transactions": [],
        }

    def payments(self, request):
        invoice = self.find(request)
        return answer_json([self.view_payment(invoice)] if invoice.state == PAID else [])

    def webhook(self, invoice):
        """How it is signed, if it is, nobody says: it is not."""
        if invoice.state != PAID or not invoice.hook_url:
            return None
        data = {
            **self.view_payment(invoice),
            "invoiceId": invoice.id,
            "clientInvoiceId": invoice.reference,
            "payload": invoice.fields["payload"],
        }
        body = dump({"type": "payment_status_changed", "data": data})
        return Webhook(invoice.hook_url, {"Content-Type": "application/json"}, body)
