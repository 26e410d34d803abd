#include "services/provisioner/volume_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void an_overlay_is_written_as_agreed(void **state)
{
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    assert_int_equal(volume_xml_write(&(struct volume_plan){.name = "a&b",
                                                            .capacity_bytes = 21474836480,
                                                            .format = "qcow2",
                                                            .backing_path = "/images/<x>",
                                                            .backing_format = "raw"},
                                      &xml, NULL),
                     0);
    assert_string_equal(xml, "<volume><name>a&amp;b</name>"
                             "<capacity unit=\"bytes\">21474836480</capacity>"
                             "<target><format type=\"qcow2\"/></target>"
                             "<backingStore><path>/images/&lt;x&gt;</path>"
                             "<format type=\"raw\"/></backingStore></volume>");
}

static void a_volume_that_stands_alone_has_nothing_behind_it(void **state)
{
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    assert_int_equal(
        volume_xml_write(&(struct volume_plan){.name = "s", .capacity_bytes = 1, .format = "raw"},
                         &xml, NULL),
        0);
    assert_string_equal(xml, "<volume><name>s</name><capacity unit=\"bytes\">1</capacity>"
                             "<target><format type=\"raw\"/></target></volume>");
}

static void a_sparse_volume_takes_no_room_at_first(void **state)
{
    CLEANUP(cleanup_free) char *xml = NULL;

    (void)state;
    assert_int_equal(volume_xml_write(
                         &(struct volume_plan){
                             .name = "s", .capacity_bytes = 1, .sparse = true, .format = "raw"},
                         &xml, NULL),
                     0);
    assert_string_equal(xml, "<volume><name>s</name><capacity unit=\"bytes\">1</capacity>"
                             "<allocation>0</allocation><target><format type=\"raw\"/></target>"
                             "</volume>");
}

static void odd_names_are_refused(void **state)
{
    char *xml = NULL;

    (void)state;
    assert_int_equal(
        volume_xml_write(&(struct volume_plan){.name = "a\nb", .format = "raw"}, &xml, NULL),
        FAULT_HARD);
    assert_null(xml);
}

static void an_images_format_is_read_or_refused(void **state)
{
    static const char good[] =
        "<volume><target><path>/a</path><format type='qcow2'/></target></volume>";
    static const char *const bad[] = {
        "", "<volume/>", "<volume><target/></volume>",
        "<volume><target><format/></target></volume>",
        "<volume><target><format type='a-format-of-seventeen'/></target></volume>"};
    char format[VOLUME_FORMAT_SIZE] = "";

    (void)state;
    assert_int_equal(volume_xml_read_format(good, strlen(good), format, NULL), 0);
    assert_string_equal(format, "qcow2");
    for (size_t i = 0; i < ARRAY_LENGTH(bad); ++i)
        assert_int_equal(volume_xml_read_format(bad[i], strlen(bad[i]), format, NULL), FAULT_HARD);
    assert_string_equal(format, "qcow2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overlay_is_written_as_agreed),
        cmocka_unit_test(a_volume_that_stands_alone_has_nothing_behind_it),
        cmocka_unit_test(a_sparse_volume_takes_no_room_at_first),
        cmocka_unit_test(odd_names_are_refused),
        cmocka_unit_test(an_images_format_is_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
