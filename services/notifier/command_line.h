/* `slipway-notifier migrate` brings the schema up to date; without arguments it serves. */
#pragma once

/* main() of slipway-notifier. 0 done; 1 failed; 2 misused. */
int command_line_main(int argc, char **argv);
