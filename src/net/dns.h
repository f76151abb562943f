/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns - questions to one DNS server, over UDP, and over TCP where an answer was cut.
 *
 * Behind it is c-ares, driven by the loop: no threads, nothing waits, no file is read. One server
 * here is one channel there, so who asks which server when is decided by the callers
 * (net/resolver). A channel asks from one UDP port while it has questions, and who wants to send
 * us wrong answers must find that: so there is a new one after a few questions, after a while, and
 * after each silence. A query's record belongs to this file, for the library
 * cannot be told to forget one; cancel detaches the record, which goes when the library is done
 * with it.
 */
#ifndef WEIR_NET_DNS_H
#define WEIR_NET_DNS_H

#include "net/addr.h"
#include "net/dns_answer.h"

enum {
    DNS_TRY_MS = 2000,   /* how long a server may take */
    DNS_PORT_QUESTIONS = 16, /* that are sent from one port, and */
    DNS_PORT_MS = 2000   /* how long */
};

struct dns_server;
struct dns_record;

enum dns_end {
    DNS_ANSWERED,
    DNS_TIMED_OUT,
    DNS_UNREACHABLE, /* nobody listens there, or no socket could be had */
    DNS_BAD_NAME     /* nobody can be asked for such a name */
};

/* Embedded in its owner; zeroed before its first use. */
struct dns_query {
    struct dns_record *record; /* NULL: nothing is under way */
    void (*on_end)(struct dns_query *query, enum dns_end end, struct str message);
};

/* NULL where the library fails (memory, descriptors). */
struct dns_server *dns_open(const struct addr *addr);

/* Cancels what is under way. */
void dns_close(struct dns_server *server);

/* Asks. on_end comes from the loop's top, with the raw answer, which is gone afterwards. */
void dns_start(struct dns_query *query, struct dns_server *server, struct str name,
               enum dns_type type,
               void (*on_end)(struct dns_query *query, enum dns_end end, struct str message));

/* Idempotent. */
void dns_cancel(struct dns_query *query);

#endif
