/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * temp_path - folders for files of bodies that are too large for memory (client_body_temp_path,
 * proxy_temp_path ...).
 *
 * The files have no names, so the levels of subfolders that nginx's directives take mean nothing.
 */
#ifndef WEIR_CONF_TEMP_PATH_H
#define WEIR_CONF_TEMP_PATH_H

#include "conf/module.h"

/* "path [level1 [level2 [level3]]]" to a const char *: the absolute path. */
extern const struct conf_type conf_type_temp_path;

/* The folders that the configuration names, each once; NULL past the last. The master makes them,
 * for the user of the workers. */
const char *temp_path_at(const struct conf *conf, unsigned i);

#endif
