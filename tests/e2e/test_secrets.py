"""INV-8: no secret in any log, topic, Redis key or dump of PostgreSQL."""

import uuid

import confluent_kafka
import psycopg
import pytest
from signing import Signed
from stack import User


def sign_and_fail(stack, user):
    """Signing secrets and the one they come from, after a good and a bad use of them."""
    assert user.client.get("/users/me", auth=Signed(user.signing_secret)).status_code == 200
    wrong = stack.facts()["SLIPWAY_RESELLER_SIGNING_SECRET"]
    assert user.client.get("/users/me", auth=Signed(wrong)).status_code == 401
    return [
        user.signing_secret,
        wrong,
        stack.facts()["SLIPWAY_OPERATOR_SIGNING_SECRET"],
        stack.settings("gateway")["SIGNING_MASTER_SECRET"],
    ]


@pytest.fixture(scope="module")
def secret_texts(stack):
    """Everything secret that a purchase brings along, as it must not be found."""
    user = User(stack)
    with stack.operator() as operator:
        bound = {"role": "operator", "name": "bound", "allowed_addresses": ["192.0.2.1"]}
        made = operator.post("/admin/keys", json=bound).json()
        operator.delete(f"/admin/keys/{made['id']}")
    batch = user.batch(user.buy().json()["batch_id"])
    server = f"/vps/{batch['items'][0]['vps_id']}"
    login = user.client.get(f"{server}/credentials").json()
    rotated = user.client.post(f"{server}/password").json()
    stack.client("slip_hosting_" + "Z" * 32).get("/users/me")  # one that fails
    secrets = [user.key, made["key"], login["password"], rotated["password"]]
    secrets.append("slip_hosting_" + "Z" * 32)
    secrets += [stack.facts()["SLIPWAY_OPERATOR_KEY"], stack.facts()["SLIPWAY_RESELLER_KEY"]]
    secrets.append(stack.settings("gateway")["SEAL_SECRET_KEY"])
    secrets += sign_and_fail(stack, user)
    return [text.encode() for text in secrets]


def absent(data, texts, where):
    for number, text in enumerate(texts):
        assert text not in data, f"secret {number} stands in {where}"


def test_no_log_has_a_secret(stack, secret_texts):
    texts = [*secret_texts, stack.settings("gateway")["RPC_TOKEN"].encode()]
    texts.append(stack.settings("gateway")["REDIS_PASSWORD"].encode())
    settings = stack.settings("billing")
    texts += [
        value.encode()
        for name, value in settings.items()
        if name.startswith("PROVIDER_") and name.endswith(("_TOKEN", "_SECRET"))
    ]
    for path in (stack.run_dir / "log").iterdir():
        absent(path.read_bytes(), texts, path.name)


def test_redis_has_no_secret(stack, secret_texts):
    connection = stack.redis()
    for key in connection.scan_iter(count=1000):
        kind = connection.type(key)
        value = connection.hgetall(key) if kind == "hash" else connection.get(key)
        absent(f"{key} {value}".encode(), secret_texts, key)


def test_no_topic_has_a_secret(stack, secret_texts):
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": stack.brokers(),
            "group.id": str(uuid.uuid4()),
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    partitions = [
        confluent_kafka.TopicPartition(topic, number, 0)
        for topic, found in consumer.list_topics(timeout=10).topics.items()
        if not topic.startswith("__")
        for number in found.partitions
    ]
    consumer.assign(partitions)
    ended = records = 0
    while ended < len(partitions):
        message = consumer.poll(10)
        assert message is not None
        if message.error():
            ended += 1
            continue
        records += 1
        for part in (message.value(), message.key(), repr(message.headers()).encode()):
            absent(part or b"", secret_texts, message.topic())
    consumer.close()
    assert records > 0


def test_the_database_has_no_secret(stack, secret_texts):
    owner = psycopg.connect(stack.settings("billing")["BILLING_OWNER_DATABASE"])
    tables = owner.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables t JOIN pg_class c"
        " ON c.oid = format('%I.%I', schemaname, tablename)::regclass"
        " WHERE schemaname = 'billing' AND c.relkind = 'r'"
    ).fetchall()
    assert len(tables) > 10
    assert ("billing.operator_log",) in tables
    for (table,) in tables:
        with owner.cursor().copy(f"COPY {table} TO STDOUT") as rows:
            data = b"".join(bytes(row) for row in rows)
        absent(data, secret_texts, table)
        absent(data, [text.hex().encode() for text in secret_texts], table)
    owner.close()
