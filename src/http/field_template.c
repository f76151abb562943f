/* SPDX-License-Identifier: BSD-2-Clause */
/* field_template - fields that directives name; see field_template.h. */
#include "http/field_template.h"

#include "conf/value.h"

bool field_template_compile(struct conf *conf, const struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            struct field_template *field) {
    struct str name = line->words[1].text;
    const struct template *value;

    if (!field_name_is_valid(name) || name.len > UINT16_MAX) {
        return conf_invalid(conf, directive, line, 1, "the name of a header field");
    }
    value = template_compile(conf, block, line, 2);
    if (value == NULL) {
        return false;
    }
    *field = (struct field_template){ .name = name,
                                      .id = field_id_of(name),
                                      .value = value,
                                      .is_fit = value->is_constant
                                          && field_value_is_valid(value->text) };
    return true;
}
