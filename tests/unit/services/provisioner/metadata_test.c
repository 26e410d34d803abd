#include "services/provisioner/metadata.h"

#include "services/provisioner/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct metadata example(void)
{
    struct metadata metadata = {.vps_id = 77,
                                .sequence = 3,
                                .state = METADATA_BUILDING,
                                .step = "starting",
                                .sealed_length = 72,
                                .seal_key_id = 4,
                                .login = "root",
                                .port = 22,
                                .address = "2001:db8::1"};

    for (size_t i = 0; i < metadata.sealed_length; ++i)
        metadata.sealed_password[i] = (unsigned char)(i * 7);
    return metadata;
}

static void assert_same(const struct metadata *left, const struct metadata *right)
{
    assert_int_equal(left->vps_id, right->vps_id);
    assert_int_equal(left->sequence, right->sequence);
    assert_int_equal(left->state, right->state);
    assert_string_equal(left->step, right->step);
    assert_int_equal(left->sealed_length, right->sealed_length);
    assert_memory_equal(left->sealed_password, right->sealed_password, left->sealed_length);
    assert_int_equal(left->seal_key_id, right->seal_key_id);
    assert_string_equal(left->login, right->login);
    assert_int_equal(left->port, right->port);
    assert_string_equal(left->address, right->address);
    assert_string_equal(left->failure, right->failure);
}

static void what_is_written_is_read_back(void **state)
{
    const struct metadata written = example();
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata read;

    (void)state;
    assert_int_equal(metadata_format(&written, &xml, NULL), 0);
    assert_int_equal(metadata_parse(xml, strlen(xml), &read, NULL), 0);
    assert_same(&written, &read);
}

static void every_state_is_read_back_and_so_is_a_failure(void **state)
{
    static const struct {
        enum metadata_state state;
        const char *step, *failure;
    } cases[] = {
        {METADATA_BUILDING, "starting",  ""             },
        {METADATA_BUILT,    "finishing", ""             },
        {METADATA_BUILT,    "stopping",  "not_supported"},
        {METADATA_WORKING,  "rebooting", ""             },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); ++i) {
        struct metadata written = example();
        CLEANUP(cleanup_free) char *xml = NULL;
        struct metadata read;

        written.state = cases[i].state;
        (void)snprintf(written.step, sizeof(written.step), "%s", cases[i].step);
        (void)snprintf(written.failure, sizeof(written.failure), "%s", cases[i].failure);
        assert_int_equal(metadata_format(&written, &xml, NULL), 0);
        assert_int_equal(metadata_parse(xml, strlen(xml), &read, NULL), 0);
        assert_same(&written, &read);
    }
}

/* Every code of a failure must fit where it is kept. */
static void what_failed_is_found_by_its_code(void **state)
{
    (void)state;
    for (int i = MACHINE_IMAGE_MISSING; i <= MACHINE_OVERTAKEN; ++i) {
        const struct machine_failure *failure = machine_failure((enum machine_refusal)i);

        assert_true(strlen(failure->code) < METADATA_FAILURE_SIZE);
        assert_true(strlen(failure->detail) > 0);
        assert_int_equal(machine_failure_find(failure->code), i);
    }
    assert_int_equal(machine_failure_find("of_another_version"), MACHINE_NODE_REFUSED);
}

static void the_form_with_its_namespace_is_read_back(void **state)
{
    const struct metadata written = example();
    CLEANUP(xml_writer_deinit) struct xml_writer xml;
    CLEANUP(cleanup_free) char *text = NULL;
    struct metadata read;

    (void)state;
    xml_writer_init(&xml);
    metadata_write(&written, &xml);
    text = xml_writer_take(&xml);
    assert_non_null(text);
    assert_non_null(strstr(text, "xmlns:slipway=\"urn:slipway:machine:1\""));
    assert_int_equal(metadata_parse(text, strlen(text), &read, NULL), 0);
    assert_same(&written, &read);
}

static void the_login_has_an_element_of_its_own(void **state)
{
    static const char *const wrong[] = {"", "<login/>",
                                        "<machine sealed_password='AAAA' seal_key_id='1'/>",
                                        "<login sealed_password='?' seal_key_id='1'/>",
                                        "<login sealed_password='AAAA' seal_key_id='-1'/>"};
    const struct metadata rotated = example();
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata read = example(), before;

    (void)state;
    memset(read.sealed_password, 0, sizeof(read.sealed_password));
    read.sealed_length = 3;
    read.seal_key_id = 1;
    before = read;
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); ++i) {
        assert_int_equal(metadata_parse_login(wrong[i], strlen(wrong[i]), &read, NULL), FAULT_HARD);
        assert_same(&read, &before);
    }
    assert_int_equal(metadata_format_login(&rotated, &xml, NULL), 0);
    assert_int_equal(metadata_parse_login(xml, strlen(xml), &read, NULL), 0);
    assert_same(&read, &rotated);
}

static void every_value_is_escaped(void **state)
{
    struct metadata written = example();
    CLEANUP(cleanup_free) char *xml = NULL;
    struct metadata read;

    (void)state;
    (void)snprintf(written.address, sizeof(written.address), "%s", "\"/><evil a='&amp;");
    assert_int_equal(metadata_format(&written, &xml, NULL), 0);
    assert_null(strstr(xml, "<evil"));
    assert_int_equal(metadata_parse(xml, strlen(xml), &read, NULL), 0);
    assert_string_equal(read.address, written.address);
}

static void what_is_not_plain_text_is_refused(void **state)
{
    static const char *const addresses[] = {"a\nb", "\x01", "caf\xc3\xa9", "\xff"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(addresses); ++i) {
        struct metadata metadata = example();
        char *xml = NULL;

        (void)snprintf(metadata.address, sizeof(metadata.address), "%s", addresses[i]);
        assert_int_equal(metadata_format(&metadata, &xml, NULL), FAULT_HARD);
        assert_null(xml);
    }
}

static void foreign_or_broken_metadata_is_refused(void **state)
{
#define GOOD_HEAD "<machine vps_id='1' sequence='1' "
#define GOOD_TAIL " login='root' sealed_password='AAAA' seal_key_id='1'/>"
    static const char *const texts[] = {
        "",
        "machine",
        "<machine/>",
        "<other vps_id='1' sequence='1' state='built' step='' address='' port='22'" GOOD_TAIL,
        GOOD_HEAD "state='flying' step='' address='' port='22'" GOOD_TAIL,
        GOOD_HEAD "state='built' step='' address='' port='65536'" GOOD_TAIL,
        GOOD_HEAD "state='built' step='' address='' port='-1'" GOOD_TAIL,
        GOOD_HEAD "state='built' address='' port='22'" GOOD_TAIL,
        GOOD_HEAD "failure='a_code_that_is_too_long_for_any_failure' state='built' step='' "
                  "address='' port='22'" GOOD_TAIL,
        GOOD_HEAD "state='built' step='a-step-with-a-name-that-is-too-long-for-us' address='' "
                  "port='22'" GOOD_TAIL,
        GOOD_HEAD "state='built' step='' address='' port='22' login='root' "
                  "sealed_password='?' seal_key_id='1'/>",
        "<!DOCTYPE machine [<!ENTITY x 'built'>]>" GOOD_HEAD
        "state='&x;' step='' address='' port='22'" GOOD_TAIL,
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); ++i) {
        struct metadata metadata = {.vps_id = 5};

        assert_int_equal(metadata_parse(texts[i], strlen(texts[i]), &metadata, NULL), FAULT_HARD);
        assert_int_equal(metadata.vps_id, 5);
    }
}

static void a_huge_document_is_refused_unread(void **state)
{
    static char text[1 << 20];
    struct metadata metadata;

    (void)state;
    memset(text, ' ', sizeof(text));
    assert_int_equal(metadata_parse(text, sizeof(text), &metadata, NULL), FAULT_HARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(every_state_is_read_back_and_so_is_a_failure),
        cmocka_unit_test(what_failed_is_found_by_its_code),
        cmocka_unit_test(the_form_with_its_namespace_is_read_back),
        cmocka_unit_test(the_login_has_an_element_of_its_own),
        cmocka_unit_test(every_value_is_escaped),
        cmocka_unit_test(what_is_not_plain_text_is_refused),
        cmocka_unit_test(foreign_or_broken_metadata_is_refused),
        cmocka_unit_test(a_huge_document_is_refused_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
