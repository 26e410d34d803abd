/* What the Bot API, or somebody in its place, answers. */
#include "services/notifier/telegram_answer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t seconds = telegram_answer_silence_s((const char *)data, size);

    assert(seconds >= 0 && seconds <= TELEGRAM_SILENCE_LONGEST_S);
    return 0;
}
