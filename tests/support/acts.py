"""What tests do as an operator."""

import time


def ban(operator, user_id, banned=True, **body):
    body = {"banned": banned, "reason": "fraud", **body}
    return operator.post(f"/admin/users/{user_id}/ban", json=body)


def issue(operator, **body):
    """A new key; its answer, which shows the key this once."""
    answer = operator.post("/admin/keys", json={"name": "bound", **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


def acts(operator, **filters):
    answer = operator.get("/admin/log", params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def within_a_second(condition):
    deadline = time.monotonic() + 1
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
