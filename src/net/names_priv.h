/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names_priv - the helper process that asks for host names.
 */
#ifndef WEIR_NET_NAMES_PRIV_H
#define WEIR_NET_NAMES_PRIV_H

#include "base/arena.h"
#include "net/addr.h"

#include <sys/types.h>

enum {
    NAMES_TIMEOUT_MS = 10 * 1000, /* for all names of a load together */
    NAMES_ADDRS_MAX = 128         /* of one name; what is beyond is not looked at */
};

struct names_question {
    struct str host;
    struct addr *addrs; /* port 0, in the order of getaddrinfo(), each once */
    unsigned count;
    int error;          /* of getaddrinfo() */
    bool is_answered;
};

struct names_user {
    uid_t uid;
    gid_t gid;
};

/* Asks all questions at once and waits until all are answered or the time is up. Addresses go into
 * the arena. user: who the helper becomes if we are root. */
void names_ask(struct names_question *questions, unsigned count, struct names_user user,
               int timeout_ms, struct arena *arena);

/* ---- what the helper says ---- */

enum { NAMES_ANSWER_MAX = 12 + NAMES_ADDRS_MAX * 17 };

/* Writes the answer to question number index (NAMES_ANSWER_MAX bytes); returns the length. */
size_t names_format_answer(char *text, uint32_t index, int error, const struct addr *addrs,
                           unsigned count);

enum names_parsed { NAMES_ANSWER, NAMES_NEED_MORE, NAMES_BAD };

/* Reads one answer: NAMES_ANSWER, *used bytes belong to it and its question is filled in. Believes
 * nothing: who answers twice, about what was not asked, or with another kind of address is bad. */
enum names_parsed names_parse_answer(struct str bytes, size_t *used,
                                     struct names_question *questions, unsigned count,
                                     struct arena *arena);

#endif
