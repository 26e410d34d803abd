#!/usr/bin/env python3
"""Puts the OpenAPI document together: bundle.py OUTPUT SOURCE.yaml...

The sources are the frame (document.yaml), the table of errors (errors.yaml) and a file for each
group of resources. To what stands in them this adds what follows from a route's own words:

  x-scope, x-operator, security: []    the errors and headers that a key brings
  x-money                              Idempotency-Key, signature, replays and their errors
  method, requestBody                  the errors that a JSON body brings (not with x-raw)
  x-errors                             the errors that are this route's own

Responses to errors are made from the table: one for each status, with an example for each code.
"""

import json
import sys

import yaml

METHODS = ("get", "post", "put", "delete")

# Whoever asks.
ALWAYS = ["invalid_request", "not_acceptable", "request_timeout", "uri_too_long"]
ALWAYS += ["headers_too_large", "internal", "unavailable"]
WITH_KEY = ["unauthorized", "signature_required", "signature_invalid", "signature_expired"]
WITH_KEY += ["forbidden_scope", "rate_limited", "timeout"]
# Whatever may come with a body, wanted or not.
WRITING = ["invalid_json", "body_too_large", "unsupported_media_type"]
WITH_MONEY = ["idempotency_key_required", "idempotency_key_invalid", "money_disabled"]
WITH_MONEY += ["idempotency_in_progress", "idempotency_mismatch"]
# What a user does that may be banned.
BANNABLE = ("vps:buy", "vps:write", "deposits:write")

TITLES = {400: "The request is malformed.", 422: "The request can't be met as it is."}
# Answers that are given only once the key is known, so that its limit can be told.
LIMITED = (402, 403, 409, 422, 429)
RETRIED = ("rate_limited", "unavailable")


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def merge(document, source):
    """Adds paths and components; no two files may say the same."""
    for path, item in source.get("paths", {}).items():
        known = document.setdefault("paths", {}).setdefault(path, {})
        assert not known.keys() & item.keys(), f"{path} stands twice"
        known.update(item)
    for kind, members in source.get("components", {}).items():
        known = document["components"].setdefault(kind, {})
        assert not known.keys() & members.keys(), f"{known.keys() & members.keys()} twice"
        known.update(members)


# ---- errors


def problem(code, row):
    """What an answer with this error looks like."""
    return {
        "type": f"/hosting/api/v1/docs/errors#{code}",
        "title": row["title"],
        "status": row["status"],
        "detail": row["detail"],
        "code": code,
        "request_id": "01JD9Z5Y0N2M8Q4R6T7V9WXYZA",
        **row.get("members", {}),
    }


def problem_schema(table):
    text = {"type": "string"}
    entry = {
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {
                "type": "string",
                "description": "JSON pointer into the body, or `?name` of a query parameter.",
            },
            "code": {"type": "string", "enum": [*table["fields"], *table["machines"]]},
            "detail": text,
        },
    }
    money = ref("schemas", "Money")
    return {
        "type": "object",
        "description": "A refusal (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Cause and cure."},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What it was this time, for people."},
            "code": ref("schemas", "ErrorCode"),
            "request_id": {"type": "string", "description": "The same as in X-Request-Id."},
            "errors": {
                "type": "array",
                "maxItems": 128,
                "description": "Everything that is wrong, where the request is at fault.",
                "items": entry,
            },
            "required_usd": {**money, "description": "insufficient_funds: what it costs."},
            "balance_usd": {**money, "description": "insufficient_funds: what there is."},
            "shortfall_usd": {**money, "description": "insufficient_funds: what is missing."},
        },
    }


def add_errors(document, table):
    components = document["components"]
    codes = list(table["errors"])
    components["schemas"]["ErrorCode"] = {"type": "string", "enum": codes}
    components["schemas"]["Problem"] = problem_schema(table)
    components["examples"] = {
        code: {"summary": row["title"], "value": problem(code, row)}
        for code, row in table["errors"].items()
    }
    components["responses"] = {}


def error_headers(status, codes):
    names = ["X-Request-Id"]
    names += ["RateLimit-Policy", "RateLimit"] if status in LIMITED else []
    names += ["WWW-Authenticate"] if "unauthorized" in codes else []
    names += ["Retry-After"] if all(code in RETRIED for code in codes) else []
    headers = {name: ref("headers", name) for name in names}
    if "idempotency_in_progress" in codes:
        headers["Retry-After"] = {
            "description": "With idempotency_in_progress: seconds after which to repeat.",
            "schema": {"type": "string", "pattern": "^[0-9]+$"},
        }
    return headers


def error_response(document, table, status, codes, replayed):
    """The name of the component for this status with these codes, made when it is new."""
    name = ".".join([str(status), *codes, *(["replayed"] if replayed else [])])
    responses = document["components"]["responses"]
    if name in responses:
        return name
    titles = [table["errors"][code]["title"] for code in codes]
    schema = {
        "allOf": [
            ref("schemas", "Problem"),
            {"properties": {"status": {"const": status}, "code": {"enum": codes}}},
        ]
    }
    headers = error_headers(status, codes)
    if replayed:
        headers["Idempotent-Replayed"] = ref("headers", "Idempotent-Replayed")
    responses[name] = {
        "description": TITLES.get(status, "; ".join(titles) + "."),
        "headers": headers,
        "content": {
            "application/problem+json": {
                "schema": schema,
                "examples": {code: ref("examples", code) for code in codes},
            }
        },
    }
    return name


# ---- operations


def is_open(operation):
    return operation.get("security") == []


def error_codes(method, operation):
    """All errors of a route, in the order of the table."""
    scope = operation.get("x-scope")
    codes = ALWAYS + operation.pop("x-errors", [])
    if not is_open(operation):
        codes = codes + WITH_KEY
    if method != "get" and not operation.get("x-raw"):
        codes = codes + WRITING
        codes = codes + ["validation_failed"] if "requestBody" in operation else codes
    if operation.get("x-money"):
        codes = codes + WITH_MONEY
    if scope in BANNABLE:
        codes = codes + ["user_banned"]
    if operation.get("x-raw"):
        codes = [code for code in codes if code != "not_acceptable"]
    if method != "get" and scope not in (None, "vps:read"):
        codes = codes + ["idempotency_key_invalid"]
    return set(codes)


def add_parameters(operation):
    names = []
    if operation.get("x-money"):
        names.append("IdempotencyKey")
    if not is_open(operation):
        names += ["Timestamp", "Signature"]
    operation.setdefault("parameters", []).extend(ref("parameters", name) for name in names)


def add_responses(document, table, method, operation):
    money = operation.get("x-money", False)
    by_status = {}
    codes = error_codes(method, operation)
    for code, row in table["errors"].items():
        if code in codes:
            by_status.setdefault(row["status"], []).append(code)
    for response in operation["responses"].values():
        headers = {"X-Request-Id": ref("headers", "X-Request-Id")}
        if not is_open(operation):
            headers["RateLimit-Policy"] = ref("headers", "RateLimit-Policy")
            headers["RateLimit"] = ref("headers", "RateLimit")
        if money:
            headers["Idempotent-Replayed"] = ref("headers", "Idempotent-Replayed")
        response["headers"] = {**response.get("headers", {}), **headers}
    for status in sorted(by_status):
        replayed = money and status in (402, 409, 422)
        name = error_response(document, table, status, by_status[status], replayed)
        operation["responses"][str(status)] = ref("responses", name)


def describe_access(operation):
    """The scope in words, since readers of the page see no x- members."""
    if is_open(operation):
        words = "Asks for no key."
    elif operation.get("x-operator"):
        words = "For **operator** keys only."
    else:
        words = f"Asks for the scope **{operation['x-scope']}**."
    if operation.get("x-money"):
        words += " **Moves money**: carries an `Idempotency-Key`."
    operation["description"] = operation["description"].rstrip() + f"\n\n{words}"


def bundle(sources):
    document, table = sources[0], sources[1]
    add_errors(document, table)
    for source in sources[2:]:
        merge(document, source)
    for item in document["paths"].values():
        for method in METHODS:
            if method in item:
                describe_access(item[method])
                add_parameters(item[method])
                add_responses(document, table, method, item[method])
    return document


def main():
    output, *paths = sys.argv[1:]
    sources = []
    for path in paths:
        with open(path, encoding="utf-8") as source:
            sources.append(yaml.safe_load(source))
    # Aliases of YAML are one object in two places; a copy makes them two.
    document = bundle(json.loads(json.dumps(sources)))
    with open(output, "w", encoding="utf-8") as target:
        json.dump(document, target, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
