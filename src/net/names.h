/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names - the host names of a configuration and their addresses at start.
 *
 * While the configuration is parsed, names are only collected. Then a helper process without
 * privileges asks getaddrinfo() for all of them at once, with one deadline (names_module's
 * finish(), which runs before those that need the addresses). A name without an answer gives a
 * warning and no addresses, except one without a dot: that is an error which names the nearest
 * upstream. The answers go into the configuration's bundle: on a reload the checking child asks,
 * and the master, which must not wait while it has children to look after, takes them from there.
 */
#ifndef WEIR_NET_NAMES_H
#define WEIR_NET_NAMES_H

#include "conf/module.h"
#include "net/addr.h"

#include <sys/types.h>

struct names_entry {
    struct names_entry *next;
    struct str host;
    uint16_t port;
    struct addr *addrs; /* filled in by names_module; port set */
    unsigned count;
    const struct conf_line *line; /* and word: for messages while the file is loaded */
    unsigned word;
};

/* Asks for the addresses of host: a name, "1.2.3.4", "[::1]", "unix:/path". A literal address is
 * answered at once. NULL with an error at the word where it can be none of these. */
struct names_entry *names_add(struct conf *conf, struct str host, uint16_t port,
                              const struct conf_line *line, unsigned word);

/* Names that may be meant by a mistyped one (those of the upstreams); for the error's help. */
void names_add_known(struct conf *conf, struct str name);

/* The help for the error that was just made about a host: which upstreams there are, and which one
 * may be meant. False where there is none. */
bool names_help(struct conf *conf, struct str host);

/* The user that the helper becomes where the process is root; without a call "nobody". To be called
 * from compile() or earlier. */
void names_set_user(struct conf *conf, uid_t uid, gid_t gid);

/*
 * Asks for one name and waits for the answer, for those who need it while they parse. Returns the
 * number of addresses, with that port, in the configuration's arena; 0: *reason says why (for a
 * message).
 */
unsigned names_lookup(struct conf *conf, struct str host, uint16_t port, struct addr **addrs,
                      const char **reason);

extern const struct module names_module;

#endif
