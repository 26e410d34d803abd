"""Deletion of servers: what is given back, and that it beats whatever waits."""

import concurrent.futures
import time

from managed import accepted, card, finished
from test_refusals import check


def test_a_deleted_server_is_gone_and_its_address_is_used_again(
    user, vps, unpaid, virsh, database
):  # INV-5
    address = card(user, vps)["ip"]
    with unpaid(user.id):
        batch_id = accepted(user.client.delete(f"/vps/{vps}"), "delete")
        assert finished(user, batch_id)[0] == "completed"
    now = card(user, vps)
    assert (now["status"], now["ip"]) == ("deleted", None)
    assert f"vps-{vps}" not in virsh("list", "--all", "--name").split()
    check(user.client.delete(f"/vps/{vps}"), 404, "not_found")
    check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    check(user.client.get(f"/vps/{vps}/credentials"), 409, "state_conflict")
    waiting = "SELECT count(*) FROM billing.released_addresses WHERE location_code = 'de'"
    for _ in range(database.execute(waiting).fetchone()[0]):
        bought = user.batch(user.buy().json()["batch_id"])["items"][0]["vps_id"]
        if card(user, bought)["ip"] == address:
            return
    raise AssertionError(f"{address} did not come back")


def test_a_deletion_beats_what_is_queued(user, vps, held_workers, virsh):
    with held_workers:
        answer = user.client.post(f"/vps/{vps}/power/stop", headers={"Prefer": "wait=0"})
        queued = [accepted(answer, "power")]
        answer = user.client.post(f"/vps/{vps}/reinstall", json={"os_code": "ubuntu-22"})
        queued.append(accepted(answer, "reinstall"))
        deletion = accepted(user.client.delete(f"/vps/{vps}"), "delete")
        for batch_id in queued:
            status, item = finished(user, batch_id)
            assert (status, item["error"]["code"]) == ("failed", "superseded")
        again = user.client.delete(f"/vps/{vps}")
        assert accepted(again, "delete") == deletion
        assert card(user, vps)["status"] == "deleting"
        check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    assert finished(user, deletion)[0] == "completed"
    assert card(user, vps)["status"] == "deleted"
    assert f"vps-{vps}" not in virsh("list", "--all", "--name").split()
    for batch_id in queued:
        assert user.batch(batch_id)["items"][0]["error"]["code"] == "superseded"


def test_who_waits_hears_that_a_deletion_came_first(user, vps, held_workers, database):
    orders = "SELECT count(*) FROM billing.operations WHERE vps_id = %s"
    with held_workers, concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            user.client.post, f"/vps/{vps}/power/stop", headers={"Prefer": "wait=30"}
        )
        while database.execute(orders, [vps]).fetchone()[0] == 0:
            time.sleep(0.01)
        accepted(user.client.delete(f"/vps/{vps}"), "delete")
        body = check(waiting.result(), 409, "state_conflict")
    assert [row["code"] for row in body["errors"]] == ["superseded"]


def test_a_suspended_server_can_be_deleted(user, vps, database):
    database.execute("UPDATE billing.vps SET status = 'suspended' WHERE id = %s", [vps])
    check(user.client.post(f"/vps/{vps}/power/start"), 409, "state_conflict")
    batch_id = accepted(user.client.delete(f"/vps/{vps}"), "delete")
    assert finished(user, batch_id)[0] == "completed"
