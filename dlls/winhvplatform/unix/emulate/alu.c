/*
 * Arithmetic
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
 * The CPU is the emulator: each operation is one instruction on registers, executed with the guest's status flags, so
 * that results and flags, the undefined ones too, are the host's own. What is not here is encoded again and executed
 * from a page of code (insn/encode.c, insn/host_cpu.c), which takes ten times as long and needs a proof for every form;
 * here the list of what runs natively is this file. Division alone is C: an instruction that can fault
 * is never executed.
 */

#include "emulate/alu.h"
#include "host/x86.h"
#include "insn/insn.h"

/* The compiler may keep locals in the 128 bytes below the stack pointer: step over them before pushing. */
#define WITH_FLAGS( insn ) \
    "leaq -128(%%rsp), %%rsp\n\t" \
    "pushq %[flags]\n\t" \
    "popfq\n\t" \
    insn "\n\t" \
    "pushfq\n\t" \
    "popq %[flags]\n\t" \
    "leaq 128(%%rsp), %%rsp"

/* Only status flags are loaded: TF, DF, AC and the like would be felt here. */
static UINT64 flags_in( UINT64 rflags )
{
    return (rflags & RFLAGS_STATUS) | 2;
}

static void flags_out( UINT64 *rflags, UINT64 flags )
{
    *rflags = (*rflags & ~RFLAGS_STATUS) | (flags & RFLAGS_STATUS);
}

#define RUN( insn, constraint ) \
    asm volatile( WITH_FLAGS( insn ) : [dst] "+&r" (dst), [flags] "+&r" (flags) : [src] constraint (src) : "cc" )

#define RUN_SIZES( byte, name, operands_b, operands_w, operands_l, operands_q, constraint ) \
    switch (size) \
    { \
    case 1: byte; break; \
    case 2: RUN( name "w " operands_w, constraint ); break; \
    case 4: RUN( name "l " operands_l, constraint ); break; \
    case 8: RUN( name "q " operands_q, constraint ); break; \
    }

#define ALU( func, byte, name, operands_b, operands_w, operands_l, operands_q, constraint ) \
static UINT64 func( UINT8 size, UINT64 dst, UINT64 src, UINT64 *rflags ) \
{ \
    UINT64 flags = flags_in( *rflags ); \
    RUN_SIZES( byte, name, operands_b, operands_w, operands_l, operands_q, constraint ) \
    flags_out( rflags, flags ); \
    return dst; \
}

#define BINARY( name ) \
    ALU( do_##name, RUN( #name "b %b[src], %b[dst]", "r" ), #name, , \
         "%w[src], %w[dst]", "%k[src], %k[dst]", "%q[src], %q[dst]", "r" )
#define UNARY( name ) \
    ALU( do_##name, RUN( #name "b %b[dst]", "r" ), #name, , "%w[dst]", "%k[dst]", "%q[dst]", "r" )
#define SHIFT( name ) \
    ALU( do_##name, RUN( #name "b %%cl, %b[dst]", "c" ), #name, , \
         "%%cl, %w[dst]", "%%cl, %k[dst]", "%%cl, %q[dst]", "c" )
/* no byte form */
#define WIDE( name ) \
    ALU( do_##name, (void)0, #name, , "%w[src], %w[dst]", "%k[src], %k[dst]", "%q[src], %q[dst]", "r" )

BINARY( add )
BINARY( or )
BINARY( adc )
BINARY( sbb )
BINARY( and )
BINARY( sub )
BINARY( xor )
BINARY( cmp )
BINARY( test )
UNARY( not )
UNARY( neg )
UNARY( inc )
UNARY( dec )
SHIFT( shl )
SHIFT( shr )
SHIFT( sar )
SHIFT( rol )
SHIFT( ror )
SHIFT( rcl )
SHIFT( rcr )
WIDE( imul )
WIDE( bt )
WIDE( bts )
WIDE( btr )
WIDE( btc )
WIDE( bsf )
WIDE( bsr )

alu_func alu_find( UINT8 op )
{
    static const alu_func funcs[] =
    {
        [INSN_ADD]  = do_add,  [INSN_OR]   = do_or,   [INSN_ADC]  = do_adc,  [INSN_SBB] = do_sbb,
        [INSN_AND]  = do_and,  [INSN_SUB]  = do_sub,  [INSN_XOR]  = do_xor,  [INSN_CMP] = do_cmp,
        [INSN_TEST] = do_test, [INSN_NOT]  = do_not,  [INSN_NEG]  = do_neg,  [INSN_INC] = do_inc,
        [INSN_DEC]  = do_dec,  [INSN_IMUL] = do_imul, [INSN_SHL]  = do_shl,  [INSN_SHR] = do_shr,
        [INSN_SAR]  = do_sar,  [INSN_ROL]  = do_rol,  [INSN_ROR]  = do_ror,  [INSN_RCL] = do_rcl,
        [INSN_RCR]  = do_rcr,  [INSN_BT]   = do_bt,   [INSN_BTS]  = do_bts,  [INSN_BTR] = do_btr,
        [INSN_BTC]  = do_btc,  [INSN_BSF]  = do_bsf,  [INSN_BSR]  = do_bsr,
    };

    return op < sizeof(funcs) / sizeof(funcs[0]) ? funcs[op] : NULL;
}

#define RUN_DOUBLE( insn ) \
    asm volatile( WITH_FLAGS( insn ) : [dst] "+&r" (dst), [flags] "+&r" (flags) : [src] "r" (src), "c" (count) : "cc" )

UINT64 alu_shift_double( BOOL left, UINT8 size, UINT64 dst, UINT64 src, UINT8 count, UINT64 *rflags )
{
    UINT64 flags = flags_in( *rflags );

    switch (size | (left ? 0x80 : 0))
    {
    case 0x02: RUN_DOUBLE( "shrdw %%cl, %w[src], %w[dst]" ); break;
    case 0x04: RUN_DOUBLE( "shrdl %%cl, %k[src], %k[dst]" ); break;
    case 0x08: RUN_DOUBLE( "shrdq %%cl, %q[src], %q[dst]" ); break;
    case 0x82: RUN_DOUBLE( "shldw %%cl, %w[src], %w[dst]" ); break;
    case 0x84: RUN_DOUBLE( "shldl %%cl, %k[src], %k[dst]" ); break;
    case 0x88: RUN_DOUBLE( "shldq %%cl, %q[src], %q[dst]" ); break;
    }
    flags_out( rflags, flags );
    return dst;
}

#define RUN_MULTIPLY( insn ) \
    asm volatile( WITH_FLAGS( insn ) : "+&a" (a), "+&d" (d), [flags] "+&r" (flags) : [src] "r" (src) : "cc" )

void alu_multiply( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src, UINT64 *rflags )
{
    UINT64 flags = flags_in( *rflags ), a = *lo, d = *hi;

    switch (size | (is_signed ? 0x80 : 0))
    {
    case 0x01: RUN_MULTIPLY( "mulb %b[src]" ); break;
    case 0x02: RUN_MULTIPLY( "mulw %w[src]" ); break;
    case 0x04: RUN_MULTIPLY( "mull %k[src]" ); break;
    case 0x08: RUN_MULTIPLY( "mulq %q[src]" ); break;
    case 0x81: RUN_MULTIPLY( "imulb %b[src]" ); break;
    case 0x82: RUN_MULTIPLY( "imulw %w[src]" ); break;
    case 0x84: RUN_MULTIPLY( "imull %k[src]" ); break;
    case 0x88: RUN_MULTIPLY( "imulq %q[src]" ); break;
    }
    flags_out( rflags, flags );
    *lo = a;
    *hi = size == 1 ? a >> 8 : d;
}

/* Flags are undefined after a division and stay as they were. */
BOOL alu_divide( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src )
{
    UINT8 bits = size * 8, spare = 64 - bits;
    UINT64 mask = ~0ull >> spare;
    unsigned __int128 dividend = (unsigned __int128)(*hi & mask) << bits | (*lo & mask);

    if (!(src &= mask)) return FALSE;
    if (!is_signed)
    {
        if ((*hi & mask) >= src) return FALSE;
        *lo = dividend / src;
        *hi = dividend % src;
    }
    else
    {
        UINT8 wide_spare = 128 - 2 * bits;
        __int128 value = (__int128)(dividend << wide_spare) >> wide_spare, quotient;
        INT64 divisor = insn_sign_extend( src, size ), limit = mask >> 1;

        /* the one quotient of 128 bits that even C can't hold */
        if (divisor == -1 && value < -(__int128)limit) return FALSE;
        quotient = value / divisor;
        if (quotient > limit || quotient < -(__int128)limit - 1) return FALSE;
        *lo = quotient;
        *hi = value % divisor;
    }
    return TRUE;
}

BOOL alu_condition( UINT64 rflags, UINT8 condition )
{
    BOOL sign_differs = !(rflags & RFLAGS_SF) != !(rflags & RFLAGS_OF), met = FALSE;

    switch (condition >> 1)
    {
    case 0: met = (rflags & RFLAGS_OF) != 0; break;
    case 1: met = (rflags & RFLAGS_CF) != 0; break;
    case 2: met = (rflags & RFLAGS_ZF) != 0; break;
    case 3: met = (rflags & (RFLAGS_CF | RFLAGS_ZF)) != 0; break;
    case 4: met = (rflags & RFLAGS_SF) != 0; break;
    case 5: met = (rflags & RFLAGS_PF) != 0; break;
    case 6: met = sign_differs; break;
    case 7: met = sign_differs || (rflags & RFLAGS_ZF); break;
    }
    return (condition & 1) ? !met : met;
}
