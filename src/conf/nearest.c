/* SPDX-License-Identifier: BSD-2-Clause */
/* nearest - "did you mean": the known name that a wrong one was meant to be. */
#include "conf/conf_priv.h"

/* A short name has few neighbours that are any use: one edit of three letters is another word. */
static unsigned distance_max(size_t len) {
    return len < 2 ? 0 : len < 4 ? 1 : len < 8 ? 2 : 3;
}

void nearest_init(struct nearest *nearest, struct str name) {
    *nearest = (struct nearest){ name, distance_max(name.len) + 1, NULL };
}

void nearest_consider(struct nearest *nearest, const char *candidate) {
    struct str text = str_from(candidate);
    unsigned distance;

    if (nearest->distance == 0) {
        return;
    }
    distance = str_equal_nocase(nearest->name, text)
        ? 0 : str_distance(nearest->name, text, nearest->distance);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->found = candidate;
    }
}

const char *conf_nearest(struct str name, const char *const *names, unsigned count) {
    struct nearest nearest;
    unsigned i;

    nearest_init(&nearest, name);
    for (i = 0; i < count; i++) {
        nearest_consider(&nearest, names[i]);
    }
    return nearest.found;
}
