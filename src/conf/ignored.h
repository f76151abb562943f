/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ignored - directives of nginx that weir reads, warns about, and leaves without effect: those of
 * what it does not have yet, and those of what it has in another form.
 */
#ifndef WEIR_CONF_IGNORED_H
#define WEIR_CONF_IGNORED_H

#include "conf/module.h"

extern const struct module ignored_module;

#endif
