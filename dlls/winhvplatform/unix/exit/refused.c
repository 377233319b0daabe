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
#include "exit/delivery.h"
#include "exit/exceptions.h"
#include "exit/refused.h"
#include "exit/refused_access.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/feature.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gva_x86.h"
#include "registers/events_x86.h"
#include "softkvm/execute.h"
#include "softkvm/half_syscall.h"
#include "softkvm/unit.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* Where the processor fetches from: FALSE if that page can be executed (or does not translate:
 * that is the guest's own fault). */
static BOOL fetch_fails( struct vp *vp, UINT64 linear, UINT64 *gpa )
{
    struct gva_context context;
    UINT8 byte;

    vp_gva_context( vp, &context );
    if (gva_translate( &context, linear, WHvTranslateGvaFlagPrivilegeExempt, gpa ) != WHvTranslateGvaResultSuccess)
        return 0;
    return FAILED(gpa_read( &vp->partition->gpa, *gpa, &byte, 1 ));
}

/* KVM has done nothing and says no more than that it can't: find out which access it was. */
static BOOL unexplained( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, refused_func refused )
{
    struct refused_access access;
    struct rewind_result result;
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), gpa;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;

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
    if (!refused_find( vp, &result.insn, refused, &access )) return 0;
    result.gva = access.gva;
    exits_take_view( vp, &result, PENDING_NONE );
    exits_memory_access( vp, exit, &result, access.gpa, access.type, 1 );
    return 1;
}

/* Bytes that are no instruction on any processor, or on none that the guest's CPUID describes: the guest's own #UD,
 * which a KVM that executes ring 0 in software leaves to us. */
static BOOL is_undefined( struct vp *vp )
{
    struct insn insn;
    struct insn_feature feature;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count = code_read( vp, code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), bytes, sizeof(bytes), 0 );

    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &insn ))) return count == sizeof(bytes);
    if (insn.op == INSN_UD) return 1;
    return insn_find_feature( bytes, count, vp_insn_mode( vp ), &feature ) &&
           !execute_is_offered( vp, feature.leaf, feature.reg, feature.bit );
}

BOOL exits_internal_error( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    BOOL trapped = !!(view_regs( vp )->rflags & RFLAGS_TF), tell;

    if (exits_undelivered( vp, exit, &tell )) return tell;
    if (unexplained( vp, exit, refused_by_mapping )) return 1;
    if (vp->run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION) return exits_unsupported( vp, exit );
    if (exits_software_exception( vp, exit )) return 1;
    syscall_look( vp );
    if (execute_instruction( vp )) return exits_raised( vp, exit ) || (trapped && exits_step_trap( vp, exit ));
    if (!is_undefined( vp )) return exits_unsupported( vp, exit );
    events_inject( vp, VECTOR_UD, 0, 0 );
    return exits_raised( vp, exit );
}

BOOL exits_host_fault( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (exits_delivery( vp, exit, refused_by_host ) || unexplained( vp, exit, refused_by_host )) return 1;
    return exits_unsupported( vp, exit );
}
