/* Places where tests/chaos kills the process, compiled into test builds only
 * (SLIPWAY_CRASH_POINTS).
 *
 * SLIPWAY_CRASH_AT=<name> or <name>:<n> in the environment makes the n-th pass (default the first)
 * of crash_point("<name>") end the process at once, as kill -9 would.
 */
#pragma once

#ifdef SLIPWAY_CRASH_POINTS
void crash_point(const char *name);
#else
static inline void crash_point(const char *name)
{
    (void)name;
}
#endif
