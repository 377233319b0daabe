/*
 * Could this instruction have made this write? (x86)
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

#include "emulate/alu.h"
#include "exit/rewind_match.h"
#include "exit/rewind_operand.h"
#include "exit/rewind_types.h"
#include "exit/rewind_undo.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* What a vector register stores at offset. The image is fetched for it: whoever emulates a vector store needs it anyway. */
static BOOL vector_value( struct vp *vp, const struct insn *insn, UINT32 offset, UINT32 size, UINT64 *value )
{
    const struct insn_operand *operand = &insn->operands[insn->operands[0].kind == INSN_OPERAND_MEMORY];
    BOOL high = insn->opcode == 0x16 || insn->opcode == 0x17;

    *value = 0;
    if (operand->kind == INSN_OPERAND_MMX && offset + size <= 8)
    {
        if (FAILED(lazy_fetch( vp, VP_XSAVE ))) return 0;
        /* the image has them as ST(n), from the top of the stack on (bits 11 to 13 of the status word) */
        memcpy( value, vp->arch.lazy.xsave + 32 + ((operand->reg - (vp->arch.lazy.xsave[3] >> 3)) & 7) * 16 + offset, size );
        return 1;
    }
    offset += high ? 8 : 0;
    if (operand->kind != INSN_OPERAND_VECTOR || operand->reg >= 16 || offset + size > 16) return 0;
    if (FAILED(lazy_fetch( vp, VP_XSAVE ))) return 0;
    memcpy( value, vp->arch.lazy.xsave + 160 + operand->reg * 16 + offset, size );
    return 1;
}

/* Has this CALL, with its registers as they were before it, led to where the RIP is? */
static BOOL match_target( struct vp *vp, const struct insn *insn, UINT64 end, const UINT64 gpr[16] )
{
    const struct insn_operand *operand = &insn->operands[0];
    UINT64 target = 0;

    switch (operand->kind)
    {
    case INSN_OPERAND_IMMEDIATE: target = end + operand->imm; break;
    case INSN_OPERAND_GPR:       target = insn_get_gpr( gpr, operand->reg, operand->size ); break;
    case INSN_OPERAND_MEMORY:
        /* of a target in a device KVM has asked before it pushes: then this is no exit of the client's */
        if (!insn->mem.size || insn->mem.size > 8 ||
            !match_read( vp, code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end )), &target, insn->mem.size ))
            return 0;
        break;
    default:
        return 0;
    }
    return match_cut( target, insn->operand_size ) == view_regs( vp )->rip;
}

/* Is value what was stored? gva is where the access that KVM reports begins, offset bytes into the operand; what lies on the
 * operand's other page stands in memory by now, if that is memory. */
static enum match match_value( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 offset, UINT64 value )
{
    UINT32 known = access->size + access->more, begin = offset ? 0 : known, count = offset ? offset : size - known;
    UINT64 data = 0, rest = 0, other = offset ? gva - offset : gva + access->size;

    memcpy( &data, access->data, known );
    if (match_cut( value >> offset * 8, known ) != data) return MATCH_NONE;
    if (size > 8 || known >= size || !match_is_memory( vp, other, 1 )) return MATCH_EXACT;
    if (!match_read( vp, other, &rest, count )) return MATCH_EXACT;
    return match_cut( value >> begin * 8, count ) == rest ? MATCH_EXACT : MATCH_ADDRESS;
}

static BOOL is_based_on( const struct insn *insn, UINT8 reg )
{
    return insn->mem.base == reg || insn->mem.index == reg;
}

/* Could insn, which ended at end (an offset in CS), have made this write? gpr and rflags come in as they are after it and go out
 * as they were before it. */
enum match match_write( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                               UINT64 gpr[16], UINT64 *rflags, UINT64 *gva, BOOL *fragments )
{
    INT64 step = *rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;
    UINT32 size = insn->operand_size, offset = 0, known = access->size + access->more;
    UINT64 data = 0, value, ss, operand;

    memcpy( &data, access->data, known );

    switch (insn->op)
    {
    case INSN_STOS:
    case INSN_MOVS:
        match_add_gpr( gpr, RDI, insn->address_size, -step );
        if (insn->op == INSN_MOVS) match_add_gpr( gpr, RSI, insn->address_size, -step );
        if (insn->rep) match_add_gpr( gpr, RCX, insn->address_size, 1 );
        *gva = code_linear( vp, SEGMENT_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
        if (!match_address( vp, access, *gva, size, &offset )) return MATCH_NONE;
        *gva += offset;
        *fragments = known < size;
        if (insn->op == INSN_STOS) value = gpr[RAX];
        else
        {
            value = 0;
            /* between two iterations it is known to be this instruction, which has just read there: no system call */
            if (code_read( vp, code_linear( vp, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size )),
                           (UINT8 *)&value, size, !!insn->rep ) != size) return MATCH_ADDRESS;
        }
        return match_value( vp, access, *gva, size, offset, value );

    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_CALL:
        ss = match_stack_size( vp );
        *gva = code_linear( vp, SEGMENT_SS, insn_get_gpr( gpr, RSP, ss ));
        size = insn->stack_size;
        /* a selector fills but half of such a slot, in KVM's emulator always */
        if (size == 4 && access->size < 4 && insn->operands[0].kind == INSN_OPERAND_SEGMENT) size = 2;
        if (!match_address( vp, access, *gva, size, &offset )) return MATCH_NONE;
        *gva += offset;
        *fragments = known < size;
        match_add_gpr( gpr, RSP, ss, insn->stack_size );
        if (insn->op == INSN_CALL)
        {
            if (!match_target( vp, insn, end, gpr )) return MATCH_NONE;
            value = end;
        }
        else if (insn->op == INSN_PUSHF) value = *rflags & ~(RFLAGS_VM | RFLAGS_RF);
        else if (insn->has_mem)
        {
            value = 0;
            if (!match_read( vp, code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end )), &value, size ))
                return MATCH_ADDRESS;
        }
        else if (!match_operand( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        return match_value( vp, access, *gva, size, offset, value );

    case INSN_PUSHA:
        /* of its eight stores KVM reports but the last */
        ss = match_stack_size( vp );
        *gva = code_linear( vp, SEGMENT_SS, insn_get_gpr( gpr, RSP, ss ));
        if (!match_address( vp, access, *gva, size, &offset )) return MATCH_NONE;
        *gva += offset;
        *fragments = known < size;
        match_add_gpr( gpr, RSP, ss, 8 * size );
        return match_value( vp, access, *gva, size, offset, gpr[RDI] );

    case INSN_ENTER:
        /* KVM's emulator goes by the width of the stack; it refuses to nest */
        size = ss = match_stack_size( vp );
        if (insn->operands[0].kind != INSN_OPERAND_IMMEDIATE ||
            match_cut( gpr[RBP] - gpr[RSP] - (UINT16)insn->operands[0].imm, ss )) return MATCH_NONE;
        operand = code_linear( vp, SEGMENT_SS, insn_get_gpr( gpr, RBP, ss ));
        if (!match_address( vp, access, operand, size, &offset )) return MATCH_NONE;
        *gva = operand + offset;
        *fragments = known < size;
        /* what was pushed is the old frame pointer */
        value = data << offset * 8;
        if ((offset && !match_read( vp, operand, &value, offset )) || offset + known < size) return MATCH_ADDRESS;
        match_add_gpr( gpr, RSP, ss, match_cut( gpr[RBP] - gpr[RSP], ss ) + size );
        match_add_gpr( gpr, RBP, ss, value - gpr[RBP] );
        return MATCH_EXACT;
    }

    if (!insn->has_mem || !(insn->mem.access & INSN_WRITE) || insn->mem.vsib) return MATCH_NONE;
    size = insn->mem.size;
    /* KVM's emulator stores a selector with as many bytes as REX.W says */
    if (insn->op == INSN_MOV && access->size == 8 && insn->operands[1].kind == INSN_OPERAND_SEGMENT) size = 8;
    if ((insn->op == INSN_SLDT || insn->op == INSN_STR || insn->op == INSN_SMSW) && access->size == 8 && size == 2 && insn->operand_size == 8) size = 8;
    if (match_is_exchange( insn ) && !(*rflags & RFLAGS_ZF) && (is_based_on( insn, RAX ) || is_based_on( insn, 2 )))
        return known == (size < 8 ? size : 8) && match_failed_exchange( insn, gpr, data, size ) ? MATCH_ADDRESS : MATCH_NONE;
    if (insn->op == INSN_XCHG || insn->op == INSN_XADD) match_undo_exchange( insn, data, gpr );
    /* POP m computes the address with the stack pointer as it is afterwards: as it is now */
    *gva = operand = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end ));
    if (!match_address( vp, access, operand, size, &offset )) return MATCH_NONE;
    *gva += offset;
    *fragments = known < size;
    /* the first half has been stored already: what it was is nowhere */
    if (offset && (insn->mem.access & INSN_READ) && !(match_is_exchange( insn ) && !(*rflags & RFLAGS_ZF)))
    {
        if (insn->op == INSN_XCHG || insn->op == INSN_XADD)
        {
            /* not only the half that KVM reports went into the register, or out of it */
            value = 0;
            if (size > 8 || !match_read( vp, operand, &value, offset )) return MATCH_ADDRESS;
            regs_to_gpr( view_regs( vp ), gpr );
            match_undo_exchange( insn, value | data << offset * 8, gpr );
        }
        return MATCH_ADDRESS;
    }

    switch (insn->op)
    {
    case INSN_MOV:
    case INSN_MOVNTI:
        if (!match_operand( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        break;
    case INSN_MOVBE:
        if (!match_operand( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        value = __builtin_bswap64( value ) >> (8 - size) * 8;
        break;
    case INSN_SETCC:
        value = alu_condition( *rflags, insn->condition );
        break;
    case INSN_POP:
        ss = match_stack_size( vp );
        match_add_gpr( gpr, RSP, ss, -(INT64)insn->stack_size );
        value = 0;
        if (!match_read( vp, code_linear( vp, SEGMENT_SS, insn_get_gpr( gpr, RSP, ss )), &value, size )) return MATCH_ADDRESS;
        break;
    case INSN_VMOV:
        if (!vector_value( vp, insn, offset, access->size, &value )) return MATCH_ADDRESS;
        return value == data ? MATCH_EXACT : MATCH_ADDRESS;
    default:
        if (match_is_exchange( insn ) && !(*rflags & RFLAGS_ZF)) return match_failed_exchange( insn, gpr, data, known );
        if (insn->mem.access & INSN_READ) return match_undo( vp, insn, operand, access, offset, data, size, gpr, rflags );
        return MATCH_ADDRESS;
    }
    return match_value( vp, access, *gva, size, offset, value );
}
