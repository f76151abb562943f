/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linked into every unit test: what is printed goes out by the line, so that a test that forks
 * prints nothing twice, and a test that dies has said how far it came.
 */
#include <stdio.h>

static __attribute__((constructor)) void print_by_line(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
