/* SPDX-License-Identifier: BSD-2-Clause */
/* log_files - the log files that a configuration has open; see log_files.h. */
#include "conf/log_files.h"

#include "conf/value.h"
#include "event/logsink.h"

#include <errno.h>

struct log_files {
    int *items;
    unsigned count;
};

static const char data_key;

static void close_files(void *object) {
    const struct log_files *files = object;
    unsigned i;

    for (i = 0; i < files->count; i++) {
        logsink_close(files->items[i]);
    }
}

/* Each file once. */
static void remember(struct conf *conf, int file) {
    struct log_files *files = conf_data(conf, &data_key, sizeof(*files));
    unsigned i;

    for (i = 0; i < files->count && files->items[i] != file; i++) {
    }
    if (i < files->count) {
        logsink_close(file);
        return;
    }
    if (files->count == 0) {
        conf_on_free(conf, close_files, files);
    }
    *(int *) conf_array_add(conf, &files->items, &files->count, sizeof(file)) = file;
}

int log_files_open(struct conf *conf, const struct conf_line *line, unsigned word,
                   struct str path) {
    int file;

    if (!str_is(path, "stderr")) {
        path = conf_path(conf, path);
    }
    file = logsink_open(path, 0644);
    if (file < 0) {
        conf_error(conf, line, word, "open() \"%.*s\" failed (%d: %s)", STR_ARG(path), errno,
                   strerrordesc_np(errno));
        return -1;
    }
    remember(conf, file);
    return file;
}

void log_files_keep_only(const struct conf *conf) {
    const struct log_files *files = conf_data((struct conf *) conf, &data_key, sizeof(*files));

    logsink_keep_only(files->items, files->count);
}
