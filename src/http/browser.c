/* SPDX-License-Identifier: BSD-2-Clause */
/* browser - old browsers by their User-Agent; see browser.h. */
#include "http/browser.h"

static bool has_text(struct str text, struct str part) {
    return str_find(text, part) < text.len;
}

struct str browser_agent(const struct message *request) {
    const struct field *field
        = request != NULL ? message_find(request, FIELD_USER_AGENT) : NULL;

    return field != NULL ? message_value(request, field) : STR_NONE;
}

bool browser_is_msie(struct str agent) {
    return has_text(agent, STR("MSIE ")) && !has_text(agent, STR("Opera"));
}

bool browser_is_msie6(struct str agent) {
    struct str version = str_from_byte(agent, str_find(agent, STR("MSIE ")) + STR("MSIE ").len);

    if (!browser_is_msie(agent) || version.len < 3 || version.data[1] != '.') {
        return false;
    }
    return version.data[0] == '4' || version.data[0] == '5'
        || (version.data[0] == '6' && !has_text(version, STR("SV1")));
}

/* Others name those of whose kind they are. */
static bool is_no_other(struct str agent) {
    return !has_text(agent, STR("Gecko/")) && !has_text(agent, STR("MSIE "))
        && !has_text(agent, STR("Opera"));
}

bool browser_is_safari(struct str agent) {
    return has_text(agent, STR("Safari/")) && has_text(agent, STR("Mac OS X"))
        && !has_text(agent, STR("Chrome/")) && is_no_other(agent);
}

bool browser_is_chrome(struct str agent) {
    return has_text(agent, STR("Chrome/")) && is_no_other(agent);
}
