/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen - listening sockets: what the configuration asks for, the sockets the master keeps, and
 * the accepting in a worker.
 *
 * A listener is one address with its options. The master opens one socket per worker slot
 * (SO_REUSEPORT), or a single shared one (UNIX, reuseport=off, inherited). Slots never shrink; a
 * worker serves all slots i with i mod N equal to its own. ARCHITECTURE section 1, "Listeners".
 */
#ifndef WEIR_NET_LISTEN_H
#define WEIR_NET_LISTEN_H

#include "conf/conf.h"
#include "net/conn.h"

enum { LISTEN_SLOTS_MAX = 1024 };

struct listen_options {
    int backlog;          /* 0: 511 */
    int rcvbuf, sndbuf;   /* 0: the kernel's */
    int fastopen;         /* queue length; 0: off */
    int keepalive;        /* so_keepalive: -1 unset, 0 off, 1 on */
    int keep_idle, keep_interval, keep_count; /* 0: the kernel's */
    bool is_deferred;     /* TCP_DEFER_ACCEPT */
    bool is_v6only;       /* default on; means nothing to IPv4 */
    bool is_shared;       /* reuseport=off, or UNIX: one socket for all workers */
    bool is_multipath;    /* MPTCP */
    bool is_set;          /* options were given: they may be given once for an address */
};

struct listener;

/* What is done with an accepted connection: http or stream. conn belongs to the receiver. */
typedef void listen_on_conn(struct listener *listener, struct conn *conn);

struct listener {
    struct listener *next;
    struct addr addr;
    struct str text;                 /* as addr_format() prints it */
    struct listen_options options;
    listen_on_conn *on_conn;
    void *service;                   /* the family's: servers of this address ... */
    const struct conf_line *line;    /* first mention, for messages while the file is loaded */
};

/* All listeners of a configuration, in order of their first mention. */
struct listener *listen_list(const struct conf *conf);

/* The listener for the address in this configuration, made if it is new; its options are then the
 * defaults. NULL with an error at the word where the other family has it already (http and stream
 * on one port). */
struct listener *listen_add(struct conf *conf, const struct addr *addr, listen_on_conn *on_conn,
                            const struct conf_line *line, unsigned word);

/* Parses the options behind the address of a `listen` line that http and stream share (backlog=,
 * rcvbuf=, so_keepalive= ...). False: this word is none of them. An error is reported (is_bad). */
bool listen_parse_option(struct conf *conf, const struct conf_line *line, unsigned word,
                         struct listen_options *options, bool *is_bad);

/* Those options, for the syntax of the families' rows. */
#define LISTEN_OPTIONS_SYNTAX                                                                      \
    "[backlog=number] [rcvbuf=size] [sndbuf=size] [fastopen=number] [deferred] [bind] "            \
    "[ipv6only=on|off] [multipath] [reuseport[=off]] "                                             \
    "[so_keepalive=on|off|idle:interval:count]"

/*
 * Reports a word that is no parameter of `listen`, or one that weir does not have yet. `also` is a
 * parameter of the family's own, for the suggestion; may be NULL. Returns false.
 */
bool listen_report_option(struct conf *conf, const struct conf_line *line, unsigned word,
                          const char *also);

/* For the families, which keep options until they know the address: the defaults, and what holds
 * for an address whatever was said (UNIX sockets are shared). */
extern const struct listen_options listen_options_default;
void listen_options_settle(struct listen_options *options, const struct addr *addr);

/* The addresses that the first argument of `listen` means: "80", "*:80", "localhost:80", "[::]:80",
 * "unix:/path", "8000-8010" ranges. default_port 0: a port is demanded. Names are resolved by the
 * helper of net/names. Returns how many, in the configuration's arena; -1 with an error. */
int listen_parse_addrs(struct conf *conf, const struct conf_line *line, uint16_t default_port,
                       struct addr **addrs);

/* ---- master ---- */

/*
 * Opens one socket for the address. is_first: no other socket of this address is ours, so
 * SO_REUSEPORT is set only after bind() and a second weir on the same port fails. (A wildcard
 * beside an address of its port, both ours, is found out and allowed.) The file of a UNIX socket
 * that nobody listens on any more is replaced; the new one is for everybody (0666). Returns the
 * descriptor (CLOEXEC, non-blocking, listening) or -1 with errno; *step names the failed call
 * ("bind()"). TCP_NODELAY is set, which accepted connections inherit. Options that only tune are
 * lived without, with a warning.
 */
int listen_open_socket(const struct listener *listener, bool is_first, const char **step);

/* The two halves of it: nobody can connect before the second, so whoever changes his mind between
 * them turns nobody away. The second is false with errno. */
int listen_bind_socket(const struct listener *listener, bool is_first, const char **step);
bool listen_start_socket(int fd, const struct listener *listener);

/* Applies what can change on a living socket (backlog, keepalive ...); what is not set is the
 * kernel's again. */
void listen_update_socket(int fd, const struct listener *listener);

/* Warns of what a living socket, shared by all workers or not, has otherwise and for its life. */
void listen_check_fixed(int fd, bool is_shared, const struct listener *listener);

/* For a listener that leaves the configuration: attaches a filter that drops new SYNs; what waits
 * in the queue is still accepted. Clients try again after a second and are refused once the socket
 * is closed. A UNIX socket has no such thing: the caller unlinks its file. */
void listen_stop_new(int fd);

/*
 * Of the sockets of one address only the first `count` that have begun to listen get new
 * connections from now on; 0: all do. fd is any of them. Best effort: an old kernel spreads them
 * over all.
 */
void listen_steer(int fd, unsigned count);

/* For one that comes back into the configuration before it is closed. */
void listen_allow_new(int fd);

/* ---- worker ---- */

struct listen_accept;

/*
 * Starts accepting on a socket of the listener; the descriptor, this process' copy of it, is the
 * accept's from now on. Accepted conns are non-blocking, in batches of at most 64 a turn per socket
 * (8 of one that workers share), or 1024 (listen_set_multi()); near the descriptor limit and at the
 * limit of connections accepting pauses, idle connections are asked to go, and it resumes by
 * itself.
 */
struct listen_accept *listen_accept_start(struct listener *listener, int fd);

/*
 * Stops and closes this process' descriptor of the socket. is_last: what still waits is accepted
 * first, and what arrives soon after that (handshakes under way: 700 ms), because nobody else
 * will do it; the listener must live until then.
 */
void listen_accept_stop(struct listen_accept *accept, bool is_last);

/* Whether any socket is accepted from, those that are stopped and not yet empty included. */
bool listen_is_accepting(void);

/* How many client connections a worker may have (worker_connections; 0: no limit); and the hook
 * that is asked to close idle ones when it is reached, or descriptors or memory run short. NULL:
 * none. */
void listen_set_limit(unsigned connections, void (*close_idle)(unsigned wanted));

/* Whether as many as wait are accepted at a time (multi_accept). */
void listen_set_multi(bool is_on);

/* Whose connections are marked is_debugged (debug_connection). A net of family AF_UNIX stands for
 * all clients of UNIX sockets. The nets must stay. */
void listen_set_debug(const struct addr_net *nets, unsigned count);

#endif
