#include "slipctl/arguments.h"

#include "slipctl/command.h"
#include "slipctl/outcome.h"
#include "slipctl/text.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* The words end with NULL. */
static int parse(const char *const *words, struct arguments *ret_arguments, struct error *error)
{
    union {
        const char *const *given;
        char *const *taken;
    } argv = {.given = words};
    int count = 0;

    while (words[count] != NULL)
        ++count;
    return arguments_parse(count, argv.taken, ret_arguments, error);
}

#define PARSE(arguments, error, ...)                                                               \
    parse((const char *const[WORDS_MAX]){__VA_ARGS__, NULL}, (arguments), (error))

static void words_are_read_wherever_options_stand(void **state)
{
    struct arguments arguments;
    struct error error;

    (void)state;
    assert_int_equal(PARSE(&arguments, &error, "--json", "buy", "--months", "3", "vps-2",
                           "--location=de", "--os", "ubuntu-22", "--count=2", "--yes"),
                     0);
    assert_string_equal(arguments.command->name, "buy");
    assert_string_equal(arguments_text(&arguments, ARGUMENT_PLAN), "vps-2");
    assert_string_equal(arguments_text(&arguments, ARGUMENT_LOCATION), "de");
    assert_int_equal(arguments_number(&arguments, ARGUMENT_MONTHS, 0), 3);
    assert_int_equal(arguments_number(&arguments, ARGUMENT_COUNT, 1), 2);
    assert_true(arguments_have(&arguments, ARGUMENT_YES));
    assert_true(arguments_have(&arguments, ARGUMENT_JSON));
    assert_false(arguments_have(&arguments, ARGUMENT_NO_WAIT));
    assert_null(arguments_text(&arguments, ARGUMENT_URL));
    assert_int_equal(arguments_number(&arguments, ARGUMENT_LIMIT, 7), 7);
}

static void commands_of_two_words_are_found(void **state)
{
    struct arguments arguments;
    struct error error;

    (void)state;
    assert_int_equal(
        PARSE(&arguments, &error, "admin", "--verbose", "balance", "42", "-5.00", "--reason", "-x"),
        0);
    assert_string_equal(arguments.command->name, "admin balance");
    assert_int_equal(arguments.values[ARGUMENT_CHANGE].number, -500);
    assert_string_equal(arguments_text(&arguments, ARGUMENT_REASON), "-x");
    assert_int_equal(PARSE(&arguments, &error, "admin"), OUTCOME_MISUSED);
    assert_int_equal(PARSE(&arguments, &error, "admin", "paint"), OUTCOME_MISUSED);
    assert_int_equal(PARSE(&arguments, &error, "paint", "admin"), OUTCOME_MISUSED);
    assert_string_equal(error.text, "There is no command paint; slipctl --help lists them.");
}

static void what_follows_two_dashes_is_passed_on(void **state)
{
    struct arguments arguments;
    struct error error;

    (void)state;
    assert_int_equal(PARSE(&arguments, &error, "ssh", "77", "--", "-v", "--json", "uptime"), 0);
    assert_int_equal(arguments.rest_count, 3);
    assert_string_equal(arguments.rest[1], "--json");
    assert_false(arguments_have(&arguments, ARGUMENT_JSON));
    assert_int_equal(PARSE(&arguments, &error, "show", "77", "--", "-v"), OUTCOME_MISUSED);
    assert_string_equal(error.text, "-- does not go with show.");
}

/* The first of each row ends it. */
static void wrong_command_lines_are_refused_by_name(void **state)
{
    static const struct {
        const char *words[8];
        const char *said;
    } rows[] = {
        {{"list", "--months", "3"},                                      "--months does not go with list."                  },
        {{"show"},                                                       "show needs ID; slipctl show --help says more."    },
        {{"show", "77", "78"},                                           "There are too many words for show."               },
        {{"show", "x"},                                                  "ID must be a whole number."                       },
        {{"show", "0"},                                                  "ID must be a whole number."                       },
        {{"show", "77", "--user", "42"},                                 "--user does not go with show."                    },
        {{"ssh", "77", "--json"},                                        "--json does not go with ssh."                     },
        {{"quote", "p", "--months", "0", "--os", "o"},
         "--months must be a whole number from 1 to 120."                                                                   },
        {{"quote", "p", "--months"},                                     "--months needs a value."                          },
        {{"quote", "", "--months", "1", "--os", "o"},                    "PLAN must be 1 to 64 bytes of plain text."        },
        {{"quote", "a\x1b[31m", "--months", "1", "--os", "o"},
         "PLAN must be 1 to 64 bytes of plain text."                                                                        },
        {{"quote", "p", "--mon", "3", "--os", "o"},                      "There is no option --mon."                        },
        {{"list", "--json=yes"},                                         "--json takes no value."                           },
        {{"list", "--limit", "5", "--limit", "6"},                       "--limit is given twice."                          },
        {{"power", "77", "star"},                                        "ACTION must be one of: start stop reboot toggle." },
        {{"power", "77", "start stop"},                                  "ACTION must be one of: start stop reboot toggle." },
        {{"deposit", "1.005", "--provider", "sbp"},
         "AMOUNT must be dollars from 0.01 to 10000000.00, such as 50.00."                                                  },
        {{"transactions", "--from", "yesterday"},
         "--from must be a time such as 2026-09-09T12:00:00Z."                                                              },
        {{"renew", "77", "--months", "1", "--idempotency-key", "short"},
         "--idempotency-key must be 8 to 200 bytes of plain text."                                                          },
        {{"a", "b", "c"},                                                "There is no command a; slipctl --help lists them."},
        {{"show", "1", "2", "3", "4", "5"},                              "There are too many words."                        },
        {{NULL},                                                         "Name a command; slipctl --help lists them."       },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); ++i) {
        struct arguments arguments;
        struct error error = {0};

        assert_int_equal(parse(rows[i].words, &arguments, &error), OUTCOME_MISUSED);
        assert_string_equal(error.text, rows[i].said);
    }
}

static void a_key_on_the_command_line_is_refused_and_not_repeated(void **state)
{
    static const char *const lines[][4] = {
        {"list", "--key",                                        "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"},
        {"list",      "--key=anything"                                              },
        {"show",      "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"},
        {"ssh",      "77",                                                "--", "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"},
        {"list",  "--url=https://slip_hosting_x@example.com"},
        {"--help", "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"   },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lines); ++i) {
        const char *words[5] = {lines[i][0], lines[i][1], lines[i][2], lines[i][3], NULL};
        struct arguments arguments;
        struct error error;

        assert_int_equal(parse(words, &arguments, &error), OUTCOME_MISUSED);
        assert_non_null(strstr(error.text, "never given on the command line"));
        assert_null(strstr(error.text, "slip_hosting_0"));
    }
}

static void help_and_version_need_nothing_else(void **state)
{
    struct arguments arguments;
    struct error error;

    (void)state;
    assert_int_equal(PARSE(&arguments, &error, "--help"), 0);
    assert_null(arguments.command);
    assert_int_equal(PARSE(&arguments, &error, "buy", "-h"), 0);
    assert_string_equal(arguments.command->name, "buy");
    assert_int_equal(PARSE(&arguments, &error, "--version"), 0);
    assert_true(arguments_have(&arguments, ARGUMENT_VERSION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_wherever_options_stand),
        cmocka_unit_test(commands_of_two_words_are_found),
        cmocka_unit_test(what_follows_two_dashes_is_passed_on),
        cmocka_unit_test(wrong_command_lines_are_refused_by_name),
        cmocka_unit_test(a_key_on_the_command_line_is_refused_and_not_repeated),
        cmocka_unit_test(help_and_version_need_nothing_else),
    };

    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
