/*
 * Benchmark: interrupts on plain KVM
 *
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
 * The native side of ipi, request, wake, pair, scale2 and trigger: KVM's split irqchip and KVM_SIGNAL_MSI, an irqfd,
 * a thread for each vcpu.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>

#include "bench.h"

struct vm
{
    int fd, vcpu[2];
    struct kvm_run *run[2];
    volatile uint32_t *mailbox;
    sem_t go, done;         /* a batch, for the thread of vcpu 0 */
};

/* the pair's threads: each counts the exits of its vcpu, in a cache line of its own, from go to pair_stop */
static struct pair
{
    struct vm *vm;
    unsigned int index;
    sem_t go, done;
    volatile unsigned int exits;
} __attribute__((aligned( 128 ))) pairs[2];
static volatile int pair_stop;

static struct vm vms[APIC_LOOP_COUNT];
static const char *guest_name;

void apic_set_guest( const char *name )
{
    guest_name = name;
}

static void fail( const char *what )
{
    fprintf( stderr, "bench_native: %s: %s\n", what, strerror( errno ) );
    exit( 1 );
}

/* Until the guest says that it is where it is wanted. */
static void run( struct vm *vm, unsigned int index )
{
    while (ioctl( vm->vcpu[index], KVM_RUN, 0 ) < 0)
        if (errno != EINTR && errno != EAGAIN) fail( "KVM_RUN" );
    if (vm->run[index]->exit_reason == KVM_EXIT_IO) return;
    fprintf( stderr, "bench_native: exit %u of vcpu %u\n", vm->run[index]->exit_reason, index );
    exit( 1 );
}

static void create_vcpu( struct vm *vm, int kvm, unsigned int index )
{
    static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid;
    struct kvm_regs regs = { .rip = GUEST_BASE, .rflags = 2 };
    struct kvm_sregs sregs;
    unsigned int i;

    if ((vm->vcpu[index] = ioctl( vm->fd, KVM_CREATE_VCPU, index )) < 0) fail( "KVM_CREATE_VCPU" );
    vm->run[index] = mmap( NULL, ioctl( kvm, KVM_GET_VCPU_MMAP_SIZE, 0 ), PROT_READ | PROT_WRITE, MAP_SHARED,
                           vm->vcpu[index], 0 );
    if (vm->run[index] == MAP_FAILED) fail( "mmap of the vcpu" );
    cpuid.head.nent = 256;
    if (ioctl( kvm, KVM_GET_SUPPORTED_CPUID, &cpuid ) < 0) fail( "KVM_GET_SUPPORTED_CPUID" );
    for (i = 0; i < cpuid.head.nent; i++)
        if (cpuid.entries[i].function == 1) cpuid.entries[i].ebx = (cpuid.entries[i].ebx & 0xffffff) | index << 24;
    if (ioctl( vm->vcpu[index], KVM_SET_CPUID2, &cpuid ) < 0) fail( "KVM_SET_CPUID2" );
    if (index) return;
    if (ioctl( vm->vcpu[index], KVM_GET_SREGS, &sregs ) < 0) fail( "KVM_GET_SREGS" );
    sregs.cs.base = sregs.cs.selector = 0;
    if (ioctl( vm->vcpu[index], KVM_SET_SREGS, &sregs ) < 0) fail( "KVM_SET_SREGS" );
    if (ioctl( vm->vcpu[index], KVM_SET_REGS, &regs ) < 0) fail( "KVM_SET_REGS" );
}

static void *vcpu_thread( void *arg )
{
    struct vm *vm = arg;

    for (;;)
    {
        sem_wait( &vm->go );
        run( vm, 0 );
        sem_post( &vm->done );
    }
    return NULL;
}

/* This one comes out no more. */
static void *second_thread( void *arg )
{
    run( arg, 1 );
    fprintf( stderr, "bench_native: the guest's second processor came out\n" );
    exit( 1 );
}

static void *pair_thread( void *arg )
{
    struct pair *pair = arg;

    for (;;)
    {
        sem_wait( &pair->go );
        while (!pair_stop)
        {
            run( pair->vm, pair->index );
            pair->exits++;
        }
        sem_post( &pair->done );
    }
    return NULL;
}

static void start_pair( struct vm *vm )
{
    pthread_t thread;
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        pairs[i].vm = vm;
        pairs[i].index = i;
        sem_init( &pairs[i].go, 0, 0 );
        sem_init( &pairs[i].done, 0, 0 );
        if (pthread_create( &thread, NULL, pair_thread, &pairs[i] )) fail( "pthread_create" );
    }
}

static struct vm *get_vm( enum apic_loop loop )
{
    struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };
    struct kvm_enable_cap split = { .cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 } };
    struct vm *vm = &vms[loop];
    pthread_t thread;
    int kvm, file;
    char *memory;

    if (vm->run[0]) return vm;
    memory = mmap( NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) fail( "mmap" );
    if ((file = open( guest_name, O_RDONLY )) < 0 || read( file, memory + GUEST_BASE, 0x8000 ) <= 0) fail( guest_name );
    close( file );
    vm->mailbox = (uint32_t *)(memory + MAILBOX);
    vm->mailbox[APIC_WORD_LOOP] = loop;
    if ((kvm = open( "/dev/kvm", O_RDWR | O_CLOEXEC )) < 0) fail( "/dev/kvm" );
    if ((vm->fd = ioctl( kvm, KVM_CREATE_VM, 0 )) < 0) fail( "KVM_CREATE_VM" );
    if (ioctl( vm->fd, KVM_ENABLE_CAP, &split ) < 0) fail( "KVM_CAP_SPLIT_IRQCHIP" );
    region.userspace_addr = (uintptr_t)memory;
    if (ioctl( vm->fd, KVM_SET_USER_MEMORY_REGION, &region ) < 0) fail( "KVM_SET_USER_MEMORY_REGION" );
    create_vcpu( vm, kvm, 0 );
    if (loop == APIC_PAIR) create_vcpu( vm, kvm, 1 );
    if (loop == APIC_IPI)
    {
        create_vcpu( vm, kvm, 1 );
        if (pthread_create( &thread, NULL, second_thread, vm )) fail( "pthread_create" );
    }
    close( kvm );
    run( vm, 0 );
    sem_init( &vm->go, 0, 0 );
    sem_init( &vm->done, 0, 0 );
    if (loop == APIC_PAIR) start_pair( vm );
    else if (loop != APIC_IPI && pthread_create( &thread, NULL, vcpu_thread, vm )) fail( "pthread_create" );
    return vm;
}

static double measure_ipi( struct vm *vm, unsigned int count )
{
    double start = now();

    vm->mailbox[APIC_WORD_COUNT] = count;
    run( vm, 0 );
    return (now() - start) / count;
}

static void sleep_ms( unsigned int ms )
{
    usleep( ms * 1000 );
}

/* What an exit costs, ns, while so many vps of the machine do nothing else: how many come in some ms of the clock, from
 * a moment when all are under way. (Not how long some take: a batch that fits into a time slice would have a processor
 * to itself where there is only one, and a longer one would not.) */
static double measure_pair( unsigned int vps, unsigned int ms )
{
    unsigned int i, sum, begun = 0;
    double start, time;

    pair_stop = 0;
    for (i = 0; i < vps; i++)
    {
        pairs[i].exits = 0;
        sem_post( &pairs[i].go );
    }
    while (pairs[0].exits < WARM_UP || (vps > 1 && pairs[1].exits < WARM_UP)) sleep_ms( 1 );
    start = now();
    for (i = 0; i < vps; i++) begun += pairs[i].exits;
    do
    {
        sleep_ms( ms );
        time = now() - start;
        for (i = sum = 0; i < vps; i++) sum += pairs[i].exits;
    }
    while (sum - begun < WARM_UP);
    pair_stop = 1;
    for (i = 0; i < vps; i++) sem_wait( &pairs[i].done );
    return vps * time / (sum - begun);
}

/* An eventfd that is the interrupt. */
static int get_irqfd( struct vm *vm )
{
    static struct { struct kvm_irq_routing head; struct kvm_irq_routing_entry entry; } routing;
    static struct kvm_irqfd irqfd = { .fd = -1 };

    if ((int)irqfd.fd >= 0) return irqfd.fd;
    routing.head.nr = 1;
    routing.entry.type = KVM_IRQ_ROUTING_MSI;
    routing.entry.u.msi.address_lo = 0xfee00000;
    routing.entry.u.msi.data = VECTOR_PONG;
    if (ioctl( vm->fd, KVM_SET_GSI_ROUTING, &routing ) < 0) fail( "KVM_SET_GSI_ROUTING" );
    if ((int)(irqfd.fd = eventfd( 0, EFD_CLOEXEC )) < 0) fail( "eventfd" );
    if (ioctl( vm->fd, KVM_IRQFD, &irqfd ) < 0) fail( "KVM_IRQFD" );
    return irqfd.fd;
}

static double measure_request( struct vm *vm, enum apic_loop loop, unsigned int count )
{
    struct kvm_msi msi = { .address_lo = 0xfee00000, .data = VECTOR_PONG };
    int irqfd = loop == APIC_TRIGGER ? get_irqfd( vm ) : -1;
    double sum = 0, start, until;
    uint32_t seen;
    unsigned int i;

    vm->mailbox[APIC_WORD_COUNT] = count;
    sem_post( &vm->go );
    for (i = 0; i < count; i++)
    {
        seen = vm->mailbox[APIC_WORD_SPUN];
        if (loop != APIC_HALT) while (vm->mailbox[APIC_WORD_SPUN] == seen) sched_yield();      /* now the guest runs */
        else for (until = now() + HALT_TIME * 1000; now() < until;) sched_yield();
        seen = vm->mailbox[APIC_WORD_HANDLED];
        start = now();
        if (irqfd >= 0) eventfd_write( irqfd, 1 );
        else if (ioctl( vm->fd, KVM_SIGNAL_MSI, &msi ) != 1) fail( "KVM_SIGNAL_MSI" );
        while (vm->mailbox[APIC_WORD_HANDLED] == seen) sched_yield();
        sum += now() - start;
    }
    sem_wait( &vm->done );
    return sum / count;
}

double apic_measure( enum apic_loop loop, unsigned int count )
{
    struct vm *vm = get_vm( loop == APIC_SCALE ? APIC_PAIR : loop == APIC_TRIGGER ? APIC_SPIN : loop );

    switch (loop)
    {
    case APIC_IPI:   return measure_ipi( vm, count );
    case APIC_PAIR:  return measure_pair( 2, count );
    case APIC_SCALE: return 2 * measure_pair( 1, count ) / measure_pair( 2, count );
    default:         return measure_request( vm, loop, count );
    }
}
