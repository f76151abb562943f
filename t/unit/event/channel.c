/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/channel: both ends in one process, and a far end that breaks the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/heap.h"
#include "event/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One end, with what it has heard. */
struct party {
    struct channel channel;
    unsigned messages, closes;
    uint32_t last_type;
    size_t last_len;
    unsigned char last_byte;
    unsigned last_fd_count;
    bool fds_are_cloexec;
    ino_t inode; /* of the last descriptor */
    bool closes_at_message, closed_in_order;
};

static struct party near, far;
static int open_before;

static int count_open(void) {
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static ino_t inode_of(int fd) {
    struct stat info;

    assert_int_equal(fstat(fd, &info), 0);
    return info.st_ino;
}

static void on_message(struct channel *channel, const struct channel_message *message) {
    struct party *party = list_object(channel, struct party, channel);
    unsigned i;

    assert_int_equal(party->closes, 0);
    party->messages++;
    party->last_type = message->type;
    party->last_len = message->data.len;
    party->last_byte =
        message->data.len > 0 ? (unsigned char) message->data.data[message->data.len - 1] : 0;
    party->last_fd_count = message->fd_count;
    party->fds_are_cloexec = true;
    for (i = 0; i < message->fd_count; i++) {
        party->fds_are_cloexec &= (fcntl(message->fds[i], F_GETFD) & FD_CLOEXEC) != 0;
        party->inode = inode_of(message->fds[i]);
        close(message->fds[i]);
    }
    if (party->closes_at_message) {
        channel_close(channel);
    }
}

static void on_closed(struct channel *channel) {
    struct party *party = list_object(channel, struct party, channel);

    party->closes++;
    channel_close(channel);
}

static void party_open(struct party *party, int fd) {
    *party = (struct party){ .channel = { .on_message = on_message, .on_closed = on_closed } };
    channel_open(&party->channel, fd);
}

static int begin(void **state) {
    int fds[2];

    (void) state;
    loop_init();
    open_before = count_open();
    assert_true(channel_pair(fds));
    party_open(&near, fds[0]);
    party_open(&far, fds[1]);
    return 0;
}

/* Whatever a test did, no descriptor is left over. */
static int end(void **state) {
    int open_after;

    (void) state;
    channel_close(&near.channel);
    channel_close(&far.channel);
    open_after = count_open();
    loop_fini();
    return open_after == open_before ? 0 : -1;
}

static struct channel_message message_of(uint32_t type, const char *text) {
    return (struct channel_message){ .type = type, .data = str_from(text) };
}

static bool say(struct party *party, uint32_t type, const char *text) {
    struct channel_message message = message_of(type, text);

    return channel_send(&party->channel, &message);
}

static void turns(int count) {
    while (count-- > 0) {
        loop_turn(0);
    }
}

static void test_messages_both_ways(void **state) {
    (void) state;
    assert_true(say(&near, 7, "hello"));
    assert_true(say(&far, 8, ""));
    turns(1);
    assert_int_equal(far.messages, 1);
    assert_int_equal(far.last_type, 7);
    assert_int_equal(far.last_len, 5);
    assert_int_equal(far.last_byte, 'o');
    assert_int_equal(near.last_type, 8);
    assert_int_equal(near.last_len, 0);
    assert_int_equal(near.closes + far.closes, 0);
}

static void test_largest_message(void **state) {
    char *data = heap_zero(CHANNEL_DATA_MAX, 1);
    int fds[CHANNEL_FDS_MAX], i;
    struct channel_message message = { 9, { data, CHANNEL_DATA_MAX }, fds, CHANNEL_FDS_MAX };

    (void) state;
    data[CHANNEL_DATA_MAX - 1] = 'z';
    for (i = 0; i < CHANNEL_FDS_MAX; i++) {
        fds[i] = STDERR_FILENO;
    }
    assert_true(channel_send(&near.channel, &message));
    turns(1);
    assert_int_equal(far.last_len, CHANNEL_DATA_MAX);
    assert_int_equal(far.last_byte, 'z');
    assert_int_equal(far.last_fd_count, CHANNEL_FDS_MAX);
    heap_free(data);
}

static void test_descriptors_arrive_and_senders_stay(void **state) {
    int fds[2];
    struct channel_message message = { 1, STR("two"), fds, 2 };
    ino_t inode;

    (void) state;
    assert_int_equal(pipe(fds), 0);
    inode = inode_of(fds[1]);
    assert_true(channel_send(&near.channel, &message));
    turns(1);
    assert_int_equal(far.last_fd_count, 2);
    assert_true(far.fds_are_cloexec);
    assert_true(far.inode == inode);
    close(fds[0]);
    close(fds[1]);
}

/* More than the socket holds: the rest waits in order, and outlives the sender's descriptors. */
static void test_queue_when_the_socket_is_full(void **state) {
    enum { MESSAGES = 200, SIZE = 16 * 1024 };
    char *data = heap_zero(SIZE, 1);
    int fd, i;
    struct channel_message message = { 0, { data, SIZE }, &fd, 1 };

    (void) state;
    for (i = 0; i < MESSAGES; i++) {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        message.type = (uint32_t) i;
        data[SIZE - 1] = (char) i;
        assert_true(channel_send(&near.channel, &message));
        close(fd);
    }
    assert_true(near.channel.queued > 0);
    for (i = 0; i < 1000 && far.messages < MESSAGES; i++) {
        turns(1);
        assert_int_equal(far.last_byte, (unsigned char) far.last_type);
    }
    assert_int_equal(far.messages, MESSAGES);
    assert_int_equal(far.last_type, MESSAGES - 1);
    assert_int_equal(near.channel.queued, 0);
    heap_free(data);
}

/* There is room again, but what waits has not gone yet. */
static void test_queue_goes_first(void **state) {
    char *data = heap_zero(CHANNEL_DATA_MAX, 1);
    struct channel_message message = { 1, { data, CHANNEL_DATA_MAX }, NULL, 0 };

    (void) state;
    while (near.channel.queued == 0) {
        assert_true(channel_send(&near.channel, &message));
    }
    while (recv(far.channel.watch.fd, data, CHANNEL_DATA_MAX, 0) > 0) {
    }
    assert_true(say(&near, 2, "last"));
    turns(3);
    assert_int_equal(far.messages, 2);
    assert_int_equal(far.last_type, 2);
    heap_free(data);
}

static void test_queue_is_bounded(void **state) {
    char *data = heap_zero(CHANNEL_DATA_MAX, 1);
    struct channel_message message = { 1, { data, CHANNEL_DATA_MAX }, NULL, 0 };
    unsigned sent = 0;

    (void) state;
    while (sent < 2 * CHANNEL_QUEUE_MAX && channel_send(&near.channel, &message)) {
        sent++;
    }
    assert_in_range(sent, CHANNEL_QUEUE_MAX, CHANNEL_QUEUE_MAX + 16);
    assert_true(near.channel.is_closed);
    assert_int_equal(near.closes, 0); /* not from inside channel_send() */
    turns(2);
    assert_int_equal(near.closes, 1);
    heap_free(data);
}

static void test_closed_channel_sends_nothing(void **state) {
    (void) state;
    channel_close(&near.channel);
    channel_close(&near.channel);
    assert_false(say(&near, 1, "x"));
    turns(2);
    assert_int_equal(near.closes, 0);
    assert_int_equal(far.closes, 1);
    assert_int_equal(far.messages, 0);
}

static void test_last_words_come_before_the_end(void **state) {
    (void) state;
    assert_true(say(&near, 1, "never read"));
    assert_true(say(&far, 5, "a reason"));
    channel_close(&far.channel);
    turns(3);
    assert_int_equal(near.messages, 1);
    assert_int_equal(near.last_type, 5);
    assert_int_equal(near.closes, 1);
}

/* The far end goes with a message of ours unread, and we learn of it when we send: what it said is
 * delivered all the same. */
static void test_last_words_are_read_after_a_failed_send(void **state) {
    (void) state;
    assert_true(say(&near, 1, "never read"));
    assert_true(say(&far, 5, "a reason"));
    channel_close(&far.channel);
    assert_false(say(&near, 2, "too late"));
    assert_int_equal(near.messages + near.closes, 0);
    turns(3);
    assert_int_equal(near.messages, 1);
    assert_int_equal(near.last_type, 5);
    assert_int_equal(near.closes, 1);
}

static void test_closed_by_the_callback(void **state) {
    (void) state;
    far.closes_at_message = true;
    assert_true(say(&near, 1, "first"));
    assert_true(say(&near, 2, "second"));
    turns(3);
    assert_int_equal(far.messages, 1);
    assert_int_equal(far.closes, 0);
    assert_int_equal(near.closes, 1);
}

static void test_flood_leaves_others_their_turn(void **state) {
    unsigned i;

    (void) state;
    for (i = 0; i < 200; i++) {
        assert_true(say(&near, i, "x"));
    }
    turns(1);
    assert_in_range(far.messages, 1, 199);
    for (i = 0; i < 10; i++) {
        /* It does not sleep on what it has left over. */
        loop_turn(far.messages < 200 ? -1 : 0);
    }
    assert_int_equal(far.messages, 200);
}

/* ---- a far end that talks nonsense ---- */

/* Sends raw bytes with count descriptors to near and expects near to give up. */
static void nonsense(const void *bytes, size_t len, unsigned fd_count) {
    struct iovec part = { (void *) (uintptr_t) bytes, len };
    char control[CMSG_SPACE(sizeof(int) * 100)] = { 0 };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    unsigned i;

    if (fd_count > 0) {
        struct cmsghdr *head = (struct cmsghdr *) (void *) control;

        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        *head = (struct cmsghdr){ CMSG_LEN(sizeof(int) * fd_count), SOL_SOCKET, SCM_RIGHTS };
        for (i = 0; i < fd_count; i++) {
            memcpy(CMSG_DATA(head) + i * sizeof(int), &far.channel.watch.fd, sizeof(int));
        }
    }
    assert_int_equal(sendmsg(far.channel.watch.fd, &header, 0), (ssize_t) len);
    turns(2);
    assert_int_equal(near.messages, 0);
    assert_int_equal(near.closes, 1);
}

static void test_short_head(void **state) {
    (void) state;
    nonsense("abc", 3, 0);
}

static void test_other_version(void **state) {
    uint32_t head[3] = { CHANNEL_VERSION + 1, 1, 0 };

    (void) state;
    nonsense(head, sizeof(head), 1);
}

static void test_length_too_large(void **state) {
    uint32_t head[4] = { CHANNEL_VERSION, 1, 5, 0 };

    (void) state;
    nonsense(head, sizeof(head), 0);
}

static void test_length_too_small(void **state) {
    uint32_t head[4] = { CHANNEL_VERSION, 1, 3, 0 };

    (void) state;
    nonsense(head, sizeof(head), 2);
}

static void test_too_much_data(void **state) {
    size_t len = 12 + CHANNEL_DATA_MAX + 1;
    uint32_t *head = heap_zero(len, 1);

    (void) state;
    head[0] = CHANNEL_VERSION;
    head[2] = CHANNEL_DATA_MAX; /* what is left of it once it is cut */
    nonsense(head, len, 3);
    heap_free(head);
}

/* The kernel hands over what there is room for; these are closed too, as end() sees. */
static void test_too_many_descriptors(void **state) {
    uint32_t head[3] = { CHANNEL_VERSION, 1, 0 };

    (void) state;
    nonsense(head, sizeof(head), CHANNEL_FDS_MAX + 1);
}

/* The kernel has no number to give a descriptor: the message counts, and the channel stays. */
static void test_no_descriptors_left(void **state) {
    int fds[2] = { STDERR_FILENO, STDERR_FILENO }, next = dup(STDERR_FILENO);
    struct channel_message message = { 6, STR("file"), fds, 2 };
    struct rlimit limit, low;

    (void) state;
    close(next);
    assert_true(channel_send(&near.channel, &message));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t) next + 1; /* one comes, which is closed again, as end() sees */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    turns(2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(far.messages, 1);
    assert_int_equal(far.last_type, 6);
    assert_int_equal(far.last_fd_count, 0);
    assert_int_equal(far.closes, 0);
}

/* ---- without a loop ---- */

static char buffer[CHANNEL_DATA_MAX];
static int received_fds[CHANNEL_FDS_MAX];

static void test_now(void **state) {
    int fds[2], null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct channel_message message = { 3, STR("ready"), &null_fd, 1 }, got;

    (void) state;
    assert_true(channel_pair(fds));
    assert_true(channel_send_now(fds[0], &message));
    assert_true(channel_receive_now(fds[1], 1000, buffer, received_fds, &got));
    assert_int_equal(got.type, 3);
    assert_true(str_is(got.data, "ready"));
    assert_ptr_equal(got.data.data, buffer);
    assert_ptr_equal(got.fds, received_fds);
    assert_int_equal(got.fd_count, 1);
    assert_true(inode_of(got.fds[0]) == inode_of(null_fd));
    close(got.fds[0]);
    close(null_fd);
    close(fds[0]);
    close(fds[1]);
}

static void test_now_says_why_not(void **state) {
    struct channel_message message = message_of(1, "x"), got;
    int fds[2];

    (void) state;
    assert_true(channel_pair(fds));
    assert_false(channel_receive_now(fds[1], 10, buffer, received_fds, &got));
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(write(fds[0], "abc", 3), 3);
    assert_false(channel_receive_now(fds[1], 1000, buffer, received_fds, &got));
    assert_int_equal(errno, EBADMSG);
    close(fds[0]);
    assert_false(channel_receive_now(fds[1], 1000, buffer, received_fds, &got));
    assert_int_equal(errno, EPIPE);
    assert_false(channel_send_now(fds[1], &message));
    assert_int_equal(errno, EPIPE);
    close(fds[1]);
}

static void test_now_waits(void **state) {
    struct channel_message message = message_of(4, "late"), got;
    int fds[2];
    pid_t pid;

    (void) state;
    assert_true(channel_pair(fds));
    pid = fork();
    if (pid == 0) {
        usleep(50 * 1000);
        _exit(channel_send_now(fds[0], &message) ? 0 : 1);
    }
    assert_true(channel_receive_now(fds[1], 10 * 1000, buffer, received_fds, &got));
    assert_int_equal(got.type, 4);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(fds[0]);
    close(fds[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_messages_both_ways, begin, end),
        cmocka_unit_test_setup_teardown(test_largest_message, begin, end),
        cmocka_unit_test_setup_teardown(test_descriptors_arrive_and_senders_stay, begin, end),
        cmocka_unit_test_setup_teardown(test_queue_when_the_socket_is_full, begin, end),
        cmocka_unit_test_setup_teardown(test_queue_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(test_queue_is_bounded, begin, end),
        cmocka_unit_test_setup_teardown(test_closed_channel_sends_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_last_words_come_before_the_end, begin, end),
        cmocka_unit_test_setup_teardown(test_last_words_are_read_after_a_failed_send, begin, end),
        cmocka_unit_test_setup_teardown(test_closed_by_the_callback, begin, end),
        cmocka_unit_test_setup_teardown(test_flood_leaves_others_their_turn, begin, end),
        cmocka_unit_test_setup_teardown(test_short_head, begin, end),
        cmocka_unit_test_setup_teardown(test_other_version, begin, end),
        cmocka_unit_test_setup_teardown(test_length_too_large, begin, end),
        cmocka_unit_test_setup_teardown(test_length_too_small, begin, end),
        cmocka_unit_test_setup_teardown(test_too_much_data, begin, end),
        cmocka_unit_test_setup_teardown(test_too_many_descriptors, begin, end),
        cmocka_unit_test_setup_teardown(test_no_descriptors_left, begin, end),
        cmocka_unit_test_setup_teardown(test_now, begin, end),
        cmocka_unit_test_setup_teardown(test_now_says_why_not, begin, end),
        cmocka_unit_test_setup_teardown(test_now_waits, begin, end),
    };

    return cmocka_run_group_tests_name("event/channel", tests, NULL, NULL);
}
