/*
 * Executing on the host CPU
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

#include "host/bytes.h"
#include "host/host.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/access.h"
#include "insn/encode.h"
#include "insn/host_cpu.h"
#include "insn/insn.h"
#include "softkvm/fault.h"
#include "softkvm/memory.h"
#include "softkvm/native.h"
#include "softkvm/state.h"
#include "softkvm/unit.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* One that is due before the instruction. */
static enum execute_result check_state( struct execute *ex, const struct insn_native *native )
{
    struct vp *vp = ex->vp;

    if (FAILED(lazy_fetch( vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    if (!native_waits( native ) || !native_fpu_is_pending( vp->arch.lazy.xsave )) return EXECUTE_DONE;
    /* without NE it is an interrupt of the old kind, through the chipset */
    if (!(view_sregs( vp )->cr0 & CR0_NE)) return EXECUTE_REFUSED;
    return execute_fault( ex, VECTOR_MF );
}

/* On copies, and nothing else: the lock is everybody's. */
static enum native_result execute_locked( struct execute *ex, const struct insn_native *native, UINT64 gpr[16],
                                          UINT64 *rflags, UINT8 *operand, UINT32 size )
{
    enum native_result result = NATIVE_DONE;
    BOOL vector = native->unit != INSN_UNIT_GPR;
    struct vp *vp = ex->vp;

    native_lock();
    memcpy( native_operand(), operand, size );
    if (vector && !native_load( native, vp->arch.lazy.xsave, vp->partition->host->xsave_size )) result = NATIVE_REFUSED;
    else
    {
        native_execute( native, gpr, rflags );
        if (vector) result = native_finish( native, vp->arch.lazy.xsave );
        memcpy( operand, native_operand(), size );
        if (vector && (result == NATIVE_DONE || result == NATIVE_X87_HELD))
        {
            if (native->unit == INSN_UNIT_X87 && !native->fpu_control)
            {
                UINT64 rip = view_regs( vp )->rip;

                native_set_fpu_pointers( ex->insn.has_mem, rip, !ex->insn.has_mem ? 0 :
                                         insn_mem_offset( &ex->insn, ex->gpr, rip + ex->insn.length ));
            }
            memcpy( vp->arch.lazy.xsave, native_image(), vp->partition->host->xsave_size );
            lazy_touch( vp, VP_XSAVE );
        }
        else if (result == NATIVE_SIMD_EXCEPTION)
        {
            store32( vp->arch.lazy.xsave + FX_MXCSR, load32( native_image() + FX_MXCSR ));
            lazy_touch( vp, VP_XSAVE );
        }
    }
    native_unlock();
    return result;
}

enum execute_result execute_native( struct execute *ex )
{
    UINT8 operand[NATIVE_MAX_OPERAND];
    UINT64 gpr[16], rflags = ex->rflags, gva = 0;
    const struct insn *insn = &ex->insn;
    struct execute_memory memory;
    enum execute_result result;
    struct insn_access access = { 0 };
    struct insn_native native;
    UINT32 size;

    if (FAILED(native_encode( ex->bytes, ex->count, ex->mode, &native ))) return EXECUTE_REFUSED;
    insn_plain_access( insn, ex->gpr, ex->rip, &access );
    size = access.size;
    if (!execute_is_offered( ex->vp, native.cpuid_leaf, native.cpuid_reg, native.cpuid_bit ))
        return execute_fault( ex, VECTOR_UD );
    if (size > NATIVE_MAX_OPERAND || (insn->has_mem && !size)) return EXECUTE_REFUSED;
    if ((result = execute_check_unit( ex, native.unit )) != EXECUTE_DONE) return result;
    if (native.unit != INSN_UNIT_GPR && (result = check_state( ex, &native )) != EXECUTE_DONE) return result;
    if (size)
    {
        gva = code_linear( ex->vp, access.segment, access.offset );
        if ((gva & (native.alignment - 1)) &&
            !(native.misaligned_sse && (load32( ex->vp->arch.lazy.xsave + FX_MXCSR ) & NATIVE_MXCSR_MM)))
            return execute_fault( ex, VECTOR_GP );
        if ((result = execute_open_access( ex, &access, &memory )) != EXECUTE_DONE) return result;
        /* also for a store: it may write less than its operand */
        if (!execute_read( ex, &memory, 0, operand, size )) return EXECUTE_REFUSED;
    }

    memcpy( gpr, ex->gpr, sizeof(gpr) );
    switch (execute_locked( ex, &native, gpr, &rflags, operand, size ))
    {
    case NATIVE_SIMD_EXCEPTION:
        return execute_fault( ex, view_sregs( ex->vp )->cr4 & CR4_OSXMM ? VECTOR_XM : VECTOR_UD );
    case NATIVE_REFUSED:
        return EXECUTE_REFUSED;
    case NATIVE_X87_HELD:
        return EXECUTE_DONE;
    case NATIVE_DONE:
        break;
    }
    if (access.access & INSN_WRITE && !execute_write( ex, &memory, 0, operand, size )) return EXECUTE_REFUSED;
    memcpy( ex->gpr, gpr, sizeof(gpr) );
    ex->rflags = rflags;
    return EXECUTE_DONE;
}
