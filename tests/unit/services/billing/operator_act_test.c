/* What the operators' log says of a command. */
#include "services/billing/commands.h"
#include "services/billing/operator_act.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A job whose command was decided with this status. */
struct decided {
    Slipway__V1__Principal principal;
    Slipway__V1__Command command;
    struct job job;
    char request_id[8];
};

static void decide(struct decided *ret_decided, Slipway__V1__Command__ActionCase action,
                   uint32_t status)
{
    *ret_decided = (struct decided){.request_id = "01JD"};
    slipway__v1__principal__init(&ret_decided->principal);
    slipway__v1__command__init(&ret_decided->command);
    ret_decided->principal.key_id = 3;
    ret_decided->principal.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    ret_decided->command.principal = &ret_decided->principal;
    ret_decided->command.user_id = 42;
    ret_decided->command.request_id = ret_decided->request_id;
    ret_decided->job.command = &ret_decided->command;
    ret_decided->job.kind = commands_find(action);
    ret_decided->job.answer.status = status;
}

static void command_that_notes_nothing_is_logged_all_the_same(void **state)
{
    struct decided decided;
    struct operator_act act;

    (void)state;
    decide(&decided, SLIPWAY__V1__COMMAND__ACTION_PURCHASE, 202);
    (void)snprintf(decided.job.answer.location, sizeof(decided.job.answer.location),
                   "/hosting/api/v1/batches/checkout:5678");
    assert_true(operator_act_describe(&decided.job, &act));
    assert_int_equal(act.key_id, 3);
    assert_string_equal(act.action, "purchase");
    assert_int_equal(act.user_id, 42);
    assert_string_equal(act.target, "checkout:5678");
    assert_string_equal(act.reason, "");
    assert_string_equal(act.detail, "");
    assert_string_equal(act.request_id, "01JD");
}

static void what_a_command_notes_goes_before_what_the_log_sees(void **state)
{
    struct decided decided;
    struct operator_act act;

    (void)state;
    decide(&decided, SLIPWAY__V1__COMMAND__ACTION_BAN_USER, 200);
    decided.job.note = (struct act_note){.action = "unban_user",
                                         .user_id = 43,
                                         .target = "user:43",
                                         .reason = "a mistake",
                                         .detail = "more"};
    assert_true(operator_act_describe(&decided.job, &act));
    assert_string_equal(act.action, "unban_user");
    assert_int_equal(act.user_id, 43);
    assert_string_equal(act.target, "user:43");
    assert_string_equal(act.reason, "a mistake");
    assert_string_equal(act.detail, "more");
}

static void what_changed_nothing_is_not_logged(void **state)
{
    static const uint32_t refusals[] = {402, 404, 409, 422, 500, 503};
    struct decided decided;
    struct operator_act act;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(refusals); ++i) {
        decide(&decided, SLIPWAY__V1__COMMAND__ACTION_PURCHASE, refusals[i]);
        assert_false(operator_act_describe(&decided.job, &act));
    }
    decide(&decided, SLIPWAY__V1__COMMAND__ACTION_BAN_USER, 200);
    decided.job.note.changed_nothing = true;
    assert_false(operator_act_describe(&decided.job, &act));
}

static void only_operators_keys_are_logged(void **state)
{
    struct decided decided;
    struct operator_act act;

    (void)state;
    decide(&decided, SLIPWAY__V1__COMMAND__ACTION_PURCHASE, 202);
    decided.principal.role = SLIPWAY__V1__ROLE__ROLE_RESELLER;
    assert_false(operator_act_describe(&decided.job, &act));
    decided.principal.role = SLIPWAY__V1__ROLE__ROLE_OPERATOR;
    decided.principal.key_id = 0;
    assert_false(operator_act_describe(&decided.job, &act));
    decided.command.principal = NULL;
    assert_false(operator_act_describe(&decided.job, &act));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_that_notes_nothing_is_logged_all_the_same),
        cmocka_unit_test(what_a_command_notes_goes_before_what_the_log_sees),
        cmocka_unit_test(what_changed_nothing_is_not_logged),
        cmocka_unit_test(only_operators_keys_are_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
