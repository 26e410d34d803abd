"""Webhooks on their way: each on a thread of its own, repeated until it is taken."""

import dataclasses
import itertools
import threading
import time
import urllib.error
import urllib.request

from standin.world import Refusal

TIMEOUT_S = 10
AT_ONCE_MAX = 64

slots = threading.BoundedSemaphore(AT_ONCE_MAX)


@dataclasses.dataclass
class Delivery:
    """One attempt. status 0: nobody answered."""

    provider: str
    invoice: str
    url: str
    attempt: int
    status: int
    at: float


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


opener = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))


def post(webhook):
    request = urllib.request.Request(
        webhook.url, data=webhook.body, headers=webhook.headers, method="POST"
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def deliver(world, provider, invoice, signature="good", repeat=True):
    """Sends it now, and again as the provider does until a 2xx; returns at once. Bad signatures are
    sent once."""
    with world.lock:
        webhook = provider.webhook(invoice, 1)
        if webhook is None:
            raise Refusal(409, "there is nothing to send: not paid, no address, or switched off")
        provider.spoil(webhook, signature)
    if not slots.acquire(blocking=False):
        raise Refusal(429, "too many webhooks are on their way")
    again = repeat and signature == "good"
    arguments = (world, provider, invoice, webhook, again)
    threading.Thread(target=run, args=arguments, daemon=True).start()


def run(world, provider, invoice, webhook, again):
    try:
        pauses = provider.retries if again else ()
        for attempt in itertools.count(1):
            status = post(webhook)
            record = Delivery(provider.name, invoice.id, webhook.url, attempt, status, world.now())
            world.deliveries.append(record)
            if 200 <= status < 300:
                return
            if attempt > len(pauses):
                break
            time.sleep(pauses[attempt - 1] * world.retry_scale)
            with world.lock:
                webhook = provider.webhook(invoice, attempt + 1)
            if webhook is None:
                return
        if again:
            with world.lock:
                provider.gave_up()
    finally:
        slots.release()
