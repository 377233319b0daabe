/*
 * Memory exits
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

#include <string.h>

#include "exit/context.h"
#include "exit/exceptions.h"
#include "exit/mmio.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/array.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "resume/complete.h"
#include "resume/flush.h"
#include "resume/pending.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

static BOOL is_plain_load( const struct insn *insn )
{
    switch (insn->op)
    {
    case INSN_MOV: case INSN_MOVZX: case INSN_MOVSX: case INSN_MOVBE:
        return insn->has_mem && insn->operands[0].kind == INSN_OPERAND_GPR;
    case INSN_LODS:
        return !insn->rep;
    }
    return 0;
}

/* A KVM that emulates does INT3 of real mode by itself, and may meet a hole where its table or stack should be. Of a
 * store RIP may be behind: it is INT3's if it is what that pushes, and where. */
static BOOL may_be_int3( struct vp *vp )
{
    const struct kvm_regs *regs = view_regs( vp );
    const struct kvm_sregs *sregs = view_sregs( vp );
    const UINT16 frame[] = { regs->rip + 1, sregs->cs.selector, regs->rflags };
    const struct kvm_run *run = vp->run;
    UINT32 i;

    if (sregs->cr0 & CR0_PE) return 0;
    if (!run->mmio.is_write) return 1;
    for (i = 0; i < ARRAY_SIZE( frame ); i++)
        if (run->mmio.len == 2 && run->mmio.phys_addr == sregs->ss.base + (UINT16)(regs->rsp - 6 + 2 * i) &&
            load16( run->mmio.data ) == frame[i]) return 1;
    return 0;
}

static void get_access( const struct kvm_run *run, struct rewind_access *access )
{
    access->gpa = run->mmio.phys_addr;
    access->size = run->mmio.len <= 8 ? run->mmio.len : 8;
    access->write = run->mmio.is_write;
    access->more = 0;
    memcpy( access->data, run->mmio.data, sizeof(access->data) );
}

/* A store that a doorbell waits for, whole and in one piece: it is done, and the guest runs on behind it. */
static BOOL rings_doorbell( struct vp *vp )
{
    struct rewind_access access;
    struct rewind_result result;
    struct object *doorbell;

    get_access( vp->run, &access );
    if (!access.write)
    {
        /* What reads for a reason that is not found may store, too. */
        if (doorbell_in_kvm( vp->partition, access.gpa ) &&
            (!rewind_read( vp, &access, &result ) || (result.access & INSN_WRITE)))
            doorbell_leave_kvm( vp->partition, access.gpa );
        return 0;
    }
    doorbell = doorbell_find( vp->partition, access.gpa, access.size,
                              load64( access.data ) & insn_size_mask( access.size ) );
    if (!doorbell || !rewind_write( vp, &access, &result ) || result.fragments || result.half || result.lost ||
        (result.access & INSN_READ)) return 0;
    objects_signal( doorbell );
    return 1;
}

/* What exceptions and doorbells have to do with an access to no memory. TRUE: it is over, and *told says whether the
 * client hears of it. */
static BOOL is_watched_access( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, BOOL *told )
{
    *told = vp->partition->props.exception_exits && vp->partition->host->out_rip_past && may_be_int3( vp ) &&
            exits_software_exception( vp, exit );
    if (*told) return 1;
    if (!vp->partition->props.has_doorbells || !rings_doorbell( vp )) return 0;
    /* KVM steps over no store that it shows */
    *told = (view_regs( vp )->rflags & RFLAGS_TF) && exits_step_trap( vp, exit );
    return 1;
}

BOOL exits_mmio( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct rewind_access access;
    struct rewind_result result;
    enum pending_kind kind;
    BOOL found, told;
    UINT32 type;

    if (vp->partition->props.mmio_watched && is_watched_access( vp, exit, &told )) return told;

    get_access( vp->run, &access );

    if (access.write)
    {
        /* To undo what was done to the registers all that is stored must be known.
         * A device's own operand is asked for first. */
        if (access.size < 8 && !((access.gpa + access.size) & (GPA_PAGE_SIZE - 1)) &&
            gpa_find( &vp->partition->gpa, access.gpa ))
            access.more = complete_store( vp, access.data + access.size, 8 - access.size );
        found = rewind_write( vp, &access, &result );
        if ((!found || result.incomplete) && !access.more && access.size < 8 &&
            !((access.gpa + access.size) & (GPA_PAGE_SIZE - 1)) &&
            (access.more = complete_store( vp, access.data + access.size, 8 - access.size )))
            found = rewind_write( vp, &access, &result );
        if (!found)
            WARN( "vp %u: no instruction before %#llx writes %u bytes at %#llx\n", vp->index,
                  (unsigned long long)view_regs( vp )->rip, access.size, (unsigned long long)access.gpa );
        kind = result.fragments || !found ? PENDING_OTHER : PENDING_NONE;
        /* A CMPXCHG that found another value than it looked for, on memory that can only be read: it writes back what
         * is there, and the register that it compared with is lost. Nothing has changed, so there is nothing to tell:
         * let it be done. */
        if (found && result.lost) return 0;
        if (found && result.half)
        {
            kind = PENDING_HALF;
            pending_set_half( vp, result.gva, access.gpa, access.data, access.size, &result.before );
        }
        type = WHvMemoryAccessWrite;
    }
    else
    {
        found = rewind_read( vp, &access, &result );
        kind = found && result.gva_valid && !result.fragments && is_plain_load( &result.insn ) ? PENDING_LOAD
                                                                                               : PENDING_OTHER;
        /* a processor checks a read-modify-write as a write from the start */
        type = found && result.access & INSN_WRITE ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }
    exits_take_view( vp, &result, kind );
    exits_memory_access( vp, exit, &result, access.gpa, type, found );
    return 1;
}

BOOL exits_half( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct pending *pending = &vp->arch.pending;
    struct rewind_result result;

    if (pending->kind != PENDING_HALF || !complete_is_rerun( vp )) return 0;
    if (SUCCEEDED(gpa_write( &vp->partition->gpa, pending->gpa, pending->data, pending->size )))
    {
        *view_edit_regs( vp ) = *view_kvm_regs( vp );
        pending_clear( vp );
        return 0;
    }
    rewind_at( vp, &result );
    result.byte_count = pending->insn->length;
    result.gva = pending->gva;
    result.gva_valid = 1;
    exits_memory_access( vp, exit, &result, pending->gpa, WHvMemoryAccessWrite, 1 );
    return 1;
}
