/* SPDX-License-Identifier: BSD-2-Clause */
/* field_template - a field of a head as directives have it: "name value", with variables. */
#ifndef WEIR_HTTP_FIELD_TEMPLATE_H
#define WEIR_HTTP_FIELD_TEMPLATE_H

#include "expr/template.h"
#include "message/message.h"

struct field_template {
    struct str name;
    enum field_id id;
    const struct template *value;
    bool is_fit; /* a constant without CR, LF or NUL */
};

/* Of the first two arguments of the line. False with an error. */
bool field_template_compile(struct conf *conf, const struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            struct field_template *field);

static inline struct str field_template_value(const struct field_template *field,
                                              struct scope *scope) {
    return field->value->is_constant ? field->value->text : template_text(field->value, scope);
}

/* Adds it with this value of it. False: that would split the head. */
static inline bool field_template_add(const struct field_template *field, struct str value,
                                      struct message *message) {
    if (!field->is_fit) {
        return message_add(message, field->name, value);
    }
    message_add_checked(message, field->id, field->name, value);
    return true;
}

#endif
