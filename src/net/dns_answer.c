/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_answer - a pure walk of the raw answer to a question; see dns_answer.h. */
#include "net/dns_answer.h"

#include <string.h>

enum {
    WIRE_MAX = 255,   /* bytes of a name in a message, RFC 1035 section 2.3.4 */
    LABEL_MAX = 63,
    CLASS_IN = 1,
    TYPE_CNAME = 5,
    TYPE_SOA = 6
};

/* A name as in messages, labels with their lengths, in lower case: equal names are equal bytes. */
struct wire {
    unsigned char bytes[WIRE_MAX];
    size_t len;
};

/* What is left to read of a message. */
struct reader {
    const unsigned char *bytes;
    size_t len, at;
};

struct record {
    struct wire owner;
    unsigned type, class;
    uint32_t ttl_s;
    size_t data, data_len; /* where in the message */
};

/* ---- numbers and names ---- */

static bool read_16(struct reader *reader, unsigned *number) {
    if (reader->len - reader->at < 2) {
        return false;
    }
    *number = (unsigned) reader->bytes[reader->at] << 8 | reader->bytes[reader->at + 1];
    reader->at += 2;
    return true;
}

static bool read_32(struct reader *reader, uint32_t *number) {
    unsigned high, low;

    if (!read_16(reader, &high) || !read_16(reader, &low)) {
        return false;
    }
    *number = (uint32_t) high << 16 | low;
    return true;
}

static bool add_label(struct wire *wire, const unsigned char *label, size_t len) {
    size_t i;

    if (WIRE_MAX - wire->len < len + 1) {
        return false;
    }
    wire->bytes[wire->len++] = (unsigned char) len;
    for (i = 0; i < len; i++) {
        wire->bytes[wire->len++] = (unsigned char) char_lower((char) label[i]);
    }
    return true;
}

/* Reads the name at the reader's place. A pointer leads to a place before the part that it ends, so
 * no chain of them comes back to where it was. */
static bool read_name(struct reader *reader, struct wire *wire) {
    size_t at = reader->at, first = at, end = 0, len;

    wire->len = 0;
    for (;;) {
        if (at >= reader->len) {
            return false;
        }
        len = reader->bytes[at++];
        if (len > LABEL_MAX) {
            size_t target;

            if (len < 0xc0 || at >= reader->len) {
                return false;
            }
            target = (len & 0x3f) << 8 | reader->bytes[at++];
            end = end > 0 ? end : at;
            if (target >= first) {
                return false;
            }
            at = first = target;
            continue;
        }
        if (reader->len - at < len || !add_label(wire, reader->bytes + at, len)) {
            return false;
        }
        at += len;
        if (len == 0) {
            reader->at = end > 0 ? end : at;
            return true;
        }
    }
}

static bool wire_equal(const struct wire *a, const struct wire *b) {
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool wire_of_text(struct str name, struct wire *wire) {
    struct str label;

    wire->len = 0;
    while (str_take_part(&name, '.', &label)) {
        if (label.len == 0 || label.len > LABEL_MAX
            || !add_label(wire, (const unsigned char *) label.data, label.len)) {
            return false;
        }
    }
    return wire->len > 0 && add_label(wire, NULL, 0);
}

/* False where a label has bytes that no host name has: as text it could mean another name. */
static bool wire_to_text(const struct wire *wire, char *text) {
    size_t at = 0, used = 0, i;

    while (wire->bytes[at] != 0) {
        size_t len = wire->bytes[at++];

        if (used + len + 1 > DNS_NAME_MAX + 1) {
            return false;
        }
        for (i = 0; i < len; i++) {
            char c = (char) wire->bytes[at++];

            if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '-' && c != '_') {
                return false;
            }
            text[used++] = c;
        }
        text[used++] = '.';
    }
    if (used == 0) {
        return false;
    }
    text[used - 1] = '\0';
    return true;
}

/* ---- records ---- */

/* The largest times stand for times of before 1970, and mean none (RFC 2181 section 8). */
static uint32_t sane_ttl(uint32_t ttl_s) {
    return ttl_s > INT32_MAX ? 0 : ttl_s;
}

static bool read_record(struct reader *reader, struct record *record) {
    unsigned len;

    if (!read_name(reader, &record->owner) || !read_16(reader, &record->type)
        || !read_16(reader, &record->class) || !read_32(reader, &record->ttl_s)
        || !read_16(reader, &len) || reader->len - reader->at < len) {
        return false;
    }
    record->ttl_s = sane_ttl(record->ttl_s);
    record->data = reader->at;
    record->data_len = len;
    reader->at += len;
    return true;
}

/* The name that an alias stands for. */
static bool read_target(const struct reader *message, const struct record *record,
                        struct wire *target) {
    struct reader data = *message;

    data.at = record->data;
    return read_name(&data, target) && data.at == record->data + record->data_len;
}

/* What a walk of the records is about, and what it finds. */
struct walk {
    struct reader records; /* at the first one */
    unsigned count;
    unsigned type;
    struct wire name;      /* whose records count: that of the question, then of its aliases */
    struct wire target;    /* what it is an alias for */
    bool has_target;
};

static void note_ttl(struct dns_answer *answer, uint32_t ttl_s) {
    if (!answer->has_ttl || ttl_s < answer->ttl_s) {
        answer->ttl_s = ttl_s;
    }
    answer->has_ttl = true;
}

static bool take_record(struct walk *walk, const struct record *record,
                        struct dns_answer *answer) {
    size_t len = walk->type == DNS_A ? 4 : 16;

    if (record->class != CLASS_IN || !wire_equal(&record->owner, &walk->name)) {
        return true;
    }
    if (record->type == TYPE_CNAME && !walk->has_target) {
        walk->has_target = true;
        note_ttl(answer, record->ttl_s);
        return read_target(&walk->records, record, &walk->target);
    }
    if (record->type != walk->type) {
        return true;
    }
    if (record->data_len != len) {
        return false;
    }
    if (answer->count < DNS_ADDRS_MAX) {
        memcpy(answer->addrs[answer->count++], walk->records.bytes + record->data, len);
        note_ttl(answer, record->ttl_s);
    }
    return true;
}

/* One walk over all records, for the name at hand. reader is behind them then. */
static bool walk_records(struct walk *walk, struct reader *reader, struct dns_answer *answer) {
    struct record record;
    unsigned i;

    *reader = walk->records;
    walk->has_target = false;
    for (i = 0; i < walk->count; i++) {
        if (!read_record(reader, &record) || !take_record(walk, &record, answer)) {
            return false;
        }
    }
    return true;
}

/* Follows aliases to addresses. The order of records means nothing, so each alias is a walk. */
static bool find_addrs(struct walk *walk, struct reader *reader, struct dns_answer *answer) {
    unsigned aliases;

    for (aliases = 0; aliases <= DNS_ALIASES_MAX; aliases++) {
        if (!walk_records(walk, reader, answer)) {
            return false;
        }
        if (answer->count > 0 || !walk->has_target) {
            return true;
        }
        walk->name = walk->target;
        answer->has_alias = true;
    }
    return false;
}

/* RFC 2308 section 5: the lesser of the SOA's own time and its last number. */
static void find_negative_ttl(struct reader *reader, unsigned count, struct dns_answer *answer) {
    struct record record;
    struct reader last;
    uint32_t minimum;
    unsigned i;

    for (i = 0; i < count && read_record(reader, &record); i++) {
        if (record.type != TYPE_SOA || record.class != CLASS_IN || record.data_len < 22) {
            continue;
        }
        last = *reader;
        last.at = record.data + record.data_len - 4;
        if (read_32(&last, &minimum)) {
            note_ttl(answer, record.ttl_s);
            note_ttl(answer, sane_ttl(minimum));
        }
        return;
    }
}

/* ---- the whole ---- */

struct head {
    unsigned id, flags, questions, answers, authorities, additions;
};

static bool read_head(struct reader *reader, struct head *head) {
    return read_16(reader, &head->id) && read_16(reader, &head->flags)
        && read_16(reader, &head->questions) && read_16(reader, &head->answers)
        && read_16(reader, &head->authorities) && read_16(reader, &head->additions);
}

/* An answer (0x8000) to an ordinary question (0x7800 is empty). */
static bool is_answer(const struct head *head) {
    return (head->flags & 0xf800) == 0x8000 && head->questions == 1;
}

static bool is_question(struct reader *reader, const struct wire *name, enum dns_type type) {
    struct wire asked;
    unsigned asked_type, asked_class;

    return read_name(reader, &asked) && read_16(reader, &asked_type)
        && read_16(reader, &asked_class) && wire_equal(&asked, name) && asked_type == type
        && asked_class == CLASS_IN;
}

bool parse_dns_answer(struct str message, struct str name, enum dns_type type,
                      struct dns_answer *answer) {
    struct reader reader = { (const unsigned char *) message.data, message.len, 0 };
    struct walk walk = { .type = type };
    struct head head;

    answer->count = 0;
    answer->ttl_s = 0;
    answer->has_ttl = answer->has_alias = false;
    if (!wire_of_text(name, &walk.name) || !read_head(&reader, &head) || !is_answer(&head)
        || !is_question(&reader, &walk.name, type)) {
        return false;
    }
    answer->code = head.flags & 0xf;
    if (answer->code != DNS_OK && answer->code != DNS_NO_NAME) {
        return true;
    }
    walk.records = reader;
    walk.count = head.answers;
    if (!find_addrs(&walk, &reader, answer)) {
        return false;
    }
    if (answer->code == DNS_NO_NAME) {
        answer->count = 0; /* it is said of the last name that was led to */
    }
    answer->has_alias = answer->has_alias && answer->code == DNS_OK && answer->count == 0;
    if (answer->count == 0) {
        find_negative_ttl(&reader, head.authorities, answer);
    }
    return !answer->has_alias || wire_to_text(&walk.name, answer->alias);
}
