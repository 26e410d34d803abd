/* JSON bodies of requests to providers: members in the order in which they are added. */
#pragma once

#include "lib/base/buffer.h"

#include <stdint.h>

/* Commas come by themselves. Texts must be UTF-8. */
void provider_body_begin(struct buffer *body);
void provider_body_add_text(struct buffer *body, const char *name, const char *text);
/* Left out when it is "". */
void provider_body_add_optional(struct buffer *body, const char *name, const char *text);
void provider_body_add_integer(struct buffer *body, const char *name, int64_t number);
/* JSON as it is: a decimal number, true, an array. */
void provider_body_add_json(struct buffer *body, const char *name, const char *json);
void provider_body_begin_object(struct buffer *body, const char *name);
void provider_body_end(struct buffer *body);

/* "Deposit slipway-9002": what a payer reads. */
void provider_body_add_deposit(struct buffer *body, const char *name, const char *reference);

/* The lifetime within what a provider takes: 1 to `longest`, in whatever unit both are. */
int64_t provider_body_lifetime(int64_t asked, int64_t longest);
