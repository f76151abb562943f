/* SPDX-License-Identifier: BSD-2-Clause */
/* environment - what the `env` directive leaves of it; see environment.h. */
#include "process/environment.h"

#include "base/heap.h"

#include <string.h>
#include <unistd.h>

static char **kept;

/* "NAME=value" of the environment, or NULL. */
static char *find(struct str name) {
    unsigned i;

    for (i = 0; environ[i] != NULL; i++) {
        if (strncmp(environ[i], name.data, name.len) == 0 && environ[i][name.len] == '=') {
            return environ[i];
        }
    }
    return NULL;
}

/* Later lines win. */
static void keep(unsigned *count, char *variable) {
    size_t len = strcspn(variable, "=") + 1;
    unsigned i;

    for (i = 0; i < *count && strncmp(kept[i], variable, len) != 0; i++) {
    }
    kept[i] = variable;
    *count += i == *count;
}

void environment_apply(const struct process_settings *settings) {
    char *zone = find(STR("TZ"));
    unsigned count = 0, i;

    kept = heap_zero(settings->env.count + 2, sizeof(*kept));
    if (zone != NULL) {
        keep(&count, zone);
    }
    for (i = 0; i < settings->env.count; i++) {
        struct str text = settings->env.items[i];
        char *variable = str_find(text, STR("=")) < text.len ? (char *) (uintptr_t) text.data
                                                             : find(text);

        if (variable != NULL) {
            keep(&count, variable);
        }
    }
    environ = kept;
}
