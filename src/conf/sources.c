/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sources - the files that a load reads: each once, and kept for -T, for messages, for the bundle.
 *
 * A bundle is a row of records: a kind, the lengths of a name and of data, and both. It holds the
 * files, the results of globs and what was found out elsewhere (addresses of host names), failures
 * included, so that loading it comes to the same end and waits for nobody.
 */
#include "base/buf.h"
#include "base/heap.h"
#include "base/number.h"
#include "conf/conf_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 30 };

enum record_kind { RECORD_FILE, RECORD_FAILURE, RECORD_GLOB, RECORD_FINDING };

struct record {
    uint32_t kind;
    uint32_t name_len, data_len;
};

void sources_init(struct sources *sources) {
    *sources = (struct sources){ .is_bundle = false };
    hash_map_init(&sources->by_name);
    hash_map_init(&sources->by_pattern);
    hash_map_init(&sources->by_key);
    sources->last_file = &sources->first_file;
    sources->last_glob = &sources->first_glob;
}

void sources_fini(struct sources *sources) {
    struct source_file *file;

    for (file = sources->first_file; file != NULL; file = file->next) {
        heap_free(file->memory);
    }
    hash_map_fini(&sources->by_name);
    hash_map_fini(&sources->by_pattern);
    hash_map_fini(&sources->by_key);
}

static struct source_file *add_file(struct conf *conf, const char *name) {
    struct sources *sources = &conf->load->sources;
    struct source_file *file = arena_zero(&conf->arena, 1, sizeof(*file));

    file->name = name;
    file->bytes = STR("");
    *sources->last_file = file;
    sources->last_file = &file->next;
    hash_map_put(&sources->by_name, str_from(name), file);
    return file;
}

static struct source_glob *add_glob(struct conf *conf, const char *pattern) {
    struct sources *sources = &conf->load->sources;
    struct source_glob *found = arena_zero(&conf->arena, 1, sizeof(*found));

    found->pattern = pattern;
    found->paths = STR("");
    *sources->last_glob = found;
    sources->last_glob = &found->next;
    hash_map_put(&sources->by_pattern, str_from(pattern), found);
    return found;
}

/* Reads to the end, whatever the size says: a pipe is as good as a file. Returns an errno value. */
static int read_all(int fd, size_t size, struct source_file *file) {
    size_t len = 0, room = size + 1;
    char *bytes = heap_alloc(room);
    ssize_t got;

    while ((got = read(fd, bytes + len, room - len)) != 0) {
        int error = got < 0 ? errno : len >= FILE_MAX ? EFBIG : 0;

        if (error != 0 && error != EINTR) {
            heap_free(bytes);
            return error;
        }
        len += got > 0 ? (size_t) got : 0;
        if (len == room) {
            room = size_mul(room, 2);
            bytes = heap_resize(bytes, room, 1);
        }
    }
    file->bytes = str_make(bytes, len);
    file->memory = bytes;
    return 0;
}

static void read_disk(struct source_file *file) {
    int fd = open(file->name, O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) < 0) {
        file->error = errno;
    } else if (info.st_size > FILE_MAX) {
        file->error = EFBIG;
    } else {
        file->error = read_all(fd, (size_t) info.st_size, file);
    }
    if (fd >= 0) {
        close(fd);
    }
}

const struct source_file *source_read(struct conf *conf, const char *path) {
    struct source_file *file = hash_map_get(&conf->load->sources.by_name, str_from(path));

    if (file == NULL) {
        file = add_file(conf, path);
        if (conf->load->sources.is_bundle) {
            file->error = ENOENT;
        } else {
            read_disk(file);
        }
    }
    return file;
}

static void glob_disk(struct conf *conf, struct source_glob *found) {
    struct buf paths = { NULL, 0, 0, 0 };
    glob_t result;
    size_t i;

    if (glob(found->pattern, 0, NULL, &result) == 0) {
        for (i = 0; i < result.gl_pathc; i++) {
            struct str path = str_from(result.gl_pathv[i]);

            buf_append(&paths, str_make(path.data, path.len + 1), BUF_SIZE_MAX);
        }
        found->paths = arena_copy(&conf->arena, buf_bytes(&paths));
        globfree(&result);
    }
    buf_free(&paths);
}

const struct source_glob *source_glob(struct conf *conf, struct str pattern) {
    struct source_glob *found = hash_map_get(&conf->load->sources.by_pattern, pattern);

    if (found == NULL) {
        found = add_glob(conf, pattern.data);
        if (!conf->load->sources.is_bundle) {
            glob_disk(conf, found);
        }
    }
    return found;
}

/* ---- what was found out elsewhere ---- */

void conf_remember(struct conf *conf, struct str key, struct str data) {
    struct sources *sources = &conf->load->sources;
    struct source_finding *finding = arena_zero(&conf->arena, 1, sizeof(*finding));

    finding->next = sources->first_finding;
    finding->key = arena_copy(&conf->arena, key).data;
    finding->data = arena_copy(&conf->arena, data);
    sources->first_finding = finding;
    hash_map_put(&sources->by_key, str_from(finding->key), finding);
}

bool conf_recall(const struct conf *conf, struct str key, struct str *data) {
    const struct source_finding *finding = hash_map_get(&conf->load->sources.by_key, key);

    *data = finding != NULL ? finding->data : STR_NONE;
    return finding != NULL || conf->load->sources.is_bundle;
}

/* ---- the bundle ---- */

static void append_record(struct buf *to, enum record_kind kind, const char *name,
                          struct str data) {
    struct record record = { .kind = kind, .name_len = (uint32_t) strlen(name),
                             .data_len = (uint32_t) data.len };

    buf_append(to, str_make((const char *) &record, sizeof(record)), BUF_SIZE_MAX);
    buf_append(to, str_from(name), BUF_SIZE_MAX);
    buf_append(to, data, BUF_SIZE_MAX);
}

void conf_bundle(const struct conf *conf, struct buf *to) {
    const struct source_file *file = conf->load->sources.first_file;
    const struct source_glob *found = conf->load->sources.first_glob;
    const struct source_finding *finding = conf->load->sources.first_finding;

    for (; file != NULL; file = file->next) {
        struct str error = str_make((const char *) &file->error, sizeof(file->error));

        append_record(to, file->error != 0 ? RECORD_FAILURE : RECORD_FILE, file->name,
                      file->error != 0 ? error : file->bytes);
    }
    for (; found != NULL; found = found->next) {
        append_record(to, RECORD_GLOB, found->pattern, found->paths);
    }
    for (; finding != NULL; finding = finding->next) {
        append_record(to, RECORD_FINDING, finding->key, finding->data);
    }
}

/* Takes len bytes off the bundle. */
static bool take_bytes(struct str *bundle, size_t len, struct str *bytes) {
    if (bundle->len < len) {
        return false;
    }
    *bytes = str_first(*bundle, len);
    *bundle = str_from_byte(*bundle, len);
    return true;
}

static bool unpack_record(struct conf *conf, struct str *bundle) {
    struct str bytes, name, data;
    struct source_file *file;
    struct record record;

    if (!take_bytes(bundle, sizeof(record), &bytes)) {
        return false;
    }
    memcpy(&record, bytes.data, sizeof(record));
    if (!take_bytes(bundle, record.name_len, &name)
        || !take_bytes(bundle, record.data_len, &data)) {
        return false;
    }
    name = arena_copy(&conf->arena, name);
    if (record.kind == RECORD_GLOB) {
        add_glob(conf, name.data)->paths = arena_copy(&conf->arena, data);
        return true;
    }
    if (record.kind == RECORD_FINDING) {
        conf_remember(conf, name, data);
        return true;
    }
    file = add_file(conf, name.data);
    if (record.kind == RECORD_FAILURE && data.len == sizeof(file->error)) {
        memcpy(&file->error, data.data, sizeof(file->error));
        return true;
    }
    file->bytes = arena_copy(&conf->arena, data);
    return record.kind == RECORD_FILE;
}

bool sources_unpack(struct conf *conf, struct str bundle) {
    conf->load->sources.is_bundle = true;
    while (bundle.len > 0) {
        if (!unpack_record(conf, &bundle)) {
            return false;
        }
    }
    return true;
}

/* ---- for -T ---- */

const char *conf_file_at(const struct conf *conf, unsigned i, struct str *bytes) {
    const struct source_file *file = conf->load->sources.first_file;

    for (; file != NULL; file = file->next) {
        if (file->error == 0 && i-- == 0) {
            *bytes = file->bytes;
            return file->name;
        }
    }
    return NULL;
}

const char *conf_file_name(const struct conf_file *file) {
    return file->name;
}
