/*
 * Differential test: KVM by itself, the referee
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
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "differential.h"
#include "host/kvm.h"
#include "host/x86.h"

#define SYNC_ALL (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)

static int kvm = -1, vm = -1, vcpu = -1;
static struct kvm_run *run;
static size_t run_size;
static UINT8 *memory;

static int add_slot( UINT32 slot, UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct kvm_userspace_memory_region region =
    {
        .slot = slot, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
        .userspace_addr = (uintptr_t)memory + gpa
    };

    return kvm_set_memory_region( vm, &region );
}

int raw_open( const struct kvm_cpuid2 *cpuid )
{
    static const struct kvm_xcrs xcrs = { .nr_xcrs = 1, .xcrs = { { .xcr = 0, .value = 7 } } };
    int ret;

    if ((kvm = kvm_open()) < 0) return kvm;
    if ((vm = kvm_create_vm( kvm )) < 0) return vm;
    kvm_set_identity_map_addr( vm, 0xfeffc000 );
    kvm_set_tss_addr( vm, 0xfeffd000 );
    if (kvm_check_extension( kvm, KVM_CAP_EXIT_ON_EMULATION_FAILURE ) > 0)
        kvm_enable_cap( vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1, 0 );
    memory = mmap( NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) return -ENOMEM;
    if ((ret = add_slot( 0, 0, MMIO, 0 )) < 0 || (ret = add_slot( 1, DATA2, ROM - DATA2, 0 )) < 0 ||
        (ret = add_slot( 2, ROM, MMIO2 - ROM, KVM_MEM_READONLY )) < 0) return ret;
    if ((vcpu = kvm_create_vcpu( vm, 0 )) < 0) return vcpu;
    run_size = kvm_vcpu_mmap_size( kvm );
    if ((ret = kvm_map_run( vcpu, run_size, &run )) < 0) return ret;
    if ((ret = kvm_set_cpuid2( vcpu, cpuid )) < 0) return ret;
    run->kvm_valid_regs = SYNC_ALL;
    /* where there is no AVX its instructions raise #UD, which is not judged */
    kvm_set_xcrs( vcpu, &xcrs );
    return 0;
}

void raw_close( void )
{
    if (run) kvm_unmap_run( run, run_size );
    if (vcpu >= 0) kvm_close( vcpu );
    if (vm >= 0) kvm_close( vm );
    if (kvm >= 0) kvm_close( kvm );
}

/* XMM registers live at 160 of the legacy area; bit 1 of XSTATE_BV says that they are not all zero. */
static void load_vectors( const struct test *test )
{
    struct kvm_xsave xsave;

    if (kvm_get_xsave( vcpu, &xsave ) < 0) return;
    memcpy( xsave.region, test->fpu, sizeof(test->fpu) );
    memcpy( (UINT8 *)xsave.region + 160, test->xmm, sizeof(test->xmm) );
    xsave.region[6] = 0x1f80;
    xsave.region[128] |= 3;
    if (form_uses_upper_halves( test->form ))
    {
        memcpy( (UINT8 *)xsave.region + 576, test->upper, sizeof(test->upper) );
        xsave.region[128] |= 4;
    }
    kvm_set_xsave( vcpu, &xsave );
}

static void store_vectors( struct outcome *outcome )
{
    struct kvm_xsave xsave;

    memset( outcome->xmm, 0, sizeof(outcome->xmm) );
    memset( outcome->upper, 0, sizeof(outcome->upper) );
    if (kvm_get_xsave( vcpu, &xsave ) < 0) return;
    if (xsave.region[128] & 4) memcpy( outcome->upper, (UINT8 *)xsave.region + 576, sizeof(outcome->upper) );
    memset( outcome->fpu, 0, sizeof(outcome->fpu) );
    if (xsave.region[128] & 1) memcpy( outcome->fpu, xsave.region, sizeof(outcome->fpu) );
    else memcpy( outcome->fpu, "\x7f\x03", 2 );
    if (xsave.region[128] & 2) memcpy( outcome->xmm, (UINT8 *)xsave.region + 160, sizeof(outcome->xmm) );
}

/* TRUE: go on. */
static BOOL serve( struct outcome *outcome )
{
    UINT8 *data = (UINT8 *)run + run->io.data_offset;
    UINT32 i;

    switch (run->exit_reason)
    {
    case KVM_EXIT_MMIO:
        if (run->mmio.is_write) device_write( &outcome->device, run->mmio.phys_addr, run->mmio.data, run->mmio.len );
        else device_read( &outcome->device, run->mmio.phys_addr, run->mmio.data, run->mmio.len );
        return 1;
    case KVM_EXIT_IO:
        for (i = 0; i < run->io.count; i++, data += run->io.size)
        {
            if (run->io.direction == KVM_EXIT_IO_OUT) device_out( &outcome->device, run->io.port, data, run->io.size );
            else device_in( &outcome->device, run->io.port, data, run->io.size );
        }
        return 1;
    }
    return 0;
}

/* Pages that the guest can't have, or can only read; those that the machine itself lives on are left alone. */
static void guard( const UINT8 *rights )
{
    UINT64 page;

    for (page = 0; page < RAM_SIZE / 0x1000; page++)
        if (rights[page] != (PROT_READ | PROT_WRITE)) mprotect( memory + page * 0x1000, 0x1000, rights[page] );
}

/* Is the exit for memory that is there, but for the guard? */
static BOOL is_guarded_page( void )
{
    UINT64 gpa = run->mmio.phys_addr;

    if (run->exit_reason != KVM_EXIT_MMIO || machine_is_mmio( gpa )) return 0;
    return !run->mmio.is_write || !machine_is_rom( gpa );
}

static void run_case( const struct test *test, const UINT8 *rights, struct outcome *outcome )
{
    struct kvm_sync_regs *sync = &run->s.regs;
    const struct kvm_segment *segments[] = { &sync->sregs.es, &sync->sregs.cs, &sync->sregs.ss, &sync->sregs.ds,
                                             &sync->sregs.fs, &sync->sregs.gs };
    BOOL given_up = 0;
    UINT32 i;
    int ret;

    device_reset( &outcome->device, test );
    outcome->exits = 0;
    outcome->text[0] = 0;
    outcome->memory = memory;
    machine_fill( test, memory );
    machine_state( test, &sync->regs, &sync->sregs );
    memset( &sync->events, 0, sizeof(sync->events) );
    run->kvm_dirty_regs = SYNC_ALL;
    if (form_uses_vectors( test->form )) load_vectors( test );
    if (rights) guard( rights );

    while (!(ret = kvm_run_vcpu( vcpu )) || ret == -EINTR)
    {
        /* it may also be for ever between two exits */
        if ((given_up = watchdog_bites)) break;
        run->kvm_dirty_regs = 0;
        if (ret) continue;
        outcome->exits++;
        if ((rights && is_guarded_page()) || !serve( outcome )) break;
    }

    if (rights) mprotect( memory, RAM_SIZE, PROT_READ | PROT_WRITE );
    outcome->end = END_STRANGE;
    if (given_up) snprintf( outcome->text, sizeof(outcome->text), "it goes on and on" );
    else if (ret < 0) snprintf( outcome->text, sizeof(outcome->text), "KVM_RUN: %s", strerror( -ret ));
    else if (run->exit_reason == KVM_EXIT_HLT) outcome->end = END_DONE;
    else if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR && run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
        outcome->end = END_REFUSED;
    else snprintf( outcome->text, sizeof(outcome->text), "KVM exit %u", run->exit_reason );

    outcome->gpr[RAX] = sync->regs.rax; outcome->gpr[RCX] = sync->regs.rcx; outcome->gpr[RDX] = sync->regs.rdx;
    outcome->gpr[RBX] = sync->regs.rbx; outcome->gpr[RSP] = sync->regs.rsp; outcome->gpr[RBP] = sync->regs.rbp;
    outcome->gpr[RSI] = sync->regs.rsi; outcome->gpr[RDI] = sync->regs.rdi; outcome->gpr[8]   = sync->regs.r8;
    outcome->gpr[9]   = sync->regs.r9;  outcome->gpr[10]  = sync->regs.r10; outcome->gpr[11]  = sync->regs.r11;
    outcome->gpr[12]  = sync->regs.r12; outcome->gpr[13]  = sync->regs.r13; outcome->gpr[14]  = sync->regs.r14;
    outcome->gpr[15]  = sync->regs.r15;
    outcome->rip = sync->regs.rip;
    outcome->rflags = sync->regs.rflags & ~(UINT64)FLAG_RF;
    outcome->cr2 = sync->sregs.cr2;
    for (i = 0; i < 6; i++)
    {
        outcome->segments[i].base = segments[i]->base;
        outcome->segments[i].selector = segments[i]->selector;
    }
    if (outcome->end == END_DONE) machine_look_at_end( test, outcome );
    if (form_uses_vectors( test->form )) store_vectors( outcome );

    /* a completion that is left over must not fall upon the next case */
    if (ret >= 0 && run->exit_reason != KVM_EXIT_HLT)
    {
        /* nor may a REP string instruction go on: this is its last item */
        if (given_up)
        {
            sync->regs.rcx = 1;
            run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
        }
        run->immediate_exit = 1;
        for (i = 0; i < 64 && !(ret = kvm_run_vcpu( vcpu )); i++) run->kvm_dirty_regs = 0;
        run->immediate_exit = 0;
    }
}

void raw_run( const struct test *test, struct outcome *outcome )
{
    run_case( test, NULL, outcome );
}

void raw_run_guarded( const struct test *test, const UINT8 rights[RAM_SIZE / 0x1000], struct outcome *outcome )
{
    run_case( test, rights, outcome );
}
