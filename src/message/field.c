/* SPDX-License-Identifier: BSD-2-Clause */
/* field - names of header fields and what is allowed in them; see field.h. */
#include "message/field.h"

#include "message/byte_class.h"

#include <stdbool.h>

static const struct str names[FIELD_IDS] = {
#define FIELD_NAME(id, name) [FIELD_##id] = { name, sizeof(name) - 1 },
#include "message/field_names.h"
#undef FIELD_NAME
};

/*
 * The names by a hash of length, first and last letter, which no two of them share: the unit test
 * says so when one is added. The table is made on first use.
 */
enum { SLOTS = 256 };

static uint8_t slots[SLOTS];
static bool is_made;

/* Setting bit 5 makes letters lower case and leaves digits and '-' as they are. */
static unsigned slot_of(struct str name) {
    unsigned first = (unsigned char) name.data[0] | 0x20u;
    unsigned last = (unsigned char) name.data[name.len - 1] | 0x20u;

    return ((unsigned) name.len + first * 3 + last * 5) % SLOTS;
}

static void make_slots(void) {
    unsigned id;

    for (id = FIELD_OTHER + 1; id < FIELD_IDS; id++) {
        slots[slot_of(names[id])] = (uint8_t) id;
    }
    is_made = true;
}

enum field_id field_id_of(struct str name) {
    unsigned id;

    if (!is_made) {
        make_slots();
    }
    if (name.len == 0) {
        return FIELD_OTHER;
    }
    id = slots[slot_of(name)];
    /* Nearly all are spelled as here, and one look at the bytes is enough. */
    if (id != FIELD_OTHER
        && (str_equal(names[id], name) || str_equal_nocase(names[id], name))) {
        return (enum field_id) id;
    }
    return FIELD_OTHER;
}

struct str field_id_name(enum field_id id) {
    return names[id];
}

bool field_name_is_valid(struct str name) {
    return name.len > 0 && byte_run(name, BYTE_TOKEN) == name.len;
}

bool field_value_is_valid(struct str value) {
    size_t at;

    for (at = find_control(value, 0); at < value.len; at = find_control(value, at + 1)) {
        if (value.data[at] == '\r' || value.data[at] == '\n' || value.data[at] == '\0') {
            return false;
        }
    }
    return true;
}
