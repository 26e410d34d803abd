"""What bench/soak lets resellers do beside its many purchases, and where their webhooks arrive.

    soak_load.py <seconds> <port of the sink>

Customers buy a server in the location that is built, watch it come, by Prefer: wait and by event
stream in turn, look at it and delete it; readers read. Each customer's users have an endpoint.
Prints name=value; status 1 after an order that did not end well. Environment: SLIPWAY_URL,
SLIPWAY_OPERATOR_KEY, BENCH_FIRST_USER, BENCH_RESELLERS.
"""

import collections
import http.client
import http.server
import itertools
import json
import os
import random
import secrets
import sys
import threading
import time

ADDRESS = os.environ["SLIPWAY_URL"].removeprefix("http://")
BASE = "/hosting/api/v1"
FIRST_USER = int(os.environ["BENCH_FIRST_USER"])
RESELLERS = int(os.environ["BENCH_RESELLERS"])
LOCATION = "us"
CUSTOMERS = 4
USERS_EACH = 16
READERS = 2
CUSTOMER_PAUSE_S = 1.0
READER_PAUSE_S = 0.05
# So long at first the customers don't pause: each thread of the services has then had its turn, and
# the allocator's arenas are as large as they get, before the warm-up ends.
HASTE_S = 60
# Connections come and go.
REQUESTS_A_CONNECTION = 40
TIMEOUT_S = 60
WAITS = 4

counts = collections.Counter()
counting = threading.Lock()


def count(what):
    with counting:
        counts[what] += 1


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802  # http.server's name
        self.rfile.read(int(self.headers["Content-Length"]))
        count("webhooks")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Caller:
    """A kept connection, a new one now and then and after each failure."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(ADDRESS, timeout=TIMEOUT_S)
        self.asked = 0

    def ask(self, kind, method, path, key, body=None, **headers):
        """The text of a good answer; None of a bad one, which is counted."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.asked += 1
        if self.asked % REQUESTS_A_CONNECTION == 0:
            self.connection.close()
        try:
            body = None if body is None else json.dumps(body)
            self.connection.request(method, BASE + path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            count("socket_errors")
            return None
        count(kind)
        if answer.status < 300:
            return text
        count("non_2xx")
        return None

    def ask_json(self, *arguments, **headers):
        text = self.ask(*arguments, **headers)
        return None if text is None else json.loads(text)


def key_of(user):
    return f"slip_hosting_{user:032d}"


def waited(caller, user, batch_id):
    for _ in range(WAITS):
        path = f"/batches/{batch_id}"
        batch = caller.ask_json("waits", "GET", path, key_of(user), Prefer="wait=30")
        if batch is None or batch["status"] not in ("pending", "running"):
            return batch
    return None


def streamed(caller, user, batch_id):
    path = f"/batches/{batch_id}"
    text = caller.ask("streams", "GET", path, key_of(user), Accept="text/event-stream")
    data = [line for line in (text or "").splitlines() if line.startswith("data:")]
    return json.loads(data[-1].removeprefix("data:")) if data else None


def ended_well(watch, caller, user, order):
    """The batch of an order that was taken; None when it did not complete, which is counted."""
    batch = order and watch(caller, user, order["batch_id"])
    if batch and batch["status"] == "completed":
        return batch
    count("orders_failed")
    return None


def buy(caller, user):
    body = {
        "plan_code": "vps-1",
        "location_code": LOCATION,
        "os_code": "ubuntu-22",
        "period_months": 1,
    }
    name = "soak-" + secrets.token_hex(12)
    return caller.ask_json("buys", "POST", "/vps", key_of(user), body, Idempotency_Key=name)


def life_of_a_server(caller, user, watch, watch_deletion):
    batch = ended_well(watch, caller, user, buy(caller, user))
    if batch is None:
        return
    card = f"/vps/{batch['items'][0]['vps_id']}"
    caller.ask("reads", "GET", card, key_of(user))
    caller.ask("reads", "GET", card + "/credentials", key_of(user))
    order = caller.ask_json("deletions", "DELETE", card, key_of(user))
    ended_well(watch_deletion, caller, user, order)


def customer(first_user, deadline):
    caller = Caller()
    unhurried_at = time.monotonic() + HASTE_S
    watches = itertools.cycle([(waited, streamed), (streamed, waited)])
    while time.monotonic() < deadline:
        user = first_user + random.randrange(USERS_EACH)
        life_of_a_server(caller, user, *next(watches))
        if time.monotonic() >= unhurried_at:
            time.sleep(random.expovariate(1 / CUSTOMER_PAUSE_S))


def reader(deadline):
    caller = Caller()
    while time.monotonic() < deadline:
        user = FIRST_USER + random.randrange(RESELLERS)
        servers = caller.ask_json("reads", "GET", "/vps?limit=5", key_of(user))
        paths = ["/vps/catalog", f"/users/{user}/balance", "/transactions?limit=5"]
        paths += [f"/vps/{server['id']}" for server in (servers or {"items": []})["items"]]
        for path in random.sample(paths, 3):
            time.sleep(random.expovariate(1 / READER_PAUSE_S))
            caller.ask("reads", "GET", path, key_of(user))


def register_endpoints(port):
    caller = Caller()
    key = os.environ["SLIPWAY_OPERATOR_KEY"]
    for user in range(FIRST_USER, FIRST_USER + CUSTOMERS * USERS_EACH):
        body = {"url": f"http://127.0.0.1:{port}/hook"}
        if caller.ask("endpoints", "POST", f"/webhooks?user_id={user}", key, body) is None:
            sys.exit(f"no endpoint for user {user}: {dict(counts)}")


def main(seconds, port):
    sink = http.server.ThreadingHTTPServer(("127.0.0.1", port), Sink)
    sink.daemon_threads = True
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    register_endpoints(port)
    deadline = time.monotonic() + seconds
    threads = [
        threading.Thread(target=customer, args=(FIRST_USER + n * USERS_EACH, deadline))
        for n in range(CUSTOMERS)
    ] + [threading.Thread(target=reader, args=(deadline,)) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = ["buys", "waits", "streams", "deletions", "reads", "webhooks"]
    errors = ["orders_failed", "non_2xx", "socket_errors"]
    for name in names + errors:
        print(f"{name}={counts[name]}")
    idle = [name for name in names if counts[name] == 0]
    if idle:
        sys.exit(f"nothing was done of: {', '.join(idle)}")
    return 1 if counts["orders_failed"] else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
