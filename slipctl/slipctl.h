/* The program without its main(): what the tests run. */
#pragma once

/* Runs one command line and returns its exit code (outcome.h, or that of the ssh it ran). */
int slipctl_run(int argc, char **argv, int in_fd, int out_fd, int err_fd);
