/* Whatever a server answers, shown in every way that slipctl has: nothing of it may steer the
 * terminal, and JSON made safe is the same JSON. */
#include "slipctl/batch_state.h"
#include "slipctl/command.h"
#include "slipctl/problem_line.h"
#include "slipctl/progress.h"
#include "slipctl/ssh_login.h"
#include "slipctl/text.h"
#include "slipctl/view.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_safe(const struct buffer *shown)
{
    CLEANUP(cleanup_free) char *text = NULL;

    if (shown->overflown || shown->length == 0)
        return;
    text = strndup(shown->data, shown->length);
    assert(text != NULL && strlen(text) == shown->length);
    for (char *at = text; *at != '\0'; ++at)
        if (*at == '\n')
            *at = ' ';
    for (const char *mark; (mark = strstr(text, "\xef\xbf\xbd")) != NULL;)
        memset(text + (mark - text), ' ', 3);
    assert(text_is_safe(text));
}

static void show_everything(const json_t *object)
{
    const struct view_style styles[] = {
        {0,  false},
        {40, false}
    };
    size_t count;
    const struct command *table = command_table(&count);

    for (size_t i = 0; i < count; ++i)
        for (const struct view *const *view = table[i].views; *view != NULL; ++view)
            for (size_t style = 0; style < ARRAY_LENGTH(styles); ++style) {
                CLEANUP(buffer_deinit) struct buffer out = {0};

                view_render(*view, object, &styles[style], &out);
                assert_safe(&out);
            }
}

static void show_progress(const json_t *object)
{
    CLEANUP(buffer_deinit) struct buffer bar = {0};
    CLEANUP(buffer_deinit) struct buffer line = {0};
    struct batch_state state;

    if (batch_state_read(object, &state))
        return;
    assert(state.percent >= 0 && state.percent <= 100);
    progress_append_bar(&bar, &state, 40);
    assert_safe(&bar);
    assert(text_width(bar.data) <= 40);
    progress_append_line(&line, &state);
    assert_safe(&line);
}

static void escape(const struct answer *answer, const json_t *object)
{
    CLEANUP(buffer_deinit) struct buffer out = {0};
    json_t *again;

    text_append_safe_json(&out, answer->body.data, answer->body.length);
    again = json_loadb(out.data, out.length, 0, NULL);
    assert(again != NULL && json_equal(again, object));
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(answer_deinit) struct answer answer;
    CLEANUP(buffer_deinit) struct buffer problem = {0};
    CLEANUP(ssh_login_wipe) struct ssh_login login = {0};
    json_t *object;

    text_init();
    answer_init(&answer);
    buffer_append(&answer.body, data, size);
    problem_line_append(&answer, &problem);
    assert_safe(&problem);
    object = answer_json(&answer);
    if (object == NULL)
        return 0;
    show_everything(object);
    show_progress(object);
    escape(&answer, object);
    if (!ssh_login_read(object, &login))
        assert(login.address[0] != '-' && login.name[0] != '-' && login.port[0] != '\0');
    json_decref(object);
    return 0;
}
