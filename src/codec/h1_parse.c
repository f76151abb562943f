/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_parse - the pure parser of HTTP/1 heads; see h1_parse.h.
 *
 * A head is taken line by line, each as soon as it is complete. Where RFC 9112 leaves room,
 * requests are read as nginx reads them, and what two readers could understand differently is
 * refused.
 */
#include "codec/h1_parse.h"

#include "codec/h1_parse_priv.h"
#include "message/byte_find.h"

enum {
    METHOD_LEN_MAX = 64,
    VERSION_LEN = 8,         /* "HTTP/1.1" */
    STATUS_LEN = VERSION_LEN + 4 /* and " 200" */
};

static enum h1_result bad_request(struct h1_parse *parse) {
    return h1_bad(parse, 400, "client sent invalid request");
}

static enum h1_result bad_method(struct h1_parse *parse) {
    return h1_bad(parse, 400, "client sent invalid method");
}

static enum h1_result bad_status_line(struct h1_parse *parse) {
    return h1_bad(parse, 502, "upstream sent no valid HTTP/1.x header");
}

static enum h1_result bad_field(struct h1_parse *parse, const struct message *message,
                                const char *error) {
    return h1_bad(parse, message->is_request ? 400 : 502, error);
}

/* ---- request line ---- */

static struct str skip_spaces(struct str text) {
    while (text.len > 0 && text.data[0] == ' ') {
        text = str_from_byte(text, 1);
    }
    return text;
}

/* Later versions 1.x are spoken to as 1.1: RFC 9110 section 2.5. */
static enum h1_result parse_version(struct h1_parse *parse, struct str text, uint8_t *version) {
    if (text.len < VERSION_LEN || !str_starts(text, STR("HTTP/")) || text.data[5] == '0'
        || !char_is_digit(text.data[5]) || text.data[6] != '.' || !char_is_digit(text.data[7])
        || skip_spaces(str_from_byte(text, VERSION_LEN)).len > 0) {
        return bad_request(parse);
    }
    if (text.data[5] != '1') {
        return h1_bad(parse, 505, "client sent invalid version");
    }
    *version = text.data[7] == '0' ? 10 : 11;
    return H1_OK;
}

static enum h1_result parse_request_line(struct h1_parse *parse, struct str line, const char *base,
                                         struct message *message) {
    struct str name = str_first(line, byte_run(line, BYTE_METHOD));
    struct str rest = str_from_byte(line, name.len);

    if (name.len == 0 || name.len > METHOD_LEN_MAX || rest.len == 0 || rest.data[0] != ' ') {
        return bad_method(parse);
    }
    message->method = method_of(name);
    parse->method_len = (uint32_t) name.len;
    rest = skip_spaces(rest);
    parse->target = (uint32_t) (rest.data - base);
    parse->target_len = (uint32_t) byte_run_target(rest);
    rest = str_from_byte(rest, parse->target_len);
    if (parse->target_len == 0 || rest.len == 0 || rest.data[0] != ' ') {
        /* Without a version it is HTTP/0.9, which nobody speaks any more. */
        return bad_request(parse);
    }
    return parse_version(parse, skip_spaces(rest), &message->version);
}

/* Gives the message what is known of the request line, whose bytes stay where they are from now
 * on. */
static void name_request_line(const struct h1_parse *parse, struct message *message) {
    const char *line = message->base + parse->first_line;

    message->request_line = str_make(line, parse->first_line_len);
    message->method_name = str_make(line, parse->method_len);
    message->target = str_make(message->base + parse->target, parse->target_len);
}

/* ---- status line ---- */

/* 100 to 999, or 0 for what is no status. */
static unsigned status_of(const char digits[3]) {
    if (!char_is_digit(digits[0]) || !char_is_digit(digits[1]) || !char_is_digit(digits[2])
        || digits[0] == '0') {
        return 0;
    }
    return (unsigned) ((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
}

static enum h1_result parse_status_line(struct h1_parse *parse, struct str line,
                                        struct message *message) {
    struct str reason = str_from_byte(line, STATUS_LEN);

    if (line.len < STATUS_LEN || !str_starts(line, STR("HTTP/1."))
        || (line.data[7] != '0' && line.data[7] != '1') || line.data[8] != ' '
        || status_of(line.data + 9) == 0 || (reason.len > 0 && reason.data[0] != ' ')
        || byte_run(reason, BYTE_TEXT) < reason.len) {
        return bad_status_line(parse);
    }
    message->version = line.data[7] == '0' ? 10 : 11;
    message->status = (uint16_t) status_of(line.data + 9);
    return H1_OK;
}

/* ---- fields ---- */

/* What a name is. nginx ignores the unusual ones unless told otherwise; it lets even those pass
 * that are no token, which nothing behind us needs. */
enum name_kind {
    NAME_USUAL,
    NAME_UNUSUAL,
    NAME_NO_TOKEN,
    NAME_BAD /* blanks and controls: readers may disagree on where the name ends */
};

/* Finds the name at the start of a line, up to its colon. */
static enum name_kind find_name(struct str line, bool allows_underscores, size_t *len) {
    enum name_kind kind = NAME_USUAL;
    size_t at = find_no_name(line, 0);

    for (; at < line.len && line.data[at] != ':'; at++) {
        char c = line.data[at];

        if (byte_is(c, BYTE_NAME) || (c == '_' && allows_underscores)) {
            continue;
        }
        if (!byte_is(c, BYTE_TARGET)) {
            return NAME_BAD;
        }
        if (!byte_is(c, BYTE_TOKEN)) {
            kind = NAME_NO_TOKEN;
        } else if (kind == NAME_USUAL) {
            kind = NAME_UNUSUAL;
        }
    }
    *len = at;
    return at == 0 || at == line.len || at > UINT16_MAX ? NAME_BAD : kind;
}

/* The line begins with the name and the colon. */
static void add_field(struct message *message, struct str line, size_t name_len,
                      bool ends_in_crlf) {
    struct str value = str_trim(str_from_byte(line, name_len + 1));
    bool is_plain = ends_in_crlf && name_len + 2 + value.len == line.len
        && line.data[name_len + 1] == ' ';

    *message_room(message) = (struct field){
        .name = (uint32_t) (line.data - message->base),
        .value = (uint32_t) (value.data - message->base),
        .value_len = (uint32_t) value.len,
        .name_len = (uint16_t) name_len,
        .id = (uint8_t) field_id_of(str_first(line, name_len)),
        .flags = is_plain ? FIELD_IS_PLAIN : 0,
    };
    message->field_count++;
}

static enum h1_result parse_field(struct h1_parse *parse, struct str line, bool ends_in_crlf,
                                  const struct h1_parse_options *options, struct message *message) {
    size_t name_len;
    enum name_kind kind = find_name(line, options->allows_underscores, &name_len);

    if (kind == NAME_BAD) {
        return bad_field(parse, message, "invalid header line");
    }
    if (kind != NAME_USUAL && options->ignores_bad_fields) {
        return H1_OK;
    }
    if (kind == NAME_NO_TOKEN) {
        return options->drops_non_tokens ? H1_OK
                                         : bad_field(parse, message, "invalid header name");
    }
    if (message->field_count == options->max_fields) {
        return bad_field(parse, message, "too many header lines");
    }
    add_field(message, line, name_len, ends_in_crlf);
    return H1_OK;
}

/*
 * Reads a line as nearly all are, "Name: value" CR LF without a doubtful byte, with one look at
 * each. Returns where the next begins, or 0 for any other, which parse_field() takes apart with
 * more care. It would say the same of these.
 */
static inline uint32_t read_usual_field(struct str bytes, uint32_t at, struct field *field) {
    size_t colon = find_no_name(bytes, at), value = colon + 2, end;

    if (value >= bytes.len || colon == at || colon - at > UINT16_MAX
        || memcmp(bytes.data + colon, ": ", 2) != 0 || bytes.data[value] == ' ') {
        return 0;
    }
    end = find_control(bytes, value);
    if (end + 2 > bytes.len || memcmp(bytes.data + end, "\r\n", 2) != 0
        || bytes.data[end - 1] == ' ') {
        return 0;
    }
    field->name = at;
    field->value = (uint32_t) value;
    field->value_len = (uint32_t) (end - value);
    field->name_len = (uint16_t) (colon - at);
    field->id = (uint8_t) field_id_of(str_make(bytes.data + at, colon - at));
    field->flags = FIELD_IS_PLAIN;
    return (uint32_t) end + 2;
}

/* Adds the fields of such lines, up to the first line of another form. */
static void take_usual_fields(struct h1_parse *parse, struct str bytes, uint32_t max_fields,
                              struct message *message) {
    uint32_t at = parse->line_start, behind;

    while (message->field_count < max_fields) {
        behind = read_usual_field(bytes, at, message_room(message));
        if (behind == 0) {
            break;
        }
        message->field_count++;
        at = behind;
    }
    parse->scanned = parse->line_start = at;
}

/* ---- lines ---- */

static enum h1_result parse_first_line(struct h1_parse *parse, struct str line, const char *base,
                                       struct message *message) {
    parse->has_first_line = true;
    parse->first_line = (uint32_t) (line.data - base);
    parse->first_line_len = (uint32_t) line.len;
    return message->is_request ? parse_request_line(parse, line, base, message)
                               : parse_status_line(parse, line, message);
}

/* Looks at a first line that has not ended yet: who speaks another protocol, TLS say, may wait for
 * an answer and never send an end of line. */
static enum h1_result check_first_line(struct h1_parse *parse, struct str part,
                                       const struct message *message) {
    struct str version = STR("HTTP/1.");
    size_t len;

    parse->first_line = parse->line_start;
    parse->first_line_len = (uint32_t) part.len;
    if (!message->is_request) {
        return str_starts(version, str_first(part, version.len)) ? H1_MORE : bad_status_line(parse);
    }
    len = byte_run(str_first(part, METHOD_LEN_MAX + 1), BYTE_METHOD);
    return (len == part.len || (len > 0 && part.data[len] == ' ')) && len <= METHOD_LEN_MAX
        ? H1_MORE
        : bad_method(parse);
}


enum line_end { LINE_UNENDED, LINE_CRLF, LINE_LF, LINE_BAD };

/* Looks for the end of the line under way. A CR with no LF behind it, and NUL, are read differently
 * by different readers, so they are nowhere allowed. */
static enum line_end find_line_end(struct h1_parse *parse, struct str bytes) {
    size_t at = parse->scanned;

    for (;; at++) {
        at = find_control(bytes, at);
        parse->scanned = (uint32_t) at;
        if (at == bytes.len) {
            return LINE_UNENDED;
        }
        switch (bytes.data[at]) {
        case '\n':
            return LINE_LF;
        case '\r':
            if (at + 1 == bytes.len) {
                return LINE_UNENDED;
            }
            return bytes.data[at + 1] == '\n' ? LINE_CRLF : LINE_BAD;
        case '\0':
            return LINE_BAD;
        }
    }
}

/* The line did not end, or ends in what may not be there. */
static enum h1_result stop_in_line(struct h1_parse *parse, enum line_end end, struct str part,
                                   const struct message *message) {
    if (!parse->has_first_line) {
        enum h1_result result = check_first_line(parse, part, message);

        if (end == LINE_UNENDED || result == H1_BAD) {
            return result;
        }
        return message->is_request ? bad_request(parse) : bad_status_line(parse);
    }
    return end == LINE_UNENDED ? H1_MORE
                               : bad_field(parse, message, "invalid character in a header line");
}

/* Takes complete lines from where the last call stopped. H1_OK: the empty line was reached. */
static enum h1_result parse_lines(struct h1_parse *parse, struct str bytes,
                                  const struct h1_parse_options *options, struct message *message) {
    for (;;) {
        enum h1_result result;
        enum line_end end;
        struct str line;

        if (parse->has_first_line && parse->scanned == parse->line_start) {
            take_usual_fields(parse, bytes, options->max_fields, message);
        }
        end = find_line_end(parse, bytes);
        line = str_make(bytes.data + parse->line_start, parse->scanned - parse->line_start);
        if (end != LINE_CRLF && end != LINE_LF) {
            return stop_in_line(parse, end, line, message);
        }
        parse->scanned += end == LINE_CRLF ? 2 : 1;
        parse->line_start = parse->scanned;
        if (parse->has_first_line) {
            if (line.len == 0) {
                return H1_OK;
            }
            result = parse_field(parse, line, end == LINE_CRLF, options, message);
        } else if (line.len == 0 && message->is_request) {
            continue; /* empty lines before a request: RFC 9112 section 2.2 */
        } else {
            result = parse_first_line(parse, line, bytes.data, message);
        }
        if (result != H1_OK) {
            return result;
        }
    }
}

/* ---- heads ---- */

/* Whoever has the message has it for longer than the connection has the bytes. */
static void keep_head(const struct h1_parse *parse, struct message *message) {
    uint32_t first_line_end = parse->first_line + parse->first_line_len;
    uint32_t len = parse->line_start > first_line_end ? parse->line_start : first_line_end;

    message->base = memcpy(arena_bytes(message->arena, len), message->base, len);
    message->base_len = parse->line_start;
}

void h1_abandon_request(const struct h1_parse *parse, struct str bytes, struct message *message) {
    message->base = bytes.data;
    keep_head(parse, message);
    name_request_line(parse, message);
}

/* H1_OK: all lines are there. */
static enum h1_result parse_head(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed) {
    enum h1_result result;

    *consumed = 0;
    if (bytes.len == 0) {
        return H1_MORE;
    }
    message->base = bytes.data;
    result = parse_lines(parse, bytes, options, message);
    if (result != H1_MORE) {
        keep_head(parse, message);
    }
    if (result == H1_OK) {
        *consumed = parse->line_start;
    }
    return result;
}

enum h1_result h1_parse_request(struct h1_parse *parse, struct str bytes,
                                const struct h1_parse_options *options, struct message *message,
                                size_t *consumed) {
    struct h1_facts facts;
    enum h1_result result;

    message->is_request = true;
    result = parse_head(parse, bytes, options, message, consumed);
    if (result == H1_MORE) {
        return H1_MORE;
    }
    name_request_line(parse, message);
    if (result == H1_OK) {
        h1_facts_read(&facts, message);
        result = h1_target_read(parse, &facts, message);
    }
    return result == H1_OK ? h1_framing_decide(parse, &facts, options, message) : result;
}

enum h1_result h1_parse_response(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed) {
    struct h1_facts facts;
    enum h1_result result;
    struct str line;

    message->is_request = false;
    result = parse_head(parse, bytes, options, message, consumed);
    if (result != H1_OK) {
        return result;
    }
    line = str_make(message->base + parse->first_line, parse->first_line_len);
    message->reason = str_from_byte(line, STATUS_LEN + 1);
    h1_facts_read(&facts, message);
    return h1_framing_decide(parse, &facts, options, message);
}

/* ---- behind a body ---- */

bool h1_parse_trailers(struct str lines, uint32_t max_fields, struct message *message) {
    struct h1_parse parse = { .has_first_line = true };
    struct h1_parse_options options = { .max_fields = max_fields, .drops_non_tokens = true,
                                        .allows_underscores = true };
    size_t consumed;
    uint32_t i;

    if (parse_head(&parse, lines, &options, message, &consumed) != H1_OK) {
        return false;
    }
    for (i = 0; i < message->field_count; i++) {
        struct field *field = &message->fields[i];

        if (field_id_is_hop(field->id) || field->id == FIELD_HOST) {
            field->flags |= FIELD_IS_HOP;
        }
    }
    return true;
}
