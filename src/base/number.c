/* SPDX-License-Identifier: BSD-2-Clause */
/* number - checked arithmetic and the parsing of digits; see number.h. */
#include "base/number.h"

#include "base/panic.h"

size_t size_add(size_t a, size_t b) {
    size_t sum;

    CHECK(!__builtin_add_overflow(a, b, &sum));
    return sum;
}

size_t size_mul(size_t a, size_t b) {
    size_t product;

    CHECK(!__builtin_mul_overflow(a, b, &product));
    return product;
}

int hex_digit(char c) {
    if (char_is_digit(c)) {
        return c - '0';
    }
    c = char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_decimal(struct str digits, uint64_t max, uint64_t *number) {
    uint64_t value = 0;
    size_t i;

    if (digits.len == 0) {
        return false;
    }
    for (i = 0; i < digits.len; i++) {
        char c = digits.data[i];

        if (!char_is_digit(c) || __builtin_mul_overflow(value, 10u, &value)
            || __builtin_add_overflow(value, (uint64_t) (c - '0'), &value) || value > max) {
            return false;
        }
    }
    *number = value;
    return true;
}

bool parse_signed(struct str digits, int64_t min, int64_t max, int64_t *number) {
    bool is_negative = digits.len > 0 && digits.data[0] == '-';
    uint64_t magnitude, magnitude_max = (uint64_t) INT64_MAX + is_negative;
    int64_t value;

    if (!parse_decimal(str_from_byte(digits, is_negative), magnitude_max, &magnitude)) {
        return false;
    }
    /* Negated while unsigned: the smallest number has no positive twin. */
    value = (int64_t) (is_negative ? -magnitude : magnitude);
    if (value < min || value > max) {
        return false;
    }
    *number = value;
    return true;
}

bool parse_content_length(struct str digits, uint64_t *length) {
    return parse_decimal(digits, INT64_MAX, length);
}

bool parse_port(struct str digits, uint16_t *port) {
    uint64_t number;

    if (!parse_decimal(digits, UINT16_MAX, &number) || number == 0) {
        return false;
    }
    *port = (uint16_t) number;
    return true;
}

bool parse_thousandths(struct str text, uint64_t max, uint64_t *thousandths) {
    size_t point = str_find_char(text, '.');
    struct str decimals = str_from_byte(text, point + 1);
    uint64_t value = 0, part = 0;
    size_t i;

    if (!parse_decimal(str_first(text, point), UINT64_MAX / 1000, &value)) {
        return false;
    }
    if (point < text.len) {
        if (decimals.len > 3 || !parse_decimal(decimals, 999, &part)) {
            return false;
        }
        for (i = decimals.len; i < 3; i++) {
            part *= 10;
        }
    }
    if (__builtin_add_overflow(value * 1000, part, &value) || value > max) {
        return false;
    }
    *thousandths = value;
    return true;
}

/* In place, so that the base is known where it divides. */
static inline __attribute__((always_inline)) size_t
format_digits(char *text, uint64_t number, unsigned base) {
    char reversed[NUMBER_DIGITS_MAX];
    size_t len = 0, i;

    do {
        reversed[len++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    for (i = 0; i < len; i++) {
        text[i] = reversed[len - 1 - i];
    }
    return len;
}

size_t format_decimal(char *text, uint64_t number) {
    return format_digits(text, number, 10);
}

size_t format_hex(char *text, uint64_t number) {
    return format_digits(text, number, 16);
}
