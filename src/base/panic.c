/* SPDX-License-Identifier: BSD-2-Clause */
/* panic - the end of a process that found a bug in itself; see panic.h. */
#include "base/panic.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PANIC_LINE_MAX = 512, PANIC_CALLS_MAX = 32 };

static struct panic_dumper *dumpers;
static int is_panicking;

/* One write(), so that lines of several processes do not mix. */
static void panic_write_stderr(const char *line, size_t len) {
    char text[PANIC_LINE_MAX + 1];

    memcpy(text, line, len);
    text[len] = '\n';
    if (write(STDERR_FILENO, text, len + 1) < 0) {
        return; /* nobody is left to tell */
    }
}

static void (*panic_writer)(const char *line, size_t len) = panic_write_stderr;

void panic_set_writer(void (*write_line)(const char *line, size_t len)) {
    panic_writer = write_line;
}

void panic_print(const char *format, ...) {
    char line[PANIC_LINE_MAX + 1];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    panic_writer(line, len < PANIC_LINE_MAX ? (size_t) len : PANIC_LINE_MAX);
}

void panic_add_dumper(struct panic_dumper *dumper) {
    struct panic_dumper **last = &dumpers;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    dumper->next = NULL;
    *last = dumper;
}

void panic_remove_dumper(struct panic_dumper *dumper) {
    struct panic_dumper **at;

    for (at = &dumpers; *at != NULL; at = &(*at)->next) {
        if (*at == dumper) {
            *at = dumper->next;
            return;
        }
    }
}

static void dump_all(void) {
    struct panic_dumper *dumper;

    for (dumper = dumpers; dumper != NULL; dumper = dumper->next) {
        dumper->dump(dumper);
    }
}

void panic(const char *file, int line, const char *func, const char *what) {
    /* A dumper that panics itself must not start the dump again. */
    if (is_panicking++ == 0) {
        panic_print("panic: %s:%d %s(): %s", file, line, func, what);
        dump_all();
    }
    abort();
}

/* ---- SIGABRT ---- */

/* The innermost call first, the handler's own among them. */
static void print_stack(void) {
    void *calls[PANIC_CALLS_MAX];
    int count = backtrace(calls, PANIC_CALLS_MAX), i;

    for (i = 0; i < count; i++) {
        Dl_info place;

        if (dladdr(calls[i], &place) != 0) {
            panic_print("in %s+0x%zx %s", place.dli_fname,
                        (size_t) ((char *) calls[i] - (char *) place.dli_fbase),
                        place.dli_sname != NULL ? place.dli_sname : "");
        }
    }
}

/* Whatever this process was doing, it does no more: the handler may do what signal handlers must
 * not. If it hangs, who sent the signal has a stronger one. */
static void on_abort(int number, siginfo_t *info, void *context) {
    (void) context;
    if (is_panicking++ == 0) {
        panic_print("told to abort by process %d", info->si_pid);
        print_stack();
        dump_all();
    } else {
        print_stack();
    }
    raise(number); /* comes when we return, and there is no handler any more */
}

void panic_on_abort(void) {
    struct sigaction action = { .sa_sigaction = on_abort, .sa_flags = SA_SIGINFO | SA_RESETHAND };
    void *call;

    backtrace(&call, 1); /* loads now what it needs */
    sigaction(SIGABRT, &action, NULL);
}
