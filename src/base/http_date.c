/* SPDX-License-Identifier: BSD-2-Clause */
/* http_date - times as HTTP writes them; see http_date.h. */
#include "base/http_date.h"

#include "base/panic.h"

enum {
    MINUTE = 60,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR,
    WEEK_DAYS = 7,
    YEAR_MONTHS = 12,
    CENTURIES_DAYS = 146097, /* of 400 years, after which the calendar repeats */
    DAYS_TO_1970 = 719468    /* from the 1st of March of the year 0 */
};

static const char *const weekdays[WEEK_DAYS] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday" };
static const char *const months[YEAR_MONTHS] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

struct date {
    int year, month, day, hour, minute, second; /* the month from 0, the day from 1 */
};

/* ---- the calendar ---- */

/*
 * Days since 1970 of a day of the Gregorian calendar. Years begin with March here, so that the day
 * that is not always there is their last: month m has begun after (153 * m + 2) / 5 days.
 */
static int64_t days_of(const struct date *date) {
    int64_t year = date->year - (date->month < 2);
    int64_t month = (date->month + 10) % YEAR_MONTHS;

    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1
        - DAYS_TO_1970;
}

/* The other way round, for days from 1970 on. */
static void find_day(int64_t days, struct date *date) {
    int64_t day, year, month;

    days += DAYS_TO_1970;
    day = days % CENTURIES_DAYS;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    date->day = (int) (day - (153 * month + 2) / 5 + 1);
    date->month = (int) (month + 2) % YEAR_MONTHS;
    date->year = (int) (year + days / CENTURIES_DAYS * 400 + (date->month < 2));
}

static bool is_leap_year(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_in_calendar(const struct date *date) {
    static const int lengths[YEAR_MONTHS] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap_month = date->month == 1 && is_leap_year(date->year);

    /* The 60th second is a leap second. */
    return date->year > 0 && date->day > 0 && date->day <= lengths[date->month] + is_leap_month
        && date->hour < 24 && date->minute < 60 && date->second <= 60;
}

static int64_t seconds_of(const struct date *date) {
    return days_of(date) * DAY + date->hour * HOUR + date->minute * MINUTE + date->second;
}

/* ---- reading ---- */

static bool take(struct str *rest, struct str text) {
    bool is_there = str_starts(*rest, text);

    *rest = str_from_byte(*rest, is_there ? text.len : 0);
    return is_there;
}

static bool take_digits(struct str *rest, size_t count, int *number) {
    size_t i;

    *number = 0;
    for (i = 0; i < count; i++) {
        if (i >= rest->len || !char_is_digit(rest->data[i])) {
            return false;
        }
        *number = *number * 10 + rest->data[i] - '0';
    }
    *rest = str_from_byte(*rest, count);
    return true;
}

static bool take_month(struct str *rest, int *month) {
    for (*month = 0; *month < YEAR_MONTHS; ++*month) {
        if (take(rest, str_from(months[*month]))) {
            return true;
        }
    }
    return false;
}

/* "Sun" or "Sunday". */
static bool take_weekday(struct str *rest, bool *is_long) {
    size_t i;

    for (i = 0; i < WEEK_DAYS; i++) {
        struct str name = str_from(weekdays[i]);

        *is_long = take(rest, name);
        if (*is_long || take(rest, str_first(name, 3))) {
            return true;
        }
    }
    return false;
}

static bool take_time(struct str *rest, struct date *date) {
    return take_digits(rest, 2, &date->hour) && take(rest, STR(":"))
        && take_digits(rest, 2, &date->minute) && take(rest, STR(":"))
        && take_digits(rest, 2, &date->second);
}

/* " 06 Nov 1994 08:49:37 GMT" */
static bool take_fixed(struct str *rest, struct date *date) {
    return take(rest, STR(" ")) && take_digits(rest, 2, &date->day) && take(rest, STR(" "))
        && take_month(rest, &date->month) && take(rest, STR(" "))
        && take_digits(rest, 4, &date->year) && take(rest, STR(" ")) && take_time(rest, date)
        && take(rest, STR(" GMT"));
}

/* " 06-Nov-94 08:49:37 GMT" */
static bool take_rfc850(struct str *rest, struct date *date) {
    return take(rest, STR(" ")) && take_digits(rest, 2, &date->day) && take(rest, STR("-"))
        && take_month(rest, &date->month) && take(rest, STR("-"))
        && take_digits(rest, 2, &date->year) && take(rest, STR(" ")) && take_time(rest, date)
        && take(rest, STR(" GMT"));
}

/* " Nov  6 08:49:37 1994" */
static bool take_asctime(struct str *rest, struct date *date) {
    return take(rest, STR(" ")) && take_month(rest, &date->month) && take(rest, STR(" "))
        && take_digits(rest, take(rest, STR(" ")) ? 1 : 2, &date->day) && take(rest, STR(" "))
        && take_time(rest, date) && take(rest, STR(" ")) && take_digits(rest, 4, &date->year);
}

/* The last year with these digits that is at most 50 years ahead. */
static int full_year(int year, int64_t now) {
    struct date today;

    find_day(now / DAY, &today);
    year += (today.year + 50) / 100 * 100;
    return year > today.year + 50 ? year - 100 : year;
}

bool parse_http_date(struct str text, int64_t now, int64_t *seconds) {
    struct date date = { .year = 0 };
    bool is_long, is_good;

    if (!take_weekday(&text, &is_long)) {
        return false;
    }
    if (!take(&text, STR(","))) {
        is_good = !is_long && take_asctime(&text, &date);
    } else if (is_long) {
        is_good = take_rfc850(&text, &date);
        date.year = full_year(date.year, now);
    } else {
        is_good = take_fixed(&text, &date);
    }
    if (!is_good || text.len > 0 || !is_in_calendar(&date)) {
        return false;
    }
    *seconds = seconds_of(&date);
    return true;
}

/* ---- writing ---- */

static char *put(char *to, const char *text, size_t len) {
    memcpy(to, text, len);
    return to + len;
}

static char *put_digits(char *to, int number, char behind) {
    *to++ = (char) ('0' + number / 10);
    *to++ = (char) ('0' + number % 10);
    *to++ = behind;
    return to;
}

void format_http_date(int64_t seconds, char text[HTTP_DATE_LEN]) {
    int64_t days = seconds / DAY;
    int rest = (int) (seconds % DAY);
    struct date date;

    CHECK(seconds >= 0 && seconds <= HTTP_DATE_MAX);
    find_day(days, &date);
    /* The 1st of January 1970 was a Thursday. */
    text = put(text, weekdays[(days + 4) % WEEK_DAYS], 3);
    text = put(text, ", ", 2);
    text = put_digits(text, date.day, ' ');
    text = put(text, months[date.month], 3);
    *text++ = ' ';
    text = put_digits(text, date.year / 100, ' ') - 1;
    text = put_digits(text, date.year % 100, ' ');
    text = put_digits(text, rest / HOUR, ':');
    text = put_digits(text, rest % HOUR / MINUTE, ':');
    text = put_digits(text, rest % MINUTE, ' ');
    put(text, "GMT", 3);
}
