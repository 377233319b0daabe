/*
 * Executing what KVM can't: on the host CPU
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

/* The instructions of insn_native.c's list on a vp's registers and RAM, by the host CPU (native.h). */

#include <string.h>

#include "bytes.h"
#include "execute_x86.h"
#include "features_x86.h"
#include "native.h"
#include "partition.h"
#include "regs.h"
#include "xsave.h"

#define CR0_NE (1ull << 5)

static enum execute_result load_state( struct execute *ex, const struct insn_native *native )
{
    struct vp *vp = ex->vp;

    if (FAILED(regs_fetch( vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    if (native_is_pending( native, vp->xsave ))
    {
        /* without NE it is an interrupt of the old kind, through the chipset */
        if (!(vp->run->s.regs.sregs.cr0 & CR0_NE)) return EXECUTE_REFUSED;
        return execute_fault( ex, VECTOR_MF );
    }
    return native_load( native, vp->xsave, vp->partition->host->xsave_size ) ? EXECUTE_DONE : EXECUTE_REFUSED;
}

/* What the instruction has made of it; exceptions that were masked only by us are raised. */
static enum execute_result store_state( struct execute *ex, const struct insn_native *native, UINT64 fdp )
{
    struct vp *vp = ex->vp;

    switch (native_finish( native, vp->xsave ))
    {
    case NATIVE_SIMD_EXCEPTION:
        store32( vp->xsave + FX_MXCSR, load32( native_image() + FX_MXCSR ));
        vp->lazy_dirty |= VP_XSAVE;
        return execute_fault( ex, vp->run->s.regs.sregs.cr4 & EX_CR4_OSXMM ? VECTOR_XM : VECTOR_UD );
    case NATIVE_X87_EXCEPTION:
        return EXECUTE_REFUSED;
    case NATIVE_DONE:
        break;
    }
    if (native->unit == INSN_UNIT_X87 && !native->fpu_control)
        native_set_fpu_pointers( ex->insn.has_mem, vp->run->s.regs.regs.rip, fdp );
    memcpy( vp->xsave, native_image(), vp->partition->host->xsave_size );
    vp->lazy_dirty |= VP_XSAVE;
    return EXECUTE_DONE;
}

/* Does the guest's CPUID offer the instruction? Without its bit these are #UD, but for LZCNT and TZCNT, which are then BSR and
 * BSF: those never come here, KVM has them. Not known before the vp has its leaves: the host decides. */
BOOL execute_is_offered( const struct vp *vp, UINT32 leaf, UINT8 reg, UINT8 bit )
{
    const struct kvm_cpuid_entry2 *entry;
    UINT32 regs[4];

    if (!leaf || !vp->cpuid || !vp->cpuid->head.nent) return TRUE;
    if (!(entry = features_find( &vp->cpuid->head, leaf, 0 ))) return FALSE;
    regs[0] = entry->eax;
    regs[1] = entry->ebx;
    regs[2] = entry->ecx;
    regs[3] = entry->edx;
    return regs[reg] >> bit & 1;
}

static enum execute_result run( struct execute *ex, const struct insn_native *native )
{
    const struct insn *insn = &ex->insn;
    UINT32 size = insn->has_mem ? insn->mem.size : 0;
    BOOL write = size && (insn->mem.access & INSN_WRITE), vector = native->unit != INSN_UNIT_GPR;
    struct execute_memory memory;
    enum execute_result result;
    UINT64 gva = 0;

    if (!execute_is_offered( ex->vp, native->cpuid_leaf, native->cpuid_reg, native->cpuid_bit )) return execute_fault( ex, VECTOR_UD );
    if (size > NATIVE_MAX_OPERAND || (insn->has_mem && !size)) return EXECUTE_REFUSED;
    if ((result = execute_check_unit( ex, native->unit )) != EXECUTE_DONE) return result;
    if (vector && (result = load_state( ex, native )) != EXECUTE_DONE) return result;
    if (size)
    {
        gva = execute_address( ex );
        if ((gva & (native->alignment - 1)) &&
            !(native->misaligned_sse && (load32( ex->vp->xsave + FX_MXCSR ) & NATIVE_MXCSR_MM))) return execute_fault( ex, VECTOR_GP );
        if ((result = execute_open( ex, insn->mem.segment, gva, size, write, &memory )) != EXECUTE_DONE) return result;
        /* also for a store: it may write less than its operand */
        if (!execute_read( ex, &memory, 0, native_operand(), size )) return EXECUTE_REFUSED;
    }

    {
        UINT64 gpr[16], rflags = ex->rflags;

        memcpy( gpr, ex->gpr, sizeof(gpr) );
        native_execute( native, gpr, &rflags );
        if (vector && (result = store_state( ex, native, gva )) != EXECUTE_DONE) return result;
        if (write && !execute_write( ex, &memory, 0, native_operand(), size )) return EXECUTE_REFUSED;
        memcpy( ex->gpr, gpr, sizeof(gpr) );
        ex->rflags = rflags;
    }
    return EXECUTE_DONE;
}

enum execute_result execute_native( struct execute *ex )
{
    struct insn_native native;
    enum execute_result result;

    if (FAILED(native_encode( ex->bytes, ex->count, ex->mode, &native ))) return EXECUTE_REFUSED;
    native_lock();
    result = run( ex, &native );
    native_unlock();
    return result;
}
