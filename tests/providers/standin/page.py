"""Pages for people: all invoices with buttons, and the page to which a pay_url leads."""

import html

from standin.provider import Answer
from standin.world import OPEN, PAID

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { padding: .3rem .6rem; text-align: left;
border-bottom: 1px solid #ddd; vertical-align: top } form { display: inline } small { color: #666 }
"""
# What a button sends, and when it makes sense.
BUTTONS = (
    ("pay", "pay", {}, (OPEN,)),
    ("pay, webhook 3 times", "pay", {"webhooks": "3"}, (OPEN,)),
    ("pay, no webhook", "pay", {"webhooks": "0"}, (OPEN,)),
    ("pay, wrong signature", "pay", {"signature": "wrong"}, (OPEN,)),
    ("expire", "expire", {}, (OPEN,)),
    ("pay late", "pay", {"late": "1"}, ("expired",)),
    ("send the webhook again", "webhook", {}, (PAID,)),
)
FAULTS = (
    ("next answer 500", {"kind": "status", "status": "500"}),
    ("next answer 429", {"kind": "status", "status": "429", "retry_after": "1"}),
    ("next answer after 10 s", {"kind": "hang", "seconds": "10"}),
    ("drop the next answer", {"kind": "drop"}),
)


def button(label, name, fields):
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}">'
        for key, value in fields.items()
    )
    return (
        f'<form method="post" action="/__/{name}" target="result">{hidden}'
        f"<button>{html.escape(label)}</button></form> "
    )


def page(title, body, status=200):
    text = (
        f'<!doctype html><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{html.escape(title)}</h1>{body}"
        '<iframe name="result" title="what the last button answered" '
        'style="width:100%;height:6rem;border:1px solid #ddd;margin-top:1rem"></iframe>'
    )
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def buttons_of(provider, invoice):
    fields = {"provider": provider.name, "external_id": invoice.id}
    made = "".join(
        button(label, name, fields | more)
        for label, name, more, states in BUTTONS
        if invoice.state in states
    )
    if provider.takes_any_amount and invoice.state == PAID:
        made += button("pay again to the same address", "pay", fields)
    if provider.takes_any_amount and invoice.state == OPEN:
        made += button("seen, not confirmed", "pay", fields | {"stage": "confirming"})
        for label, amount in (
            ("pay half", invoice.amount / 2),
            ("pay double", invoice.amount * 2),
        ):
            made += button(label, "pay", fields | {"amount": f"{amount:f}"})
    return made


def row(provider, invoice):
    cells = (invoice.id, invoice.reference, f"{invoice.amount:f} {invoice.currency}", invoice.state)
    return (
        "<tr>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + f"<td>{buttons_of(provider, invoice)}</td></tr>"
    )


def page_of_all(world):
    with world.lock:
        parts = []
        for provider in world.providers.values():
            faults = "".join(
                button(label, "fault", {"provider": provider.name, **fields})
                for label, fields in FAULTS
            )
            rows = "".join(row(provider, invoice) for invoice in provider.shop.all()[:50])
            parts.append(
                f"<h2>{provider.name}</h2><p>{faults}</p><table><tr><th>id<th>reference<th>amount"
                f"<th>state<th></tr>{rows}</table>"
            )
        return page("Payment providers' stand-ins", "".join(parts))


def page_of_one(world, name):
    """/pay/<provider>/<id>."""
    provider_name, _, invoice_id = name.partition("/")
    with world.lock:
        provider = world.providers.get(provider_name)
        invoice = provider and provider.shop.get(invoice_id)
        if invoice is None:
            return page("There is no such invoice", "", 404)
        body = (
            f"<p>{html.escape(f'{invoice.amount:f} {invoice.currency}')} for "
            f"{html.escape(invoice.reference)}: <b>{invoice.state}</b></p>"
            f"<p>{buttons_of(provider, invoice)}</p><p><small>No money moves here.</small></p>"
        )
        return page(f"Pay with {provider.name}", body)
