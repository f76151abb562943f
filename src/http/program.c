/* SPDX-License-Identifier: BSD-2-Clause */
/* program - the program of a server or a location, run on an exchange; see program.h. */
#include "http/program.h"

#include "expr/script.h"
#include "http/exchange_priv.h"
#include "http/respond.h"

static bool is_logged(const struct exchange *exchange) {
    return http_core_of(exchange->location)->logs_rewrites;
}

static void on_match(struct scope *scope, struct str pattern, struct str subject, bool is_match) {
    const struct exchange *exchange = list_object(scope, struct exchange, scope);

    if (is_logged(exchange)) {
        log_write(exchange->log, LOG_LEVEL_NOTICE, 0, &exchange->log_context,
                  is_match ? "\"%.*s\" matches \"%.*s\"" : "\"%.*s\" does not match \"%.*s\"",
                  STR_ARG(pattern), STR_ARG(subject));
    }
}

static void on_unset(struct scope *scope, struct str name) {
    const struct exchange *exchange = list_object(scope, struct exchange, scope);

    if (http_core_of(exchange->location)->warns_of_unset) {
        log_write(exchange->log, LOG_LEVEL_WARN, 0, &exchange->log_context,
                  "using uninitialized \"%.*s\" variable", STR_ARG(name));
    }
}

const struct scope_events program_scope_events = { .on_match = on_match, .on_unset = on_unset };

/* The client wrote its path with escapes. Of a sub-request nginx does not know that. */
static bool was_escaped(const struct exchange *exchange) {
    const struct message *request = exchange->request;
    struct str path = str_first(request->path, str_find_char(request->path, '?'));

    return exchange->depth == 0
        && (str_find_char(path, '%') < path.len || str_find_char(path, '+') < path.len);
}

/* False: there is none, which is answered. */
static bool take_path(struct exchange *exchange, const struct rewrite_result *rewritten) {
    if (is_logged(exchange)) {
        log_write(exchange->log, LOG_LEVEL_NOTICE, 0, &exchange->log_context,
                  "rewritten data: \"%.*s\", args: \"%.*s\"", STR_ARG(rewritten->path),
                  STR_ARG(rewritten->args));
    }
    exchange->is_internal = true;
    exchange->is_target_stale = true;
    exchange->uri.path = rewritten->path;
    exchange->uri.has_query |= rewritten->sets_args;
    exchange->uri.query = rewritten->args;
    if (rewritten->path.len == 0) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "the rewritten URI has a zero length");
        termination_note(&exchange->termination, TERMINATION_INTERNAL);
        respond_status(exchange, 500);
        return false;
    }
    return true;
}

static void redirect(struct exchange *exchange, const struct rewrite_result *rewritten) {
    if (is_logged(exchange)) {
        log_write(exchange->log, LOG_LEVEL_NOTICE, 0, &exchange->log_context,
                  "rewritten redirect: \"%.*s\"", STR_ARG(rewritten->url));
    }
    exchange->is_internal = true;
    respond_redirect(exchange, rewritten->status, rewritten->url);
}

static enum script_event next_event(struct exchange *exchange, struct script_run *run,
                                    bool is_escaped) {
    struct rewrite_request request = { .path = exchange->uri.path,
                                       .args = exchange->uri.query,
                                       .was_escaped = is_escaped };

    return script_next(run, &exchange->scope, &request, condition_stat);
}

enum program_end program_run(struct exchange *exchange) {
    bool is_escaped = was_escaped(exchange), is_changed = false;
    struct script_run run;

    script_start(&run, exchange->location->script);
    for (;;) {
        switch (next_event(exchange, &run, is_escaped)) {
        case SCRIPT_END:
            return is_changed ? PROGRAM_SEARCH : PROGRAM_STAYS;
        case SCRIPT_BREAK:
            exchange->is_prefix_stale |= is_changed;
            return PROGRAM_STAYS;
        case SCRIPT_BLOCK:
            exchange_set_location(exchange, run.block->object);
            break;
        case SCRIPT_PATH:
            if (!take_path(exchange, &run.rewritten)) {
                return PROGRAM_ANSWERED;
            }
            if (run.rewritten.flag == REWRITE_BREAK) {
                exchange->is_prefix_stale = true;
                return PROGRAM_STAYS;
            }
            if (run.rewritten.flag == REWRITE_LAST) {
                return PROGRAM_SEARCH;
            }
            is_changed = true;
            break;
        case SCRIPT_REDIRECT:
            redirect(exchange, &run.rewritten);
            return PROGRAM_ANSWERED;
        case SCRIPT_ANSWER: {
            const struct program_answer *answer = run.answer;

            answer->send(exchange, answer);
            return PROGRAM_ANSWERED;
        }
        }
    }
}
