/* SPDX-License-Identifier: BSD-2-Clause */
/* http_files_priv - what http_files and http_files_send share. */
#ifndef WEIR_HTTP_HTTP_FILES_PRIV_H
#define WEIR_HTTP_HTTP_FILES_PRIV_H

#include "http/http_files.h"

/* Of an exchange. */
struct files_state {
    struct exchange *exchange;
    const struct file *file; /* that is sent; or NULL */
    struct str path;         /* of that */
    bool adds_path;
};

struct files_state *http_files_state(struct exchange *exchange);
void http_files_close_state(void *state);

#endif
