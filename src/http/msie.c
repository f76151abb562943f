/* SPDX-License-Identifier: BSD-2-Clause */
/* msie - what old browsers need; see msie.h. */
#include "http/msie.h"

#include "conf/value.h"
#include "http/browser.h"

#include <stddef.h>

static unsigned module_index;

struct msie_settings {
    bool pads, refreshes;
};

static const struct msie_settings *settings_of(const struct exchange *exchange) {
    return conf_of(exchange->location->block, &msie_module);
}

/* ---- pages ---- */

#define LINE "<!-- padding: short pages are not shown, the browser has one of its own -->\r\n"

struct str msie_padding(const struct exchange *exchange) {
    struct str agent;

    if (!settings_of(exchange)->pads) {
        return STR_NONE;
    }
    agent = browser_agent(exchange->request);
    return browser_is_msie(agent) || browser_is_chrome(agent) ? STR(LINE LINE LINE LINE LINE LINE)
                                                              : STR_NONE;
}

bool msie_wants_refresh(const struct exchange *exchange, unsigned status) {
    return (status == 301 || status == 302) && settings_of(exchange)->refreshes
        && browser_is_msie(browser_agent(exchange->request));
}

/* What could end the attribute, or is no text. */
static bool is_plain(char c) {
    return (unsigned char) c > 32 && (unsigned char) c < 127 && c != '"' && c != '\'' && c != '<'
        && c != '>';
}

struct str msie_refresh_page(struct exchange *exchange, struct str url) {
    static const char digits[] = "0123456789ABCDEF";
    char *text = arena_bytes(&exchange->arena, 3 * url.len + 1);
    size_t len = 0, i;

    for (i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char) url.data[i];

        if (is_plain(url.data[i])) {
            text[len++] = url.data[i];
            continue;
        }
        text[len++] = '%';
        text[len++] = digits[c >> 4];
        text[len++] = digits[c & 15];
    }
    return arena_print(&exchange->arena,
                       "<html><head><meta http-equiv=\"Refresh\" content=\"0; URL=%.*s\">"
                       "</head><body></body></html>\r\n",
                       (int) len, text);
}

/* ---- the module ---- */

static const struct directive directives[] = {
    { .name = "msie_padding",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = offsetof(struct msie_settings, pads),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether pages of errors are made longer for MSIE and Chrome, which would not show "
              "them" },
    { .name = "msie_refresh",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = offsetof(struct msie_settings, refreshes),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether MSIE gets redirects as pages that refresh themselves" },
    DIRECTIVES_END
};

const struct module msie_module = {
    .name = "msie",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct msie_settings),
};
