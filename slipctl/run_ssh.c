#include "slipctl/askpass.h"
#include "slipctl/handlers.h"
#include "slipctl/process.h"
#include "slipctl/ssh_login.h"

#include <stdlib.h>
#include <unistd.h>

enum { OWN_WORDS = 8 };

/* ssh -p 22 -l root -o NumberOfPasswordPrompts=1 192.0.2.7 [what the user added]; ssh takes options
 * after the host too. The caller's to free(); NULL: no memory. */
static const char **make_words(const struct ssh_login *login, const struct arguments *arguments)
{
    const char *own[] = {"ssh", "-p", login->port, "-l", login->name,
                         /* A password that was refused once is refused again. */
                         "-oNumberOfPasswordPrompts=1", login->address};
    const char **words = calloc(OWN_WORDS + arguments->rest_count, sizeof(*words));

    if (words == NULL)
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(own); ++i)
        words[i] = own[i];
    for (size_t i = 0; i < arguments->rest_count; ++i)
        words[ARRAY_LENGTH(own) + i] = arguments->rest[i];
    return words;
}

static int run_with_password(const struct ssh_login *login, const char *const *words,
                             int *ret_status, struct error *error)
{
    int fd = -1;
    int result = askpass_offer(&login->password, &fd, error);

    if (result == 0)
        result = process_run(words, ret_status, error);
    if (fd >= 0)
        (void)close(fd);
    return result;
}

int run_ssh(struct session *session, const struct arguments *arguments, struct error *error)
{
    CLEANUP(ssh_login_wipe) struct ssh_login login = {0};
    CLEANUP(cleanup_free) const char **words = NULL;
    int status = 0;
    int result = ssh_login_ask(session, arguments_number(arguments, ARGUMENT_ID, 0), &login, error);

    if (result != 0)
        return result;
    words = make_words(&login, arguments);
    if (words == NULL)
        return outcome_set(error, OUTCOME_REFUSED, "There is no memory left.");
    if (arguments_have(arguments, ARGUMENT_SHOW)) {
        terminal_say(&session->terminal, "Password: %s", login.password.text);
        result = process_run(words, &status, error);
    } else {
        result = run_with_password(&login, words, &status, error);
    }
    return result != 0 ? (int)OUTCOME_REFUSED : status;
}
