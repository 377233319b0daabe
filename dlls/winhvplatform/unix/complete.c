/*
 * Completion: what the client left -> what KVM must do
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

#include "code.h"
#include "complete.h"
#include "exits.h"
#include "gva.h"
#include "kvm.h"
#include "regs.h"
#include "rewind.h"
#include "trace.h"

/* A flush ends after as many calls as the instruction has fragments: a REP string instruction is cut short, a page of XSAVE is
 * 512 fragments of 8 bytes. What takes longer is a KVM that we do not know. */
#define FLUSH_LIMIT 2048

/* ---- flush ---- */

/* Memory that the flush would write: its bytes now, to be fed back or put back. Of an operand that lies on two pages one half
 * may be a device's. */
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

static void save_destination( struct vp *vp, const struct kvm_regs *regs, struct flush_memory *memory )
{
    const struct insn *insn = &vp->pending.insn;
    UINT64 gpr[16], ss = ~0ull;

    memset( memory, 0, sizeof(*memory) );
    if (!insn->length) return;
    regs_to_gpr( regs, gpr );
    switch (insn->op)
    {
    case INSN_MOVS:
    case INSN_INS:
        memory->gva = code_linear( vp, 0, insn_get_gpr( gpr, 7, insn->address_size ));
        memory->size = insn->operand_size;
        break;
    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_ENTER:
    case INSN_CALL:
    case INSN_CALL_FAR:
        if (vp_insn_mode( vp ) != INSN_MODE_64) ss = vp->run->s.regs.sregs.ss.db ? 0xffffffff : 0xffff;
        memory->size = insn->op == INSN_CALL_FAR ? 2 * insn->stack_size : insn->stack_size;
        memory->gva = code_linear( vp, 2, (gpr[4] - memory->size) & ss );
        break;
    default:
        if (!insn->has_mem || !(insn->mem.access & INSN_WRITE) || insn->mem.size > sizeof(memory->bytes)) return;
        if (insn->op == INSN_POP)
        {
            if (vp_insn_mode( vp ) != INSN_MODE_64) ss = vp->run->s.regs.sregs.ss.db ? 0xffffffff : 0xffff;
            gpr[4] = (gpr[4] & ~ss) | ((gpr[4] + insn->stack_size) & ss);
        }
        memory->gva = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, regs->rip + insn->length ));
        memory->size = insn->mem.size;
        break;
    }
    memory->first = GPA_PAGE_SIZE - (memory->gva & (GPA_PAGE_SIZE - 1));
    if (memory->first > memory->size) memory->first = memory->size;
    save_part( vp, memory, 0, 0, memory->first );
    save_part( vp, memory, 1, memory->first, memory->size - memory->first );
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
    INT64 step = vp->kvm_regs.rflags & RFLAGS_DF ? -(INT64)run->io.size : run->io.size;
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

/* What other processors see of it: MOVS, INS and PUSH m store what stands there already. CALL m stores a return address below
 * the stack pointer, where nothing is anybody's; it is put back. A read-modify-write or a store that lies half in memory and half
 * in a device changes its half for a moment: who writes there at the same time loses that. */
static HRESULT flush( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    struct kvm_sync_regs view = run->s.regs;
    const struct insn *insn = &vp->pending.insn;
    BOOL string = insn->length && insn_is_string( insn );
    struct flush_memory memory;
    UINT32 i, fed = 0;
    HRESULT hr;
    int ret = 0;

    /* the processor state that KVM finishes the instruction with is its own, not what the client has made of it */
    run->s.regs.regs = vp->kvm_regs;
    run->s.regs.sregs = vp->kvm_sregs;
    save_destination( vp, &vp->kvm_regs, &memory );
    if (touches_vector( insn ) && !(vp->lazy_dirty & VP_XSAVE))
    {
        if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) goto done;
        vp->lazy_dirty |= VP_XSAVE;
    }

    run->kvm_valid_regs = 0;
    run->kvm_dirty_regs = 0;
    if (string && insn->rep)
    {
        /* This item, not all RCX of them; of INS those that KVM has asked for already. Not 0: the instruction would end before
         * it takes the data, which KVM would then give to the next MMIO read (vcpu->mmio_read_completed). */
        run->s.regs.regs.rcx = insn->op == INSN_INS && run->exit_reason == KVM_EXIT_IO ? run->io.count : 1;
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
           (unsigned long long)vp->kvm_regs.rip, i + 1 );
    hr = ret == -EINTR || ret == -EAGAIN ? S_OK : ret < 0 ? hresult_from_errno( ret ) : HRESULT_FROM_WIN32_GEN_FAILURE;
    run->s.regs.regs = vp->kvm_regs;
    restore_destination( vp, &memory );
    /* what could not be flushed is still to be */
    if (SUCCEEDED(hr)) vp->pending.kind = PENDING_NONE;

done:
    run->s.regs = view;
    vp->dirty |= SYNC_ALL;
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
    if (vp->stepping) run->s.regs.regs.rflags |= RFLAGS_TF;
    vp->kvm_regs = run->s.regs.regs;
    return ret;
}

/* ---- prediction ---- */

/* Size, in the sense of KVM's completion: what is left of a register when size bytes of it are written. */
static BOOL predict_gpr( const struct insn *insn, const UINT64 view[16], UINT64 want[16], UINT8 reg, UINT8 size,
                         UINT8 data_size, BOOL sign, UINT64 *data )
{
    UINT64 value = insn_get_gpr( view, reg, size );

    *data = data_size >= 8 ? value : value & ((1ull << data_size * 8) - 1);
    if (insn->op == INSN_MOVBE) *data = __builtin_bswap64( *data ) >> (8 - data_size) * 8;
    else if (data_size < size)
    {
        UINT64 extended = sign ? (UINT64)((INT64)(*data << (64 - data_size * 8)) >> (64 - data_size * 8)) : *data;

        if (size < 8) extended &= (1ull << size * 8) - 1;
        if (extended != value) return 0;
    }
    insn_set_gpr( want, reg, size, value );
    return 1;
}

/* Is the client's view what KVM makes of the pending instruction with some data? Then feed that data. */
static BOOL predict( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    const struct insn *insn = &vp->pending.insn;
    const struct kvm_regs *view = &run->s.regs.regs;
    struct kvm_regs want = vp->kvm_regs;
    UINT64 gpr[16], seen[16], data;

    if (view->rip != vp->pending.end) return 0;
    /* KVM in hardware would trap behind what it completes, but the client has done it, and steps from there */
    if (view->rflags & RFLAGS_TF) return 0;
    want.rip = vp->pending.end;
    want.rflags &= ~RFLAGS_RF;
    regs_to_gpr( &want, gpr );
    regs_to_gpr( view, seen );

    switch (vp->pending.kind)
    {
    case PENDING_OUT:
        break;
    case PENDING_IN:
        if (!predict_gpr( insn, seen, gpr, 0, insn->operand_size, insn->operand_size, 0, &data )) return 0;
        memcpy( (UINT8 *)run + run->io.data_offset, &data, run->io.size );
        break;
    case PENDING_LOAD:
        if (insn->op == INSN_LODS)
        {
            INT64 step = want.rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;

            insn_set_gpr( gpr, 6, insn->address_size, insn_get_gpr( gpr, 6, insn->address_size ) + step );
            if (!predict_gpr( insn, seen, gpr, 0, insn->operand_size, insn->operand_size, 0, &data )) return 0;
        }
        else if (!predict_gpr( insn, seen, gpr, insn->operands[0].reg, insn->operands[0].size, insn->mem.size,
                               insn->op == INSN_MOVSX, &data )) return 0;
        memcpy( run->mmio.data, &data, sizeof(run->mmio.data) );
        break;
    case PENDING_MSR:
        run->msr.error = 0;
        if (insn->op == INSN_WRMSR || run->exit_reason == KVM_EXIT_X86_WRMSR) break;
        if (!predict_gpr( insn, seen, gpr, 0, 4, 4, 0, &data )) return 0;
        run->msr.data = data;
        if (!predict_gpr( insn, seen, gpr, 2, 4, 4, 0, &data )) return 0;
        run->msr.data |= data << 32;
        break;
    default:
        return 0;
    }
    regs_from_gpr( &want, gpr );
    return !memcmp( &want, view, sizeof(want) );
}

/* An interrupt or NMI that the client adds comes behind the instruction then, as if it had been raised a moment later. */
BOOL complete_is_rerun( const struct vp *vp )
{
    return !(vp->dirty & (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS)) && !vp->run->s.regs.events.exception.injected &&
           !memcmp( &vp->run->s.regs.regs, &vp->pending.shown, sizeof(vp->pending.shown) );
}

/* KVM takes what the client has set before it completes: it finds its place by the linear address, which a code segment elsewhere
 * moves, and clears an interrupt shadow as it leaves the instruction. */
static BOOL is_in_the_way( const struct vp *vp )
{
    const struct kvm_sync_regs *view = &vp->run->s.regs;

    if ((vp->dirty & KVM_SYNC_X86_SREGS) &&
        (memcmp( &view->sregs.cs, &vp->kvm_sregs.cs, sizeof(view->sregs.cs) ) || view->sregs.cr0 != vp->kvm_sregs.cr0 ||
         view->sregs.efer != vp->kvm_sregs.efer)) return 1;
    return (vp->dirty & KVM_SYNC_X86_EVENTS) && view->events.interrupt.shadow;
}

HRESULT complete_prepare( struct vp *vp )
{
    struct kvm_regs *view = &vp->run->s.regs.regs;
    HRESULT hr;

    switch (vp->pending.kind)
    {
    case PENDING_HALF:
        /* KVM has nothing in mind; the client has emulated the instruction or gone elsewhere */
        vp->pending.kind = PENDING_NONE;
        /* fall through */
    case PENDING_NONE:
        if (memcmp( view, &vp->kvm_regs, sizeof(*view) )) vp->dirty |= KVM_SYNC_X86_REGS;
        break;
    case PENDING_OUT:
    case PENDING_IN:
    case PENDING_LOAD:
    case PENDING_MSR:
        /* events and special registers that the client has changed go in with the same KVM_RUN: KVM takes them before it
         * completes. The general registers must be KVM's own, as they are in the sync area of KVM, not in ours. */
        if (!(vp->dirty & KVM_SYNC_X86_REGS) && !is_in_the_way( vp ) && predict( vp )) break;
        if (FAILED(hr = flush( vp ))) return hr;
        break;
    case PENDING_ANSWERED:
        /* the latch or a stopper came between the exit and the next entry, and the client has set something */
        if (!vp->dirty && !memcmp( view, &vp->kvm_regs, sizeof(*view) )) break;
        /* fall through */
    case PENDING_OTHER:
        if (FAILED(hr = flush( vp ))) return hr;
        break;
    }
    /* __set_sregs queues what it finds there; what is pending is said by the events */
    if (vp->dirty & KVM_SYNC_X86_SREGS)
        memset( vp->run->s.regs.sregs.interrupt_bitmap, 0, sizeof(vp->run->s.regs.sregs.interrupt_bitmap) );
    return S_OK;
}

HRESULT complete_discard( struct vp *vp )
{
    if (vp->pending.kind == PENDING_HALF) vp->pending.kind = PENDING_NONE;
    if (vp->pending.kind == PENDING_NONE) return S_OK;
    return flush( vp );
}
