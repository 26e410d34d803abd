"""The API under requests that nobody thought of: schemathesis makes them from the document, valid
and not, alone and in chains, and checks each answer.

SLIPWAY_EXPLORE_SECONDS (50 a caller) and SLIPWAY_EXPLORE_SEED (20260909) say how long and what."""

import os
import subprocess
import sys

import pytest
from stack import API, ROOT, User

SECONDS = os.environ.get("SLIPWAY_EXPLORE_SECONDS", "50")
SEED = os.environ.get("SLIPWAY_EXPLORE_SEED", "20260909")
SCOPES = ("vps:read", "vps:write", "vps:buy", "deposits:write")


@pytest.fixture
def explore(stack, database):
    """explore(key, user): what schemathesis says of the API; its exit status and its report."""

    def run(key, user):
        (last_user,) = database.execute("SELECT max(id) FROM billing.users").fetchone()
        (last_key,) = database.execute("SELECT max(id) FROM billing.api_keys").fetchone()
        environment = {
            **os.environ,
            "EXPLORE_HOOKS": str(ROOT / "tests/support/exploration.py"),
            "EXPLORE_KEY": key,
            "EXPLORE_USER": str(user.id),
            "EXPLORE_LAST_USER": str(last_user),
            "EXPLORE_LAST_KEY": str(last_key),
        }
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file"]
        command += [str(ROOT / "tests/e2e/schemathesis.toml"), "run", "--no-color"]
        command += ["--seed", SEED, "--max-time", SECONDS, "--warnings", "off"]
        url = f"{stack.facts()['SLIPWAY_URL']}{API}/openapi.json"
        return subprocess.run(
            [*command, url], env=environment, capture_output=True, text=True, timeout=3600
        )

    return run


def check(explored):
    print(f"seed {SEED}, {SECONDS} s")
    print(explored.stdout[-20000:], explored.stderr[-2000:])
    assert explored.returncode == 0


def test_whatever_a_reseller_sends_is_answered_as_documented(stack, explore):
    user = User(stack, funds="300.00", scopes=SCOPES)
    check(explore(user.key, user))


def test_whatever_an_operator_sends_is_answered_as_documented(stack, explore):
    user = User(stack, funds="300.00")
    check(explore(stack.facts()["SLIPWAY_OPERATOR_KEY"], user))
