/* SPDX-License-Identifier: BSD-2-Clause */
/* field - names of header fields and what is allowed in them; see field.h. */
#include "message/field.h"

#include <stdbool.h>

static const struct str names[FIELD_IDS] = {
#define FIELD_NAME(id, name) [FIELD_##id] = { name, sizeof(name) - 1 },
#include "message/field_names.h"
#undef FIELD_NAME
};

/*
 * The names by a hash of length, first and last letter, which no two of them share: the unit test says
 * so when one is added. The table is made on first use.
 */
enum { SLOTS = 256 };

static uint8_t slots[SLOTS];
static bool is_made;

static unsigned slot_of(struct str name) {
    unsigned first = (unsigned char) char_lower(name.data[0]);
    unsigned last = (unsigned char) char_lower(name.data[name.len - 1]);

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
    return id != FIELD_OTHER && str_equal_nocase(names[id], name) ? (enum field_id) id
                                                                  : FIELD_OTHER;
}

struct str field_id_name(enum field_id id) {
    return names[id];
}

/* tchar: RFC 9110 section 5.6.2. */
static bool is_token_char(unsigned char c) {
    char lower = char_lower((char) c);

    return (lower >= 'a' && lower <= 'z') || char_is_digit((char) c)
        || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool field_name_is_valid(struct str name) {
    size_t i;

    for (i = 0; i < name.len; i++) {
        if (!is_token_char((unsigned char) name.data[i])) {
            return false;
        }
    }
    return name.len > 0;
}

bool field_value_is_valid(struct str value) {
    size_t i;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] == '\r' || value.data[i] == '\n' || value.data[i] == '\0') {
            return false;
        }
    }
    return true;
}
