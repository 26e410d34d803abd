#include "slipctl/command.h"

#include <string.h>

const struct command *command_find(const char *group, const char *name)
{
    const size_t length = group != NULL ? strlen(group) : 0;
    size_t count;
    const struct command *table = command_table(&count);

    for (size_t i = 0; i < count; ++i) {
        const char *own = table[i].name;

        if (group == NULL ? strcmp(own, name) == 0
                          : strncmp(own, group, length) == 0 && own[length] == ' ' &&
                                strcmp(own + length + 1, name) == 0)
            return &table[i];
    }
    return NULL;
}

bool command_is_group(const char *word)
{
    const size_t length = strlen(word);
    size_t count;
    const struct command *table = command_table(&count);

    for (size_t i = 0; i < count; ++i)
        if (strncmp(table[i].name, word, length) == 0 && table[i].name[length] == ' ')
            return true;
    return false;
}

static bool is_listed(const enum argument_id *list, enum argument_id id)
{
    for (; *list != ARGUMENT_NONE; ++list)
        if (*list == id)
            return true;
    return false;
}

bool command_takes(const struct command *command, enum argument_id id)
{
    if (id == ARGUMENT_USER)
        return (command->flags & COMMAND_USER) != 0;
    if (id == ARGUMENT_JSON)
        return (command->flags & COMMAND_NO_JSON) == 0;
    return argument_of(id)->place == ARGUMENT_GLOBAL || is_listed(command->required, id) ||
           is_listed(command->optional, id);
}
