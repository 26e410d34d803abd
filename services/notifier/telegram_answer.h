/* What the Bot API answers. Pure. Source: core.telegram.org/bots/api, "Making requests". */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TELEGRAM_SILENCE_LONGEST_S = 3600 };

/* For how many seconds it wants to hear nothing: {"ok":false,"parameters":{"retry_after":3}}, at
 * most TELEGRAM_SILENCE_LONGEST_S; 0: it does not say. */
int64_t telegram_answer_silence_s(const char *body, size_t length);
