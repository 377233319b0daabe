/*
 * What KVM refuses
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
#include "exit/refused.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "registers/events_x86.h"
#include "softkvm/execute.h"
#include "softkvm/half_syscall.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* What the instruction at the RIP touches that KVM can't reach: looked for by walking its operands. */
static BOOL find_access( struct vp *vp, const struct insn *insn, BOOL (*refused)( struct vp *, UINT64, UINT32 ),
                         UINT64 *gva, UINT64 *gpa, UINT32 *type )
{
    const struct kvm_regs *regs = view_regs( vp );
    struct { UINT64 gva; UINT32 size; UINT32 type; } accesses[4];
    struct gva_context context;
    UINT32 i, count = 0, off;
    UINT64 gpr[16], stack = ~0ull, rsp;

    if (insn->element) return execute_find_refused( vp, refused, gva, gpa, type );
    if (vp_insn_mode( vp ) != INSN_MODE_64) stack = view_sregs( vp )->ss.db ? 0xffffffff : 0xffff;
    regs_to_gpr( regs, gpr );
    rsp = gpr[4];
    if (insn->has_mem && insn->mem.size && !insn->mem.vsib)
    {
        /* the address of POP goes by the rSP after it */
        if (insn->op == INSN_POP) gpr[4] = (rsp & ~stack) | ((rsp + insn->stack_size) & stack);
        accesses[count].gva = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, regs->rip + insn->length ));
        gpr[4] = rsp;
        accesses[count].size = insn->mem.size;
        accesses[count++].type = insn->mem.access & INSN_WRITE ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }
    if (insn->op == INSN_MOVS || insn->op == INSN_LODS || insn->op == INSN_CMPS || insn->op == INSN_OUTS)
    {
        accesses[count].gva = code_linear( vp, insn->string_segment, insn_get_gpr( gpr, 6, insn->address_size ));
        accesses[count].size = insn->operand_size;
        accesses[count++].type = WHvMemoryAccessRead;
    }
    if (insn->op == INSN_MOVS || insn->op == INSN_STOS || insn->op == INSN_CMPS || insn->op == INSN_SCAS || insn->op == INSN_INS)
    {
        accesses[count].gva = code_linear( vp, 0, insn_get_gpr( gpr, 7, insn->address_size ));
        accesses[count].size = insn->operand_size;
        accesses[count++].type = insn->op == INSN_CMPS || insn->op == INSN_SCAS ? WHvMemoryAccessRead : WHvMemoryAccessWrite;
    }

    if (insn->stack_size)
    {
        BOOL push = insn_is_push( insn );

        if (insn->op == INSN_LEAVE) rsp = gpr[5];
        if (push) rsp -= insn->stack_size;
        accesses[count].gva = code_linear( vp, 2, rsp & stack );
        accesses[count].size = insn->stack_size;
        accesses[count++].type = push ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }

    vp_gva_context( vp, &context );
    for (i = 0; i < count; i++)
    {
        /* first and last byte: an operand lies on one page or two */
        for (off = 0; ; off = accesses[i].size - 1)
        {
            *gva = accesses[i].gva + off;
            if (gva_translate( &context, *gva, WHvTranslateGvaFlagPrivilegeExempt, gpa ) == WHvTranslateGvaResultSuccess &&
                refused( vp, *gpa, accesses[i].type ))
            {
                *type = accesses[i].type;
                return 1;
            }
            if (off == accesses[i].size - 1u) break;
        }
    }
    return 0;
}

static BOOL refused_by_mapping( struct vp *vp, UINT64 gpa, UINT32 type )
{
    const struct gpa_range *range = gpa_find( &vp->partition->gpa, gpa );

    if (!range) return 1;
    return !(range->flags & (type == WHvMemoryAccessWrite ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead));
}

static BOOL refused_by_host( struct vp *vp, UINT64 gpa, UINT32 type )
{
    UINT8 byte;

    if (refused_by_mapping( vp, gpa, type )) return 1;
    if (FAILED(gpa_read( &vp->partition->gpa, gpa, &byte, 1 ))) return 1;
    /* KVM has refused it; that the page can be read leaves only the write */
    return type == WHvMemoryAccessWrite;
}

/* Where the processor fetches from: FALSE if that page can be executed (or does not translate: that is the guest's own fault). */
static BOOL fetch_fails( struct vp *vp, UINT64 linear, UINT64 *gpa )
{
    struct gva_context context;
    UINT8 byte;

    vp_gva_context( vp, &context );
    if (gva_translate( &context, linear, WHvTranslateGvaFlagPrivilegeExempt, gpa ) != WHvTranslateGvaResultSuccess) return 0;
    return FAILED(gpa_read( &vp->partition->gpa, *gpa, &byte, 1 ));
}

/* KVM has done nothing and says no more than that it can't: find out which access it was. */
static BOOL unexplained( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, BOOL (*refused)( struct vp *, UINT64, UINT32 ) )
{
    struct rewind_result result;
    UINT64 linear = code_linear( vp, 1, view_regs( vp )->rip ), gpa;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count, type;

    memset( &result, 0, sizeof(result) );
    result.before = *view_regs( vp );
    result.before.rflags &= ~RFLAGS_RF;
    result.gva_valid = 1;
    result.gva = linear;

    count = code_read( vp, linear, bytes, sizeof(bytes), 0 );
    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &result.insn )))
    {
        result.insn.length = 0;
        if (count < sizeof(bytes) && fetch_fails( vp, linear + count, &gpa ))
        {
            exits_take_view( vp, &result, PENDING_NONE );
            memcpy( result.bytes, bytes, count );
            result.byte_count = count;
            if (count) result.gva = linear + count;
            exits_memory_access( vp, exit, &result, gpa, WHvMemoryAccessExecute, count != 0 );
            return 1;
        }
        return 0;
    }
    memcpy( result.bytes, bytes, count );
    result.byte_count = count;
    if (!find_access( vp, &result.insn, refused, &result.gva, &gpa, &type )) return 0;
    exits_take_view( vp, &result, PENDING_NONE );
    exits_memory_access( vp, exit, &result, gpa, type, 1 );
    return 1;
}

/* Bytes that are no instruction on any processor: the guest's own #UD, which a KVM that executes ring 0 in software leaves to us. */
static BOOL is_undefined( struct vp *vp )
{
    struct insn insn;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count = code_read( vp, code_linear( vp, 1, view_regs( vp )->rip ), bytes, sizeof(bytes), 0 );

    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &insn ))) return count == sizeof(bytes);
    return insn.op == INSN_UD;
}

BOOL exits_internal_error( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL trapped = !!(view_regs( vp )->rflags & RFLAGS_TF);

    if (unexplained( vp, exit, refused_by_mapping )) return 1;
    if (vp->run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION) return exits_unsupported( vp, exit );
    if (exits_software_exception( vp, exit )) return 1;
    syscall_look( vp );
    if (execute_instruction( vp )) return trapped ? exits_step_trap( vp, exit ) : 0;
    if (!is_undefined( vp )) return exits_unsupported( vp, exit );
    events_inject( vp, VECTOR_UD, 0, 0 );
    return 0;
}

BOOL exits_host_fault( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (unexplained( vp, exit, refused_by_host )) return 1;
    return exits_unsupported( vp, exit );
}
