/* SPDX-License-Identifier: BSD-2-Clause */
/* zone_text - zones through an exec: their description as text, and their adoption; see zone.h. */
#include "base/buf.h"
#include "base/number.h"
#include "base/panic.h"
#include "shm/zone_priv.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one line says. */
struct zone_line {
    char name[ZONE_NAME_MAX];
    size_t name_len;
    uint32_t kind, layout;
    uint64_t limit;
    int fd;
    int companions[ZONE_COMPANIONS_MAX];
    unsigned companion_count;
};

/* ---- export ---- */

static void text_add(struct buf *to, const char *text, size_t len) {
    CHECK(buf_append(to, str_make(text, len), BUF_SIZE_MAX));
}

static void text_add_name(struct buf *to, struct str name) {
    size_t i;

    for (i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char) name.data[i];

        if (c <= ' ' || c == 127 || c == '%' || c == ':') {
            char escaped[4];

            text_add(to, escaped, (size_t) snprintf(escaped, sizeof(escaped), "%%%02X", c));
        } else {
            text_add(to, name.data + i, 1);
        }
    }
}

static void fd_make_inheritable(int fd) {
    int flags = fcntl(fd, F_GETFD);

    CHECK(flags >= 0 && fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) == 0);
}

static void zone_export_one(struct buf *to, const struct zone *zone) {
    char text[100];
    unsigned i;

    text_add_name(to, zone->name);
    text_add(to, text,
             (size_t) snprintf(text, sizeof(text), ":%u:%u:%zu:%d", zone->kind, zone->layout,
                               zone_limit(zone), zone->fd));
    fd_make_inheritable(zone->fd);
    for (i = 0; i < zone->companion_count; i++) {
        fd_make_inheritable(zone->companions[i]);
        text_add(to, text,
                 (size_t) snprintf(text, sizeof(text), ",%d", zone->companions[i]));
    }
    text_add(to, "\n", 1);
}

/* One that was set aside belongs to processes that the new program knows nothing of. */
void zone_export(struct buf *to) {
    struct list *link, *next;

    list_each(link, next, zone_list()) {
        const struct zone *zone = list_object(link, struct zone, link);

        if (!zone->is_aside) {
            zone_export_one(to, zone);
        }
    }
}

/* ---- import ---- */

static bool parse_name(struct str text, struct zone_line *line) {
    size_t i;

    line->name_len = 0;
    for (i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return false;
            }
            c = (char) (high * 16 + low);
            i += 2;
        }
        if (line->name_len == ZONE_NAME_MAX) {
            return false;
        }
        line->name[line->name_len++] = c;
    }
    return line->name_len > 0;
}

static bool parse_part(struct str *rest, uint64_t max, uint64_t *number) {
    struct str part;

    return str_take_part(rest, ':', &part) && parse_decimal(part, max, number);
}

static bool parse_fds(struct str text, struct zone_line *line) {
    struct str part;
    uint64_t fd;

    if (!str_take_part(&text, ',', &part) || !parse_decimal(part, INT32_MAX, &fd)) {
        return false;
    }
    line->fd = (int) fd;
    for (line->companion_count = 0; str_take_part(&text, ',', &part); line->companion_count++) {
        if (line->companion_count == ZONE_COMPANIONS_MAX || !parse_decimal(part, INT32_MAX, &fd)) {
            return false;
        }
        line->companions[line->companion_count] = (int) fd;
    }
    return true;
}

static bool parse_line(struct str text, struct zone_line *line) {
    uint64_t kind, layout;
    struct str name;

    if (!str_take_part(&text, ':', &name) || !parse_name(name, line)
        || !parse_part(&text, UINT32_MAX, &kind) || !parse_part(&text, UINT32_MAX, &layout)
        || !parse_part(&text, ZONE_RESERVE_MAX, &line->limit)) {
        return false;
    }
    line->kind = (uint32_t) kind;
    line->layout = (uint32_t) layout;
    return parse_fds(text, line);
}

static bool head_is_sound(const struct zone_head *head, uint64_t file_size) {
    return head->magic == ZONE_MAGIC && head->version == ZONE_VERSION && head->id != 0
        && head->id >> ZONE_ID_BITS == 0 && head->name_len <= ZONE_NAME_MAX
        && head->reserve >= file_size && head->reserve <= ZONE_RESERVE_MAX
        && head->limit <= head->reserve && head->used >= ZONE_FIRST && head->used <= head->reserve
        && head->backed <= file_size;
}

/* A sealed memfd with the head of a zone, of which the line says what the head says. The size
 * is asked last: processes that know the zone may let it grow. */
static bool fd_is_zone(const struct zone_line *line, struct zone_head *head) {
    struct stat file;
    int seals = fcntl(line->fd, F_GET_SEALS);

    return seals >= 0 && (seals & ZONE_SEALS) == ZONE_SEALS
        && pread(line->fd, head, sizeof(*head), 0) == (ssize_t) sizeof(*head)
        && fstat(line->fd, &file) == 0 && S_ISREG(file.st_mode)
        && head_is_sound(head, (uint64_t) file.st_size) && head->kind == line->kind
        && head->layout == line->layout && head->limit == line->limit
        && str_equal(str_make(head->name, head->name_len), str_make(line->name, line->name_len));
}

static bool companions_are_open(const struct zone_line *line) {
    unsigned i;

    for (i = 0; i < line->companion_count; i++) {
        if (fcntl(line->companions[i], F_GETFD) < 0) {
            return false;
        }
    }
    return true;
}

static bool zone_import_one(const struct zone_line *line) {
    struct str name = str_make(line->name, line->name_len);
    struct zone_head head;
    struct zone *zone;

    if (!fd_is_zone(line, &head) || !companions_are_open(line) || zone_by_id(head.id) != NULL
        || zone_find(name, head.kind == ZONE_KIND_ROOT) != NULL) {
        return false;
    }
    zone = zone_map(line->fd, name, head.reserve);
    if (zone == NULL) {
        return false;
    }
    zone->id = head.id;
    zone->kind = head.kind;
    zone->layout = head.layout;
    zone->companion_count = line->companion_count;
    memcpy(zone->companions, line->companions, sizeof(line->companions));
    return true;
}

static bool import_lines(struct str text) {
    struct str part;

    while (str_take_part(&text, '\n', &part)) {
        struct zone_line line = { .fd = -1 };

        if (part.len > 0 && (!parse_line(part, &line) || !zone_import_one(&line))) {
            return false;
        }
    }
    return true;
}

static void zone_keep_from_exec(const struct zone *zone) {
    unsigned i;

    fcntl(zone->fd, F_SETFD, FD_CLOEXEC);
    for (i = 0; i < zone->companion_count; i++) {
        fcntl(zone->companions[i], F_SETFD, FD_CLOEXEC);
    }
}

bool zone_import(struct str text) {
    struct list *link, *next;
    bool is_ok;

    if (!list_is_empty(zone_list())) {
        return false;
    }
    is_ok = import_lines(text);
    list_each(link, next, zone_list()) {
        struct zone *zone = list_object(link, struct zone, link);

        if (is_ok) {
            zone_keep_from_exec(zone);
        } else {
            zone_unmap(zone);
        }
    }
    return is_ok;
}
