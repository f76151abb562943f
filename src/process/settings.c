/* SPDX-License-Identifier: BSD-2-Clause */
/* settings - the directives of the main and the events block; see settings.h. */
#include "process/settings.h"

#include "base/number.h"
#include "conf/value.h"
#include "expr/regex.h"
#include "net/names.h"
#include "shm/seat.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

static unsigned process_index, events_index;
static const char *default_pid_path, *default_user, *default_group;

void process_set_defaults(const char *pid_path, const char *user, const char *group) {
    default_pid_path = pid_path;
    default_user = user;
    default_group = group;
}

const struct process_settings *process_settings_of(const struct conf *conf) {
    return conf->main->confs[process_index];
}

const struct events_settings *events_settings_of(const struct conf *conf) {
    const struct conf_block *block;

    for (block = conf->main->first; block != NULL; block = block->next) {
        if (block->where == CONF_EVENTS) {
            return block->confs[events_index];
        }
    }
    return conf->main->confs[events_index];
}

/* ---- user ---- */

struct ids {
    uid_t uid;
    gid_t gid;
};

static bool ask_user(const char *name, struct ids *ids) {
    const struct passwd *entry = getpwnam(name);

    if (entry != NULL) {
        *ids = (struct ids){ entry->pw_uid, entry->pw_gid };
    }
    return entry != NULL;
}

static bool ask_group(const char *name, struct ids *ids) {
    const struct group *entry = getgrnam(name);

    if (entry != NULL) {
        *ids = (struct ids){ .gid = entry->gr_gid };
    }
    return entry != NULL;
}

/* The answer may come from afar, and late: a master that has children does not ask (names.h). */
static bool find_ids(struct conf *conf, const char *kind, const char *name,
                     bool (*ask)(const char *name, struct ids *ids), struct ids *ids) {
    struct str key = arena_print(&conf->arena, "%s %s", kind, name), data;

    if (!conf_recall(conf, key, &data)) {
        bool is_found = ask(name, ids);

        conf_remember(conf, key, str_make((const char *) ids, is_found ? sizeof(*ids) : 0));
        return is_found;
    }
    if (data.len != sizeof(*ids)) {
        return false;
    }
    memcpy(ids, data.data, sizeof(*ids));
    return true;
}

static bool find_user(struct conf *conf, const struct conf_line *line, const char *name,
                      struct process_user *user) {
    struct ids ids;

    if (!find_ids(conf, "user", name, ask_user, &ids)) {
        return conf_error(conf, line, 1, "getpwnam(\"%s\") failed", name);
    }
    *user = (struct process_user){ ids.uid, ids.gid,
                                   arena_copy(&conf->arena, str_from(name)).data };
    return true;
}

static bool find_group(struct conf *conf, const struct conf_line *line, const char *name,
                       gid_t *gid) {
    struct ids ids;

    if (!find_ids(conf, "group", name, ask_group, &ids)) {
        return conf_error(conf, line, 2, "getgrnam(\"%s\") failed", name);
    }
    *gid = ids.gid;
    return true;
}

static bool parse_user(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    struct process_user *user = field;

    (void) block;
    (void) directive;
    if (geteuid() != 0) {
        conf_warn(conf, line, 0,
                  "the \"user\" directive makes sense only if the master process runs with"
                  " super-user privileges, ignored");
        return true;
    }
    if (!find_user(conf, line, line->words[1].text.data, user)) {
        return false;
    }
    return line->count < 3 || find_group(conf, line, line->words[2].text.data, &user->gid);
}

static const struct conf_type type_user = {
    .name = "user",
    .size = sizeof(struct process_user),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_user,
};

/* ---- worker_processes, worker_cpu_affinity ---- */

/* On a reload two generations have seats, and those that drain still keep theirs. */
enum { WORKERS_MAX = SEATS_MAX / 2 - 16 };

static int64_t usable_cpus(void) {
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static bool parse_workers(struct conf *conf, struct conf_block *block,
                          const struct directive *directive, const struct conf_line *line,
                          void *field) {
    int64_t *workers = field;
    struct str text = line->words[1].text;

    (void) block;
    (void) directive;
    if (str_is(text, "auto")) {
        *workers = usable_cpus() < WORKERS_MAX ? usable_cpus() : WORKERS_MAX;
        return true;
    }
    if (!parse_signed(text, 1, WORKERS_MAX, workers)) {
        conf_error(conf, line, 1, "invalid value \"%s\"", text.data);
        conf_help(conf, "a number from 1 to %d, or \"auto\": one for each CPU", WORKERS_MAX);
        return false;
    }
    return true;
}

static const struct conf_type type_workers = {
    .name = "number",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_workers,
};

/* "0101": the rightmost digit is CPU 0. */
static bool parse_cpu_mask(struct str digits, cpu_set_t *mask) {
    size_t i;

    CPU_ZERO(mask);
    for (i = 0; i < digits.len; i++) {
        if (digits.data[i] == '1' && digits.len - 1 - i < CPU_SETSIZE) {
            CPU_SET(digits.len - 1 - i, mask);
        } else if (digits.data[i] != '0') {
            return false;
        }
    }
    return digits.len > 0;
}

static bool parse_affinity(struct conf *conf, struct conf_block *block,
                           const struct directive *directive, const struct conf_line *line,
                           void *field) {
    struct process_affinity *affinity = field;
    unsigned i;

    (void) block;
    (void) directive;
    affinity->is_auto = str_is(line->words[1].text, "auto");
    for (i = affinity->is_auto ? 2 : 1; i < line->count; i++) {
        cpu_set_t *mask = conf_array_add(conf, &affinity->masks, &affinity->count, sizeof(*mask));

        if (!parse_cpu_mask(line->words[i].text, mask)) {
            conf_error(conf, line, i, "invalid CPU mask \"%s\"", line->words[i].text.data);
            conf_help(conf, "a mask is written in binary, CPU 0 last: 0001 0010 0100");
            return false;
        }
    }
    if (affinity->is_auto && affinity->count > 1) {
        return conf_error(conf, line, 3, "\"auto\" takes one mask at most");
    }
    return true;
}

static const struct conf_type type_affinity = {
    .name = "cpumask",
    .size = sizeof(struct process_affinity),
    .min_words = 1,
    .max_words = 512,
    .parse = parse_affinity,
};

/* ---- paths ---- */

static bool parse_path(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    (void) block;
    (void) directive;
    *(struct str *) field = conf_path(conf, line->words[1].text);
    return true;
}

static const struct conf_type type_path = {
    .name = "path",
    .size = sizeof(struct str),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_path,
};

/* ---- pcre_jit ---- */

/* Takes effect at once: the patterns that follow are compiled while the file is read. */
static bool parse_pcre_jit(struct conf *conf, struct conf_block *block,
                           const struct directive *directive, const struct conf_line *line,
                           void *field) {
    bool is_on;

    if (!conf_type_flag.parse(conf, block, directive, line, &is_on)) {
        return false;
    }
    (void) field;
    regex_set_jit(conf, is_on);
    return true;
}

static const struct conf_type type_pcre_jit = {
    .name = "flag",
    .size = 0,
    .min_words = 1,
    .max_words = 1,
    .parse = parse_pcre_jit,
};

/* ---- tables ---- */

static const struct conf_range range_priority = { .min = -20, .max = 20 };
static const struct conf_range range_nofile = { .min = 1, .max = 1 << 30 };
static const struct conf_range range_connections = { .min = 1, .max = 1 << 24 };
static const struct conf_block_kind kind_events = { .inside = CONF_EVENTS };

#define FIELD(name) offsetof(struct process_settings, name)

static const struct directive process_directives[] = {
    { .name = "daemon",
      .where = CONF_MAIN,
      .type = &conf_type_flag,
      .field = FIELD(is_daemon),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether weir goes to the background" },
    { .name = "env",
      .where = CONF_MAIN,
      .type = &conf_type_text_list,
      .field = FIELD(env),
      .inherit = INHERIT_LIST,
      .syntax = "variable[=value]",
      .help = "environment variable that is kept, or set, for the processes; TZ is always kept" },
    { .name = "events",
      .where = CONF_MAIN,
      .type = &conf_type_block,
      .syntax = "{ ... }",
      .help = "how workers handle connections",
      .detail = &kind_events },
    { .name = "lock_file",
      .where = CONF_MAIN,
      .type = &conf_type_unused_text,
      .syntax = "file",
      .help = "read and not used: workers share no lock file",
      .detail = "weir's workers need no lock file: each has sockets of its own" },
    { .name = "master_process",
      .where = CONF_MAIN,
      .type = &conf_type_flag,
      .field = FIELD(has_master),
      .initial = "on",
      .syntax = "on | off",
      .help = "off: one process does it all, for developers" },
    { .name = "pcre_jit",
      .where = CONF_MAIN,
      .type = &type_pcre_jit,
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the regular expressions that follow are compiled to machine code" },
    { .name = "pid",
      .where = CONF_MAIN,
      .type = &type_path,
      .field = FIELD(pid_path),
      .syntax = "file",
      .help = "file that holds the master's process number once every socket listens" },
    { .name = "timer_resolution",
      .where = CONF_MAIN,
      .type = &conf_type_unused_time,
      .syntax = "interval",
      .help = "read and not used: the clock is read once per turn of the loop",
      .detail = "weir reads the clock once per turn of its loop and needs no interval for it" },
    { .name = "user",
      .where = CONF_MAIN,
      .type = &type_user,
      .field = FIELD(user),
      .syntax = "user [group]",
      .help = "who the workers run as, when the master is root" },
    { .name = "worker_cpu_affinity",
      .where = CONF_MAIN,
      .type = &type_affinity,
      .field = FIELD(affinity),
      .syntax = "auto [cpumask] | cpumask ...",
      .help = "the CPUs that each worker may run on" },
    { .name = "worker_priority",
      .where = CONF_MAIN,
      .type = &conf_type_number,
      .field = FIELD(priority),
      .initial = "0",
      .syntax = "number",
      .help = "nice value of the workers, -20 to 20",
      .detail = &range_priority },
    { .name = "worker_processes",
      .where = CONF_MAIN,
      .type = &type_workers,
      .field = FIELD(workers),
      .initial = "1",
      .syntax = "number | auto",
      .help = "number of workers; auto: one for each CPU that may be used" },
    { .name = "worker_rlimit_core",
      .where = CONF_MAIN,
      .type = &conf_type_size,
      .field = FIELD(rlimit_core),
      .syntax = "size",
      .help = "largest core file of a worker" },
    { .name = "worker_rlimit_nofile",
      .where = CONF_MAIN,
      .type = &conf_type_number,
      .field = FIELD(rlimit_nofile),
      .syntax = "number",
      .help = "most descriptors that a worker may have open",
      .detail = &range_nofile },
    { .name = "worker_shutdown_timeout",
      .where = CONF_MAIN,
      .type = &conf_type_time,
      .field = FIELD(shutdown_timeout_ms),
      .syntax = "time",
      .help = "how long a draining worker waits for its connections before it closes them" },
    { .name = "working_directory",
      .where = CONF_MAIN,
      .type = &type_path,
      .field = FIELD(working_directory),
      .syntax = "directory",
      .help = "current directory of the workers, where cores are written" },
    DIRECTIVES_END
};

/* ---- debug_connection, use ---- */

static bool parse_debug_connection(struct conf *conf, struct conf_block *block,
                                   const struct directive *directive,
                                   const struct conf_line *line, void *field) {
    struct events_debug *debug = field;
    struct addr_net *net = conf_array_add(conf, &debug->nets, &debug->count, sizeof(*net));
    struct str text = line->words[1].text;

    (void) block;
    (void) directive;
    if (str_is(text, "unix:")) {
        net->family = AF_UNIX;
        return true;
    }
    if (!parse_addr_net(text, net, NULL)) {
        conf_error(conf, line, 1, "invalid address \"%s\"", text.data);
        conf_help(conf, "an address, a network such as 10.0.0.0/8, or \"unix:\"");
        return false;
    }
    return true;
}

static const struct conf_type type_debug_connection = {
    .name = "address",
    .size = sizeof(struct events_debug),
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_debug_connection,
};

static bool parse_use(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    (void) block;
    (void) directive;
    (void) field;
    if (!str_is(line->words[1].text, "epoll")) {
        conf_error(conf, line, 1, "invalid event type \"%s\"", line->words[1].text.data);
        conf_help(conf, "weir has one: epoll");
        return false;
    }
    return true;
}

static const struct conf_type type_use = {
    .name = "method",
    .size = 0,
    .min_words = 1,
    .max_words = 1,
    .parse = parse_use,
};

#define EVENTS_FIELD(name) offsetof(struct events_settings, name)

static const struct directive events_directives[] = {
    { .name = "accept_mutex",
      .where = CONF_EVENTS,
      .type = &conf_type_unused_flag,
      .syntax = "on | off",
      .help = "read and not used: workers do not take turns at accepting",
      .detail = "each worker has listening sockets of its own, so none has to wait for its turn" },
    { .name = "accept_mutex_delay",
      .where = CONF_EVENTS,
      .type = &conf_type_unused_time,
      .syntax = "time",
      .help = "read and not used: workers do not take turns at accepting",
      .detail = "each worker has listening sockets of its own, so none has to wait for its turn" },
    { .name = "debug_connection",
      .where = CONF_EVENTS,
      .type = &type_debug_connection,
      .field = EVENTS_FIELD(debug),
      .inherit = INHERIT_LIST,
      .syntax = "address | CIDR | unix:",
      .help = "clients whose connections are logged at the debug level" },
    { .name = "multi_accept",
      .where = CONF_EVENTS,
      .type = &conf_type_flag,
      .field = EVENTS_FIELD(has_multi_accept),
      .initial = "off",
      .syntax = "on | off",
      .help = "on: as many connections as wait are accepted at once; off: a few at a time" },
    { .name = "use",
      .where = CONF_EVENTS,
      .type = &type_use,
      .syntax = "epoll",
      .help = "the kernel's facility for events; there is one" },
    { .name = "worker_connections",
      .where = CONF_EVENTS,
      .type = &conf_type_number,
      .field = EVENTS_FIELD(worker_connections),
      .initial = "512",
      .syntax = "number",
      .help = "most connections to clients that a worker has open at once",
      .detail = &range_connections },
    DIRECTIVES_END
};

/* ---- what the file did not say ---- */

static bool compile_process(struct conf *conf, const struct conf_block *block, void *data) {
    struct process_settings *settings = data;

    if (block->where != CONF_MAIN) {
        return true;
    }
    if (settings->pid_path.len == 0) {
        settings->pid_path = conf_path(conf, str_from(default_pid_path));
    }
    if (!conf_is_set(conf, block, &process_module, "worker_rlimit_nofile")) {
        settings->rlimit_nofile = -1;
    }
    if (!conf_is_set(conf, block, &process_module, "worker_rlimit_core")) {
        settings->rlimit_core = UINT64_MAX;
    }
    if (settings->user.name == NULL && geteuid() == 0
        && (!find_user(conf, NULL, default_user, &settings->user)
            || !find_group(conf, NULL, default_group, &settings->user.gid))) {
        return false;
    }
    if (settings->user.name != NULL) {
        names_set_user(conf, settings->user.uid, settings->user.gid);
    }
    return true;
}

const struct module process_module = {
    .name = "process",
    .index = &process_index,
    .directives = process_directives,
    .conf_size = sizeof(struct process_settings),
    .compile = compile_process,
};

const struct module events_module = {
    .name = "events",
    .index = &events_index,
    .directives = events_directives,
    .conf_size = sizeof(struct events_settings),
};
