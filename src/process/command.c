/* SPDX-License-Identifier: BSD-2-Clause */
/* command - the socket beside the pid file; see command.h. */
#include "process/command.h"

#include "base/buf.h"
#include "base/heap.h"
#include "base/log.h"
#include "event/channel.h"
#include "process/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    ASKERS_MAX = 64,
    ANSWER_TIMEOUT_MS = 300000
};

struct command_asker {
    struct list link;
    struct channel channel;
    struct reap reap;
    unsigned waits_for; /* number of a reload; 0: has not asked yet */
};

static struct watch listening = { .fd = -1 };
static char socket_path[4096];
static struct list askers = { &askers, &askers };
static unsigned asker_count;
static unsigned (*reload_asked)(void);

/*
 * The name of a socket has 107 bytes at most, a path 4,095: the folder is opened and named through
 * /proc. Returns the folder's descriptor, to be closed after the call that used the name; -1 with
 * errno.
 */
static int socket_name(const char *path, struct sockaddr_un *name) {
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    int fd;

    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s/", (int) (slash - path), path);
    }
    fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if ((size_t) snprintf(name->sun_path, sizeof(name->sun_path), "/proc/self/fd/%d/%s", fd,
                          slash != NULL ? slash + 1 : path) >= sizeof(name->sun_path)) {
        close(fd);
        errno = ENAMETOOLONG;
        return -1;
    }
    return fd;
}

/* A connected, or listening, socket of that name; -1 with errno. */
static int open_socket(const char *path, bool listens) {
    struct sockaddr_un name;
    int folder = socket_name(path, &name), fd, result, error;

    if (folder < 0) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | (listens ? SOCK_NONBLOCK : 0), 0);
    if (listens) {
        mode_t mask = umask(0177);

        result = bind(fd, (const struct sockaddr *) &name, sizeof(name));
        umask(mask);
        result = result == 0 ? listen(fd, ASKERS_MAX) : result;
    } else {
        result = connect(fd, (const struct sockaddr *) &name, sizeof(name));
    }
    error = errno;
    close(folder);
    if (result < 0) {
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* ---- master ---- */

static void free_asker(struct reap *reap) {
    heap_free(list_object(reap, struct command_asker, reap));
}

static void asker_close(struct command_asker *asker) {
    list_remove(&asker->link);
    asker_count--;
    channel_close(&asker->channel);
    loop_reap(&asker->reap, free_asker);
}

static void answer(struct command_asker *asker, int status, struct str text) {
    struct message_result result = { .status = status };
    struct buf data = { NULL, 0, 0, 0 };

    buf_append(&data, str_make((const char *) &result, sizeof(result)), CHANNEL_DATA_MAX);
    buf_append(&data, str_first(text, CHANNEL_DATA_MAX - sizeof(result)), CHANNEL_DATA_MAX);
    channel_send(&asker->channel, &(struct channel_message){ .type = MESSAGE_RESULT,
                                                             .data = buf_bytes(&data) });
    buf_free(&data);
    asker_close(asker);
}

void command_answer(unsigned number, int status, struct str text) {
    struct list *at, *next;

    list_each(at, next, &askers) {
        struct command_asker *asker = list_object(at, struct command_asker, link);

        if (asker->waits_for == number) {
            answer(asker, status, text);
        }
    }
}

static void on_message(struct channel *channel, const struct channel_message *message) {
    struct command_asker *asker = list_object(channel, struct command_asker, channel);
    unsigned i;

    for (i = 0; i < message->fd_count; i++) {
        close(message->fds[i]);
    }
    if (message->type == MESSAGE_RELOAD && asker->waits_for == 0) {
        asker->waits_for = reload_asked();
        if (asker->waits_for == 0) {
            answer(asker, 1, STR("weir: [emerg] the master process ends\n"));
        }
    } else {
        answer(asker, 1, STR("weir: [emerg] the master process does not know this request\n"));
    }
}

static void on_closed(struct channel *channel) {
    asker_close(list_object(channel, struct command_asker, channel));
}

static void on_ready(struct watch *watch, unsigned ready) {
    struct command_asker *asker;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void) ready;
    if (fd < 0) {
        return;
    }
    if (asker_count == ASKERS_MAX) {
        close(fd);
        return;
    }
    asker = heap_zero(1, sizeof(*asker));
    asker->channel.on_message = on_message;
    asker->channel.on_closed = on_closed;
    list_add_last(&askers, &asker->link);
    asker_count++;
    channel_open(&asker->channel, fd);
}

bool command_open(const char *pid_path, unsigned (*on_reload)(void)) {
    reload_asked = on_reload;
    snprintf(socket_path, sizeof(socket_path), "%s.sock", pid_path);
    unlink(socket_path); /* of a master that was killed; the pid file is ours by now */
    listening.fd = open_socket(socket_path, true);
    if (listening.fd < 0) {
        log_write(log_process, LOG_LEVEL_WARN, errno, NULL,
                  "bind() to \"%s\" failed, \"-s reload\" will not learn how it went", socket_path);
        return false;
    }
    listening.on_ready = on_ready;
    return watch_start(&listening, WATCH_LEVEL);
}

void command_close(void) {
    int fd = listening.fd;

    if (fd >= 0) {
        watch_cancel(&listening, true);
        close(fd);
        unlink(socket_path);
    }
}

void command_leave(void) {
    struct list *at, *next;

    if (listening.fd >= 0) {
        close(listening.fd);
    }
    list_each(at, next, &askers) {
        channel_close(&list_object(at, struct command_asker, link)->channel);
    }
}

/* ---- weir -s ---- */

int command_ask_reload(const char *pid_path) {
    static char buffer[CHANNEL_DATA_MAX];
    struct channel_message message = { .type = MESSAGE_RELOAD };
    struct message_result result;
    int fds[CHANNEL_FDS_MAX], fd;

    snprintf(socket_path, sizeof(socket_path), "%s.sock", pid_path);
    fd = open_socket(socket_path, false);
    if (fd < 0) {
        return -1;
    }
    if (!channel_send_now(fd, &message)
        || !channel_receive_now(fd, ANSWER_TIMEOUT_MS, buffer, fds, &message)
        || message.type != MESSAGE_RESULT || message.data.len < sizeof(result)) {
        fputs("weir: [emerg] the master process did not answer\n", stderr);
        close(fd);
        return 1;
    }
    close(fd);
    memcpy(&result, message.data.data, sizeof(result));
    fwrite(message.data.data + sizeof(result), 1, message.data.len - sizeof(result), stderr);
    return result.status;
}
