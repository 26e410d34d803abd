#include "slipctl/completion.h"

#include "slipctl/command.h"

#include <string.h>

/* Both shells share the function _slipctl_words: it prints what may follow the words before the
 * cursor, which it is given after the last one of them. */
static const char bash_tail[] = "_slipctl() {\n"
                                "    local IFS=$' \\t\\n' last=${COMP_WORDS[COMP_CWORD-1]}\n"
                                "    COMPREPLY=($(compgen -W \"$(_slipctl_words \"$last\" "
                                "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\" \\\n"
                                "        -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
                                "}\n"
                                "complete -F _slipctl slipctl\n";

static const char zsh_tail[] =
    "_slipctl() {\n"
    "    compadd -- $(_slipctl_words \"${words[CURRENT-1]}\" \"${(@)words[2,CURRENT-1]}\")\n"
    "}\n"
    "if [[ ${funcstack[1]} == _slipctl ]]; then\n"
    "    _slipctl \"$@\"\n"
    "else\n"
    "    compdef _slipctl slipctl\n"
    "fi\n";

/* "--url|--user|…": the options after which a value stands. */
static void append_valued(struct buffer *out)
{
    bool is_first = true;

    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id) {
        const struct argument *argument = argument_of((enum argument_id)id);

        if (argument->value == NULL)
            continue;
        buffer_append_format(out, "%s%s", is_first ? "" : "|", argument->name);
        is_first = false;
    }
}

/* Finds `command` among the words, past options and their values. */
static void append_search(struct buffer *out)
{
    buffer_append_text(out, "_slipctl_words() {\n"
                            "    local last=$1 command='' skip='' word\n"
                            "    shift\n"
                            "    for word; do\n"
                            "        if [[ -n $skip ]]; then skip=''; continue; fi\n"
                            "        case $word in\n"
                            "        ");
    append_valued(out);
    buffer_append_text(out, ") skip=1 ;;\n"
                            "        -*) ;;\n"
                            "        *) case $command in\n"
                            "            '') command=$word ;;\n"
                            "            admin) command=\"admin $word\" ;;\n"
                            "            esac ;;\n"
                            "        esac\n"
                            "    done\n");
}

/* What may stand behind the options that take one of some words, and nothing behind the others. */
static void append_values(struct buffer *out)
{
    buffer_append_text(out, "    case $last in\n");
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id) {
        const struct argument *argument = argument_of((enum argument_id)id);

        if (argument->value != NULL && argument->words != NULL)
            buffer_append_format(out, "    %s) echo '%s'; return ;;\n", argument->name,
                                 argument->words);
    }
    buffer_append_text(out, "    ");
    append_valued(out);
    buffer_append_text(out, ") return ;;\n    esac\n");
}

/* The words of commands at this place: the first ones (each group once), or the second ones of a
 * group. */
static void append_names(const char *group, struct buffer *out)
{
    const size_t skipped = group != NULL ? strlen(group) + 1 : 0;
    size_t count;
    const struct command *table = command_table(&count);

    for (size_t i = 0; i < count; ++i) {
        const char *name = table[i].name;
        const size_t length = strcspn(name, " ");
        const bool is_second =
            i > 0 && name[length] == ' ' && strncmp(table[i - 1].name, name, length + 1) == 0;

        if (group == NULL && !is_second)
            buffer_append_format(out, " %.*s", (int)length, name);
        else if (group != NULL && name[length] == ' ' && strncmp(name, group, length) == 0)
            buffer_append_format(out, " %s", name + skipped);
    }
}

static void append_argument(enum argument_id id, struct buffer *out)
{
    const struct argument *argument = argument_of(id);

    if (argument->place == ARGUMENT_TRAILING)
        buffer_append_text(out, " --");
    else if (argument->place == ARGUMENT_POSITIONAL && argument->words != NULL)
        buffer_append_format(out, " %s", argument->words);
    else if (argument->place != ARGUMENT_POSITIONAL)
        buffer_append_format(out, " %s", argument->name);
}

static void append_command(const struct command *command, struct buffer *out)
{
    buffer_append_format(out, "    '%s') echo '", command->name);
    for (size_t id = ARGUMENT_NONE + 1; id < ARGUMENT_ID_COUNT; ++id)
        if (command_takes(command, (enum argument_id)id))
            append_argument((enum argument_id)id, out);
    buffer_append_text(out, "' ;;\n");
}

static void append_function(struct buffer *out)
{
    size_t count;
    const struct command *table = command_table(&count);

    append_search(out);
    append_values(out);
    buffer_append_text(out, "    case $command in\n    '') echo '");
    append_names(NULL, out);
    buffer_append_text(out, "' ;;\n    admin) echo '");
    append_names("admin", out);
    buffer_append_text(out, "' ;;\n");
    for (size_t i = 0; i < count; ++i)
        append_command(&table[i], out);
    buffer_append_text(out, "    esac\n}\n\n");
}

void completion_append_bash(struct buffer *out)
{
    buffer_append_text(out, "# bash completion of slipctl, made by: slipctl completion bash\n");
    append_function(out);
    buffer_append_text(out, bash_tail);
}

void completion_append_zsh(struct buffer *out)
{
    buffer_append_text(out, "#compdef slipctl\n# Made by: slipctl completion zsh\n");
    append_function(out);
    buffer_append_text(out, zsh_tail);
}
