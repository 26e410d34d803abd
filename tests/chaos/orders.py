"""Orders to standing servers in flight: power, passwords, reinstallations and deletions at random,
each journalled before and after."""

import concurrent.futures
import random
import threading
import time

import httpx
from load import Load

ACTIONS = (
    ("POST", "/vps/{}/power/reboot", None, 3),
    ("POST", "/vps/{}/power/stop", None, 3),
    ("POST", "/vps/{}/power/start", None, 3),
    ("POST", "/vps/{}/power/power-toggle", None, 4),
    ("POST", "/vps/{}/password", None, 5),
    ("POST", "/vps/{}/reinstall", {"os_code": "debian-12"}, 2),
    ("POST", "/vps/{}/reinstall", {"os_code": "ubuntu-22"}, 2),
    ("DELETE", "/vps/{}", None, 1),
)
# What an order may be answered by the rules, and what a system that is being hurt may say.
SANE = {200, 202, 404, 409, 504}
HURT = {500, 502, 503}


class Orders:
    def __init__(self, trial, servers=16, clients=12):
        self.trial = trial
        self.clients = clients
        self.random = random.Random(trial.random.random())
        self.lock = threading.Lock()
        self.answered = 0
        self.stopping = False
        self.servers = self.buy(servers)
        self.pool = concurrent.futures.ThreadPoolExecutor(clients)
        self.futures = []

    def buy(self, count):
        """(user, id) of servers that stand."""
        load = Load(self.trial.stack, self.trial.journal, purchases=count, users=2, clients=8)
        load.start()
        load.finish()
        standing, deadline = [], time.monotonic() + 30
        while len(standing) < count:
            assert time.monotonic() < deadline, f"only {len(standing)} of {count} servers stand"
            standing = [
                (user, row["id"])
                for user in load.users
                for row in user.client.get("/vps?limit=200&status=active").json()["items"]
            ]
        return standing

    def start(self):
        self.futures = [self.pool.submit(self.order_on) for _ in range(self.clients)]

    def order_on(self):
        while not self.stopping:
            with self.lock:
                user, vps_id = self.random.choice(self.servers)
                weights = [action[3] for action in ACTIONS]
                method, path, body, _ = self.random.choices(ACTIONS, weights)[0]
                wait = self.random.choice([0, 0, 1])
            self.order(user, vps_id, method, path, body, wait)
            with self.lock:
                self.answered += 1

    def order(self, user, vps_id, method, path, body, wait):
        order = self.trial.journal.order(vps_id, method, path)
        headers = {"Prefer": f"wait={wait}"}
        try:
            answer = user.client.request(method, path.format(vps_id), json=body, headers=headers)
            self.trial.journal.ordered(order, answer.status_code, answer.text)
            assert answer.status_code in SANE | HURT, answer.text
        except httpx.HTTPError as error:
            self.trial.journal.lost(order, repr(error))
            time.sleep(0.02)

    def await_answers(self, count, seconds=60):
        deadline = time.monotonic() + seconds
        while self.answered < count:
            assert time.monotonic() < deadline, f"only {self.answered} of {count} orders answered"
            time.sleep(0.01)

    def finish(self):
        self.stopping = True
        for future in self.futures:
            future.result()
        self.pool.shutdown()
