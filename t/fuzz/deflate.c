/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/base/deflate.c */
/*
 * Fuzzes compression. By the first byte the rest is unpacked, in pieces into little room, which
 * comes to the same as at once; or packed in pieces, with flushes, and unpacked again.
 */
#include "base/deflate.h"
#include "base/heap.h"
#include "base/panic.h"

/* Of a text, which may be far longer than what it was packed to; more is not looked at. */
enum { TEXT_MAX = 64 * 1024 };

struct reader {
    struct deflate_unpacker *unpacker;
    enum deflate_result result;
    struct buf text; /* so far */
};

static void open_reader(struct reader *reader) {
    *reader = (struct reader){ .unpacker = deflate_unpacker_open(), .result = DEFLATE_MORE };
}

static void close_reader(struct reader *reader) {
    deflate_unpacker_close(reader->unpacker);
    buf_free(&reader->text);
}

static bool goes_on(const struct reader *reader) {
    return reader->result != DEFLATE_BAD && buf_len(&reader->text) < TEXT_MAX;
}

/* Input and room are pieces of memory of just their size, so that a step too far is seen. */
static void read_piece(struct reader *reader, struct str bytes, size_t room) {
    char *memory = heap_alloc(bytes.len + 1);
    struct buf made = { .data = heap_alloc(room), .size = (uint32_t) room };
    struct str from = str_make(memory + 1, bytes.len);
    bool has_rest = false;

    memcpy(memory + 1, bytes.data, bytes.len);
    while (goes_on(reader) && (from.len > 0 || has_rest)) {
        size_t before = from.len;

        reader->result = deflate_unpack(reader->unpacker, &from, &made);
        CHECK(from.len <= before && from.data + from.len == memory + 1 + bytes.len);
        CHECK(reader->result == DEFLATE_BAD || from.len == 0 || buf_room_len(&made) == 0);
        has_rest = reader->result == DEFLATE_MORE && buf_room_len(&made) == 0;
        buf_append(&reader->text, buf_bytes(&made), BUF_SIZE_MAX);
        made.start = made.end = 0;
    }
    heap_free(made.data);
    heap_free(memory);
}

static void read_all(struct reader *reader, struct str bytes, size_t piece, size_t room) {
    for (; bytes.len > 0 && goes_on(reader); bytes = str_from_byte(bytes, piece)) {
        read_piece(reader, str_first(bytes, piece), room);
    }
}

static void check_same(const struct reader *a, const struct reader *b) {
    if (buf_len(&a->text) >= TEXT_MAX || buf_len(&b->text) >= TEXT_MAX) {
        CHECK(str_equal(str_first(buf_bytes(&a->text), TEXT_MAX),
                        str_first(buf_bytes(&b->text), TEXT_MAX)));
        return;
    }
    CHECK(a->result == b->result);
    CHECK(str_equal(buf_bytes(&a->text), buf_bytes(&b->text)));
}

/* settings: the size of the pieces, and that of the room. */
static void check_unpack(struct str settings, struct str packed) {
    struct reader whole, pieces;

    open_reader(&whole);
    open_reader(&pieces);
    read_all(&whole, packed, packed.len, TEXT_MAX);
    read_all(&pieces, packed, (size_t) (unsigned char) settings.data[0] + 1,
             (size_t) (unsigned char) settings.data[1] + 1);
    check_same(&whole, &pieces);
    close_reader(&whole);
    close_reader(&pieces);
}

/* Packs a piece to its goal; what comes out is read at once. */
static void pack_piece(struct deflate_packer *packer, struct reader *reader, struct str piece,
                       enum deflate_goal goal) {
    struct buf made = { .data = heap_alloc(100), .size = 100 };
    bool is_done;

    do {
        is_done = deflate_pack(packer, &piece, &made, goal);
        read_piece(reader, buf_bytes(&made), TEXT_MAX);
        made.start = made.end = 0;
    } while (!is_done);
    CHECK(piece.len == 0 && reader->result != DEFLATE_BAD);
    heap_free(made.data);
}

/* settings: level, window and memory; the size of the pieces, and which of them are flushed. */
static void check_pack(struct str settings, struct str text) {
    unsigned by = (unsigned char) settings.data[0], flush = (unsigned char) settings.data[1] % 4;
    size_t piece = (size_t) ((unsigned char) settings.data[1] / 4) * 16 + 1, at, i = 0;
    int window_bits = DEFLATE_WINDOW_BITS_MIN + (int) by % 7, memory = 1 + (int) by % 9;
    struct deflate_packer *packer;
    struct reader reader;

    text = str_first(text, TEXT_MAX - 1);
    deflate_fit(text.len, &window_bits, &memory);
    packer = deflate_packer_open(1 + (int) (by / 9 % 9), window_bits, memory);
    open_reader(&reader);
    for (at = 0; at < text.len; at += piece) {
        bool is_flush = flush > 0 && ++i % flush == 0;
        struct str part = str_first(str_from_byte(text, at), piece);

        pack_piece(packer, &reader, part, is_flush ? DEFLATE_FLUSH : DEFLATE_GATHER);
        CHECK(!is_flush || buf_len(&reader.text) == at + part.len);
    }
    pack_piece(packer, &reader, STR(""), DEFLATE_END);
    CHECK(reader.result == DEFLATE_WHOLE && str_equal(buf_bytes(&reader.text), text));
    close_reader(&reader);
    deflate_packer_close(packer);
}

static void check_member(struct str text) {
    struct buf packed = { NULL, 0, 0, 0 };
    struct reader reader;

    text = str_first(text, TEXT_MAX - 1);
    deflate_gzip(&packed, text, 1);
    open_reader(&reader);
    read_all(&reader, buf_bytes(&packed), 7, 1000);
    CHECK(reader.result == DEFLATE_WHOLE && str_equal(buf_bytes(&reader.text), text));
    close_reader(&reader);
    buf_free(&packed);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str settings = str_make((const char *) bytes + 1, 2), rest;

    if (len < 3) {
        return 0;
    }
    rest = str_make((const char *) bytes + 3, len - 3);
    if (bytes[0] == 'u') {
        check_unpack(settings, rest);
    } else if (bytes[0] == 'p') {
        check_pack(settings, rest);
    } else {
        check_member(rest);
    }
    buf_trim();
    return 0;
}
