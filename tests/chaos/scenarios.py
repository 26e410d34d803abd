"""What is done to the running system. Each scenario is a function of a Trial; the tables at the end
are what a run goes through."""

import concurrent.futures
import secrets
import time

from inflow import SETTINGS, DepositLoad
from load import Load
from orders import Orders
from stack import PURCHASE, User
from tidings import Tidings

VICTIMS = ("gateway", "billing", "provisioner-de-1", "kafka", "redis", "postgres")


def killed(victim):
    def scenario(trial):
        load = Load(trial.stack, trial.journal)
        load.start()
        load.await_answers(trial.random.randint(100, 200))
        trial.stack.run("kill", victim)
        time.sleep(trial.random.uniform(0.2, 1.5))
        trial.stack.run("start", victim)
        load.finish()

    return scenario


def billing_killed_often(trial):
    for _ in range(20):
        load = Load(trial.stack, trial.journal, purchases=100, users=2)
        load.start()
        load.await_answers(trial.random.randint(5, 60))
        trial.stack.run("kill", "billing")
        trial.stack.run("start", "billing")
        load.finish()


def crashed_at(point, service="billing"):
    """A build with crash points: the process ends itself there, as kill -9 would end it."""

    def scenario(trial):
        load = Load(trial.stack, trial.journal, purchases=200)
        trial.stack.run("kill", service)
        after = trial.random.randint(1, 10)
        trial.stack.run("start", service, SLIPWAY_CRASH_AT=f"{point}:{after}")
        load.start()
        trial.await_death(service)
        trial.stack.run("start", service)
        load.finish()

    return scenario


def billing_killed_amid_deposits(trial):
    """INV-9."""
    trial.stack.run("restart", "billing", **SETTINGS)
    load = DepositLoad(trial)
    load.start()
    load.await_answers(trial.random.randint(5, 25))
    trial.stack.run("kill", "billing")
    trial.stack.run("start", "billing", **SETTINGS)
    load.finish()


def crashed_amid_deposits_at(point):
    """INV-9."""

    def scenario(trial):
        load = DepositLoad(trial)
        trial.stack.run("kill", "billing")
        after = trial.random.randint(1, 10)
        trial.stack.run("start", "billing", SLIPWAY_CRASH_AT=f"{point}:{after}", **SETTINGS)
        load.start()
        trial.await_death("billing")
        trial.stack.run("start", "billing", **SETTINGS)
        load.finish()

    return scenario


def forty_racing_requests_charge_once(trial):
    """INV-3."""
    user = User(trial.stack)
    key = f"chaos-{secrets.token_hex(12)}"
    trial.journal.begin(key, user.id)

    def ask(_):
        return user.client.post("/vps", json=PURCHASE, headers={"Idempotency-Key": key})

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(ask, range(40)))
    for answer in answers:
        assert answer.status_code in (202, 409), answer.text
        trial.journal.heard(key, answer.status_code, answer.text)


def workers_scaled_in_flight(trial):
    trial.stack.run("scale", "provisioner", "1")
    load = Load(trial.stack, trial.journal)
    load.start()
    load.await_answers(150)
    trial.stack.run("scale", "provisioner", "3")
    load.await_answers(350)
    trial.stack.run("scale", "provisioner", "1")
    load.finish()
    trial.stack.run("scale", "provisioner", "2")


def orders_with(*victims):
    """Orders at random, while each of the victims is killed and comes back."""

    def scenario(trial):
        orders = Orders(trial)
        orders.start()
        for victim in victims:
            orders.await_answers(orders.answered + trial.random.randint(20, 40))
            trial.stack.run("kill", victim)
            time.sleep(trial.random.uniform(0.2, 0.8))
            trial.stack.run("start", victim)
        orders.await_answers(orders.answered + 60)
        orders.finish()

    return scenario


def orders_crashed_at(point, service):
    """The process ends itself there in the middle of orders."""

    def scenario(trial):
        orders = Orders(trial)
        trial.stack.run("kill", service)
        after = trial.random.randint(1, 10)
        trial.stack.run("start", service, SLIPWAY_CRASH_AT=f"{point}:{after}")
        orders.start()
        trial.await_death(service)
        trial.stack.run("start", service)
        orders.await_answers(orders.answered + 60)
        orders.finish()

    return scenario


def orders_amid_lost_status(trial):
    """Nothing that must be right may hang on what Redis says."""
    orders = Orders(trial)
    orders.start()
    for _ in range(6):
        orders.await_answers(orders.answered + trial.random.randint(20, 40))
        trial.stack.redis().flushall()
        trial.stack.run("kill", trial.random.choice(["billing", "provisioner-de-1"]))
        for service in ("billing", "provisioner-de-1"):
            trial.stack.run("start", service)
    orders.finish()


def carriers_killed_amid(count):
    """INV-6: the notifier, PostgreSQL and Kafka die while events are told."""

    def scenario(trial):
        tidings = Tidings(trial, count)
        tidings.start()
        victims = ["notifier", "postgres", "kafka"] * (2 if count < 5000 else 4)
        trial.random.shuffle(victims)
        for place, victim in enumerate(victims):
            # Evenly over the whole, so that each death hits something on its way.
            tidings.await_accepted(2 * count * place // (len(victims) + 1))
            tidings.kill(victim)
        tidings.finish()

    return scenario


def notifier_crashed_at(point):
    """INV-6."""

    def scenario(trial):
        tidings = Tidings(trial, 300)
        trial.stack.run("kill", "notifier")
        crash = {"SLIPWAY_CRASH_AT": f"{point}:{trial.random.randint(1, 3)}"}
        trial.stack.run("start", "notifier", **tidings.settings(), **crash)
        tidings.start()
        trial.await_death("notifier")
        trial.stack.run("start", "notifier", **tidings.settings())
        tidings.finish()

    return scenario


POINTS = (
    ("billing_after_claim", "billing"),
    ("billing_before_commit", "billing"),
    ("billing_after_commit", "billing"),
    ("billing_mid_batch", "billing"),
    ("billing_after_produce", "billing"),
    ("billing_after_result", "billing"),
    ("provisioner_after_define", "provisioner-de-1"),
    ("provisioner_after_start", "provisioner-de-1"),
    ("provisioner_before_result", "provisioner-de-1"),
)

ORDER_POINTS = tuple(
    (point, point, service)
    for point, service in (
        ("billing_before_commit", "billing"),
        ("billing_after_commit", "billing"),
        ("billing_after_result", "billing"),
        ("provisioner_after_begin", "provisioner-de-1"),
        ("provisioner_between_stop_and_start", "provisioner-de-1"),
        ("provisioner_after_undefine", "provisioner-de-1"),
        ("provisioner_after_define", "provisioner-de-1"),
        ("provisioner_after_seal", "provisioner-de-1"),
        ("provisioner_after_password", "provisioner-de-1"),
        ("provisioner_before_end", "provisioner-de-1"),
        ("provisioner_before_result", "provisioner-de-1"),
    )
)

DEPOSIT_POINTS = (
    "billing_after_commit",
    "billing_deposit_opened",
    "billing_invoice_made",
    "billing_callback_settled",
)

TIDINGS_POINTS = (
    "notifier_after_intake",
    "notifier_before_notice",
    "notifier_after_notice",
    "notifier_before_settle",
)

SHORT = {
    "forty_racing_requests_charge_once": forty_racing_requests_charge_once,
    **{f"{victim}_killed_amid_500_purchases": killed(victim) for victim in VICTIMS},
    "workers_scaled_1_3_1_in_flight": workers_scaled_in_flight,
    "orders_with_workers_and_billing_killed": orders_with("billing", "provisioner-de-1"),
    "billing_killed_amid_deposits": billing_killed_amid_deposits,
    "carriers_killed_amid_600_events": carriers_killed_amid(600),
}
LONG = {
    **SHORT,
    **{f"crashed_at_{point}": crashed_at(point, service) for point, service in POINTS},
    **{
        f"crashed_amid_deposits_at_{point}": crashed_amid_deposits_at(point)
        for point in DEPOSIT_POINTS
    },
    "billing_killed_20_times": billing_killed_often,
    "orders_with_everything_killed": orders_with(*VICTIMS),
    "orders_amid_lost_status": orders_amid_lost_status,
    **{f"orders_crashed_at_{point}": orders_crashed_at(*rest) for point, *rest in ORDER_POINTS},
    "carriers_killed_amid_10000_events": carriers_killed_amid(10000),
    **{f"crashed_amid_events_at_{point}": notifier_crashed_at(point) for point in TIDINGS_POINTS},
}
