"""What stands behind a purchase when machines are real: the guest as its owner sees it, over SSH,
and the node as its operator sees it."""

import asyncio
import socket
import subprocess
import time

import asyncssh
from managed import accepted
from stack import new_key

PATIENCE_S = 180


class Guest:
    """A machine of that address; each call logs in anew."""

    def __init__(self, address, password):
        self.address = address
        self.password = password

    @classmethod
    def of(cls, user, vps_id):
        """With the login that the API tells."""
        login = user.client.get(f"/vps/{vps_id}/credentials").json()
        assert (login["port"], login["login"]) == (22, "root")
        return cls(login["ip"], login["password"])

    async def _run(self, command):
        async with asyncssh.connect(
            self.address,
            username="root",
            password=self.password,
            known_hosts=None,
            client_keys=None,
            config=None,
            connect_timeout=90,
            login_timeout=90,
        ) as connection:
            ran = await connection.run(command, timeout=60)
            return ran.stdout.strip()

    def run(self, command):
        """What it prints. asyncssh.PermissionDenied: the password is not taken."""
        return asyncio.run(self._run(command))

    def lets_in(self, password):
        try:
            Guest(self.address, password).run("true")
        except asyncssh.PermissionDenied:
            return False
        return True

    def answers(self):
        try:
            socket.create_connection((self.address, 22), timeout=2).close()
        except OSError:
            return False
        return True

    def run_when_up(self, command):
        """Waits for it to come up."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.run(command)
            except (OSError, asyncssh.DisconnectError, TimeoutError) as error:
                if isinstance(error, asyncssh.PermissionDenied) or time.monotonic() > deadline:
                    raise

    def boot_id(self):
        return self.run_when_up("cat /proc/sys/kernel/random/boot_id")


def item(location, os_code="ubuntu-22", plan_code="vps-1"):
    return {
        "plan_code": plan_code,
        "location_code": location,
        "os_code": os_code,
        "period_months": 1,
    }


def ended(user, batch_id):
    """The batch, however long it takes: machines are built in their own time."""
    batch = user.batch(batch_id, wait=30)
    while batch["status"] in ("pending", "running"):
        batch = user.batch(batch_id, wait=30)
    return batch


def finished(user, batch_id):
    return ended(user, batch_id)["status"]


def buy(user, items):
    """The batch once it has ended."""
    answer = user.client.post("/vps/buy:bulk", json={"items": items}, headers=new_key())
    return ended(user, answer.json()["batch_id"])


def act(user, vps_id, action):
    """Done when it returns."""
    answer = user.client.post(f"/vps/{vps_id}/power/{action}", headers={"Prefer": "wait=30"})
    if answer.status_code == 202:
        assert finished(user, accepted(answer, "power")) == "completed"
    else:
        assert answer.status_code == 200, answer.text


class Node:
    """The libvirtd that ./run --guests or --light has started."""

    def __init__(self, stack):
        self.folder = stack.run_dir / "guests"
        self.light = (self.folder / "on").read_text().strip() == "light"
        driver = "lxc" if self.light else "qemu"
        self.uri = f"{driver}+unix:///system?socket={self.folder}/run/libvirt-sock"
        self.namespace = f"slipway-{stack.environment['SLIPWAY_PORT_BASE']}"

    def virsh(self, *words):
        ran = subprocess.run(
            ["virsh", "-q", "-c", self.uri, *words],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return ran.stdout

    def machines(self, vps_id):
        return [name for name in self.virsh("list", "--all", "--name").split()
                if name == f"vps-{vps_id}"]  # fmt: skip

    def volumes(self, vps_id):
        """Its files, as the file system has them."""
        return sorted(path.name for path in (self.folder / "lib/images").glob(f"vps-{vps_id}-*"))

    def uuid(self, vps_id):
        return self.virsh("domuuid", f"vps-{vps_id}").strip()

    def disk(self, vps_id):
        uuid = self.uuid(vps_id)
        return f"vps-{vps_id}-{uuid[:13]}.raw" if self.light else f"vps-{vps_id}-{uuid}.qcow2"

    def loop_devices(self, vps_id):
        ran = subprocess.run(
            ["losetup", "--noheadings", "--output", "BACK-FILE"],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return [line for line in ran.stdout.split() if f"/vps-{vps_id}-" in line]

    def in_network(self, *command):
        """What a command prints in the network that guests are plugged into."""
        ran = subprocess.run(
            ["ip", "netns", "exec", self.namespace, *command],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return ran.stdout


def is_whole(node, vps_id):
    """One machine with one disk and one seed, all of one build."""
    names = [f"vps-{vps_id}-{node.uuid(vps_id)}-seed.iso", node.disk(vps_id)]
    return node.machines(vps_id) == [f"vps-{vps_id}"] and node.volumes(vps_id) == names


def is_gone(node, vps_id):
    return node.machines(vps_id) == [] and node.volumes(vps_id) == []


def assert_reinstalled_anew(user, node, vps_id):
    """Ordered, and then: an empty disk, the other system, another password, the same address."""
    before = Guest.of(user, vps_id)
    uuid = node.uuid(vps_id)
    before.run("echo gone > /root/file; sync")
    answer = user.client.post(f"/vps/{vps_id}/reinstall", json={"os_code": "debian-12"})
    assert finished(user, accepted(answer, "reinstall")) == "completed"
    after = Guest.of(user, vps_id)
    assert after.address == before.address
    assert after.run("ls /root; sed -n 's/^VARIANT_ID=//p' /etc/os-release") == "debian-12"
    assert not after.lets_in(before.password)
    assert node.uuid(vps_id) != uuid
    assert is_whole(node, vps_id)
