/* SPDX-License-Identifier: BSD-2-Clause */
/* field - names of header fields and what is allowed in them; see field.h. */
#include "message/field.h"

#include "message/byte_find.h"

#include <stdbool.h>

static const struct str names[FIELD_IDS] = {
#define FIELD_NAME(id, name) [FIELD_##id] = { name, sizeof(name) - 1 },
#include "message/field_names.h"
#undef FIELD_NAME
};

uint8_t field_slots[sizeof(field_slots)];

static __attribute__((constructor)) void make_slots(void) {
    unsigned id;

    for (id = FIELD_OTHER + 1; id < FIELD_IDS; id++) {
        field_slots[field_slot_of(names[id])] = (uint8_t) id;
    }
}

static inline uint64_t lower_8(const char *bytes) {
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word | UINT64_C(0x2020202020202020);
}

static inline uint32_t lower_4(const char *bytes) {
    uint32_t word;

    memcpy(&word, bytes, sizeof(word));
    return word | UINT32_C(0x20202020);
}

/* Whether two names of one length are the same but for case. The last word of each overlaps the one
 * before it. */
static bool is_same(const char *a, const char *b, size_t len) {
    size_t i;

    if (len >= sizeof(uint64_t)) {
        for (i = 0; i < len - sizeof(uint64_t); i += sizeof(uint64_t)) {
            if (lower_8(a + i) != lower_8(b + i)) {
                return false;
            }
        }
        i = len - sizeof(uint64_t);
        return lower_8(a + i) == lower_8(b + i);
    }
    if (len >= sizeof(uint32_t)) {
        i = len - sizeof(uint32_t);
        return lower_4(a) == lower_4(b) && lower_4(a + i) == lower_4(b + i);
    }
    for (i = 0; i < len && (a[i] | 0x20) == (b[i] | 0x20); i++) {
    }
    return i == len;
}

enum field_id field_id_check(enum field_id id, struct str name) {
    return names[id].len == name.len && is_same(names[id].data, name.data, name.len) ? id
                                                                                    : FIELD_OTHER;
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
