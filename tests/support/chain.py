"""The hash chain of the ledger, computed anew from docs/ledger.md, sharing nothing with billing."""

import hashlib
import struct

ZEROS = bytes(32)
ROWS = """
    SELECT previous_hash, chain_shard, chain_index, id, debit_account, credit_account,
           amount_cents, coalesce(user_id, 0), coalesce(balance_after_cents, 0),
           coalesce(vps_id, 0), coalesce(batch_id, 0), coalesce(outbox_id, 0),
           (extract(epoch FROM created_at) * 1000000)::bigint, kind::text, reason
      FROM billing.transfers WHERE chain_shard = %s ORDER BY chain_index
"""


def text(value):
    if value is None:
        return struct.pack(">q", -1)
    return struct.pack(">q", len(value.encode())) + value.encode()


def hash_of(previous_hash, numbers, kind, reason):
    """The hash of a transfer; `numbers` in the order of docs/ledger.md."""
    encoded = previous_hash + struct.pack(">12q", *numbers) + text(kind) + text(reason)
    return hashlib.blake2b(encoded, digest_size=32).digest()


def walk(connection, shard):
    """(index, hash) of the chain's end, recomputed; fails at the first link that does not fit."""
    index, last = 0, ZEROS
    for row in connection.execute(ROWS, [shard]):
        previous, numbers, kind, reason = bytes(row[0]), row[1:13], row[13], row[14]
        assert numbers[1] == index + 1, f"a gap before {numbers}"
        assert previous == last, f"transfer {numbers[2]} does not carry the hash before it"
        index, last = numbers[1], hash_of(previous, numbers, kind, reason)
    return index, last


def cents(amount):
    sign = -1 if amount.startswith("-") else 1
    return sign * int(amount.lstrip("-").replace(".", ""))


def hash_of_receipt(transfer, vps_id, batch_id):
    """The same from what a receipt tells of a transfer."""
    chain = transfer["chain"]
    balance = transfer["balance_after_usd"]
    numbers = [
        chain["shard"],
        chain["index"],
        transfer["transaction_id"],
        transfer["debit_account"],
        transfer["credit_account"],
        cents(transfer["amount_usd"]),
        transfer["user_id"] or 0,
        0 if balance is None else cents(balance),
        vps_id,
        int(batch_id.split(":")[1]),
        transfer["outbox_id"] or 0,
        chain["created_at_us"],
    ]
    previous = bytes.fromhex(chain["previous_hash"])
    return hash_of(previous, numbers, transfer["type"], transfer["reason"]).hex()
