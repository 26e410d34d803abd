#include "lib/pg/sqlstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_meaning(const char *sqlstate, enum fault fault, bool ends_session)
{
    const struct sqlstate_meaning meaning = sqlstate_meaning(sqlstate);

    assert_int_equal(meaning.fault, fault);
    assert_int_equal(meaning.ends_session, ends_session);
}

static void conflicts_are_tried_again_in_the_same_session(void **state)
{
    (void)state;
    assert_meaning("40001", FAULT_RETRY, false);
    assert_meaning("40P01", FAULT_RETRY, false);
    assert_meaning("55P03", FAULT_RETRY, false);
    assert_meaning("57014", FAULT_RETRY, false);
    assert_meaning("53100", FAULT_RETRY, false);
}

static void lost_and_useless_sessions_are_replaced(void **state)
{
    (void)state;
    assert_meaning("", FAULT_RETRY, true);
    assert_meaning("08006", FAULT_RETRY, true);
    assert_meaning("57P01", FAULT_RETRY, true);
    assert_meaning("25006", FAULT_RETRY, true);
    assert_meaning("0A000", FAULT_RETRY, true);
}

static void mistakes_are_not_tried_again(void **state)
{
    (void)state;
    assert_meaning("23505", FAULT_HARD, false);
    assert_meaning("42601", FAULT_HARD, false);
    assert_meaning("22003", FAULT_HARD, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conflicts_are_tried_again_in_the_same_session),
        cmocka_unit_test(lost_and_useless_sessions_are_replaced),
        cmocka_unit_test(mistakes_are_not_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
