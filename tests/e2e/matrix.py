"""What the matrix of routes and callers needs: requests that are right, made from the document, and
the things that their paths and bodies name."""

import dataclasses

from stack import new_key

# An id that nobody will be given.
ABSENT_ID = 999_999_999_999


@dataclasses.dataclass(frozen=True)
class Things:
    """What one user has, or what nobody has."""

    user_id: int
    vps_id: int
    batch_id: str
    key_id: int
    external_id: str
    transaction_id: int
    webhook_id: int
    delivery_id: int

    def values(self):
        """By the name of a path parameter. Another one must be of a few words, or taught here."""
        return {
            "user_id": self.user_id,
            "vps_id": self.vps_id,
            "batch_id": self.batch_id,
            "key_id": self.key_id,
            "external_id": self.external_id,
            "tx": self.transaction_id,
            "webhook_id": self.webhook_id,
            "delivery_id": self.delivery_id,
        }


ABSENT = Things(
    user_id=ABSENT_ID,
    vps_id=ABSENT_ID,
    batch_id=f"checkout:{ABSENT_ID}",
    key_id=ABSENT_ID,
    external_id=str(ABSENT_ID),
    transaction_id=ABSENT_ID,
    webhook_id=ABSENT_ID,
    delivery_id=ABSENT_ID,
)
# Path parameters that stand for a thing of some user.
OWNED = ("user_id", "vps_id", "batch_id", "external_id", "webhook_id")


def path_of(operation, things):
    values = things.values()
    for name, parameter in operation.parameters("path").items():
        if name not in values:
            assert "enum" in parameter["schema"], f"nobody knows a {name}"
            values[name] = parameter["example"]
    return operation.path.format(**values)


def request_of(operation, things=ABSENT, **changes):
    """What httpx takes to call an operation rightly; `changes` replace parts of it."""
    request = {"method": operation.method, "url": path_of(operation, things), "headers": {}}
    if operation.is_money:
        request["headers"] = new_key()
    if operation.body() is not None:
        request["json"] = operation.example()
    return {**request, **changes}


def foreign_requests(operation, things):
    """Each way in which a request can name a thing of another user: (how, request)."""
    path_names = [name for name in operation.parameters("path") if name in OWNED]
    if path_names and not operation.is_operators:
        yield "path", request_of(operation, things)
    if "user_id" in operation.parameters("query") and not operation.is_operators:
        yield "query", request_of(operation, ABSENT, params={"user_id": things.user_id})
    members = (operation.body() or {}).get("properties", {})
    if "user_id" in members and not operation.is_operators:
        body = {**operation.example(), "user_id": things.user_id}
        yield "body", request_of(operation, ABSENT, json=body)


def item_requests(operation, things):
    """The same for the items of a bulk, which are refused one by one."""
    members = (operation.body() or {}).get("properties", {})
    if "vps_ids" in members:
        yield "ids", request_of(operation, json={"vps_ids": [things.vps_id]})
    items = members.get("items", {}).get("items", {}).get("properties", {})
    if "vps_id" in items:
        item = {**operation.example()["items"][0], "vps_id": things.vps_id}
        yield "items", request_of(operation, json={"items": [item]})


def names_a_thing(operation):
    return bool([*foreign_requests(operation, ABSENT), *item_requests(operation, ABSENT)])
