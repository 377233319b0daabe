/*
 * Flush
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
#include <string.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* A flush ends after as many calls as the instruction has fragments: a REP string instruction is cut short, a page of
 * XSAVE is 512 fragments of 8 bytes. What takes longer is a KVM that we do not know. */
#define FLUSH_LIMIT 2048

/* ---- flush ---- */

/* Memory that the flush would write: its bytes now, to be fed back or put back. Of an operand that lies on two pages
 * one half may be a device's. */
struct flush_memory
{
    UINT64 gva;
    UINT32 size;                /* 0: none */
    UINT32 first;               /* bytes on the first page */
    UINT8  bytes[64];
    BOOL   valid[2];            /* of each page: bytes are what stands there */
    UINT64 gpa[2];              /* where: the store may be to the page tables themselves */
};

static void save_part( struct vp *vp, struct flush_memory *memory, UINT32 page, UINT32 from, UINT32 size )
{
    struct gva_context context;

    vp_gva_context( vp, &context );
    memory->valid[page] = size && gva_translate( &context, memory->gva + from, WHvTranslateGvaFlagPrivilegeExempt,
                                                 &memory->gpa[page] ) == WHvTranslateGvaResultSuccess &&
                          SUCCEEDED(gpa_read( &vp->partition->gpa, memory->gpa[page], memory->bytes + from, size ));
}

static void save_access( struct vp *vp, const struct insn_access *access, struct flush_memory *memory )
{
    if (access->size > sizeof(memory->bytes)) return;
    memory->gva = code_linear( vp, access->segment, access->offset );
    memory->size = access->size;
    memory->first = GPA_PAGE_SIZE - (memory->gva & (GPA_PAGE_SIZE - 1));
    if (memory->first > memory->size) memory->first = memory->size;
    save_part( vp, memory, 0, 0, memory->first );
    save_part( vp, memory, 1, memory->first, memory->size - memory->first );
}

/* Where a store has made the exit, what lies in memory is written: nothing more will be. */
static void save_destination( struct vp *vp, const struct kvm_regs *regs, struct flush_memory *memory )
{
    const struct insn *insn = vp->arch.pending.insn;
    struct insn_access_list list;
    UINT64 gpr[16];
    struct insn_state state = { .gpr = gpr, .next_rip = regs->rip + insn->length };
    UINT32 i;

    memset( memory, 0, sizeof(*memory) );
    if (!insn->length || !insn_stores( insn )) return;
    if (vp->run->exit_reason == KVM_EXIT_MMIO && vp->run->mmio.is_write) return;
    state.stack_size = vp_stack_size( vp );
    regs_to_gpr( regs, gpr );
    insn_accesses( insn, &state, &list );
    insn_merge_accesses( &list );
    for (i = 0; i < list.count; i++)
    {
        if (!(list.access[i].access & INSN_WRITE) || list.access[i].kind == INSN_ACCESS_PORT) continue;
        save_access( vp, &list.access[i], memory );
        break;
    }
}

static void restore_destination( struct vp *vp, const struct flush_memory *memory )
{
    if (memory->valid[0]) gpa_write( &vp->partition->gpa, memory->gpa[0], memory->bytes, memory->first );
    if (memory->valid[1])
        gpa_write( &vp->partition->gpa, memory->gpa[1], memory->bytes + memory->first, memory->size - memory->first );
}

/* Does KVM's completion write a register that the sync sets do not carry? */
static BOOL touches_vector( const struct insn *insn )
{
    UINT32 i;

    if (!insn->length) return 1;
    for (i = 0; i < insn->operand_count; i++)
        if (insn->operands[i].kind == INSN_OPERAND_OTHER ||
            ((insn->operands[i].kind == INSN_OPERAND_VECTOR || insn->operands[i].kind == INSN_OPERAND_MMX) &&
             (insn->operands[i].access & INSN_WRITE))) return 1;
    return insn->op == INSN_OTHER || (insn->op >= INSN_FXSAVE && insn->op <= INSN_FRSTOR);
}

static void feed_io( struct vp *vp, const struct flush_memory *memory )
{
    struct kvm_run *run = vp->run;
    UINT8 *data = (UINT8 *)run + run->io.data_offset;
    INT64 step = insn_string_step( vp->arch.pending.insn, view_kvm_regs( vp )->rflags );
    UINT32 size = run->io.size, left = run->io.count, first;
    UINT64 gva = memory->gva;

    if (run->io.direction != KVM_EXIT_IO_IN || !memory->size) return;
    if (step > 0)
    {
        size *= left;
        left = 1;
    }
    /* INS writes item after item: each place gets what it has, and of what is half a device's the other half */
    for (; left; left--, gva += step, data += run->io.size)
    {
        UINT32 done;

        for (done = 0; done < size; done += first)
        {
            first = GPA_PAGE_SIZE - ((gva + done) & (GPA_PAGE_SIZE - 1));
            if (first > size - done) first = size - done;
            code_read( vp, gva + done, data + done, first, 0 );
        }
    }
}

HRESULT complete_flush( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    struct kvm_sync_regs view;
    const struct insn *insn = vp->arch.pending.insn;
    BOOL string = insn->length && insn_is_string( insn );
    struct flush_memory memory;
    UINT32 i, fed = 0;
    HRESULT hr;
    int ret = 0;

    /* the processor state that KVM finishes the instruction with is its own, not what the client has made of it */
    view_put_by( vp, &view );
    save_destination( vp, view_kvm_regs( vp ), &memory );
    if (touches_vector( insn ) && !(vp->arch.lazy.dirty & VP_XSAVE))
    {
        if (FAILED(hr = lazy_fetch( vp, VP_XSAVE ))) goto done;
        lazy_touch( vp, VP_XSAVE );
    }

    run->kvm_valid_regs = 0;
    run->kvm_dirty_regs = 0;
    if (string && insn->rep)
    {
        /* This item, not all RCX of them; of INS those that KVM has asked for already. Not 0: the instruction would end
         * before it takes the data, which KVM would then give to the next MMIO read (vcpu->mmio_read_completed). */
        view_edit_regs( vp )->rcx = insn->op == INSN_INS && run->exit_reason == KVM_EXIT_IO ? run->io.count : 1;
        run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    }
    for (i = 0; i < FLUSH_LIMIT; i++)
    {
        if (run->exit_reason == KVM_EXIT_IO) feed_io( vp, &memory );
        else if (run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write)
        {
            memset( run->mmio.data, 0, sizeof(run->mmio.data) );
            if ((string || insn->op == INSN_PUSH) && fed < memory.size)
                memcpy( run->mmio.data, memory.bytes + fed, memory.size - fed < 8 ? memory.size - fed : 8 );
            fed += run->mmio.len;
        }
        else if (run->exit_reason == KVM_EXIT_X86_RDMSR || run->exit_reason == KVM_EXIT_X86_WRMSR)
        {
            run->msr.error = 0;
            run->msr.data = 0;
        }
        run->immediate_exit = 1;
        if ((ret = kvm_run_vcpu( vp->fd )) < 0) break;
        run->kvm_dirty_regs = 0;
    }
    TRACE( "vp %u: flushed %s at %#llx in %u calls\n", vp->index, insn->length ? "instruction" : "unknown instruction",
           (unsigned long long)view_kvm_regs( vp )->rip, i + 1 );
    hr = ret == -EINTR || ret == -EAGAIN ? S_OK : ret < 0 ? hresult_from_errno( ret ) : HRESULT_FROM_WIN32_GEN_FAILURE;
    *view_edit_regs( vp ) = *view_kvm_regs( vp );
    restore_destination( vp, &memory );
    /* what could not be flushed is still to be */
    if (SUCCEEDED(hr)) pending_clear( vp );

done:
    view_put_back( vp, &view );
    view_touch( vp, SYNC_ALL );
    return hr;
}

UINT32 complete_store( struct vp *vp, UINT8 *data, UINT32 room )
{
    struct kvm_run *run = vp->run;
    UINT64 next = run->mmio.phys_addr;
    UINT32 i, done = 0;

    run->kvm_valid_regs = 0;
    run->kvm_dirty_regs = 0;
    for (i = 0; i < FLUSH_LIMIT; i++)
    {
        run->immediate_exit = 1;
        if (kvm_run_vcpu( vp->fd ) < 0 || run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write) break;
        if (i && run->mmio.phys_addr != next) continue;
        if (run->mmio.len > room - done) continue;
        memcpy( data + done, run->mmio.data, run->mmio.len );
        done += run->mmio.len;
        next = run->mmio.phys_addr + run->mmio.len;
    }
    return done;
}

int complete_silently( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    int ret;

    run->kvm_valid_regs = SYNC_ALL;
    run->kvm_dirty_regs = 0;
    run->immediate_exit = 1;
    ret = kvm_run_vcpu( vp->fd );
    view_take( vp );
    view_unmask_kvm( vp );
    return ret;
}

HRESULT complete_discard( struct vp *vp )
{
    if (vp->arch.pending.kind == PENDING_HALF) pending_clear( vp );
    if (vp->arch.pending.kind == PENDING_NONE) return S_OK;
    return complete_flush( vp );
}
