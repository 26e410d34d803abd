"""A gateway that takes coins at an address, of NOWPayments' shape (API v1)."""

import decimal
import hashlib
import hmac
import secrets
import uuid

from standin.provider import (
    Provider,
    Webhook,
    answer_json,
    dump,
    iso,
    read_decimal,
    read_int,
    sorted_at_every_level,
)
from standin.world import EXPIRED, OPEN, PAID, Invoice, Refusal

# Network, decimals, how an address begins, whether there is a memo, dollars for one coin.
COINS = {
    "usdttrc20": ("trx", 6, "T", False, "1"),
    "usdterc20": ("eth", 6, "0x", False, "1"),
    "usdcmatic": ("matic", 6, "0x", False, "1"),
    "btc": ("btc", 8, "bc1q", False, "60000"),
    "eth": ("eth", 18, "0x", False, "2500"),
    "ltc": ("ltc", 8, "ltc1q", False, "80"),
    "trx": ("trx", 6, "T", False, "0.125"),
    "ton": ("ton", 9, "UQ", True, "2.5"),
    "xrp": ("xrp", 6, "r", True, "0.5"),
}
STAGES = ("waiting", "confirming", "confirmed", "sending")
ESTIMATE_S = 20 * 60
VALID_S = 7 * 86400
MINIMUM_USD = decimal.Decimal("0.5")


class NowPayments(Provider):
    name = "crypto"
    signature_header = "x-nowpayments-sig"
    # "Recurrent notifications" of the account's settings: three, a minute apart.
    retries = (60, 60, 60)
    takes_any_amount = True

    def __init__(self, world, token, ipn_secret, list_is_open=False):
        super().__init__(world)
        self.token = token
        self.ipn_secret = ipn_secret
        self.list_is_open = list_is_open

    def reset(self):
        super().reset()
        self.next_id = 5_000_000_000 + secrets.randbelow(10**9)

    def routes(self):
        return [
            ("GET", "/v1/status", lambda _request: answer_json({"message": "OK"})),
            ("GET", "/v1/currencies", self.guarded(self.currencies)),
            ("GET", "/v1/min-amount", self.guarded(self.min_amount)),
            ("GET", "/v1/estimate", self.guarded(self.estimate)),
            ("POST", "/v1/payment/?", self.guarded(self.create)),
            ("GET", "/v1/payment/?", self.guarded(self.list)),
            ("GET", "/v1/payment/([^/]+)", self.guarded(self.show)),
        ]

    def no_route(self, request):
        return self.fail(404, "NOT_FOUND", "Not found")

    @staticmethod
    def fail(status, code, message):
        body = {"status": False, "statusCode": status, "code": code, "message": message}
        return answer_json(body, status)

    def guarded(self, handler):
        def handle(request, *groups):
            sent = request.headers.get("x-api-key", "")
            if not hmac.compare_digest(sent.encode(), self.token.encode()):
                return self.fail(403, "INVALID_API_KEY", "Invalid api key")
            return handler(request, *groups)

        return handle

    def currencies(self, _request):
        return answer_json({"currencies": list(COINS)})

    def min_amount(self, request):
        coin = request.query.get("currency_from")
        if coin not in COINS:
            return self.fail(400, "BAD_REQUEST", "Currency was not found")
        least = self.in_coins(MINIMUM_USD, coin)
        return answer_json({"currency_from": coin, "currency_to": coin, "min_amount": least})

    def estimate(self, request):
        coin, amount = request.query.get("currency_to"), read_decimal(request.query.get("amount"))
        if coin not in COINS or amount is None or request.query.get("currency_from") != "usd":
            return self.fail(400, "BAD_REQUEST", "Currency was not found")
        return answer_json(
            {
                "currency_from": "usd",
                "amount_from": amount,
                "currency_to": coin,
                "estimated_amount": self.in_coins(amount, coin),
            }
        )

    @staticmethod
    def in_coins(usd, coin):
        _, decimals, _, _, rate = COINS[coin]
        coins = (usd / decimal.Decimal(rate)).quantize(decimal.Decimal(1).scaleb(-decimals))
        return coins.normalize() if coins != coins.to_integral() else coins.quantize(1)

    def wrong_field(self, given):
        price = given.get("price_amount")
        if isinstance(price, str | bool) or read_decimal(price) is None or price <= 0:
            return "price_amount must be a number"
        if str(given.get("price_currency", "")).lower() != "usd":
            return "price_currency is not supported"
        if str(given.get("pay_currency", "")).lower() not in COINS:
            return "pay_currency is not supported"
        hook = given.get("ipn_callback_url")
        if hook is not None and not str(hook).startswith(("http://", "https://")):
            return "ipn_callback_url must be a valid uri"
        if read_decimal(price) < MINIMUM_USD:
            return "amountTo is too small"
        return None

    def create(self, request):
        try:
            given = request.json()
        except ValueError:
            return self.fail(400, "INVALID_REQUEST_PARAMS", "The body is not JSON")
        if wrong := self.wrong_field(given):
            return self.fail(400, "INVALID_REQUEST_PARAMS", wrong)
        fixed = bool(given.get("is_fixed_rate", False))
        coin, price = given["pay_currency"].lower(), read_decimal(given["price_amount"])
        now = self.world.now()
        made = self.add(
            reference=str(given.get("order_id") or ""),
            coin=coin,
            amount=self.in_coins(price, coin),
            hook_url=given.get("ipn_callback_url") or "",
            expires_at=now + (ESTIMATE_S if fixed else VALID_S),
            fields={
                "price_amount": price,
                "order_description": given.get("order_description"),
                "is_fixed_rate": fixed,
                "stage": "waiting",
                "parent": None,
                **self.destination(coin),
            },
        )
        return answer_json(self.view(made), 201)

    def destination(self, coin):
        _, _, start, memo, _ = COINS[coin]
        extra = str(10**8 + secrets.randbelow(9 * 10**8)) if memo else None
        return {"pay_address": start + uuid.uuid4().hex, "payin_extra_id": extra}

    def add(self, reference, coin, amount, hook_url, expires_at, fields):
        self.next_id += 1
        return self.shop.add(
            Invoice(
                id=str(self.next_id),
                reference=reference,
                amount=amount,
                currency=coin,
                created_at=self.world.now(),
                expires_at=expires_at,
                fields=fields,
                hook_url=hook_url,
            )
        )

    def status(self, invoice):
        if invoice.state == PAID:
            return "finished" if invoice.paid >= invoice.amount else "partially_paid"
        return "expired" if invoice.state == EXPIRED else invoice.fields["stage"]

    def view(self, invoice):
        fields = invoice.fields
        return {
            "payment_id": invoice.id,
            "payment_status": self.status(invoice),
            "pay_address": fields["pay_address"],
            "payin_extra_id": fields["payin_extra_id"],
            "price_amount": fields["price_amount"],
            "price_currency": "usd",
            "pay_amount": invoice.amount,
            "actually_paid": invoice.paid,
            "pay_currency": invoice.currency,
            "network": COINS[invoice.currency][0],
            "order_id": invoice.reference or None,
            "order_description": fields["order_description"],
            "purchase_id": invoice.id,
            "ipn_callback_url": invoice.hook_url or None,
            "created_at": iso(invoice.created_at),
            "updated_at": iso(invoice.paid_at or invoice.created_at),
            "is_fixed_rate": fields["is_fixed_rate"],
            "expiration_estimate_date": iso(
                min(invoice.created_at + ESTIMATE_S, invoice.expires_at)
            ),
            "valid_until": iso(min(invoice.created_at + VALID_S, invoice.expires_at)),
            "type": "crypto2crypto",
        }

    def show(self, _request, payment_id):
        invoice = self.shop.get(payment_id)
        if invoice is None:
            return self.fail(404, "PAYMENT_NOT_FOUND", "Payment not found")
        return answer_json(self.view(invoice))

    def list(self, request):
        """For people's sessions: a key does not do, unless the stand-in was told so."""
        if not self.list_is_open:
            return self.fail(401, "AUTH_REQUIRED", "Authorization header is empty")
        limit = read_int(request.query.get("limit", 10))
        page = read_int(request.query.get("page", 0))
        if limit is None or not 1 <= limit <= 500 or page is None or page < 0:
            return self.fail(400, "INVALID_REQUEST_PARAMS", "limit is 1 to 500")
        found = [self.view(invoice) for invoice in self.shop.all()]
        if request.query.get("orderBy", "asc") != "desc":
            found.reverse()
        shown = found[limit * page : limit * (page + 1)]
        pages = (len(found) + limit - 1) // limit
        return answer_json(
            {"data": shown, "limit": limit, "page": page, "pagesCount": pages, "total": len(found)}
        )

    def pay(self, invoice, amount=None, asset=None, stage=None):
        """Seen on the way (`stage`), or arrived. What comes to an address again is a new payment
        whose parent is the first one."""
        if stage:
            if stage not in STAGES or invoice.state != OPEN:
                raise Refusal(422, f"a stage of an open payment is one of {STAGES}")
            invoice.fields["stage"] = stage
            return invoice
        if invoice.state == PAID:
            fields = {**invoice.fields, "parent": invoice.id}
            invoice = self.add(
                invoice.reference,
                invoice.currency,
                invoice.amount,
                invoice.hook_url,
                invoice.expires_at,
                fields,
            )
            invoice.state = OPEN
        return super().pay(invoice, amount)

    def webhook(self, invoice, attempt):
        """At every change of the status, not only the last."""
        url = self.hook_url(invoice)
        if not url:
            return None
        seen = self.view(invoice)
        names = (
            *("payment_id", "payment_status", "pay_address", "payin_extra_id", "price_amount"),
            *("price_currency", "pay_amount", "actually_paid", "pay_currency", "order_id"),
            *("order_description", "purchase_id"),
        )
        told = {name: seen[name] for name in names} | {
            "parent_payment_id": invoice.fields["parent"],
            "invoice_id": None,
            "outcome_amount": invoice.paid,
            "outcome_currency": invoice.currency,
            "payment_extra_ids": None,
            "fee": {
                "currency": invoice.currency,
                "depositFee": decimal.Decimal("0.09853637216235617"),
                "withdrawalFee": 0,
                "serviceFee": 0,
            },
        }
        told["payment_id"] = int(invoice.id)
        text = dump(sorted_at_every_level(told))
        signature = hmac.new(self.ipn_secret.encode(), text, hashlib.sha512).hexdigest()
        headers = {"Content-Type": "application/json", self.signature_header: signature}
        return Webhook(url, headers, dump(told))
