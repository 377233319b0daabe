/*
 * Measurements on a scratch vm
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "host/host.h"
#include "host/kvm.h"
#include "host/probe_x86.h"
#include "host/x86.h"

/* Where kvm_intel wants pages of its own for real mode on CPUs without unrestricted guest. */
#define IDENTITY_MAP_GPA 0xfeffc000
#define TSS_GPA          0xfeffd000

#define PORT        0xe9
#define CODE_REAL   0x100
#define CODE_FLAT   0x200
#define CODE_STOP   0x300

/* For long mode: a page each, mapped where they are. */
#define PML4_GPA    0x1000
#define PDPT_GPA    0x2000
#define PD_GPA      0x3000
#define PT_GPA      0x4000
#define USER_GPA    0x5000      /* of ring 3 */
#define KERNEL_GPA  0x6000      /* ring 3 may not execute it */
#define SCRATCH_SIZE 0x7000

#define NO_MEMORY_GPA 0x10000000
#define DELIVERED_VECTOR 0x40

#define PTE_LINK    0x27        /* present, writable, user, accessed */
#define PTE_USER    0x67
#define PTE_KERNEL  0x63

#define MSR_STAR    0xc0000081
#define EFER_LONG   0x501       /* SCE, LME, LMA */

/* Signals of others may interrupt; the code itself leaves the guest with its first instruction or its second. */
#define MAX_RUNS    100

struct scratch
{
    int             vm, vcpu;
    UINT8          *page;
    struct kvm_run *run;
};

static const UINT8 code_stop[] = { 0x90, 0xf4, 0xeb, 0xfd };        /* nop; hlt; jmp hlt */
static const UINT8 code[] = { 0xee, 0xf4, 0xeb, 0xfd };     /* out dx,al; hlt; jmp hlt */

static int run_bounded( struct scratch *scratch, UINT8 immediate_exit )
{
    int i, ret = -EIO;

    for (i = 0; i < MAX_RUNS; i++)
    {
        scratch->run->immediate_exit = immediate_exit;
        if ((ret = kvm_run_vcpu( scratch->vcpu )) != -EINTR && ret != -EAGAIN) break;
        if (immediate_exit && ret == -EINTR) return 0;
    }
    return ret;
}

static void set_real( struct kvm_sregs *sregs )
{
    sregs->cs.base = 0;
    sregs->cs.selector = 0;
}

static void set_flat( struct kvm_sregs *sregs )
{
    struct kvm_segment segment =
    {
        .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1
    };

    sregs->cr0 |= 1;
    sregs->cs = segment;
    segment.type = 3;
    segment.selector = 16;
    sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = segment;
    sregs->tr.type = 11;        /* VMX takes no other outside of real mode */
}

/* Runs the code at rip; 1 if RIP is behind the OUT at its exit, 0 if it is at it, or -errno. */
static int measure( struct scratch *scratch, UINT64 rip, void (*set_mode)( struct kvm_sregs *sregs ) )
{
    struct kvm_regs regs = { .rip = rip, .rdx = PORT, .rflags = 2 };
    struct kvm_sregs sregs;
    int ret;

    if ((ret = kvm_get_sregs( scratch->vcpu, &sregs )) < 0) return ret;
    set_mode( &sregs );
    if ((ret = kvm_set_sregs( scratch->vcpu, &sregs )) < 0) return ret;
    if ((ret = kvm_set_regs( scratch->vcpu, &regs )) < 0) return ret;

    if ((ret = run_bounded( scratch, 0 )) < 0) return ret;
    if (scratch->run->exit_reason != KVM_EXIT_IO || scratch->run->io.port != PORT ||
        scratch->run->io.direction != KVM_EXIT_IO_OUT) return -EIO;

    if ((ret = kvm_get_regs( scratch->vcpu, &regs )) < 0) return ret;
    if (regs.rip != rip && regs.rip != rip + 1) return -EIO;
    if ((ret = run_bounded( scratch, 1 )) < 0) return ret;
    return regs.rip != rip;
}

static void put_entry( struct scratch *scratch, UINT32 gpa, UINT64 entry )
{
    memcpy( scratch->page + gpa, &entry, sizeof(entry) );
}

/* SYSCALL in ring 3 with no table to deliver faults through: 0 if it arrives in ring 0, 1 if it ends in a fault at its
 * entry (a KVM that leaves ring 3 at it), or -errno. */
static int measure_syscall( struct scratch *scratch )
{
    struct { struct kvm_msrs head; struct kvm_msr_entry entries[2]; } msrs = { .head.nmsrs = 2 };
    struct kvm_segment segment =
    {
        .limit = 0xffffffff, .selector = 0x33, .type = 11, .present = 1, .dpl = 3, .l = 1, .s = 1, .g = 1
    };
    struct kvm_regs regs = { .rip = USER_GPA, .rflags = 2 };
    struct kvm_sregs sregs;
    int ret;

    put_entry( scratch, PML4_GPA, PDPT_GPA | PTE_LINK );
    put_entry( scratch, PDPT_GPA, PD_GPA | PTE_LINK );
    put_entry( scratch, PD_GPA, PT_GPA | PTE_LINK );
    put_entry( scratch, PT_GPA + (USER_GPA >> 12) * 8, USER_GPA | PTE_USER );
    put_entry( scratch, PT_GPA + (KERNEL_GPA >> 12) * 8, KERNEL_GPA | PTE_KERNEL );
    memcpy( scratch->page + USER_GPA, "\x0f\x05", 2 );
    memcpy( scratch->page + KERNEL_GPA, "\xf4\xeb\xfd", 3 );

    if ((ret = kvm_get_sregs( scratch->vcpu, &sregs )) < 0) return ret;
    set_flat( &sregs );
    sregs.cr0 |= 0x80000000;
    sregs.cr3 = PML4_GPA;
    sregs.cr4 |= 0x20;
    sregs.efer = EFER_LONG;
    sregs.cs = segment;
    segment.type = 3;
    segment.selector = 0x2b;
    segment.l = 0;
    segment.db = 1;
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment;
    sregs.idt.limit = 0;
    if ((ret = kvm_set_sregs( scratch->vcpu, &sregs )) < 0) return ret;
    if ((ret = kvm_set_regs( scratch->vcpu, &regs )) < 0) return ret;
    msrs.entries[0].index = MSR_STAR;
    msrs.entries[0].data = 0x0023000800000000;
    msrs.entries[1].index = MSR_LSTAR;
    msrs.entries[1].data = KERNEL_GPA;
    if ((ret = kvm_set_msrs( scratch->vcpu, &msrs.head )) != 2) return ret < 0 ? ret : -EIO;

    if ((ret = run_bounded( scratch, 0 )) < 0) return ret;
    if (scratch->run->exit_reason == KVM_EXIT_HLT) return 0;
    if (scratch->run->exit_reason != KVM_EXIT_SHUTDOWN) return -EIO;
    if ((ret = kvm_get_sregs( scratch->vcpu, &sregs )) < 0) return ret;
    if ((ret = kvm_get_regs( scratch->vcpu, &regs )) < 0) return ret;
    return regs.rip == KERNEL_GPA && sregs.cs.dpl == 3 ? 1 : -EIO;
}

/* An interrupt whose table is no memory, at an OUT: how KVM ends it, as an exit's number, or -errno. The second time
 * counts: kvm_intel finds out at the first that there is no memory. */
static int measure_delivery( struct scratch *scratch )
{
    struct kvm_regs regs = { .rip = CODE_FLAT, .rdx = PORT, .rflags = 0x202, .rsp = SCRATCH_SIZE };
    struct kvm_vcpu_events events;
    struct kvm_sregs sregs;
    int ret, i;

    for (i = 0; i < 2; i++)
    {
        if ((ret = kvm_get_sregs( scratch->vcpu, &sregs )) < 0) return ret;
        set_flat( &sregs );
        sregs.idt.base = NO_MEMORY_GPA;
        sregs.idt.limit = 0x7ff;
        if ((ret = kvm_set_sregs( scratch->vcpu, &sregs )) < 0) return ret;
        if ((ret = kvm_set_regs( scratch->vcpu, &regs )) < 0) return ret;
        if ((ret = kvm_get_vcpu_events( scratch->vcpu, &events )) < 0) return ret;
        events.interrupt.injected = 1;
        events.interrupt.nr = DELIVERED_VECTOR;
        if ((ret = kvm_set_vcpu_events( scratch->vcpu, &events )) < 0) return ret;
        if ((ret = run_bounded( scratch, 0 )) < 0) return ret;
        if (scratch->run->exit_reason != KVM_EXIT_IO) break;
        if ((ret = run_bounded( scratch, 1 )) < 0) return ret;
    }
    /* some KVMs have it still */
    events.interrupt.injected = 0;
    if ((ret = kvm_set_vcpu_events( scratch->vcpu, &events )) < 0) return ret;
    return scratch->run->exit_reason;
}

/* Does a hardware breakpoint stop the guest? An emulated processor with SVM may take no notice of DR7. */
static BOOL measure_breakpoint( struct scratch *scratch )
{
    struct kvm_guest_debug debug = { .control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP }, none = { 0 };
    struct kvm_regs regs = { .rip = CODE_STOP, .rflags = 2 };
    int ret;

    debug.arch.debugreg[0] = CODE_STOP + 1;
    debug.arch.debugreg[7] = 0x401;
    if (kvm_set_regs( scratch->vcpu, &regs ) < 0 || kvm_set_guest_debug( scratch->vcpu, &debug ) < 0) return 0;
    ret = run_bounded( scratch, 0 );
    kvm_set_guest_debug( scratch->vcpu, &none );
    return ret >= 0 && scratch->run->exit_reason == KVM_EXIT_DEBUG;
}

static int create( struct scratch *scratch, const struct host *host )
{
    struct kvm_userspace_memory_region region = { .memory_size = SCRATCH_SIZE };
    int ret;

    if ((scratch->vm = kvm_create_vm( host->kvm )) < 0) return scratch->vm;
    /* AMD has no use for them and may refuse */
    kvm_set_identity_map_addr( scratch->vm, IDENTITY_MAP_GPA );
    kvm_set_tss_addr( scratch->vm, TSS_GPA );

    scratch->page = mmap( NULL, SCRATCH_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (scratch->page == MAP_FAILED) return -errno;
    memcpy( scratch->page + CODE_REAL, code, sizeof(code) );
    memcpy( scratch->page + CODE_FLAT, code, sizeof(code) );
    memcpy( scratch->page + CODE_STOP, code_stop, sizeof(code_stop) );
    region.userspace_addr = (uintptr_t)scratch->page;
    if ((ret = kvm_set_memory_region( scratch->vm, &region )) < 0) return ret;

    if ((scratch->vcpu = kvm_create_vcpu( scratch->vm, 0 )) < 0) return scratch->vcpu;
    /* for long mode; what comes of it is seen there */
    kvm_set_cpuid2( scratch->vcpu, host->cpuid );
    return kvm_map_run( scratch->vcpu, host->run_size, &scratch->run );
}

static void destroy( struct scratch *scratch, const struct host *host )
{
    if (scratch->run) kvm_unmap_run( scratch->run, host->run_size );
    if (scratch->vcpu >= 0) kvm_close( scratch->vcpu );
    if (scratch->vm >= 0) kvm_close( scratch->vm );
    if (scratch->page != MAP_FAILED) munmap( scratch->page, SCRATCH_SIZE );
}

int probe_x86( struct host *host )
{
    struct scratch scratch = { .vm = -1, .vcpu = -1, .page = MAP_FAILED };
    int ret, real = 0, flat = 0, half = 0, delivery = 0, stops = 0;

    if ((ret = create( &scratch, host )) >= 0 && (ret = real = measure( &scratch, CODE_REAL, set_real )) >= 0)
        ret = flat = measure( &scratch, CODE_FLAT, set_flat );
    /* what can't be measured is taken to be as on processors */
    if (ret >= 0)
    {
        stops = host->can_step && measure_breakpoint( &scratch );
        delivery = measure_delivery( &scratch );
        half = measure_syscall( &scratch ) == 1;
    }
    destroy( &scratch, host );
    if (ret < 0) return ret;
    host->breakpoints = stops;
    host->syscall_half = half;
    host->delivery_shuts_down = delivery == KVM_EXIT_SHUTDOWN;
    /* a KVM that shuts down spins with INT in real mode, which both leave to the kernel's emulator */
    host->delivery_spins = delivery == KVM_EXIT_IO || delivery == KVM_EXIT_SHUTDOWN;
    host->out_rip_past = flat;
    host->out_rip_varies = real != flat;
    return 0;
}
