/* The program that the benchmark starts by the hundred: writes its pid into the fifo $BENCH_FIFO and sleeps for ever.
 *
 * Has no C library. Before main, a static glibc asks the processor for its caches with dozens of `cpuid`, each of which a
 * virtual machine answers with an exit to its host: several tenths of a millisecond a process, more than all that is to be
 * measured, and the same for every supervisor.
 */
#include <asm/unistd.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
    register long fourth __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
    return result;
}
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
__asm__(".globl _start\n_start: mov x0, sp\n bl begin\n");
#else
#error "no system calls for this processor here"
#endif

enum { AT_CWD = -100, WRITE_ONLY = 1 };

/* The value of a variable if the entry is "BENCH_FIFO=value", else null. */
static const char *fifo_of(const char *entry)
{
    const char *name = "BENCH_FIFO=";
    while (*name)
        if (*entry++ != *name++)
            return 0;
    return entry;
}

/* `stack` is what the kernel leaves there: argc, argv, null, environment, null. */
__attribute__((noreturn, used)) void begin(long *stack)
{
    char **environment = (char **)(stack + 1 + stack[0] + 1);
    const char *fifo = 0;
    for (; *environment && !fifo; environment++)
        fifo = fifo_of(*environment);
    int pid = call(__NR_getpid, 0, 0, 0, 0);
    long fd = call(__NR_openat, AT_CWD, (long)fifo, WRITE_ONLY, 0);
    if (call(__NR_write, fd, (long)&pid, sizeof pid, 0) != sizeof pid)
        call(__NR_exit_group, 1, 0, 0, 0);
    call(__NR_close, fd, 0, 0, 0);
    for (;;)
        call(__NR_ppoll, 0, 0, 0, 0);
}
