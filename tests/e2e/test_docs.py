"""The pages to read the API by, in a real browser."""

import re
import subprocess

import pytest
from playwright.sync_api import expect
from screen import chromium
from stack import API, ROOT

DOCS = f"{API}/docs"
# The renderer has much to do, perhaps beside others.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser, stack):
    """A page that must ask nobody else for anything, and complain of nothing."""
    base = stack.facts()["SLIPWAY_URL"]
    requests, complaints = [], []
    made = browser.new_page(base_url=base, viewport={"width": 1400, "height": 900})
    made.on("request", lambda request: requests.append(request.url))
    made.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda message: complaints.append(message.text))
    yield made
    made.close()
    assert not complaints
    assert not [url for url in requests if not url.startswith((base, f"blob:{base}", "file:"))]


def is_in_view(locator):
    expect(locator).to_be_in_viewport()


def test_the_reference_is_rendered_with_every_operation(stack, page):
    page.goto(DOCS)
    expect(page.locator("h1").first).to_contain_text(stack.contract.document["info"]["title"])
    for operation in stack.contract.operations:
        headings = page.locator("h2", has_text=operation.spec["summary"])
        expect(headings.first).to_be_attached()
    # Not the plain page of a build without a renderer.
    expect(page.locator("#reference")).to_be_visible()


def test_the_reference_leads_to_one_operation_by_its_anchor(page):
    place = "tag/Buying/operation/buyServer"
    page.goto(f"{DOCS}#{place}")
    is_in_view(page.locator(f'[id="{place}"] h2'))
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()


def test_the_reference_can_be_searched(page):
    page.goto(DOCS)
    page.get_by_placeholder("Search").fill("password")
    expect(page.locator('[data-role="search:results"]')).to_contain_text("log in")


def test_the_page_of_errors_has_a_place_for_every_code(stack, page):
    codes = stack.contract.document["components"]["schemas"]["ErrorCode"]["enum"]
    assert len(codes) > 25
    page.goto(f"{DOCS}/errors")
    for code in codes:
        place = page.locator(f"section#{code}")
        expect(place).to_contain_text("Cause")
        expect(place).to_contain_text("What to do")


def test_the_type_of_an_error_leads_to_its_cause_and_cure(buyer, page):
    problem = buyer.client.get("/vps/999999999999").json()
    page.goto(problem["type"])
    place = page.locator(":target")
    is_in_view(place)
    expect(place).to_contain_text(problem["title"])


@pytest.mark.parametrize("path", ["/docs", "/docs/errors", "/openapi.json"])
def test_the_pages_let_in_nothing_that_is_not_theirs(stack, path):
    with stack.client() as client:
        answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*|connect-src|'self'", policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_build_without_a_renderer_makes_a_plain_page_with_every_operation(stack, page, tmp_path):
    source = ROOT / "services/gateway/openapi"
    document = stack.build / "services/gateway/documents/openapi.json"
    (python,) = re.findall(
        r"^SLIPWAY_PYTHON:FILEPATH=(.*)$", (stack.build / "CMakeCache.txt").read_text(), re.M
    )
    command = [python, "-B", source / "pages.py", tmp_path, document, source / "errors.yaml"]
    subprocess.run([*command, source / "style.css"], check=True)
    page.goto(f"file://{tmp_path}/docs.html")
    for operation in stack.contract.operations:
        section = page.locator(f"section#{operation.spec['operationId']}")
        expect(section).to_contain_text(operation.path)
        expect(section.locator("b", has_text=re.compile("^20[0-9]$")).first).to_be_attached()
    page.locator("nav").get_by_text("Buy a server", exact=True).click()
    is_in_view(page.locator("section#buyServer h3"))
