/* SPDX-License-Identifier: BSD-2-Clause */
/* variable - the one variable system of http and stream; see variable.h. */
#include "expr/variable.h"

#include "base/hash.h"
#include "base/panic.h"
#include "conf/value.h"
#include "expr/builtin.h"

/* A name that the configuration uses or defines. Its number is its place in the table. */
struct entry {
    struct str name;            /* as a key: see make_key() */
    struct variable variable;   /* what it means; get is NULL until that is known */
    bool is_defined;            /* by the configuration */
    bool is_used;
    const struct conf_line *line; /* of the first use */
    unsigned word;
};

struct variable_table {
    struct entry *entries;
    unsigned count;
    struct hash_map numbers;  /* names of entries to struct number */
    struct hash_map builtins; /* names to const struct variable */
    const struct variable **prefixes;
    unsigned prefix_count;
    bool is_ready;   /* was made */
    bool is_checked; /* all entries are resolved */
};

/* Entries move while their array grows, so the map holds numbers. */
struct number {
    int value;
};

static const char http_key, stream_key; /* their addresses name the tables */

static void table_fini(void *object) {
    struct variable_table *table = object;

    hash_map_fini(&table->numbers);
    hash_map_fini(&table->builtins);
}

static void table_add_builtins(struct conf *conf, struct variable_table *table,
                               const struct variable *variables) {
    const struct variable *variable;

    for (variable = variables; variable->name != NULL; variable++) {
        if (variable->is_prefix) {
            *(const struct variable **) conf_array_add(conf, &table->prefixes, &table->prefix_count,
                                                       sizeof(*table->prefixes)) = variable;
        } else {
            hash_map_put(&table->builtins, str_from(variable->name), (void *) variable);
        }
    }
}

static struct variable_table *family_table(struct conf *conf, uint32_t family) {
    const char *key = (family & CONF_ANY_HTTP) != 0 ? &http_key : &stream_key;
    struct variable_table *table = conf_data(conf, key, sizeof(*table));

    if (!table->is_ready) {
        table->is_ready = true;
        hash_map_init(&table->numbers);
        hash_map_init(&table->builtins);
        conf_on_free(conf, table_fini, table);
        table_add_builtins(conf, table, builtin_variables);
    }
    return table;
}

struct variable_table *variable_table_of(struct conf *conf, const struct conf_block *block) {
    if ((block->where & (CONF_ANY_HTTP | CONF_ANY_STREAM)) == 0) {
        return NULL;
    }
    return family_table(conf, block->where);
}

void variable_add_builtins(struct conf *conf, uint32_t family, const struct variable *variables) {
    table_add_builtins(conf, family_table(conf, family), variables);
}

/* ---- names ---- */

/* The name in lower case, a NUL byte behind it. The names of an environment keep theirs. */
static struct str make_key(struct arena *arena, struct str name) {
    struct str env = STR("env_");
    size_t lower_len = str_starts_nocase(name, env) ? env.len : name.len, i;
    char *key = arena_bytes(arena, name.len + 1);

    for (i = 0; i < name.len; i++) {
        key[i] = i < lower_len ? char_lower(name.data[i]) : name.data[i];
    }
    key[name.len] = '\0';
    return str_make(key, name.len);
}

static bool is_name(struct str name) {
    size_t i;

    for (i = 0; i < name.len; i++) {
        char c = char_lower(name.data[i]);

        if (!(c >= 'a' && c <= 'z') && !char_is_digit(c) && c != '_') {
            return false;
        }
    }
    return name.len > 0;
}

const char *variable_name_in(struct conf *conf, const struct conf_line *line, unsigned word) {
    struct str text = line->words[word].text;

    if (text.len == 0 || text.data[0] != '$' || !is_name(str_from_byte(text, 1))) {
        conf_error(conf, line, word, "invalid variable name \"%.*s\"", STR_ARG(text));
        conf_help(conf, "a \"$\", then letters, digits and underscores");
        return NULL;
    }
    return text.data + 1;
}

static int entry_number(struct conf *conf, struct variable_table *table, struct str name) {
    struct str key = make_key(&conf->arena, name);
    struct number *number = hash_map_get(&table->numbers, key);
    struct entry *entry;

    if (number == NULL) {
        number = arena_alloc(&conf->arena, sizeof(*number));
        number->value = (int) table->count;
        entry = conf_array_add(conf, &table->entries, &table->count, sizeof(*table->entries));
        entry->name = key;
        hash_map_put(&table->numbers, key, number);
    }
    return number->value;
}

/* ---- what a name means ---- */

static const struct variable *find_builtin(const struct variable_table *table, struct str key) {
    const struct variable *found = hash_map_get(&table->builtins, key);
    size_t found_len = 0;
    unsigned i;

    if (found != NULL) {
        return found;
    }
    for (i = 0; i < table->prefix_count; i++) {
        struct str prefix = str_from(table->prefixes[i]->name);

        if (key.len > prefix.len && prefix.len > found_len && str_starts(key, prefix)) {
            found = table->prefixes[i];
            found_len = prefix.len;
        }
    }
    return found;
}

/* A definition with detail is the meaning; one without is only what holds where there is no
 * built-in, such as `set` of $http_x or of a built-in that can be changed. */
static bool entry_resolve(const struct variable_table *table, struct entry *entry) {
    const struct variable *builtin = find_builtin(table, entry->name);

    if (builtin != NULL && (!entry->is_defined || entry->variable.detail == NULL)) {
        entry->variable = *builtin;
    }
    return entry->variable.get != NULL;
}

static void help_with_nearest(struct conf *conf, const struct variable_table *table,
                              struct str wanted) {
    const char **names = NULL, *nearest;
    unsigned count = 0, i;
    size_t at = 0;
    struct str name;

    for (i = 0; i < table->count; i++) {
        if (table->entries[i].is_defined) {
            *(const char **) conf_array_add(conf, &names, &count, sizeof(*names)) =
                table->entries[i].name.data;
        }
    }
    while (hash_map_next(&table->builtins, &at, &name) != NULL) {
        *(const char **) conf_array_add(conf, &names, &count, sizeof(*names)) = name.data;
    }
    nearest = conf_nearest(wanted, names, count);
    if (nearest != NULL) {
        conf_help(conf, "did you mean \"$%s\"?", nearest);
    }
}

static bool report_unknown(struct conf *conf, const struct variable_table *table,
                           const struct entry *entry) {
    conf_error(conf, entry->line, entry->word, "unknown \"%s\" variable", entry->name.data);
    help_with_nearest(conf, table, entry->name);
    return false;
}

int variable_define(struct conf *conf, struct variable_table *table,
                    const struct variable *variable, const struct conf_line *line, unsigned word) {
    struct str name = str_from(variable->name);
    const struct variable *builtin;
    struct entry *entry;
    int number;

    if (!is_name(name)) {
        conf_error(conf, line, word, "invalid variable name \"%s\"", variable->name);
        return -1;
    }
    number = entry_number(conf, table, name);
    entry = &table->entries[number];
    builtin = hash_map_get(&table->builtins, entry->name);
    if (builtin != NULL && builtin->set == NULL) {
        conf_error(conf, line, word, "the duplicate \"%s\" variable", entry->name.data);
        conf_help(conf, "$%s is built in and cannot be defined anew", entry->name.data);
        return -1;
    }
    if (!entry->is_defined || variable->detail != NULL) {
        entry->variable = *variable;
        entry->variable.name = entry->name.data;
        entry->is_defined = true;
    }
    if (table->is_checked) {
        entry_resolve(table, entry);
    }
    return number;
}

bool variable_get_none(struct scope *scope, const struct variable *variable, struct str name,
                       struct str *value) {
    (void) scope, (void) variable, (void) name, (void) value;
    return false;
}

int variable_use(struct conf *conf, struct variable_table *table, struct str name,
                 const struct conf_line *line, unsigned word) {
    int number = entry_number(conf, table, name);
    struct entry *entry = &table->entries[number];

    if (!entry->is_used) {
        entry->is_used = true;
        entry->line = line;
        entry->word = word;
        if (table->is_checked && !entry_resolve(table, entry)) {
            report_unknown(conf, table, entry);
        }
    }
    return number;
}

bool variable_table_check(struct conf *conf, struct variable_table *table) {
    bool is_good = true;
    unsigned i;

    for (i = 0; i < table->count; i++) {
        struct entry *entry = &table->entries[i];

        if (!entry_resolve(table, entry)) {
            is_good = report_unknown(conf, table, entry);
        }
    }
    table->is_checked = true;
    return is_good;
}

/* ---- at run time ---- */

void scope_init(struct scope *scope, const struct variable_table *table, struct arena *arena) {
    *scope = (struct scope){ .table = table, .arena = arena };
}

static struct scope_value *value_of(struct scope *scope, int number) {
    const struct variable_table *table = scope->table;
    struct scope_value **page;

    CHECK(number >= 0 && (unsigned) number < table->count);
    if (scope->pages == NULL) {
        CHECK(table->is_checked);
        scope->pages = arena_zero(scope->arena, table->count / SCOPE_PAGE + 1, sizeof(*page));
    }
    page = &scope->pages[number / SCOPE_PAGE];
    if (*page == NULL) {
        *page = arena_zero(scope->arena, SCOPE_PAGE, sizeof(**page));
    }
    return *page + number % SCOPE_PAGE;
}

void scope_inherit(struct scope *scope, const struct scope *from) {
    unsigned i;

    for (i = 0; from->pages != NULL && i < from->table->count; i++) {
        const struct scope_value *page = from->pages[i / SCOPE_PAGE], *value;

        if (page == NULL) {
            i += SCOPE_PAGE - 1;
            continue;
        }
        value = &page[i % SCOPE_PAGE];
        if (value->state == VALUE_FOUND) {
            *value_of(scope, (int) i) = (struct scope_value){
                .text = arena_copy(scope->arena, value->text), .state = VALUE_FOUND
            };
        }
    }
}

static bool find_value(struct scope *scope, const struct entry *entry, struct scope_value *kept,
                       struct str *value) {
    bool is_found;

    kept->state = VALUE_BUSY;
    is_found = entry->variable.get(scope, &entry->variable, entry->name, value);
    if (!is_found) {
        *value = STR("");
    }
    kept->text = *value;
    kept->state = entry->variable.is_volatile ? VALUE_UNKNOWN
                                              : is_found ? VALUE_FOUND : VALUE_ABSENT;
    return is_found;
}

bool scope_get(struct scope *scope, int variable, struct str *value) {
    struct scope_value *kept = value_of(scope, variable);

    if (kept->state == VALUE_FOUND) {
        *value = kept->text;
        return true;
    }
    if (kept->state == VALUE_UNKNOWN) {
        return find_value(scope, &scope->table->entries[variable], kept, value);
    }
    *value = STR("");
    return false;
}

bool scope_get_by_name(struct scope *scope, struct str name, struct str *value) {
    struct str key = make_key(scope->arena, name);
    const struct number *number = hash_map_get(&scope->table->numbers, key);
    const struct variable *builtin;

    if (number != NULL) {
        return scope_get(scope, number->value, value);
    }
    *value = STR("");
    builtin = find_builtin(scope->table, key);
    return builtin != NULL && builtin->get(scope, builtin, key, value);
}

void scope_set(struct scope *scope, int variable, struct str value) {
    struct scope_value *kept = value_of(scope, variable);
    const struct variable *meaning = &scope->table->entries[variable].variable;

    /* One with a setter of its own is asked anew next time; any other keeps what it was given. */
    if (meaning->set != NULL) {
        kept->state = VALUE_UNKNOWN;
        meaning->set(scope, meaning, value);
    } else {
        kept->state = VALUE_FOUND;
        kept->text = value;
    }
}
