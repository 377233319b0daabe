/*
 * Instructions on the host CPU
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
 * What the hand-written table lacks and insn/encode.c's list has: x87, MMX, SSE with a memory operand, BMI, ADX, CRC32
 * and their like. The table keeps what it has: the CPU takes ten times as long to get there and back, and forty times
 * with vector state; to encode an instruction that is not the last one's takes 2 us.
 *
 * Vector registers come and go by their names: XMM0-15, FpMmx0-7 (in the order of FXSAVE) and the two control
 * registers; only those that the instruction needs. Above bit 127 a register has no name in the API, and the context
 * that the client hands to its callbacks is opaque, so the XSAVE functions can't be asked either: where such bits take
 * part, be it that a VEX instruction clears them, they go by the names of vectors.h.
 * CPUID can't be asked through callbacks: that the guest's lacks an instruction is not seen here;
 * CR0, CR4 and XCR0 are.
 */

#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "emulate/native.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "emulate/vector.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/encode.h"
#include "insn/host_cpu.h"
#include "insn/insn.h"

#define XCR0_AVX    0x06ull
#define XCR0_AVX512 0xe6ull

/* The place of the upper halves in the image is the same on all CPUs that have them. */
static BOOL has_avx( void )
{
    const struct xsave_layout *layout = xsave_host_layout();

    return (layout->features & XFEATURE_AVX) && layout->components[2].offset == XSAVE_EXTENDED;
}

BOOL emulate_native_supported( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;
    struct insn_native *native = &emu->native;

    if (!insn->has_mem || insn->mem.vsib || !insn->mem.size || insn->mem.size > NATIVE_MAX_OPERAND) return FALSE;
    if (native->length) return TRUE;
    if (SUCCEEDED(native_encode( emu->insn_bytes, insn->length, insn->mode, native )) &&
        (native->unit != INSN_UNIT_AVX || has_avx())) return TRUE;
    native->length = 0;
    return FALSE;
}

static BOOL is_mxcsr( const struct insn *insn )
{
    return insn->op == INSN_LDMXCSR || insn->op == INSN_STMXCSR;
}

/* The unit that the instruction needs, by whichever way it is executed. */
static UINT8 unit_of( const struct emulate *emu )
{
    if (emu->native.length) return emu->native.unit;
    if (emu->insn.op == INSN_MASKMOV && emu->insn.operands[0].kind == INSN_OPERAND_MMX) return INSN_UNIT_MMX;
    if (emu->insn.op != INSN_VMOV && !emu->insn.element && !is_mxcsr( &emu->insn )) return INSN_UNIT_GPR;
    return emu->insn.vex ? INSN_UNIT_AVX : INSN_UNIT_SSE;
}

UINT32 emulate_native_names( const struct emulate *emu, WHV_REGISTER_NAME *names )
{
    UINT8 unit = unit_of( emu );
    UINT32 count = 0, i;

    if (unit == INSN_UNIT_GPR) return 0;
    names[count++] = WHvX64RegisterCr0;
    names[count++] = WHvX64RegisterCr4;
    if (unit == INSN_UNIT_AVX) names[count++] = WHvX64RegisterXCr0;
    if (emu->native.length || is_mxcsr( &emu->insn )) names[count++] = WHvX64RegisterXmmControlStatus;
    count += emulate_vector_names( emu, names + count );
    if (unit != INSN_UNIT_X87 && unit != INSN_UNIT_MMX) return count;
    names[count++] = WHvX64RegisterFpControlStatus;
    for (i = 0; i < 8; i++) names[count++] = WHvX64RegisterFpMmx0 + i;
    return count;
}

/* Where a register is kept, how long it is, and what it was. */
static UINT8 *place_of( struct emulate *emu, WHV_REGISTER_NAME name, UINT32 *size, const UINT8 **old )
{
    UINT8 *place = emulate_vector_place( emu, name, old );

    *size = 16;
    if (place == (UINT8 *)&emu->opmask) *size = sizeof(emu->opmask);
    if (place) return place;
    if (name == WHvX64RegisterFpControlStatus) place = emu->vectors;
    else if (name == WHvX64RegisterXmmControlStatus) place = emu->vectors + FX_FDP;
    else
    {
        *size = 10;
        place = emu->vectors + FX_ST + (name - WHvX64RegisterFpMmx0) * 16;
    }
    *old = emu->old_vectors + (place - emu->vectors);
    return place;
}

void emulate_native_take( struct emulate *emu, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values,
                          UINT32 count )
{
    const UINT8 *old;
    UINT32 i, size;
    UINT8 *place;

    memset( emu->vectors, 0, XSAVE_EXTENDED );
    store16( emu->vectors + FX_FCW, FCW_INIT );
    store64( emu->vectors + XSAVE_XSTATE_BV, XFEATURE_FP | XFEATURE_SSE );
    for (i = 0; i < count; i++)
    {
        switch (names[i])
        {
        case WHvX64RegisterCr0:  emu->cr0 = values[i].Reg64; break;
        case WHvX64RegisterCr4:  emu->cr4 = values[i].Reg64; break;
        case WHvX64RegisterXCr0: emu->xcr0 = values[i].Reg64; break;
        default:
            place = place_of( emu, names[i], &size, &old );
            memcpy( place, &values[i], size );
            break;
        }
    }
    memcpy( emu->old_vectors, emu->vectors, FX_XMM );
    for (i = 0; i < emu->vector_count; i++)
        memcpy( emu->vector[i].old, emu->vector[i].data, sizeof(emu->vector[i].old) );
}

UINT32 emulate_native_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values )
{
    WHV_REGISTER_NAME all[EMULATE_MAX_REGISTERS];
    UINT32 i, count, size, changed = 0;
    const UINT8 *place, *old;

    count = emulate_native_names( emu, all );
    for (i = 0; i < count; i++)
    {
        if (all[i] == WHvX64RegisterCr0 || all[i] == WHvX64RegisterCr4 || all[i] == WHvX64RegisterXCr0) continue;
        place = place_of( emu, all[i], &size, &old );
        if (!memcmp( place, old, size )) continue;
        memset( &values[changed], 0, sizeof(values[0]) );
        memcpy( &values[changed], place, size );
        names[changed++] = all[i];
    }
    return changed;
}

/* May the unit be used now? SDM 2A, chapter 2.6, and 3A, chapter 2.5. */
static BOOL check_unit( struct emulate *emu, UINT8 unit )
{
    BOOL vex_mode = emu->vp.ExecutionState.Cr0Pe && !(emu->rflags & RFLAGS_VM);
    UINT64 needed;
    BOOL ok = TRUE;

    if (emu->insn.vex && !vex_mode) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
    switch (unit)
    {
    case INSN_UNIT_GPR:
        return TRUE;
    case INSN_UNIT_X87:
        if (emu->cr0 & CR0_EM) return emulate_fault( emu, VECTOR_NM, NO_ERROR_CODE, 0 );
        break;
    case INSN_UNIT_MMX:
        ok = !(emu->cr0 & CR0_EM);
        break;
    case INSN_UNIT_SSE:
        ok = !(emu->cr0 & CR0_EM) && (emu->cr4 & CR4_OSFXSR);
        break;
    case INSN_UNIT_AVX:
        needed = emu->insn.vex == 2 ? XCR0_AVX512 : XCR0_AVX;
        ok = (emu->cr4 & CR4_OSXSAVE) && (emu->xcr0 & needed) == needed;
        break;
    }
    if (!ok) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
    return emu->cr0 & CR0_TS ? emulate_fault( emu, VECTOR_NM, NO_ERROR_CODE, 0 ) : TRUE;
}

BOOL emulate_native_check( struct emulate *emu )
{
    const struct insn_native *native = &emu->native;

    if (!check_unit( emu, unit_of( emu ))) return FALSE;
    if ((native->length ? native_waits( native ) : unit_of( emu ) == INSN_UNIT_MMX) &&
        native_fpu_is_pending( emu->vectors ))
    {
        /* without NE it is an interrupt of the old kind, through the chipset */
        return emu->cr0 & CR0_NE ? emulate_fault( emu, VECTOR_MF, NO_ERROR_CODE, 0 ) : emulate_refuse( emu );
    }
    if (!native->length) return TRUE;
    emu->insn.aligned = native->alignment > 1 &&
                        !(native->misaligned_sse && (load32( emu->vectors + FX_MXCSR ) & NATIVE_MXCSR_MM));
    return TRUE;
}

BOOL emulate_mxcsr( struct emulate *emu )
{
    struct emulate_access *access = &emu->access[0];

    if (emu->insn.op == INSN_STMXCSR) store32( access->data, load32( emu->vectors + FX_MXCSR ));
    else if (load32( access->data ) & ~xsave_host_layout()->mxcsr_mask) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    else store32( emu->vectors + FX_MXCSR, load32( access->data ));
    return TRUE;
}

/* Bytes of the image, with the vector registers in it. */
static UINT32 put_vectors( struct emulate *emu )
{
    UINT32 i, size = XSAVE_EXTENDED;

    memset( emu->vectors + XSAVE_EXTENDED, 0, sizeof(emu->vectors) - XSAVE_EXTENDED );
    for (i = 0; i < emu->vector_count; i++)
    {
        const struct emulate_vector *vector = &emu->vector[i];

        memcpy( emu->vectors + FX_XMM + vector->reg * 16, vector->data, 16 );
        if (!(vector->lanes & 2)) continue;
        memcpy( emu->vectors + XSAVE_EXTENDED + vector->reg * 16, vector->data + 16, 16 );
        store64( emu->vectors + XSAVE_XSTATE_BV, XFEATURE_FP | XFEATURE_SSE | XFEATURE_AVX );
        size = sizeof(emu->vectors);
    }
    return size;
}

static void get_vectors( struct emulate *emu )
{
    BOOL has_upper = (load64( native_image() + XSAVE_XSTATE_BV ) & XFEATURE_AVX) != 0;
    UINT32 i;

    for (i = 0; i < emu->vector_count; i++)
    {
        struct emulate_vector *vector = &emu->vector[i];

        /* above 256 bits there are only those that were asked for to be cleared */
        memset( vector->data, 0, sizeof(vector->data) );
        memcpy( vector->data, native_image() + FX_XMM + vector->reg * 16, 16 );
        if (has_upper) memcpy( vector->data + 16, native_image() + XSAVE_EXTENDED + vector->reg * 16, 16 );
    }
}

static BOOL take_vectors( struct emulate *emu, BOOL *store )
{
    const struct insn_native *native = &emu->native;

    switch (native_finish( native, emu->vectors ))
    {
    case NATIVE_SIMD_EXCEPTION:
        store32( emu->vectors + FX_MXCSR, load32( native_image() + FX_MXCSR ));
        return emulate_fault( emu, emu->cr4 & CR4_OSXMM ? VECTOR_XM : VECTOR_UD, NO_ERROR_CODE, 0 );
    case NATIVE_REFUSED:
        return emulate_refuse( emu );
    case NATIVE_X87_HELD:
        *store = FALSE;
        break;
    case NATIVE_DONE:
        break;
    }
    if (native->unit == INSN_UNIT_X87 && !native->fpu_control)
        native_set_fpu_pointers( TRUE, emu->rip, insn_mem_offset( &emu->insn, emu->old_gpr, emu->next_rip ));
    /* what the CPU has in place of the mask is the same for all, and no register of the guest's */
    memcpy( emu->vectors, native_image(), FX_MXCSR_MASK );
    memcpy( emu->vectors + FX_ST, native_image() + FX_ST, FX_XMM - FX_ST );
    get_vectors( emu );
    return TRUE;
}

BOOL emulate_native_execute( struct emulate *emu )
{
    const struct insn_native *native = &emu->native;
    struct emulate_access *access = &emu->access[0];
    BOOL vector = native->unit != INSN_UNIT_GPR, store = TRUE, ret = FALSE;
    UINT64 gpr[16], rflags = emu->rflags;

    memcpy( gpr, emu->gpr, sizeof(gpr) );
    native_lock();
    memcpy( native_operand(), emulate_data( emu, access ), access->size );
    if (vector && !native_load( native, emu->vectors, put_vectors( emu ) )) emulate_refuse( emu );
    else
    {
        native_execute( native, gpr, &rflags );
        if (!(ret = !vector || take_vectors( emu, &store ))) ;
        else if (!store) access->flags &= ~INSN_WRITE;
        else
        {
            memcpy( emulate_data( emu, access ), native_operand(), access->size );
            memcpy( emu->gpr, gpr, sizeof(gpr) );
            emu->rflags = rflags;
        }
    }
    native_unlock();
    return ret;
}
