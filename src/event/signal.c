/* SPDX-License-Identifier: BSD-2-Clause */
/* signal - signals as events of the loop; see signal.h. */
#include "event/signal.h"

#include "base/panic.h"
#include "event/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t blocked;
static void (*signal_callback)(int number, int pid);
static void signal_ready(struct watch *watch, unsigned ready);
static struct watch signal_watch = { .fd = -1, .on_ready = signal_ready };

void signal_start(const int *numbers, void (*on_signal)(int number, int pid)) {
    const int *number;

    CHECK(signal_watch.fd < 0);
    sigemptyset(&blocked);
    for (number = numbers; *number != 0; number++) {
        sigaddset(&blocked, *number);
    }
    CHECK(sigprocmask(SIG_SETMASK, &blocked, NULL) == 0);
    /* A shell or nohup may have had one ignored: then none comes. Not while it could still kill. */
    for (number = numbers; *number != 0; number++) {
        signal(*number, SIG_DFL);
    }
    signal_callback = on_signal;
    signal_watch.fd = signalfd(-1, &blocked, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(signal_watch.fd >= 0 && watch_start(&signal_watch, WATCH_EDGE));
}

void signal_leave(void) {
    int fd = signal_watch.fd;

    if (fd >= 0) {
        watch_cancel(&signal_watch, false);
        close(fd);
    }
}

void signal_fini(void) {
    if (signal_watch.fd < 0) {
        return;
    }
    signal_leave();
    CHECK(sigprocmask(SIG_UNBLOCK, &blocked, NULL) == 0);
}

/* A callback may end or replace all this, so the descriptor is looked up each time. */
static void signal_ready(struct watch *watch, unsigned ready) {
    struct signalfd_siginfo info;

    (void) ready;
    while (watch->fd >= 0) {
        ssize_t len = read(watch->fd, &info, sizeof(info));

        if (len == (ssize_t) sizeof(info)) {
            signal_callback((int) info.ssi_signo, (int) info.ssi_pid);
        } else {
            CHECK(len < 0 && (errno == EAGAIN || errno == EINTR));
            if (errno == EAGAIN) {
                return;
            }
        }
    }
}
