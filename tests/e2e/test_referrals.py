"""Who invited whom, and what came of it."""

import pytest
from stack import check


def test_referrals_count_who_was_invited(stack, operator, user, database):
    code = user.client.get("/referrals").json()["code"]
    by_id = operator.post("/admin/users", json={"name": "a", "referrer_id": user.id})
    by_code = operator.post("/admin/users", json={"name": "b", "referral_code": code})
    for answer in (by_id, by_code):
        assert (answer.status_code, answer.json()["referrer_id"]) == (201, user.id)
    listed = {row["id"]: row for row in operator.get("/admin/users").json()["items"]}
    assert listed[by_code.json()["id"]]["referrer_id"] == user.id
    assert listed[user.id]["referrer_id"] is None
    expected = {
        "user_id": user.id,
        "code": code,
        "percent": "5.00",
        "invited": 2,
        "active": 0,
        "earned_usd": "0.00",
    }
    assert user.client.get("/referrals").json() == expected
    named = operator.get("/referrals", params={"user_id": user.id})
    assert named.json() == expected


def test_referrals_are_of_one_user_and_of_no_other(operator, user, other):
    body = check(operator.get("/referrals"), 422, "validation_failed")
    assert body["errors"][0]["code"] == "user_id_required"
    check(other.client.get("/referrals", params={"user_id": user.id}), 404, "not_found")
    codes = {made.client.get("/referrals").json()["code"] for made in (user, other)}
    assert len(codes) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"referrer_id": 999999999}, "/referrer_id"),
        ({"referral_code": "NEVERISSUED1"}, "/referral_code"),
        ({"referrer_id": 1, "referral_code": "NEVERISSUED1"}, "/referral_code"),
    ],
)
def test_a_referrer_that_can_not_be_is_told(operator, body, pointer):
    answer = check(operator.post("/admin/users", json=body), 422, "validation_failed")
    assert [row["pointer"] for row in answer["errors"]] == [pointer]
