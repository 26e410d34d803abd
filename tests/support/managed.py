"""What tests of orders to standing servers share: cards, and the batches to watch orders by."""

from stack import API


def card(user, vps_id):
    return user.client.get(f"/vps/{vps_id}").json()


def password_of(user, vps_id):
    return user.client.get(f"/vps/{vps_id}/credentials").json()["password"]


def accepted(answer, kind):
    """The id of the batch that a 202 names, in the contract's words."""
    batch_id = answer.json()["batch_id"]
    assert (answer.status_code, answer.json()) == (
        202,
        {"batch_id": batch_id, "accepted": 1, "status": "pending"},
    )
    assert batch_id.startswith(f"{kind}:")
    assert answer.headers["Location"] == f"{API}/batches/{batch_id}"
    return batch_id


def finished(user, batch_id):
    batch = user.batch(batch_id)
    (item,) = batch["items"]
    assert batch["kind"] == batch_id.split(":")[0]
    assert (item["charged_usd"], item["refunded_usd"]) == ("0.00", "0.00")
    return batch["status"], item
