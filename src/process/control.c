/* SPDX-License-Identifier: BSD-2-Clause */
/* control - the control plane; see control.h. */
#include "process/control.h"

#include "base/buf.h"
#include "base/panic.h"
#include "event/channel.h"
#include "event/signal.h"
#include "event/timer.h"
#include "process/child.h"
#include "process/folders.h"
#include "process/heartbeat.h"
#include "process/mainlog.h"
#include "process/messages.h"
#include "process/privilege.h"
#include "process/title.h"
#include "shm/counter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    BEAT_PERIOD_MS = 1000,
    BEATS_MISSED_MAX = 15,
    COUNTERS_PERIOD_MS = 60000
};

static const char environment_name[] = "WEIR_CONTROL";
static const char folders_name[] = "WEIR_FOLDERS";

static struct channel channel;
static struct timer beat_timer, counters_timer;
static int own_master;
static void (*report)(unsigned seat, int pid);
static struct heartbeat seen[SEATS_MAX];
static struct str folders;  /* for temporary files */
static bool has_left_overs; /* perhaps: a process has ended, or this one has just begun */

/* ---- heartbeats ---- */

/* The workers of another binary are its own control's business. */
static void look_at_seat(unsigned number) {
    const struct seat *seat = seat_at(number), *culprit;

    has_left_overs |= seen[number].pid != 0 && (seat == NULL || seat->pid != seen[number].pid);
    if (seat == NULL || seat->role != SEAT_WORKER || seat->master_pid != own_master) {
        seen[number] = (struct heartbeat){ .pid = 0 };
        return;
    }
    if (heartbeat_look(&seen[number], seat, BEATS_MISSED_MAX)) {
        culprit = heartbeat_culprit(seat);
        report(culprit->number, culprit->pid);
    }
}

static void on_beat_timer(struct timer *timer) {
    unsigned number;

    for (number = 0; number < SEATS_MAX; number++) {
        look_at_seat(number);
    }
    if (has_left_overs) {
        has_left_overs = false;
        folders_clean(folders);
    }
    timer_start(timer, BEAT_PERIOD_MS);
}

/* ---- counters ---- */

/* Counters that tell of trouble, each with a line when it has grown. */
static const enum counter troubles[] = { COUNTER_ACCEPT_PAUSES, COUNTER_LOG_LINES_LOST,
                                         COUNTER_CRASHES };
enum { TROUBLES = sizeof(troubles) / sizeof(troubles[0]) };

static uint64_t told[TROUBLES];

static void on_counters_timer(struct timer *timer) {
    unsigned i;

    for (i = 0; i < TROUBLES; i++) {
        uint64_t sum = counter_sum(troubles[i]);

        if (sum > told[i] && seat_has_lease()) {
            log_write(log_process, LOG_LEVEL_WARN, 0, NULL,
                      "%s: %llu in the last minute, %llu in all", counter_name(troubles[i]),
                      (unsigned long long) (sum - told[i]), (unsigned long long) sum);
        }
        told[i] = sum;
    }
    timer_start(timer, COUNTERS_PERIOD_MS);
}

void control_begin(void (*report_stuck)(unsigned seat, int pid), struct str temporary) {
    unsigned i;

    folders = temporary;
    has_left_overs = true;
    report = report_stuck;
    own_master = seat_self()->master_pid;
    for (i = 0; i < TROUBLES; i++) {
        told[i] = counter_sum(troubles[i]);
    }
    timer_init(&beat_timer, on_beat_timer);
    timer_init(&counters_timer, on_counters_timer);
    timer_start(&beat_timer, BEAT_PERIOD_MS);
    timer_start(&counters_timer, COUNTERS_PERIOD_MS);
}

void control_end(void) {
    timer_fini(&beat_timer);
    timer_fini(&counters_timer);
}

/* ---- the process ---- */

/* WEIR_CONTROL="channel seat level uid gid user\nzones": user is "-" for whoever we are. */
_Noreturn void control_exec(const struct conf *conf, struct seat *seat, int channel_fd) {
    const struct process_settings *settings = process_settings_of(conf);
    struct buf text = { NULL, 0, 0, 0 }, paths = { NULL, 0, 0, 0 };
    char head[256];
    int len;

    len = snprintf(head, sizeof(head), "%d %u %d %u %u %.64s\n", channel_fd, seat->number,
                   (int) log_process->level, settings->user.uid, settings->user.gid,
                   settings->user.name != NULL ? settings->user.name : "-");
    buf_append(&text, str_make(head, (size_t) len), BUF_SIZE_MAX);
    zone_export(&text);
    buf_append(&text, str_make("", 1), BUF_SIZE_MAX);
    folders_export(conf, &paths);
    buf_append(&paths, str_make("", 1), BUF_SIZE_MAX);
    fcntl(channel_fd, F_SETFD, 0);
    if (setenv(environment_name, text.data + text.start, 1) == 0
        && setenv(folders_name, paths.data + paths.start, 1) == 0) {
        execl("/proc/self/exe", "weir", "--control", (char *) NULL);
    }
    panic_print("control process could not be started");
    _exit(2);
}

static void report_to_master(unsigned seat, int pid) {
    struct message_stuck stuck = { .seat = seat, .pid = pid };

    channel_send(&channel, &(struct channel_message){
                               .type = MESSAGE_STUCK,
                               .data = str_make((const char *) &stuck, sizeof(stuck)) });
}

/* Lines go through the master, which has the files. */
static void write_to_master(struct log *log, enum log_level level, const char *line, size_t len) {
    char data[sizeof(int) + LOG_LINE_MAX];
    int number = (int) level;

    (void) log;
    memcpy(data, &number, sizeof(number));
    memcpy(data + sizeof(number), line, len);
    channel_send(&channel, &(struct channel_message){
                               .type = MESSAGE_LOG_LINE,
                               .data = str_make(data, sizeof(number) + len) });
}

static void on_message(struct channel *from, const struct channel_message *message) {
    (void) from;
    if (message->type == MESSAGE_SERVE) {
        seat_self()->state = CHILD_SERVING;
    } else if (message->type == MESSAGE_DRAIN) {
        loop_stop();
    }
}

static void on_closed(struct channel *from) {
    (void) from;
    loop_stop();
}

static void on_signal(int number, int pid) {
    (void) pid;
    if (number == SIGTERM || number == SIGINT || number == SIGQUIT) {
        loop_stop();
    }
}

/* What the environment tells. */
struct control_start {
    int channel_fd;
    unsigned seat;
    struct process_user user;
    char user_name[65];
    struct str zones;
    struct str folders;
};

static bool parse_start(const char *text, struct control_start *start, int *level) {
    const char *zones = text != NULL ? strchr(text, '\n') : NULL, *paths = getenv(folders_name);

    if (zones == NULL
        || sscanf(text, "%d %u %d %u %u %64s", &start->channel_fd, &start->seat, level,
                  &start->user.uid, &start->user.gid, start->user_name) != 6) {
        return false;
    }
    start->user.name = strcmp(start->user_name, "-") != 0 ? start->user_name : NULL;
    start->zones = str_from(zones + 1);
    start->folders = paths != NULL ? str_from(paths) : STR_NONE;
    return true;
}

int control_main(void) {
    static const int signals[] = { SIGTERM,  SIGINT,  SIGQUIT,  SIGHUP,
                                   SIGUSR1, SIGUSR2, SIGWINCH, 0 };
    static struct log log = { .write = write_to_master };
    struct control_start start;
    int level;

    if (!parse_start(getenv(environment_name), &start, &level) || !zone_import(start.zones)
        || !seats_open()) {
        fputs("weir: --control is for the master process\n", stderr);
        return 1;
    }
    unsetenv(environment_name);
    unsetenv(folders_name);
    title_set("control process");
    prctl(PR_SET_NAME, "weir"); /* it is exec'ed by a name that tells nothing */
    log.level = (enum log_level) level;
    loop_init();
    signal_start(signals, on_signal);
    if (!privilege_drop(&start.user, false)) {
        return 2;
    }
    seat_sit(seat_at(start.seat));
    channel.on_message = on_message;
    channel.on_closed = on_closed;
    channel_open(&channel, start.channel_fd);
    log_process = &log;
    mainlog_take_panics();
    control_begin(report_to_master, start.folders);
    channel_send(&channel, &(struct channel_message){ .type = MESSAGE_READY });
    loop_run();
    control_end();
    return 0;
}
