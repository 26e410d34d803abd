/* What the documents say of hosting.events is what billing tells: no type more, none less. */
#include "services/billing/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(file);
    assert_non_null(text);
    assert_in_range(fread(text, 1, (1 << 20) - 1, file), 1, (1 << 20) - 2);
    (void)fclose(file);
    return text;
}

static size_t count(const char *text, const char *wanted)
{
    size_t found = 0;

    for (text = strstr(text, wanted); text != NULL; text = strstr(text + 1, wanted))
        ++found;
    return found;
}

static void every_type_is_in_the_asyncapi_document_and_nothing_else(void **state)
{
    char *document = read_file(SLIPWAY_DOCS "/asyncapi.yaml");

    (void)state;
    assert_int_equal(count(document, "      name: hosting."), EVENT_TYPE_COUNT);
    for (int type = 0; type < EVENT_TYPE_COUNT; ++type) {
        const char *name = event_type_name((enum event_type)type);
        const char *message, *schema, *next;
        char line[128];

        (void)snprintf(line, sizeof(line), "      name: %s\n", name);
        if (count(document, line) != 1)
            fail_msg("docs/asyncapi.yaml has %s not exactly once", name);
        message = strstr(document, line);
        schema = strstr(message, event_type_schema((enum event_type)type));
        next = strstr(message + 1, "      name: hosting.");
        if (schema == NULL || (next != NULL && schema > next))
            fail_msg("docs/asyncapi.yaml gives %s other data", name);
    }
    free(document);
}

static void every_type_is_in_the_table_of_the_guide_and_nothing_else(void **state)
{
    char *document = read_file(SLIPWAY_DOCS "/events.md");

    (void)state;
    assert_int_equal(count(document, "\n| `hosting."), EVENT_TYPE_COUNT);
    for (int type = 0; type < EVENT_TYPE_COUNT; ++type) {
        const char *name = event_type_name((enum event_type)type);
        char row[160];

        (void)snprintf(row, sizeof(row), "\n| `%s` | `%s` |", name,
                       strrchr(event_type_schema((enum event_type)type), '.') + 1);
        if (count(document, row) != 1)
            fail_msg("docs/events.md has no row %s", row);
    }
    free(document);
}

static void what_happens_once_has_the_same_id_whenever_it_is_told(void **state)
{
    char id[EVENT_ID_SIZE];

    (void)state;
    assert_string_equal(event_id(EVENT_TYPE_CHECKOUT_ACCEPTED, 5678, id), "checkout-accepted-5678");
    for (int type = 0; type < EVENT_TYPE_COUNT; ++type) {
        (void)event_id((enum event_type)type, INT64_MAX, id);
        assert_null(strchr(id, '.'));
        assert_non_null(strstr(id, "-9223372036854775807"));
    }
}

static void a_checkout_ends_as_its_servers_do(void **state)
{
    (void)state;
    assert_int_equal(checkout_end_type(0, 3), EVENT_TYPE_CHECKOUT_COMPLETED);
    assert_int_equal(checkout_end_type(1, 3), EVENT_TYPE_CHECKOUT_PARTIAL);
    assert_int_equal(checkout_end_type(3, 3), EVENT_TYPE_CHECKOUT_FAILED);
}

/* INV-8: a field for a secret would have such a name. */
static void no_message_has_a_field_for_a_secret(void **state)
{
    static const ProtobufCMessageDescriptor *const messages[] = {
        &slipway__v1__checkout_event__descriptor, &slipway__v1__vps_event__descriptor,
        &slipway__v1__deposit_event__descriptor,  &slipway__v1__balance_event__descriptor,
        &slipway__v1__user_event__descriptor,     &slipway__v1__key_event__descriptor,
    };
    static const char *const words[] = {"password", "secret", "token", "sealed", "hash", "login"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(messages); ++i)
        for (unsigned field = 0; field < messages[i]->n_fields; ++field) {
            const ProtobufCFieldDescriptor *found = &messages[i]->fields[field];

            assert_int_not_equal(found->type, PROTOBUF_C_TYPE_BYTES);
            for (size_t word = 0; word < ARRAY_LENGTH(words); ++word)
                assert_null(strstr(found->name, words[word]));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_in_the_asyncapi_document_and_nothing_else),
        cmocka_unit_test(every_type_is_in_the_table_of_the_guide_and_nothing_else),
        cmocka_unit_test(what_happens_once_has_the_same_id_whenever_it_is_told),
        cmocka_unit_test(a_checkout_ends_as_its_servers_do),
        cmocka_unit_test(no_message_has_a_field_for_a_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
