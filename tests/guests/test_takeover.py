"""Workers that are killed in the middle of their work on real machines, and those that go on."""

import concurrent.futures
import time

import pytest
from guest import Guest, ended, finished, is_gone, is_whole
from stack import User

# A build's and a deletion's, each tried together on one server.
POINTS = [
    ("de", "provisioner_after_define", "provisioner_after_stop"),
    ("nl", "provisioner_after_disk", "provisioner_after_volumes"),
    ("us", "provisioner_after_seed", "provisioner_after_stop"),
    ("de", "provisioner_after_start", "provisioner_after_volumes"),
    ("nl", "provisioner_after_login", "provisioner_after_volumes"),
]


def dies(stack, worker):
    deadline = time.monotonic() + 240
    while (stack.run_dir / "pid" / worker).exists():
        pid = (stack.run_dir / "pid" / worker).read_text().split()[0]
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        assert time.monotonic() < deadline, f"{worker} lives on"
        time.sleep(0.05)


def killed_and_taken_over(stack, user, node, location, build_point, delete_point):
    worker = f"provisioner-{location}-1"
    stack.run("kill", worker)
    stack.run("start", worker, SLIPWAY_CRASH_AT=build_point)
    batch_id = user.buy(location_code=location).json()["batch_id"]
    dies(stack, worker)
    stack.run("start", worker, SLIPWAY_CRASH_AT=delete_point)
    batch = ended(user, batch_id)
    assert batch["status"] == "completed", batch
    vps_id = batch["items"][0]["vps_id"]
    assert Guest.of(user, vps_id).run("hostname") == f"vps-{vps_id}"
    assert is_whole(node, vps_id)
    deletion = user.client.delete(f"/vps/{vps_id}").json()["batch_id"]
    dies(stack, worker)
    stack.run("start", worker)
    assert finished(user, deletion) == "completed"
    assert is_gone(node, vps_id)


@pytest.mark.parametrize("points", [POINTS[:3], POINTS[3:]], ids=["first", "then"])
def test_a_killed_worker_leaves_one_machine_that_works_and_nothing_after_it(stack, node, points):
    users = [User(stack) for _ in points]  # INV-2, INV-5
    with concurrent.futures.ThreadPoolExecutor() as pool:
        tried = [
            pool.submit(killed_and_taken_over, stack, user, node, *point)
            for user, point in zip(users, points, strict=True)
        ]
        for one in tried:
            one.result()
