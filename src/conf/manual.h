/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manual - what the rows of directives say to people and to programs.
 */
#ifndef WEIR_CONF_MANUAL_H
#define WEIR_CONF_MANUAL_H

#include "base/buf.h"
#include "conf/module.h"

/*
 * Appends the entries of all directives of that name (`weir -h NAME`); equal ones of several
 * modules are one entry with all contexts. For an unknown name it appends a line that says so,
 * with the nearest name, and returns false.
 */
bool manual_format(const struct module *const *modules, const char *name, struct buf *to);

/*
 * Appends one line for each row (`weir --directives`), in order of the modules:
 *     name TAB contexts TAB default TAB help
 * Contexts are separated by commas; without a default that field is empty.
 */
void manual_list(const struct module *const *modules, struct buf *to);

#endif
