/*
 * A KVM for unit tests: KVM_RUN, and what stops it
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

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fake_kvm_private.h"
#include "host/kvm.h"
#include "host/thread.h"

#define SMALL_STEPS  1000       /* of the small processor, then it counts as spinning */
#define BLOCK_SECONDS 20        /* a thread that nobody kicks by then is a test's defect */

static pthread_cond_t kick_cond = PTHREAD_COND_INITIALIZER;

/* ---- the guest ---- */

static void put_register( uint64_t *reg, uint64_t value, unsigned int size )
{
    if (size == 1) *reg = (*reg & ~0xffull) | (value & 0xff);
    else if (size == 2) *reg = (*reg & ~0xffffull) | (value & 0xffff);
    else *reg = size == 4 ? (uint32_t)value : value;
}

/* Data that came back with the exit that is being completed. */
static uint64_t fed_back( const struct fake_vcpu *vcpu )
{
    const struct kvm_run *run = vcpu->run;
    uint64_t value = 0;

    if (vcpu->pending.reason == KVM_EXIT_IO)
        memcpy( &value, (const uint8_t *)run + run->io.data_offset, vcpu->pending.size );
    else if (vcpu->pending.reason == KVM_EXIT_MMIO)
        memcpy( &value, run->mmio.data, vcpu->pending.size > 8 ? 8 : vcpu->pending.size );
    return value;
}

static void complete( struct fake_vcpu *vcpu )
{
    struct fake_exit *pending = &vcpu->pending;
    struct kvm_run *run = vcpu->run;

    vcpu->is_pending = 0;
    if (pending->completion == FAKE_COMPLETE_FAST && vcpu->regs.rip != pending->shown_rip)
        pending->completion = FAKE_COMPLETE_NONE;

    switch (pending->completion)
    {
    case FAKE_COMPLETE_NONE:
        break;
    case FAKE_COMPLETE_FAST:
    case FAKE_COMPLETE_EMULATOR:
        if (!pending->write && pending->reg != FAKE_NO_REG)
            put_register( fake_kvm_gpr( vcpu, pending->reg ), fed_back( vcpu ), pending->size );
        vcpu->regs.rip = pending->shown_rip + pending->complete_skip;
        break;
    case FAKE_COMPLETE_MSR:
        if (run->msr.error)
        {
            vcpu->events.exception.injected = 1;
            vcpu->events.exception.nr = 13;
            vcpu->events.exception.has_error_code = 1;
            vcpu->events.exception.error_code = 0;
            break;
        }
        if (!pending->write)
        {
            vcpu->regs.rax = (uint32_t)run->msr.data;
            vcpu->regs.rdx = run->msr.data >> 32;
        }
        vcpu->regs.rip += pending->complete_skip;
        break;
    }
    if (pending->on_complete) pending->on_complete( vcpu, pending );
}

static void show( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    struct kvm_run *run = vcpu->run;
    uint32_t count = exit->count ? exit->count : 1;

    vcpu->regs.rip += exit->skip;
    exit->shown_rip = vcpu->regs.rip;
    run->exit_reason = exit->reason;
    switch (exit->reason)
    {
    case KVM_EXIT_IO:
        run->io.direction = exit->write ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
        run->io.size = exit->size;
        run->io.port = exit->address;
        run->io.count = count;
        run->io.data_offset = 4096;
        if (exit->write && count == 1) memcpy( (uint8_t *)run + 4096, &exit->value, exit->size );
        break;
    case KVM_EXIT_MMIO:
        run->mmio.phys_addr = exit->address;
        run->mmio.len = exit->size;
        run->mmio.is_write = exit->write;
        memset( run->mmio.data, 0, sizeof(run->mmio.data) );
        if (exit->write) memcpy( run->mmio.data, &exit->value, 8 );
        break;
    case KVM_EXIT_X86_RDMSR:
    case KVM_EXIT_X86_WRMSR:
        memset( &run->msr, 0, sizeof(run->msr) );
        run->msr.index = exit->address;
        run->msr.data = exit->value;
        run->msr.reason = exit->msr_reason;
        break;
    }
    if (exit->on_exit) exit->on_exit( vcpu, exit );
    vcpu->pending = *exit;
    vcpu->is_pending = exit->completion || exit->on_complete;
}

/* What KVM_RUN leaves in the page, whatever the outcome. */
static int leave( struct fake_vcpu *vcpu, int ret )
{
    struct kvm_run *run = vcpu->run;

    vcpu->runner = 0;
    vcpu->kicked = 0;
    if (run->kvm_valid_regs & KVM_SYNC_X86_REGS) run->s.regs.regs = vcpu->regs;
    if (run->kvm_valid_regs & KVM_SYNC_X86_SREGS) run->s.regs.sregs = vcpu->sregs;
    if (run->kvm_valid_regs & KVM_SYNC_X86_EVENTS)
    {
        /* KVM loads CR2 when it shows the page fault (kvm_vcpu_ioctl_x86_get_vcpu_events, arch/x86/kvm/x86.c), behind
         * the copy of the special registers */
        if (vcpu->events.exception_has_payload) vcpu->sregs.cr2 = vcpu->events.exception_payload;
        vcpu->events.exception_has_payload = 0;
        run->s.regs.events = vcpu->events;
    }
    run->if_flag = !!(vcpu->regs.rflags & 0x200);
    run->cr8 = vcpu->sregs.cr8;
    run->apic_base = vcpu->sregs.apic_base;
    run->ready_for_interrupt_injection = run->if_flag && !vcpu->events.interrupt.injected &&
                                         !vcpu->events.interrupt.shadow;
    return fake_end( ret );
}

static int block( struct fake_vcpu *vcpu )
{
    struct timespec until;

    clock_gettime( CLOCK_REALTIME, &until );
    until.tv_sec += BLOCK_SECONDS;
    while (!vcpu->kicked)
        if (pthread_cond_timedwait( &kick_cond, &fake_lock, &until ) == ETIMEDOUT)
            fake_die( "vcpu %u: nobody kicks", vcpu->id );
    return -EINTR;
}

/* The processor for what is not worth a script: real or flat mode, no paging, no data but in registers. */
static int run_small( struct fake_vcpu *vcpu )
{
    struct object *vm = fake_object( vcpu->vm, OBJECT_VM, __func__ );
    struct fake_exit exit;
    unsigned int steps;

    if (vcpu->sregs.cr0 & 0x80000000)
    {
        struct fake_slot *slot = fake_find_slot( vm, vcpu->regs.rip );

        if (!slot || vcpu->sregs.cs.dpl != 3 ||
            memcmp( (const uint8_t *)(uintptr_t)slot->region.userspace_addr + vcpu->regs.rip -
                    slot->region.guest_phys_addr, "\x0f\x05", 2 ))
            fake_die( "vcpu %u runs with paging on and nothing is queued", vcpu->id );
        memset( &exit, 0, sizeof(exit) );
        exit.reason = fake_syscall_half ? KVM_EXIT_SHUTDOWN : KVM_EXIT_HLT;
        vcpu->regs.rip = fake_kvm_msr( vcpu, 0xc0000082 );
        if (!fake_syscall_half) vcpu->sregs.cs.dpl = 0;
        show( vcpu, &exit );
        return 0;
    }
    if (vcpu->events.interrupt.injected && !fake_find_slot( vm, vcpu->sregs.idt.base ) && fake_delivery != KVM_EXIT_IO)
    {
        memset( &exit, 0, sizeof(exit) );
        exit.reason = fake_delivery;
        vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
        vcpu->run->internal.ndata = 0;
        show( vcpu, &exit );
        return 0;
    }
    for (steps = 0; steps < SMALL_STEPS; steps++)
    {
        uint64_t at = vcpu->sregs.cs.base + vcpu->regs.rip, offset;
        struct fake_slot *slot = fake_find_slot( vm, at );
        unsigned int length = 1, left;
        const uint8_t *code;

        memset( &exit, 0, sizeof(exit) );
        if (!slot)
        {
            if (!vm->slot_room) fake_die( "vcpu %u runs without memory and nothing is queued", vcpu->id );
            exit.reason = KVM_EXIT_INTERNAL_ERROR;
            vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
            vcpu->run->internal.ndata = 0;
            show( vcpu, &exit );
            return 0;
        }
        offset = at - slot->region.guest_phys_addr;
        code = (const uint8_t *)(uintptr_t)slot->region.userspace_addr + offset;
        left = slot->region.memory_size - offset;
        switch (code[0])
        {
        case 0x90:
            break;
        case 0xb0: case 0xb8: case 0xba:
            length = code[0] == 0xb0 ? 2 : 3;
            if (left < length) fake_die( "code ends" );
            if (code[0] == 0xba) put_register( (uint64_t *)&vcpu->regs.rdx, code[1] | code[2] << 8, 2 );
            else put_register( (uint64_t *)&vcpu->regs.rax, code[1] | (length > 2 ? code[2] << 8 : 0), length - 1 );
            break;
        case 0xeb:
            length = 2;
            if (left < length) fake_die( "code ends" );
            vcpu->regs.rip += (int8_t)code[1];
            break;
        case 0xe4: case 0xe6: case 0xec: case 0xee:
            length = code[0] & 8 ? 1 : 2;
            if (left < length) fake_die( "code ends" );
            exit.reason = KVM_EXIT_IO;
            exit.size = 1;
            exit.address = length == 1 ? (uint16_t)vcpu->regs.rdx : code[1];
            exit.write = !!(code[0] & 2);
            exit.value = (uint8_t)vcpu->regs.rax;
            if (exit.write && fake_out_past) exit.skip = length;
            else
            {
                exit.completion = fake_out_past ? FAKE_COMPLETE_EMULATOR : FAKE_COMPLETE_FAST;
                exit.complete_skip = length;
                if (exit.write) exit.reg = FAKE_NO_REG;
            }
            show( vcpu, &exit );
            return 0;
        case 0xf4:
            exit.reason = KVM_EXIT_HLT;
            exit.skip = 1;
            show( vcpu, &exit );
            return 0;
        default:
            exit.reason = KVM_EXIT_INTERNAL_ERROR;
            vcpu->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
            vcpu->run->internal.ndata = 0;
            show( vcpu, &exit );
            return 0;
        }
        vcpu->regs.rip += length;
        if (!(vcpu->sregs.cr0 & 1)) vcpu->regs.rip &= 0xffff;
    }
    return block( vcpu );
}

static int (*other_run)( struct fake_vcpu *vcpu );
static void (*other_kick)( int tid );

void fake_kvm_replace_run( int (*run)( struct fake_vcpu *vcpu ), void (*kick)( int tid ) )
{
    other_run = run;
    other_kick = kick;
}

/* Another thread may set it at any time. */
static BOOL is_immediate( const struct kvm_run *run )
{
    return __atomic_load_n( &run->immediate_exit, __ATOMIC_RELAXED );
}

/* The order of things in kvm_arch_vcpu_ioctl_run(), arch/x86/kvm/x86.c. */
FAKE int kvm_run_vcpu( int fd )
{
    struct fake_vcpu *vcpu;
    struct fake_exit exit;
    struct kvm_run *run;
    int ret;

    if (other_run) return other_run( fake_get_vcpu( fd, __func__ ) );
    BEGIN();
    vcpu = fake_get_vcpu( fd, __func__ );
    if (!(run = vcpu->run)) fake_die( "KVM_RUN of a vcpu whose page is not mapped" );
    if (vcpu->runner) fake_die( "vcpu %u is run by two threads", vcpu->id );

    vcpu->runs++;
    vcpu->loaded = run->kvm_dirty_regs;
    vcpu->immediate = is_immediate( run );
    vcpu->runner = thread_id();
    vcpu->kicked = 0;
    /* the wait for SIPI: nothing is looked at but the script, which says what it ends with */
    if (vcpu->mp_state.mp_state == KVM_MP_STATE_UNINITIALIZED)
    {
        if (is_immediate( run )) return leave( vcpu, -EINTR );
        if (!vcpu->script_count) fake_die( "vcpu %u waits for SIPI and nothing is queued", vcpu->id );
        exit = vcpu->script[vcpu->script_first];
        vcpu->script_first = (vcpu->script_first + 1) % FAKE_MAX_SCRIPT;
        vcpu->script_count--;
        if (exit.on_entry) exit.on_entry( vcpu, &exit );
        if (!exit.block && !exit.error) fake_die( "vcpu %u waits for SIPI and is shown an exit", vcpu->id );
        return leave( vcpu, exit.block ? block( vcpu ) : exit.error );
    }
    if ((run->kvm_valid_regs | run->kvm_dirty_regs) & ~(uint64_t)KVM_SYNC_X86_VALID_FIELDS)
        return leave( vcpu, -EINVAL );

    if (run->kvm_dirty_regs & KVM_SYNC_X86_REGS) vcpu->regs = run->s.regs.regs;
    run->kvm_dirty_regs &= ~(uint64_t)KVM_SYNC_X86_REGS;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_SREGS)
        if ((ret = fake_set_sregs( vcpu, &run->s.regs.sregs )) < 0) return leave( vcpu, ret );
    run->kvm_dirty_regs &= ~(uint64_t)KVM_SYNC_X86_SREGS;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_EVENTS)
        if ((ret = fake_set_events( vcpu, &run->s.regs.events )) < 0) return leave( vcpu, ret );
    run->kvm_dirty_regs = 0;
    if (!fake_has_irqchip( vcpu )) vcpu->sregs.cr8 = run->cr8 & 15;

    if (vcpu->is_pending)
    {
        complete( vcpu );
        if (vcpu->script_count && vcpu->script[vcpu->script_first].fragment)
        {
            exit = vcpu->script[vcpu->script_first];
            vcpu->script_first = (vcpu->script_first + 1) % FAKE_MAX_SCRIPT;
            vcpu->script_count--;
            show( vcpu, &exit );
            return leave( vcpu, 0 );
        }
    }
    if (is_immediate( run )) return leave( vcpu, -EINTR );

    vcpu->entries++;
    vcpu->entered = 1;
    if (!vcpu->script_count) return leave( vcpu, run_small( vcpu ) );

    exit = vcpu->script[vcpu->script_first];
    vcpu->script_first = (vcpu->script_first + 1) % FAKE_MAX_SCRIPT;
    vcpu->script_count--;
    if (exit.fragment) fake_die( "vcpu %u: a fragment that continues nothing", vcpu->id );
    if (exit.on_entry) exit.on_entry( vcpu, &exit );
    if (exit.block) return leave( vcpu, block( vcpu ) );
    if (exit.error) return leave( vcpu, exit.error > 0 ? -exit.error : exit.error );
    show( vcpu, &exit );
    return leave( vcpu, 0 );
}

/* ---- kicks ---- */

FAKE int kvm_kick_init( void )
{
    BEGIN();
    return fake_end( 0 );
}

/* Nobody comes: a test that needs a kick queues -EINTR. */
struct kvm_kick_timer
{
    int started;
};

FAKE int kvm_kick_start( struct kvm_kick_timer **timer, unsigned int microseconds )
{
    BEGIN();
    if (!*timer && !(*timer = calloc( 1, sizeof(**timer) ))) fake_die( "memory" );
    if ((*timer)->started || !microseconds) fake_die( "kvm_kick_start: it runs" );
    (*timer)->started = 1;
    return fake_end( 0 );
}

FAKE void kvm_kick_stop( struct kvm_kick_timer *timer )
{
    if (!timer->started) fake_die( "kvm_kick_stop: it does not run" );
    timer->started = 0;
}

FAKE void kvm_kick_free( struct kvm_kick_timer *timer )
{
    free( timer );
}

FAKE int kvm_kick( int tid )
{
    unsigned int i;

    if (other_kick)
    {
        other_kick( tid );
        return 0;
    }
    BEGIN();
    for (i = 0; i < MAX_OBJECTS; i++)
        if (fake_objects[i].type == OBJECT_VCPU && fake_objects[i].vcpu->runner == tid)
        {
            fake_objects[i].vcpu->kicked = 1;
            fake_objects[i].vcpu->kicks++;
        }
    pthread_cond_broadcast( &kick_cond );
    return fake_end( 0 );
}
