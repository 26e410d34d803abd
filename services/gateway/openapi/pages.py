#!/usr/bin/env python3
"""Makes what the gateway serves to readers:
    pages.py FOLDER DOCUMENT ERRORS.yaml STYLE.css [RENDERER]

Into FOLDER go docs.html and errors.html, and of each document the headers, <name>_etag.txt and
<name>_policy.txt. RENDERER is the folder of the npm package redoc; without it docs.html is plain
HTML. Every page is whole in itself: its policy allows exactly the scripts and styles that stand in
it, and no request to anywhere.
"""

import base64
import hashlib
import html
import json
import pathlib
import re
import sys

import yaml
from plain import markdown_html, plain_page

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
"""

OPTIONS = {
    "expandResponses": "200,201,202",
    "jsonSampleExpandLevel": 6,
    "nativeScrollbars": True,
    "downloadDefinitionUrl": "/hosting/api/v1/openapi.json",
}
INIT = (
    'Redoc.init(JSON.parse(document.getElementById("document").textContent),'
    f'{json.dumps(OPTIONS)},document.getElementById("reference"));'
)


def source_hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(styles=(), scripts=()):
    """A Content-Security-Policy that lets in these texts and nothing else."""
    parts = ["default-src 'none'"]
    if styles:
        parts += [f"style-src {' '.join(map(source_hash, styles))}", "img-src data:"]
    if scripts:
        # The search runs in a worker that is made of a part of the script.
        parts += [f"script-src {' '.join(map(source_hash, scripts))}", "worker-src blob:"]
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])


def etag(content):
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


# ---- the page of errors


def error_section(code, row):
    title = html.escape(row["title"])
    return (
        f'<section id="{code}">\n'
        f'<h2>{title}<span class="status">{row["status"]} <code>{code}</code></span></h2>\n'
        f"<dl><dt>Cause</dt><dd>{markdown_html(row['cause'])}</dd>\n"
        f"<dt>What to do</dt><dd>{markdown_html(row['cure'])}</dd></dl>\n"
        "</section>\n"
    )


def code_table(name, title, codes):
    rows = "".join(
        f"<tr><td><code>{code}</code></td><td>{markdown_html(text)}</td></tr>\n"
        for code, text in codes.items()
    )
    return f'<section id="{name}">\n<h2>{title}</h2>\n<table>\n{rows}</table>\n</section>\n'


def errors_page(table, style):
    links = "".join(
        f'<li><a href="#{code}">{row["status"]} {code}</a></li>\n'
        for code, row in table["errors"].items()
    )
    return (
        HEAD.format(title="Errors of the Slipway hosting API", style=style)
        + "<body>\n<h1>Errors</h1>\n"
        + markdown_html(
            "Every refusal names one of these by its `code`, and links to it by its `type`. "
            "[The whole API](/hosting/api/v1/docs)."
        )
        + f"<nav><ul>\n{links}</ul></nav>\n"
        + "".join(error_section(code, row) for code, row in table["errors"].items())
        + code_table("fields", "What is wrong with a member or parameter", table["fields"])
        + code_table("machines", "Why an order to a machine failed", table["machines"])
        + "</body>\n</html>\n"
    )


# ---- the reference


def replaced_once(text, pattern, replacement):
    text, count = re.subn(pattern, lambda _: replacement, text, flags=re.DOTALL)
    assert count == 1, f"the renderer has {count} times {pattern}"
    return text


def renderer_script(folder):
    """Redoc with its licences, without its logo from a foreign server and without the style of
    scroll bars that it would put into the page past the policy."""
    script = (folder / "redoc.standalone.js").read_text(encoding="utf-8")
    script = replaced_once(script, r"https://cdn\.redoc\.ly/redoc/logo-mini\.svg", PIXEL)
    script = replaced_once(
        script, r'\.push\(\[e\.id,"\.ps\{.*?sourceRoot:""\}\]\)', '.push([e.id,""])'
    )
    licence = (folder / "LICENSE").read_text(encoding="utf-8")
    others = (folder / "redoc.standalone.js.LICENSE.txt").read_text(encoding="utf-8")
    # What HTML would take for the beginning of something else reads the same to JavaScript.
    return f"/*!\n{licence}*/\n{others}\n{script}".replace("<!--", "\\x3C!--")


PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def without_int64_limit(node):
    """JavaScript would show the largest id as another number."""
    if isinstance(node, list):
        return [without_int64_limit(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        name: without_int64_limit(child)
        for name, child in node.items()
        if (name, child) != ("maximum", 2**63 - 1)
    }


def rendered_page(document, renderer):
    script = renderer_script(renderer)
    assert "</script" not in script, "the renderer would end its own element"
    style = "body{margin:0}"
    data = json.dumps(without_int64_limit(document), ensure_ascii=False).replace("<", "\\u003c")
    text = (
        HEAD.format(title=document["info"]["title"], style=style)
        + "<body>\n<noscript>This page needs JavaScript; the document itself is at "
        + '<a href="/hosting/api/v1/openapi.json">openapi.json</a>.</noscript>\n'
        + '<div id="reference"></div>\n'
        + f'<script type="application/json" id="document">{data}</script>\n'
        + f"<script>{script}</script>\n<script>{INIT}</script>\n</body>\n</html>\n"
    )
    # The renderer fills empty style elements rule by rule.
    return text, policy([style, ""], [script, INIT])


def write(folder, name, content, content_policy):
    (folder / f"{name}_etag.txt").write_text(etag(content))
    (folder / f"{name}_policy.txt").write_text(content_policy)


def main():
    folder, document_path, errors_path, style_path = map(pathlib.Path, sys.argv[1:5])
    content = document_path.read_bytes()
    document = json.loads(content)
    table = yaml.safe_load(errors_path.read_text(encoding="utf-8"))
    style = style_path.read_text(encoding="utf-8")
    write(folder, "openapi", content, policy())
    if len(sys.argv) > 5:
        text, text_policy = rendered_page(document, pathlib.Path(sys.argv[5]))
    else:
        text = HEAD.format(title=document["info"]["title"], style=style) + plain_page(document)
        text_policy = policy([style])
    pages = {"docs": (text, text_policy), "errors": (errors_page(table, style), policy([style]))}
    for name, (page, page_policy) in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
        write(folder, name, page.encode(), page_policy)


if __name__ == "__main__":
    main()
