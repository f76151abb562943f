/* SPDX-License-Identifier: BSD-2-Clause */
/* options - the command line; see options.h. */
#include "options.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "config.h"

#include <stdio.h>
#include <string.h>

const char options_usage[]
    = "Usage: weir [-?hvVtTq] [-s signal] [-p prefix] [-e filename] [-c filename] [-g directives]\n"
      "\n"
      "Options:\n"
      "  -?,-h         : this help; -h NAME explains the directive NAME\n"
      "  -v            : show version and exit\n"
      "  -V            : show version and configure options then exit\n"
      "  -t, --test    : test configuration and exit\n"
      "  -T, --dump    : test configuration, dump it and exit\n"
      "  -q            : suppress non-error messages during configuration testing\n"
      "  -s signal     : send signal to a master process: stop, quit, reopen, reload;\n"
      "                  reload waits until it is done and exits 1 with the errors if it fails\n"
      "  -p prefix     : set prefix path (default: " WEIR_PREFIX ")\n"
      "  -e filename   : set error log file (default: " WEIR_ERROR_LOG_PATH ")\n"
      "  -c filename   : set configuration file (default: " WEIR_CONF_PATH ")\n"
      "  -g directives : set global directives out of configuration file\n"
      "  --format=json : messages of -t as JSON\n"
      "  --directives  : list every directive: name, contexts, default, help\n";

static char error_text[256];
static struct arena texts; /* for the life of the process */

const char *options_join(const char *first, const char *second) {
    return arena_print(&texts, "%s%s", first, second).data;
}

static const char *error(const char *format, const char *what) {
    snprintf(error_text, sizeof(error_text), format, what);
    return error_text;
}

static bool is_signal(const char *name) {
    return strcmp(name, "stop") == 0 || strcmp(name, "quit") == 0 || strcmp(name, "reopen") == 0
        || strcmp(name, "reload") == 0;
}

static const char *with_slash(const char *path) {
    size_t len = strlen(path);

    return len > 0 && path[len - 1] == '/' ? path : options_join(path, "/");
}

/* The options that take a value, "-p prefix" or "-pprefix". */
static const char *set_value(struct options *options, char letter, const char *value) {
    switch (letter) {
    case 'p':
        options->prefix = value;
        return NULL;
    case 'c':
        options->conf_path = value;
        return NULL;
    case 'e':
        options->error_log = value;
        return NULL;
    case 'g':
        options->globals = value;
        return NULL;
    default:
        options->signal = value;
        return is_signal(value)
            ? NULL : error("invalid option: \"-s %s\" (stop, quit, reopen or reload)", value);
    }
}

static const char *value_error(char letter) {
    switch (letter) {
    case 'p':
        return "option \"-p\" requires directory name";
    case 'c':
    case 'e':
        return error("option \"-%s\" requires file name", letter == 'c' ? "c" : "e");
    case 'g':
        return "option \"-g\" requires parameter";
    default:
        return "option \"-s\" requires parameter";
    }
}

static bool set_flag(struct options *options, char letter) {
    switch (letter) {
    case '?':
    case 'h':
        return options->shows_help = true;
    case 'v':
        return options->shows_version = true;
    case 'V':
        return options->shows_version = options->shows_build = true;
    case 't':
        return options->tests = true;
    case 'T':
        return options->tests = options->dumps = true;
    case 'q':
        return options->is_quiet = true;
    default:
        return false;
    }
}

/* Long options; the one for the master alone is not among them. */
static const char *const long_names[]
    = { "--test", "--dump", "--help", "--version", "--format=json", "--directives" };

enum { LONG_NAMES = sizeof(long_names) / sizeof(long_names[0]) };

static const char *long_error(const char *name) {
    const char *nearest = conf_nearest(str_from(name), long_names, LONG_NAMES);

    if (nearest == NULL) {
        return error("invalid option: \"%s\"", name);
    }
    snprintf(error_text, sizeof(error_text), "invalid option: \"%s\", did you mean \"%s\"?", name,
             nearest);
    return error_text;
}

static const char *parse_long(struct options *options, const char *name) {
    if (strcmp(name, "--test") == 0) {
        options->tests = true;
    } else if (strcmp(name, "--dump") == 0) {
        options->tests = options->dumps = true;
    } else if (strcmp(name, "--help") == 0) {
        options->shows_help = true;
    } else if (strcmp(name, "--version") == 0) {
        options->shows_version = true;
    } else if (strcmp(name, "--format=json") == 0) {
        options->is_json = true;
    } else if (strcmp(name, "--directives") == 0) {
        options->lists_directives = true;
    } else if (strcmp(name, "--control") == 0) {
        options->is_control = true;
    } else {
        return long_error(name);
    }
    return NULL;
}

/* One word of letters, "-tq" or "-c file". *used counts the words taken beyond it. */
static const char *parse_letters(struct options *options, const char *letters, const char *next,
                                 int *used) {
    for (; *letters != '\0'; letters++) {
        if (strchr("pcegs", *letters) != NULL) {
            const char *value = letters[1] != '\0' ? letters + 1 : next;

            if (value == NULL || *value == '\0') {
                return value_error(*letters);
            }
            *used = letters[1] == '\0';
            return set_value(options, *letters, value);
        }
        if (!set_flag(options, *letters)) {
            static char letter[2];

            letter[0] = *letters;
            return error("invalid option: \"-%s\"", letter);
        }
    }
    return NULL;
}

const char *options_parse(int argc, char **argv, struct options *options) {
    int i;

    *options = (struct options){ .conf_path = WEIR_CONF_PATH,
                                 .prefix = WEIR_PREFIX,
                                 .error_log = WEIR_ERROR_LOG_PATH };
    for (i = 1; i < argc; i++) {
        const char *word = argv[i], *wrong;
        int used = 0;

        if (options->shows_help && word[0] != '-' && options->topic == NULL) {
            options->topic = word;
            continue;
        }
        if (word[0] != '-' || word[1] == '\0') {
            return error("invalid option: \"%s\"", word);
        }
        wrong = word[1] == '-' ? parse_long(options, word)
                               : parse_letters(options, word + 1, argv[i + 1], &used);
        if (wrong != NULL) {
            return wrong;
        }
        i += used;
    }
    options->prefix = with_slash(options->prefix);
    return NULL;
}
