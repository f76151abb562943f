/* SPDX-License-Identifier: BSD-2-Clause */
/* credentials - what a client says of itself; see credentials.h. */
#include "http/credentials.h"

#include "base/encode.h"

bool parse_credentials(const struct message *request, struct arena *arena,
                       struct credentials *credentials) {
    struct str text, decoded;
    size_t len, colon;
    char *bytes;

    if (message_find(request, FIELD_AUTHORIZATION) == NULL /* most have none */
        || !message_join(request, STR("Authorization"), &text)
        || !str_starts_nocase(text, STR("Basic "))) {
        return false;
    }
    text = str_trim(str_from_byte(text, STR("Basic ").len));
    bytes = arena_bytes(arena, text.len + 1);
    if (text.len == 0 || !decode_base64(text, bytes, &len)) {
        return false;
    }
    decoded = str_make(bytes, len);
    colon = str_find_char(decoded, ':');
    credentials->user = str_first(decoded, colon);
    credentials->password = str_from_byte(decoded, colon < len ? colon + 1 : len);
    return colon < len;
}
