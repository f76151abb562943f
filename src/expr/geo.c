/* SPDX-License-Identifier: BSD-2-Clause */
/* geo - a variable whose value depends on an IP address; see geo.h. */
#include "expr/geo.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/number.h"
#include "conf/value.h"
#include "expr/ip_table.h"
#include "expr/variable.h"

#include <stdlib.h>

struct geo {
    int source;             /* the variable that has the address */
    bool is_source_binary;  /* as $binary_remote_addr, not as text */
    struct ip_table table;
    struct str *values;     /* by the numbers in the table; that of IP_TABLE_NONE is the default */
    unsigned value_count;
    struct ip_table *proxies; /* addresses whose X-Forwarded-For is believed; NULL: none */
    bool is_recursive;        /* go on past proxies inside X-Forwarded-For */
    int forwarded;            /* the variable that has X-Forwarded-For */
};

/* ---- looking up ---- */

static bool is_proxy(const struct geo *geo, struct ip ip) {
    return ip_table_find(geo->proxies, ip) != IP_TABLE_NONE;
}

/* An address as X-Forwarded-For has it: perhaps with a port, IPv6 perhaps in brackets. */
static bool parse_forwarded(struct str text, struct ip *ip) {
    bool has_brackets = text.len > 0 && text.data[0] == '[';
    size_t end = str_find_char(text, has_brackets ? ']' : ':');
    struct str rest = str_from_byte(text, end + has_brackets);
    uint16_t port;

    if (has_brackets && end == text.len) {
        return false;
    }
    if (!has_brackets && str_find_last_char(text, ':') != end) {
        return ip_parse(text, ip); /* several colons: IPv6, and no place for a port */
    }
    if (rest.len > 0 && (rest.data[0] != ':' || !parse_port(str_from_byte(rest, 1), &port))) {
        return false;
    }
    return ip_parse(str_from_byte(str_first(text, end), has_brackets), ip);
}

/* Takes the last of a list off its end. */
static struct str take_last_forwarded(struct str *list) {
    struct str last;

    while (list->len > 0 && strchr(" ,\t", list->data[list->len - 1]) != NULL) {
        list->len--;
    }
    last = *list;
    while (list->len > 0 && strchr(" ,\t", list->data[list->len - 1]) == NULL) {
        list->len--;
    }
    return str_from_byte(last, list->len);
}

/* Whom a proxy speaks for: the last address that it added, or the last that is no proxy itself. */
static struct ip forwarded_ip(const struct geo *geo, struct scope *scope, struct ip ip) {
    struct str list;
    struct ip next;

    if (!is_proxy(geo, ip) || !scope_get(scope, geo->forwarded, &list)) {
        return ip;
    }
    do {
        if (!parse_forwarded(take_last_forwarded(&list), &next)) {
            return ip;
        }
        ip = next;
    } while (geo->is_recursive && is_proxy(geo, ip));
    return ip;
}

static bool get_geo(struct scope *scope, const struct variable *variable, struct str name,
                    struct str *value) {
    const struct geo *geo = variable->detail;
    struct str text;
    struct ip ip;

    (void) name;
    if (!scope_get(scope, geo->source, &text)
        || !(geo->is_source_binary ? ip_from_bytes(text, &ip) : ip_parse(text, &ip))) {
        ip = ip_none();
    }
    if (geo->proxies != NULL) {
        ip = forwarded_ip(geo, scope, ip);
    }
    *value = geo->values[ip_table_find(&geo->table, ip)];
    return true;
}

/* ---- parsing ---- */

/* A line with an address: its value, or that it deletes. */
struct geo_row {
    struct ip_range range;
    uint32_t number;
    bool is_delete;
    unsigned order;
    const struct conf_line *line;
};

struct geo_rows {
    struct geo_row *items; /* of the heap: they go when the table is made */
    unsigned count, room;
};

struct geo_parser {
    struct conf *conf;
    const struct conf_block *block;
    struct geo *geo;
    struct geo_rows rows, proxies;
    struct hash_map numbers; /* of values: text to struct number */
    bool is_ranges;
    bool is_volatile;
    bool has_default;
};

struct number {
    uint32_t value;
};

static uint32_t add_value(struct geo_parser *parser, struct str text) {
    struct geo *geo = parser->geo;
    struct str *value = conf_array_add(parser->conf, &geo->values, &geo->value_count,
                                       sizeof(*geo->values));

    *value = text;
    return geo->value_count - 1;
}

/* The number of a row's value; the same text has the same number. */
static uint32_t value_number(struct geo_parser *parser, struct str text) {
    struct number *number = hash_map_get(&parser->numbers, text);

    if (number == NULL) {
        number = arena_alloc(&parser->conf->arena, sizeof(*number));
        number->value = add_value(parser, text);
        hash_map_put(&parser->numbers, text, number);
    }
    return number->value;
}

static bool parse_network(struct geo_parser *parser, const struct conf_line *line, unsigned word,
                          struct ip_range *range) {
    struct str text = line->words[word].text;
    bool has_host_bits;

    if (!ip_parse_network(text, range, &has_host_bits)) {
        return conf_error(parser->conf, line, word, "invalid network \"%.*s\"", STR_ARG(text));
    }
    if (has_host_bits) {
        conf_warn(parser->conf, line, word, "low address bits of %.*s are meaningless",
                  STR_ARG(text));
    }
    return true;
}

static void add_row(struct geo_rows *rows, struct geo_row row) {
    if (rows->count == rows->room) {
        rows->room = rows->room * 2 + 16;
        rows->items = heap_resize(rows->items, rows->room, sizeof(*rows->items));
    }
    row.order = rows->count;
    rows->items[rows->count++] = row;
}

static bool parse_address_row(struct geo_parser *parser, const struct conf_line *line) {
    struct geo_row row = { .line = line, .is_delete = str_is(line->words[0].text, "delete") };
    unsigned word = row.is_delete;
    struct str text = line->words[word].text;

    if (parser->is_ranges) {
        if (!ip_parse_range(text, &row.range)) {
            return conf_error(parser->conf, line, word, "invalid range \"%.*s\"", STR_ARG(text));
        }
    } else if (!parse_network(parser, line, word, &row.range)) {
        return false;
    }
    if (!row.is_delete) {
        row.number = value_number(parser, line->words[1].text);
    }
    add_row(&parser->rows, row);
    return true;
}

static bool parse_default(struct geo_parser *parser, const struct conf_line *line) {
    struct str *value = &parser->geo->values[IP_TABLE_NONE];

    if (parser->has_default) {
        conf_warn(parser->conf, line, 0,
                  "duplicate default geo value \"%.*s\", old value: \"%.*s\"",
                  STR_ARG(line->words[1].text), STR_ARG(*value));
    }
    parser->has_default = true;
    *value = line->words[1].text;
    return true;
}

/* Only http has a header that says who is behind a proxy. */
static bool check_proxy(struct geo_parser *parser, const struct conf_line *line) {
    if ((parser->block->where & CONF_ANY_HTTP) == 0) {
        return conf_error(parser->conf, line, 0, "\"%s\" is a parameter of geo in http only",
                          line->words[0].text.data);
    }
    return true;
}

static bool parse_proxy(struct geo_parser *parser, const struct conf_line *line) {
    struct geo_row row = { .line = line, .number = IP_TABLE_NONE + 1 };

    if (!check_proxy(parser, line) || !parse_network(parser, line, 1, &row.range)) {
        return false;
    }
    add_row(&parser->proxies, row);
    return true;
}

static bool parse_flag(struct geo_parser *parser, const struct conf_line *line) {
    struct str name = line->words[0].text;

    if (str_is(name, "ranges")) {
        parser->is_ranges = true;
        if (parser->rows.count > 0 || parser->has_default) {
            return conf_error(parser->conf, line, 0, "the \"ranges\" directive must be the first "
                                                     "directive inside \"geo\" block");
        }
        return true;
    }
    if (str_is(name, "proxy_recursive")) {
        parser->geo->is_recursive = true;
        return check_proxy(parser, line);
    }
    if (str_is(name, "volatile")) {
        parser->is_volatile = true;
        return true;
    }
    return conf_error(parser->conf, line, 0, "invalid number of the geo parameters");
}

/* `include` is not seen here: the lines of the file stand in its place. */
static bool parse_row(struct geo_parser *parser, const struct conf_line *line) {
    struct str name = line->words[0].text;

    if (line->has_block || line->count > 2) {
        return conf_error(parser->conf, line, 0, "invalid number of the geo parameters");
    }
    if (line->count == 1) {
        return parse_flag(parser, line);
    }
    if (str_is(name, "proxy")) {
        return parse_proxy(parser, line);
    }
    return str_is(name, "default") ? parse_default(parser, line) : parse_address_row(parser, line);
}

static bool parse_rows(struct geo_parser *parser, const struct conf_line *line) {
    bool is_good = true;

    for (; line != NULL; line = line->next) {
        is_good = parse_row(parser, line) && is_good;
    }
    return is_good;
}

/* ---- from rows to the table ---- */

static int compare_rows(const void *left, const void *right) {
    const struct geo_row *a = left, *b = right;
    int order = ip_range_compare(&a->range, &b->range);

    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static struct str address_text(const struct geo_row *row) {
    return row->line->words[row->is_delete].text;
}

/* Rows of one range in their order in the file: the last one holds, unless it was deleted. */
static const struct geo_row *settle(struct geo_parser *parser, const struct geo_row *rows,
                                    size_t count) {
    const char *kind = parser->is_ranges ? "range" : "network";
    const struct geo_row *live = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        const struct geo_row *row = &rows[i];

        if (row->is_delete && live == NULL) {
            conf_warn(parser->conf, row->line, 1, "no %s%s \"%.*s\" to delete",
                      parser->is_ranges ? "address " : "", kind, STR_ARG(address_text(row)));
        } else if (!row->is_delete && live != NULL) {
            conf_warn(parser->conf, row->line, 0,
                      "duplicate %s \"%.*s\", value: \"%.*s\", old value: \"%.*s\"", kind,
                      STR_ARG(address_text(row)), STR_ARG(row->line->words[1].text),
                      STR_ARG(live->line->words[1].text));
        }
        live = row->is_delete ? NULL : row;
    }
    return live;
}

/* Says which earlier row the one at `at` overlaps without lying in it. */
static bool report_overlap(struct geo_parser *parser, const struct geo_row *rows, size_t at) {
    const struct ip_range *range = &rows[at].range;
    size_t i = 0;

    while (i < at && (rows[i].range.first.is_v6 != range->first.is_v6
                      || rows[i].range.last.bits < range->first.bits
                      || rows[i].range.last.bits >= range->last.bits)) {
        i++;
    }
    return conf_error(parser->conf, rows[at].line, 0, "range \"%.*s\" overlaps \"%.*s\"",
                      STR_ARG(address_text(&rows[at])), STR_ARG(address_text(&rows[i])));
}

static bool build_table(struct geo_parser *parser, struct geo_rows *rows, struct ip_table *table) {
    struct ip_row *built = heap_zero(rows->count + 1, sizeof(*built));
    size_t kept = 0, i = 0, end, taken;

    if (rows->count > 0) {
        qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
    }
    for (; i < rows->count; i = end) {
        const struct geo_row *live;

        for (end = i + 1; end < rows->count
             && ip_range_compare(&rows->items[i].range, &rows->items[end].range) == 0; end++) {
        }
        live = settle(parser, &rows->items[i], end - i);
        if (live != NULL) {
            built[kept] = (struct ip_row){ live->range, live->number };
            rows->items[kept++] = *live;
        }
    }
    taken = ip_table_build(table, &parser->conf->arena, built, kept);
    heap_free(built);
    return taken == kept || report_overlap(parser, rows->items, taken);
}

/* ---- the directive ---- */

static void use_addresses(struct geo_parser *parser, struct variable_table *table,
                          const struct conf_line *line) {
    struct geo *geo = parser->geo;

    geo->is_source_binary = line->count == 2;
    if (geo->is_source_binary) {
        geo->source = variable_use(parser->conf, table, STR("binary_remote_addr"), line, 0);
    } else {
        geo->source = variable_use(parser->conf, table, str_from_byte(line->words[1].text, 1), line,
                                   1);
    }
    if (parser->proxies.count > 0) {
        geo->proxies = arena_zero(&parser->conf->arena, 1, sizeof(*geo->proxies));
        geo->forwarded = variable_use(parser->conf, table, STR("http_x_forwarded_for"), line, 0);
    }
}

static bool parse_geo_block(struct geo_parser *parser, const struct conf_line *line) {
    struct geo *geo = parser->geo;
    bool is_good;

    add_value(parser, STR("")); /* the default has the first number: IP_TABLE_NONE */
    is_good = parse_rows(parser, line->first);
    use_addresses(parser, variable_table_of(parser->conf, parser->block), line);
    return is_good && build_table(parser, &parser->rows, &geo->table)
        && (geo->proxies == NULL || build_table(parser, &parser->proxies, geo->proxies));
}

static bool parse_geo(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    unsigned target = line->count - 1;
    struct geo_parser parser = { .conf = conf, .block = block };
    struct variable variable = { .name = variable_name_in(conf, line, target), .get = get_geo };
    bool is_good;

    (void) directive, (void) field;
    if (variable.name == NULL || (target == 2 && variable_name_in(conf, line, 1) == NULL)) {
        return false;
    }
    parser.geo = arena_zero(&conf->arena, 1, sizeof(*parser.geo));
    hash_map_init(&parser.numbers);
    is_good = parse_geo_block(&parser, line);
    hash_map_fini(&parser.numbers);
    heap_free(parser.rows.items);
    heap_free(parser.proxies.items);
    variable.detail = parser.geo;
    variable.is_volatile = parser.is_volatile;
    return variable_define(conf, variable_table_of(conf, block), &variable, line, target) >= 0
        && is_good;
}

static const struct conf_type type_geo = {
    .name = "table of addresses",
    .min_words = 1,
    .max_words = 2,
    .block = CONF_RAW_BLOCK,
    .is_repeatable = true,
    .parse = parse_geo,
};

static const struct directive directives[] = {
    {
        .name = "geo",
        .where = CONF_HTTP | CONF_STREAM,
        .type = &type_geo,
        .inherit = INHERIT_NONE,
        .syntax = "[$address] $variable { address value; ... }",
        .help = "makes a variable whose value depends on the client's address, or on another",
    },
    DIRECTIVES_END
};

static unsigned geo_index;

const struct module geo_module = {
    .name = "geo",
    .index = &geo_index,
    .directives = directives,
};
