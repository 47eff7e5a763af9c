/* The client that the benchmark measures the control plane with, the same for all supervisors. All sockets are Unix sockets.
 *
 *   ask CALLS AT-ONCE SOCKET REQUEST    sends the bytes in the file REQUEST, each time on a new connection, so many at once;
 *                                       prints "seconds cpu-seconds bytes" when that many answers have come
 *   follow COUNT SOCKET TARGET          follows a log with that many connections; prints "ready" when all have got something,
 *                                       then reads until stdin ends
 *   run TIMES COMMAND…                  runs a command again and again, its output thrown away; prints the milliseconds of each
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, HEAD = 4096, MOST = 1 << 16 };

extern char **environ;

struct call {
    int fd;
    size_t got;    /* bytes of the answer so far */
    size_t length; /* of the whole answer, once its head is there */
    char head[HEAD];
};

static char buffer[BUFFER];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static int reach(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    return fd;
}

static void say(int fd, const char *text, size_t length)
{
    if (send(fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        fail("send");
}

/* Remembers the head and finds out how long the answer will be. */
static void look_at_head(struct call *call, const char *data, size_t count)
{
    if (call->length || call->got >= HEAD - 1)
        return;
    size_t room = HEAD - 1 - call->got;
    memcpy(call->head + call->got, data, count < room ? count : room);
    call->head[call->got + (count < room ? count : room)] = 0;
    char *end = strstr(call->head, "\r\n\r\n"), *length = strstr(call->head, "Content-Length: ");
    if (end && (!length || strncmp(call->head + 8, " 200", 4)))
        errno = EPROTO, fail(call->head);
    if (end)
        call->length = end + 4 - call->head + strtoul(length + 16, NULL, 10);
}

/* Whether the answer is complete. */
static int read_more(struct call *call)
{
    ssize_t count = read(call->fd, buffer, BUFFER);
    if (count <= 0)
        fail("read");
    look_at_head(call, buffer, count);
    call->got += count;
    return call->length && call->got >= call->length;
}

static int ask(int calls, int at_once, const char *path, const char *file)
{
    static struct call all[1024];
    int poller = epoll_create1(0), begun = 0, done = 0;
    size_t total = 0;
    int input = open(file, O_RDONLY);
    ssize_t size = read(input, buffer, BUFFER);
    if (size <= 0 || at_once > 1024)
        fail(file);
    char *request = memcpy(malloc(size), buffer, size);
    double began = seconds(CLOCK_MONOTONIC);
    for (int free_place = 0; done < calls;) {
        for (; begun < calls && begun - done < at_once; begun++) {
            while (all[free_place].fd)
                free_place = (free_place + 1) % at_once;
            struct call *call = &all[free_place];
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = call};
            *call = (struct call){.fd = reach(path)};
            epoll_ctl(poller, EPOLL_CTL_ADD, call->fd, &event);
            say(call->fd, request, size);
        }
        struct epoll_event ready[64];
        int count = epoll_wait(poller, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            struct call *call = ready[i].data.ptr;
            if (!read_more(call))
                continue;
            total += call->got;
            close(call->fd);
            call->fd = 0;
            done++;
        }
    }
    printf("%.6f %.6f %zu\n", seconds(CLOCK_MONOTONIC) - began, seconds(CLOCK_PROCESS_CPUTIME_ID), total);
    return 0;
}

static int follow(int count, const char *path, const char *target)
{
    struct pollfd *all = calloc(count + 1, sizeof *all);
    char request[HEAD];
    int size = snprintf(request, HEAD, "GET %s HTTP/1.1\r\n\r\n", target);
    for (int i = 0; i < count; i++) {
        all[i] = (struct pollfd){.fd = reach(path), .events = POLLIN};
        say(all[i].fd, request, size);
    }
    for (int i = 0; i < count; i++)
        if (read(all[i].fd, buffer, BUFFER) <= 0)
            fail("read");
    puts("ready");
    fflush(stdout);
    all[count] = (struct pollfd){.fd = 0, .events = POLLIN};
    while (poll(all, count + 1, -1) > 0 && !all[count].revents)
        for (int i = 0; i < count; i++)
            if (all[i].revents && read(all[i].fd, buffer, BUFFER) <= 0)
                fail("a follower");
    return 0;
}

static int run(int times, char **command)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < times; i++) {
        int pid, status;
        double began = seconds(CLOCK_MONOTONIC);
        if (posix_spawnp(&pid, command[0], &files, NULL, command, environ))
            fail(command[0]);
        if (waitpid(pid, &status, 0) != pid || status)
            fail(command[0]);
        printf("%.4f\n", (seconds(CLOCK_MONOTONIC) - began) * 1000);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = basename(argv[0]);
    if (!strcmp(name, "ask") && argc == 5)
        return ask(atoi(argv[1]), atoi(argv[2]), argv[3], argv[4]);
    if (!strcmp(name, "follow") && argc == 4 && atoi(argv[1]) < MOST)
        return follow(atoi(argv[1]), argv[2], argv[3]);
    if (!strcmp(name, "run") && argc > 2)
        return run(atoi(argv[1]), argv + 2);
    return 2;
}
