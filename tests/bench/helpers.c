/* The programs that the benchmark measures logs and events with: one static binary under several names, the same for all
 * supervisors.
 *
 *   flood BYTES GO   for each byte in the fifo GO: writes BYTES to stdout, then its pid into $BENCH_FIFO
 *   copy FILE        reads stdin and writes FILE, 64 KiB at a time: the least that a log can cost
 *   listen EVENTS GO for each byte in the fifo GO: an event listener that takes EVENTS, then writes its pid into $BENCH_FIFO
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536, LINE = 128 };

static char buffer[PIECE];

static int report(void)
{
    int pid = getpid();
    int fifo = open(getenv("BENCH_FIFO"), O_WRONLY);
    if (fifo < 0 || write(fifo, &pid, sizeof pid) != sizeof pid)
        return 1;
    close(fifo);
    return 0;
}

static int write_all(int fd, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd, buffer + done, size - done);
        if (n < 0)
            return 1;
        done += n;
    }
    return 0;
}

static int flood(const char *bytes, const char *gate)
{
    long total = atol(bytes);
    int go = open(gate, O_RDWR);
    char word;
    memset(buffer, 'x', sizeof buffer);
    for (int i = LINE - 1; i < PIECE; i += LINE)
        buffer[i] = '\n';
    while (read(go, &word, 1) == 1) {
        for (long left = total; left > 0; left -= PIECE)
            if (write_all(1, left < PIECE ? left : PIECE))
                return 1;
        if (report())
            return 1;
    }
    return 1;
}

static int copy(const char *file)
{
    int out = open(file, O_WRONLY | O_CREAT | O_APPEND, 0666);
    ssize_t n;
    while ((n = read(0, buffer, sizeof buffer)) > 0)
        if (write_all(out, n))
            return 1;
    return n != 0;
}

/* Reads on until the buffer holds `size` bytes, or a whole line when that is 0; gives what it holds, -1 at the end. */
static long fill(long held, long size)
{
    while (size ? held < size : !memchr(buffer, '\n', held)) {
        ssize_t n = read(0, buffer + held, sizeof buffer - held);
        if (n <= 0)
            return -1;
        held += n;
    }
    return held;
}

static int say(const char *words)
{
    long size = strlen(words);
    return write(1, words, size) != size;
}

static int listen_to(const char *events, const char *gate)
{
    long total = atol(events), held = 0;
    int go = open(gate, O_RDWR);
    char word;
    while (read(go, &word, 1) == 1) {
        if (say("READY\n"))
            return 1;
        for (long left = total; left > 0; left--) {
            if ((held = fill(held, 0)) < 0)
                return 1;
            char *end = memchr(buffer, '\n', held);
            *end = 0;
            char *length = strstr(buffer, "len:");
            if (!length)
                return 1;
            long whole = end + 1 - buffer + atol(length + 4);
            if ((held = fill(held, whole)) < 0)
                return 1;
            memmove(buffer, buffer + whole, held -= whole);
            if (say(left > 1 ? "RESULT 2\nOKREADY\n" : "RESULT 2\nOK"))
                return 1;
        }
        if (report())
            return 1;
    }
    return 1;
}

int main(int argc, char **argv)
{
    const char *name = basename(argv[0]);
    if (!strcmp(name, "flood") && argc == 3)
        return flood(argv[1], argv[2]);
    if (!strcmp(name, "copy") && argc == 2)
        return copy(argv[1]);
    if (!strcmp(name, "listen") && argc == 3)
        return listen_to(argv[1], argv[2]);
    return 2;
}
