/* SPDX-License-Identifier: BSD-2-Clause */
/* clock - the time, read once per turn of the loop; see clock.h. */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    CLOCK_TEXT_MAX = 128,
    WALL_PERIOD_MS = 100
};

static int64_t monotonic_ms = 1, wall_ms;
static int64_t wall_asked_ms = -WALL_PERIOD_MS; /* when, on the monotonic clock */
static bool is_faked;

/* The texts and the second they were made for. */
static struct {
    int64_t second;
    struct tm local, utc;
    char error_log[CLOCK_TEXT_MAX], access_log[CLOCK_TEXT_MAX];
    char iso8601[CLOCK_TEXT_MAX], http[CLOCK_TEXT_MAX], syslog[CLOCK_TEXT_MAX];
} texts = { .second = INT64_MIN };

static const char weekdays[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void clock_update(void) {
    struct timespec now;
    int64_t before_ms = monotonic_ms;

    if (is_faked) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    monotonic_ms = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
    wall_ms += monotonic_ms - before_ms;
    if (monotonic_ms - wall_asked_ms >= WALL_PERIOD_MS) {
        clock_gettime(CLOCK_REALTIME, &now);
        wall_ms = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
        wall_asked_ms = monotonic_ms;
    }
}

void clock_fake(int64_t new_monotonic_ms, int64_t new_wall_ms) {
    is_faked = true;
    monotonic_ms = new_monotonic_ms;
    wall_ms = new_wall_ms;
}

int64_t clock_ms(void) {
    return monotonic_ms;
}

int64_t clock_wall_ms(void) {
    return wall_ms;
}

int64_t clock_precise_us(void) {
    struct timespec now;

    if (is_faked) {
        return monotonic_ms * 1000;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000 + 1000;
}

/* Makes the times of the current second, if not done yet. Each text is made when asked for. */
static void texts_renew(void) {
    time_t second = (time_t) (wall_ms / 1000);

    if (texts.second == (int64_t) second) {
        return;
    }
    texts.second = (int64_t) second;
    localtime_r(&second, &texts.local);
    gmtime_r(&second, &texts.utc);
    texts.error_log[0] = texts.access_log[0] = texts.iso8601[0] = texts.http[0] = '\0';
    texts.syslog[0] = '\0';
}

struct str clock_error_log_text(void) {
    const struct tm *t = &texts.local;

    texts_renew();
    if (texts.error_log[0] == '\0') {
        snprintf(texts.error_log, CLOCK_TEXT_MAX, "%04d/%02d/%02d %02d:%02d:%02d",
                 t->tm_year + 1900, t->tm_mon + 1, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec);
    }
    return str_from(texts.error_log);
}

struct str clock_access_log_text(void) {
    const struct tm *t = &texts.local;
    long minutes;

    texts_renew();
    if (texts.access_log[0] == '\0') {
        minutes = labs(t->tm_gmtoff / 60);
        snprintf(texts.access_log, CLOCK_TEXT_MAX, "%02d/%s/%04d:%02d:%02d:%02d %c%02ld%02ld",
                 t->tm_mday, months[t->tm_mon], t->tm_year + 1900, t->tm_hour, t->tm_min,
                 t->tm_sec, t->tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
    }
    return str_from(texts.access_log);
}

struct str clock_iso8601_text(void) {
    const struct tm *t = &texts.local;
    long minutes;

    texts_renew();
    if (texts.iso8601[0] == '\0') {
        minutes = labs(t->tm_gmtoff / 60);
        snprintf(texts.iso8601, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld",
                 t->tm_year + 1900, t->tm_mon + 1, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec,
                 t->tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
    }
    return str_from(texts.iso8601);
}

struct str clock_http_text(void) {
    const struct tm *t = &texts.utc;

    texts_renew();
    if (texts.http[0] == '\0') {
        snprintf(texts.http, CLOCK_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                 weekdays[t->tm_wday], t->tm_mday, months[t->tm_mon], t->tm_year + 1900,
                 t->tm_hour, t->tm_min, t->tm_sec);
    }
    return str_from(texts.http);
}

struct str clock_syslog_text(void) {
    const struct tm *t = &texts.local;

    texts_renew();
    if (texts.syslog[0] == '\0') {
        snprintf(texts.syslog, CLOCK_TEXT_MAX, "%s %2d %02d:%02d:%02d", months[t->tm_mon],
                 t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec);
    }
    return str_from(texts.syslog);
}
