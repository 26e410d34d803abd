"""The invariants, recounted from PostgreSQL, libvirt and the journal alone. Shares no code with the
services: what they believe is not asked, only what stands."""

import collections
import json
import subprocess
import time

import chain
from journal import final_answers
from operations import OperationChecker

QUIET_SECONDS = 30

IN_WORK = """
    SELECT (SELECT count(*) FROM billing.vps
            WHERE status IN ('pending', 'building', 'reinstalling', 'deleting')),
           (SELECT count(*) FROM billing.operations WHERE status IN ('queued', 'running')),
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
CHAIN_HEADS = "SELECT shard, last_index, last_hash FROM billing.chain_heads"
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
# What is used of a node is what its servers take and what writers have been granted to sell.
ROOM = """
    SELECT n.name, n.used_vcpu, held.vcpu + granted.vcpu,
           n.used_disk_gb, held.disk_gb + granted.disk_gb
    FROM billing.nodes n,
    LATERAL (SELECT coalesce(sum(p.vcpu), 0) AS vcpu, coalesce(sum(p.disk_gb), 0) AS disk_gb
             FROM billing.vps v JOIN billing.plans p ON p.code = v.plan_code
             WHERE v.node_id = n.id AND v.status NOT IN ('failed', 'deleted')) AS held,
    LATERAL (SELECT coalesce(sum(s.vcpu), 0) AS vcpu, coalesce(sum(s.disk_gb), 0) AS disk_gb
             FROM billing.node_shares s WHERE s.node_id = n.id) AS granted
    WHERE (n.used_vcpu, n.used_disk_gb)
          <> (held.vcpu + granted.vcpu, held.disk_gb + granted.disk_gb)
"""
# Of the addresses that have left a pool each is on a server, free again, or granted to a writer.
ADDRESSES = """
    SELECT p.id, p.next_offset, on_servers.n, free.n, granted.n FROM billing.address_pools p,
    LATERAL (SELECT count(*) AS n FROM billing.vps v
             WHERE v.address - p.first_address BETWEEN 0 AND p.size - 1) AS on_servers,
    LATERAL (SELECT count(*) AS n FROM billing.released_addresses r
             WHERE r.pool_id = p.id) AS free,
    LATERAL (SELECT coalesce(sum(s.end_offset - s.next_offset), 0) AS n
             FROM billing.address_shares s WHERE s.pool_id = p.id) AS granted
    WHERE p.next_offset <> on_servers.n + free.n + granted.n
"""
STANDING = ("active", "suspended")
# What a server's rows may look like once its orders have ended.
OUTCOMES = {"active": (1, 0), "suspended": (1, 0), "deleted": (1, 0), "failed": (0, 1)}


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
        while (in_work := self.rows(IN_WORK)[0]) != (0, 0, 0, 0):
            assert (
                time.monotonic() < deadline
            ), f"INV-7: servers, orders, outbox rows, deposits in work: {in_work}"
            time.sleep(0.1)

    def check(self, journal):
        self.check_ledger()
        orders = [Order(row) for row in self.rows(ORDERS)]
        self.check_outcomes(orders)
        self.check_journal(journal, orders)
        self.check_machines(orders)
        OperationChecker(self, journal).check()

    def check_ledger(self):
        total = self.rows("SELECT sum(balance_cents) FROM billing.accounts")[0][0]
        assert total == 0, f"INV-1: the accounts sum up to {total}"
        unequal = self.rows(UNEQUAL_BALANCES)
        assert not unequal, f"INV-1: balances unlike their transfers: {unequal[:5]}"
        held, owed = self.rows(IN_PROGRESS)[0]
        assert held == owed, f"INV-1: {held} in progress, {owed} owed"
        for shard, *head in self.rows(CHAIN_HEADS):
            end = chain.walk(self.database, shard)
            assert end == (head[0], bytes(head[1])), f"INV-1: shard {shard}'s chain ends at {end}"
        below = self.rows(BELOW_ZERO)
        assert not below, f"INV-4: wallets below zero: {below[:5]}"

    def check_outcomes(self, orders):
        for order in orders:
            about = vars(order)
            assert order.charges == order.all_charges == 1, f"INV-2: not one charge: {about}"
            expected = OUTCOMES.get(order.status)
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

    def virsh(self, *words):
        uri = f"test+unix:///default?socket={self.stack.run_dir}/libvirt/libvirt-sock"
        ran = subprocess.run(
            ["virsh", "-q", "-c", uri, *words],
            check=True, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return ran.stdout

    def machines(self, *which):
        listed = self.virsh("list", *(which or ("--all",)), "--name")
        return {name for name in listed.split() if name.startswith("vps-")}

    def check_machines(self, orders):
        held = [order.address for order in orders if order.address]
        assert len(held) == len(set(held)), "INV-5: an address is held twice"
        free = {row[0] for row in self.rows("SELECT host(address) FROM billing.released_addresses")}
        assert not free & set(held), "INV-5: an address is free and held"
        wrong = [vars(o) for o in orders if bool(o.address) != (o.status in STANDING)]
        assert not wrong, f"INV-5: who has an address and should not, or the other way: {wrong[:5]}"
        room = self.rows(ROOM)
        assert not room, f"INV-5: nodes with other room than is held and granted: {room}"
        lost = self.rows(ADDRESSES)
        assert not lost, f"INV-5: pools with addresses nobody has: {lost}"
        paid = {f"vps-{order.vps_id}" for order in orders if order.status in STANDING}
        # A machine that came again after its server had gone is on its way out, which no row tells.
        deadline = time.monotonic() + QUIET_SECONDS
        while (there := self.machines()) - paid and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not there - paid, f"INV-5: machines unpaid: {sorted(there - paid)[:5]}"
        assert not paid - there, f"INV-2: machines missing: {sorted(paid - there)[:5]}"
