/*
 * Executing element by element
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

/*
 * Masked moves and gathers: emulate.h's machine, with the vp and its RAM to answer it.
 */

#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/emulate.h"
#include "emulate/state.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "registers/registers_x86.h"
#include "softkvm/elements.h"
#include "softkvm/fault.h"
#include "softkvm/state.h"
#include "softkvm/unit.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* The bit of the guest's CPUID that offers it; those without VEX every x86-64 has. */
static BOOL is_offered( const struct vp *vp, const struct insn *insn )
{
    if (!insn->vex) return TRUE;
    /* VMASKMOV, VMASKMOVDQU: AVX; the others came with AVX2 */
    if ((insn->opcode & 0xfc) == 0x2c || insn->opcode == 0xf7) return execute_is_offered( vp, 1, 2, 28 );
    return execute_is_offered( vp, 7, 1, 5 );
}

static void begin( struct execute *ex, struct emulate *emu, struct emulate_request *req )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_VP_EXIT_CONTEXT context;

    memset( emu, 0, sizeof(*emu) );
    memset( &context, 0, sizeof(context) );
    context.Rip = view_regs( ex->vp )->rip;
    context.Rflags = ex->rflags;
    segment_from_kvm( &sregs->cs, &context.Cs );
    context.ExecutionState.Cpl = ex->cpl;
    context.ExecutionState.Cr0Pe = sregs->cr0 & 1;
    context.ExecutionState.Cr0Am = sregs->cr0 >> 18 & 1;
    context.ExecutionState.EferLma = sregs->efer >> 10 & 1;
    memset( &mmio, 0, sizeof(mmio) );
    mmio.InstructionByteCount = ex->count;
    memcpy( mmio.InstructionBytes, ex->bytes, ex->count );
    emulate_begin_mmio( emu, &context, &mmio, req );
}

/* FALSE: no RAM there. */
static BOOL access_memory( struct execute *ex, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    const struct gpa_map *map = &ex->vp->partition->gpa;

    if (access->Direction) return SUCCEEDED(gpa_write( map, access->GpaAddress, access->Data, access->AccessSize ));
    return SUCCEEDED(gpa_read( map, access->GpaAddress, access->Data, access->AccessSize ));
}

/* All that it sets but the trap of TF, which is exits.c's to see to. */
static BOOL set_registers( struct execute *ex, const struct emulate_request *req )
{
    UINT32 i;

    for (i = 0; i < req->count; i++)
        if (req->names[i] != WHvX64RegisterPendingDebugException &&
            FAILED(regs_set( ex->vp, &req->names[i], 1, &req->values[i] ))) return FALSE;
    return TRUE;
}

static BOOL answer( struct execute *ex, struct emulate_request *req )
{
    switch (req->kind)
    {
    case EMULATE_GET_REGISTERS:
        return SUCCEEDED(regs_get( ex->vp, req->names, req->count, req->values ));
    case EMULATE_SET_REGISTERS:
        return !FAILED(regs_check( ex->vp, req->names, req->count, req->values )) && set_registers( ex, req );
    case EMULATE_TRANSLATE:
        req->code = gva_translate( &ex->gva, req->gva, req->flags | WHvTranslateGvaFlagSetPageTableBits, &req->gpa );
        /* no RAM: not ours */
        return req->code < WHvTranslateGvaResultGpaUnmapped;
    case EMULATE_MEMORY:
        return access_memory( ex, &req->memory );
    }
    return FALSE;
}

enum execute_result execute_elements( struct execute *ex )
{
    struct emulate_request req;
    struct emulate emu;

    /* those of AVX-512 are for whom KVM runs in hardware */
    if (ex->insn.vex == 2) return EXECUTE_REFUSED;
    if (!is_offered( ex->vp, &ex->insn )) return execute_fault( ex, VECTOR_UD );
    for (begin( ex, &emu, &req ); req.kind != EMULATE_DONE; emulate_step( &emu, &req ))
    {
        if (!answer( ex, &req )) return EXECUTE_REFUSED;
        req.result = S_OK;
    }
    if (!req.status.EmulationSuccessful) return EXECUTE_REFUSED;
    return emu.faulted ? EXECUTE_FAULT : EXECUTE_DONE;
}
