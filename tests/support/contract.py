"""The OpenAPI document as the gateway serves it: its operations, and whether an answer is one of
those it promises."""

import copy
import dataclasses
import json
import re

import jsonschema_rs

METHODS = ("get", "post", "put", "delete")
# Answers that a path gives whatever the operation: the document has them in its table of errors.
ROUTING = {404: "not_found", 405: "method_not_allowed"}


def closed(node):
    """The schemas, without the leave to send members that they don't name: callers must bear such
    members, so the document leaves objects open, but what we send must be documented."""
    if isinstance(node, list):
        return [closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    made = {name: closed(child) for name, child in node.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


@dataclasses.dataclass(frozen=True)
class Operation:
    """One route: method, path, and what the document writes there, without references."""

    method: str
    path: str
    spec: dict

    def __str__(self):
        return f"{self.method} {self.path}"

    @property
    def is_open(self):
        return self.spec.get("security") == []

    @property
    def is_raw(self):
        """Takes whatever comes, for somebody else to judge."""
        return self.spec.get("x-raw", False)

    @property
    def scope(self):
        return self.spec.get("x-scope")

    @property
    def is_money(self):
        return self.spec.get("x-money", False)

    @property
    def is_operators(self):
        return self.spec.get("x-operator", False)

    def parameters(self, place):
        """Those of "path", "query" or "header", by name."""
        found = self.spec.get("parameters", [])
        return {one["name"]: one for one in found if one["in"] == place}

    def body(self):
        """The JSON Schema of the body; None: it takes none of JSON."""
        content = self.spec.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def example(self):
        """A body that is right, None when it takes none."""
        content = self.spec.get("requestBody", {}).get("content", {})
        media = content.get("application/json", {})
        if "example" in media:
            return copy.deepcopy(media["example"])
        for one in media.get("examples", {}).values():
            return copy.deepcopy(one["value"])
        return None

    def codes(self, status):
        """The error codes that it may give with a status."""
        response = self.spec["responses"].get(str(status), {})
        media = response.get("content", {}).get("application/problem+json", {})
        return set(media.get("examples", {}))


class Contract:
    def __init__(self, document):
        self.document = document
        self.validators = {}
        self.operations = [
            Operation(method.upper(), path, self.resolved(item[method]))
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def resolved(self, node):
        """A copy without references. No schema of the API contains itself."""
        if isinstance(node, list):
            return [self.resolved(child) for child in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = self.document
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            return self.resolved({**target, **{k: v for k, v in node.items() if k != "$ref"}})
        return {name: self.resolved(child) for name, child in node.items()}

    def find(self, method, path):
        """The operation of a request's path below the base; literal segments win. None: none."""
        method = "GET" if method == "HEAD" else method
        found = [one for one in self.operations if one.method == method and matches(one.path, path)]
        return min(found, key=lambda one: one.path.count("{"), default=None)

    def validator(self, schema):
        text = json.dumps(schema, sort_keys=True)
        if text not in self.validators:
            self.validators[text] = jsonschema_rs.Draft202012Validator(
                closed(schema), validate_formats=True
            )
        return self.validators[text]

    def complaints(self, method, path, answer):
        """What is wrong with an answer (of httpx, read), as a list of texts."""
        operation = self.find(method, path)
        status = answer.status_code
        if method == "OPTIONS" and status == 204:
            return []  # a browser's preflight, which is nobody's operation
        if operation is None or (status == 405 and ROUTING[405] in answer.text):
            routed = status in ROUTING and answer.json()["code"] == ROUTING[status]
            return [] if routed else [f"{status} where there is no operation"]
        response = operation.spec["responses"].get(str(status))
        if response is None:
            return [f"the status {status} is not documented: {answer.text}"]
        return self.wrong_headers(response, answer) + self.wrong_body(method, response, answer)

    def wrong_headers(self, response, answer):
        return [
            f"the header {name} is missing"
            for name, header in response.get("headers", {}).items()
            if header.get("required") and name not in answer.headers
        ]

    def wrong_body(self, method, response, answer):
        content = response.get("content", {})
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if not content or method == "HEAD":
            return ["a body where none is documented"] if answer.content else []
        if kind not in content:
            return [f"the media type {kind!r} is not documented"]
        if not kind.endswith("json"):
            return []
        found = self.validator(content[kind]["schema"]).iter_errors(answer.json())
        return [f"{list(error.instance_path)}: {error.message}" for error in found]


def matches(template, path):
    pattern = "/".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/")
    )
    return re.fullmatch(pattern, path) is not None
