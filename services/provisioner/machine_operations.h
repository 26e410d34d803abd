/* Orders to machines that stand: what each of them does. machine_operate.c decides whether it is
 * their turn; before that nothing here runs. */
#pragma once

#include "services/provisioner/machine_steps.h"

/* Each carries its order out, in its turn, or goes on with it where another worker has left it:
 * build->machine is there and build->metadata is what it says. Everything can be repeated after a
 * crash at any point. 0: *ret_outcome is to be reported. STEPS_OVERTAKEN, FAULT_RETRY: look again,
 * or later. */
MUST_CHECK int power_run(struct build *build, struct machine_outcome *ret_outcome,
                         struct error *error);
MUST_CHECK int reinstall_run(struct build *build, struct machine_outcome *ret_outcome,
                             struct error *error);
MUST_CHECK int password_run(struct build *build, struct machine_outcome *ret_outcome,
                            struct error *error);
MUST_CHECK int delete_run(struct build *build, struct machine_outcome *ret_outcome,
                          struct error *error);

/* The machine in work for this command: what is to be done stands on it before it is begun. `step`
 * is remembered for who may have to go on. */
MUST_CHECK int operation_begin(struct build *build, const char *step, struct error *error);

/* This command was begun, by us or by a worker that died at it. */
bool operation_is_begun(const struct build *build);

/* The command has ended: with `refusal` 0 done, else for good as MACHINE_FAILED. Keeps that on the
 * machine, so that every repeat reports it again; not when a later command was begun meanwhile. */
MUST_CHECK int operation_end(struct build *build, enum machine_refusal refusal,
                             struct error *error);

/* Ends it as MACHINE_FAILED. */
MUST_CHECK int operation_fail(struct build *build, enum machine_refusal refusal,
                              struct machine_outcome *ret_outcome, struct error *error);
