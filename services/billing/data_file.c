#include "services/billing/data_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DATA_FILE_BYTES_MAX = 16 * 1024 * 1024 };

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

int data_file_read(const char *path, struct buffer *ret_text, struct error *error)
{
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    char chunk[8192];
    size_t length;

    if (file == NULL)
        return error_set(error, FAULT_HARD, "%s: %s", path, strerror(errno));
    while (!ret_text->overflown && (length = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(ret_text, chunk, length);
    if (ferror(file) != 0)
        return error_set(error, FAULT_HARD, "%s: can't be read", path);
    if (ret_text->overflown || ret_text->length > DATA_FILE_BYTES_MAX)
        return error_set(error, FAULT_HARD, "%s: is larger than 16 MiB", path);
    return 0;
}

int data_file_verdict(const struct problem *problem, struct error *error)
{
    if (problem->code == PROBLEM_NONE)
        return 0;
    if (problem->field_count == 0)
        return error_set(error, FAULT_HARD, "%s: %s", problem_name(problem->code), problem->detail);
    return error_set(error, FAULT_HARD, "%s: %s: %s", problem->fields[0].pointer,
                     problem->fields[0].code, problem->fields[0].detail);
}

static void read_item(const struct json_reader *list, const char *name, size_t index,
                      const json_t *object, data_file_item_fn read, void *ret_item)
{
    struct json_reader reader;
    char pointer[2 * sizeof(reader.pointer)];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s/%zu", list->pointer, name, index);
    json_reader_init(&reader, object, pointer, list->problem);
    read(&reader, ret_item);
    json_reader_finish(&reader);
}

void *data_file_read_list(struct json_reader *reader, const char *name, size_t item_size,
                          data_file_item_fn read, size_t *ret_count)
{
    const json_t *array = NULL;
    char *items;
    size_t count;

    if (!json_reader_array(reader, name, DATA_FILE_LIST_MAX, &array))
        return NULL;
    count = json_array_size(array);
    items = calloc(count, item_size);
    if (items == NULL) {
        (void)problem_set(reader->problem, PROBLEM_INTERNAL, "no memory");
        return NULL;
    }
    for (size_t i = 0; i < count; ++i)
        read_item(reader, name, i, json_array_get(array, i), read, items + i * item_size);
    *ret_count = count;
    return items;
}

void data_file_complain(struct json_reader *reader, const char *name, const char *code,
                        const char *detail)
{
    char pointer[sizeof(reader->problem->fields[0].pointer)];

    (void)snprintf(pointer, sizeof(pointer), "%s/%s", reader->pointer, name);
    (void)problem_add_field(reader->problem, PROBLEM_VALIDATION_FAILED, code, pointer, "%s",
                            detail);
}

void data_file_read_text(struct json_reader *reader, const char *name, char *ret_text, size_t size)
{
    const char *text = NULL;

    if (json_reader_text(reader, name, size - 1, &text))
        (void)snprintf(ret_text, size, "%s", text);
}

void data_file_read_code(struct json_reader *reader, const char *name, char *ret_code, size_t size)
{
    data_file_read_text(reader, name, ret_code, size);
    if (ret_code[strspn(ret_code, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        data_file_complain(reader, name, "out_of_range", "Lower-case letters, digits and '-'.");
}

int64_t data_file_read_number(struct json_reader *reader, const char *name, int64_t minimum,
                              int64_t maximum)
{
    int64_t number = minimum;

    (void)json_reader_integer(reader, name, minimum, maximum, &number);
    return number;
}

bool data_file_read_switch(struct json_reader *reader, const char *name, bool fallback)
{
    bool value = fallback;

    if (json_reader_has(reader, name))
        (void)json_reader_bool(reader, name, &value);
    return value;
}

void data_file_refuse_doubles(struct json_reader *reader, const char *list, const void *items,
                              size_t count, size_t item_size, size_t offset)
{
    const char *texts = (const char *)items + offset;
    char name[64];

    for (size_t i = 1; i < count; ++i)
        for (size_t earlier = 0; earlier < i; ++earlier)
            if (strcmp(texts + i * item_size, texts + earlier * item_size) == 0) {
                (void)snprintf(name, sizeof(name), "%s/%zu", list, i);
                data_file_complain(reader, name, "duplicate", "It stands in the list before.");
                break;
            }
}
