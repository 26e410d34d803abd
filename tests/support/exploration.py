"""What schemathesis must know of the API besides its document; loaded by schemathesis.toml.

The tests share one copy of Slipway, so an explorer with an operator's key keeps away from the users
and keys that are not its own: ids of those that were there before it stand for its own user."""

import base64
import datetime
import os
import re

import schemathesis
from hypothesis import strategies

OWN_USER = int(os.environ["EXPLORE_USER"])
LAST_USER = int(os.environ["EXPLORE_LAST_USER"])
LAST_KEY = int(os.environ["EXPLORE_LAST_KEY"])


def cursor(before_id):
    data = b"\1" + before_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(data).decode()


schemathesis.openapi.format("cursor", strategies.integers(1, 2**63 - 1).map(cursor))
schemathesis.openapi.format(
    "date-time",
    strategies.datetimes(
        min_value=datetime.datetime(2000, 1, 1), max_value=datetime.datetime(9999, 1, 1)
    ).map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")),
)


def number(value):
    """The id that a value is; None: it is none."""
    text = str(value)
    return int(text) if re.fullmatch("[1-9][0-9]{0,18}", text) and int(text) < 2**63 else None


def own(container, name):
    """Lets an id of somebody else's stand for the explorer's own."""
    found = number(container.get(name)) if isinstance(container, dict) else None
    if found is not None and found <= LAST_USER:
        container[name] = type(container[name])(OWN_USER)


def without_fractions(node):
    """3.0 is an integer to JSON Schema, and as such refused by the API, which wants 3."""
    if isinstance(node, list):
        return [without_fractions(child) for child in node]
    if isinstance(node, dict):
        return {name: without_fractions(child) for name, child in node.items()}
    return int(node) if isinstance(node, float) and node.is_integer() else node


def agree(case):
    """A payer that is named twice is named the same, or it is a contradiction."""
    named = number((case.query or {}).get("user_id"))
    if named is not None and isinstance(case.body, dict) and number(case.body.get("user_id")):
        case.body["user_id"] = named


@schemathesis.hook
def before_call(context, case, kwargs):
    case.body = without_fractions(case.body)
    for container in (case.path_parameters, case.query, case.body):
        own(container, "user_id")
    own(case.body, "referrer_id")
    agree(case)
    key_id = number((case.path_parameters or {}).get("key_id"))
    if key_id is not None and key_id <= LAST_KEY:
        case.path_parameters["key_id"] = key_id + 2**40
