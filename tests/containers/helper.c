// What the container tests have run inside: one static program, its first argument says what it does.
//
//   signals            prints "ready", then the number of every signal that comes; ends after SIGUSR2
//   orphans COUNT      leaves COUNT processes behind, one after the other, that end at once; prints "orphans done"
//   escape SECONDS     leaves one process behind in a session of its own that ends after that time, and prints "escaped"
//   deaf               ignores every signal that can be ignored, for ever; prints "deaf"
//   slow COUNT         prints "up"; after SIGTERM sleeps COUNT times a tenth of a second, prints "ended well" and ends with 0
//   hog MEGABYTES      fills that much memory, then sleeps; prints "full"
//   forks COUNT        has up to COUNT children that sleep until it is killed; prints "forked N, then REASON"
//   flood              writes lines to its output for ever
//   sleep              sleeps for ever
//   true               does nothing
//   child COMMAND…     leaves a zombie-to-be behind and executes the command in its place
//   fds                prints the numbers of its open descriptors

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SET_SIZE = 8 };

static void say(const char *text) {
    printf("%s\n", text);
    fflush(stdout);
}

static void sleep_for_ever(void) {
    for (;;)
        pause();
}

// The kernel's own calls: the C library keeps two signals to itself.
static int signals(void) {
    unsigned long all = ~0UL;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, SET_SIZE);
    say("ready");
    for (;;) {
        long number = syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, SET_SIZE);
        if (number <= 0)
            continue;
        printf("got %ld\n", number);
        fflush(stdout);
        if (number == SIGUSR2)
            return 0;
    }
}

static int orphans(int count) {
    for (int number = 0; number < count; number++) {
        pid_t middle = fork();
        if (middle == 0)
            _exit(fork() == 0 ? 3 : 0);
        if (middle > 0)
            waitpid(middle, NULL, 0);
        else
            usleep(1000), number--;
    }
    say("orphans done");
    return 0;
}

static int escape(int seconds) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            prctl(PR_SET_NAME, "escapee");
            sleep(seconds);
            _exit(0);
        }
        _exit(0);
    }
    wait(NULL);
    say("escaped");
    return 0;
}

static int deaf(void) {
    for (int number = 1; number < 65; number++)
        if (number != SIGCHLD)
            signal(number, SIG_IGN);
    say("deaf");
    sleep_for_ever();
    return 0;
}

static volatile sig_atomic_t told;
static void on_term(int number) { told = number; }

static int slow(int count) {
    signal(SIGTERM, on_term);
    say("up");
    while (!told)
        usleep(20000);
    struct timespec tenth = {0, 100000000};
    while (count-- > 0)
        nanosleep(&tenth, NULL);
    say("ended well");
    return 0;
}

static int hog(int megabytes) {
    for (int number = 0; number < megabytes; number++) {
        char *piece = malloc(1 << 20);
        if (!piece)
            return 9;
        memset(piece, 1, 1 << 20);
    }
    say("full");
    sleep_for_ever();
    return 0;
}

static int forks(int count) {
    int number = 0;
    for (; number < count; number++) {
        pid_t pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            sleep_for_ever();
        }
    }
    printf("forked %d, then %s\n", number, number < count ? strerror(errno) : "all");
    fflush(stdout);
    sleep_for_ever();
    return 0;
}

static int flood(void) {
    char line[1024];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (;;)
        if (write(1, line, sizeof line) < 0)
            return 1;
}

static int child(char **command) {
    if (fork() == 0)
        _exit(5);
    siginfo_t info;
    waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    execv(command[0], command);
    return 127;
}

static int fds(void) {
    for (int number = 0; number < 1024; number++)
        if (syscall(SYS_fcntl, number, 1) >= 0)
            printf("%d ", number);
    say("open");
    return 0;
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    int number = count > 2 ? atoi(words[2]) : 0;
    if (!strcmp(what, "signals")) return signals();
    if (!strcmp(what, "orphans")) return orphans(number);
    if (!strcmp(what, "escape")) return escape(number);
    if (!strcmp(what, "deaf")) return deaf();
    if (!strcmp(what, "slow")) return slow(number);
    if (!strcmp(what, "hog")) return hog(number);
    if (!strcmp(what, "forks")) return forks(number);
    if (!strcmp(what, "flood")) return flood();
    if (!strcmp(what, "child")) return child(words + 2);
    if (!strcmp(what, "fds")) return fds();
    if (!strcmp(what, "sleep")) sleep_for_ever();
    if (!strcmp(what, "true")) return 0;
    fprintf(stderr, "helper: what is '%s'?\n", what);
    return 2;
}
