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
#include "host/bytes.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "vm/code_x86.h"
#include "vm/lazy_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* What a vector register stores at offset. The image is fetched for it:
 * whoever emulates a vector store needs it anyway. */
static BOOL vector_value( struct vp *vp, const struct insn *insn, UINT32 offset, UINT32 size, UINT64 *value )
{
    const struct insn_operand *operand = &insn->operands[insn->operands[0].kind == INSN_OPERAND_MEMORY];
    BOOL high = insn->opcode == 0x16 || insn->opcode == 0x17;

    *value = 0;
    if (operand->kind == INSN_OPERAND_MMX && offset + size <= 8)
    {
        if (FAILED(lazy_fetch( vp, VP_XSAVE ))) return 0;
        /* the image has them as ST(n), from the top of the stack on (bits 11 to 13 of the status word) */
        memcpy( value, vp->arch.lazy.xsave + 32 + ((operand->reg - (vp->arch.lazy.xsave[3] >> 3)) & 7) * 16 + offset,
                size );
        return 1;
    }
    offset += high ? 8 : 0;
    if (operand->kind != INSN_OPERAND_VECTOR || operand->reg >= 16 || offset + size > 16) return 0;
    if (FAILED(lazy_fetch( vp, VP_XSAVE ))) return 0;
    memcpy( value, vp->arch.lazy.xsave + 160 + operand->reg * 16 + offset, size );
    return 1;
}

/* Has this CALL, with its registers as they were before it, led to where the RIP is? target: its memory operand. */
static BOOL match_target( struct vp *vp, const struct insn *insn, UINT64 end, const UINT64 gpr[16],
                          const struct insn_access *operand )
{
    UINT64 target = 0;

    switch (insn->operands[0].kind)
    {
    case INSN_OPERAND_IMMEDIATE:
        target = end + insn->operands[0].imm;
        break;
    case INSN_OPERAND_GPR:
        target = insn_get_gpr( gpr, insn->operands[0].reg, insn->operands[0].size );
        break;
    case INSN_OPERAND_MEMORY:
        /* of a target in a device KVM has asked before it pushes: then this is no exit of the client's */
        if (!match_read_access( vp, operand, 0, &target )) return 0;
        break;
    default:
        return 0;
    }
    return match_cut( target, insn->operand_size ) == view_regs( vp )->rip;
}

/* Is value what was stored? gva is where the access that KVM reports begins, offset bytes into the operand; what lies
 * on the operand's other page stands in memory by now, if that is memory. */
static enum match match_value( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size,
                               UINT32 offset, UINT64 value )
{
    UINT32 known = access->size + access->more, begin = offset ? 0 : known, count = offset ? offset : size - known;
    UINT64 data = match_cut( load64( access->data ), known ), other, rest = 0;

    if (match_cut( value >> offset * 8, known ) != data) return MATCH_NONE;
    other = offset ? gva - offset : gva + access->size;
    if (size > 8 || known >= size || !match_is_memory( vp, other, 1 )) return MATCH_EXACT;
    if (!match_read( vp, other, &rest, count )) return MATCH_EXACT;
    return match_cut( value >> begin * 8, count ) == rest ? MATCH_EXACT : MATCH_ADDRESS;
}

static BOOL is_based_on( const struct insn *insn, UINT8 reg )
{
    return insn->mem.base == reg || insn->mem.index == reg;
}

static BOOL find_store( struct vp *vp, const struct rewind_access *access, UINT8 segment, UINT64 offset, UINT32 size,
                        struct match_store *store )
{
    store->gva = code_linear( vp, segment, offset );
    store->size = size;
    store->incomplete = 0;
    if (!match_address( vp, access, store->gva, size, &store->offset )) return 0;
    store->gva += store->offset;
    return 1;
}

/* ---- ENTER ---- */

/* KVM's emulator goes by the width of the stack, whatever the prefixes, and refuses to nest. What was pushed is the old
 * frame pointer: all of it must be known. */
static enum match match_enter( struct vp *vp, const struct insn *insn, const struct rewind_access *access,
                               UINT64 gpr[16], struct match_store *store )
{
    UINT32 size = vp_stack_size( vp ), known = access->size + access->more, begin, rest;
    UINT64 value = 0;

    if (insn->operands[0].kind != INSN_OPERAND_IMMEDIATE ||
        match_cut( gpr[RBP] - gpr[RSP] - (UINT16)insn->operands[0].imm, size )) return MATCH_NONE;
    store->access = INSN_WRITE;
    if (!find_store( vp, access, SEGMENT_SS, match_cut( gpr[RBP], size ), size, store )) return MATCH_NONE;
    begin = store->offset;
    memcpy( (UINT8 *)&value + begin, access->data, known );
    if (begin && !match_read( vp, store->gva - begin, &value, begin )) return MATCH_ADDRESS;
    if (begin + known < size)
    {
        rest = size - begin - known;
        if (!match_is_memory( vp, store->gva + known, 1 ) ||
            !match_read( vp, store->gva + known, (UINT8 *)&value + begin + known, rest ))
        {
            store->incomplete = 1;
            return MATCH_ADDRESS;
        }
    }
    match_add_gpr( gpr, RSP, size, match_cut( gpr[RBP] - gpr[RSP], size ) + size );
    match_add_gpr( gpr, RBP, size, value - gpr[RBP] );
    return MATCH_EXACT;
}

/* ---- the stack and strings ---- */

/* The registers that its addresses go by, as they were before it. FALSE: KVM's emulator lacks it, or shows RIP
 * elsewhere. */
static BOOL undo_registers( const struct insn *insn, UINT8 stack_size, UINT64 gpr[16], UINT64 rflags )
{
    switch (insn->op)
    {
    case INSN_STOS:
    case INSN_MOVS:
        match_undo_string( insn, gpr, rflags );
        return 1;
    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_CALL:
        match_add_gpr( gpr, RSP, stack_size, insn->stack_size );
        return 1;
    case INSN_PUSHA:
        match_add_gpr( gpr, RSP, stack_size, 8 * insn->stack_size );
        return 1;
    case INSN_POP:
        match_add_gpr( gpr, RSP, stack_size, -(INT64)insn->stack_size );
        return 1;
    case INSN_VMASKMOV:
        return 1;
    }
    return 0;
}

/* What it has stored: from is what it has read before, if anything. MATCH_ADDRESS: can't be told. */
static enum match find_implied_value( struct vp *vp, const struct insn *insn, UINT64 end,
                                      const struct insn_access *from, const UINT64 gpr[16], UINT64 rflags,
                                      UINT64 *value )
{
    switch (insn->op)
    {
    case INSN_STOS:
        *value = gpr[RAX];
        return MATCH_EXACT;
    case INSN_MOVS:
        /* between two iterations it is known to be this instruction, which has just read there: no system call */
        return match_read_access( vp, from, !!insn->rep, value ) ? MATCH_EXACT : MATCH_ADDRESS;
    case INSN_CALL:
        *value = end;
        return match_target( vp, insn, end, gpr, from ) ? MATCH_EXACT : MATCH_NONE;
    case INSN_PUSHF:
        *value = rflags & ~(RFLAGS_VM | RFLAGS_RF);
        return MATCH_EXACT;
    case INSN_PUSHA:
        *value = gpr[RDI];
        return MATCH_EXACT;
    case INSN_PUSH:
        if (!insn->has_mem) return match_operand( vp, insn, gpr, value ) ? MATCH_EXACT : MATCH_ADDRESS;
        /* fall through */
    case INSN_POP:
        return match_read_access( vp, from, 0, value ) ? MATCH_EXACT : MATCH_ADDRESS;
    }
    return MATCH_ADDRESS;
}

static enum match match_implied( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                                 UINT64 gpr[16], UINT64 rflags, struct match_store *store )
{
    struct insn_state state = { .gpr = gpr, .next_rip = end };
    struct insn_access_list list;
    const struct insn_access *to;
    enum match match;
    UINT32 size;
    UINT64 value;

    if (insn->op == INSN_ENTER) return match_enter( vp, insn, access, gpr, store );
    if (insn->stack_size) state.stack_size = vp_stack_size( vp );
    if (!undo_registers( insn, state.stack_size, gpr, rflags )) return MATCH_NONE;
    insn_accesses( insn, &state, &list );
    if (!list.count) return MATCH_NONE;
    /* of PUSHA's eight stores KVM reports but the last */
    to = &list.access[list.count - 1];
    if (!((store->access = to->access) & INSN_WRITE)) return MATCH_NONE;
    size = to->size;
    /* there are those that push a selector whole */
    if (insn->op == INSN_PUSH && size == 2 && access->size == 4) size = insn->stack_size;
    if (!find_store( vp, access, to->segment, to->offset, size, store )) return MATCH_NONE;
    match = find_implied_value( vp, insn, end, &list.access[0], gpr, rflags, &value );
    return match == MATCH_EXACT ? match_value( vp, access, store->gva, size, store->offset, value ) : match;
}

/* ---- an operand ---- */

/* KVM's emulator stores a selector with as many bytes as REX.W says. */
static BOOL stores_wide_selector( const struct insn *insn )
{
    switch (insn->op)
    {
    case INSN_MOV:
        return insn->operands[1].kind == INSN_OPERAND_SEGMENT;
    case INSN_SLDT:
    case INSN_STR:
    case INSN_SMSW:
        return insn->operand_size == 8;
    }
    return 0;
}

/* Of a read-modify-write the first half has been stored already: what it was is nowhere. */
static enum match match_half( struct vp *vp, const struct insn *insn, UINT64 data, UINT64 gpr[16],
                              const struct match_store *store )
{
    UINT64 value = 0;

    if (insn->op != INSN_XCHG && insn->op != INSN_XADD) return MATCH_ADDRESS;
    /* not only the half that KVM reports went into the register, or out of it */
    if (store->size > 8 || !match_read( vp, store->gva - store->offset, &value, store->offset )) return MATCH_ADDRESS;
    regs_to_gpr( view_regs( vp ), gpr );
    match_undo_exchange( insn, value | data << store->offset * 8, gpr );
    return MATCH_ADDRESS;
}

/* What a store that is no modification has stored. FALSE: can't be told. */
static BOOL find_value( struct vp *vp, const struct insn *insn, const UINT64 gpr[16], UINT64 rflags, UINT64 *value )
{
    switch (insn->op)
    {
    case INSN_MOV:
    case INSN_MOVNTI:
        return match_operand( vp, insn, gpr, value );
    case INSN_MOVBE:
        if (!match_operand( vp, insn, gpr, value )) return 0;
        *value = __builtin_bswap64( *value ) >> (8 - insn->mem.size) * 8;
        return 1;
    case INSN_SETCC:
        *value = alu_condition( rflags, insn->condition );
        return 1;
    }
    return 0;
}

static enum match match_explicit( struct vp *vp, const struct insn *insn, UINT64 end,
                                  const struct rewind_access *access, UINT64 gpr[16], UINT64 *rflags,
                                  struct match_store *store )
{
    BOOL failed = match_is_exchange( insn ) && !(*rflags & RFLAGS_ZF);
    UINT32 known = access->size + access->more, size = insn->mem.size;
    UINT64 data = match_cut( load64( access->data ), known ), value;
    struct insn_access to;

    if (!(insn->mem.access & INSN_WRITE)) return MATCH_NONE;
    if (failed && (is_based_on( insn, RAX ) || is_based_on( insn, RDX )))
    {
        memset( store, 0, sizeof(*store) );
        if (known != (size < 8 ? size : 8)) return MATCH_NONE;
        return match_failed_exchange( insn, gpr, data, size ) ? MATCH_ADDRESS : MATCH_NONE;
    }
    if (insn->op == INSN_XCHG || insn->op == INSN_XADD) match_undo_exchange( insn, data, gpr );
    if (!insn_plain_access( insn, gpr, end, &to )) return MATCH_NONE;
    if (access->size == 8 && size == 2 && stores_wide_selector( insn )) size = 8;
    store->access = to.access;
    if (!find_store( vp, access, to.segment, to.offset, size, store )) return MATCH_NONE;
    if (failed) return match_failed_exchange( insn, gpr, data, known );
    if (to.access & INSN_READ)
    {
        if (store->offset) return match_half( vp, insn, data, gpr, store );
        return match_undo( vp, insn, store->gva, access, 0, data, size, gpr, rflags );
    }
    if (insn->op == INSN_VMOV)
    {
        if (!vector_value( vp, insn, store->offset, access->size, &value )) return MATCH_ADDRESS;
        return value == data ? MATCH_EXACT : MATCH_ADDRESS;
    }
    if (!find_value( vp, insn, gpr, *rflags, &value )) return MATCH_ADDRESS;
    return match_value( vp, access, store->gva, size, store->offset, value );
}

/* Could insn, which ended at end (an offset in CS), have made this write? gpr and rflags come in as they are after it
 * and go out as they were before it. */
enum match match_write( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                        UINT64 gpr[16], UINT64 *rflags, struct match_store *store )
{
    if (!insn_is_plain( insn )) return match_implied( vp, insn, end, access, gpr, *rflags, store );
    return match_explicit( vp, insn, end, access, gpr, rflags, store );
}
