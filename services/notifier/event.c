#include "services/notifier/event.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char event_disabled_type[] = "hosting.webhook.disabled.v1";
const char event_test_type[] = "hosting.webhook.test.v1";

static const struct {
    const char *name;
    const ProtobufCMessageDescriptor *message;
} types[] = {
    {"hosting.checkout.accepted.v1",  &slipway__v1__checkout_event__descriptor},
    {"hosting.checkout.completed.v1", &slipway__v1__checkout_event__descriptor},
    {"hosting.checkout.partial.v1",   &slipway__v1__checkout_event__descriptor},
    {"hosting.checkout.failed.v1",    &slipway__v1__checkout_event__descriptor},
    {"hosting.vps.building.v1",       &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.active.v1",         &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.failed.v1",         &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.renewed.v1",        &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.suspended.v1",      &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.resumed.v1",        &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.reinstalled.v1",    &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.deleted.v1",        &slipway__v1__vps_event__descriptor     },
    {"hosting.vps.expiring.v1",       &slipway__v1__vps_event__descriptor     },
    {"hosting.deposit.created.v1",    &slipway__v1__deposit_event__descriptor },
    {"hosting.deposit.completed.v1",  &slipway__v1__deposit_event__descriptor },
    {"hosting.deposit.failed.v1",     &slipway__v1__deposit_event__descriptor },
    {"hosting.deposit.expired.v1",    &slipway__v1__deposit_event__descriptor },
    {"hosting.balance.adjusted.v1",   &slipway__v1__balance_event__descriptor },
    {"hosting.refund.issued.v1",      &slipway__v1__balance_event__descriptor },
    {"hosting.user.banned.v1",        &slipway__v1__user_event__descriptor    },
    {"hosting.user.unbanned.v1",      &slipway__v1__user_event__descriptor    },
    {"hosting.key.issued.v1",         &slipway__v1__key_event__descriptor     },
    {"hosting.key.revoked.v1",        &slipway__v1__key_event__descriptor     },
    {event_disabled_type,             &slipway__v1__webhook_event__descriptor },
};

/* Numbers that mean "not set" when they are 0; other numbers are told as they are. */
static const struct {
    const ProtobufCMessageDescriptor *message;
    const char *field;
} optional_numbers[] = {
    {&slipway__v1__vps_event__descriptor,     "days_left"      },
    {&slipway__v1__vps_event__descriptor,     "charged_cents"  },
    {&slipway__v1__vps_event__descriptor,     "renewal_cents"  },
    {&slipway__v1__vps_event__descriptor,     "shortfall_cents"},
    {&slipway__v1__deposit_event__descriptor, "credited_cents" },
    {&slipway__v1__balance_event__descriptor, "transaction_id" },
    {&slipway__v1__balance_event__descriptor, "vps_id"         },
    {&slipway__v1__key_event__descriptor,     "user_id"        },
};

char *event_lend(const char *text)
{
    char *lent;

    memcpy(&lent, &text, sizeof(lent));
    return lent;
}

const char *event_type_at(size_t index)
{
    return index < ARRAY_LENGTH(types) ? types[index].name : NULL;
}

const char *event_type_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(types); ++i)
        if (strcmp(types[i].name, name) == 0)
            return types[i].name;
    return NULL;
}

/* ---- in ---- */

/* Visible ASCII only: it goes into headers, logs and rows. */
static bool copy_text(const struct event_text *text, char *ret_text, size_t size)
{
    if (text->data == NULL || text->length == 0 || text->length >= size)
        return false;
    memcpy(ret_text, text->data, text->length);
    ret_text[text->length] = '\0';
    for (size_t i = 0; i < text->length; ++i)
        if (ret_text[i] < '!' || ret_text[i] > '~')
            return false;
    return true;
}

static uint64_t user_of(const ProtobufCMessage *data)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(data->descriptor, "user_id");
    uint64_t user_id = 0;

    if (field != NULL)
        memcpy(&user_id, (const char *)data + field->offset, sizeof(user_id));
    return user_id;
}

static int read_data(size_t type, const struct event_message *message, struct event *event,
                     struct error *error)
{
    event->type = types[type].name;
    event->data =
        protobuf_c_message_unpack(types[type].message, NULL, message->value_length, message->value);
    if (event->data == NULL)
        return error_set(error, FAULT_HARD, "the event's message can't be read");
    event->user_id = user_of(event->data);
    if (event->user_id <= INT64_MAX)
        return 0;
    event_deinit(event);
    return error_set(error, FAULT_HARD, "the event's user can't be one");
}

int event_read(const struct event_message *message, struct event *ret_event, struct error *error)
{
    struct event event = {.data = NULL};
    char type[EVENT_SUBJECT_SIZE], time[CLOCK_TEXT_SIZE];
    int result = EVENT_UNKNOWN;

    if (!copy_text(&message->id, event.id, sizeof(event.id)) ||
        !copy_text(&message->type, type, sizeof(type)) ||
        !copy_text(&message->subject, event.subject, sizeof(event.subject)) ||
        !copy_text(&message->time, time, sizeof(time)) || clock_parse(time, &event.time_us))
        return error_set(error, FAULT_HARD, "the headers are not those of an event");
    for (size_t i = 0; i < ARRAY_LENGTH(types) && result != 0; ++i) {
        if (strcmp(types[i].name, type) != 0)
            continue;
        result = read_data(i, message, &event, error);
        if (result != 0)
            return result;
    }
    if (result == 0)
        *ret_event = event;
    return result;
}

void event_deinit(struct event *event)
{
    if (event->data != NULL)
        protobuf_c_message_free_unpacked(event->data, NULL);
    event->data = NULL;
}

/* ---- out ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);

    return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool is_optional(const ProtobufCMessageDescriptor *message, const char *field)
{
    for (size_t i = 0; i < ARRAY_LENGTH(optional_numbers); ++i)
        if (optional_numbers[i].message == message && strcmp(optional_numbers[i].field, field) == 0)
            return true;
    return false;
}

static void put_renamed(json_t *object, const char *name, const char *end, const char *new_end,
                        json_t *value)
{
    char renamed[64];

    (void)snprintf(renamed, sizeof(renamed), "%.*s%s", (int)(strlen(name) - strlen(end)), name,
                   new_end);
    (void)json_object_set_new(object, renamed, value);
}

static void put_number(json_t *object, const char *name, int64_t number)
{
    char text[MONEY_TEXT_SIZE > CLOCK_TEXT_SIZE ? MONEY_TEXT_SIZE : CLOCK_TEXT_SIZE];

    if (ends_with(name, "_cents"))
        put_renamed(object, name, "_cents", "_usd", json_string(money_format(number, text)));
    else if (ends_with(name, "_us"))
        put_renamed(object, name, "_us", "", json_string(clock_format(number, text)));
    else
        (void)json_object_set_new(object, name, json_integer(number));
}

static int64_t number_of(const ProtobufCFieldDescriptor *field, const void *member)
{
    uint32_t small;
    int64_t large;

    if (field->type == PROTOBUF_C_TYPE_UINT32) {
        memcpy(&small, member, sizeof(small));
        return small;
    }
    memcpy(&large, member, sizeof(large));
    return large;
}

/* Numbers, such as ids; left out when there are none. */
static void put_list(json_t *object, const ProtobufCFieldDescriptor *field, const char *message)
{
    json_t *list = json_array();
    const uint64_t *numbers;
    size_t count;

    memcpy(&count, message + field->quantifier_offset, sizeof(count));
    memcpy(&numbers, message + field->offset, sizeof(numbers));
    for (size_t i = 0; i < count; ++i)
        (void)json_array_append_new(list, json_integer((json_int_t)numbers[i]));
    if (count > 0)
        (void)json_object_set(object, field->name, list);
    json_decref(list);
}

static void put_field(json_t *object, const ProtobufCMessage *data,
                      const ProtobufCFieldDescriptor *field)
{
    const char *name = strcmp(field->name, "address") == 0 ? "ip" : field->name;
    const char *member = (const char *)data + field->offset;
    const char *text = NULL;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        put_list(object, field, (const char *)data);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(&text, member, sizeof(text));
        if (text != NULL && text[0] != '\0')
            (void)json_object_set_new(object, name, json_string(text));
    } else if (number_of(field, member) != 0 ||
               !(ends_with(name, "_us") || is_optional(data->descriptor, name))) {
        put_number(object, name, number_of(field, member));
    }
}

static void render(const char *type, int64_t time_us, json_t *data, struct buffer *body)
{
    char time[CLOCK_TEXT_SIZE];
    json_t *root = json_pack("{s:s, s:s, s:o}", "type", type, "timestamp",
                             clock_format(time_us, time), "data", data);
    CLEANUP(cleanup_free) char *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;

    json_decref(root);
    if (text != NULL)
        buffer_append_text(body, text);
    else
        body->overflown = true;
}

void event_render(const struct event *event, struct buffer *body)
{
    const ProtobufCMessageDescriptor *descriptor = event->data->descriptor;
    json_t *data = json_object();

    for (unsigned i = 0; i < descriptor->n_fields; ++i)
        put_field(data, event->data, &descriptor->fields[i]);
    render(event->type, event->time_us, data, body);
}

void event_render_test(int64_t time_us, uint64_t endpoint_id, struct buffer *body)
{
    json_t *data = json_object();

    put_number(data, "endpoint_id", (int64_t)endpoint_id);
    render(event_test_type, time_us, data, body);
}
