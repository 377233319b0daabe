/*
 * Benchmark: the guest on plain KVM, and the comparison with WinHvPlatform
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 *   bench_native [--check] [--rounds N] [--only NAMES] GUEST APIC_GUEST PROGRAM ARGUMENTS...
 * Starts PROGRAM (whvbench under Wine) and lets it and itself measure the same guest in turn, a few ms each, many
 * times: whatever else the machine does hits both alike. Prints "name raw_ns whv_ns ratio", medians of all rounds; the
 * ratio's is that of the rounds' own ratios, since a busy machine moves both sides of a round, but rarely one of them.
 * Of scale2 it prints how many times the exits of one vp two have together, and raw / whv: above 1 is worse here too.
 * With --check the exit code is 1 when a ratio is above what is promised.
 * The native side does what is necessary and no more: one KVM_RUN for each exit.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/kvm.h>

#include "bench.h"

#define ROUNDS       151
#define TIME_LIMIT   45e9       /* ns: then fewer rounds must do */

struct vm
{
    int fd, vcpu;
    struct kvm_run *run;
    volatile uint32_t *mailbox;
};

static struct vm vms[LOOP_COUNT];
static const char *guest_name;

static void fail( const char *what )
{
    fprintf( stderr, "bench_native: %s: %s\n", what, strerror( errno ) );
    exit( 1 );
}

double now( void )
{
    struct timespec ts;

    clock_gettime( CLOCK_MONOTONIC, &ts );
    return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void run( struct vm *vm, uint32_t reason )
{
    if (ioctl( vm->vcpu, KVM_RUN, 0 ) < 0) fail( "KVM_RUN" );
    if (vm->run->exit_reason == reason) return;
    fprintf( stderr, "bench_native: exit %u, not %u\n", vm->run->exit_reason, reason );
    exit( 1 );
}

static struct vm *get_vm( enum loop loop )
{
    struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };
    struct kvm_regs regs = { .rip = GUEST_BASE, .rflags = 2 };
    struct vm *vm = &vms[loop];
    struct kvm_sregs sregs;
    int kvm, file;
    struct kvm_cpuid2 *cpuid;
    char *memory;

    if (vm->run) return vm;
    if (!(cpuid = calloc( 1, sizeof(*cpuid) + 256 * sizeof(cpuid->entries[0]) ))) fail( "calloc" );
    cpuid->nent = 256;
    memory = mmap( NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) fail( "mmap" );
    if ((file = open( guest_name, O_RDONLY )) < 0 || read( file, memory + GUEST_BASE, 0x8000 ) <= 0) fail( guest_name );
    close( file );
    vm->mailbox = (uint32_t *)(memory + MAILBOX);
    vm->mailbox[0] = loop;

    if ((kvm = open( "/dev/kvm", O_RDWR | O_CLOEXEC )) < 0) fail( "/dev/kvm" );
    if ((vm->fd = ioctl( kvm, KVM_CREATE_VM, 0 )) < 0) fail( "KVM_CREATE_VM" );
    region.userspace_addr = (uintptr_t)memory;
    if (ioctl( vm->fd, KVM_SET_USER_MEMORY_REGION, &region ) < 0) fail( "KVM_SET_USER_MEMORY_REGION" );
    if ((vm->vcpu = ioctl( vm->fd, KVM_CREATE_VCPU, 0 )) < 0) fail( "KVM_CREATE_VCPU" );
    vm->run = mmap( NULL, ioctl( kvm, KVM_GET_VCPU_MMAP_SIZE, 0 ), PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0 );
    if (vm->run == MAP_FAILED) fail( "mmap of the vcpu" );
    if (ioctl( kvm, KVM_GET_SUPPORTED_CPUID, cpuid ) < 0 || ioctl( vm->vcpu, KVM_SET_CPUID2, cpuid ) < 0)
        fail( "CPUID" );
    free( cpuid );
    close( kvm );
    if (ioctl( vm->vcpu, KVM_GET_SREGS, &sregs ) < 0) fail( "KVM_GET_SREGS" );
    sregs.cs.base = sregs.cs.selector = 0;
    if (ioctl( vm->vcpu, KVM_SET_SREGS, &sregs ) < 0) fail( "KVM_SET_SREGS" );
    if (ioctl( vm->vcpu, KVM_SET_REGS, &regs ) < 0) fail( "KVM_SET_REGS" );
    run( vm, KVM_EXIT_IO );     /* it says that the loop comes next */
    return vm;
}

/**** what is measured: each runs COUNT operations ****/

static void bench_out( struct vm *vm, unsigned int count )
{
    while (count--) run( vm, KVM_EXIT_IO );
}

static void bench_in( struct vm *vm, unsigned int count )
{
    while (count--)
    {
        run( vm, KVM_EXIT_IO );
        *((uint8_t *)vm->run + vm->run->io.data_offset) = 0x5a;
    }
}

/* an eventfd that nobody reads */
static void bench_doorbell( struct vm *vm, unsigned int count )
{
    static struct kvm_ioeventfd event = { .addr = DOORBELL_GPA, .len = 4, .fd = -1 };

    if (event.fd < 0)
    {
        if ((event.fd = eventfd( 0, EFD_CLOEXEC )) < 0) fail( "eventfd" );
        if (ioctl( vm->fd, KVM_IOEVENTFD, &event ) < 0) fail( "KVM_IOEVENTFD" );
    }
    vm->mailbox[2] = count;
    vm->mailbox[3] = DOORBELL_GPA;
    run( vm, KVM_EXIT_IO );
}

static void bench_doorbell_exit( struct vm *vm, unsigned int count )
{
    vm->mailbox[2] = count;
    vm->mailbox[3] = DOORBELL_EXIT_GPA;
    while (count--) run( vm, KVM_EXIT_MMIO );
    run( vm, KVM_EXIT_IO );
}

static void bench_mmio_read( struct vm *vm, unsigned int count )
{
    while (count--)
    {
        run( vm, KVM_EXIT_MMIO );
        memset( vm->run->mmio.data, 0x5a, sizeof(vm->run->mmio.data) );
    }
}

static void bench_mmio_write( struct vm *vm, unsigned int count )
{
    while (count--) run( vm, KVM_EXIT_MMIO );
}

static void bench_halt( struct vm *vm, unsigned int count )
{
    while (count--) run( vm, KVM_EXIT_HLT );
}

static void bench_get( struct vm *vm, unsigned int count )
{
    struct kvm_regs regs;

    while (count--)
        if (ioctl( vm->vcpu, KVM_GET_REGS, &regs ) < 0) fail( "KVM_GET_REGS" );
}

static void bench_set( struct vm *vm, unsigned int count )
{
    struct kvm_regs regs;

    if (ioctl( vm->vcpu, KVM_GET_REGS, &regs ) < 0) fail( "KVM_GET_REGS" );
    while (count--)
        if (ioctl( vm->vcpu, KVM_SET_REGS, &regs ) < 0) fail( "KVM_SET_REGS" );
}

/**** cancel: from the decision to the return of KVM_RUN on another thread, while the guest spins ****/

static sem_t cancel_wanted;
static volatile int cancel_done, cancel_tid;
static volatile double cancel_returned;

static void *cancel_thread( void *arg )
{
    struct vm *vm = arg;
    int done = 0;

    cancel_tid = syscall( SYS_gettid );
    for (;;)
    {
        sem_wait( &cancel_wanted );
        if (ioctl( vm->vcpu, KVM_RUN, 0 ) == 0 || errno != EINTR) fail( "KVM_RUN of the spinning guest" );
        cancel_returned = now();
        vm->run->immediate_exit = 0;
        __atomic_store_n( &cancel_done, ++done, __ATOMIC_SEQ_CST );
    }
    return NULL;
}

static void ignore_signal( int sig )
{
    (void)sig;
}

static double bench_cancel( struct vm *vm, unsigned int count )
{
    static pthread_t thread;
    double sum = 0, start;
    unsigned int i;
    uint32_t seen;
    int done;

    if (!cancel_tid)
    {
        signal( SIGRTMIN, ignore_signal );
        sem_init( &cancel_wanted, 0, 0 );
        if (pthread_create( &thread, NULL, cancel_thread, vm )) fail( "pthread_create" );
        while (!cancel_tid) sched_yield();
    }
    for (i = 0; i < count; i++)
    {
        seen = vm->mailbox[1];
        done = cancel_done;
        sem_post( &cancel_wanted );
        while (vm->mailbox[1] == seen) sched_yield();       /* now the guest runs */
        start = now();
        vm->run->immediate_exit = 1;
        syscall( SYS_tgkill, getpid(), cancel_tid, SIGRTMIN );
        while (cancel_done == done) sched_yield();
        sum += cancel_returned - start;
    }
    return sum / count;
}

/**** memory: as a monitor would that wants its guest to be quick, aligned and with huge pages ****/

static void set_memory( struct vm *vm, uint64_t gpa, void *memory, uint64_t size )
{
    struct kvm_userspace_memory_region region =
    {
        .slot = 1, .guest_phys_addr = gpa, .memory_size = size, .userspace_addr = (uintptr_t)memory
    };

    if (ioctl( vm->fd, KVM_SET_USER_MEMORY_REGION, &region ) < 0) fail( "KVM_SET_USER_MEMORY_REGION" );
}

static char *reserve( size_t size, int protection )
{
    char *ret = mmap( NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0 );

    if (ret == MAP_FAILED) fail( "mmap" );
    return ret;
}

static void bench_map4g( struct vm *vm, unsigned int count )
{
    static char *memory;

    if (!memory) memory = reserve( MAP4G_SIZE, PROT_NONE );
    while (count--)
    {
        set_memory( vm, MAP4G_GPA, memory, MAP4G_SIZE );
        set_memory( vm, MAP4G_GPA, memory, 0 );
    }
}

/* Of each page: from the guest's start to its end, and not what maps the memory. */
static double bench_touch( struct vm *vm )
{
    char *memory = reserve( TOUCH_SIZE + LARGE_PAGE, PROT_READ | PROT_WRITE );
    char *aligned = (char *)(((uintptr_t)memory + LARGE_PAGE - 1) & -(uintptr_t)LARGE_PAGE);
    double time;

    madvise( aligned, TOUCH_SIZE, MADV_HUGEPAGE );
    set_memory( vm, TOUCH_GPA, aligned, TOUCH_SIZE );
    time = now();
    run( vm, KVM_EXIT_IO );
    time = now() - time;
    set_memory( vm, TOUCH_GPA, aligned, 0 );
    munmap( memory, TOUCH_SIZE + LARGE_PAGE );
    return time / TOUCH_PAGES;
}

static const struct benchmark
{
    const char *name;
    enum loop loop;
    void (*bench)( struct vm *vm, unsigned int count );
    unsigned int count;     /* operations at a time; ms of pair and scale2 */
    double limit;           /* of the ratio, 0 = none */
} benchmarks[] =
{
    { "out",                 LOOP_OUT,        bench_out,        300, 1.06 },
    { "in",                  LOOP_IN,         bench_in,         300, 1.06 },
    { "mmio_read",           LOOP_MMIO_READ,  bench_mmio_read,  300, 1.07 },
    { "mmio_write",          LOOP_MMIO_WRITE, bench_mmio_write, 300, 1.07 },
    { "mmio_read_emulator",  LOOP_MMIO_READ,  bench_mmio_read,  300, 1.12 },
    { "mmio_write_emulator", LOOP_MMIO_WRITE, bench_mmio_write, 300, 1.12 },
    { "halt",                LOOP_HALT,       bench_halt,       300, 0 },
    { "cancel",              LOOP_SPIN,       NULL,              10, 0 },
    { "get18",               LOOP_HALT,       bench_get,        500, 0 },
    { "set18",               LOOP_HALT,       bench_set,        500, 0 },
    { "map4g",               LOOP_TOUCH,      bench_map4g,        2, 0 },
    { "touch",               LOOP_TOUCH,      NULL,               1, 0 },
    { "touch_aligned",       LOOP_TOUCH,      NULL,               1, 0 },
    { "doorbell",            LOOP_DOORBELL,   bench_doorbell,   500, 0 },
    { "doorbell_exit",       LOOP_DOORBELL_EXIT, bench_doorbell_exit, 500, 0 },
    { "ipi",                 LOOP_APIC + APIC_IPI, NULL, 20, 1.15 },
    { "request",             LOOP_APIC + APIC_SPIN, NULL, 20, 1.15 },
    { "wake",                LOOP_APIC + APIC_HALT, NULL, 20, 1.15 },
    { "pair",                LOOP_APIC + APIC_PAIR, NULL, 10, 1.15 },
    { "scale2",              LOOP_APIC + APIC_SCALE, NULL, 10, 1.05 },
    { "trigger",             LOOP_APIC + APIC_TRIGGER, NULL, 20, 0 },
};

#define BENCH_COUNT (sizeof(benchmarks) / sizeof(benchmarks[0]))

static int is_factor( const struct benchmark *b )
{
    return b->loop == LOOP_APIC + APIC_SCALE;
}

/* Is it among the names, with spaces between? NULL: all are. */
static int is_wanted( const struct benchmark *b, const char *names )
{
    size_t len = strlen( b->name ), n;

    if (!names) return 1;
    for (; *names; names += n)
    {
        names += strspn( names, " " );
        n = strcspn( names, " " );
        if (n == len && !memcmp( names, b->name, n )) return 1;
    }
    return 0;
}

static double measure( const struct benchmark *b )
{
    struct vm *vm;
    double start;

    if (b->loop >= LOOP_APIC) return apic_measure( b->loop - LOOP_APIC, b->count );
    vm = get_vm( b->loop );
    if (!b->bench) return b->loop == LOOP_TOUCH ? bench_touch( vm ) : bench_cancel( vm, b->count );
    if (b->loop == LOOP_HALT) run( vm, KVM_EXIT_HLT );
    b->bench( vm, b->loop == LOOP_TOUCH ? 1 : WARM_UP );
    start = now();
    b->bench( vm, b->count );
    return (now() - start) / b->count;
}

/**** the other side ****/

static FILE *to_peer, *from_peer;

static void start_peer( char *argv[] )
{
    int in[2], out[2];

    if (pipe2( in, O_CLOEXEC ) || pipe2( out, O_CLOEXEC )) fail( "pipe" );
    switch (fork())
    {
    case -1:
        fail( "fork" );
        break;
    case 0:
        dup2( in[0], 0 );
        dup2( out[1], 1 );
        execvp( argv[0], argv );
        fail( argv[0] );
        break;
    }
    close( in[0] );
    close( out[1] );
    to_peer = fdopen( in[1], "w" );
    from_peer = fdopen( out[0], "r" );
    if (!to_peer || !from_peer) fail( "fdopen" );
    signal( SIGPIPE, SIG_IGN );
}

static double measure_peer( const struct benchmark *b )
{
    char line[64];

    fprintf( to_peer, "%s %u\n", b->name, b->count );
    if (fflush( to_peer ) || !fgets( line, sizeof(line), from_peer ))
    {
        fprintf( stderr, "bench_native: the program under Wine ended at %s\n", b->name );
        exit( 1 );
    }
    return atof( line );
}

static int compare( const void *a, const void *b )
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median( double *samples, unsigned int count )
{
    qsort( samples, count, sizeof(*samples), compare );
    return count % 2 ? samples[count / 2] : (samples[count / 2 - 1] + samples[count / 2]) / 2;
}

int main( int argc, char *argv[] )
{
    static double native[BENCH_COUNT][1000], whv[BENCH_COUNT][1000], ratio[BENCH_COUNT][1000];
    unsigned int rounds = ROUNDS, done, i;
    int arg, check = 0, bad = 0, decimals;
    const char *only = NULL;
    double start, r;

    for (arg = 1; arg < argc && !strncmp( argv[arg], "--", 2 ); arg++)
    {
        if (!strcmp( argv[arg], "--check" )) check = 1;
        else if (!strcmp( argv[arg], "--rounds" ) && arg + 1 < argc) rounds = atoi( argv[++arg] );
        else if (!strcmp( argv[arg], "--only" ) && arg + 1 < argc) only = argv[++arg];
        else break;
    }
    if (argc - arg < 3 || rounds < 1 || rounds > 1000)
    {
        fprintf( stderr, "Usage: bench_native [--check] [--rounds N] [--only NAMES] GUEST APIC_GUEST PROGRAM "
                 "ARGUMENTS...\n" );
        return 2;
    }
    guest_name = argv[arg];
    apic_set_guest( argv[arg + 1] );
    start_peer( argv + arg + 2 );
    for (i = 0; i < BENCH_COUNT; i++)       /* once for what the first time does besides */
    {
        if (!is_wanted( &benchmarks[i], only )) continue;
        measure( &benchmarks[i] );
        measure_peer( &benchmarks[i] );
    }
    start = now();
    for (done = 0; done < rounds && now() - start < TIME_LIMIT; done++)
    {
        for (i = 0; i < BENCH_COUNT; i++)
        {
            if (!is_wanted( &benchmarks[i], only )) continue;
            if (done % 2) whv[i][done] = measure_peer( &benchmarks[i] );
            native[i][done] = measure( &benchmarks[i] );
            if (!(done % 2)) whv[i][done] = measure_peer( &benchmarks[i] );
            ratio[i][done] = whv[i][done] / native[i][done];
            if (is_factor( &benchmarks[i] )) ratio[i][done] = 1 / ratio[i][done];
        }
    }
    fprintf( stderr, "medians of %u rounds, ns: name raw whv ratio\n", done );
    for (i = 0; i < BENCH_COUNT; i++)
    {
        if (!is_wanted( &benchmarks[i], only )) continue;
        r = median( ratio[i], done );
        decimals = is_factor( &benchmarks[i] ) ? 2 : 0;
        printf( "%-20s %9.*f %9.*f %6.3f", benchmarks[i].name, decimals, median( native[i], done ),
                decimals, median( whv[i], done ), r );
        if (check && benchmarks[i].limit && r > benchmarks[i].limit)
        {
            printf( "  above %.2f", benchmarks[i].limit );
            bad = 1;
        }
        printf( "\n" );
    }
    return bad;
}
