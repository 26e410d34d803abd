"""Crypto Pay (@CryptoBot), help.send.tg/en/articles/10279948-crypto-pay-api."""

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
    plain,
    read_decimal,
    read_int,
)
from standin.world import EXPIRED, OPEN, PAID, Invoice

ASSETS = ("USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC")
FIATS = (
    *("USD", "EUR", "RUB", "BYN", "UAH", "GBP", "CNY", "KZT", "UZS", "GEL", "TRY", "AMD", "THB"),
    *("INR", "BRL", "IDR", "AZN", "AED", "PLN", "ILS"),
)
# Dollars for one coin: round figures, so that people can follow.
USD_RATES = {
    **{"USDT": "1", "USDC": "1", "TON": "2.5", "BTC": "60000", "ETH": "2500", "LTC": "80"},
    **{"BNB": "500", "TRX": "0.125"},
}
STATUS = {OPEN: "active", PAID: "paid", EXPIRED: "expired"}
BUTTONS = ("viewItem", "openChannel", "openBot", "callback")
LIFETIME_MAX_S = 2678400


class CallError(Exception):
    def __init__(self, code, name):
        super().__init__(name)
        self.code = code
        self.name = name


def require(holds, name):
    if not holds:
        raise CallError(400, name)


class CryptoBot(Provider):
    name = "cryptobot"
    signature_header = "crypto-pay-api-signature"
    # 17 attempts over 3 days; only the two figures are known, the spacing is ours.
    retries = (60, 300, 900, 1800, 3600, *[7200] * 2, *[26460] * 9)

    def __init__(self, world, token):
        super().__init__(world)
        self.token = token

    def reset(self):
        super().reset()
        self.next_id = 1000 + secrets.randbelow(1000)
        self.webhook_enabled = True

    def routes(self):
        return [("*", "/api/([A-Za-z]+)", self.call)]

    def no_route(self, request):
        return self.fail(405, "METHOD_NOT_FOUND")

    @staticmethod
    def fail(code, name):
        return answer_json({"ok": False, "error": {"code": code, "name": name}}, code)

    def call(self, request, method):
        methods = {
            "getMe": self.get_me,
            "createInvoice": self.create_invoice,
            "getInvoices": self.get_invoices,
            "deleteInvoice": self.delete_invoice,
            "getBalance": self.get_balance,
            "getExchangeRates": self.get_exchange_rates,
        }
        token = request.headers.get("crypto-pay-api-token", "")
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return self.fail(401, "UNAUTHORIZED")
        if method not in methods:
            return self.fail(405, "METHOD_NOT_FOUND")
        try:
            return answer_json({"ok": True, "result": methods[method](self.parameters(request))})
        except CallError as error:
            return self.fail(error.code, error.name)

    @staticmethod
    def parameters(request):
        """By query, JSON or form."""
        given = dict(request.query)
        kind = request.headers.get("content-type", "")
        try:
            if kind.startswith("application/json") and request.body:
                given.update(request.json())
            elif kind.startswith("application/x-www-form-urlencoded"):
                given.update(request.form())
        except ValueError:
            raise CallError(400, "PARAMETERS_INVALID") from None
        return given

    def get_me(self, _given):
        app_id = read_int(self.token.partition(":")[0]) or 1
        return {
            "app_id": app_id,
            "name": "Stand-in",
            "payment_processing_bot_username": "CryptoBot",
        }

    def get_balance(self, _given):
        return [{"currency_code": asset, "available": "0", "onhold": "0"} for asset in ASSETS]

    def get_exchange_rates(self, _given):
        return [
            {
                "is_valid": True,
                "is_crypto": True,
                "is_fiat": False,
                "source": asset,
                "target": "USD",
                "rate": USD_RATES[asset],
            }
            for asset in ASSETS
        ]

    def check_price(self, given):
        kind = given.get("currency_type", "crypto")
        require(kind in ("crypto", "fiat"), "CURRENCY_TYPE_INVALID")
        amount = read_decimal(given.get("amount"))
        require(amount is not None and amount > 0, "AMOUNT_INVALID")
        if kind == "crypto":
            require(given.get("asset") in ASSETS, "ASSET_INVALID")
            require("accepted_assets" not in given, "ACCEPTED_ASSETS_NOT_ALLOWED")
            return kind, amount, given["asset"]
        require(given.get("fiat") in FIATS, "FIAT_INVALID")
        accepted = given.get("accepted_assets", "")
        require(
            not accepted or all(asset in ASSETS for asset in accepted.split(",")),
            "ACCEPTED_ASSETS_INVALID",
        )
        return kind, amount, given["fiat"]

    def check_words(self, given):
        require(len(given.get("description", "")) <= 1024, "DESCRIPTION_TOO_LONG")
        require(len(given.get("hidden_message", "")) <= 2048, "HIDDEN_MESSAGE_TOO_LONG")
        require(len(given.get("payload", "").encode()) <= 4096, "PAYLOAD_TOO_LONG")
        if "paid_btn_name" in given:
            require(given["paid_btn_name"] in BUTTONS, "PAID_BTN_NAME_INVALID")
            url = given.get("paid_btn_url", "")
            require(url.startswith(("http://", "https://")), "PAID_BTN_URL_INVALID")

    def create_invoice(self, given):
        kind, amount, currency = self.check_price(given)
        self.check_words(given)
        lifetime = None
        if "expires_in" in given:
            lifetime = read_int(given["expires_in"])
            require(lifetime is not None and 1 <= lifetime <= LIFETIME_MAX_S, "EXPIRES_IN_INVALID")
        self.next_id += 1
        now = self.world.now()
        kept = ("accepted_assets", "description", "hidden_message", "payload")
        fields = {name: given[name] for name in kept if name in given}
        buttons = ("paid_btn_name", "paid_btn_url")
        fields |= {name: given[name] for name in buttons if name in given}
        fields |= {"currency_type": kind, "hash": "IV" + secrets.token_hex(5)}
        fields |= {
            "allow_comments": given.get("allow_comments", True) in (True, "true", "1"),
            "allow_anonymous": given.get("allow_anonymous", True) in (True, "true", "1"),
        }
        made = Invoice(
            id=str(self.next_id),
            reference=given.get("payload", ""),
            amount=amount,
            currency=currency,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
            fields=fields,
        )
        return self.view(self.shop.add(made))

    def view(self, invoice):
        """Members that have no value are left out, as theirs do."""
        page = self.pay_page(invoice)
        fields = dict(invoice.fields)
        paid_asset = fields.pop("paid_asset", None)
        kind = fields["currency_type"]
        seen = {
            "invoice_id": int(invoice.id),
            "asset" if kind == "crypto" else "fiat": invoice.currency,
            "amount": plain(invoice.amount),
            "bot_invoice_url": page,
            "mini_app_invoice_url": page,
            "web_app_invoice_url": page,
            "pay_url": page,
            "status": STATUS[invoice.state],
            "created_at": iso(invoice.created_at),
            **fields,
        }
        if invoice.expires_at is not None:
            seen["expiration_date"] = iso(invoice.expires_at)
        if invoice.state == PAID:
            seen |= self.view_payment(invoice, paid_asset)
        return seen

    def view_payment(self, invoice, paid_asset):
        accepted = invoice.fields.get("accepted_assets", "USDT").split(",")
        crypto = invoice.fields["currency_type"] == "crypto"
        asset = invoice.currency if crypto else paid_asset or accepted[0]
        rate = decimal.Decimal(USD_RATES[asset])
        coins = invoice.paid if crypto else invoice.paid / rate
        fee = (coins * decimal.Decimal("0.03")).quantize(decimal.Decimal("0.00000001"))
        seen = {
            "paid_asset": asset,
            "paid_amount": plain(coins),
            "paid_usd_rate": plain(rate),
            "fee_asset": asset,
            "fee_amount": fee,
            "fee_in_usd": plain(fee * rate),
            "paid_at": iso(invoice.paid_at),
            "paid_anonymously": False,
        }
        if not crypto:
            seen["paid_fiat_rate"] = plain(rate)
        return seen

    def get_invoices(self, given):
        offset, count = read_int(given.get("offset", 0)), read_int(given.get("count", 100))
        require(offset is not None and offset >= 0, "OFFSET_INVALID")
        require(count is not None and 1 <= count <= 1000, "COUNT_INVALID")
        require(given.get("status", "active") in ("active", "paid"), "STATUS_INVALID")
        found = self.shop.all()
        if given.get("invoice_ids"):
            wanted = str(given["invoice_ids"]).split(",")
            require(all(read_int(text) is not None for text in wanted), "INVOICE_IDS_INVALID")
            found = [invoice for invoice in found if invoice.id in wanted]
        for name in ("asset", "fiat"):
            if given.get(name):
                crypto = "crypto" if name == "asset" else "fiat"
                found = [
                    invoice
                    for invoice in found
                    if invoice.fields["currency_type"] == crypto and invoice.currency == given[name]
                ]
        if given.get("status"):
            found = [invoice for invoice in found if STATUS[invoice.state] == given["status"]]
        return {"items": [self.view(invoice) for invoice in found[offset : offset + count]]}

    def delete_invoice(self, given):
        invoice = self.shop.get(given.get("invoice_id"))
        require(invoice is not None, "INVOICE_NOT_FOUND")
        del self.shop.invoices[invoice.id]
        return True

    def webhook(self, invoice, attempt):
        """invoice_paid is the only kind; update_id does not tell two of them apart."""
        url = self.hook_url(invoice)
        if invoice.state != PAID or not url or not self.webhook_enabled:
            return None
        body = dump(
            {
                "update_id": 1,
                "update_type": "invoice_paid",
                "request_date": iso(self.world.now()),
                "payload": self.view(invoice),
            }
        )
        headers = {
            "Content-Type": "application/json",
            self.signature_header: hashed_key_hmac(self.token, body),
        }
        return Webhook(url, headers, body)

    def gave_up(self):
        """After the last attempt the webhook is switched off."""
        self.webhook_enabled = False
