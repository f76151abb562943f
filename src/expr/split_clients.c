/* SPDX-License-Identifier: BSD-2-Clause */
/* split_clients - a variable picked by the hash of a text; see split_clients.h. */
#include "expr/split_clients.h"

#include "base/number.h"
#include "conf/value.h"
#include "expr/template.h"

enum { HUNDRED_PERCENT = 100 * 1000, DECIMALS_STEP = 10 };

/* A hash below end is of this part, unless it is of one before. */
struct part {
    uint64_t end;
    struct str value;
};

struct split {
    const struct template *source;
    struct part *parts;
    unsigned count;
    uint64_t percent_sum; /* thousandths; for the parser */
};

uint32_t murmur_hash2(struct str bytes) {
    const uint32_t factor = 0x5bd1e995;
    const unsigned char *at = (const unsigned char *) bytes.data;
    uint32_t hash = (uint32_t) bytes.len, word;
    size_t left = bytes.len;

    for (; left >= 4; left -= 4, at += 4) {
        word = (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16
            | (uint32_t) at[3] << 24;
        word *= factor;
        word ^= word >> 24;
        hash = hash * factor ^ word * factor;
    }
    if (left > 0) {
        for (word = 0; left > 0; left--) {
            word = word << 8 | at[left - 1];
        }
        hash = (hash ^ word) * factor;
    }
    hash ^= hash >> 13;
    hash *= factor;
    return hash ^ hash >> 15;
}

static bool get_split(struct scope *scope, const struct variable *variable, struct str name,
                      struct str *value) {
    const struct split *split = variable->detail;
    uint32_t hash = murmur_hash2(template_text(split->source, scope));
    unsigned i;

    (void) name;
    *value = STR("");
    for (i = 0; i < split->count; i++) {
        if (hash < split->parts[i].end) {
            *value = split->parts[i].value;
            break;
        }
    }
    return true;
}

/* ---- parsing ---- */

/* "0.5%" (or ".5%") to thousandths of a percent; at most two decimals, and not nothing. */
static bool parse_percent(struct conf *conf, struct str text, uint64_t *thousandths) {
    struct str digits;

    if (!str_ends(text, STR("%"))) {
        return false;
    }
    digits = arena_print(&conf->arena, "0%.*s", (int) text.len - 1, text.data);
    return parse_thousandths(digits, HUNDRED_PERCENT, thousandths) && *thousandths > 0
        && *thousandths % DECIMALS_STEP == 0;
}

/* Where a part of so many hundredths of a percent that begins at start ends: rounded part by part,
 * as nginx does, so that both send a hash the same way. */
static uint64_t part_end(uint64_t start, uint64_t hundredths) {
    return start + hundredths * UINT32_MAX / (HUNDRED_PERCENT / DECIMALS_STEP);
}

static bool parse_part(struct conf *conf, struct split *split, const struct conf_line *line) {
    uint64_t start = split->count > 0 ? split->parts[split->count - 1].end : 0, percent;
    struct str text = line->words[0].text;
    struct part *part;

    if (line->count != 2 || line->has_block) {
        return conf_error(conf, line, 0, "invalid number of the split_clients parameters");
    }
    part = conf_array_add(conf, &split->parts, &split->count, sizeof(*split->parts));
    part->value = line->words[1].text;
    if (str_is(text, "*")) {
        part->end = (uint64_t) UINT32_MAX + 1;
        percent = HUNDRED_PERCENT - split->percent_sum;
    } else if (parse_percent(conf, text, &percent)) {
        part->end = part_end(start, percent / DECIMALS_STEP);
    } else {
        conf_error(conf, line, 0, "invalid percent value \"%.*s\"", STR_ARG(text));
        conf_help(conf, "such as 25%% or 0.05%%, or * for the rest");
        return false;
    }
    split->percent_sum += percent;
    if (split->percent_sum > HUNDRED_PERCENT) {
        return conf_error(conf, line, 0, "percent total is greater than 100%%");
    }
    return true;
}

static bool parse_split_clients(struct conf *conf, struct conf_block *block,
                                const struct directive *directive, const struct conf_line *line,
                                void *field) {
    struct split *split = arena_zero(&conf->arena, 1, sizeof(*split));
    struct variable variable = { .name = variable_name_in(conf, line, 2), .get = get_split,
                                 .detail = split };
    const struct conf_line *at;
    bool is_good = variable.name != NULL;

    (void) directive, (void) field;
    split->source = template_compile(conf, block, line, 1);
    is_good = is_good && split->source != NULL
        && variable_define(conf, variable_table_of(conf, block), &variable, line, 2) >= 0;
    for (at = line->first; at != NULL; at = at->next) {
        is_good = parse_part(conf, split, at) && is_good;
    }
    return is_good;
}

static const struct conf_type type_split_clients = {
    .name = "table of percentages",
    .min_words = 2,
    .max_words = 2,
    .block = CONF_RAW_BLOCK,
    .is_repeatable = true,
    .parse = parse_split_clients,
};

static const struct directive directives[] = {
    {
        .name = "split_clients",
        .where = CONF_HTTP | CONF_STREAM,
        .type = &type_split_clients,
        .inherit = INHERIT_NONE,
        .syntax = "string $variable { percent value; ... * value; }",
        .help = "makes a variable whose value is picked by the hash of a text, in given shares",
    },
    DIRECTIVES_END
};

static unsigned split_clients_index;

const struct module split_clients_module = {
    .name = "split_clients",
    .index = &split_clients_index,
    .directives = directives,
};
