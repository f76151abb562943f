/* SPDX-License-Identifier: BSD-2-Clause */
/* builtin - the variables that http and stream share; see builtin.h. */
#include "expr/builtin.h"

#include "base/clock.h"
#include "version.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENV_PREFIX_LEN = sizeof("env_") - 1 };

bool builtin_hostname(struct str *name) {
    static char hostname[HOST_NAME_MAX + 1];
    size_t i;

    if (hostname[0] == '\0') {
        if (gethostname(hostname, sizeof(hostname) - 1) != 0) {
            return false;
        }
        for (i = 0; hostname[i] != '\0'; i++) {
            hostname[i] = char_lower(hostname[i]);
        }
    }
    *name = str_from(hostname);
    return true;
}

static bool get_hostname(struct scope *scope, const struct variable *variable, struct str name,
                         struct str *value) {
    (void) scope, (void) variable, (void) name;
    return builtin_hostname(value);
}

static bool get_pid(struct scope *scope, const struct variable *variable, struct str name,
                    struct str *value) {
    (void) variable, (void) name;
    *value = arena_print(scope->arena, "%d", (int) getpid());
    return true;
}

static bool get_msec(struct scope *scope, const struct variable *variable, struct str name,
                     struct str *value) {
    long long now_ms = (long long) clock_wall_ms();

    (void) variable, (void) name;
    *value = arena_print(scope->arena, "%lld.%03lld", now_ms / 1000, now_ms % 1000);
    return true;
}

/* The clock's own text lasts only until its next update. */
static bool get_time_iso8601(struct scope *scope, const struct variable *variable, struct str name,
                             struct str *value) {
    (void) variable, (void) name;
    *value = arena_copy(scope->arena, clock_iso8601_text());
    return true;
}

static bool get_time_local(struct scope *scope, const struct variable *variable, struct str name,
                           struct str *value) {
    (void) variable, (void) name;
    *value = arena_copy(scope->arena, clock_access_log_text());
    return true;
}

static bool get_version(struct scope *scope, const struct variable *variable, struct str name,
                        struct str *value) {
    (void) scope, (void) variable, (void) name;
    *value = STR(WEIR_VERSION);
    return true;
}

static bool get_env(struct scope *scope, const struct variable *variable, struct str name,
                    struct str *value) {
    const char *text = getenv(name.data + ENV_PREFIX_LEN);

    (void) scope, (void) variable;
    *value = str_from(text);
    return text != NULL;
}

const struct variable builtin_variables[] = {
    { .name = "hostname", .get = get_hostname },
    { .name = "pid", .get = get_pid },
    { .name = "msec", .get = get_msec, .is_volatile = true },
    { .name = "time_iso8601", .get = get_time_iso8601, .is_volatile = true },
    { .name = "time_local", .get = get_time_local, .is_volatile = true },
    { .name = "weir_version", .get = get_version },
    { .name = "nginx_version", .get = get_version },
    { .name = "env_", .get = get_env, .is_prefix = true },
    { .name = NULL }
};
