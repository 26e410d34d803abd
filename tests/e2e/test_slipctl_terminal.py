"""slipctl on a terminal: what it asks, draws and hides, and how it hands a password to ssh."""

import contextlib
import http.server
import json
import signal
import ssl
import subprocess
import sys
import threading

import pytest
from command_line import Slipctl
from ssh_server import SshServer
from stack import PURCHASE_CENTS, ROOT

BUY = ("buy", "vps-1", "--location", "de", "--os", "debian-12", "--months", 1)


@pytest.fixture
def slipctl(stack, user, tmp_path):
    return Slipctl(stack, tmp_path, user.key)


@pytest.fixture
def server(user):
    batch = user.batch(user.buy().json()["batch_id"])
    return user.client.get(f"/vps/{batch['items'][0]['vps_id']}/credentials").json()


def test_a_purchase_asks_first_and_no_is_no(slipctl, user, unmoved):
    with unmoved(user.id):
        for answer in ("n\n", "\n", "yes please, all of them, and more\n", "\x04"):
            terminal = slipctl.terminal(*BUY)
            terminal.expect("1 x vps-1 in de with debian-12 for 1 month: 5.02 USD\r\nBuy? [y/N] ")
            terminal.type(answer)
            assert terminal.end() == 1
            assert "Nothing was done." in terminal.shown


def test_a_purchase_draws_a_bar_until_it_is_ready(slipctl, user):
    terminal = slipctl.terminal(*BUY, columns=70)
    terminal.expect("Buy? [y/N] ")
    terminal.type("y\n")
    terminal.expect("is ready: slipctl ssh ")
    assert terminal.end() == 0
    bars = [part for part in terminal.shown.split("\r") if "[" in part and "%" in part]
    assert bars
    assert "[####################] 100 %  completed" in bars[-1]
    assert all(len(bar.removesuffix("\x1b[K")) < 70 for bar in bars[:-1])
    assert user.balance() == 100000 - PURCHASE_CENTS


def test_a_dumb_terminal_gets_plain_lines(slipctl):
    terminal = slipctl.terminal(*BUY, "--yes", TERM="dumb")
    assert terminal.end() == 0
    assert ": completed\r\n" in terminal.shown
    assert "\x1b" not in terminal.shown


def test_colours_are_for_terminals_that_want_them(slipctl, server):
    def shown(*words, **environment):
        terminal = slipctl.terminal("list", *words, **environment)
        assert terminal.end() == 0
        return terminal.shown

    assert "\x1b[32mactive\x1b[0m" in shown()
    assert "\x1b" not in shown("--no-color")
    assert "\x1b" not in shown(NO_COLOR="1")
    assert "\x1b" not in shown("--json")
    assert "\x1b" not in slipctl("list").stdout


def test_what_can_not_be_undone_is_asked(slipctl, server):
    for words in (("delete", server["vps_id"]), ("reinstall", server["vps_id"], "--os", "alma-9")):
        terminal = slipctl.terminal(*words)
        terminal.expect("Go on? [y/N] ")
        terminal.type("n\n")
        assert terminal.end() == 1
        assert f"erver {server['vps_id']}" in terminal.shown
    assert json.loads(slipctl("show", server["vps_id"], "--json").stdout)["status"] == "active"


def test_a_key_is_not_shown_while_it_is_typed(stack, user, tmp_path):
    terminal = Slipctl(stack, tmp_path).terminal("login")
    terminal.expect("URL: ")
    terminal.type(stack.facts()["SLIPWAY_URL"] + "\n")
    terminal.expect("Key: ")
    assert not terminal.echoes()
    terminal.type(user.key + "\n")
    terminal.expect("Logged in; kept in ")
    assert terminal.end() == 0
    assert user.key not in terminal.shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_login_that_is_interrupted_leaves_the_terminal_as_it_was(stack, tmp_path, number):
    slipctl = Slipctl(stack, tmp_path)
    terminal = slipctl.terminal("login", "--url", stack.facts()["SLIPWAY_URL"])
    terminal.expect("Key: ")
    assert not terminal.echoes()
    if number == signal.SIGINT:
        terminal.type("\x03")
    else:
        terminal.kill(number)
    terminal.expect("\n", 20)
    assert terminal.echoes()
    assert terminal.end() == -number
    assert not slipctl.config.exists()


# ---- ssh


def through(port):
    """Options that take ssh to a server of ours, whatever the address."""
    relay = f"{sys.executable} {ROOT}/tests/support/relay.py {port}"
    return ("-o", f"ProxyCommand={relay}", "-o", "UserKnownHostsFile=/dev/null")


@pytest.mark.parametrize("is_interactive", [False, True])
def test_ssh_gets_the_password_by_askpass(slipctl, server, is_interactive):
    with SshServer("root", server["password"], is_interactive).listening() as ssh:
        options = (*through(ssh.port), "-o", "StrictHostKeyChecking=no")
        ran = slipctl("ssh", server["vps_id"], "--", *options, "uname", "-a", code=7)
    assert ran.stdout == "you said: uname -a\n"
    assert ssh.tried == [("root", server["password"])]
    assert server["password"] not in ran.stdout + ran.stderr


def test_a_password_that_is_refused_is_tried_once(slipctl, server):
    with SshServer("root", "another").listening() as ssh:
        options = (*through(ssh.port), "-o", "StrictHostKeyChecking=no")
        slipctl("ssh", server["vps_id"], "--", *options, code=255)
    assert len(ssh.tried) == 1


def test_an_unknown_host_is_the_users_to_decide(slipctl, server):
    for answer, code in (("no\n", 255), ("yes\n", 7)):
        with SshServer("root", server["password"]).listening() as ssh:
            terminal = slipctl.terminal("ssh", server["vps_id"], "--", *through(ssh.port), "id")
            terminal.expect("can't be established.\r\n")
            terminal.expect("(yes/no")
            terminal.type(answer)
            assert terminal.end() == code
        assert bool(ssh.tried) == (code == 7)
        assert server["password"] not in terminal.shown


def test_neither_words_nor_environment_of_ssh_hold_a_secret(slipctl, user, server, tmp_path):
    """A program in the place of ssh that tells what it was given, and asks for the password."""
    told = tmp_path / "told"
    stand_in = tmp_path / "bin/ssh"
    stand_in.parent.mkdir()
    stand_in.write_text(
        f'#!/bin/sh\n{{ cat "/proc/$$/cmdline" "/proc/$$/environ"; }} >{told}\n'
        '"$SSH_ASKPASS" "root@host\'s password: "\n'
    )
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{slipctl.environment['PATH']}"
    ran = slipctl("ssh", server["vps_id"], PATH=path)
    assert ran.stdout == server["password"] + "\n"
    given = told.read_bytes()
    assert server["ip"].encode() in given
    assert server["password"].encode() not in given
    assert user.key.encode() not in given


def test_a_password_may_be_shown_instead(slipctl, server, tmp_path):
    stand_in = tmp_path / "bin/ssh"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\necho "$@ ${SSH_ASKPASS:-nobody}"\nkill -KILL $$\n')
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{slipctl.environment['PATH']}"
    ran = slipctl("ssh", server["vps_id"], "--show", "--", "-v", code=128 + 9, PATH=path)
    assert ran.stdout == (
        f"-p {server['port']} -l root -oNumberOfPasswordPrompts=1 {server['ip']} -v nobody\n"
    )
    assert f"Password: {server['password']}\n" in ran.stderr
    gone = slipctl("ssh", server["vps_id"], code=1, PATH="/nonexistent")
    assert "ssh can't be started" in gone.stderr


# ---- TLS


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        self.server.keys.append(self.headers["Authorization"])
        body = b'{"items":[],"next_cursor":null}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def https_server(folder, name):
    """A server on loopback with a certificate of its own making for a name."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={name}"]
    words += ["-out", certificate, "-keyout", key]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    served.keys = []
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield served, f"https://127.0.0.1:{served.server_port}", str(certificate)
    finally:
        served.shutdown()
        served.server_close()


def test_a_certificate_must_be_trusted_and_be_the_servers(slipctl, tmp_path):
    with https_server(tmp_path, "IP:127.0.0.1") as (served, url, certificate):
        refused = slipctl("list", code=3, SLIPWAY_URL=url)
        assert "certificate" in refused.stderr
        assert served.keys == []
        slipctl("list", SLIPWAY_URL=url, SLIPWAY_CA_FILE=certificate)
        assert served.keys == ["Bearer " + slipctl.environment["SLIPWAY_KEY"]]
    with https_server(tmp_path, "DNS:elsewhere.example") as (served, url, certificate):
        slipctl("list", code=3, SLIPWAY_URL=url, SLIPWAY_CA_FILE=certificate)
        assert served.keys == []
