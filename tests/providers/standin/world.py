"""What all stand-ins share: the clock that can be turned, the invoices, the faults to come."""

import collections
import dataclasses
import decimal
import threading
import time

INVOICES_MAX = 10_000
FAULTS_MAX = 100
RECORDS_MAX = 2_000

OPEN, PAID, EXPIRED, CANCELLED = "open", "paid", "expired", "cancelled"


@dataclasses.dataclass
class Invoice:
    """One invoice; `fields` holds what its provider wants to give back as it was sent."""

    id: str
    reference: str
    amount: decimal.Decimal
    currency: str
    created_at: float
    # None: never.
    expires_at: float | None
    fields: dict
    # "": none, or the one that is set on the provider's side.
    hook_url: str = ""
    state: str = OPEN
    # In the invoice's currency (for coins: the coin).
    paid: decimal.Decimal = decimal.Decimal(0)
    paid_at: float | None = None


@dataclasses.dataclass
class Fault:
    """What happens to the next `count` requests to a provider whose path holds `path`."""

    kind: str
    path: str = ""
    count: int = 1
    status: int = 500
    seconds: float = 5.0
    retry_after: int | None = None


class Refusal(Exception):  # noqa: N818
    """A button that can't be pressed; the status and the words."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


class World:
    def __init__(self, callbacks="", public_url="", retry_scale=0.001):
        self.callbacks = callbacks
        self.public_url = public_url
        self.retry_scale = retry_scale
        self.skew_s = 0.0
        self.providers = {}
        # Held while a request or a button is worked on: one thing at a time, as in a database.
        self.lock = threading.RLock()
        self.deliveries = collections.deque(maxlen=RECORDS_MAX)
        self.requests = collections.deque(maxlen=RECORDS_MAX)

    def now(self):
        return time.time() + self.skew_s

    def provider(self, name):
        if name not in self.providers:
            raise Refusal(404, f"there is no provider {name!r}; there are: {list(self.providers)}")
        return self.providers[name]

    def reset(self):
        self.skew_s = 0.0
        self.deliveries.clear()
        self.requests.clear()
        for provider in self.providers.values():
            provider.reset()


class Shop:
    """The invoices of one provider, and the faults that its next requests will meet."""

    def __init__(self, world):
        self.world = world
        self.reset()

    def reset(self):
        self.invoices = collections.OrderedDict()
        self.faults = []

    def add(self, invoice):
        self.invoices[invoice.id] = invoice
        while len(self.invoices) > INVOICES_MAX:
            self.invoices.popitem(last=False)
        return invoice

    def get(self, invoice_id):
        """The invoice as it is now, or None."""
        invoice = self.invoices.get(str(invoice_id))
        if invoice is not None:
            self.age(invoice)
        return invoice

    def all(self):
        """Newest first."""
        for invoice in self.invoices.values():
            self.age(invoice)
        return list(reversed(self.invoices.values()))

    def by_reference(self, reference):
        found = [invoice for invoice in self.all() if invoice.reference == reference]
        return found[0] if found else None

    def age(self, invoice):
        over = invoice.expires_at is not None and invoice.expires_at <= self.world.now()
        if invoice.state == OPEN and over:
            invoice.state = EXPIRED

    def add_fault(self, fault):
        if len(self.faults) >= FAULTS_MAX:
            raise Refusal(429, "enough faults are waiting already")
        self.faults.append(fault)

    def take_fault(self, path):
        """The first fault that fits, counted down."""
        for fault in self.faults:
            if fault.path in path:
                fault.count -= 1
                if fault.count <= 0:
                    self.faults.remove(fault)
                return fault
        return None
