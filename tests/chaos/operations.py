"""What became of orders to standing servers, recounted from PostgreSQL, libvirt and the journal."""

import base64
import collections
import json
import time
import xml.etree.ElementTree

# What a machine says of itself, and the password that was set since it was built.
MACHINE = "metadata/{urn:slipway:machine:1}machine"
LOGIN = "metadata/{urn:slipway:login:1}login"
AGREE_SECONDS = 20

OPERATIONS = """
    SELECT o.vps_id, o.sequence, o.action::text, o.status::text, o.os_code, o.error_code,
           b.kind::text || ':' || b.id, b.user_id = v.user_id
    FROM billing.operations o JOIN billing.batches b ON b.id = o.batch_id
    JOIN billing.vps v ON v.id = o.vps_id WHERE o.vps_id = ANY(%s) ORDER BY o.vps_id, o.sequence
"""
SERVERS = """
    SELECT id, status::text, power_state::text, os_code, sequence, sealed_password, machine_uuid
    FROM billing.vps WHERE id = ANY(%s)
"""

Operation = collections.namedtuple(
    "Operation", "vps_id sequence action status os_code error batch_id owned"
)
Server = collections.namedtuple("Server", "id status power os_code sequence sealed uuid")


class OperationChecker:
    def __init__(self, checker, journal):
        self.checker = checker
        self.journal = journal
        self.ids = sorted({order[0] for order in journal.orders})

    def check(self):
        if not self.ids:
            return
        self.read()
        self.check_answers()
        for server in self.servers:
            self.check_order(server)
        self.await_agreement()

    def read(self):
        execute = self.checker.database.execute
        self.servers = [Server(*row) for row in execute(SERVERS, [self.ids])]
        self.operations = [Operation(*row) for row in execute(OPERATIONS, [self.ids])]
        self.by_server = collections.defaultdict(list)
        for operation in self.operations:
            self.by_server[operation.vps_id].append(operation)

    def check_answers(self):
        """Each accepted order has one operation, and each operation has ended."""
        known = {operation.batch_id: operation for operation in self.operations}
        assert len(known) == len(self.operations), "INV-3: two operations share a batch"
        for vps_id, order, status, body in self.journal.orders:
            if status != 202:
                continue
            operation = known.get(json.loads(body)["batch_id"])
            assert operation, f"INV-3: {order} of {vps_id} was accepted and is not there: {body}"
            assert operation.vps_id == vps_id, f"{order} of {vps_id} became {operation}"
            assert operation.owned, f"{operation} is watched by another user"
        for operation in self.operations:
            assert operation.status in ("done", "failed"), f"INV-7: {operation} has not ended"
            assert (operation.status == "failed") == (operation.error is not None), operation

    def check_order(self, server):
        """Numbers without a gap, nothing after the end, and what those that were done have left."""
        operations = self.by_server[server.id]
        numbers = [operation.sequence for operation in operations]
        gapless = list(range(2, 2 + len(numbers)))
        assert numbers == gapless, f"INV-3: orders of {server.id} are numbered {numbers}"
        done = [operation for operation in operations if operation.status == "done"]
        deleted = [operation for operation in done if operation.action == "delete"]
        assert len(deleted) == (server.status == "deleted"), f"{server} was deleted by {deleted}"
        assert not deleted or deleted[0] == operations[-1], f"{server.id} went on after its end"
        systems = [operation.os_code for operation in done if operation.action == "reinstall"]
        expected = systems[-1] if systems else "debian-12"
        assert server.os_code == expected, f"{server} should be {expected}"

    def machine(self, server):
        """The uuid of a server's machine and the seal that it carries, by its kept definition."""
        text = self.checker.virsh("dumpxml", "--inactive", f"vps-{server.id}")
        domain = xml.etree.ElementTree.fromstring(text)
        machine, login = domain.find(MACHINE), domain.find(LOGIN)
        assert machine.get("state") == "built", f"vps-{server.id} is {machine.get('state')}"
        sealed = (machine if login is None else login).get("sealed_password")
        return domain.findtext("uuid"), base64.b64decode(sealed)

    def differences(self):
        running = self.checker.machines("--state-running")
        for server in self.servers:
            if server.status != "active":
                continue
            uuid, sealed = self.machine(server)
            power = "running" if f"vps-{server.id}" in running else "stopped"
            if (uuid, sealed, power) != (server.uuid, bytes(server.sealed), server.power):
                yield f"vps-{server.id}: {uuid} {power}, not {server.uuid} {server.power}"

    def await_agreement(self):
        """The register says of each machine what it is: the same machine, password and power."""
        deadline = time.monotonic() + AGREE_SECONDS
        while different := list(self.differences()):
            assert time.monotonic() < deadline, f"the register is wrong about: {different[:5]}"
            time.sleep(0.5)
            self.read()
