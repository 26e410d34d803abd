"""Lava Business (SBP): LavaDevelop/lava-sdk."""

import decimal
import hashlib
import hmac
import time
import uuid

from standin.provider import Answer, Provider, Webhook, answer_json, dump, php_json, read_decimal
from standin.world import CANCELLED, EXPIRED, OPEN, PAID, Invoice

SERVICES = ("sbp", "card", "qiwi", "wallet")
STATUS = {OPEN: "created", PAID: "success", EXPIRED: "expired", CANCELLED: "cancel"}
MINUTES_MAX = 43200


def moscow(seconds):
    """Their times have no zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds + 3 * 3600))


def hex_hmac(key, message):
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


class Lava(Provider):
    name = "sbp"
    signature_header = "Authorization"
    # Not documented: a few, as most have it.
    retries = (60, 300, 900, 3600)

    def __init__(self, world, secret_key, additional_key, shop_id):
        super().__init__(world)
        self.secret_key = secret_key
        self.additional_key = additional_key
        self.shop_id = shop_id

    def routes(self):
        return [
            ("POST", "/business/invoice/create", self.signed(self.create)),
            ("POST", "/business/invoice/status", self.signed(self.status)),
            ("POST", "/business/invoice/get-available-tariffs", self.signed(self.tariffs)),
            ("POST", "/business/shop/get-balance", self.signed(self.balance)),
            ("GET", "/invoice/([0-9a-f-]+)", self.page),
        ]

    def no_route(self, request):
        known = any(request.path == pattern for _, pattern, _ in self.routes())
        return self.fail(405, "Method Not Allowed") if known else self.fail(404, "Not Found")

    @staticmethod
    def fail(status, error):
        body = {"data": None, "error": error, "status": status, "status_check": False}
        return answer_json(body, status)

    @staticmethod
    def done(data):
        return answer_json({"data": data, "status": 200, "status_check": True})

    def is_signed(self, request, given):
        """As a header over the very bytes, or inside, over what PHP makes of the rest."""
        inside = given.pop("signature", None)
        if inside is not None:
            return hmac.compare_digest(str(inside), hex_hmac(self.secret_key, php_json(given)))
        sent = request.headers.get("signature", "")
        return hmac.compare_digest(sent, hex_hmac(self.secret_key, request.body))

    def signed(self, handler):
        def handle(request):
            try:
                given = request.json()
            except ValueError:
                return self.fail(422, "The body is not JSON")
            if not self.is_signed(request, given):
                return self.fail(401, "Invalid signature")
            if given.get("shopId") != self.shop_id:
                return self.fail(404, "Shop not found")
            return handler(given)

        return handle

    def wrong_fields(self, given):
        errors = {}
        amount = read_decimal(given.get("sum"))
        if amount is None or amount <= 0 or amount != round(amount, 2):
            errors["sum"] = ["The sum must be a number with two decimals"]
        order_id = given.get("orderId")
        if not isinstance(order_id, str) or not order_id:
            errors["orderId"] = ["The orderId field is required."]
        minutes = given.get("expire", 300)
        if not isinstance(minutes, int) or not 1 <= minutes <= MINUTES_MAX:
            errors["expire"] = [f"The expire must be between 1 and {MINUTES_MAX}."]
        for n, service in enumerate(given.get("includeService") or []):
            if service not in SERVICES:
                errors[f"includeService.{n}"] = ["The selected service is invalid."]
        for name in ("hookUrl", "successUrl", "failUrl"):
            if not str(given.get(name, "http://")).startswith(("http://", "https://")):
                errors[name] = [f"The {name} format is invalid."]
        return errors

    def create(self, given):
        if errors := self.wrong_fields(given):
            return self.fail(422, errors)
        if self.shop.by_reference(given["orderId"]) is not None:
            return self.fail(422, "OrderId must be uniq")
        now = self.world.now()
        made = Invoice(
            id=str(uuid.uuid4()),
            reference=given["orderId"],
            amount=read_decimal(given["sum"]).quantize(decimal.Decimal("0.01")),
            currency="RUB",
            created_at=now,
            expires_at=now + 60 * given.get("expire", 300),
            fields={
                name: given.get(name)
                for name in ("comment", "customFields", "includeService", "excludeService")
            }
            | {"failUrl": given.get("failUrl"), "successUrl": given.get("successUrl")},
            hook_url=given.get("hookUrl") or "",
        )
        self.shop.add(made)
        return self.done(
            {
                "id": made.id,
                "amount": self.number(made.amount),
                "expired": moscow(made.expires_at),
                "status": 1,
                "shop_id": self.shop_id,
                "url": self.pay_page(made),
                "comment": made.fields["comment"],
                "merchantName": "Stand-in",
                "exclude_service": made.fields["excludeService"],
                "include_service": made.fields["includeService"],
            }
        )

    @staticmethod
    def number(amount):
        """A PHP number: 300 for 300.00."""
        return int(amount) if amount == int(amount) else amount

    def status(self, given):
        if given.get("invoiceId"):
            invoice = self.shop.get(given["invoiceId"])
        else:
            invoice = self.shop.by_reference(given.get("orderId"))
        if invoice is None:
            return self.fail(404, "Invoice not found")
        return self.done(
            {
                "status": STATUS[invoice.state],
                "error_message": None,
                "id": invoice.id,
                "shop_id": self.shop_id,
                "amount": self.number(invoice.amount),
                "expire": moscow(invoice.expires_at),
                "order_id": invoice.reference,
                "fail_url": invoice.fields["failUrl"],
                "success_url": invoice.fields["successUrl"],
                "hook_url": invoice.hook_url or None,
                "custom_fields": invoice.fields["customFields"],
                "include_service": invoice.fields["includeService"],
                "exclude_service": invoice.fields["excludeService"],
            }
        )

    def tariffs(self, _given):
        return self.done(
            [
                {
                    "status": 1,
                    "percent": 5,
                    "user_percent": 0,
                    "shop_percent": 5,
                    "service_name": "SBP",
                    "service_id": "sbp",
                    "currency": "RUB",
                }
            ]
        )

    def balance(self, _given):
        paid = [found.paid for found in self.shop.all() if found.state == PAID]
        return self.done({"balance": sum(paid, decimal.Decimal(0)), "freeze_balance": 0})

    def page(self, _request, invoice_id):
        invoice = self.shop.get(invoice_id)
        if invoice is None:
            return Answer(404, b"")
        return Answer(302, b"", {"Location": self.pay_page(invoice)})

    def webhook(self, invoice, attempt):
        url = self.hook_url(invoice)
        if invoice.state != PAID or not url:
            return None
        payload = {
            "invoice_id": invoice.id,
            "order_id": invoice.reference,
            "status": "success",
            "pay_time": moscow(invoice.paid_at),
            "amount": f"{invoice.paid:.2f}",
            "credited": f"{invoice.paid * decimal.Decimal('0.95'):.2f}",
            "pay_service": "sbp",
            "payer_details": "+7******4567 Иван И. / Т-Банк",
            "custom_fields": invoice.fields["customFields"],
            "type": 1,
        }
        headers = {
            "Content-Type": "application/json",
            self.signature_header: hex_hmac(self.additional_key, php_json(payload)),
        }
        return Webhook(url, headers, dump(payload))
