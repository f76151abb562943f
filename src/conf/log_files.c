/* SPDX-License-Identifier: BSD-2-Clause */
/* log_files - the log files that a configuration has open; see log_files.h. */
#include "conf/log_files.h"

#include "base/heap.h"
#include "base/number.h"
#include "conf/value.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/un.h>

struct log_file {
    int file;
    struct logsink_how how;
};

struct log_files {
    struct log_file *items;
    unsigned count;
};

static const char data_key;

static void close_files(void *object) {
    const struct log_files *files = object;
    unsigned i;

    for (i = 0; i < files->count; i++) {
        logsink_close(files->items[i].file);
    }
}

static struct log_file *find(const struct log_files *files, int file) {
    unsigned i;

    for (i = 0; i < files->count; i++) {
        if (files->items[i].file == file) {
            return &files->items[i];
        }
    }
    return NULL;
}

/* Each file once. */
static void remember(struct conf *conf, int file) {
    struct log_files *files = conf_data(conf, &data_key, sizeof(*files));
    struct log_file *place;

    if (find(files, file) != NULL) {
        logsink_close(file);
        return;
    }
    if (files->count == 0) {
        conf_on_free(conf, close_files, files);
    }
    place = conf_array_add(conf, &files->items, &files->count, sizeof(*place));
    place->file = file;
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

static socklen_t address_len(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET    ? sizeof(struct sockaddr_in)
        : address->ss_family == AF_INET6    ? sizeof(struct sockaddr_in6)
                                            : sizeof(struct sockaddr_un);
}

int log_files_open_syslog(struct conf *conf, struct str server,
                          const struct sockaddr_storage *address) {
    struct str name = arena_print(&conf->arena, "syslog:%.*s", STR_ARG(server));
    int file = logsink_open_syslog(name, (const struct sockaddr *) address, address_len(address));

    remember(conf, file);
    return file;
}

bool log_files_set_how(struct conf *conf, int file, const struct logsink_how *how) {
    struct log_files *files = conf_data(conf, &data_key, sizeof(*files));
    struct logsink_how *said = &find(files, file)->how;

    if (said->buffer_size == 0) {
        *said = *how;
    }
    return said->buffer_size == how->buffer_size && said->flush_ms == how->flush_ms
        && said->gzip_level == how->gzip_level;
}

void log_files_begin(const struct conf *conf) {
    const struct log_files *files = conf_data((struct conf *) conf, &data_key, sizeof(*files));
    int *kept = heap_alloc(size_mul(files->count + 1, sizeof(*kept)));
    unsigned i;

    for (i = 0; i < files->count; i++) {
        kept[i] = files->items[i].file;
        logsink_set_how(kept[i], &files->items[i].how);
    }
    logsink_keep_only(kept, files->count);
    heap_free(kept);
}
