/*
 * Executing what KVM lacks
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

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "registers/events_x86.h"
#include "softkvm/elements.h"
#include "softkvm/execute.h"
#include "softkvm/fault.h"
#include "softkvm/memory.h"
#include "softkvm/native.h"
#include "softkvm/state.h"
#include "softkvm/system.h"
#include "softkvm/xsave.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* Also the fences, which guests execute at every look at the clock. CLFLUSH and CLWB are here without the faults of
 * their addresses. */
static enum execute_result hint( struct execute *ex )
{
    __sync_synchronize();
    return ex->insn.lock ? execute_fault( ex, VECTOR_UD ) : EXECUTE_DONE;
}

static enum execute_result cmpxchg16b( struct execute *ex )
{
    UINT64 expected[2] = { ex->gpr[RAX], ex->gpr[RDX] }, desired[2] = { ex->gpr[RBX], ex->gpr[RCX] };
    struct execute_memory memory;
    enum execute_result result;
    HRESULT hr;

    if (execute_address( ex ) & 15) return execute_fault( ex, VECTOR_GP );
    if ((result = execute_open_operand( ex, &memory )) != EXECUTE_DONE) return result;
    if (FAILED(hr = gpa_compare_exchange16( &ex->vp->partition->gpa, memory.parts[0].gpa, expected, desired )))
        return EXECUTE_REFUSED;
    ex->rflags &= ~RFLAGS_ZF;
    if (hr == S_OK) ex->rflags |= RFLAGS_ZF;
    else
    {
        ex->gpr[RAX] = expected[0];
        ex->gpr[RDX] = expected[1];
    }
    return EXECUTE_DONE;
}

static enum execute_result clzero( struct execute *ex )
{
    static const UINT8 zero[64];
    struct execute_memory memory;
    enum execute_result result;
    struct insn_state state = { .gpr = ex->gpr };
    struct insn_access_list list;

    insn_accesses( &ex->insn, &state, &list );
    if ((result = execute_open_access( ex, &list.access[0], &memory )) != EXECUTE_DONE) return result;
    return execute_write( ex, &memory, 0, zero, memory.size ) ? EXECUTE_DONE : EXECUTE_REFUSED;
}

/* What has code of its own; everything else is tried on the host CPU. */
static const execute_func functions[INSN_OP_COUNT] =
{
    [INSN_CMPXCHG16B] = cmpxchg16b,
    [INSN_CLZERO]     = clzero,
    [INSN_FLUSH]      = hint,
    [INSN_HINT]       = hint,
    [INSN_VMASKMOV]   = execute_elements,
    [INSN_MASKMOV]    = execute_elements,
    [INSN_GATHER]     = execute_elements,
    [INSN_INT]        = execute_int,
    [INSN_INT1]       = execute_int,
    [INSN_INT3]       = execute_int,
    [INSN_INTO]       = execute_int,
    [INSN_IRET]       = execute_iret,
    [INSN_SYSRET]     = execute_sysret,
    [INSN_XSAVE]      = execute_xsave,
    [INSN_XSAVEOPT]   = execute_xsave,
    [INSN_XSAVEC]     = execute_xsave,
    [INSN_XSAVES]     = execute_xsave,
    [INSN_XRSTOR]     = execute_xrstor,
    [INSN_XRSTORS]    = execute_xrstor,
    [INSN_XGETBV]     = execute_xgetbv,
    [INSN_XSETBV]     = execute_xsetbv,
    [INSN_LDMXCSR]    = execute_ldmxcsr,
    [INSN_STMXCSR]    = execute_stmxcsr,
    [INSN_RDFSBASE]   = execute_fsgsbase,
    [INSN_RDGSBASE]   = execute_fsgsbase,
    [INSN_WRFSBASE]   = execute_fsgsbase,
    [INSN_WRGSBASE]   = execute_fsgsbase,
    [INSN_CLAC]       = execute_smap,
    [INSN_STAC]       = execute_smap,
    [INSN_INVPCID]    = execute_invpcid,
    [INSN_RDPID]      = execute_rdpid,
    [INSN_RDTSCP]     = execute_rdpid,
};

/* rip: of the instruction. */
static void deliver( struct execute *ex, UINT64 rip )
{
    UINT8 type = ex->event_soft ? TYPE_SOFTWARE_INTERRUPT : ex->insn.op == INSN_INT1 ? TYPE_PRIVILEGED_EXCEPTION
                                                                                     : TYPE_SOFTWARE_EXCEPTION;

    events_note_software( ex->vp, type, ex->event, ex->insn.length, rip );
    if (!ex->event_soft)
    {
        execute_fault_code( ex, ex->event, ~0u, 0 );
        return;
    }
    events_inject_interrupt( ex->vp, ex->event );
    view_edit_events( ex->vp )->interrupt.soft = 1;
}

/* The instruction at the RIP. seen: its page has been read for this exit. */
static BOOL decode( struct vp *vp, struct execute *ex, BOOL seen )
{
    const struct kvm_regs *regs = view_regs( vp );

    memset( ex, 0, sizeof(*ex) );
    ex->vp = vp;
    ex->mode = vp_insn_mode( vp );
    ex->count = code_read( vp, code_linear( vp, SEGMENT_CS, regs->rip ), ex->bytes, sizeof(ex->bytes), seen );
    if (FAILED(insn_decode( ex->bytes, ex->count, ex->mode, &ex->insn ))) return 0;
    ex->cpl = vp_cpl( vp );
    ex->event = -1;
    ex->rflags = regs->rflags;
    ex->rip = regs->rip + ex->insn.length;
    if (ex->mode != INSN_MODE_64) ex->rip = (UINT32)ex->rip;
    regs_to_gpr( regs, ex->gpr );
    vp_gva_context( vp, &ex->gva );
    return 1;
}

/* only_native: leave alone what KVM may know as well. */
static enum execute_result execute_one( struct vp *vp, BOOL only_native, BOOL seen )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    UINT64 rip = regs->rip;
    struct execute ex;
    enum execute_result result;
    execute_func func;

    if (!decode( vp, &ex, seen )) return EXECUTE_REFUSED;
    if (!(func = functions[ex.insn.op])) func = execute_native;
    else if (only_native && func != hint && func != execute_elements) return EXECUTE_REFUSED;
    if ((result = func( &ex )) != EXECUTE_DONE) return result;

    regs_from_gpr( regs, ex.gpr );
    regs->rip = ex.rip;
    regs->rflags = ex.rflags & ~RFLAGS_RF;
    if (view_events( vp )->interrupt.shadow)
    {
        view_edit_events( vp )->interrupt.shadow = 0;
        view_edit_events( vp )->flags |= KVM_VCPUEVENT_VALID_SHADOW;
    }
    if (ex.event < 0) return EXECUTE_DONE;
    deliver( &ex, rip );
    return EXECUTE_FAULT;
}

/* Vector code comes in runs, and an exit with the vector state there and back costs ten times
 * what the instruction does. */
#define MAX_RUN 64

BOOL execute_instruction( struct vp *vp )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 page = code_linear( vp, SEGMENT_CS, regs->rip ) / GPA_PAGE_SIZE, last;
    enum execute_result result = execute_one( vp, 0, 0 );
    UINT32 i;

    /* breakpoints, steps and events are KVM's to see to; what is refused now KVM tries first */
    for (i = 1; i < MAX_RUN && result == EXECUTE_DONE; i++)
    {
        if (vp->arch.debug.active || vp->thread.cancel || vp->thread.stoppers ||
            !(vp->arch.lazy.dirty & VP_XSAVE)) break;
        if (regs->rflags & RFLAGS_TF) break;
        last = page;
        page = code_linear( vp, SEGMENT_CS, regs->rip ) / GPA_PAGE_SIZE;
        if (execute_one( vp, 1, page == last ) != EXECUTE_DONE) break;
    }
    return result != EXECUTE_REFUSED;
}
