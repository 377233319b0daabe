/*
 * Exit contexts
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

#include <stdio.h>
#include <string.h>

#include "exit/context.h"
#include "exit/debug.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "registers/events_x86.h"
#include "resume/pending.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

WHV_RUN_VP_EXIT_CONTEXT *exits_start( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_RUN_VP_EXIT_REASON reason,
                                      UINT8 length )
{
    return exits_begin( vp, exit, reason, length );
}

void exits_trace( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    const WHV_MEMORY_ACCESS_CONTEXT *memory = &exit->MemoryAccess;
    const WHV_VP_EXIT_CONTEXT *vp = &exit->VpContext;
    char text[80] = "", *to = text;
    const UINT8 *bytes = NULL;
    UINT32 i, count = 0;

    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        to += sprintf( to, " access %u gpa %#llx", memory->AccessInfo.AccessType, (unsigned long long)memory->Gpa );
        bytes = memory->InstructionBytes;
        count = memory->InstructionByteCount;
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        to += sprintf( to, " %s port %#x size %u%s%s", io->AccessInfo.IsWrite ? "out" : "in", io->PortNumber,
                       io->AccessInfo.AccessSize, io->AccessInfo.StringOp ? " string" : "",
                       io->AccessInfo.RepPrefix ? " rep" : "" );
        bytes = io->InstructionBytes;
        count = io->InstructionByteCount;
        break;
    default:
        break;
    }
    for (i = 0; i < count && to < text + sizeof(text) - 4; i++) to += sprintf( to, "%s%02x", i ? "" : " ", bytes[i] );
    TRACE( "vp %u: exit %#x cs %x rip %#llx%s\n", index, exit->ExitReason, vp->Cs.Selector,
               (unsigned long long)vp->Rip, text );
}

void exits_take_view( struct vp *vp, const struct rewind_result *result, enum pending_kind kind )
{
    *view_edit_regs( vp ) = result->before;
    pending_set( vp, kind, &result->insn );
}

void exits_memory_access( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, const struct rewind_result *result, UINT64 gpa,
                          UINT32 type, BOOL bytes )
{
    WHV_MEMORY_ACCESS_CONTEXT *access = &exits_start( vp, exit, WHvRunVpExitReasonMemoryAccess, 0 )->MemoryAccess;

    access->AccessInfo.AccessType = type;
    access->AccessInfo.GpaUnmapped = !gpa_find( &vp->partition->gpa, gpa );
    access->AccessInfo.GvaValid = result->gva_valid;
    access->Gpa = gpa;
    access->Gva = result->gva_valid ? result->gva : 0;
    if (bytes) access->InstructionByteCount = exits_fill_bytes( access->InstructionBytes, result );
}

BOOL exits_unsupported( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    WHV_X64_UNSUPPORTED_FEATURE_CONTEXT *context;
    UINT8 bytes[16] = { 0 };
    UINT32 count = code_read( vp, code_linear( vp, SEGMENT_CS, view_regs( vp )->rip ), bytes, sizeof(bytes), 0 );

    WARN( "vp %u: KVM can't execute the instruction at %#llx: %02x %02x %02x %02x (%u bytes)\n", vp->index,
          (unsigned long long)view_regs( vp )->rip, bytes[0], bytes[1], bytes[2], bytes[3], count );
    context = &exits_start( vp, exit, WHvRunVpExitReasonUnsupportedFeature, 0 )->UnsupportedFeature;
    context->FeatureCode = WHvUnsupportedFeatureIntercept;
    memcpy( &context->FeatureParameter, bytes, sizeof(context->FeatureParameter) );
    return 1;
}

BOOL exits_unknown( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    pending_set_unknown( vp );
    return exits_unsupported( vp, exit );
}

void exits_canceled( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    exits_start( vp, exit, WHvRunVpExitReasonCanceled, 0 )->CancelReason.CancelReason = WHvRunVpCancelReasonUser;
}

void exits_invalid_register( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    exits_start( vp, exit, WHvRunVpExitReasonInvalidVpRegisterValue, 0 );
}

void exits_triple_fault( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    /* the fault that it ends with has come while an event was delivered: so says Windows, whose register does not hold
     * it, for the client may mend the cause and run on */
    exits_start( vp, exit, WHvRunVpExitReasonUnrecoverableException, 0 );
    exit->VpContext.ExecutionState.InterruptionPending = 1;
}

void exits_window( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_X64_PENDING_INTERRUPTION_TYPE type )
{
    exits_start( vp, exit, WHvRunVpExitReasonX64InterruptWindow, 0 )->InterruptWindow.DeliverableType = type;
}

void exits_window_open( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    events_told_interrupt( vp );
    debug_found( vp );
    exits_window( vp, exit, WHvX64PendingInterrupt );
}

void exits_cpuid( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *result )
{
    WHV_X64_CPUID_ACCESS_CONTEXT *access = &exits_start( vp, exit, WHvRunVpExitReasonX64Cpuid, 2 )->CpuidAccess;
    const struct kvm_regs *regs = view_regs( vp );

    access->Rax = eax;
    access->Rcx = ecx;
    access->Rdx = regs->rdx;
    access->Rbx = regs->rbx;
    access->DefaultResultRax = result->Eax;
    access->DefaultResultRcx = result->Ecx;
    access->DefaultResultRdx = result->Edx;
    access->DefaultResultRbx = result->Ebx;
}
