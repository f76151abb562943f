/* SPDX-License-Identifier: BSD-2-Clause */
/* reload - the way from a changed file to a new generation; see reload.h. */
#include "process/reload.h"

#include "base/log.h"
#include "event/signal.h"
#include "process/command.h"
#include "process/folders.h"
#include "process/mainlog.h"
#include "process/sockets.h"
#include "process/title.h"
#include "process/upgrade.h"
#include "shm/counter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHECK_TIMEOUT_MS = 60000,
    CHECK_CPU_SECONDS = 60
};

static struct reload_source source;
static struct reload_events callbacks;
static struct buf bundle; /* the files of the configuration that serves */

static struct {
    unsigned number;            /* of the reload under way, or the last one */
    bool is_active;
    bool is_again;              /* asked for once more meanwhile */
    bool is_cancelled;
    bool is_late;               /* the check took too long */
    bool are_zones_known;       /* those marked as used are those of the newest generation */
    pid_t checker;
    int messages_fd, bundle_fd; /* memfds that the checking child fills */
    struct timer timeout;
    struct buf new_bundle, messages;
} reload;

static void on_check_timeout(struct timer *timer);

void reload_init(const struct reload_source *from, const struct reload_events *events) {
    source = *from;
    callbacks = *events;
    timer_init(&reload.timeout, on_check_timeout);
}

bool reload_is_active(void) {
    return reload.is_active;
}

/* ---- messages ---- */

static void messages_format(const struct conf *conf, struct buf *to) {
    const struct conf_message *message;
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        conf_message_format(message, true, to);
    }
}

void reload_log_messages(const struct conf *conf) {
    const struct conf_message *message;
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        struct buf text = { NULL, 0, 0, 0 };

        buf_append(&text, str_from(message->text), BUF_SIZE_MAX);
        conf_message_format_place(message, &text);
        log_write(log_process,
                  message->severity == CONF_ERROR ? LOG_LEVEL_EMERG : LOG_LEVEL_WARN, 0, NULL,
                  "%.*s", STR_ARG(buf_bytes(&text)));
        buf_free(&text);
    }
}

/* ---- the end of a reload, good or bad ---- */

static void begin(void);

static void finish(bool is_ok) {
    timer_cancel(&reload.timeout);
    mainlog_hide();
    command_answer(reload.number, is_ok ? 0 : 1, buf_bytes(&reload.messages));
    buf_free(&reload.messages);
    buf_free(&reload.new_bundle);
    reload.is_active = false;
    if (reload.is_again && !reload.is_cancelled) {
        begin();
    } else {
        callbacks.on_idle(is_ok);
    }
}

static void log_failure(const char *why) {
    log_write(log_process, LOG_LEVEL_EMERG, 0, NULL, "%s failed: %s%s",
              buf_is_empty(&bundle) ? "start" : "reload", why,
              generation_serving() != NULL ? "; the old configuration goes on" : "");
    counter_add(COUNTER_RELOADS_FAILED, 1);
}

static void fail(const char *why) {
    mainlog_collect(&reload.messages);
    log_failure(why);
    finish(false);
}

/* ---- checking, in a child ---- */

static bool write_all(int fd, struct str bytes) {
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.data, bytes.len);

        if (len < 0) {
            return false;
        }
        bytes = str_from_byte(bytes, (size_t) len);
    }
    return true;
}

static _Noreturn void run_check(pid_t master) {
    struct rlimit limit = { CHECK_CPU_SECONDS, CHECK_CPU_SECONDS };
    struct conf_options options = source.options;
    struct buf text = { NULL, 0, 0, 0 }, files = { NULL, 0, 0, 0 };
    struct conf *conf;

    signal_leave(); /* a SIGHUP for all that is named weir is not meant for it */
    loop_fini();
    /* It may hang in a file, and has our sockets: they must not stay when we are killed. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != master) {
        _exit(2);
    }
    seats_forget();
    generation_close_channels();
    command_leave();
    upgrade_leave();
    title_set("configuration check");
    setrlimit(RLIMIT_CPU, &limit);
    log_set_pid(getpid());
    options.is_check = true;
    conf = conf_load(&options, source.modules);
    messages_format(conf, &text);
    reload_log_messages(conf);
    if (!write_all(reload.messages_fd, buf_bytes(&text))) {
        _exit(2);
    }
    if (conf_errors(conf) > 0) {
        _exit(1);
    }
    conf_bundle(conf, &files);
    _exit(write_all(reload.bundle_fd, buf_bytes(&files)) ? 0 : 2);
}

static void on_check_timeout(struct timer *timer) {
    (void) timer;
    reload.is_late = true;
    kill(reload.checker, SIGKILL);
}

/* Takes the text from a memfd and closes it. */
static void take_text(int fd, struct buf *to) {
    struct stat info;

    if (fstat(fd, &info) == 0 && info.st_size > 0 && info.st_size < BUF_SIZE_MAX) {
        buf_reserve(to, (size_t) info.st_size);
        if (pread(fd, buf_room(to), (size_t) info.st_size, 0) == info.st_size) {
            buf_added(to, (size_t) info.st_size);
        }
    }
    close(fd);
}

static pid_t fork_check(void) {
    pid_t pid = -1;

    reload.messages_fd = memfd_create("weir-messages", MFD_CLOEXEC);
    reload.bundle_fd = memfd_create("weir-bundle", MFD_CLOEXEC);
    if (reload.messages_fd >= 0 && reload.bundle_fd >= 0) {
        pid = fork();
    }
    return pid;
}

static void begin(void) {
    pid_t master = getpid();

    reload.number++;
    reload.is_active = true;
    reload.is_again = reload.is_late = false;
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "reconfiguring");
    reload.checker = fork_check();
    if (reload.checker == 0) {
        run_check(master);
    }
    if (reload.checker < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "memfd_create() or fork() failed");
        close(reload.messages_fd);
        close(reload.bundle_fd);
        reload.checker = 0;
        fail("the configuration could not be checked");
        return;
    }
    timer_start(&reload.timeout, CHECK_TIMEOUT_MS);
}

unsigned reload_request(void) {
    if (reload.is_cancelled) {
        return 0;
    }
    if (reload.is_active) {
        reload.is_again = true;
        return reload.number + 1;
    }
    begin();
    return reload.number;
}

/* ---- taking over ---- */

/* Which zones are in use is what this load says; see reload_generation_ended(). */
static struct conf *load(struct str files) {
    struct conf_options options = source.options;

    options.bundle = files;
    reload.are_zones_known = false;
    zones_mark_unused();
    return conf_load(&options, source.modules);
}

/* After a failure: lines go where those of the configuration that serves go. */
static void use_serving_log(void) {
    const struct generation *serving = generation_serving();

    if (serving != NULL) {
        mainlog_use(serving->conf);
    }
}

/* The generations before the new one serve the sockets that it does not want until they are
 * empty. */
static void drain_old(const struct generation *serving) {
    struct message_drain how = { .closes_idle = false };
    struct buf left = { NULL, 0, 0, 0 };
    struct list *at, *next;

    sockets_commit(&left);
    list_each(at, next, generation_list()) {
        struct generation *old = list_object(at, struct generation, link);

        if (old != serving && old->state == GENERATION_SERVING) {
            generation_drain(old, &how, buf_bytes(&left));
        }
    }
    buf_free(&left);
    if (!generation_is_emptying()) {
        sockets_close_leaving();
    }
}

static void on_started(struct generation *generation, bool is_ok) {
    if (is_ok && !sockets_listen()) {
        generation_abort(generation);
        is_ok = false;
    }
    if (!is_ok) {
        use_serving_log();
        sockets_rollback();
        fail("the new processes do not serve");
        return;
    }
    generation_serve(generation);
    buf_free(&bundle);
    buf_move(&bundle, &reload.new_bundle);
    reload.are_zones_known = true;
    counter_add(COUNTER_RELOADS, generation->number > 1);
    callbacks.on_serving(generation);
    drain_old(generation);
    finish(true);
}

/* False: the reload has failed. */
static bool start_generation(struct conf *conf, bool is_cold) {
    const struct process_settings *settings = process_settings_of(conf);

    mainlog_use(conf);
    folders_make(conf, &settings->user);
    if (!sockets_prepare(conf, (unsigned) settings->workers, is_cold)) {
        use_serving_log();
        conf_free(conf);
        fail("a socket could not be opened");
        return false;
    }
    if (generation_start(conf, on_started) == NULL) {
        use_serving_log();
        sockets_rollback();
        fail("a process could not be started");
        return false;
    }
    return true;
}

static void load_and_start(void) {
    struct conf *conf = load(buf_bytes(&reload.new_bundle));

    if (conf_errors(conf) > 0) {
        reload_log_messages(conf);
        buf_free(&reload.messages);
        messages_format(conf, &reload.messages);
        conf_free(conf);
        fail("the configuration could not be loaded");
        return;
    }
    mainlog_collect(&reload.messages);
    start_generation(conf, false);
}

bool reload_child_ended(pid_t pid, int status) {
    if (pid != reload.checker || pid == 0) {
        return false;
    }
    reload.checker = 0;
    timer_cancel(&reload.timeout);
    take_text(reload.messages_fd, &reload.messages);
    take_text(reload.bundle_fd, &reload.new_bundle);
    if (reload.is_cancelled) {
        finish(false);
    } else if (reload.is_late) {
        fail("the check of the configuration takes too long");
    } else if (WIFSIGNALED(status)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "the check of the configuration ended on signal %d", WTERMSIG(status));
        fail("the check of the configuration crashed");
    } else if (WEXITSTATUS(status) == 1) {
        fail("the configuration has errors");
    } else if (WEXITSTATUS(status) != 0 || buf_is_empty(&reload.new_bundle)) {
        fail("the configuration could not be checked");
    } else {
        load_and_start();
    }
    return true;
}

/* ---- the first generation, and again ---- */

struct conf *reload_load_first(void) {
    return load(STR_NONE);
}

bool reload_start_first(struct conf *conf) {
    conf_bundle(conf, &reload.new_bundle);
    reload.number++;
    reload.is_active = true;
    return start_generation(conf, !upgrade_was_started());
}

void reload_start_again(void) {
    if (reload.is_active || generation_serving() != NULL) {
        return;
    }
    reload.number++;
    reload.is_active = true;
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "starting the last configuration again");
    buf_append(&reload.new_bundle, buf_bytes(&bundle), BUF_SIZE_MAX);
    load_and_start();
}

/* ---- ends ---- */

void reload_leave(void) {
    if (reload.checker != 0) {
        close(reload.messages_fd);
        close(reload.bundle_fd);
    }
}

static bool is_alone(void) {
    const struct list *all = generation_list();

    return all->next == all->prev && generation_serving() != NULL;
}

void reload_generation_ended(void) {
    if (reload.are_zones_known && !reload.is_active && is_alone()) {
        zones_close_unused();
    }
}

void reload_cancel(void) {
    struct str text = STR("weir: [emerg] the master process ends\n");

    reload.is_cancelled = true;
    if (reload.checker != 0) {
        kill(reload.checker, SIGKILL);
    }
    command_answer(reload.number, 1, text);
    command_answer(reload.number + 1, 1, text);
}
