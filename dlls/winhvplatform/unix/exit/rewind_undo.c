/*
 * Undoing what an instruction has done
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

#include "exit/rewind_operand.h"
#include "exit/rewind_types.h"
#include "exit/rewind_undo.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* The register operand that XCHG and XADD leave the old memory in,
 * which may be part of the address: as it was before. */
void match_undo_exchange( const struct insn *insn, UINT64 data, UINT64 gpr[16] )
{
    UINT32 i;

    for (i = 0; i < insn->operand_count; i++)
    {
        UINT8 reg = insn->operands[i].reg, size = insn->operands[i].size;

        if (insn->operands[i].kind != INSN_OPERAND_GPR) continue;
        insn_set_gpr( gpr, reg, size, insn->op == INSN_XCHG ? data : data - insn_get_gpr( gpr, reg, size ));
        return;
    }
}

/* Its value now. */
static UINT64 exchanged_value( const struct vp *vp, const struct insn *insn )
{
    UINT64 gpr[16];
    UINT32 i;

    regs_to_gpr( view_regs( vp ), gpr );
    for (i = 0; i < insn->operand_count; i++)
        if (insn->operands[i].kind == INSN_OPERAND_GPR)
            return insn_get_gpr( gpr, insn->operands[i].reg, insn->operands[i].size );
    return 0;
}

/* What shifts, rotates and bit operations make of memory. RCL and RCR: the carry that went in stands in the result,
 * count - 1 bits from where it went in; it is put back. FALSE: not one of these. */
static BOOL shift_result( const struct insn *insn, const UINT64 gpr[16], UINT64 old, UINT64 data, UINT32 size,
                          UINT64 *rflags, UINT64 *result )
{
    const struct insn_operand *last = &insn->operands[insn->operand_count ? insn->operand_count - 1 : 0];
    UINT32 bits = size * 8, count = last->kind == INSN_OPERAND_IMMEDIATE ? (UINT32)last->imm : (UINT32)gpr[RCX];
    unsigned __int128 value = old;
    UINT32 wide, position;
    UINT64 source;

    switch (insn->op)
    {
    case INSN_BTS: case INSN_BTR: case INSN_BTC:
        if (last->kind == INSN_OPERAND_GPR) count = insn_get_gpr( gpr, last->reg, last->size );
        source = 1ull << (count & (bits - 1));
        *result = insn->op == INSN_BTS ? old | source : insn->op == INSN_BTR ? old & ~source : old ^ source;
        return 1;
    }
    if (insn->operand_count == 1) count = 1;
    count &= size == 8 ? 63 : 31;
    *result = old;
    switch (insn->op)
    {
    case INSN_SHL: *result = count < 64 ? old << count : 0; return 1;
    case INSN_SHR: *result = match_cut( old, size ) >> count; return 1;
    case INSN_SAR: *result = insn_sign_extend( old, size ) >> count; return 1;
    case INSN_ROL:
    case INSN_ROR:
        count %= bits;
        if (insn->op == INSN_ROR) count = (bits - count) % bits;
        if (count) *result = old << count | match_cut( old, size ) >> (bits - count);
        return 1;
    case INSN_RCL:
    case INSN_RCR:
        wide = bits + 1;
        if (!(count %= wide)) return 1;
        position = insn->op == INSN_RCL ? count - 1 : bits - count;
        *rflags = (*rflags & ~RFLAGS_CF) | (data >> position & 1);
        if (insn->op == INSN_RCR) count = wide - count;
        value |= (unsigned __int128)(*rflags & RFLAGS_CF) << bits;
        *result = value << count | value >> (wide - count);
        return 1;
    case INSN_SHLD:
    case INSN_SHRD:
        source = insn_get_gpr( gpr, insn->operands[1].reg, insn->operands[1].size );
        if (!count) return 1;
        if (count >= bits) return 0;
        *result = insn->op == INSN_SHLD ? old << count | source >> (bits - count)
                                        : old >> count | source << (bits - count);
        return 1;
    }
    return 0;
}

/* One that has failed writes what it has just loaded into rAX (rDX:rAX): that these are equal is the evidence. An
 * address made of them can't be computed any more. */
enum match match_failed_exchange( const struct insn *insn, const UINT64 gpr[16], UINT64 data, UINT32 size )
{
    UINT64 loaded = gpr[RAX];

    if (insn->op == INSN_CMPXCHG8B) loaded = (UINT32)loaded | gpr[RDX] << 32;
    return match_cut( loaded, size < 8 ? size : 8 ) == data ? MATCH_EXACT : MATCH_NONE;
}

/* Are the flags that KVM shows those of this result? */
static BOOL flags_agree( const struct vp *vp, UINT8 op, UINT64 old, UINT64 source, UINT64 result, UINT32 size )
{
    UINT64 want = 0, mask = RFLAGS_ZF | RFLAGS_SF | RFLAGS_PF, top = 1ull << (size * 8 - 1), carries;

    switch (op)
    {
    case INSN_ADD: case INSN_ADC: case INSN_SUB: case INSN_SBB:
        /* what has been carried out of each bit (borrowed by it) */
        if (op == INSN_ADD || op == INSN_ADC) carries = (old & source) | ((old | source) & ~result);
        else carries = (~old & source) | ((~old | source) & result);
        if (carries & top) want |= RFLAGS_CF;
        if (carries & 8) want |= RFLAGS_AF;
        mask |= RFLAGS_CF | RFLAGS_AF;
        break;
    case INSN_OR: case INSN_AND: case INSN_XOR:
        mask |= RFLAGS_CF;
        break;
    case INSN_INC: case INSN_DEC: case INSN_NEG:
        break;
    default:
        return 1;
    }
    result = match_cut( result, size );
    if (!result) want |= RFLAGS_ZF;
    if (result & top) want |= RFLAGS_SF;
    if (!__builtin_parity( (UINT8)result )) want |= RFLAGS_PF;
    return !((view_regs( vp )->rflags ^ want) & mask);
}

/* Read-modify-write of read-only memory: KVM has read it silently and changed the registers. Memory still holds the old
 * value. Status flags stay as they are now: the instruction sets them again whenever it is executed. Those that it
 * reads are undone. */
enum match match_undo( struct vp *vp, const struct insn *insn, UINT64 gva, const struct rewind_access *access,
                               UINT32 offset, UINT64 data, UINT32 size, UINT64 gpr[16], UINT64 *rflags )
{
    UINT64 old = 0, source = 0, result;
    UINT32 known = access->size + access->more;

    if (size > 8) return MATCH_ADDRESS;
    /* of a device KVM would have asked first */
    if (!match_read( vp, gva, &old, size )) return MATCH_NONE;
    switch (insn->op)
    {
    case INSN_INC: result = old + 1; break;
    case INSN_DEC: result = old - 1; break;
    case INSN_NOT: result = ~old; break;
    case INSN_NEG: result = -old; break;
    case INSN_XCHG:
    case INSN_XADD:
        /* undone by match_write; what the register held then is what memory holds still */
        return match_cut( exchanged_value( vp, insn ), size ) == old ? MATCH_EXACT : MATCH_NONE;
    case INSN_CMPXCHG:
        if (!match_operand( vp, insn, gpr, &source )) return MATCH_ADDRESS;
        result = insn_get_gpr( gpr, insn->operands[1].reg, size );
        break;
    case INSN_ADD: case INSN_OR: case INSN_AND: case INSN_SUB: case INSN_XOR: case INSN_ADC: case INSN_SBB:
        if (!match_operand( vp, insn, gpr, &source )) return MATCH_ADDRESS;
        switch (insn->op)
        {
        case INSN_ADD: result = old + source; break;
        case INSN_OR:  result = old | source; break;
        case INSN_AND: result = old & source; break;
        case INSN_SUB: result = old - source; break;
        case INSN_XOR: result = old ^ source; break;
        case INSN_ADC:
            /* the carry that went in is in the difference */
            result = match_cut( data - old - source, known );
            if (result > 1) return MATCH_NONE;
            *rflags = (*rflags & ~RFLAGS_CF) | result;
            result = old + source + result;
            break;
        default:
            result = match_cut( old - source - data, known );
            if (result > 1) return MATCH_NONE;
            *rflags = (*rflags & ~RFLAGS_CF) | result;
            result = old - source - result;
            break;
        }
        break;
    default:
        if (!shift_result( insn, gpr, old, data, size, rflags, &result )) return MATCH_ADDRESS;
        break;
    }
    if (match_cut( result >> offset * 8, known ) != data) return MATCH_NONE;
    return flags_agree( vp, insn->op, old, source, result, size ) ? MATCH_EXACT : MATCH_ADDRESS;
}
