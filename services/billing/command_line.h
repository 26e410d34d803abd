/* What an operator does by hand: `slipway-billing migrate`, `… audit` and so on; without arguments
 * it serves. One table. */
#pragma once

/* main() of slipway-billing. 0 done; 1 failed, or the books don't balance; 2 misused. */
int command_line_main(int argc, char **argv);
