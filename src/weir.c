/* SPDX-License-Identifier: BSD-2-Clause */
/* weir - the program: what the command line asks for, and the list of all modules. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/pipe.h"
#include "conf/error_log.h"
#include "conf/ignored.h"
#include "conf/include.h"
#include "conf/log_syslog.h"
#include "conf/manual.h"
#include "config.h"
#include "event/logsink.h"
#include "expr/regex.h"
#include "expr/geo.h"
#include "expr/map.h"
#include "expr/script.h"
#include "expr/split_clients.h"
#include "http/auth_delay.h"
#include "http/gzip.h"
#include "http/client_settings.h"
#include "http/http_files.h"
#include "http/http_service.h"
#include "http/msie.h"
#include "http/upstream_request.h"
#include "lb/group.h"
#include "net/names.h"
#include "net/resolver.h"
#include "options.h"
#include "process/command.h"
#include "process/control.h"
#include "process/mainlog.h"
#include "process/master.h"
#include "process/pidfile.h"
#include "process/title.h"
#include "process/upgrade.h"
#include "stream/stream_service.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Generated from modules/LIST; ends with NULL. */
extern const struct module *const modules[];
extern const struct module_left_out modules_left_out[];

/*
 * What every build has, in the order in which finish() runs: names are resolved before the groups
 * that need the addresses, and the families come last, when all they refer to is there.
 */
static const struct module *const core_modules[] = {
    &process_module, &events_module, &include_module,       &error_log_module,
    &map_module,     &geo_module,    &split_clients_module, &set_module,
    &rewrite_module,
    &names_module,   &resolver_module, &lb_module,          &stream_core_module,
    &upstream_options_module,  &upstream_request_module,
    &upstream_response_module, &client_settings_module, &gzip_module,
    &auth_delay_module,        &msie_module,
    &http_files_module.base,
    &ignored_module, &http_core_module,
};

enum { CORE_MODULES = sizeof(core_modules) / sizeof(core_modules[0]) };

/* Core modules and those of the list in one NULL-ended array. */
static const struct module *const *all_modules(void) {
    const struct module **all;
    unsigned count = 0, i;

    while (modules[count] != NULL) {
        count++;
    }
    all = heap_zero(CORE_MODULES + count + 1, sizeof(*all));
    for (i = 0; i < CORE_MODULES; i++) {
        all[i] = core_modules[i];
    }
    for (i = 0; i < count; i++) {
        all[CORE_MODULES + i] = modules[i];
    }
    return all;
}

static void print(struct buf *text, FILE *file) {
    if (!buf_is_empty(text)) {
        fwrite(text->data + text->start, 1, buf_len(text), file);
    }
    buf_free(text);
}

static void show_version(bool with_build) {
    fprintf(stderr, "weir version: weir/%s\n", WEIR_VERSION);
    if (with_build) {
        fprintf(stderr, "built by %s\n", WEIR_COMPILER);
        fprintf(stderr, "PCRE2 built %s, running %s\n", WEIR_PCRE2_VERSION, regex_version());
        fprintf(stderr, "configure arguments: %s\n", WEIR_CONFIGURE_ARGUMENTS);
    }
}

static int show_help(const struct options *options, const struct module *const *all) {
    struct buf text = { NULL, 0, 0, 0 };
    bool is_known;

    if (options->topic == NULL) {
        show_version(false);
        fputs(options_usage, stderr);
        return 0;
    }
    is_known = manual_format(all, options->topic, &text);
    print(&text, is_known ? stdout : stderr);
    return is_known ? 0 : 1;
}

/* ---- configuration ---- */

static void report_messages(const struct conf *conf, const struct options *options) {
    bool is_long = options->tests || options->signal != NULL || isatty(STDERR_FILENO);
    struct buf text = { NULL, 0, 0, 0 };
    const struct conf_message *message;
    unsigned i;

    if (options->is_json) {
        conf_messages_format_json(conf, &text);
        print(&text, stdout);
        return;
    }
    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        conf_message_format(message, is_long, &text);
    }
    print(&text, stderr);
}

/* -T: every file as it was read, as nginx prints it. */
static void dump_files(const struct conf *conf) {
    const char *name;
    struct str bytes;
    unsigned i;

    for (i = 0; (name = conf_file_at(conf, i, &bytes)) != NULL; i++) {
        printf("# configuration file %s:\n", name);
        fwrite(bytes.data, 1, bytes.len, stdout);
        putchar('\n');
    }
}

static int finish_test(const struct conf *conf, const struct options *options, const char *path) {
    if (conf_errors(conf) > 0) {
        fprintf(stderr, "weir: configuration file %s test failed (%u error%s, %u warning%s)\n",
                path, conf_errors(conf), conf_errors(conf) == 1 ? "" : "s", conf_warnings(conf),
                conf_warnings(conf) == 1 ? "" : "s");
        return 1;
    }
    if (!options->is_quiet && !options->is_json) {
        fprintf(stderr, "weir: the configuration file %s syntax is ok\n", path);
        fprintf(stderr, "weir: configuration file %s test is successful\n", path);
    }
    if (options->dumps) {
        dump_files(conf);
    }
    return 0;
}

/* ---- -s ---- */

/* False: with errors, which were shown. */
static bool load_and_show(const struct options *options, const struct reload_source *source) {
    struct conf *conf = master_load(source);
    bool is_good = conf_errors(conf) == 0;

    report_messages(conf, options);
    conf_free(conf);
    return is_good;
}

static int signal_number(const char *name) {
    return strcmp(name, "stop") == 0 ? SIGTERM
        : strcmp(name, "quit") == 0  ? SIGQUIT
        : strcmp(name, "reopen") == 0 ? SIGUSR1
                                      : SIGHUP;
}

/* Who answers for a reload has loaded the files; only where nobody answers that is left to us. */
static int signal_master(const struct options *options, const struct reload_source *source,
                         const char *path) {
    int number = signal_number(options->signal);
    pid_t pid = pidfile_read(path);
    int status;

    if (pid < 0) {
        fprintf(stderr, "weir: [error] open() \"%s\" failed (%d: %s)\n", path, errno,
                strerror(errno));
        return 1;
    }
    status = number == SIGHUP ? command_ask_reload(path) : -1;
    if (status >= 0) {
        return status;
    }
    if (number == SIGHUP && !load_and_show(options, source)) {
        return 1;
    }
    if (kill(pid, number) < 0) {
        fprintf(stderr, "weir: [alert] kill(%d, %d) failed (%d: %s)\n", pid, number, errno,
                strerror(errno));
        return 1;
    }
    return 0;
}

/* All that is wanted of the files is the path of the pid file: no name of a host is waited for, and
 * errors keep nobody from stopping weir. */
static int send_signal(const struct options *options, const struct reload_source *source) {
    struct buf path = { NULL, 0, 0, 0 };
    int status = 1;

    if (conf_peek_path(&source->options, source->modules, "pid", WEIR_PID_PATH, &path)) {
        buf_append(&path, str_make("", 1), BUF_SIZE_MAX);
        status = signal_master(options, source, path.data + path.start);
    } else {
        load_and_show(options, source);
    }
    buf_free(&path);
    return status;
}

/* ---- main ---- */

/* So that the sanitizers see real leaks only. */
static void give_back_pools(void) {
    arena_trim();
    buf_trim();
    pipe_trim();
}

/* Descriptors 0 to 2 must be ours before anything else is opened. */
static void open_standard_files(void) {
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

/* -c and -e are relative to the prefix, and that to the current directory. */
static const char *under_prefix(const char *path, const char *prefix) {
    return path[0] == '/' || strcmp(path, "stderr") == 0 ? path : options_join(prefix, path);
}

/* The current directory may change, and includes are relative to files: no path stays relative. */
static const char *absolute_prefix(const char *prefix) {
    char here[4096];

    if (prefix[0] == '/' || getcwd(here, sizeof(here)) == NULL) {
        return prefix;
    }
    return options_join(options_join(here, "/"), prefix);
}

static int run(const struct options *options, const struct module *const *all) {
    static struct reload_source source;
    bool is_check = options->tests || options->signal != NULL, has_log;
    static struct conf *conf;

    source.options = (struct conf_options){
        .path = under_prefix(options->conf_path, options->prefix),
        .prefix = options->prefix,
        .globals = str_from(options->globals),
        .is_check = is_check,
    };
    source.modules = all;
    if (!upgrade_import() || !seats_open()) {
        fprintf(stderr, "weir: [emerg] shared memory could not be set up (%d: %s)\n", errno,
                strerror(errno));
        return 1;
    }
    if (options->signal != NULL && !options->tests) {
        return send_signal(options, &source);
    }
    has_log = !is_check && mainlog_open(under_prefix(options->error_log, options->prefix));
    conf = master_load(&source);
    if (has_log) {
        reload_log_messages(conf);
    }
    if (conf_errors(conf) > 0 || conf_warnings(conf) > 0 || options->is_json) {
        report_messages(conf, options);
    }
    if (options->tests) {
        return finish_test(conf, options, source.options.path);
    }
    return conf_errors(conf) > 0 ? 1 : master_run(conf);
}

/* A syslog server may be named; names are resolved on a floor above those of the logs. */
static bool look_up_for_syslog(struct conf *conf, struct str host, uint16_t port,
                               struct sockaddr_storage *address, const char **reason) {
    struct addr *addrs;

    if (names_lookup(conf, host, port, &addrs, reason) == 0) {
        return false;
    }
    memcpy(address, &addrs[0].any, addrs[0].len);
    return true;
}

int main(int argc, char **argv) {
    static const struct module *const *all;
    static struct options options;
    const char *wrong;
    uint64_t seed;

    title_init(argc, argv);
    atexit(give_back_pools);
    all = all_modules();
    modules_set_left_out(modules_left_out);
    open_standard_files();
    upgrade_remember(argc, argv);
    wrong = options_parse(argc, argv, &options);
    if (wrong != NULL) {
        fprintf(stderr, "weir: %s\nweir: see \"weir -h\" for the options\n", wrong);
        return 1;
    }
    if (options.shows_help) {
        return show_help(&options, all);
    }
    if (options.shows_version) {
        show_version(options.shows_build);
        return 0;
    }
    if (options.lists_directives) {
        struct buf text = { NULL, 0, 0, 0 };

        manual_list(all, &text);
        print(&text, stdout);
        return 0;
    }
    tzset();
    clock_update();
    if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed)) {
        hash_seed(seed);
    }
    if (options.is_control) {
        return control_main();
    }
    options.prefix = absolute_prefix(options.prefix);
    error_log_set_default(under_prefix(options.error_log, options.prefix));
    process_set_defaults(WEIR_PID_PATH, WEIR_USER, WEIR_GROUP);
    log_syslog_set_lookup(look_up_for_syslog);
    return run(&options, all);
}
