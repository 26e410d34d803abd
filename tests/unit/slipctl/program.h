/* Runs whole command lines in this process, as main() would. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A key as the API makes them; no server knows it. */
#define PROGRAM_KEY "slip_hosting_0123456789abcdefghijABCDEFGHIJKL"

struct program {
    /* A folder of its own, HOME and XDG_CONFIG_HOME. */
    char folder[64];
    int code;
    char out[65536], err[65536];
};

/* A clean environment; with a port also SLIPWAY_URL and SLIPWAY_KEY are set before each run. */
void program_init(struct program *program);
void program_deinit(struct program *program);

/* Up to 24 words, separated by one space each; `input` is what stands on standard input. */
void program_run(struct program *program, uint16_t port, const char *words, const char *input);

/* Fails the test with what was said unless the exit code is this one. */
void program_expect(struct program *program, uint16_t port, const char *words, int code);

/* As SLIPWAY_URL has it; the text lives until the next call. */
void program_url(uint16_t port, char *ret_url, size_t size);
