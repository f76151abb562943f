/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * include - the directive that puts other files in its place.
 *
 * The parser does the work, in every block, those of map and types too, and whether or not the
 * module is in the list; the module has the row for the manual and for suggestions.
 */
#ifndef WEIR_CONF_INCLUDE_H
#define WEIR_CONF_INCLUDE_H

#include "conf/module.h"

extern const struct module include_module;

#endif
