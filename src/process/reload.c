/* SPDX-License-Identifier: BSD-2-Clause */
/* reload - the way from a changed file to a new generation; see reload.h. */
#include "process/reload.h"

#include "conf/error_log.h"
#include "process/sockets.h"
#include "shm/counter.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHECK_TIMEOUT_MS = 60000,
    CHECK_CPU_SECONDS = 60,
    ASKERS_MAX = 16
};

static struct reload_source source;
static void (*on_new_serving)(struct generation *generation);
static struct buf bundle; /* the files of the configuration that serves */

/* The reload under way, if any. */
static struct {
    pid_t checker;
    int messages_fd, bundle_fd;    /* memfds that the checking child fills */
    struct timer timeout;
    struct command_asker *askers[ASKERS_MAX];
    unsigned asker_count;
    bool is_active;
    bool is_again;                 /* asked for once more meanwhile */
    struct command_asker *next_askers[ASKERS_MAX];
    unsigned next_count;
    struct generation *generation; /* the new one, starting */
    struct buf new_bundle, messages;
} reload;

static void on_check_timeout(struct timer *timer);

void reload_init(const struct reload_source *from,
                 void (*on_serving)(struct generation *generation)) {
    source = *from;
    on_new_serving = on_serving;
    timer_init(&reload.timeout, on_check_timeout);
}

/* ---- messages ---- */

static void messages_format(const struct conf *conf, struct buf *to) {
    const struct conf_message *message;
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        conf_message_format(message, true, to);
    }
}

/* The log gets one line for each: what and where, without the source text. */
static void messages_log(const struct conf *conf) {
    const struct conf_message *message;
    unsigned i;

    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        log_write(log_process,
                  message->severity == CONF_ERROR ? LOG_LEVEL_EMERG : LOG_LEVEL_WARN, 0, NULL,
                  message->file[0] == '\0' ? "%s"
                      : message->line == 0 ? "%s in %s"
                                           : "%s in %s:%u",
                  message->text, message->file, message->line);
    }
}

/* ---- the end of a reload, good or bad ---- */

static void on_generation_started(bool is_ok);
static void begin(void);

/* All who asked while one was under way are served by one more. */
static void begin_next(void) {
    memcpy(reload.askers, reload.next_askers, sizeof(reload.askers));
    reload.asker_count = reload.next_count;
    reload.next_count = 0;
    reload.is_again = false;
    begin();
}

static void finish(int status, struct str text) {
    unsigned i;

    timer_cancel(&reload.timeout);
    for (i = 0; i < reload.asker_count; i++) {
        command_answer(reload.askers[i], status, text);
    }
    counter_add(status == 0 ? COUNTER_RELOADS : COUNTER_RELOADS_FAILED, 1);
    buf_free(&reload.messages);
    buf_free(&reload.new_bundle);
    reload.asker_count = 0;
    reload.is_active = false;
    reload.generation = NULL;
    if (reload.is_again) {
        begin_next();
    }
}

static void fail(const char *why) {
    log_write(log_process, LOG_LEVEL_EMERG, 0, NULL,
              "reload failed: %s; the old configuration goes on", why);
    if (buf_is_empty(&reload.messages)) {
        buf_append(&reload.messages, STR("weir: [emerg] "), BUF_SIZE_MAX);
        buf_append(&reload.messages, str_from(why), BUF_SIZE_MAX);
        buf_append(&reload.messages, STR("; the error log says more\n"), BUF_SIZE_MAX);
    }
    finish(1, buf_bytes(&reload.messages));
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

static _Noreturn void run_check(void) {
    struct rlimit limit = { CHECK_CPU_SECONDS, CHECK_CPU_SECONDS };
    struct conf_options options = source.options;
    struct buf text = { NULL, 0, 0, 0 }, files = { NULL, 0, 0, 0 };
    struct conf *conf;

    loop_fini();
    seats_forget();
    setrlimit(RLIMIT_CPU, &limit);
    log_set_pid(getpid());
    options.is_check = true;
    conf = conf_load(&options, source.modules);
    messages_format(conf, &text);
    messages_log(conf);
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
    log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
              "the check of the configuration takes over %ds",
              CHECK_TIMEOUT_MS / 1000);
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

static void start_check(void) {
    reload.messages_fd = memfd_create("weir-messages", MFD_CLOEXEC);
    reload.bundle_fd = memfd_create("weir-bundle", MFD_CLOEXEC);
    logsink_flush();
    reload.checker = fork();
    if (reload.checker == 0) {
        run_check();
    }
    if (reload.checker < 0) {
        reload.checker = 0;
        close(reload.messages_fd);
        close(reload.bundle_fd);
        fail("fork() failed");
        return;
    }
    timer_start(&reload.timeout, CHECK_TIMEOUT_MS);
}

static void begin(void) {
    reload.is_active = true;
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "reconfiguring");
    start_check();
}

void reload_request(struct command_asker *asker) {
    if (reload.is_active) {
        reload.is_again = true;
        if (asker != NULL && reload.next_count < ASKERS_MAX) {
            reload.next_askers[reload.next_count++] = asker;
        }
        return;
    }
    if (asker != NULL) {
        reload.askers[reload.asker_count++] = asker;
    }
    begin();
}

/* ---- taking over ---- */

static struct conf *load_bundle(struct str files) {
    struct conf_options options = source.options;

    options.bundle = files;
    return conf_load(&options, source.modules);
}

/* After a failure: messages go where those of the configuration that serves go. */
static void use_serving_log(void) {
    const struct generation *serving = generation_serving();

    if (serving != NULL) {
        error_log_use(serving->conf);
    }
}

static void start_generation(struct conf *conf) {
    const struct process_settings *settings = process_settings_of(conf);

    error_log_use(conf);
    if (!sockets_prepare(conf, (unsigned) settings->workers, false)) {
        use_serving_log();
        conf_free(conf);
        fail("a socket could not be opened");
        return;
    }
    reload.generation = generation_start(conf, on_generation_started);
    if (reload.generation == NULL) {
        use_serving_log();
        sockets_rollback();
        fail("a process could not be started");
    }
}

static void load_and_start(struct str files) {
    struct conf *conf = load_bundle(files);

    if (conf_errors(conf) > 0) {
        messages_log(conf);
        buf_free(&reload.messages);
        messages_format(conf, &reload.messages);
        conf_free(conf);
        fail("the configuration could not be loaded");
        return;
    }
    start_generation(conf);
}

bool reload_child_ended(pid_t pid, int status) {
    if (pid != reload.checker || pid == 0) {
        return false;
    }
    reload.checker = 0;
    timer_cancel(&reload.timeout);
    take_text(reload.messages_fd, &reload.messages);
    take_text(reload.bundle_fd, &reload.new_bundle);
    if (WIFSIGNALED(status)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "the check of the configuration ended on signal %d", WTERMSIG(status));
        fail("the check of the configuration crashed");
    } else if (WEXITSTATUS(status) != 0) {
        fail("the configuration has errors");
    } else {
        load_and_start(buf_bytes(&reload.new_bundle));
    }
    return true;
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
    sockets_close_unwanted();
}

static void on_generation_started(bool is_ok) {
    if (!is_ok) {
        use_serving_log();
        sockets_rollback();
        fail("the new processes did not start");
        return;
    }
    buf_free(&bundle);
    buf_move(&bundle, &reload.new_bundle);
    on_new_serving(reload.generation);
    drain_old(reload.generation);
    finish(0, buf_bytes(&reload.messages));
}

/* ---- the first generation, and again ---- */

struct conf *reload_load_first(void) {
    struct conf *conf = conf_load(&source.options, source.modules);

    conf_bundle(conf, &bundle);
    return conf;
}

bool reload_start_first(struct conf *conf, void (*on_started)(bool is_ok)) {
    return generation_start(conf, on_started) != NULL;
}

void reload_start_again(void) {
    if (reload.is_active || generation_serving() != NULL) {
        return;
    }
    reload.is_active = true;
    buf_append(&reload.new_bundle, buf_bytes(&bundle), BUF_SIZE_MAX);
    load_and_start(buf_bytes(&reload.new_bundle));
}

void reload_cancel(void) {
    if (reload.checker != 0) {
        kill(reload.checker, SIGKILL);
    }
}
