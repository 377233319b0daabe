/*
 * Probing the host's KVM
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
#include <string.h>
#include <sys/mman.h>

#include "capability.h"

/* Where kvm_intel wants pages of its own for real mode on CPUs without unrestricted guest. */
#define IDENTITY_MAP_GPA 0xfeffc000
#define TSS_GPA          0xfeffd000

#define PAGE_SIZE   0x1000
#define PORT        0xe9
#define CODE_REAL   0x100
#define CODE_FLAT   0x200

/* Signals of others may interrupt; the code itself leaves the guest with its first instruction or its second. */
#define MAX_RUNS    100

struct scratch
{
    int             vm, vcpu;
    UINT8          *page;
    struct kvm_run *run;
};

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
    struct kvm_segment segment = { .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1, .db = 1, .s = 1, .g = 1 };

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

static int create( struct scratch *scratch, const struct host *host )
{
    struct kvm_userspace_memory_region region = { .memory_size = PAGE_SIZE };
    int ret;

    if ((scratch->vm = kvm_create_vm( host->kvm )) < 0) return scratch->vm;
    /* AMD has no use for them and may refuse */
    kvm_set_identity_map_addr( scratch->vm, IDENTITY_MAP_GPA );
    kvm_set_tss_addr( scratch->vm, TSS_GPA );

    scratch->page = mmap( NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (scratch->page == MAP_FAILED) return -errno;
    memcpy( scratch->page + CODE_REAL, code, sizeof(code) );
    memcpy( scratch->page + CODE_FLAT, code, sizeof(code) );
    region.userspace_addr = (uintptr_t)scratch->page;
    if ((ret = kvm_set_memory_region( scratch->vm, &region )) < 0) return ret;

    if ((scratch->vcpu = kvm_create_vcpu( scratch->vm, 0 )) < 0) return scratch->vcpu;
    return kvm_map_run( scratch->vcpu, host->run_size, &scratch->run );
}

static void destroy( struct scratch *scratch, const struct host *host )
{
    if (scratch->run) kvm_unmap_run( scratch->run, host->run_size );
    if (scratch->vcpu >= 0) kvm_close( scratch->vcpu );
    if (scratch->vm >= 0) kvm_close( scratch->vm );
    if (scratch->page != MAP_FAILED) munmap( scratch->page, PAGE_SIZE );
}

int probe_x86( struct host *host )
{
    struct scratch scratch = { .vm = -1, .vcpu = -1, .page = MAP_FAILED };
    int ret, real = 0, flat = 0;

    if ((ret = create( &scratch, host )) >= 0 &&
        (ret = real = measure( &scratch, CODE_REAL, set_real )) >= 0) ret = flat = measure( &scratch, CODE_FLAT, set_flat );
    destroy( &scratch, host );
    if (ret < 0) return ret;
    host->out_rip_past = flat;
    host->out_rip_varies = real != flat;
    return 0;
}
