"""What a stand-in is made of: routes, the answers' form, payments, webhooks."""

import dataclasses
import datetime
import decimal
import hashlib
import hmac
import json
import re
import urllib.parse

from standin.world import OPEN, PAID, Refusal, Shop


@dataclasses.dataclass
class Request:
    method: str
    # Below the provider's own prefix.
    path: str
    query: dict
    # Names in lower case.
    headers: dict
    body: bytes

    def json(self):
        """The body as an object; ValueError when it is none. Numbers keep their digits."""
        parsed = json.loads(self.body, parse_float=decimal.Decimal)
        if not isinstance(parsed, dict):
            raise ValueError("no object")
        return parsed

    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclasses.dataclass
class Answer:
    status: int
    body: bytes
    headers: dict = dataclasses.field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclasses.dataclass
class Webhook:
    url: str
    headers: dict
    body: bytes


class Provider:
    """One provider. `world.lock` is held in every method."""

    name = ""
    # Where a webhook's signature stands.
    signature_header = ""
    # Seconds from a failed webhook to its repetition, as the real one has it.
    retries = ()
    # Whether a payer may send another amount than asked for.
    takes_any_amount = False

    def __init__(self, world):
        self.world = world
        self.shop = Shop(world)
        self.reset()

    def reset(self):
        self.shop.reset()

    def routes(self):
        """(method or "*", pattern of the path, handler(request, *groups)) of each route."""
        raise NotImplementedError

    def no_route(self, request):
        raise NotImplementedError

    def answer(self, request):
        for method, pattern, handler in self.routes():
            found = re.fullmatch(pattern, request.path)
            if found and method in ("*", request.method):
                return handler(request, *found.groups())
        return self.no_route(request)

    def pay(self, invoice, amount=None, asset=None, stage=None):
        """A payer pays (None: what is asked for); returns the invoice that the webhook tells of."""
        if stage:
            raise Refusal(422, f"{self.name} tells of no stages of a payment")
        if amount is not None and amount != invoice.amount and not self.takes_any_amount:
            raise Refusal(422, f"{self.name} lets a payer send the exact amount only")
        if invoice.state != OPEN:
            raise Refusal(409, f"the invoice is {invoice.state}")
        invoice.state = PAID
        invoice.paid += invoice.amount if amount is None else amount
        invoice.paid_at = self.world.now()
        if asset:
            invoice.fields["paid_asset"] = asset
        return invoice

    def webhook(self, invoice, attempt):
        """What is sent about this invoice, well signed; None: nothing is."""
        raise NotImplementedError

    def spoil(self, webhook, how):
        """Takes the signature away ("missing") or breaks it ("wrong")."""
        name = self.signature_header
        if how == "missing":
            webhook.headers.pop(name, None)
        elif how == "wrong":
            text = webhook.headers.get(name, "1")
            webhook.headers[name] = ("0" if text[0] != "0" else "1") + text[1:]
        elif how != "good":
            raise Refusal(422, 'signature is "good", "wrong" or "missing"')

    def gave_up(self):
        """The last attempt has failed too."""

    def hook_url(self, invoice):
        """The invoice's own, or the one that is set on the provider's side."""
        if invoice.hook_url:
            return invoice.hook_url
        return f"{self.world.callbacks}/{self.name}" if self.world.callbacks else ""

    def pay_page(self, invoice):
        """In place of the provider's own page: a button to press."""
        return f"{self.world.public_url}/pay/{self.name}/{invoice.id}"


def dump(value, ascii_only=False):
    """Compact JSON; decimals come out as numbers with their own digits."""
    numbers = []

    def hold(number):
        numbers.append(f"{number:f}")
        return f"\x00{len(numbers) - 1}\x00"

    text = json.dumps(value, default=hold, separators=(",", ":"), ensure_ascii=ascii_only)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda found: numbers[int(found[1])], text).encode()


def answer_json(value, status=200, kind="application/json"):
    return Answer(status, dump(value), {"Content-Type": kind})


def read_decimal(value):
    """A decimal from text or number; None when it is none, or not finite."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = decimal.Decimal(str(value))
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_int(value):
    """A whole number from text or number, or None."""
    number = read_decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def sorted_at_every_level(value):
    if isinstance(value, dict):
        return {name: sorted_at_every_level(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [sorted_at_every_level(item) for item in value]
    return value


def php_json(value):
    """What PHP's json_encode() writes after ksort(): the outermost object sorted, "/" as "\\/",
    everything but ASCII as \\uXXXX."""
    given = {name: value[name] for name in sorted(value)}
    return dump(given, ascii_only=True).replace(b"/", b"\\/")


def iso(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def plain(number):
    """A decimal without an exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def hashed_key_hmac(token, body):
    """Crypto Pay's and xRocket's: HMAC-SHA256 under SHA-256(token)."""
    return hmac.new(hashlib.sha256(token.encode()).digest(), body, hashlib.sha256).hexdigest()
