/* SPDX-License-Identifier: BSD-2-Clause */
/* field - names of header fields and what is allowed in them; see field.h. */
#include "message/field.h"

#include "message/byte_find.h"

#include <stdbool.h>

const struct str field_names[FIELD_IDS] = {
#define FIELD_NAME(id, name) [FIELD_##id] = { name, sizeof(name) - 1 },
#include "message/field_names.h"
#undef FIELD_NAME
};

uint8_t field_slots[sizeof(field_slots)];

static __attribute__((constructor)) void make_slots(void) {
    unsigned id;

    for (id = FIELD_OTHER + 1; id < FIELD_IDS; id++) {
        field_slots[field_slot_of(field_names[id])] = (uint8_t) id;
    }
}

struct str field_id_name(enum field_id id) {
    return field_names[id];
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
