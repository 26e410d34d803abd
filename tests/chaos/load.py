"""Purchases in flight: many clients, each attempt with a key of its own, journalled."""

import concurrent.futures
import secrets
import threading
import time

import httpx
from stack import PURCHASE, User

HEAL_SECONDS = 60


class Load:
    def __init__(self, stack, journal, purchases=500, users=10, clients=24):
        self.stack = stack
        self.journal = journal
        self.purchases = purchases
        self.clients = clients
        self.users = [User(stack, funds="100000.00") for _ in range(users)]
        self.answered = 0
        self.lock = threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(clients)
        self.futures = []

    def start(self):
        for number in range(self.purchases):
            user = self.users[number % len(self.users)]
            key = f"chaos-{secrets.token_hex(12)}"
            self.futures.append(self.pool.submit(self.attempt, user, key))

    def attempt(self, user, key):
        self.journal.begin(key, user.id)
        try:
            answer = user.client.post("/vps", json=PURCHASE, headers={"Idempotency-Key": key})
            self.journal.heard(key, answer.status_code, answer.text)
        except httpx.HTTPError as error:
            self.journal.lost(key, repr(error))
            time.sleep(0.02)
        with self.lock:
            self.answered += 1

    def await_answers(self, count, seconds=120):
        deadline = time.monotonic() + seconds
        while self.answered < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"only {self.answered} of {count} attempts ended")
            time.sleep(0.005)

    def finish(self):
        """All attempts made; then each unknown one repeated with its key until it is known."""
        concurrent.futures.wait(self.futures)
        for future in self.futures:
            future.result()
        by_id = {user.id: user for user in self.users}
        deadline = time.monotonic() + HEAL_SECONDS
        while unknown := self.journal.unknown():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{len(unknown)} attempts unknown {HEAL_SECONDS} s after healing"
                )
            again = [
                self.pool.submit(self.attempt, by_id[self.journal.attempts[key]["user_id"]], key)
                for key in unknown
            ]
            concurrent.futures.wait(again)
            time.sleep(0.1)
        self.pool.shutdown()
