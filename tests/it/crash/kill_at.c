/* Ends its own process at the Nth moment of one kind: what a power switch or an OOM killer may do to `aerie` at any time.
 *
 * Preloaded. It reads its orders once and takes them out of the environment, so that they hold for this process alone and
 * not for those that it starts.
 *
 *   AERIE_KILL_KIND   sync  fsync and fdatasync
 *                     name  what changes a folder: rename, link, unlink, rmdir, mkdir
 *                     data  what writes to a regular file, or cuts it
 *                     send  what leaves through a TCP socket
 *   AERIE_KILL_AT     which of them, counted from 1; 0: none, only count
 *   AERIE_KILL_WHEN   before | after it is carried out
 *   AERIE_KILL_COUNT  a file that gets the count when the process ends by itself
 *   AERIE_CLOCK_SHIFT seconds by which the wall clock is another
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { NONE, SYNC, NAME, DATA, SEND };

static enum kind wanted;
static long wanted_at, shift;
static int kill_after;
static atomic_long seen;
static char count_file[4096];

static const char *ordered(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

__attribute__((constructor)) static void begin(void) {
    const char *kind = ordered("AERIE_KILL_KIND");
    wanted = !strcmp(kind, "sync") ? SYNC : !strcmp(kind, "name") ? NAME
           : !strcmp(kind, "data") ? DATA : !strcmp(kind, "send") ? SEND : NONE;
    wanted_at = atol(ordered("AERIE_KILL_AT"));
    kill_after = !strcmp(ordered("AERIE_KILL_WHEN"), "after");
    shift = atol(ordered("AERIE_CLOCK_SHIFT"));
    snprintf(count_file, sizeof count_file, "%s", ordered("AERIE_KILL_COUNT"));
    unsetenv("LD_PRELOAD");
    unsetenv("AERIE_KILL_KIND");
    unsetenv("AERIE_KILL_AT");
    unsetenv("AERIE_KILL_WHEN");
    unsetenv("AERIE_KILL_COUNT");
    unsetenv("AERIE_CLOCK_SHIFT");
}

__attribute__((destructor)) static void finish(void) {
    FILE *file = *count_file ? fopen(count_file, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", atomic_load(&seen));
        fclose(file);
    }
}

static void end_here(void) {
    for (;;) kill(getpid(), SIGKILL);
}

/* Whether this very call is the one. */
static int due(enum kind kind) {
    if (kind != wanted) return 0;
    long number = atomic_fetch_add(&seen, 1) + 1;
    if (number != wanted_at) return 0;
    if (!kill_after) end_here();
    return 1;
}

static enum kind kind_of(int fd) {
    struct stat about;
    int saved = errno;
    enum kind kind = NONE;
    if (wanted == DATA || wanted == SEND) {
        if (fstat(fd, &about) == 0) {
            if (S_ISREG(about.st_mode)) kind = DATA;
            if (S_ISSOCK(about.st_mode)) {
                int type = 0, domain = 0;
                socklen_t length = sizeof type;
                getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
                length = sizeof domain;
                getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
                if (type == SOCK_STREAM && (domain == AF_INET || domain == AF_INET6)) kind = SEND;
            }
        }
    }
    errno = saved;
    return kind;
}

/* Carries a call out, and ends the process before or after it if it is the one. */
#define AROUND(result, kind, name, parameters, arguments)      \
    result name parameters {                                   \
        static result(*real) parameters;                       \
        if (!real) real = dlsym(RTLD_NEXT, #name);             \
        int it = due(kind);                                    \
        result done = real arguments;                          \
        if (it) end_here();                                    \
        return done;                                           \
    }

AROUND(int, SYNC, fsync, (int fd), (fd))
AROUND(int, SYNC, fdatasync, (int fd), (fd))
AROUND(int, SYNC, sync_file_range, (int fd, off_t at, off_t length, unsigned flags), (fd, at, length, flags))

AROUND(int, NAME, rename, (const char *from, const char *to), (from, to))
AROUND(int, NAME, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
AROUND(int, NAME, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
AROUND(int, NAME, link, (const char *from, const char *to), (from, to))
AROUND(int, NAME, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
AROUND(int, NAME, unlink, (const char *path), (path))
AROUND(int, NAME, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
AROUND(int, NAME, rmdir, (const char *path), (path))
AROUND(int, NAME, mkdir, (const char *path, mode_t mode), (path, mode))

AROUND(ssize_t, kind_of(fd), write, (int fd, const void *bytes, size_t length), (fd, bytes, length))
AROUND(ssize_t, kind_of(fd), writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
AROUND(ssize_t, DATA, pwrite, (int fd, const void *bytes, size_t length, off_t at), (fd, bytes, length, at))
AROUND(ssize_t, DATA, pwrite64, (int fd, const void *bytes, size_t length, off64_t at), (fd, bytes, length, at))
AROUND(int, DATA, ftruncate, (int fd, off_t length), (fd, length))
AROUND(int, DATA, ftruncate64, (int fd, off64_t length), (fd, length))
AROUND(ssize_t, kind_of(fd), send, (int fd, const void *bytes, size_t length, int flags), (fd, bytes, length, flags))
AROUND(ssize_t, kind_of(fd), sendto,
       (int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size),
       (fd, bytes, length, flags, to, size))
AROUND(ssize_t, kind_of(fd), sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, now);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static int (*real)(struct timeval *restrict, void *restrict);
    if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
    int done = real(now, zone);
    if (done == 0) now->tv_sec += shift;
    return done;
}

time_t time(time_t *at) {
    static time_t (*real)(time_t *);
    if (!real) real = dlsym(RTLD_NEXT, "time");
    time_t now = real(NULL) + shift;
    if (at) *at = now;
    return now;
}
