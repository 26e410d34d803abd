#include "services/notifier/command_line.h"

#include "services/notifier/app.h"
#include "services/notifier/migrations.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

struct owner_config {
    const char *database;
};

static const struct setting owner_settings[] = {
    {"NOTIFIER_OWNER_DATABASE", SETTING_TEXT, offsetof(struct owner_config, database), NULL,
     "libpq conninfo of the role that owns the schema", 0, 0},
};

static int migrate(int *ret_applied, struct error *error)
{
    CLEANUP(pg_free_cleanup) struct pg *pg = NULL;
    struct owner_config config = {0};
    struct pg_options options = {.application_name = "slipway-notifier-tool"};
    int result = config_load(owner_settings, ARRAY_LENGTH(owner_settings), &config, error);

    if (result != 0)
        return result;
    options.conninfo = config.database;
    result = pg_new(&options, &pg, error);
    return result == 0 ? pg_migrate(pg, "notifier", notifier_migrations, notifier_migration_count,
                                    ret_applied, error)
                       : result;
}

static int run_migrate(void)
{
    struct error error = {0};
    int applied = 0;

    if (sodium_init() < 0)
        return EXIT_FAILED;
    if (migrate(&applied, &error) != 0) {
        (void)fprintf(stderr, "slipway-notifier migrate: %s\n", error.text);
        return EXIT_FAILED;
    }
    (void)printf("%d migrations applied\n", applied);
    return EXIT_DONE;
}

static void print_commands(void)
{
    (void)puts("slipway-notifier           serves, until SIGTERM\n"
               "slipway-notifier migrate\n"
               "                           bring the schema up to date, as its owner\n"
               "\nmigrate reads, besides the settings below:");
    config_print(owner_settings, ARRAY_LENGTH(owner_settings), stdout);
    (void)puts("");
}

int command_line_main(int argc, char **argv)
{
    const struct service service = app_service();

    if (argc > 1 && strcmp(argv[1], "migrate") == 0) {
        if (argc == 2)
            return run_migrate();
        (void)fputs("usage: slipway-notifier migrate\n", stderr);
        return EXIT_MISUSED;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        print_commands();
    return service_main(&service, argc, argv);
}
