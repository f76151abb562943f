/* SPDX-License-Identifier: BSD-2-Clause */
/* privilege - what a child gives up, and the limits it lives in; see privilege.h. */
#include "process/privilege.h"

#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool failed(enum log_level level, const char *call) {
    log_write(log_process, level, errno, NULL, "%s failed", call);
    return false;
}

/* ---- capabilities ---- */

static struct __user_cap_header_struct cap_head(void) {
    return (struct __user_cap_header_struct){ .version = _LINUX_CAPABILITY_VERSION_3 };
}

static bool is_permitted(unsigned capability) {
    struct __user_cap_header_struct head = cap_head();
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

    return syscall(SYS_capget, &head, sets) == 0
        && (sets[CAP_TO_INDEX(capability)].permitted & CAP_TO_MASK(capability)) != 0;
}

/* Leaving uid 0 clears them, but a service manager may have given some to another user, too. */
static bool drop_capabilities(bool has_raw) {
    struct __user_cap_header_struct head = cap_head();
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };

    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) {
        return failed(LOG_LEVEL_EMERG, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
    }
    if (has_raw) {
        sets[CAP_TO_INDEX(CAP_NET_RAW)].permitted = CAP_TO_MASK(CAP_NET_RAW);
        sets[CAP_TO_INDEX(CAP_NET_RAW)].effective = CAP_TO_MASK(CAP_NET_RAW);
    }
    return syscall(SYS_capset, &head, sets) == 0 || failed(LOG_LEVEL_EMERG, "capset()");
}

/* Whether it is there to be kept, also past the change of the user. */
static bool keep_raw(void) {
    if (!is_permitted(CAP_NET_RAW)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "\"transparent\" of proxy_bind needs root or CAP_NET_RAW");
        return false;
    }
    return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0
        || failed(LOG_LEVEL_ALERT, "prctl(PR_SET_KEEPCAPS)");
}

/* ---- all of it ---- */

bool privilege_drop(const struct process_user *user, bool has_raw) {
    has_raw = has_raw && keep_raw();
    if (geteuid() == 0 && user->name != NULL) {
        if (initgroups(user->name, user->gid) < 0) {
            return failed(LOG_LEVEL_EMERG, "initgroups()");
        }
        if (setresgid(user->gid, user->gid, user->gid) < 0) {
            return failed(LOG_LEVEL_EMERG, "setresgid()");
        }
        if (setresuid(user->uid, user->uid, user->uid) < 0) {
            return failed(LOG_LEVEL_EMERG, "setresuid()");
        }
    }
    if (!drop_capabilities(has_raw)) {
        return false;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return failed(LOG_LEVEL_EMERG, "prctl(PR_SET_NO_NEW_PRIVS)");
    }
    /* A change of user makes a process undumpable; a crash should leave a core all the same. */
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) {
        failed(LOG_LEVEL_ALERT, "prctl(PR_SET_DUMPABLE)");
    }
    return true;
}

/* ---- limits ---- */

static void set_limit(int resource, rlim_t value, const char *name) {
    struct rlimit limit = { value, value };

    if (setrlimit(resource, &limit) < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "setrlimit(%s, %llu) failed", name,
                  (unsigned long long) value);
    }
}

/* auto: one CPU for each worker in turn, of those in the mask or of all that may be used. */
static void pick_cpu(const cpu_set_t *allowed, unsigned slot, cpu_set_t *mask) {
    unsigned wanted = slot % (unsigned) CPU_COUNT(allowed);
    size_t cpu;

    CPU_ZERO(mask);
    for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, allowed) && wanted-- == 0) {
            CPU_SET(cpu, mask);
            return;
        }
    }
}

static void set_affinity(const struct process_affinity *affinity, unsigned slot) {
    cpu_set_t mask, allowed;

    if (affinity->is_auto) {
        if (affinity->count > 0) {
            allowed = affinity->masks[0];
        } else if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0) {
            return;
        }
        if (CPU_COUNT(&allowed) == 0) {
            return;
        }
        pick_cpu(&allowed, slot, &mask);
    } else if (affinity->count > 0) {
        mask = affinity->masks[slot < affinity->count ? slot : affinity->count - 1];
    } else {
        return;
    }
    if (sched_setaffinity(0, sizeof(mask), &mask) < 0) {
        failed(LOG_LEVEL_ALERT, "sched_setaffinity()");
    }
}

bool privilege_set_limits(const struct process_settings *settings, unsigned slot) {
    if (settings->priority != 0 && setpriority(PRIO_PROCESS, 0, (int) settings->priority) < 0) {
        failed(LOG_LEVEL_ALERT, "setpriority()");
    }
    if (settings->rlimit_nofile >= 0) {
        set_limit(RLIMIT_NOFILE, (rlim_t) settings->rlimit_nofile, "RLIMIT_NOFILE");
    }
    if (settings->rlimit_core != UINT64_MAX) {
        set_limit(RLIMIT_CORE, (rlim_t) settings->rlimit_core, "RLIMIT_CORE");
    }
    set_affinity(&settings->affinity, slot);
    if (settings->working_directory.len > 0 && chdir(settings->working_directory.data) < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "chdir(\"%s\") failed",
                  settings->working_directory.data);
        return false;
    }
    return true;
}

void privilege_raise_nofile(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
