/*
 * Images of the FPU
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
 * FXSAVE, FXRSTOR, XSAVE, XRSTOR, FNSTENV, FLDENV, FNSAVE, FRSTOR: emu->vectors is the state, in the format of
 * FXSAVE64, and emu->image the operand. The registers come and go by their names.
 * Of XSAVE's components those that have no name in the API are refused before anything is read: see reachable(). FCS
 * and FDS are 0, as in every guest whose host saves its state with FXSAVE64 or XSAVE64.
 * Source: Intel SDM volume 1, chapters 8.1 and 13, volume 2.
 */

#include <string.h>

#include "emulate/address.h"
#include "emulate/fpu.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/insn.h"

#define FCW_RESERVED 0xe080
#define FCW_ONE      0x40
#define FSW_ES_B     0x8080
#define FOP_BITS     0x7ff

/* ---- the registers ---- */

static const struct
{
    WHV_REGISTER_NAME first;
    UINT8             count, size;
    UINT16            place;            /* in emu->vectors; each 16 bytes behind the other */
} ranges[] =
{
    { WHvX64RegisterFpControlStatus,   1, 16, FX_FCW },
    { WHvX64RegisterXmmControlStatus,  1, 16, FX_FDP },
    { WHvX64RegisterFpMmx0,            8, 10, FX_ST },
    { WHvX64RegisterXmm0,             16, 16, FX_XMM },
};

/* Those that the instruction has to do with: without XMM for the x87 instructions. */
static UINT32 range_count( const struct emulate *emu )
{
    return emu->insn.op >= INSN_FNSTENV && emu->insn.op <= INSN_FRSTOR ? 3 : 4;
}

UINT32 emulate_fpu_names( const struct emulate *emu, WHV_REGISTER_NAME *names )
{
    UINT32 i, j, count = 0;

    names[count++] = WHvX64RegisterCr0;
    names[count++] = WHvX64RegisterCr4;
    if (emu->insn.op == INSN_XSAVE || emu->insn.op == INSN_XRSTOR) names[count++] = WHvX64RegisterXCr0;
    else names[count++] = WHvX64RegisterEfer;
    for (i = 0; i < range_count( emu ); i++) for (j = 0; j < ranges[i].count; j++) names[count++] = ranges[i].first + j;
    return count;
}

void emulate_fpu_take( struct emulate *emu, const WHV_REGISTER_VALUE *values )
{
    UINT32 i, j;

    memset( emu->vectors, 0, sizeof(emu->vectors) );
    emu->cr0 = values++->Reg64;
    emu->cr4 = values++->Reg64;
    emu->xcr0 = values++->Reg64;        /* or EFER */
    for (i = 0; i < range_count( emu ); i++)
        for (j = 0; j < ranges[i].count; j++)
            memcpy( emu->vectors + ranges[i].place + j * 16, values++, ranges[i].size );
    memcpy( emu->old_vectors, emu->vectors, sizeof(emu->old_vectors) );
}

UINT32 emulate_fpu_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values )
{
    UINT32 i, j, place, count = 0;

    for (i = 0; i < range_count( emu ); i++)
    {
        for (j = 0; j < ranges[i].count; j++)
        {
            place = ranges[i].place + j * 16;
            if (!memcmp( emu->vectors + place, emu->old_vectors + place, ranges[i].size )) continue;
            memset( &values[count], 0, sizeof(values[0]) );
            memcpy( &values[count], emu->vectors + place, ranges[i].size );
            names[count++] = ranges[i].first + j;
        }
    }
    return count;
}

/* ---- parts of an image ---- */

static void choose_units( struct emulate *emu, UINT8 direction, UINT32 from, UINT32 to )
{
    UINT32 unit;

    emu->sparse = 1;
    for (unit = from / 8; unit < to / 8; unit++) emu->units[direction == INSN_WRITE][unit / 64] |= 1ull << unit % 64;
}

static void no_units( struct emulate *emu )
{
    memset( emu->units, 0, sizeof(emu->units) );
}

/* Has the guest XMM registers there, and how many? */
static UINT32 xmm_end( const struct emulate *emu )
{
    return emu->insn.mode == INSN_MODE_64 ? FX_END : FX_XMM + 8 * 16;
}

/* The pointers in a format without REX.W: 32 bits, and a selector that nobody has. */
static void cut_pointers( const struct emulate *emu, UINT8 *image )
{
    if (emu->insn.operand_size == 8) return;
    store32( image + FX_FIP + 4, 0 );
    store32( image + FX_FDP + 4, 0 );
}

/* What the status word says of exceptions goes by what the control word lets through. */
static void set_control( UINT8 *vectors, UINT16 control, UINT16 status )
{
    control = (control & ~FCW_RESERVED) | FCW_ONE;
    status &= ~FSW_ES_B;
    if (status & ~control & FCW_MASKS) status |= FSW_ES_B;
    store16( vectors + FX_FCW, control );
    store16( vectors + FX_FSW, status );
}

/* Another top of the stack: the registers stay where they are, but the image has them in the order of the stack. */
static void turn_stack( UINT8 *vectors, UINT32 old_top )
{
    UINT32 top = load16( vectors + FX_FSW ) >> 11 & 7, i;
    UINT8 old[FX_XMM - FX_ST];

    memcpy( old, vectors + FX_ST, sizeof(old) );
    for (i = 0; i < 8; i++) memcpy( vectors + FX_ST + i * 16, old + ((i + top - old_top) & 7) * 16, 16 );
}

/* The x87 part of an image into the registers, without MXCSR. */
static void load_x87( struct emulate *emu, UINT8 *image )
{
    UINT32 i;

    cut_pointers( emu, image );
    set_control( emu->vectors, load16( image + FX_FCW ), load16( image + FX_FSW ));
    emu->vectors[FX_FTW] = image[FX_FTW];
    store16( emu->vectors + FX_FOP, load16( image + FX_FOP ) & FOP_BITS );
    store64( emu->vectors + FX_FIP, load64( image + FX_FIP ));
    store64( emu->vectors + FX_FDP, load64( image + FX_FDP ));
    for (i = 0; i < 8; i++) memcpy( emu->vectors + FX_ST + i * 16, image + FX_ST + i * 16, 10 );
}

static void store_x87( struct emulate *emu, UINT8 *image )
{
    UINT32 i;

    memcpy( image, emu->vectors, FX_MXCSR );
    image[FX_FTW + 1] = 0;
    cut_pointers( emu, image );
    memset( image + FX_ST, 0, FX_XMM - FX_ST );
    for (i = 0; i < 8; i++) memcpy( image + FX_ST + i * 16, emu->vectors + FX_ST + i * 16, 10 );
}

static void store_mxcsr( struct emulate *emu, UINT8 *image )
{
    store32( image + FX_MXCSR, load32( emu->vectors + FX_MXCSR ));
    store32( image + FX_MXCSR_MASK, xsave_host_layout()->mxcsr_mask );
}

static BOOL is_bad_mxcsr( const UINT8 *image )
{
    return (load32( image + FX_MXCSR ) & ~xsave_host_layout()->mxcsr_mask) != 0;
}

/* ---- FXSAVE, FXRSTOR ---- */

BOOL emulate_plan_fxsave( struct emulate *emu )
{
    BOOL write = emu->insn.op == INSN_FXSAVE, fast;

    if (emu->cr0 & (CR0_EM | CR0_TS)) return emulate_fault( emu, VECTOR_NM, NO_ERROR_CODE, 0 );
    if (!emulate_plan_operand( emu )) return FALSE;
    if (emu->access[0].gva & 15) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    fast = emu->xcr0 & EFER_FFXSR && emu->insn.mode == INSN_MODE_64 && !emu->vp.ExecutionState.Cpl;
    no_units( emu );
    /* what is behind the registers is not accessed */
    choose_units( emu, write ? INSN_WRITE : INSN_READ, 0, emu->cr4 & CR4_OSFXSR && !fast ? xmm_end( emu ) : FX_XMM );
    return TRUE;
}

/* Has plan_fxsave() included the XMM registers? */
static BOOL has_xmm( const struct emulate *emu, UINT8 direction )
{
    return emu->units[direction == INSN_WRITE][0] >> FX_XMM / 8 & 1;
}

BOOL emulate_fxsave( struct emulate *emu )
{
    store_x87( emu, emu->image );
    store_mxcsr( emu, emu->image );
    memcpy( emu->image + FX_XMM, emu->vectors + FX_XMM, FX_END - FX_XMM );
    return TRUE;
}

BOOL emulate_fxrstor( struct emulate *emu )
{
    if (is_bad_mxcsr( emu->image )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    load_x87( emu, emu->image );
    store32( emu->vectors + FX_MXCSR, load32( emu->image + FX_MXCSR ));
    if (has_xmm( emu, INSN_READ )) memcpy( emu->vectors + FX_XMM, emu->image + FX_XMM, xmm_end( emu ) - FX_XMM );
    return TRUE;
}

/* ---- XSAVE, XRSTOR ---- */

/* Components whose registers have names. */
static UINT64 reachable( void )
{
    return XFEATURE_FP | XFEATURE_SSE;
}

static UINT64 requested( const struct emulate *emu )
{
    return ((emu->gpr[RDX] << 32) | (UINT32)emu->gpr[RAX]) & emu->xcr0;
}

BOOL emulate_plan_xsave( struct emulate *emu )
{
    UINT64 components = requested( emu );

    if (!(emu->cr4 & CR4_OSXSAVE)) return emulate_fault( emu, VECTOR_UD, NO_ERROR_CODE, 0 );
    if (emu->cr0 & CR0_TS) return emulate_fault( emu, VECTOR_NM, NO_ERROR_CODE, 0 );
    if (components & ~reachable()) return emulate_refuse( emu );
    if (!emulate_plan_operand( emu )) return FALSE;
    if (emu->access[0].gva & 63) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    no_units( emu );
    if (emu->insn.op == INSN_XRSTOR)
    {
        /* the header tells which of it is of use, but what order they are read in is the processor's own */
        choose_units( emu, INSN_READ, 0, xmm_end( emu ));
        choose_units( emu, INSN_READ, XSAVE_XSTATE_BV, XSAVE_EXTENDED );
        return TRUE;
    }
    choose_units( emu, INSN_READ, XSAVE_XSTATE_BV, XSAVE_XCOMP_BV );
    choose_units( emu, INSN_WRITE, XSAVE_XSTATE_BV, XSAVE_XCOMP_BV );
    if (components & XFEATURE_FP)
    {
        choose_units( emu, INSN_WRITE, 0, FX_MXCSR );
        choose_units( emu, INSN_WRITE, FX_ST, FX_XMM );
    }
    if (components & XFEATURE_SSE)
    {
        choose_units( emu, INSN_WRITE, FX_MXCSR, FX_ST );
        choose_units( emu, INSN_WRITE, FX_XMM, xmm_end( emu ));
    }
    return TRUE;
}

BOOL emulate_xsave( struct emulate *emu )
{
    UINT64 components = requested( emu ), present = load64( emu->image + XSAVE_XSTATE_BV );

    store_x87( emu, emu->image );
    store_mxcsr( emu, emu->image );
    memcpy( emu->image + FX_XMM, emu->vectors + FX_XMM, FX_END - FX_XMM );
    /* that a component is in use is always true enough */
    store64( emu->image + XSAVE_XSTATE_BV, present | components );
    return TRUE;
}

BOOL emulate_xrstor( struct emulate *emu )
{
    UINT64 components = requested( emu ), present = load64( emu->image + XSAVE_XSTATE_BV );
    UINT32 i;

    /* a compacted image is for who has XSAVEC: its components may lie where nothing has been read */
    if (load64( emu->image + XSAVE_XCOMP_BV ) & XCOMP_COMPACTED) return emulate_refuse( emu );
    if (present & ~emu->xcr0) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    for (i = XSAVE_XCOMP_BV; i < XSAVE_XCOMP_BV + 16; i++)
        if (emu->image[i]) return emulate_fault( emu, VECTOR_GP, 0, 0 );
    if (components & XFEATURE_SSE)
    {
        if (is_bad_mxcsr( emu->image )) return emulate_fault( emu, VECTOR_GP, 0, 0 );
        store32( emu->vectors + FX_MXCSR, load32( emu->image + FX_MXCSR ));
        if (present & XFEATURE_SSE) memcpy( emu->vectors + FX_XMM, emu->image + FX_XMM, xmm_end( emu ) - FX_XMM );
        else memset( emu->vectors + FX_XMM, 0, xmm_end( emu ) - FX_XMM );
    }
    if (!(components & XFEATURE_FP)) return TRUE;
    if (!(present & XFEATURE_FP))
    {
        /* the initial state */
        memset( emu->image, 0, FX_MXCSR );
        memset( emu->image + FX_ST, 0, FX_XMM - FX_ST );
        store16( emu->image + FX_FCW, FCW_INIT );
    }
    load_x87( emu, emu->image );
    return TRUE;
}

/* ---- FNSTENV, FLDENV, FNSAVE, FRSTOR ---- */

/* The seven words, by their places: three of control, instruction pointer, its selector,
 * operand pointer, its selector. */
static UINT32 env_size( const struct emulate *emu )
{
    return emu->insn.operand_size == 2 ? 14 : 28;
}

static UINT32 get_env( const struct emulate *emu, const UINT8 *env, UINT32 index )
{
    return emu->insn.operand_size == 2 ? load16( env + index * 2 ) : load32( env + index * 4 );
}

static void put_env( const struct emulate *emu, UINT8 *env, UINT32 index, UINT32 value )
{
    if (emu->insn.operand_size == 2) store16( env + index * 2, value );
    else store32( env + index * 4, value );
}

/* Two bits for each physical register: what the abridged tag word knows, and what the register holds. */
static UINT16 full_tags( const UINT8 *vectors )
{
    UINT32 top = load16( vectors + FX_FSW ) >> 11 & 7, i, tag, exponent;
    const UINT8 *reg;
    UINT64 mantissa;
    UINT16 tags = 0;

    for (i = 0; i < 8; i++)
    {
        reg = vectors + FX_ST + ((i - top) & 7) * 16;
        mantissa = load64( reg );
        exponent = load16( reg + 8 ) & 0x7fff;
        if (!(vectors[FX_FTW] >> i & 1)) tag = 3;
        else if (!exponent && !mantissa) tag = 1;
        else if (!exponent || exponent == 0x7fff || !(mantissa >> 63)) tag = 2;
        else tag = 0;
        tags |= tag << i * 2;
    }
    return tags;
}

static UINT8 abridged_tags( UINT16 tags )
{
    UINT8 ret = 0;
    UINT32 i;

    for (i = 0; i < 8; i++) if ((tags >> i * 2 & 3) != 3) ret |= 1 << i;
    return ret;
}

BOOL emulate_plan_fpu_env( struct emulate *emu )
{
    BOOL load = emu->insn.op == INSN_FLDENV || emu->insn.op == INSN_FRSTOR;

    if (emu->cr0 & (CR0_EM | CR0_TS)) return emulate_fault( emu, VECTOR_NM, NO_ERROR_CODE, 0 );
    if (load && (load16( emu->vectors + FX_FSW ) & ~load16( emu->vectors + FX_FCW ) & FCW_MASKS))
    {
        /* without NE it is an interrupt of the old kind, through the chipset */
        return emu->cr0 & CR0_NE ? emulate_fault( emu, VECTOR_MF, NO_ERROR_CODE, 0 ) : emulate_refuse( emu );
    }
    return emulate_plan_operand( emu );
}

BOOL emulate_store_fpu_env( struct emulate *emu )
{
    UINT8 *env = emulate_data( emu, &emu->access[0] ), *vectors = emu->vectors;
    UINT32 fip = load32( vectors + FX_FIP ), fdp = load32( vectors + FX_FDP );
    UINT32 fop = load16( vectors + FX_FOP ) & FOP_BITS, i;
    UINT32 old_top = load16( vectors + FX_FSW ) >> 11 & 7;
    BOOL real = emulate_is_real_mode( emu ), wide = emu->insn.operand_size != 2;
    /* of a 32-bit format the upper halves of words of 16 bits are ones */
    UINT32 ones = wide ? 0xffff0000 : 0;

    put_env( emu, env, 0, load16( vectors + FX_FCW ) | ones );
    put_env( emu, env, 1, load16( vectors + FX_FSW ) | ones );
    put_env( emu, env, 2, full_tags( vectors ) | ones );
    if (real)
    {
        put_env( emu, env, 3, (fip & 0xffff) | ones );
        put_env( emu, env, 4, (fip >> 16) << 12 | fop );
        put_env( emu, env, 5, (fdp & 0xffff) | ones );
        put_env( emu, env, 6, (fdp >> 16) << 12 );
    }
    else
    {
        put_env( emu, env, 3, fip );
        put_env( emu, env, 4, wide ? fop << 16 : 0 );
        put_env( emu, env, 5, fdp );
        put_env( emu, env, 6, ones );
    }

    if (emu->insn.op == INSN_FNSTENV)
    {
        set_control( vectors, load16( vectors + FX_FCW ) | FCW_MASKS, load16( vectors + FX_FSW ));
        return TRUE;
    }
    for (i = 0; i < 8; i++) memcpy( env + env_size( emu ) + i * 10, vectors + FX_ST + i * 16, 10 );
    memset( vectors, 0, FX_MXCSR );
    store16( vectors + FX_FCW, FCW_INIT );
    turn_stack( vectors, old_top );
    return TRUE;
}

BOOL emulate_load_fpu_env( struct emulate *emu )
{
    UINT8 *env = emulate_data( emu, &emu->access[0] ), *vectors = emu->vectors;
    UINT32 fip = get_env( emu, env, 3 ), fdp = get_env( emu, env, 5 ), fop = 0, i;
    UINT32 old_top = load16( vectors + FX_FSW ) >> 11 & 7;

    if (emulate_is_real_mode( emu ))
    {
        fip = (fip & 0xffff) | (get_env( emu, env, 4 ) & ~0xfffu) << 4;
        fdp = (fdp & 0xffff) | (get_env( emu, env, 6 ) & ~0xfffu) << 4;
        fop = get_env( emu, env, 4 ) & FOP_BITS;
    }
    else if (emu->insn.operand_size != 2) fop = get_env( emu, env, 4 ) >> 16 & FOP_BITS;
    set_control( vectors, get_env( emu, env, 0 ), get_env( emu, env, 1 ));
    vectors[FX_FTW] = abridged_tags( get_env( emu, env, 2 ));
    store16( vectors + FX_FOP, fop );
    store64( vectors + FX_FIP, fip );
    store64( vectors + FX_FDP, fdp );
    if (emu->insn.op == INSN_FLDENV) turn_stack( vectors, old_top );
    else for (i = 0; i < 8; i++) memcpy( vectors + FX_ST + i * 16, env + env_size( emu ) + i * 10, 10 );
    return TRUE;
}
