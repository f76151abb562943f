/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/message/uri.c */
/*
 * Fuzzes the normal form of paths: it has none of what it resolves, and escaped anew it is read
 * back as the same.
 */
#include "base/panic.h"
#include "message/uri.h"

static bool has_segment(struct str path, struct str segment) {
    struct str part;

    while (str_take_part(&path, '/', &part)) {
        if (str_equal(part, segment)) {
            return true;
        }
    }
    return false;
}

static void check_normal(struct str path, bool merges_slashes) {
    CHECK(path.len > 0 && path.data[0] == '/');
    CHECK(!has_segment(path, STR(".")) && !has_segment(path, STR("..")));
    CHECK(!merges_slashes || str_find(path, STR("//")) == path.len);
    CHECK(str_find_char(path, '\0') == path.len);
}

static void check_escaped(struct str path, bool merges_slashes, struct arena *arena) {
    struct buf text = { .data = NULL };
    struct uri again;

    uri_escape_path(&text, path);
    CHECK(parse_uri(buf_bytes(&text), merges_slashes, arena, &again));
    CHECK(str_equal(again.path, path) && !again.has_query);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    bool merges_slashes = len > 0 && (bytes[0] & 1) != 0;
    struct arena arena;
    struct uri uri;
    char *target;

    arena_init(&arena);
    target = arena_bytes(&arena, len + 1);
    target[0] = '/';
    if (len > 0) {
        memcpy(target + 1, bytes, len);
    }
    if (parse_uri(str_make(target, len + 1), merges_slashes, &arena, &uri)) {
        check_normal(uri.path, merges_slashes);
        check_escaped(uri.path, merges_slashes, &arena);
    }
    arena_fini(&arena);
    arena_trim();
    buf_trim();
    return 0;
}
