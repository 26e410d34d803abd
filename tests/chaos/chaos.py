"""Runs the scenarios on the stack that SLIPWAY_RUN_DIR names; checks the invariants after each."""

import argparse
import random
import secrets
import sys
import time

from checker import Checker
from inflow import DepositChecker
from journal import Journal
from scenarios import LONG, SHORT
from stack import Stack


class Trial:
    """One scenario: a journal and a source of chance of its own."""

    def __init__(self, stack, name, seed):
        self.stack = stack
        self.random = random.Random(f"{seed}/{name}")
        self.journal = Journal(stack.run_dir / f"journal-{name}.jsonl")
        # What a scenario has to say of itself.
        self.note = ""
        self.deposits = Journal(stack.run_dir / f"journal-{name}-deposits.jsonl")

    def await_death(self, service, seconds=60):
        """The service ends by itself."""
        pid_file = self.stack.run_dir / "pid" / service
        pid = pid_file.read_text().split()[0]
        deadline = time.monotonic() + seconds
        while alive(pid):
            assert time.monotonic() < deadline, f"{service} did not reach its crash point"
            time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def run_one(stack, name, scenario, seed):
    trial = Trial(stack, name, seed)
    start = time.monotonic()
    try:
        scenario(trial)
        checker = Checker(stack)  # only now: PostgreSQL may have been the victim
        checker.await_quiet()
        checker.check(trial.journal)
        DepositChecker(stack, checker.database).check(trial.deposits)
        journal, deposits = trial.journal, trial.deposits.attempts
        verdict = "ok"
        reason = (
            f"{len(journal.attempts)} purchases, {len(journal.orders)} orders,"
            f" {len(deposits)} deposits"
        )
        reason = trial.note or reason
    except Exception as error:
        verdict, reason = "FAILED", f"{type(error).__name__}: {error}"
    print(f"  {name:44} {verdict:6} {time.monotonic() - start:5.1f} s  {reason}", flush=True)
    return verdict == "ok"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    table = SHORT if arguments.short else LONG
    names = arguments.names or list(table)
    stack = Stack()
    print(f"seed {arguments.seed}", flush=True)
    passed = 0
    for name in names:
        passed += run_one(stack, name, LONG[name], arguments.seed)
    print(f"chaos: {passed} passed, {len(names) - passed} failed")
    sys.exit(passed != len(names))


if __name__ == "__main__":
    main()
