/* What operators may say of bans, referrers and the conditions of a key. */
#include "services/gateway/admin_request.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum request_kind { BAN, USER, KEY };

union request {
    Slipway__V1__BanUser ban;
    Slipway__V1__CreateUser user;
    struct key_request key;
};

static int read_request(enum request_kind kind, const json_t *body, union request *request,
                        struct problem *problem)
{
    if (kind == BAN)
        return ban_request_read(body, &request->ban, problem);
    return kind == USER ? user_request_read(body, &request->user, problem)
                        : key_request_read(body, &request->key, problem);
}

/* The body, owned by the caller: what was read borrows from it. */
static json_t *take(enum request_kind kind, const char *text, union request *ret_request)
{
    json_t *body = json_loads(text, 0, NULL);
    struct problem problem = {0};

    assert_non_null(body);
    if (read_request(kind, body, ret_request, &problem) != 0)
        fail_msg("%s: %s %s", text, problem.fields[0].pointer, problem.fields[0].code);
    return body;
}

static void assert_refused(enum request_kind kind, const char *text, const char *pointer,
                           const char *code)
{
    json_t *body = json_loads(text, 0, NULL);
    struct problem problem = {0};
    union request request;

    assert_non_null(body);
    assert_int_not_equal(read_request(kind, body, &request, &problem), 0);
    assert_int_equal(problem.field_count, 1);
    assert_string_equal(problem.fields[0].pointer, pointer);
    assert_string_equal(problem.fields[0].code, code);
    problem_deinit(&problem);
    json_decref(body);
}

static void ban_needs_a_reason_and_its_end_does_not(void **state)
{
    union request request;
    json_t *body = take(BAN, "{\"banned\":true,\"reason\":\"fraud\"}", &request);

    (void)state;
    assert_true(request.ban.banned);
    assert_string_equal(request.ban.reason, "fraud");
    json_decref(body);
    body = take(BAN, "{\"banned\":false}", &request);
    assert_false(request.ban.banned);
    assert_string_equal(request.ban.reason, "");
    json_decref(body);
    body = take(BAN, "{\"banned\":false,\"reason\":\"a mistake\"}", &request);
    assert_string_equal(request.ban.reason, "a mistake");
    json_decref(body);
    assert_refused(BAN, "{\"banned\":true}", "/reason", "required");
    assert_refused(BAN, "{\"reason\":\"fraud\"}", "/banned", "required");
    assert_refused(BAN, "{\"banned\":1,\"reason\":\"fraud\"}", "/banned", "wrong_type");
    assert_refused(BAN, "{\"banned\":false,\"reason\":\"\"}", "/reason", "out_of_range");
    assert_refused(BAN, "{\"banned\":false,\"until\":\"x\"}", "/until", "unknown_member");
}

static void referrer_is_named_by_id_or_by_code_and_not_by_both(void **state)
{
    union request request;
    json_t *body = take(USER, "{\"name\":\"n\"}", &request);

    (void)state;
    assert_int_equal(request.user.referrer_id, 0);
    assert_string_equal(request.user.referral_code, "");
    json_decref(body);
    body = take(USER, "{\"referrer_id\":41}", &request);
    assert_int_equal(request.user.referrer_id, 41);
    json_decref(body);
    body = take(USER, "{\"referral_code\":\"7ZQK3M9A0XWF\"}", &request);
    assert_string_equal(request.user.referral_code, "7ZQK3M9A0XWF");
    json_decref(body);
    assert_refused(USER, "{\"referrer_id\":41,\"referral_code\":\"7ZQK3M9A0XWF\"}",
                   "/referral_code", "contradiction");
    assert_refused(USER, "{\"referrer_id\":0}", "/referrer_id", "out_of_range");
    assert_refused(USER, "{\"referrer_id\":\"41\"}", "/referrer_id", "wrong_type");
    assert_refused(USER, "{\"referral_code\":\"\"}", "/referral_code", "out_of_range");
    assert_refused(USER, "{\"referral_code\":\"0123456789012345678901234567890123\"}",
                   "/referral_code", "out_of_range");
}

#define OPERATOR "{\"role\":\"operator\",\"name\":\"n\""

static void conditions_of_a_key_are_read(void **state)
{
    union request request;
    json_t *body = take(KEY,
                        OPERATOR ",\"expires_at\":\"2026-09-09T14:00:00.5+02:00\","
                                 "\"allowed_addresses\":[\"10.0.0.0/8\",\"2001:0DB8::1/128\","
                                 "\"::ffff:192.0.2.7\"],\"rate_per_minute\":1000000}",
                        &request);

    (void)state;
    assert_true(request.key.command.expires_at_us == INT64_C(1788955200500000));
    assert_int_equal(request.key.command.n_allowed_addresses, 3);
    assert_string_equal(request.key.command.allowed_addresses[0], "10.0.0.0/8");
    assert_string_equal(request.key.command.allowed_addresses[1], "2001:db8::1");
    assert_string_equal(request.key.command.allowed_addresses[2], "192.0.2.7");
    assert_int_equal(request.key.command.rate_per_minute, 1000000);
    json_decref(body);
    body = take(KEY, OPERATOR ",\"expires_at\":null}", &request);
    assert_true(request.key.command.expires_at_us == 0);
    assert_int_equal(request.key.command.n_allowed_addresses, 0);
    assert_int_equal(request.key.command.rate_per_minute, 0);
    json_decref(body);
}

static void conditions_that_make_no_sense_are_refused_where_they_stand(void **state)
{
    static const struct {
        const char *members, *pointer, *code;
    } cases[] = {
        {"\"expires_at\":\"tomorrow\"",              "/expires_at",          "out_of_range"  },
        {"\"expires_at\":\"2026-09-09\"",            "/expires_at",          "out_of_range"  },
        {"\"expires_at\":\"1969-12-31T23:59:59Z\"",  "/expires_at",          "out_of_range"  },
        {"\"expires_at\":1788955200",                "/expires_at",          "wrong_type"    },
        {"\"allowed_addresses\":[]",                 "/allowed_addresses",   "out_of_range"  },
        {"\"allowed_addresses\":\"10.0.0.0/8\"",     "/allowed_addresses",   "wrong_type"    },
        {"\"allowed_addresses\":[\"10.0.0.0/8\",7]", "/allowed_addresses/1", "wrong_type"    },
        {"\"allowed_addresses\":[\"10.0.0.1/8\"]",   "/allowed_addresses/0", "out_of_range"  },
        {"\"allowed_addresses\":[\"example.com\"]",  "/allowed_addresses/0", "out_of_range"  },
        {"\"rate_per_minute\":0",                    "/rate_per_minute",     "out_of_range"  },
        {"\"rate_per_minute\":1000001",              "/rate_per_minute",     "out_of_range"  },
        {"\"rate_per_minute\":\"600\"",              "/rate_per_minute",     "wrong_type"    },
        {"\"rate_per_second\":10",                   "/rate_per_second",     "unknown_member"},
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        (void)snprintf(text, sizeof(text), OPERATOR ",%s}", cases[i].members);
        assert_refused(KEY, text, cases[i].pointer, cases[i].code);
    }
}

static void key_has_at_most_32_addresses(void **state)
{
    char text[1024];
    union request request;
    json_t *body;

    (void)state;
    for (int count = KEY_ADDRESSES_MAX; count <= KEY_ADDRESSES_MAX + 1; ++count) {
        (void)snprintf(text, sizeof(text), OPERATOR ",\"allowed_addresses\":[");
        for (int i = 0; i < count; ++i)
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\"10.0.0.%d\"",
                           i == 0 ? "" : ",", i);
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "]}");
        if (count > KEY_ADDRESSES_MAX) {
            assert_refused(KEY, text, "/allowed_addresses", "too_many_items");
            continue;
        }
        body = take(KEY, text, &request);
        assert_int_equal(request.key.command.n_allowed_addresses, KEY_ADDRESSES_MAX);
        assert_string_equal(request.key.command.allowed_addresses[31], "10.0.0.31");
        json_decref(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ban_needs_a_reason_and_its_end_does_not),
        cmocka_unit_test(referrer_is_named_by_id_or_by_code_and_not_by_both),
        cmocka_unit_test(conditions_of_a_key_are_read),
        cmocka_unit_test(conditions_that_make_no_sense_are_refused_where_they_stand),
        cmocka_unit_test(key_has_at_most_32_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
