/* SPDX-License-Identifier: BSD-2-Clause */
/* sockets - the listening sockets that the master keeps; see sockets.h. */
#include "process/sockets.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BIND_TRIES = 5,
    BIND_PAUSE_MS = 500
};

static struct socket_group *groups;

struct socket_group *sockets_first(void) {
    return groups;
}

/* The file of a UNIX socket that is leaving was removed: that name is free for another. */
static bool is_gone(const struct socket_group *group) {
    return group->is_leaving && group->addr.any.sa_family == AF_UNIX;
}

struct socket_group *sockets_find(const struct addr *addr) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        if (addr_equal(&group->addr, addr) && !is_gone(group)) {
            return group;
        }
    }
    return NULL;
}

static struct socket_group *group_new(const struct addr *addr, bool is_shared) {
    struct socket_group *group = heap_zero(1, sizeof(*group)), **last = &groups;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = group;
    group->addr = *addr;
    group->text_len = addr_format(addr, group->text);
    group->is_shared = is_shared;
    return group;
}

static void group_add_fd(struct socket_group *group, int fd) {
    group->fds = heap_resize(group->fds, group->count + 1, sizeof(*group->fds));
    group->fds[group->count++] = fd;
}

static void group_close_from(struct socket_group *group, unsigned slot) {
    while (group->count > slot) {
        close(group->fds[--group->count]);
    }
}

static void group_unlink_path(const struct socket_group *group) {
    if (group->addr.any.sa_family == AF_UNIX && group->addr.local.sun_path[0] != '\0'
        && unlink(group->addr.local.sun_path) < 0 && errno != ENOENT) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "unlink() \"%s\" failed",
                  group->addr.local.sun_path);
    }
}

/* Takes groups without sockets, or those that are leaving, out of the list. */
static void groups_sweep(bool takes_leaving) {
    struct socket_group **at = &groups;

    while (*at != NULL) {
        struct socket_group *group = *at;

        if (group->count > 0 && !(takes_leaving && group->is_leaving)) {
            at = &group->next;
            continue;
        }
        *at = group->next;
        group_close_from(group, 0);
        heap_free(group->fds);
        heap_free(group);
    }
}

/* ---- prepare ---- */

/* Binds one socket; a port in use is tried for again when nobody serves yet. */
static int bind_socket(const struct listener *listener, bool is_first, unsigned tries) {
    const char *step;
    bool is_last;
    int fd, error;

    for (;;) {
        fd = listen_bind_socket(listener, is_first, &step);
        if (fd >= 0) {
            return fd;
        }
        error = errno;
        is_last = error != EADDRINUSE || --tries == 0;
        log_write(log_process, is_last ? LOG_LEVEL_EMERG : LOG_LEVEL_NOTICE, error, NULL,
                  "%s to %.*s failed", step, STR_ARG(listener->text));
        if (is_last) {
            return -1;
        }
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "try again to bind() after %dms",
                  BIND_PAUSE_MS);
        poll(NULL, 0, BIND_PAUSE_MS);
    }
}

static bool prepare_listener(struct listener *listener, unsigned workers, bool is_cold) {
    struct socket_group *group = sockets_find(&listener->addr);

    if (group == NULL) {
        group = group_new(&listener->addr, listener->options.is_shared);
    }
    if (group->old > 0) {
        listen_check_fixed(group->fds[0], group->is_shared, listener);
    }
    /* A socket shared by all cannot be joined by others, nor the other way round. */
    listener->options.is_shared = group->is_shared;
    group->is_wanted = true;
    group->listener = listener;
    while (group->count < (group->is_shared ? 1 : workers)) {
        int fd = bind_socket(listener, group->count == 0, is_cold ? BIND_TRIES : 1);

        if (fd < 0) {
            return false;
        }
        group_add_fd(group, fd);
    }
    return true;
}

bool sockets_prepare(const struct conf *conf, unsigned workers, bool is_cold) {
    struct listener *listener;
    struct socket_group *group;
    bool is_ok = true;

    for (group = groups; group != NULL; group = group->next) {
        group->is_wanted = false;
        group->listener = NULL;
        group->old = group->count;
    }
    for (listener = listen_list(conf); listener != NULL && is_ok; listener = listener->next) {
        is_ok = prepare_listener(listener, workers, is_cold);
    }
    if (!is_ok) {
        sockets_rollback();
    }
    return is_ok;
}

void sockets_rollback(void) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        if (group->old == 0 && group->count > 0) {
            group_unlink_path(group);
        }
        group_close_from(group, group->old);
        group->is_wanted = !group->is_leaving;
        group->listener = NULL;
    }
    groups_sweep(false);
}

/* ---- listen ---- */

static bool group_listen(struct socket_group *group) {
    unsigned slot;

    if (group->count > group->old) {
        listen_steer(group->fds[0], 0); /* a binary that is gone may have left it so */
    }
    for (slot = 0; slot < group->count; slot++) {
        if (slot < group->old) {
            listen_update_socket(group->fds[slot], group->listener);
        } else if (!listen_start_socket(group->fds[slot], group->listener)) {
            log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "listen() to %.*s failed",
                      (int) group->text_len, group->text);
            return false;
        }
    }
    return true;
}

bool sockets_listen(void) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        if (group->is_wanted && !group_listen(group)) {
            return false;
        }
    }
    return true;
}

/* ---- leave ---- */

/* What another binary serves as well goes on listening there, and gets all that comes. */
static void group_leave(struct socket_group *group, struct buf *left) {
    char line[ADDR_TEXT_MAX + 16];
    unsigned slot;
    int len;

    group->is_leaving = true;
    if (group->common > 0 && group->common < group->count) {
        listen_steer(group->fds[0], group->common);
    }
    for (slot = group->common; slot < group->count; slot++) {
        listen_stop_new(group->fds[slot]);
    }
    if (group->common == 0) {
        group_unlink_path(group);
    }
    len = snprintf(line, sizeof(line), "%u %.*s\n", group->common, (int) group->text_len,
                   group->text);
    buf_append(left, str_make(line, (size_t) len), BUF_SIZE_MAX);
}

static void group_come_back(struct socket_group *group) {
    unsigned slot;

    group->is_leaving = false;
    for (slot = 0; slot < group->count; slot++) {
        listen_allow_new(group->fds[slot]);
    }
}

void sockets_commit(struct buf *left) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        group->old = group->count;
        group->listener = NULL;
        if (group->is_leaving && group->is_wanted) {
            group_come_back(group);
        } else if (!group->is_leaving && !group->is_wanted) {
            group_leave(group, left);
        }
    }
}

void sockets_stop_all(struct buf *left) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        if (!group->is_leaving) {
            group_leave(group, left);
        }
    }
}

void sockets_close_leaving(void) {
    groups_sweep(true);
}

void sockets_close_all(void) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        if (!group->is_leaving && group->common == 0) {
            group_unlink_path(group);
        }
        group->is_leaving = true;
    }
    groups_sweep(true);
}

/* The line by the text of its address. */
static void map_lines(struct hash_map *map, struct str lines) {
    struct str line, address, number;

    while (str_take_part(&lines, '\n', &line)) {
        address = line;
        if (str_take_part(&address, ' ', &number) && address.len > 0) {
            hash_map_put(map, address, (char *) (uintptr_t) line.data);
        }
    }
}

/* The number that the line begins with. */
static unsigned first_left(const char *line) {
    size_t digits = strspn(line, "0123456789");
    uint64_t first;

    return parse_decimal(str_make(line, digits), LISTEN_SLOTS_MAX, &first) ? (unsigned) first
                                                                           : UINT_MAX;
}

void sockets_mark_left(struct str lines) {
    struct socket_group *group;
    struct hash_map map;

    hash_map_init(&map);
    map_lines(&map, lines);
    for (group = groups; group != NULL; group = group->next) {
        const char *line = hash_map_get(&map, str_make(group->text, group->text_len));

        group->left = line != NULL ? first_left(line) : UINT_MAX;
    }
    hash_map_fini(&map);
}

/* ---- to another binary ---- */

void sockets_set_common(bool are_common) {
    struct socket_group *group;

    for (group = groups; group != NULL; group = group->next) {
        group->common = are_common ? group->count : 0;
    }
}

void sockets_export(struct buf *to) {
    struct socket_group *group;
    char line[ADDR_TEXT_MAX + 64];
    unsigned slot;

    for (group = groups; group != NULL; group = group->next) {
        for (slot = 0; slot < group->count && !group->is_leaving; slot++) {
            int len = snprintf(line, sizeof(line), "%d:%u:%d:%.*s\n", group->fds[slot], slot,
                               group->is_shared, (int) group->text_len, group->text);

            fcntl(group->fds[slot], F_SETFD, 0);
            buf_append(to, str_make(line, (size_t) len), BUF_SIZE_MAX);
        }
    }
}

/* Whether the descriptor is a socket that listens. */
static bool is_listening(int fd) {
    int value = 0;
    socklen_t len = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value;
}

static bool import_line(struct str line) {
    struct str fd_text, slot_text, shared_text;
    struct socket_group *group;
    struct addr addr;
    uint64_t fd, slot;

    if (!str_take_part(&line, ':', &fd_text) || !str_take_part(&line, ':', &slot_text)
        || !str_take_part(&line, ':', &shared_text) || !parse_decimal(fd_text, INT32_MAX, &fd)
        || !parse_decimal(slot_text, LISTEN_SLOTS_MAX, &slot) || !parse_addr(line, 0, &addr)
        || !is_listening((int) fd)) {
        return false;
    }
    group = sockets_find(&addr);
    if (group == NULL) {
        group = group_new(&addr, str_is(shared_text, "1"));
    }
    if (slot != group->count) {
        return false;
    }
    fcntl((int) fd, F_SETFD, FD_CLOEXEC);
    group_add_fd(group, (int) fd);
    group->common = group->count;
    return true;
}

bool sockets_import(struct str text) {
    struct str line;

    while (str_take_part(&text, '\n', &line)) {
        if (line.len > 0 && !import_line(line)) {
            log_write(log_process, LOG_LEVEL_EMERG, 0, NULL, "inherited socket \"%.*s\" is unfit",
                      STR_ARG(line));
            return false;
        }
    }
    return true;
}
