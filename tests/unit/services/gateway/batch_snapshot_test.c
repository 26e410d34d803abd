#include "services/gateway/batch_snapshot.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-09-09T12:00:00Z */
static const int64_t noon_us = INT64_C(1788955200) * 1000000;

static const char head[] = "{\"batch_id\":\"checkout:5678\",\"kind\":\"checkout\",\"user_id\":42,"
                           "\"total\":2,\"created_at\":\"2026-09-09T12:00:00Z\",\"items\":["
                           "{\"vps_id\":77,\"charged_usd\":\"10.04\"},"
                           "{\"vps_id\":78,\"charged_usd\":\"28.61\"}]}";

static void read_mirror(struct batch_snapshot *snapshot, const char *head_json, const char *first,
                        int64_t first_rank, const char *second, int64_t second_rank)
{
    struct batch_item_status items[2] = {
        {.index = 0, .rank = first_rank,  .updated_at_us = noon_us,           .json = first },
        {.index = 1, .rank = second_rank, .updated_at_us = noon_us + 9000000, .json = second},
    };
    const struct batch_status_view view = {
        .head_json = head_json, .items = items, .capacity = 2, .count = 2};

    batch_snapshot_read_mirror(snapshot, &view);
}

static void fill_record(Slipway__V1__Batch *batch, Slipway__V1__BatchItem **items,
                        const char *const *statuses)
{
    static char batch_id[] = "checkout:5678", kind[] = "checkout";

    for (uint32_t i = 0; i < 2; ++i) {
        slipway__v1__batch_item__init(items[i]);
        items[i]->index = i;
        items[i]->vps_id = 77 + i;
        items[i]->status = strdup(statuses[i]);
        items[i]->charged_cents = 1004;
    }
    slipway__v1__batch__init(batch);
    batch->batch_id = batch_id;
    batch->kind = kind;
    batch->user_id = 42;
    batch->created_at_us = batch->updated_at_us = noon_us;
    batch->n_items = 2;
    batch->items = items;
}

static void read_record(struct batch_snapshot *snapshot, const char *first, const char *second)
{
    Slipway__V1__Batch batch;
    Slipway__V1__BatchItem items[2];
    const char *const statuses[] = {first, second};

    fill_record(&batch, (Slipway__V1__BatchItem *[]){&items[0], &items[1]}, statuses);
    batch_snapshot_read_record(snapshot, &batch);
    free(items[0].status);
    free(items[1].status);
}

static void mirror_is_rendered_as_the_contract_shows(void **state)
{
    struct batch_snapshot snapshot;
    struct buffer body = {0};

    (void)state;
    read_mirror(&snapshot, head,
                "{\"vps_id\":77,\"status\":\"building\",\"step\":\"installing\",\"progress\":60,"
                "\"error\":null}",
                BATCH_RANK_BUILDING + 60,
                "{\"vps_id\":78,\"status\":\"failed\",\"step\":null,\"progress\":0,"
                "\"charged_usd\":\"28.61\",\"refunded_usd\":\"28.61\","
                "\"error\":{\"code\":\"image_missing\",\"detail\":\"No image.\"}}",
                BATCH_RANK_FINAL);
    assert_true(batch_snapshot_is_complete(&snapshot));
    batch_snapshot_render(&snapshot, &body);
    assert_string_equal(
        body.data,
        "{\"batch_id\":\"checkout:5678\",\"kind\":\"checkout\",\"status\":\"running\",\"total\":2,"
        "\"succeeded\":0,\"failed\":1,\"created_at\":\"2026-09-09T12:00:00Z\","
        "\"updated_at\":\"2026-09-09T12:00:09Z\",\"items\":["
        "{\"index\":0,\"vps_id\":77,\"status\":\"building\",\"step\":\"installing\",\"progress\":"
        "60,"
        "\"charged_usd\":\"10.04\",\"refunded_usd\":\"0.00\",\"error\":null},"
        "{\"index\":1,\"vps_id\":78,\"status\":\"failed\",\"step\":null,\"progress\":0,"
        "\"charged_usd\":\"28.61\",\"refunded_usd\":\"28.61\","
        "\"error\":{\"code\":\"image_missing\",\"detail\":\"No image.\"}}]}");
    buffer_deinit(&body);
}

static void what_is_written_to_the_mirror_reads_back_the_same(void **state)
{
    struct batch_snapshot record, mirror;
    struct buffer texts[3] = {0};
    struct buffer before = {0}, after = {0};

    (void)state;
    read_record(&record, "queued", "active");
    batch_snapshot_render_head(&record, &texts[0]);
    batch_snapshot_render_item(&record.items[0], &texts[1]);
    batch_snapshot_render_item(&record.items[1], &texts[2]);
    read_mirror(&mirror, texts[0].data, texts[1].data, BATCH_RANK_QUEUED, texts[2].data,
                BATCH_RANK_FINAL);
    mirror.items[1].updated_at_us = noon_us;
    batch_snapshot_render(&record, &before);
    batch_snapshot_render(&mirror, &after);
    assert_string_equal(before.data, after.data);
    for (size_t i = 0; i < 3; ++i)
        buffer_deinit(&texts[i]);
    buffer_deinit(&before);
    buffer_deinit(&after);
}

static void batch_status_follows_from_its_items(void **state)
{
    static const char *const cases[][3] = {
        {"queued", "queued",   "pending"  },
        {"queued", "building", "running"  },
        {"active", "queued",   "running"  },
        {"failed", "building", "running"  },
        {"active", "active",   "completed"},
        {"active", "failed",   "partial"  },
        {"failed", "failed",   "failed"   },
    };
    struct batch_snapshot snapshot;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); ++i) {
        read_record(&snapshot, cases[i][0], cases[i][1]);
        assert_string_equal(batch_snapshot_status(&snapshot), cases[i][2]);
    }
}

static void steps_of_the_mirror_are_merged_and_never_go_back(void **state)
{
    struct batch_snapshot record, mirror;

    (void)state;
    read_mirror(&mirror, NULL,
                "{\"vps_id\":77,\"status\":\"building\",\"step\":\"copying\",\"progress\":30}",
                BATCH_RANK_BUILDING + 30,
                "{\"vps_id\":78,\"status\":\"building\",\"step\":\"copying\",\"progress\":30}",
                BATCH_RANK_BUILDING + 30);
    assert_false(batch_snapshot_is_complete(&mirror));
    read_record(&record, "queued", "active");
    batch_snapshot_merge(&record, &mirror);
    assert_string_equal(record.items[0].status, "building");
    assert_string_equal(record.items[0].step, "copying");
    assert_int_equal(record.items[0].progress, 30);
    assert_int_equal(record.items[0].charged_cents, 1004);
    assert_string_equal(record.items[1].status, "active");
}

static void broken_mirrors_count_as_unknown(void **state)
{
    static const char *const heads[] = {
        "{",
        "[]",
        "{\"batch_id\":7}",
        "{\"batch_id\":\"checkout:1\",\"kind\":\"checkout\",\"user_id\":1,\"total\":1000000,"
        "\"created_at\":\"2026-09-09T12:00:00Z\",\"items\":[]}",
        "{\"batch_id\":\"checkout:1\",\"kind\":\"checkout\",\"user_id\":1,\"total\":1,"
        "\"created_at\":\"yesterday\",\"items\":[{}]}",
    };
    struct batch_snapshot snapshot;

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); ++i) {
        read_mirror(&snapshot, heads[i], "{", 0, "\"text\"", 0);
        assert_false(batch_snapshot_is_complete(&snapshot));
        assert_false(snapshot.items[0].known);
    }
}

static void only_kind_and_number_are_a_batch_id(void **state)
{
    (void)state;
    assert_true(batch_id_is_shaped("checkout:5678"));
    assert_false(batch_id_is_shaped("checkout:"));
    assert_false(batch_id_is_shaped(":5"));
    assert_false(batch_id_is_shaped("5678"));
    assert_false(batch_id_is_shaped("checkout:05"));
    assert_false(batch_id_is_shaped("checkout:5}x"));
    assert_false(batch_id_is_shaped("Checkout:5"));
    assert_false(batch_id_is_shaped("checkout:9223372036854775808"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirror_is_rendered_as_the_contract_shows),
        cmocka_unit_test(what_is_written_to_the_mirror_reads_back_the_same),
        cmocka_unit_test(batch_status_follows_from_its_items),
        cmocka_unit_test(steps_of_the_mirror_are_merged_and_never_go_back),
        cmocka_unit_test(broken_mirrors_count_as_unknown),
        cmocka_unit_test(only_kind_and_number_are_a_batch_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
