"""The document as plain HTML, for builds without a renderer: everything on one page, in order."""

import html
import json

import markdown

METHODS = ("get", "post", "put", "delete")


def markdown_html(text):
    return markdown.markdown(text)


def resolved(document, node):
    """What a reference stands for; other nodes as they are."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def limits(schema):
    """A schema's limits in a few words."""
    kind = schema.get("type", "value")
    words = [" or ".join(kind) if isinstance(kind, list) else kind]
    words += [
        f"{name} {schema[name]}" for name in ("format", "minimum", "maximum") if name in schema
    ]
    if "minLength" in schema or "maxLength" in schema:
        words.append(f"{schema.get('minLength', 0)} to {schema.get('maxLength', '…')} characters")
    if "minItems" in schema or "maxItems" in schema:
        words.append(f"{schema.get('minItems', 0)} to {schema.get('maxItems', '…')} items")
    if "enum" in schema:
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    return ", ".join(words)


def row(document, name, part, required):
    schema = resolved(document, part.get("schema", part))
    text = part.get("description") or schema.get("description", "")
    must = " (required)" if required else ""
    return (
        f"<tr><td><code>{html.escape(name)}</code>{must}</td>"
        f"<td>{html.escape(limits(schema))}{markdown_html(text)}</td></tr>\n"
    )


def table(title, rows):
    return f"<h4>{title}</h4>\n<table>\n{''.join(rows)}</table>\n" if rows else ""


def parameters(document, operation):
    found = [resolved(document, part) for part in operation.get("parameters", [])]
    return table(
        "Parameters",
        [
            row(document, f"{part['name']} ({part['in']})", part, part.get("required"))
            for part in found
        ],
    )


def example(document, media):
    value = media.get("example")
    if value is None:
        value = resolved(document, next(iter(media.get("examples", {}).values()), {})).get("value")
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return f"<pre><code>{html.escape(text)}</code></pre>\n"


def body(document, operation):
    if "requestBody" not in operation:
        return ""
    media = resolved(document, operation["requestBody"])["content"]
    media = media.get("application/json", next(iter(media.values())))
    schema = resolved(document, media.get("schema", {}))
    required = schema.get("required", [])
    rows = [
        row(document, name, resolved(document, part), name in required)
        for name, part in schema.get("properties", {}).items()
    ]
    return table("Body", rows) + example(document, media)


def responses(document, operation):
    text = "<h4>Answers</h4>\n"
    for status, response in operation["responses"].items():
        response = resolved(document, response)
        media = response.get("content", {})
        shown = "" if status >= "400" else "".join(example(document, m) for m in media.values())
        codes = [
            f'<a href="/hosting/api/v1/docs/errors#{code}"><code>{code}</code></a>'
            for code in media.get("application/problem+json", {}).get("examples", {})
        ]
        text += f"<p><b>{status}</b> {html.escape(response['description'])} {' '.join(codes)}</p>\n"
        text += shown
    return text


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def section(document, method, path, operation):
    return (
        f'<section id="{operation["operationId"]}">\n<h3>{html.escape(operation["summary"])}</h3>\n'
        f'<p><span class="method">{method}</span> <code>{html.escape(path)}</code></p>\n'
        + markdown_html(operation["description"])
        + parameters(document, operation)
        + body(document, operation)
        + responses(document, operation)
        + "</section>\n"
    )


def group(document, tag):
    found = [entry for entry in operations(document) if tag["name"] in entry[2]["tags"]]
    if not found:
        return "", ""
    name = html.escape(tag["name"])
    links = "".join(
        f'<li><a href="#{operation["operationId"]}">{html.escape(operation["summary"])}</a></li>\n'
        for _, _, operation in found
    )
    text = f"<h2>{name}</h2>\n{markdown_html(tag['description'])}"
    return f"<li><b>{name}</b></li>\n{links}", text + "".join(
        section(document, *entry) for entry in found
    )


def plain_page(document):
    """The page's body."""
    groups = [group(document, tag) for tag in document["tags"]]
    info = document["info"]
    return (
        f"<body>\n<h1>{html.escape(info['title'])}</h1>\n"
        + '<p><a href="/hosting/api/v1/openapi.json">The OpenAPI document</a></p>\n'
        + f"<nav><ul>\n{''.join(links for links, _ in groups)}</ul></nav>\n"
        + markdown_html(info["description"])
        + "".join(text for _, text in groups)
        + "</body>\n</html>\n"
    )
