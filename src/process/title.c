/* SPDX-License-Identifier: BSD-2-Clause */
/* title - what ps shows for a process; see title.h. */
#include "process/title.h"

#include "base/heap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *room;
static size_t room_len;
static char *environment; /* the copies of all its strings */

/* The kernel shows the bytes from argv[0] on; arguments and environment lie there in one piece. */
void title_init(int argc, char **argv) {
    char *end = argv[0], *copy;
    size_t total = 1;
    int i;

    for (i = 0; i < argc && argv[i] == end; i++) {
        end = argv[i] + strlen(argv[i]) + 1;
    }
    for (i = 0; environ[i] != NULL; i++) {
        total += strlen(environ[i]) + 1;
    }
    environment = copy = heap_alloc(total);
    for (i = 0; environ[i] != NULL; i++) {
        size_t len = strlen(environ[i]) + 1;

        if (environ[i] == end) {
            end += len;
        }
        environ[i] = memcpy(copy, environ[i], len);
        copy += len;
    }
    room = argv[0];
    room_len = (size_t) (end - argv[0]);
}

void title_set(const char *text) {
    if (room_len > 1) {
        snprintf(room, room_len, "weir: %s", text);
        memset(room + strlen(room), 0, room_len - strlen(room));
    }
}
