/* SPDX-License-Identifier: BSD-2-Clause */
/* value - the common types of arguments; see value.h. */
#include "conf/value.h"

#include "base/number.h"
#include "conf/conf_priv.h"

#include <limits.h>

/* ---- sizes and times ---- */

bool parse_size(struct str text, uint64_t *bytes) {
    unsigned shift = 0;

    if (text.len > 0) {
        switch (char_lower(text.data[text.len - 1])) {
        case 'k':
            shift = 10;
            break;
        case 'm':
            shift = 20;
            break;
        case 'g':
            shift = 30;
            break;
        default:
            break;
        }
    }
    text.len -= shift > 0;
    if (!parse_decimal(text, (uint64_t) INT64_MAX >> shift, bytes)) {
        return false;
    }
    *bytes <<= shift;
    return true;
}

/* Units of time in the order in which they may follow each other. */
static const struct {
    const char *name;
    int64_t ms;
} time_units[] = {
    { "y", 365 * 86400000LL }, { "M", 30 * 86400000LL }, { "w", 7 * 86400000LL },
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
};
enum { TIME_UNITS = sizeof(time_units) / sizeof(time_units[0]), TIME_SECONDS = 6 };

static struct str skip_spaces(struct str text) {
    while (text.len > 0 && text.data[0] == ' ') {
        text = str_from_byte(text, 1);
    }
    return text;
}

/* Takes "30m" off the text; *next is the first unit that may come, and is moved on. */
static bool take_time(struct str *text, unsigned *next, int64_t *ms) {
    size_t digits = 0, letters = 0;
    struct str unit;
    uint64_t number;
    unsigned i;

    while (digits < text->len && char_is_digit(text->data[digits])) {
        digits++;
    }
    unit = str_from_byte(*text, digits);
    while (letters < unit.len && unit.data[letters] != ' ' && !char_is_digit(unit.data[letters])) {
        letters++;
    }
    unit.len = letters;
    for (i = *next; i < TIME_UNITS; i++) {
        if (str_is(unit, time_units[i].name) || (unit.len == 0 && i == TIME_SECONDS)) {
            break;
        }
    }
    if (i == TIME_UNITS || !parse_decimal(str_first(*text, digits), INT64_MAX, &number)
        || __builtin_mul_overflow((int64_t) number, time_units[i].ms, ms)) {
        return false;
    }
    /* Nothing comes after seconds that are not called so. */
    *next = unit.len == 0 ? TIME_UNITS : i + 1;
    *text = skip_spaces(str_from_byte(*text, digits + letters));
    return true;
}

bool parse_time_ms(struct str text, int64_t *ms) {
    int64_t sum = 0, part;
    unsigned next = 0;

    text = skip_spaces(text);
    do {
        if (!take_time(&text, &next, &part) || __builtin_add_overflow(sum, part, &sum)) {
            return false;
        }
    } while (text.len > 0);
    *ms = sum;
    return true;
}

/* ---- what all types share ---- */

/* The value of a word that stands in place of a number. */
static bool find_word(const struct conf_range *range, struct str text, int64_t *value) {
    size_t i;

    for (i = 0; range != NULL && range->words != NULL && range->words[i] != NULL; i++) {
        if (str_is(text, range->words[i])) {
            *value = range->values[i];
            return true;
        }
    }
    return false;
}

static bool report_invalid(struct conf *conf, const struct directive *directive,
                           const struct conf_line *line, unsigned word) {
    return conf_error(conf, line, word, "invalid value \"%s\" in \"%s\" directive",
                      line->words[word].text.data, directive->name);
}

bool conf_invalid(struct conf *conf, const struct directive *directive,
                  const struct conf_line *line, unsigned word, const char *allowed) {
    report_invalid(conf, directive, line, word);
    conf_help(conf, "allowed: %s", allowed);
    return false;
}

/* " or \"auto\"": the words of a range, after what else is allowed. */
static const char *range_words(struct conf *conf, const struct conf_range *range) {
    struct str text = STR("");
    size_t i;

    for (i = 0; range != NULL && range->words != NULL && range->words[i] != NULL; i++) {
        text = arena_print(&conf->load->temporary, "%.*s or \"%s\"", STR_ARG(text),
                           range->words[i]);
    }
    return text.data;
}

/* What a range counts. */
enum unit { UNIT_NONE, UNIT_BYTES, UNIT_MS };

/* A number as it would be written, in the largest unit without a remainder. */
static const char *bound(struct conf *conf, enum unit unit, int64_t number) {
    struct arena *arena = &conf->load->temporary;
    unsigned i = 0;

    switch (unit) {
    case UNIT_MS:
        while (i < TIME_UNITS - 1 && number % time_units[i].ms != 0) {
            i++;
        }
        i = number == 0 ? TIME_SECONDS : i;
        return arena_print(arena, "%lld%s", (long long) (number / time_units[i].ms),
                           time_units[i].name).data;
    case UNIT_BYTES:
        while (i < 3 && number != 0 && (number >> 10 * i) % 1024 == 0) {
            i++;
        }
        return arena_print(arena, "%lld%.1s", (long long) (number >> 10 * i),
                           &"\0kmg"[i]).data;
    default:
        return arena_print(arena, "%lld", (long long) number).data;
    }
}

static bool report_range(struct conf *conf, const struct directive *directive,
                         const struct conf_line *line, enum unit unit) {
    static const char *const what[] = {
        "a number", "a size such as 4096, 8k or 1m", "a time such as 500ms, 30s or \"1h 30m\""
    };
    const struct conf_range *range = directive->detail;

    report_invalid(conf, directive, line, 1);
    if (range == NULL) {
        conf_help(conf, "allowed: %s", what[unit]);
    } else {
        conf_help(conf, "allowed: %s from %s to %s%s", what[unit], bound(conf, unit, range->min),
                  bound(conf, unit, range->max), range_words(conf, range));
    }
    return false;
}

/* ---- the types ---- */

static bool parse_flag(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    struct str text = line->words[1].text;
    bool is_on = str_equal_nocase(text, STR("on"));

    (void) block;
    if (!is_on && !str_equal_nocase(text, STR("off"))) {
        return conf_error(conf, line, 1, "invalid value \"%s\" in \"%s\" directive, it must be "
                          "\"on\" or \"off\"", text.data, directive->name);
    }
    *(bool *) field = is_on;
    return true;
}

const struct conf_type conf_type_flag = {
    .name = "flag",
    .size = sizeof(bool),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_flag,
};

static bool parse_number(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    static const struct conf_range usual = { .min = 0, .max = INT32_MAX };
    const struct conf_range *range = directive->detail != NULL ? directive->detail : &usual;
    struct str text = line->words[1].text;

    (void) block;
    return find_word(range, text, field) || parse_signed(text, range->min, range->max, field)
        || report_range(conf, directive, line, UNIT_NONE);
}

const struct conf_type conf_type_number = {
    .name = "number",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_number,
};

static bool parse_size_word(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    const struct conf_range *range = directive->detail;
    struct str text = line->words[1].text;
    uint64_t *bytes = field;
    int64_t value;

    (void) block;
    if (find_word(range, text, &value)) {
        *bytes = (uint64_t) value;
        return true;
    }
    return (parse_size(text, bytes)
            && (range == NULL
                || ((int64_t) *bytes >= range->min && (int64_t) *bytes <= range->max)))
        || report_range(conf, directive, line, UNIT_BYTES);
}

const struct conf_type conf_type_size = {
    .name = "size",
    .size = sizeof(uint64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_size_word,
};

static bool parse_time_word(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    static const struct conf_range usual = { .min = 0, .max = INT32_MAX * 1000LL };
    const struct conf_range *range = directive->detail != NULL ? directive->detail : &usual;
    struct str text = line->words[1].text;
    int64_t *ms = field;

    (void) block;
    return find_word(range, text, ms)
        || (parse_time_ms(text, ms) && *ms >= range->min && *ms <= range->max)
        || report_range(conf, directive, line, UNIT_MS);
}

const struct conf_type conf_type_time = {
    .name = "time",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_time_word,
};

static bool parse_text(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    (void) conf;
    (void) block;
    (void) directive;
    *(struct str *) field = line->words[1].text;
    return true;
}

const struct conf_type conf_type_text = {
    .name = "text",
    .size = sizeof(struct str),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_text,
};

static bool parse_texts(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct conf_texts *texts = field;
    unsigned i;

    (void) block;
    (void) directive;
    for (i = 1; i < line->count; i++) {
        struct str *text = conf_array_add(conf, &texts->items, &texts->count, sizeof(*text));

        *text = line->words[i].text;
    }
    return true;
}

const struct conf_type conf_type_texts = {
    .name = "texts",
    .size = sizeof(struct conf_texts),
    .min_words = 1,
    .max_words = UINT_MAX,
    .is_repeatable = true,
    .parse = parse_texts,
};

const struct conf_type conf_type_text_list = {
    .name = "text",
    .size = sizeof(struct conf_texts),
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_texts,
};

/* ---- names out of a list ---- */

/* Case has no meaning, as in nginx. */
static const struct conf_name *find_name(const struct conf_name *names, struct str text) {
    for (; names->name != NULL; names++) {
        if (str_equal_nocase(text, str_from(names->name))) {
            return names;
        }
    }
    return NULL;
}

static bool report_name(struct conf *conf, const struct directive *directive,
                        const struct conf_line *line, unsigned word) {
    const struct conf_name *names = directive->detail;
    struct str list = STR("");
    struct nearest nearest;

    nearest_init(&nearest, line->words[word].text);
    for (; names->name != NULL; names++) {
        nearest_consider(&nearest, names->name);
        list = arena_print(&conf->load->temporary, "%.*s%s%s", STR_ARG(list),
                           list.len > 0 ? ", " : "", names->name);
    }
    report_invalid(conf, directive, line, word);
    if (nearest.found != NULL) {
        conf_help(conf, "allowed: %s (did you mean \"%s\"?)", list.data, nearest.found);
    } else {
        conf_help(conf, "allowed: %s", list.data);
    }
    return false;
}

static bool parse_name(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    const struct conf_name *name = find_name(directive->detail, line->words[1].text);

    (void) block;
    if (name == NULL) {
        return report_name(conf, directive, line, 1);
    }
    *(int *) field = name->value;
    return true;
}

const struct conf_type conf_type_name = {
    .name = "name",
    .size = sizeof(int),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_name,
};

static bool parse_names(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    unsigned *bits = field, i;

    (void) block;
    for (i = 1; i < line->count; i++) {
        const struct conf_name *name = find_name(directive->detail, line->words[i].text);

        if (name == NULL) {
            return report_name(conf, directive, line, i);
        }
        if (name->value == 0 && line->count > 2) {
            return conf_error(conf, line, i, "\"%s\" must stand alone in \"%s\" directive",
                              name->name, directive->name);
        }
        *bits |= (unsigned) name->value;
    }
    return true;
}

const struct conf_type conf_type_names = {
    .name = "names",
    .size = sizeof(unsigned),
    .min_words = 1,
    .max_words = UINT_MAX,
    .parse = parse_names,
};

/* ---- blocks, and what is only read ---- */

const struct conf_type conf_type_block = { .name = "block", .block = CONF_BLOCK };

const struct conf_type conf_type_block_one = {
    .name = "block",
    .block = CONF_BLOCK,
    .min_words = 1,
    .max_words = 1,
};

const struct conf_type conf_type_block_any = {
    .name = "block",
    .block = CONF_BLOCK,
    .min_words = 1,
    .max_words = UINT_MAX,
};

static bool parse_ignored(struct conf *conf, struct conf_block *block,
                          const struct directive *directive, const struct conf_line *line,
                          void *field) {
    (void) block;
    (void) field;
    conf_warn(conf, line, 0, "\"%s\" directive has no meaning here", directive->name);
    conf_help(conf, "%s", (const char *) directive->detail);
    return true;
}

const struct conf_type conf_type_ignored = {
    .name = "ignored",
    .max_words = UINT_MAX,
    .is_repeatable = true,
    .parse = parse_ignored,
};

bool conf_parse_nothing(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    (void) conf;
    (void) block;
    (void) directive;
    (void) line;
    (void) field;
    return true;
}

/* The text of the argument, whatever it is, is looked at by the type's own parser. */
static bool parse_unused(const struct conf_type *type, struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line) {
    struct directive plain = *directive;
    union {
        bool flag;
        int64_t number;
        uint64_t size;
        struct str text;
    } value;

    plain.detail = NULL;
    return type->parse(conf, block, &plain, line, &value)
        && (directive->detail == NULL || parse_ignored(conf, block, directive, line, NULL));
}

#define UNUSED(kind)                                                                               \
    static bool parse_unused_##kind(struct conf *conf, struct conf_block *block,                   \
                                    const struct directive *directive,                             \
                                    const struct conf_line *line, void *field) {                   \
        (void) field;                                                                              \
        return parse_unused(&conf_type_##kind, conf, block, directive, line);                      \
    }                                                                                              \
    const struct conf_type conf_type_unused_##kind = {                                             \
        .name = #kind,                                                                             \
        .min_words = 1,                                                                            \
        .max_words = 1,                                                                            \
        .parse = parse_unused_##kind,                                                              \
    }

UNUSED(flag);
UNUSED(number);
UNUSED(size);
UNUSED(time);
UNUSED(text);

bool conf_parse_mark(struct conf *conf, struct conf_block *block,
                     const struct directive *directive, const struct conf_line *line, void *field) {
    (void) conf;
    (void) block;
    (void) directive;
    (void) line;
    *(bool *) field = true;
    return true;
}

const struct conf_type conf_type_mark = {
    .name = "nothing",
    .size = sizeof(bool),
    .parse = conf_parse_mark,
};

/* ---- buffers ---- */

static bool parse_buffers(struct conf *conf, struct conf_block *block,
                          const struct directive *directive, const struct conf_line *line,
                          void *field) {
    const struct conf_buffers_limits *limits = directive->detail;
    struct conf_buffers *buffers = field;

    (void) block;
    if (!parse_decimal(line->words[1].text, limits->count_max, &buffers->count)
        || buffers->count < limits->count_min) {
        return conf_invalid(conf, directive, line, 1, limits->counts);
    }
    if (!parse_size(line->words[2].text, &buffers->size) || buffers->size == 0
        || buffers->size > limits->size_max
        || buffers->size > limits->total_max / buffers->count) {
        return conf_invalid(conf, directive, line, 2, limits->sizes);
    }
    return true;
}

const struct conf_type conf_type_buffers = {
    .name = "buffers",
    .size = sizeof(struct conf_buffers),
    .min_words = 2,
    .max_words = 2,
    .parse = parse_buffers,
};

/* ---- arrays ---- */

void *conf_array_add(struct conf *conf, void *items, unsigned *count, size_t item_size) {
    void **array = items, *grown;
    unsigned room = *count;

    /* The room is the next power of two: full when the count is one. */
    if ((room & (room - 1)) == 0) {
        grown = arena_alloc(&conf->arena, size_mul(room > 0 ? 2 * (size_t) room : 1, item_size));
        if (room > 0) {
            memcpy(grown, *array, room * item_size);
        }
        *array = grown;
    }
    return memset((char *) *array + (*count)++ * item_size, 0, item_size);
}

static void free_map(void *map) {
    hash_map_fini(map);
}

void conf_hash_map_init(struct conf *conf, struct hash_map *map) {
    hash_map_init(map);
    conf_on_free(conf, free_map, map);
}
