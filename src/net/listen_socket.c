/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen_socket - the sockets that the master opens and keeps; see listen.h.
 */
#include "net/listen.h"

#include "base/number.h"

#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG_DEFAULT = 511, UNIX_MODE = 0666 };

static bool set_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static int get_option(int fd, int level, int option) {
    int value = 0;
    socklen_t len = sizeof(value);

    return getsockopt(fd, level, option, &value, &len) == 0 ? value : 0;
}

static bool is_local(const struct listener *listener) {
    return listener->addr.any.sa_family == AF_UNIX;
}

/* ---- options that only tune ---- */

static void tune(int fd, const struct listener *listener, int level, int option, int value,
                 const char *name) {
    if (!set_option(fd, level, option, value)) {
        log_write(log_process, LOG_LEVEL_WARN, errno, NULL, "setsockopt(%s, %d) of %.*s failed",
                  name, value, STR_ARG(listener->text));
    }
}

static void tune_keepalive(int fd, const struct listener *listener) {
    const struct listen_options *options = &listener->options;

    if (options->keepalive >= 0) {
        tune(fd, listener, SOL_SOCKET, SO_KEEPALIVE, options->keepalive, "SO_KEEPALIVE");
    }
    if (options->keep_idle > 0) {
        tune(fd, listener, IPPROTO_TCP, TCP_KEEPIDLE, options->keep_idle, "TCP_KEEPIDLE");
    }
    if (options->keep_interval > 0) {
        tune(fd, listener, IPPROTO_TCP, TCP_KEEPINTVL, options->keep_interval, "TCP_KEEPINTVL");
    }
    if (options->keep_count > 0) {
        tune(fd, listener, IPPROTO_TCP, TCP_KEEPCNT, options->keep_count, "TCP_KEEPCNT");
    }
}

/* Those that a living socket can be told too. */
static void tune_all(int fd, const struct listener *listener, bool is_new) {
    const struct listen_options *options = &listener->options;

    if (options->rcvbuf > 0) {
        tune(fd, listener, SOL_SOCKET, SO_RCVBUF, options->rcvbuf, "SO_RCVBUF");
    }
    if (options->sndbuf > 0) {
        tune(fd, listener, SOL_SOCKET, SO_SNDBUF, options->sndbuf, "SO_SNDBUF");
    }
    if (is_local(listener)) {
        return;
    }
    tune_keepalive(fd, listener);
    if (options->fastopen > 0 || !is_new) {
        tune(fd, listener, IPPROTO_TCP, TCP_FASTOPEN, options->fastopen, "TCP_FASTOPEN");
    }
    if (options->is_deferred || !is_new) {
        tune(fd, listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, options->is_deferred,
             "TCP_DEFER_ACCEPT");
    }
    /* Accepted connections inherit it: a system call less for each. */
    tune(fd, listener, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
}

/* ---- options that are no longer there ---- */

/* From Linux 5.14 on; headers may be older. Its bits are those of linux/socket.h. */
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif
enum { LOCKED_SNDBUF = 1, LOCKED_RCVBUF = 2 };

/* fresh: a socket that nobody has told anything. */
static void untune(int fd, int fresh, const struct listener *listener, int level, int option,
                   const char *name) {
    int usual = get_option(fresh, level, option);

    if (get_option(fd, level, option) != usual) {
        tune(fd, listener, level, option, usual, name);
    }
}

/* A size that was set stays as it is; one that was not may grow with a connection. The kernel keeps
 * twice what it is told. */
static void untune_buffer(int fd, int fresh, const struct listener *listener, int option,
                          int lock, const char *name) {
    int locks = get_option(fd, SOL_SOCKET, SO_BUF_LOCK);
    int usual = get_option(fresh, SOL_SOCKET, option);

    if ((locks & lock) == 0 && get_option(fd, SOL_SOCKET, option) == usual) {
        return;
    }
    tune(fd, listener, SOL_SOCKET, option, usual / 2, name);
    set_option(fd, SOL_SOCKET, SO_BUF_LOCK, locks & ~lock);
}

static void untune_keepalive(int fd, int fresh, const struct listener *listener) {
    const struct listen_options *options = &listener->options;

    if (options->keepalive < 0) {
        untune(fd, fresh, listener, SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE");
    }
    if (options->keep_idle == 0) {
        untune(fd, fresh, listener, IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE");
    }
    if (options->keep_interval == 0) {
        untune(fd, fresh, listener, IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL");
    }
    if (options->keep_count == 0) {
        untune(fd, fresh, listener, IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT");
    }
}

/* What a former configuration has set, and this one does not. */
static void untune_all(int fd, const struct listener *listener) {
    int fresh = socket(listener->addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC,
                       get_option(fd, SOL_SOCKET, SO_PROTOCOL));

    if (fresh < 0) {
        return;
    }
    if (listener->options.rcvbuf == 0) {
        untune_buffer(fd, fresh, listener, SO_RCVBUF, LOCKED_RCVBUF, "SO_RCVBUF");
    }
    if (listener->options.sndbuf == 0) {
        untune_buffer(fd, fresh, listener, SO_SNDBUF, LOCKED_SNDBUF, "SO_SNDBUF");
    }
    if (!is_local(listener)) {
        untune_keepalive(fd, fresh, listener);
    }
    close(fresh);
}

/* ---- options that a socket has for life ---- */

static void warn_fixed(const struct listener *listener, const char *option) {
    log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
              "\"%s\" of %.*s cannot be changed while weir listens there, that takes a restart",
              option, STR_ARG(listener->text));
}

void listen_check_fixed(int fd, bool is_shared, const struct listener *listener) {
    bool is_multipath = get_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_MPTCP;

    if (is_local(listener)) {
        return;
    }
    if (is_shared != listener->options.is_shared) {
        warn_fixed(listener, "reuseport");
    }
    if (is_multipath != listener->options.is_multipath) {
        warn_fixed(listener, "multipath");
    }
    if (listener->addr.any.sa_family == AF_INET6
        && get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != listener->options.is_v6only) {
        warn_fixed(listener, "ipv6only");
    }
}

/* ---- whose is it ---- */

/* An address as the kernel compares it with others. */
struct place {
    struct addr addr;
    bool is_v6only;
};

/* Whether a socket at one place keeps another from being bound at the other: same port, and a
 * wildcard that includes the other's address. The same address is not meant: who has that is never
 * us. */
static bool is_in_the_way(const struct place *a, const struct place *b) {
    bool is_same_family = a->addr.any.sa_family == b->addr.any.sa_family;

    return addr_port(&a->addr) == addr_port(&b->addr) && !addr_equal(&a->addr, &b->addr)
        && (addr_is_wildcard(&a->addr) || addr_is_wildcard(&b->addr))
        && (is_same_family || (!a->is_v6only && !b->is_v6only));
}

static bool is_own_listener_in_the_way(int fd, const struct place *place) {
    struct place other = { .addr = { .len = sizeof(struct sockaddr_un) } };

    if (!get_option(fd, SOL_SOCKET, SO_ACCEPTCONN)
        || getsockname(fd, &other.addr.any, &other.addr.len) < 0) {
        return false;
    }
    other.is_v6only = get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    return is_in_the_way(&other, place);
}

/*
 * Whether one of our own sockets is in the way: 0.0.0.0:80 beside 10.0.0.1:80. The kernel does not
 * say whose socket a port is taken by, so we look through what we have open; only after a bind()
 * failed.
 */
static bool is_taken_by_us(const struct listener *listener) {
    struct place place = { listener->addr, listener->options.is_v6only
                                               && listener->addr.any.sa_family == AF_INET6 };
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    bool is_ours = false;
    uint64_t fd;

    if (folder == NULL) {
        return false;
    }
    while (!is_ours && (entry = readdir(folder)) != NULL) {
        is_ours = parse_decimal(str_from(entry->d_name), INT32_MAX, &fd)
            && is_own_listener_in_the_way((int) fd, &place);
    }
    closedir(folder);
    return is_ours;
}

/* Whether the file of a UNIX socket is left over: nobody listens behind it. */
static bool is_stale_path(const struct addr *addr) {
    struct stat status;
    bool is_refused;
    int fd;

    if (lstat(addr->local.sun_path, &status) < 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    is_refused = connect(fd, &addr->any, addr->len) < 0 && errno == ECONNREFUSED;
    close(fd);
    return is_refused;
}

/* ---- opening ---- */

/* The file has its mode from the first moment: that of the socket, less the umask. */
static bool bind_with_mode(int fd, const struct addr *addr) {
    mode_t mask = umask(0);
    bool is_bound = fchmod(fd, UNIX_MODE) == 0 && bind(fd, &addr->any, addr->len) == 0;

    umask(mask);
    return is_bound;
}

static bool bind_unix(int fd, const struct addr *addr, const char **step) {
    *step = "bind()";
    if (bind_with_mode(fd, addr)) {
        return true;
    }
    if (errno != EADDRINUSE) {
        return false;
    }
    if (!is_stale_path(addr)) {
        errno = EADDRINUSE;
        return false;
    }
    return unlink(addr->local.sun_path) == 0 && bind_with_mode(fd, addr);
}

static bool set_reuse_port(int fd, const char **step) {
    *step = "setsockopt(SO_REUSEPORT)";
    return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

/*
 * Who binds without SO_REUSEPORT cannot join anybody, so a port that another program has is
 * noticed. Set afterwards it lets others join us: the sockets of the other slots.
 */
static bool bind_inet(int fd, const struct listener *listener, bool is_first, const char **step) {
    const struct addr *addr = &listener->addr;

    *step = "setsockopt(SO_REUSEADDR)";
    if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) {
        return false;
    }
    *step = "setsockopt(IPV6_V6ONLY)";
    if (addr->any.sa_family == AF_INET6
        && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, listener->options.is_v6only)) {
        return false;
    }
    if (!is_first && !set_reuse_port(fd, step)) {
        return false;
    }
    *step = "bind()";
    if (bind(fd, &addr->any, addr->len) == 0) {
        return !is_first || set_reuse_port(fd, step);
    }
    if (!is_first || errno != EADDRINUSE) {
        return false;
    }
    if (!is_taken_by_us(listener)) {
        errno = EADDRINUSE;
        return false;
    }
    return bind_inet(fd, listener, false, step);
}

static int listen_backlog(const struct listener *listener) {
    return listener->options.backlog > 0 ? listener->options.backlog : BACKLOG_DEFAULT;
}

int listen_bind_socket(const struct listener *listener, bool is_first, const char **step) {
    int protocol = listener->options.is_multipath && !is_local(listener) ? IPPROTO_MPTCP : 0;
    int error, fd = socket(listener->addr.any.sa_family,
                           SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    *step = "socket()";
    if (fd < 0) {
        return -1;
    }
    tune_all(fd, listener, true);
    if (is_local(listener) ? bind_unix(fd, &listener->addr, step)
                           : bind_inet(fd, listener, is_first, step)) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool listen_start_socket(int fd, const struct listener *listener) {
    return listen(fd, listen_backlog(listener)) == 0;
}

int listen_open_socket(const struct listener *listener, bool is_first, const char **step) {
    int error, fd = listen_bind_socket(listener, is_first, step);

    if (fd < 0 || listen_start_socket(fd, listener)) {
        return fd;
    }
    *step = "listen()";
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

void listen_update_socket(int fd, const struct listener *listener) {
    untune_all(fd, listener);
    tune_all(fd, listener, false);
    if (!listen_start_socket(fd, listener)) {
        log_write(log_process, LOG_LEVEL_WARN, errno, NULL, "listen() of %.*s failed",
                  STR_ARG(listener->text));
    }
}

/* ---- closing ---- */

enum { TCP_FLAGS_BYTE = 13, TCP_SYN = 0x02, TCP_ACK = 0x10 };

/* A packet that is only SYN opens a connection; all others belong to one that is under way. */
void listen_stop_new(int fd) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_BYTE),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN | TCP_ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };
    struct addr addr = { .len = sizeof(struct sockaddr_un) };

    if (getsockname(fd, &addr.any, &addr.len) < 0 || addr.any.sa_family == AF_UNIX) {
        return;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0) {
        /* Some kernels allow it to root alone: then new clients are refused at once. */
        log_write(log_process, errno == EPERM ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, errno, NULL,
                  "setsockopt(SO_ATTACH_FILTER) failed");
    }
}

void listen_allow_new(int fd) {
    if (!set_option(fd, SOL_SOCKET, SO_DETACH_FILTER, 0) && errno != ENOENT) {
        log_write(log_process, LOG_LEVEL_WARN, errno, NULL, "setsockopt(SO_DETACH_FILTER) failed");
    }
}

static void attach_steering(int fd, unsigned count) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned) (SKF_AD_OFF + SKF_AD_RANDOM)),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) < 0) {
        log_write(log_process, LOG_LEVEL_INFO, errno, NULL,
                  "setsockopt(SO_ATTACH_REUSEPORT_CBPF) failed");
    }
}

/* The kernel keeps the sockets of an address in the order in which they began to listen. */
void listen_steer(int fd, unsigned count) {
    if (!get_option(fd, SOL_SOCKET, SO_REUSEPORT)) {
        return;
    }
    if (count > 0) {
        attach_steering(fd, count);
    } else {
        set_option(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0); /* or there was none */
    }
}
