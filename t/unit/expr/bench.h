/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench - for the tests of expr: what a look-up costs among few rows and among many.
 *
 * A look-up is what a request does: a new scope, the source variable found, the table asked, the
 * value read. Costs are the best of several rounds, in ns, so that a busy machine does not spoil
 * them. What is asserted is measured with the same number of different keys among few rows and
 * among many: with all keys of a large table it is the machine's caches that are measured, and
 * whoever else uses them; that cost is only printed.
 */
#ifndef WEIR_T_UNIT_EXPR_BENCH_H
#define WEIR_T_UNIT_EXPR_BENCH_H

#include "load.h"

#include <time.h>

enum { BENCH_LOOKUPS = 20000, BENCH_ROUNDS = 15, BENCH_FEW = 100, BENCH_MANY = 100 * 1000 };

/* Many rows may cost twice what few do; the rest is for the noise of a shared machine. */
#define BENCH_RATIO_MAX 2.5

typedef struct str bench_key(struct arena *arena, unsigned number);

static inline double bench_now_ns(void) {
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

/* A table in http, "map $arg_a $m {", of such keys, each behind the prefix; every value is one of
 * sixteen. */
static inline struct conf *bench_load(const char *table, const char *prefix, bench_key *key_of,
                                      unsigned count) {
    struct buf text = { 0 };
    struct arena arena;
    struct conf *conf;
    unsigned i;

    arena_init(&arena);
    assert_true(buf_append(&text, arena_print(&arena, "http { %s", table), BUF_SIZE_MAX));
    for (i = 0; i < count; i++) {
        struct str row = arena_print(&arena, "%s%.*s v%u;\n", prefix, STR_ARG(key_of(&arena, i)),
                                     i % 16);

        assert_true(buf_append(&text, row, BUF_SIZE_MAX));
    }
    assert_true(buf_append(&text, str_make("} }", 4), BUF_SIZE_MAX));
    conf = load_good(text.data);
    buf_free(&text);
    arena_fini(&arena);
    return conf;
}

/* The cost of the http variable $m for so many different ones of count keys, given as $arg_a. */
static inline double bench_keys(struct request *request, bench_key *key_of, unsigned count,
                                unsigned different) {
    struct str *keys = malloc(BENCH_LOOKUPS * sizeof(*keys)), value;
    int number = variable_use(request->conf, variable_table_of(request->conf, load_http),
                              STR("m"), NULL, 0);
    double best = 0, ns;
    struct arena arena;
    unsigned i, round;
    size_t total = 0;

    arena_init(&arena);
    for (i = 0; i < BENCH_LOOKUPS; i++) {
        keys[i] = key_of(&arena, (i * 2654435761u >> 4) % different * (count / different));
    }
    request->fields[0].name = "a";
    for (round = 0; round < BENCH_ROUNDS; round++) {
        ns = bench_now_ns();
        for (i = 0; i < BENCH_LOOKUPS; i++) {
            request_again(request);
            request->fields[0].value = keys[i];
            assert_true(scope_get(&request->scope, number, &value));
            total += value.len;
        }
        ns = (bench_now_ns() - ns) / BENCH_LOOKUPS;
        best = round == 0 || ns < best ? ns : best;
    }
    assert_true(total >= (size_t) BENCH_LOOKUPS * BENCH_ROUNDS); /* each key was found */
    arena_fini(&arena);
    free(keys);
    return best;
}

/* load_rows() makes a configuration in which $m has a table with the first so many keys. */
static inline void bench_assert_flat(const char *what, bench_key *key_of,
                                     struct conf *(*load_rows)(bench_key *key_of, unsigned count)) {
    struct request request;
    double few_ns, many_ns, cold_ns;

    request_init(&request, load_rows(key_of, BENCH_FEW));
    few_ns = bench_keys(&request, key_of, BENCH_FEW, BENCH_FEW);
    request_fini(&request);
    request_init(&request, load_rows(key_of, BENCH_MANY));
    many_ns = bench_keys(&request, key_of, BENCH_MANY, BENCH_FEW);
    cold_ns = bench_keys(&request, key_of, BENCH_MANY, BENCH_MANY);
    request_fini(&request);
    print_message("%s: %.0f ns among %d rows, %.0f ns among %d (%.0f ns if all are asked for)\n",
                  what, few_ns, BENCH_FEW, many_ns, BENCH_MANY, cold_ns);
    assert_true(many_ns <= few_ns * BENCH_RATIO_MAX);
}

#endif
