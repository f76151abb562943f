/* SPDX-License-Identifier: BSD-2-Clause */
/* title - what ps shows for a process; see title.h. */
#include "process/title.h"

#include "base/heap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *room;
static size_t room_len;
static char *copies; /* of all arguments and variables */

/* Moves a string out of the room, which grows by it where it lies at its end. */
static char *move(char *text, char **end, char **to) {
    size_t len = strlen(text) + 1;
    char *copy = memcpy(*to, text, len);

    if (text == *end) {
        *end += len;
    }
    *to += len;
    return copy;
}

/*
 * The kernel shows the bytes from argv[0] on; arguments and environment lie there in one piece.
 * What was read from either may be kept: it is the copies that everybody gets.
 */
void title_init(int argc, char **argv) {
    char *end = argv[0], *to;
    size_t total = 1;
    int i;

    room = argv[0];
    for (i = 0; i < argc; i++) {
        total += strlen(argv[i]) + 1;
    }
    for (i = 0; environ[i] != NULL; i++) {
        total += strlen(environ[i]) + 1;
    }
    copies = to = heap_alloc(total);
    for (i = 0; i < argc; i++) {
        argv[i] = move(argv[i], &end, &to);
    }
    for (i = 0; environ[i] != NULL; i++) {
        environ[i] = move(environ[i], &end, &to);
    }
    room_len = (size_t) (end - room);
}

void title_set(const char *text) {
    if (room_len > 1) {
        snprintf(room, room_len, "weir: %s", text);
        memset(room + strlen(room), 0, room_len - strlen(room));
    }
}
