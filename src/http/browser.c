/* SPDX-License-Identifier: BSD-2-Clause */
/* browser - old browsers by their User-Agent; see browser.h. */
#include "http/browser.h"

static bool has_text(struct str text, struct str part) {
    return str_find(text, part) < text.len;
}

bool browser_is_msie6(struct str agent) {
    size_t at = str_find(agent, STR("MSIE "));
    struct str version = str_from_byte(agent, at + STR("MSIE ").len);

    if (at >= agent.len || has_text(agent, STR("Opera")) || version.len < 3
        || version.data[1] != '.') {
        return false;
    }
    return version.data[0] == '4' || version.data[0] == '5'
        || (version.data[0] == '6' && !has_text(version, STR("SV1")));
}

bool browser_is_safari(struct str agent) {
    return has_text(agent, STR("Safari/")) && has_text(agent, STR("Mac OS X"))
        && !has_text(agent, STR("Gecko/")) && !has_text(agent, STR("Chrome/"))
        && !has_text(agent, STR("MSIE ")) && !has_text(agent, STR("Opera"));
}
