/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program - the `set`, `if`, `rewrite`, `break` and `return` of a server or a location, run on an
 * exchange (expr/script has the steps).
 */
#ifndef WEIR_HTTP_PROGRAM_H
#define WEIR_HTTP_PROGRAM_H

#include "http/exchange.h"

/* What script_add_answer() is given in http: a directive that ends the program embeds it. */
struct program_answer {
    void (*send)(struct exchange *exchange, const struct program_answer *answer);
};

enum program_end {
    PROGRAM_STAYS,   /* in the exchange's location, which may now be a variant of what it was */
    PROGRAM_SEARCH,  /* a location is to be searched for the new path */
    PROGRAM_ANSWERED /* answered, or led elsewhere */
};

/* Runs the program of the exchange's location. */
enum program_end program_run(struct exchange *exchange);

/* For the scopes of exchanges: rewrite_log, uninitialized_variable_warn. */
extern const struct scope_events program_scope_events;

#endif
