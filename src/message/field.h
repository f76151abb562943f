/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field - header fields: a flat array of (offset, length, known id), and the one way to make one.
 *
 * Fields that were received point into the bytes of the received head (base); fields that were made
 * lie in the message's own text. A name that weir knows has an id, found while the head is parsed,
 * so that no code compares names again.
 */
#ifndef WEIR_MESSAGE_FIELD_H
#define WEIR_MESSAGE_FIELD_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Names that weir acts on. The list is one table (message/field_names.h) that makes the enum and
 * the names. */
enum field_id {
    FIELD_OTHER = 0,
#define FIELD_NAME(id, name) FIELD_##id,
#include "message/field_names.h"
#undef FIELD_NAME
    FIELD_IDS
};

struct field {
    uint32_t name;      /* offset from the base, or from the own text */
    uint32_t value;
    uint32_t value_len;
    uint16_t name_len;
    uint8_t id;         /* enum field_id */
    uint8_t flags;
};

enum {
    FIELD_IS_MADE = 1,    /* offsets are in the message's own text */
    FIELD_IS_REMOVED = 2, /* taken out by somebody: for nobody any more */
    FIELD_IS_HOP = 4,     /* meant for the next hop only: variables see it, it is never sent on */
    FIELD_IS_PLAIN = 8    /* it stands as "name: value" CR LF there: may be copied as it is */
};

/* Fields that are not there for whoever sends the message. */
enum { FIELD_IS_HIDDEN = FIELD_IS_REMOVED | FIELD_IS_HOP };

/*
 * The names by a hash of length, first and last letter, which no two of them share: the unit test
 * says so when one is added. Setting bit 5 makes letters lower case and leaves digits and '-' as
 * they are.
 */
extern uint8_t field_slots[256];
extern const struct str field_names[FIELD_IDS];

static inline unsigned field_slot_of(struct str name) {
    unsigned first = (unsigned char) name.data[0] | 0x20u;
    unsigned last = (unsigned char) name.data[name.len - 1] | 0x20u;

    return ((unsigned) name.len + first * 3 + last * 5) % sizeof(field_slots);
}

static inline uint64_t field_lower_8(const char *bytes) {
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word | UINT64_C(0x2020202020202020);
}

static inline uint32_t field_lower_4(const char *bytes) {
    uint32_t word;

    memcpy(&word, bytes, sizeof(word));
    return word | UINT32_C(0x20202020);
}

/* Whether two names of one length are the same but for case. The last word of each overlaps the one
 * before it. */
static inline bool field_is_same(const char *a, const char *b, size_t len) {
    size_t i;

    if (len >= sizeof(uint64_t)) {
        for (i = 0; i < len - sizeof(uint64_t); i += sizeof(uint64_t)) {
            if (field_lower_8(a + i) != field_lower_8(b + i)) {
                return false;
            }
        }
        i = len - sizeof(uint64_t);
        return field_lower_8(a + i) == field_lower_8(b + i);
    }
    if (len >= sizeof(uint32_t)) {
        i = len - sizeof(uint32_t);
        return field_lower_4(a) == field_lower_4(b) && field_lower_4(a + i) == field_lower_4(b + i);
    }
    for (i = 0; i < len && (a[i] | 0x20) == (b[i] | 0x20); i++) {
    }
    return i == len;
}

/* The id of a name, ASCII case ignored. */
static inline enum field_id field_id_of(struct str name) {
    enum field_id id = FIELD_OTHER;

    if (name.len > 0) {
        id = (enum field_id) field_slots[field_slot_of(name)];
    }
    return field_names[id].len == name.len
            && field_is_same(field_names[id].data, name.data, name.len)
        ? id
        : FIELD_OTHER;
}

/* The canonical spelling of a known name: "Content-Length". */
struct str field_id_name(enum field_id id);

/* Ids make sets: bit n of a word is id n. */
#define FIELD_SET(id) (UINT64_C(1) << (id))

/* The set of names of fields that are about one connection only: framing, and what RFC 9110 section
 * 7.6.1 names. Expect is among them: what it asks for is done by who has received it. */
#define FIELD_IDS_OF_HOP                                                                           \
    (FIELD_SET(FIELD_CONNECTION) | FIELD_SET(FIELD_CONTENT_LENGTH) | FIELD_SET(FIELD_EXPECT)       \
     | FIELD_SET(FIELD_KEEP_ALIVE) | FIELD_SET(FIELD_PROXY_CONNECTION) | FIELD_SET(FIELD_TE)       \
     | FIELD_SET(FIELD_TRAILER) | FIELD_SET(FIELD_TRANSFER_ENCODING) | FIELD_SET(FIELD_UPGRADE))

_Static_assert(FIELD_IDS <= 64, "the ids fit a set in a word");

static inline bool field_id_is_hop(unsigned id) {
    return (FIELD_IDS_OF_HOP >> id & 1) != 0;
}

/* token (RFC 9110 section 5.6.2), at least one byte. */
bool field_name_is_valid(struct str name);

/* No CR, LF or NUL. */
bool field_value_is_valid(struct str value);

#endif
