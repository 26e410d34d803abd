"""What nodes do by themselves, and what an operator does with them."""

import json
import re
import subprocess
import time

import httpx
import pytest
from managed import card
from stack import ROOT, check

PATIENCE = 20
UNKNOWN_VPS = 9_000_000_000_000_000


def shown(user, vps, power_state):
    """Waits until the card says so; how long that took."""
    began = time.monotonic()
    while card(user, vps)["power_state"] != power_state:
        assert time.monotonic() < began + PATIENCE, card(user, vps)
        time.sleep(0.02)
    return time.monotonic() - began


# No command is under way and nobody asks: only the node's own event tells of it. How soon is
# printed (-s); a second is what it may take.
def test_a_machine_that_is_switched_by_hand_shows_so_on_its_card(user, vps, virsh):
    virsh("destroy", f"vps-{vps}")
    off = shown(user, vps, "stopped")
    virsh("start", f"vps-{vps}")
    on = shown(user, vps, "running")
    assert card(user, vps)["status"] == "active"
    print(f"stopped is on the card after {off * 1000:.0f} ms, running after {on * 1000:.0f} ms")


def test_a_location_whose_nodes_are_drained_is_sold_out(user, stack):
    nodes = ["us-1", "us-2", "us-3"]
    for node in nodes:
        stack.run("billing", "drain-node", node)
    try:
        check(user.buy(location_code="us"), 409, "sold_out")
        assert user.balance() == 100000
    finally:
        for node in nodes:
            stack.run("billing", "undrain-node", node)
    assert user.buy(location_code="us").status_code == 202


def test_a_worker_tells_how_far_behind_it_is(stack):
    port = stack.settings("provisioner-de-1")["PROVISIONER_ADMIN_PORT"]
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    for name in ["commands_lag", "oldest_command_milliseconds", "partitions", "partitions_lost"]:
        assert re.search(rf"^slipway_provisioner_{name} -?\d+$", metrics, re.MULTILINE), name


# ---- what stands on the nodes, against the register


@pytest.fixture
def reconcile(stack, database):
    """reconcile(option…): the differences of one server, after the sweep that this asks for."""
    # Locations that other tests have made have no workers: as if theirs had been heard already.
    database.execute(
        "UPDATE billing.nodes SET swept_at = now() + interval '1 hour'"
        " WHERE location_code NOT IN ('de', 'nl', 'us')"
    )

    def run(vps_id, *options):
        ran = subprocess.run(
            [ROOT / "run", "billing", "reconcile", *options],
            env=stack.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert ran.stderr == ""
        found = [json.loads(line) for line in ran.stdout.splitlines()]
        assert ran.returncode == (1 if found else 0)
        return [(item["kind"], item["repair"]) for item in found if item["vps_id"] == vps_id]

    return run


def settled(database, vps, **changes):
    """As if it had been so for long; changes go to the server's row."""
    columns = "".join(f", {column} = %({column})s" for column in changes)
    database.execute(
        f"UPDATE billing.vps SET updated_at = now() - interval '1 hour'{columns}"
        " WHERE id = %(vps)s",
        {"vps": vps, **changes},
    )


def repaired(reconcile, vps):
    """Waits until no sweep finds anything of it."""
    deadline = time.monotonic() + PATIENCE
    while reconcile(vps):
        assert time.monotonic() < deadline
    return True


def test_a_machine_that_nobody_owns_is_found_and_removed_when_asked(  # INV-5
    vps, virsh, reconcile, tmp_path
):
    machine = virsh("dumpxml", f"vps-{vps}")
    machine = re.sub(r"<uuid>.*</uuid>", "", machine).replace(f"vps-{vps}<", f"vps-{UNKNOWN_VPS}<")
    machine = re.sub(
        rf'vps_id="{vps}"|>{vps}</', lambda m: m[0].replace(str(vps), str(UNKNOWN_VPS)), machine
    )
    path = tmp_path / "machine.xml"
    path.write_text(machine)
    virsh("define", str(path))
    names = virsh("list", "--all", "--name").split()
    assert f"vps-{UNKNOWN_VPS}" in names

    assert reconcile(UNKNOWN_VPS) == [("orphan", False)]
    assert reconcile(vps) == []
    assert f"vps-{UNKNOWN_VPS}" in virsh("list", "--all", "--name").split()
    assert reconcile(UNKNOWN_VPS, "--repair") == [("orphan", True)]
    assert repaired(reconcile, UNKNOWN_VPS)
    left = virsh("list", "--all", "--name").split()
    assert f"vps-{UNKNOWN_VPS}" not in left
    assert f"vps-{vps}" in left


def test_a_machine_that_vanished_is_built_anew_when_asked(user, vps, virsh, reconcile):
    virsh("destroy", f"vps-{vps}")
    virsh("undefine", f"vps-{vps}")
    shown(user, vps, "missing")
    assert reconcile(vps) == [("missing", False)]
    assert reconcile(vps, "--repair") == [("missing", True)]
    shown(user, vps, "running")
    assert repaired(reconcile, vps)
    assert card(user, vps)["status"] == "active"
    assert f"vps-{vps}" in virsh("list", "--all", "--name").split()


def test_a_suspended_machine_that_runs_is_stopped_when_asked(user, vps, virsh, database, reconcile):
    settled(database, vps, status="suspended")
    assert reconcile(vps) == [("running", False)]
    assert reconcile(vps, "--repair") == [("running", True)]
    shown(user, vps, "stopped")
    assert repaired(reconcile, vps)
    assert f"vps-{vps}" in virsh("list", "--all", "--name", "--state-shutoff").split()
