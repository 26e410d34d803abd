"""Deposits in flight: each request with a key of its own, journalled; what got an invoice is paid,
with a callback, with three, or with none."""

import concurrent.futures
import json
import secrets
import time

import httpx
from deposits import SCOPES, Standins, deposit
from stack import User

HEAL_SECONDS = 60
# So that nobody waits long for what the dead have left.
SETTINGS = {
    "BILLING_DEADLINE_MS": "700",
    "PROVIDER_TIMEOUT_MS": "700",
    "DEPOSIT_LEASE_MS": "1500",
    "DEPOSIT_POLL_FIRST_MS": "300",
    "DEPOSIT_POLL_INTERVAL_MS": "100",
}

CREDITS = """
    SELECT d.id, d.user_id, d.external_id, d.status::text, d.credited_cents, count(t.id),
           coalesce(sum(t.amount_cents), 0)
    FROM billing.deposits d LEFT JOIN billing.transfers t
        ON t.kind = 'deposit' AND (t.id = d.id OR t.reason = 'deposit:' || d.id)
    GROUP BY d.id
"""


class DepositLoad:
    def __init__(self, trial, count=40, users=3, clients=8):
        self.trial = trial
        self.journal = trial.deposits
        self.standins = Standins(trial.stack)
        self.count = count
        self.users = [User(trial.stack, funds="0.00", scopes=SCOPES) for _ in range(users)]
        self.pool = concurrent.futures.ThreadPoolExecutor(clients)
        self.futures = []

    def start(self):
        for number in range(self.count):
            user = self.users[number % len(self.users)]
            key = f"chaos-{secrets.token_hex(12)}"
            webhooks = self.trial.random.choice((0, 1, 1, 3))
            self.futures.append(self.pool.submit(self.attempt, user, key, webhooks))

    def attempt(self, user, key, webhooks):
        self.journal.begin(key, user.id)
        try:
            answer = deposit(user.client, {"Idempotency-Key": key})
            self.journal.heard(key, answer.status_code, answer.text)
            if answer.status_code == 201:
                self.pay(answer.json(), webhooks)
        except httpx.HTTPError as error:
            self.journal.lost(key, repr(error))
            time.sleep(0.02)

    def pay(self, made, webhooks):
        """Once: a repeat finds it paid."""
        given = {"provider": made["provider"], "external_id": made["external_id"]}
        answer = self.standins.client.post("/__/pay", json={**given, "webhooks": webhooks})
        assert answer.status_code in (200, 409), answer.text

    def await_answers(self, count, seconds=60):
        deadline = time.monotonic() + seconds
        while sum(future.done() for future in self.futures) < count:
            assert time.monotonic() < deadline, f"fewer than {count} deposits were answered"
            time.sleep(0.005)

    def finish(self):
        """All made; then each unknown one repeated with its key until it is known."""
        for future in self.futures:
            future.result()
        by_id = {user.id: user for user in self.users}
        deadline = time.monotonic() + HEAL_SECONDS
        while unknown := self.journal.unknown():
            assert time.monotonic() < deadline, f"{len(unknown)} deposits unknown after healing"
            again = [
                self.pool.submit(self.attempt, by_id[self.journal.attempts[key]["user_id"]], key, 1)
                for key in unknown
            ]
            for future in again:
                future.result()
            time.sleep(0.1)
        self.pool.shutdown()


def invoices_by_deposit(standins):
    found = {}
    for invoice in standins.look("invoices", provider="cryptobot")["invoices"]:
        deposit_id = int(invoice["reference"].removeprefix("slipway-"))
        found.setdefault(deposit_id, []).append(invoice)
    return found


class DepositChecker:
    """INV-9, from PostgreSQL, the stand-ins and the journal alone."""

    def __init__(self, stack, database):
        self.database = database
        self.standins = Standins(stack)

    def rows(self):
        return self.database.execute(CREDITS).fetchall()

    def await_settled(self, seconds=30):
        """INV-7: what was paid is credited some time after healing."""
        deadline = time.monotonic() + seconds
        while True:
            paid = {
                deposit_id
                for deposit_id, invoices in invoices_by_deposit(self.standins).items()
                if any(invoice["state"] == "paid" for invoice in invoices)
            }
            open_ones = [row[0] for row in self.rows() if row[0] in paid and row[3] != "completed"]
            if not open_ones:
                return
            assert time.monotonic() < deadline, f"INV-7: paid and not credited: {open_ones[:5]}"
            time.sleep(0.1)

    def check(self, journal):
        if not journal.attempts:
            return
        self.await_settled()
        invoices = invoices_by_deposit(self.standins)
        made = {}
        for deposit_id, user_id, external_id, status, credited, transfers, moved in self.rows():
            about = f"deposit {deposit_id}, {status}"
            known = invoices.get(deposit_id, [])
            assert len(known) == 1, f"INV-9: {about} has {len(known)} invoices"
            assert known[0]["external_id"] == external_id, f"INV-9: {about} has another invoice"
            expected = 1 if known[0]["state"] == "paid" else 0
            assert transfers == expected, f"INV-9: {about} was credited {transfers} times"
            assert moved == credited == 5000 * expected, f"INV-9: {about} brought {moved}"
            made.setdefault(user_id, set()).add(deposit_id)
        self.check_journal(journal, made)

    @staticmethod
    def check_journal(journal, made):
        answered = {}
        for key, attempt in journal.attempts.items():
            bodies = {body for status, body in attempt["answers"] if status == 201}
            assert len(bodies) == 1, f"INV-3: {key} was answered {bodies}"
            deposit_id = json.loads(bodies.pop())["transaction_id"]
            assert deposit_id not in answered, f"INV-3: {key} shares its deposit"
            answered[deposit_id] = attempt["user_id"]
        for user_id, deposits in made.items():
            own = {number for number, owner in answered.items() if owner == user_id}
            assert own == deposits or not own, f"INV-3: user {user_id} has deposits of no request"
