"""LOLZ (lzt.market) merchant invoices: lzt-market.readme.io/reference/paymentsinvoicecreate."""

import hmac
import secrets

from standin.provider import Provider, Webhook, answer_json, dump, plain, read_decimal, read_int
from standin.world import PAID, Invoice

CURRENCIES = ("rub", "uah", "kzt", "byn", "usd", "eur", "gbp", "cny", "try", "jpy", "brl")
DEFAULT_LIFETIME_S = 3600


class Lolz(Provider):
    name = "lolz"
    signature_header = "x-secret-key"
    # Not documented: a few, as most have it.
    retries = (60, 300, 900, 3600)

    def __init__(self, world, token, merchant_secret, merchant_id):
        super().__init__(world)
        self.token = token
        self.merchant_secret = merchant_secret
        self.merchant_id = merchant_id

    def reset(self):
        super().reset()
        self.next_id = 700_000 + secrets.randbelow(1000)

    def routes(self):
        return [
            ("POST", "/invoice", self.guarded(self.create)),
            ("GET", "/invoice", self.guarded(self.show)),
            ("GET", "/invoice/list", self.guarded(self.list)),
        ]

    def no_route(self, request):
        return self.fail(404, "The requested page could not be found.")

    @staticmethod
    def fail(status, *errors):
        return answer_json({"errors": list(errors)}, status)

    def guarded(self, handler):
        def handle(request):
            sent = request.headers.get("authorization", "")
            if not hmac.compare_digest(sent.encode(), f"Bearer {self.token}".encode()):
                return self.fail(401, "The access token is not valid.")
            return handler(request)

        return handle

    def with_system(self, body):
        time = int(self.world.now())
        return answer_json({**body, "system_info": {"visitor_id": 1, "time": time}})

    def wrong_fields(self, given):
        errors = []

        def expect(holds, words):
            if not holds:
                errors.append(words)

        amount = given.get("amount")
        is_number = not isinstance(amount, str) and read_decimal(amount) is not None
        expect(is_number and read_decimal(amount) > 0, "amount: a positive number")
        currency = given.get("currency")
        expect(isinstance(currency, str) and currency.lower() in CURRENCIES, "currency: unknown")
        for name in ("payment_id", "comment", "url_success"):
            text = given.get(name)
            expect(isinstance(text, str) and text != "", f"{name}: must be given")
        for name in ("url_success", "url_callback"):
            text = given.get(name) or "http://"
            expect(str(text).startswith(("http://", "https://")), f"{name}: not a URL")
        expect(given.get("merchant_id") == self.merchant_id, "merchant_id: no such merchant")
        lifetime = read_int(given.get("lifetime", DEFAULT_LIFETIME_S))
        expect(lifetime is not None and lifetime > 0, "lifetime: seconds")
        known = self.shop.by_reference(given.get("payment_id"))
        expect(known is None, "payment_id: has been used already")
        return errors

    def create(self, request):
        try:
            given = request.json()
        except ValueError:
            return self.fail(400, "The body is not JSON.")
        if errors := self.wrong_fields(given):
            return self.fail(400, *errors)
        self.next_id += 1
        now = self.world.now()
        made = Invoice(
            id=str(self.next_id),
            reference=given["payment_id"],
            amount=read_decimal(given["amount"]),
            currency=given["currency"].lower(),
            created_at=now,
            expires_at=now + int(given.get("lifetime", DEFAULT_LIFETIME_S)),
            fields={
                "comment": given["comment"],
                "url_success": given["url_success"],
                "url_callback": given.get("url_callback", ""),
                "additional_data": given.get("additional_data", ""),
                "is_test": 1 if given.get("is_test") else 0,
            },
            hook_url=given.get("url_callback", ""),
        )
        return self.with_system({"invoice": self.view(self.shop.add(made))})

    def view(self, invoice, attempts=0):
        """Amounts are numbers here and texts there. There is no word for expired."""
        odd = int(invoice.id) % 2 == 1
        return {
            "invoice_id": int(invoice.id),
            "user_id": 1,
            "merchant_id": self.merchant_id,
            "invoice_date": int(invoice.created_at),
            "expires_at": int(invoice.expires_at),
            "amount": plain(invoice.amount) if odd else invoice.amount,
            "status": "paid" if invoice.state == PAID else "not_paid",
            "paid_date": int(invoice.paid_at or 0),
            "payer_user_id": 2 if invoice.state == PAID else 0,
            "payment_id": invoice.reference,
            **invoice.fields,
            "resend_attempts": attempts,
            "url": self.pay_page(invoice),
        }

    def show(self, request):
        if "invoice_id" in request.query:
            invoice = self.shop.get(request.query["invoice_id"])
        else:
            invoice = self.shop.by_reference(request.query.get("payment_id"))
        if invoice is None:
            return self.fail(404, "The requested invoice could not be found.")
        return self.with_system({"invoice": self.view(invoice)})

    def list(self, request):
        page = read_int(request.query.get("page", 1))
        if page is None or page < 1:
            return self.fail(400, "page: from 1")
        found = [self.view(invoice) for invoice in self.shop.all()]
        wanted = request.query.get("status")
        found = [seen for seen in found if wanted is None or seen["status"] == wanted]
        shown = found[20 * (page - 1) : 20 * page]
        return self.with_system(
            {"invoices": shown, "count": len(found), "page": page, "perPage": 20}
        )

    def webhook(self, invoice, attempt):
        """The invoice itself, and a secret that is always the same."""
        url = self.hook_url(invoice)
        if invoice.state != PAID or not url:
            return None
        headers = {
            "Content-Type": "application/json",
            self.signature_header: self.merchant_secret,
            "x-attempt": str(attempt),
        }
        return Webhook(url, headers, dump(self.view(invoice, attempts=attempt)))
