"""What the benchmark buys by the hundred, and one by one. Environment: SLIPWAY_URL,
SLIPWAY_OPERATOR_KEY.

    orders.py bulk <user id> <location> <servers>     buys them, a hundred at a time
    orders.py crowd <user id> <location> <servers>    so do that user and those after it, 20 each
    orders.py one <user id> <location>                buys one, waits for it; prints milliseconds
"""

import json
import os
import secrets
import sys
import time
import urllib.request

BASE = os.environ["SLIPWAY_URL"] + "/hosting/api/v1"
AT_ONCE = 100
EACH = 20


def ask(path, body=None, **headers):
    request = urllib.request.Request(
        BASE + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["SLIPWAY_OPERATOR_KEY"],
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def order(path, body):
    return ask(path, body, Idempotency_Key="bench-" + secrets.token_hex(12))["batch_id"]


def item_of(location):
    return {
        "plan_code": "vps-1",
        "location_code": location,
        "os_code": "ubuntu-22",
        "period_months": 1,
    }


def bulk(user_id, location, count):
    for first in range(0, count, AT_ONCE):
        items = [item_of(location)] * min(AT_ONCE, count - first)
        order("/vps/buy:bulk", {"user_id": user_id, "items": items})


def crowd(first_user_id, location, count):
    for place in range(count // EACH):
        bulk(first_user_id + place, location, EACH)


def one(user_id, location):
    began = time.monotonic()
    batch_id = order("/vps", {"user_id": user_id, **item_of(location)})
    while True:
        batch = ask(f"/batches/{batch_id}", Prefer="wait=30")
        if batch["status"] not in ("pending", "running"):
            break
    if batch["status"] != "completed":
        sys.exit(f"{batch_id}: {batch}")
    print(f"milliseconds={(time.monotonic() - began) * 1000:.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] in (["bulk"], ["crowd"]) and len(sys.argv) == 5:
        buy = bulk if sys.argv[1] == "bulk" else crowd
        buy(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:2] == ["one"] and len(sys.argv) == 4:
        one(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(__doc__)
