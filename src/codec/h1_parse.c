/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_parse - the pure parser of HTTP/1 heads; see h1_parse.h.
 *
 * A head is taken line by line, each as soon as it is complete. Where RFC 9112 leaves room, requests are
 * read as nginx reads them, and what two readers could understand differently is refused.
 */
#include "codec/h1_parse.h"

#include "base/number.h"

static enum h1_result bad(struct h1_parse *parse, unsigned status, const char *error) {
    parse->status = status;
    parse->error = error;
    return H1_BAD;
}

/* ---- request line ---- */

/* Methods are what nginx takes for one: upper case, '_' and '-'. */
static size_t method_len(struct str line) {
    size_t len = 0;

    while (len < line.len
           && ((line.data[len] >= 'A' && line.data[len] <= 'Z') || line.data[len] == '_'
               || line.data[len] == '-')) {
        len++;
    }
    return len;
}

static struct str skip_spaces(struct str text) {
    while (text.len > 0 && text.data[0] == ' ') {
        text = str_from_byte(text, 1);
    }
    return text;
}

/* Bytes up to a space; a control character ends the search, and the line is refused. */
static size_t target_len(struct str text) {
    size_t len = 0;

    while (len < text.len && (unsigned char) text.data[len] > ' ' && text.data[len] != 0x7f) {
        len++;
    }
    return len;
}

static enum h1_result parse_version(struct h1_parse *parse, struct str text, uint8_t *version) {
    if (text.len < 8 || !str_starts(text, STR("HTTP/")) || !char_is_digit(text.data[5])
        || text.data[6] != '.' || !char_is_digit(text.data[7])) {
        return bad(parse, 400, "client sent invalid request");
    }
    if (skip_spaces(str_from_byte(text, 8)).len > 0) {
        return bad(parse, 400, "client sent invalid request");
    }
    if (text.data[5] != '1') {
        return bad(parse, 505, "client sent invalid version");
    }
    *version = text.data[7] == '0' ? 10 : 11;
    return H1_OK;
}

static enum h1_result parse_request_line(struct h1_parse *parse, struct str line, const char *base,
                                         struct message *message) {
    struct str name = str_first(line, method_len(line)), rest = str_from_byte(line, name.len);

    if (name.len == 0 || rest.len == 0 || rest.data[0] != ' ') {
        return bad(parse, 400, "client sent invalid method");
    }
    message->method = method_of(name);
    rest = skip_spaces(rest);
    parse->target = (uint32_t) (rest.data - base);
    parse->target_len = (uint32_t) target_len(rest);
    rest = str_from_byte(rest, parse->target_len);
    if (parse->target_len == 0 || rest.len == 0 || rest.data[0] != ' ') {
        /* No version: HTTP/0.9 is spoken by nobody any more. */
        return bad(parse, 400, "client sent invalid request");
    }
    return parse_version(parse, skip_spaces(rest), &message->version);
}

/* ---- status line ---- */

static enum h1_result parse_status_line(struct h1_parse *parse, struct str line,
                                        struct message *message) {
    uint64_t status;

    if (line.len < 12 || !str_starts(line, STR("HTTP/1."))
        || (line.data[7] != '0' && line.data[7] != '1') || line.data[8] != ' '
        || !parse_decimal(str_make(line.data + 9, 3), 999, &status) || status < 100
        || (line.len > 12 && line.data[12] != ' ')) {
        return bad(parse, 502, "upstream sent no valid HTTP/1.x header");
    }
    message->version = line.data[7] == '0' ? 10 : 11;
    message->status = (uint16_t) status;
    return H1_OK;
}

/* ---- fields ---- */

/* What a character in a name means. */
enum name_char { NAME_BAD, NAME_GOOD, NAME_ODD, NAME_UNDERSCORE };

/* Good: letters, digits, '-'. Odd: other printable ones, which nginx takes for a field to be ignored.
 * Bad: controls and blanks, which could make two readers disagree on where a name ends. */
static enum name_char name_char(unsigned char c) {
    char lower = char_lower((char) c);

    if ((lower >= 'a' && lower <= 'z') || c == '-' || char_is_digit((char) c)) {
        return NAME_GOOD;
    }
    if (c == '_') {
        return NAME_UNDERSCORE;
    }
    return c <= ' ' || c == 0x7f ? NAME_BAD : NAME_ODD;
}

/* Splits "name: value"; the value without blanks around it. is_odd: not a name that weir passes on. */
static bool split_field(struct str line, const struct h1_parse_options *options, struct str *name,
                        struct str *value, bool *is_odd) {
    size_t len;

    *is_odd = false;
    for (len = 0; len < line.len && line.data[len] != ':'; len++) {
        enum name_char kind = name_char((unsigned char) line.data[len]);

        if (kind == NAME_BAD) {
            return false;
        }
        *is_odd |= kind == NAME_ODD || (kind == NAME_UNDERSCORE && !options->allows_underscores);
    }
    if (len == 0 || len == line.len || len > UINT16_MAX) {
        return false;
    }
    *name = str_first(line, len);
    *value = str_trim(str_from_byte(line, len + 1));
    return true;
}

static enum h1_result parse_field(struct h1_parse *parse, struct str line, const char *base,
                                  bool ends_in_crlf, const struct h1_parse_options *options,
                                  struct message *message) {
    unsigned status = message->is_request ? 400 : 502;
    struct str name, value;
    struct field field = { .flags = 0 };
    bool is_odd;

    if (!split_field(line, options, &name, &value, &is_odd)) {
        return bad(parse, status, "invalid header line");
    }
    if (value.len > 0
        && (memchr(value.data, '\0', value.len) != NULL
            || memchr(value.data, '\r', value.len) != NULL)) {
        return bad(parse, status, "invalid character in a header value");
    }
    if (is_odd) {
        return options->ignores_bad_fields ? H1_OK
                                           : bad(parse, status, "invalid header name");
    }
    if (message->field_count == options->max_fields) {
        return bad(parse, status, "too many header lines");
    }
    field.id = (uint8_t) field_id_of(name);
    field.name = (uint32_t) (name.data - base);
    field.name_len = (uint16_t) name.len;
    field.value = (uint32_t) (value.data - base);
    field.value_len = (uint32_t) value.len;
    if (ends_in_crlf && name.len + 2 + value.len == line.len && line.data[name.len + 1] == ' ') {
        field.flags |= FIELD_IS_PLAIN;
    }
    message_add_received(message, &field);
    return H1_OK;
}

/* ---- the head as a whole: what fields of the hop say ---- */

/* Flags the end-to-end fields that Connection names as the hop's. Names that weir knows stay: a client
 * must not talk us out of Host or Content-Type. */
static void hide_named(struct message *message, struct str token) {
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        struct field *field = &message->fields[i];

        if (field->id == FIELD_OTHER && str_equal_nocase(message_name(message, field), token)) {
            field->flags |= FIELD_IS_HOP;
        }
    }
}

static void read_connection(struct message *message, struct str value, bool *closes, bool *keeps) {
    struct str token;

    while (str_take_part(&value, ',', &token)) {
        token = str_trim(token);
        if (str_equal_nocase(token, STR("close"))) {
            *closes = true;
        } else if (str_equal_nocase(token, STR("keep-alive"))) {
            *keeps = true;
        } else if (token.len > 0) {
            hide_named(message, token);
        }
    }
}

/* The fields that decide about framing and the connection. */
struct head_facts {
    unsigned lengths, hosts, encodings;
    uint64_t length;
    bool is_bad_length, is_chunked, closes, keeps;
    struct str host;
};

static void note_field(struct message *message, struct field *field, struct head_facts *facts) {
    struct str value = message_value(message, field);

    switch ((enum field_id) field->id) {
    case FIELD_CONTENT_LENGTH:
        facts->lengths++;
        facts->is_bad_length |= !parse_content_length(value, &facts->length);
        break;
    case FIELD_TRANSFER_ENCODING:
        facts->encodings++;
        facts->is_chunked = str_equal_nocase(value, STR("chunked"));
        break;
    case FIELD_CONNECTION:
        read_connection(message, value, &facts->closes, &facts->keeps);
        break;
    case FIELD_EXPECT:
        if (!message->is_request) {
            return;
        }
        message->expects_continue = str_equal_nocase(value, STR("100-continue"));
        break;
    case FIELD_HOST:
        facts->hosts++;
        facts->host = value;
        return;
    case FIELD_KEEP_ALIVE:
    case FIELD_PROXY_CONNECTION:
    case FIELD_TE:
    case FIELD_TRAILER:
    case FIELD_UPGRADE:
        break;
    default:
        return;
    }
    field->flags |= FIELD_IS_HOP;
}

static struct head_facts note_fields(struct message *message) {
    struct head_facts facts = { .host = { NULL, 0 } };
    uint32_t i;

    for (i = 0; i < message->field_count; i++) {
        note_field(message, &message->fields[i], &facts);
    }
    message->keeps_connection = message->version >= 11 ? !facts.closes
                                                       : facts.keeps && !facts.closes;
    return facts;
}

/* RFC 9112 section 6.3, with everything that is ambiguous refused. */
static enum h1_result frame_request(struct h1_parse *parse, struct message *message,
                                    const struct head_facts *facts) {
    if (facts->encodings > 0) {
        if (facts->lengths > 0) {
            return bad(parse, 400, "client sent \"Content-Length\" and \"Transfer-Encoding\"");
        }
        if (message->version < 11) {
            return bad(parse, 400, "client sent HTTP/1.0 request with \"Transfer-Encoding\"");
        }
        if (facts->encodings > 1 || !facts->is_chunked) {
            return bad(parse, 400, "client sent unknown \"Transfer-Encoding\"");
        }
        message->framing = FRAMING_CHUNKED;
        return H1_OK;
    }
    if (facts->lengths > 1) {
        return bad(parse, 400, "client sent duplicate \"Content-Length\"");
    }
    if (facts->is_bad_length) {
        return bad(parse, 400, "client sent invalid \"Content-Length\"");
    }
    message->content_length = facts->length;
    message->framing = facts->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
    return H1_OK;
}

static bool has_no_body(const struct message *message, const struct h1_parse_options *options) {
    return options->is_response_to_head || message->status < 200 || message->status == 204
        || message->status == 304;
}

static enum h1_result frame_response(struct h1_parse *parse, struct message *message,
                                     const struct head_facts *facts,
                                     const struct h1_parse_options *options) {
    if (facts->encodings > 0 && (facts->lengths > 0 || facts->encodings > 1 || !facts->is_chunked)) {
        return bad(parse, 502, "upstream sent contradictory or unknown \"Transfer-Encoding\"");
    }
    if (facts->lengths > 1 || facts->is_bad_length) {
        return bad(parse, 502, "upstream sent duplicate or invalid \"Content-Length\"");
    }
    message->content_length = facts->length;
    if (has_no_body(message, options)) {
        message->framing = FRAMING_NONE;
        message->has_length = facts->lengths > 0;
    } else if (facts->encodings > 0) {
        message->framing = FRAMING_CHUNKED;
    } else if (facts->lengths > 0) {
        message->framing = facts->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
    } else {
        message->framing = FRAMING_UNTIL_END;
        message->keeps_connection = false;
    }
    return H1_OK;
}

/* ---- host and target ---- */

/* Characters of a host name or address; what is left out could mean something to somebody. */
static bool is_host_char(unsigned char c) {
    return c > ' ' && c != 0x7f && strchr("/\\?#@\"<>^`{|}%", c) == NULL;
}

/* "name", "name:port", "[v6]:port" to a lower-case name without its last dot, and the port. */
static bool parse_host(struct message *message, struct str text) {
    size_t colon = str_find_last_char(text, ':'), i;
    struct str name = text;
    char *lower;

    if (text.len > 0 && text.data[0] == '[') {
        size_t end = str_find_char(text, ']');

        if (end == text.len) {
            return false;
        }
        colon = end + 1 < text.len ? end + 1 : text.len;
        if (colon < text.len && text.data[colon] != ':') {
            return false;
        }
    }
    if (colon < text.len) {
        struct str port = str_from_byte(text, colon + 1);

        name = str_first(text, colon);
        if (port.len > 0 && !parse_port(port, &message->port)) {
            return false;
        }
    }
    if (name.len > 1 && name.data[name.len - 1] == '.') {
        name.len--;
    }
    lower = arena_bytes(message->arena, name.len + 1);
    for (i = 0; i < name.len; i++) {
        if (!is_host_char((unsigned char) name.data[i]) || (name.data[i] == ':' && name.data[0] != '[')
            || (name.data[i] == '.' && i > 0 && name.data[i - 1] == '.')) {
            return false;
        }
        lower[i] = char_lower(name.data[i]);
    }
    message->host = str_make(lower, name.len);
    return name.len > 0 && !(name.len == 1 && name.data[0] == '.');
}

/* "http://host:port/path" to its host; the target becomes what follows. */
static bool parse_absolute(struct message *message) {
    struct str rest = message->target, authority;
    size_t end;

    if (str_starts_nocase(rest, STR("http://"))) {
        rest = str_from_byte(rest, 7);
    } else if (str_starts_nocase(rest, STR("https://"))) {
        rest = str_from_byte(rest, 8);
    } else {
        return false;
    }
    for (end = 0; end < rest.len && rest.data[end] != '/' && rest.data[end] != '?'; end++) {
    }
    authority = str_first(rest, end);
    message->port = 0;
    message->path = str_from_byte(rest, end);
    if (message->path.len == 0) {
        message->path = STR("/");
    } else if (message->path.data[0] == '?') {
        message->path = arena_print(message->arena, "/%.*s", STR_ARG(message->path));
    }
    return parse_host(message, authority);
}

/* The four forms of a target: RFC 9112 section 3.2. */
static enum h1_result read_target(struct h1_parse *parse, struct message *message) {
    message->path = message->target;
    if (message->target.data[0] == '/') {
        return H1_OK;
    }
    if (message->method == METHOD_CONNECT) {
        return parse_host(message, message->target) ? H1_OK
                                                    : bad(parse, 400, "client sent invalid host");
    }
    if (message->method == METHOD_OPTIONS && str_is(message->target, "*")) {
        return H1_OK;
    }
    return parse_absolute(message) ? H1_OK : bad(parse, 400, "client sent invalid request");
}

static enum h1_result finish_request(struct h1_parse *parse, struct message *message) {
    struct head_facts facts = note_fields(message);
    const char *base = message->base;

    message->request_line = str_make(base + parse->first_line, parse->first_line_len);
    message->target = str_make(base + parse->target, parse->target_len);
    message->method_name = str_first(message->request_line, method_len(message->request_line));
    if (facts.hosts > 1) {
        return bad(parse, 400, "client sent duplicate host header");
    }
    if (facts.hosts == 0 && message->version >= 11) {
        return bad(parse, 400, "client sent HTTP/1.1 request without \"Host\" header");
    }
    if (facts.host.len > 0 && !parse_host(message, facts.host)) {
        return bad(parse, 400, "client sent invalid host header");
    }
    if (facts.host.len == 0 && facts.hosts == 1 && message->target.data[0] == '/') {
        return bad(parse, 400, "client sent an empty host header");
    }
    /* An absolute target says it better than Host: RFC 9112 section 3.2.2. */
    if (read_target(parse, message) != H1_OK) {
        return H1_BAD;
    }
    return frame_request(parse, message, &facts);
}

static enum h1_result finish_response(struct h1_parse *parse, struct message *message,
                                      const struct h1_parse_options *options) {
    struct head_facts facts = note_fields(message);
    struct str line = str_make(message->base + parse->first_line, parse->first_line_len);

    message->reason = str_from_byte(line, 13);
    return frame_response(parse, message, &facts, options);
}

/* ---- lines ---- */

static enum h1_result parse_line(struct h1_parse *parse, struct str line, const char *base,
                                 bool ends_in_crlf, const struct h1_parse_options *options,
                                 struct message *message) {
    if (parse->has_first_line) {
        return parse_field(parse, line, base, ends_in_crlf, options, message);
    }
    parse->has_first_line = true;
    parse->first_line = (uint32_t) (line.data - base);
    parse->first_line_len = (uint32_t) line.len;
    return message->is_request ? parse_request_line(parse, line, base, message)
                               : parse_status_line(parse, line, message);
}

/* Takes complete lines from where the last call stopped. H1_OK: the empty line was reached. */
static enum h1_result parse_lines(struct h1_parse *parse, struct str bytes,
                                  const struct h1_parse_options *options, struct message *message) {
    for (;;) {
        const char *end = memchr(bytes.data + parse->scanned, '\n', bytes.len - parse->scanned);
        struct str line;
        bool ends_in_crlf;

        if (end == NULL) {
            parse->scanned = (uint32_t) bytes.len;
            return H1_MORE;
        }
        line = str_make(bytes.data + parse->line_start,
                        (size_t) (end - bytes.data) - parse->line_start);
        ends_in_crlf = line.len > 0 && line.data[line.len - 1] == '\r';
        line.len -= ends_in_crlf;
        parse->scanned = parse->line_start = (uint32_t) (end - bytes.data) + 1;
        if (line.len == 0) {
            if (parse->has_first_line) {
                return H1_OK;
            }
            if (message->is_request) {
                continue; /* empty lines before a request: RFC 9112 section 2.2 */
            }
        }
        if (parse_line(parse, line, bytes.data, ends_in_crlf, options, message) != H1_OK) {
            return H1_BAD;
        }
    }
}

static enum h1_result parse_head(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed) {
    enum h1_result result;

    if (bytes.len == parse->scanned) {
        return H1_MORE;
    }
    message->base = bytes.data;
    message->base_len = (uint32_t) bytes.len;
    result = parse_lines(parse, bytes, options, message);
    if (result != H1_OK) {
        return result;
    }
    message->base_len = parse->line_start;
    *consumed = parse->line_start;
    return message->is_request ? finish_request(parse, message)
                               : finish_response(parse, message, options);
}

enum h1_result h1_parse_request(struct h1_parse *parse, struct str bytes,
                                const struct h1_parse_options *options, struct message *message,
                                size_t *consumed) {
    message->is_request = true;
    return parse_head(parse, bytes, options, message, consumed);
}

enum h1_result h1_parse_response(struct h1_parse *parse, struct str bytes,
                                 const struct h1_parse_options *options, struct message *message,
                                 size_t *consumed) {
    message->is_request = false;
    return parse_head(parse, bytes, options, message, consumed);
}
