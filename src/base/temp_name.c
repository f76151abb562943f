/* SPDX-License-Identifier: BSD-2-Clause */
/* temp_name - names of files that shall not outlive their process; see temp_name.h. */
#include "base/temp_name.h"

#include "base/number.h"

#include <limits.h>
#include <stdio.h>

enum { RANDOM_LEN = 6 };

void format_temp_name(char text[TEMP_NAME_SIZE], int pid) {
    snprintf(text, TEMP_NAME_SIZE, "temp-%d-XXXXXX", pid);
}

bool parse_temp_name(struct str name, int *pid) {
    struct str prefix = STR("temp-"), rest;
    uint64_t number;
    size_t dash;

    if (!str_starts(name, prefix)) {
        return false;
    }
    rest = str_from_byte(name, prefix.len);
    dash = str_find_char(rest, '-');
    if (dash == rest.len || rest.len - dash - 1 != RANDOM_LEN
        || !parse_decimal(str_first(rest, dash), INT_MAX, &number) || number == 0) {
        return false;
    }
    *pid = (int) number;
    return true;
}
