#include "lib/kafka/offsets.h"

#include <assert.h>

enum { FIRST_CAPACITY = 64 };

void offsets_deinit(struct offsets *offsets)
{
    free(offsets->entries);
    *offsets = (struct offsets){0};
}

static struct offset_entry *entry_at(const struct offsets *offsets, size_t index)
{
    return &offsets->entries[(offsets->head + index) % offsets->capacity];
}

static bool grow(struct offsets *offsets)
{
    const size_t capacity = offsets->capacity == 0 ? FIRST_CAPACITY : offsets->capacity * 2;
    struct offset_entry *entries = calloc(capacity, sizeof(*entries));

    if (entries == NULL)
        return true;
    for (size_t i = 0; i < offsets->length; ++i)
        entries[i] = *entry_at(offsets, i);
    free(offsets->entries);
    offsets->entries = entries;
    offsets->capacity = capacity;
    offsets->head = 0;
    return false;
}

bool offsets_begin(struct offsets *offsets, int64_t offset, int64_t began_ms)
{
    assert(offset >= offsets->next);
    if (offsets->length == offsets->capacity && grow(offsets))
        return true;
    ++offsets->length;
    *entry_at(offsets, offsets->length - 1) =
        (struct offset_entry){.offset = offset, .began_ms = began_ms};
    offsets->next = offset + 1;
    return false;
}

static struct offset_entry *find(const struct offsets *offsets, int64_t offset)
{
    size_t low = 0, high = offsets->length;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (entry_at(offsets, middle)->offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < offsets->length && entry_at(offsets, low)->offset == offset);
    return entry_at(offsets, low);
}

void offsets_finish(struct offsets *offsets, int64_t offset)
{
    struct offset_entry *entry = find(offsets, offset);

    assert(!entry->finished);
    entry->finished = true;
    for (; offsets->length > 0 && entry_at(offsets, 0)->finished; --offsets->length) {
        offsets->committable = entry_at(offsets, 0)->offset + 1;
        offsets->head = (offsets->head + 1) % offsets->capacity;
    }
}

int64_t offsets_position(const struct offsets *offsets)
{
    if (offsets->length > 0)
        return entry_at(offsets, 0)->offset;
    return offsets->next > 0 ? offsets->next : -1;
}

int64_t offsets_oldest_ms(const struct offsets *offsets)
{
    return offsets->length > 0 ? entry_at(offsets, 0)->began_ms : 0;
}
