"""The invariants, recounted from PostgreSQL, libvirt and the journal alone. Shares no code with the
services: what they believe is not asked, only what stands."""

import collections
import json
import subprocess
import time

from journal import final_answers

QUIET_SECONDS = 30

IN_WORK = """
    SELECT (SELECT count(*) FROM billing.vps WHERE status IN ('pending', 'building')),
           (SELECT count(*) FROM billing.outbox),
           (SELECT count(*) FROM billing.deposits WHERE status = 'creating')
"""
UNEQUAL_BALANCES = """
    SELECT a.id, a.balance_cents, coalesce(m.moved, 0) FROM billing.accounts a
    FULL JOIN (SELECT account, sum(cents) AS moved FROM (
            SELECT credit_account AS account, amount_cents AS cents FROM billing.transfers
            UNION ALL SELECT debit_account, -amount_cents FROM billing.transfers) AS t
        GROUP BY account) AS m ON m.account = a.id
    WHERE coalesce(a.balance_cents, 0) <> coalesce(m.moved, 0)
"""
BELOW_ZERO = """
    SELECT id, balance_cents FROM billing.accounts w WHERE kind = 'wallet' AND balance_cents < 0
    AND NOT EXISTS (SELECT 1 FROM billing.transfers t
                    WHERE t.debit_account = w.id AND t.kind = 'adjustment')
"""
IN_PROGRESS = """
    SELECT (SELECT coalesce(sum(balance_cents), 0) FROM billing.accounts
            WHERE kind = 'in_progress'),
           (SELECT coalesce(sum(price_cents), 0) FROM billing.vps
            WHERE status IN ('pending', 'building'))
"""
ORDERS = """
    SELECT v.id, v.user_id, v.batch_id, v.status::text, v.price_cents, host(v.address),
           count(*) FILTER (WHERE t.kind = 'purchase' AND t.amount_cents = v.price_cents
                                  AND t.debit_account = v.user_id),
           count(*) FILTER (WHERE t.kind = 'purchase'),
           count(*) FILTER (WHERE t.kind = 'capture'), count(*) FILTER (WHERE t.kind = 'refund')
    FROM billing.vps v LEFT JOIN billing.transfers t ON t.vps_id = v.id GROUP BY v.id
"""


class Order:
    def __init__(self, row):
        self.vps_id, self.user_id, self.batch_id, self.status, self.price, self.address = row[:6]
        self.charges, self.all_charges, self.captures, self.refunds = row[6:]


class Checker:
    def __init__(self, stack):
        self.stack = stack
        self.database = stack.database()

    def rows(self, sql):
        return self.database.execute(sql).fetchall()

    def await_quiet(self, seconds=QUIET_SECONDS):
        """INV-7: some time after healing nothing is left in work."""
        deadline = time.monotonic() + seconds
        while (in_work := self.rows(IN_WORK)[0]) != (0, 0, 0):
            assert (
                time.monotonic() < deadline
            ), f"INV-7: orders, outbox rows, deposits in work: {in_work}"
            time.sleep(0.1)

    def check(self, journal):
        self.check_ledger()
        orders = [Order(row) for row in self.rows(ORDERS)]
        self.check_outcomes(orders)
        self.check_journal(journal, orders)
        self.check_machines(orders)

    def check_ledger(self):
        total = self.rows("SELECT sum(balance_cents) FROM billing.accounts")[0][0]
        assert total == 0, f"INV-1: the accounts sum up to {total}"
        unequal = self.rows(UNEQUAL_BALANCES)
        assert not unequal, f"INV-1: balances unlike their transfers: {unequal[:5]}"
        held, owed = self.rows(IN_PROGRESS)[0]
        assert held == owed, f"INV-1: {held} in progress, {owed} owed"
        below = self.rows(BELOW_ZERO)
        assert not below, f"INV-4: wallets below zero: {below[:5]}"

    def check_outcomes(self, orders):
        for order in orders:
            about = vars(order)
            assert order.charges == order.all_charges == 1, f"INV-2: not one charge: {about}"
            expected = {"active": (1, 0), "failed": (0, 1)}.get(order.status)
            assert (order.captures, order.refunds) == expected, f"INV-2: outcome: {about}"

    def check_journal(self, journal, orders):
        by_batch = collections.defaultdict(list)
        for order in orders:
            by_batch[order.batch_id].append(order)
        accepted = collections.defaultdict(set)
        for key, attempt in journal.attempts.items():
            answers = set(final_answers(attempt))
            assert len(answers) == 1, f"INV-3: {key} was answered {answers}"
            status, body = answers.pop()
            assert status == 202, f"{key} was refused: {status} {body}"
            batch_id = int(json.loads(body)["batch_id"].removeprefix("checkout:"))
            owners = [order.user_id for order in by_batch[batch_id]]
            assert owners == [attempt["user_id"]], f"INV-2: {key}: orders of {owners}"
            assert batch_id not in accepted[attempt["user_id"]], f"INV-3: {key} shares its batch"
            accepted[attempt["user_id"]].add(batch_id)
        for user_id, batches in accepted.items():
            own = [order for order in orders if order.user_id == user_id]
            assert len(own) == len(batches), f"INV-3: user {user_id} has {len(own)} orders"

    def machines(self):
        uri = f"test+unix:///default?socket={self.stack.run_dir}/libvirt/libvirt-sock"
        listed = subprocess.run(
            ["virsh", "-q", "-c", uri, "list", "--all", "--name"],
            check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return {name for name in listed.stdout.split() if name.startswith("vps-")}

    def check_machines(self, orders):
        held = [order.address for order in orders if order.address]
        assert len(held) == len(set(held)), "INV-5: an address is held twice"
        free = {row[0] for row in self.rows("SELECT host(address) FROM billing.released_addresses")}
        assert not free & set(held), "INV-5: an address is free and held"
        paid = {f"vps-{order.vps_id}" for order in orders if order.status == "active"}
        there = self.machines()
        assert not there - paid, f"INV-5: machines unpaid: {sorted(there - paid)[:5]}"
        assert not paid - there, f"INV-2: machines missing: {sorted(paid - there)[:5]}"
