"""slipctl, from the login to servers that are ready, against the whole stack."""

import json
import os
import pathlib
import secrets
import socket
import stat
import subprocess

import pytest
from command_line import Slipctl
from stack import PURCHASE_CENTS, ROOT, User, cents

BUY = ("buy", "vps-1", "--location", "de", "--os", "debian-12", "--months", 1)


@pytest.fixture
def slipctl(stack, user, tmp_path):
    return Slipctl(stack, tmp_path, user.key)


@pytest.fixture
def admin(stack, tmp_path):
    return Slipctl(stack, tmp_path, stack.facts()["SLIPWAY_OPERATOR_KEY"])


def test_a_login_is_kept_for_its_owner_alone_and_used(stack, user, tmp_path):
    slipctl = Slipctl(stack, tmp_path)
    slipctl("whoami", code=4)
    ran = slipctl("login", text=f"{stack.facts()['SLIPWAY_URL']}\n{user.key}\n")
    assert user.key not in ran.stdout + ran.stderr
    assert stat.S_IMODE(slipctl.config.stat().st_mode) == 0o600
    assert json.loads(slipctl("whoami", "--json").stdout)["user"]["id"] == user.id
    slipctl.config.chmod(0o644)
    refused = slipctl("whoami", code=4)
    assert "others may read" in refused.stderr
    assert user.key not in refused.stderr


def test_a_key_that_nobody_knows_is_no_login(stack, tmp_path):
    slipctl = Slipctl(stack, tmp_path)
    key = "slip_hosting_" + "z" * 32
    ran = slipctl("login", "--url", stack.facts()["SLIPWAY_URL"], text=key, code=4)
    assert "unauthorized" in ran.stderr
    assert key not in ran.stdout + ran.stderr
    assert not slipctl.config.exists()


def test_json_is_what_the_api_answers(slipctl, user):
    user.batch(user.buy().json()["batch_id"])
    (server,) = user.client.get("/vps").json()["items"]
    for words, path in [
        (("catalog",), "/vps/catalog"),
        (("list",), "/vps?limit=200"),
        (("show", server["id"]), f"/vps/{server['id']}"),
        (("credentials", server["id"]), f"/vps/{server['id']}/credentials"),
        (("balance",), f"/users/{user.id}/balance"),
        (("transactions",), "/transactions?limit=200"),
        (("whoami",), "/users/me"),
    ]:
        assert slipctl(*words, "--json").stdout == user.client.get(path).text + "\n", words
    quote = slipctl("quote", "vps-2", "--months", 3, "--os", "ubuntu-22", "--json")
    assert quote.stdout == (
        '{"plan_code":"vps-2","period_months":3,"os_code":"ubuntu-22",'
        '"price_usd":"28.61","os_supported":true}\n'
    )


def test_a_purchase_ends_with_the_way_to_log_in(slipctl, user):
    ran = slipctl(*BUY, "--yes")
    (server,) = user.client.get("/vps").json()["items"]
    assert f"Server {server['id']} is ready: slipctl ssh {server['id']}" in ran.stdout
    assert f"root@{server['ip']}" in ran.stdout
    assert "1 x vps-1 in de with debian-12 for 1 month: 5.02 USD" in ran.stderr
    assert ": completed\n" in ran.stderr
    assert "\x1b" not in ran.stdout + ran.stderr
    assert user.balance() == 100000 - PURCHASE_CENTS
    shown = slipctl("list").stdout.splitlines()
    assert shown[0].split() == "ID STATUS POWER IP PLAN LOCATION OS EXPIRES".split()
    assert shown[1].split()[:4] == [str(server["id"]), "active", "running", server["ip"]]


def test_several_are_bought_at_once(slipctl, user):
    batch = json.loads(slipctl(*BUY, "--count", 3, "--yes", "--json").stdout)
    assert (batch["status"], batch["succeeded"]) == ("completed", 3)
    assert user.balance() == 100000 - 3 * PURCHASE_CENTS
    again = slipctl("batch", batch["batch_id"], "--wait", "--json")
    assert json.loads(again.stdout) == batch
    listed = json.loads(slipctl("list", "--limit", 2, "--json").stdout)
    assert len(listed["items"]) == 2
    assert listed["next_cursor"]


def test_a_purchase_repeated_with_its_key_is_charged_once(slipctl, user):  # INV-3
    key = "mine-" + secrets.token_hex(8)
    first, again = [
        slipctl(*BUY, "--yes", "--no-wait", "--json", "--idempotency-key", key).stdout
        for _ in range(2)
    ]
    assert first == again
    assert user.balance() == 100000 - PURCHASE_CENTS


def test_what_the_server_refuses_is_one_line_and_exit_code_1(slipctl, user, unmoved):
    with unmoved(user.id):
        unknown = slipctl("quote", "vps-x", "--months", 3, "--os", "ubuntu-22", code=1)
        assert "/plan_code: unknown_plan: " in unknown.stderr
        assert unknown.stderr.count("\n") == 1
        missing = slipctl("show", 999999999, "--json", code=1)
        assert json.loads(missing.stdout)["code"] == "not_found"
        assert f"request {json.loads(missing.stdout)['request_id']}" in missing.stderr
        big = ("buy", "vps-8", "--location", "de", "--os", "debian-12", "--months", 12)
        poor = slipctl(*big, "--count", 3, "--yes", code=1)
        assert "insufficient_funds: " in poor.stderr


def test_other_endings_have_exit_codes_of_their_own(slipctl, stack, user, unmoved):
    with unmoved(user.id):
        slipctl(*BUY, code=2)  # nobody is there to be asked
        slipctl("buy", "vps-1", code=2)
        slipctl("list", "--key", user.key, code=2)
        slipctl("list", code=4, SLIPWAY_KEY="slip_hosting_" + "z" * 32)
        slipctl("list", code=2, SLIPWAY_URL="http://example.com")
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            silent = slipctl("list", "--timeout", 1, code=3, SLIPWAY_URL=url)
        down = slipctl(*BUY, "--yes", "--timeout", 1, code=3, SLIPWAY_URL=url)
    for ran in (silent, down):
        assert "can't be reached" in ran.stderr
        assert user.key not in ran.stderr


def test_money_that_is_switched_off_is_told(slipctl, gateway_with):
    url = gateway_with(API_MONEY_ENABLED="off")
    ran = slipctl(*BUY, "--yes", code=1, SLIPWAY_URL=url)
    assert "money_disabled" in ran.stderr


def test_a_build_that_fails_is_told_with_its_refund(stack, slipctl, user, tmp_path):  # INV-2
    def add(catalog):
        image = "volume:default-pool/absent"
        system = {"code": "broken-2", "name": "Broken", "image": image}
        catalog["os"].append({**system, "min_ram_mb": 0, "min_disk_gb": 0})

    with stack.catalog_with(add, tmp_path):
        words = ("buy", "vps-1", "--location", "de", "--os", "broken-2", "--months", 1)
        ran = slipctl(*words, "--yes", code=1)
    assert "1 of 1 could not be built" in ran.stderr
    assert user.balance() == 100000


def test_operators_make_users_and_keys(stack, admin):
    name = "made " + secrets.token_hex(4)
    made = json.loads(admin("admin", "user-create", "--name", name, "--json").stdout)
    paid = json.loads(
        admin("admin", "balance", made["id"], "12.50", "--reason", "a start", "--json").stdout
    )
    assert paid["balance_usd"] == "12.50"
    taken = admin("admin", "balance", made["id"], "-2.5", "--reason", "a fee", "--json")
    assert json.loads(taken.stdout)["balance_usd"] == "10.00"
    words = ("--role", "reseller", "--name", name, "--scopes", "vps:read", "--user", made["id"])
    key = json.loads(admin("admin", "key-create", *words, "--json").stdout)
    theirs = stack.client(key["key"])
    assert theirs.get("/users/me").json()["user"]["id"] == made["id"]
    assert name in admin("admin", "keys", "--user", made["id"]).stdout
    assert name in admin("admin", "users", "--limit", 20).stdout
    admin("admin", "key-revoke", key["id"])
    assert theirs.get("/users/me").status_code == 401
    assert json.loads(admin("admin", "audit", "--json").stdout)["balanced"] is True
    assert cents(json.loads(admin("balance", "--user", made["id"], "--json").stdout)["balance_usd"])
    assert "name the user by --user" in admin("balance", code=2).stderr


def test_an_operator_buys_for_a_user(admin, user):
    admin(*BUY, "--yes", "--user", user.id)
    assert user.balance() == 100000 - PURCHASE_CENTS
    admin(*BUY, "--yes", "--no-wait", code=1)
    listed = json.loads(admin("list", "--user", user.id, "--json").stdout)
    assert [server["user_id"] for server in listed["items"]] == [user.id]


def test_all_pages_are_fetched(stack, admin):
    users = [User(stack, funds="0.00") for _ in range(3)]
    path = f"/admin/keys?limit=1&user_id={users[0].id}"
    with stack.operator() as operator:
        for number in range(201):
            body = {"role": "reseller", "user_id": users[0].id, "name": f"key {number}"}
            body["scopes"] = ["vps:read"]
            operator.post("/admin/keys", json=body).raise_for_status()
        assert operator.get(path).json()["next_cursor"]
    keys = json.loads(admin("admin", "keys", "--user", users[0].id, "--json").stdout)
    assert keys["next_cursor"] is None
    assert len({key["id"] for key in keys["items"]}) == 202


def test_nothing_of_a_server_steers_the_terminal(stack, admin):
    with stack.operator() as operator:
        made = operator.post("/admin/users", json={"name": "a\u009b2Jb\u202ec\u001b[31md"})
        made.raise_for_status()
    shown = admin("admin", "users", "--limit", 5).stdout
    assert "a\ufffd2Jb\ufffdc\ufffd[31md" in shown
    assert not any(mark in shown for mark in "\u009b\u202e\u001b")


def test_no_process_shows_the_key(stack, slipctl, user, small_batch):
    """While it waits for a machine that nobody builds, its words and those of all others."""
    running = slipctl.start("batch", small_batch, "--wait", "--timeout", 3, "--verbose")
    seen = 0
    while running.poll() is None:
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            seen += folder.name == str(running.pid) and b"batch" in words
            assert user.key.encode() not in words
    out, err = running.communicate()
    assert (seen > 0, running.returncode) == (True, 3)
    assert "follow it with: slipctl batch" in err
    assert user.key not in out + err


@pytest.fixture
def small_batch(stack, user, tmp_path):
    """A purchase in a location without workers."""
    code = "t" + secrets.token_hex(4)
    pool = {"first_address": f"172.20.{secrets.randbelow(250)}.0", "size": 2}
    pool |= {"gateway": "172.20.0.1", "prefix_length": 16}
    node = {"name": code, "uri": "test:///default", "vcpu": 1, "ram_mb": 1024, "disk_gb": 20}
    location = {"code": code, "name": "Small", "nodes": [node], "pools": [pool]}
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"locations": [location]}))

    def add(catalog):
        catalog["locations"].append({"code": code, "name": "Small"})

    with stack.catalog_with(add, tmp_path):
        stack.run("billing", "load-inventory", str(path))
        yield user.buy(location_code=code).json()["batch_id"]


def test_installing_brings_manual_and_completions(stack, tmp_path):
    subprocess.run(
        ["cmake", "--install", stack.build, "--component", "slipctl", "--prefix", tmp_path],
        check=True,
        capture_output=True,
    )
    manual = tmp_path / "share/man/man1/slipctl.1"
    assert manual.read_text() == (ROOT / "slipctl/man/slipctl.1").read_text()
    version = subprocess.run(
        [tmp_path / "bin/slipctl", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("slipctl ")
    zsh = 'compdef() {}; source "$1"; _slipctl_words admin --user 42 admin'
    asked = subprocess.run(
        ["zsh", "-f", "-c", zsh, "-", tmp_path / "share/zsh/site-functions/_slipctl"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.split()[:2] == ["users", "user-create"]
    script = tmp_path / "share/bash-completion/completions/slipctl"
    for words, expected in [
        ("slipctl po", "power"),
        ("slipctl --user 42 admin key-", "key-create key-revoke"),
        ("slipctl power 77 re", "reboot"),
        ("slipctl buy vps-1 --lo", "--location"),
        ("slipctl deposit 5 --provider c", "crypto cryptobot"),
        ("slipctl list --url ", ""),
    ]:
        typed = words.split(" ")
        asked = subprocess.run(
            [
                "bash",
                "-c",
                f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipctl;'
                ' echo "${COMPREPLY[*]}"',
                "-",
                *typed,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"]},
        )
        assert asked.stdout.strip() == expected, words
