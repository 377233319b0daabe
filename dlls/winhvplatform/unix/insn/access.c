/*
 * What an instruction touches
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
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

/* What an instruction does with memory, one after the other. */
enum step
{
    STEP_END,
    STEP_NOTHING,               /* the operand is only named */
    STEP_OPERAND,               /* the explicit one, if there is one */
    STEP_PUSH,
    STEP_POP,
    STEP_PUSH_ALL,
    STEP_POP_ALL,
    STEP_POP_RETURN,            /* what IRET pops beyond three words: in 64-bit mode, always */
    STEP_LEAVE,
    STEP_ENTER,
    STEP_SOURCE,
    STEP_LOAD_DESTINATION,
    STEP_STORE_DESTINATION,
    STEP_TABLE,
    STEP_MASKED,
    STEP_GATHER,
    STEP_INPUT,
    STEP_OUTPUT,
    STEP_CLEAR_LINE,
    STEP_STORE_LINE,
};

/* in flags, beside INSN_ACCESSES_ bits */
#define ROW_STORES   0x40       /* memory that no operand names is written */
#define ROW_SELECTOR 0x80       /* INSN_ACCESSES_SYSTEM if operand 0 is a segment register */

/* Those without steps have their explicit operand and nothing else. moved: see insn_string_registers(). */
static const struct { UINT8 flags, steps[6], moved; } rows[INSN_OP_COUNT] =
{
    [INSN_MOV]      = { ROW_SELECTOR },
    [INSN_PUSH]     = { ROW_STORES, { STEP_OPERAND, STEP_PUSH } },
    [INSN_PUSHF]    = { ROW_STORES, { STEP_PUSH } },
    [INSN_PUSHA]    = { ROW_STORES, { STEP_PUSH_ALL } },
    [INSN_POP]      = { ROW_SELECTOR, { STEP_POP, STEP_OPERAND } },
    [INSN_POPF]     = { 0, { STEP_POP } },
    [INSN_POPA]     = { 0, { STEP_POP_ALL } },
    [INSN_ENTER]    = { ROW_STORES, { STEP_ENTER } },
    [INSN_LEAVE]    = { 0, { STEP_LEAVE } },
    [INSN_CALL]     = { ROW_STORES, { STEP_OPERAND, STEP_PUSH } },
    [INSN_RET]      = { 0, { STEP_POP } },
    /* by a gate to another stack, to another task */
    [INSN_CALL_FAR] = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE | ROW_STORES,
                        { STEP_OPERAND, STEP_PUSH, STEP_PUSH } },
    [INSN_JMP_FAR]  = { INSN_ACCESSES_SYSTEM },
    /* from an outer level's stack */
    [INSN_RET_FAR]  = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE, { STEP_POP, STEP_POP } },
    [INSN_IRET]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE, { STEP_POP, STEP_POP, STEP_POP, STEP_POP_RETURN } },
    [INSN_LOAD_FAR] = { INSN_ACCESSES_SYSTEM },
    [INSN_SELECTOR] = { INSN_ACCESSES_SYSTEM },
    [INSN_INT]      = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INT1]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INT3]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INTO]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_MOVS]     = { ROW_STORES, { STEP_SOURCE, STEP_STORE_DESTINATION }, 1 << RSI | 1 << RDI },
    [INSN_STOS]     = { ROW_STORES, { STEP_STORE_DESTINATION }, 1 << RDI },
    [INSN_LODS]     = { 0, { STEP_SOURCE }, 1 << RSI },
    [INSN_CMPS]     = { 0, { STEP_SOURCE, STEP_LOAD_DESTINATION }, 1 << RSI | 1 << RDI },
    [INSN_SCAS]     = { 0, { STEP_LOAD_DESTINATION }, 1 << RDI },
    [INSN_INS]      = { ROW_STORES, { STEP_INPUT, STEP_STORE_DESTINATION }, 1 << RDI },
    [INSN_OUTS]     = { 0, { STEP_SOURCE, STEP_OUTPUT }, 1 << RSI },
    [INSN_IN]       = { 0, { STEP_INPUT } },
    [INSN_OUT]      = { 0, { STEP_OUTPUT } },
    [INSN_XLAT]     = { 0, { STEP_TABLE } },
    [INSN_HINT]     = { 0, { STEP_NOTHING } },
    [INSN_UD]       = { 0, { STEP_NOTHING } },
    [INSN_INVLPG]   = { 0, { STEP_NOTHING } },
    [INSN_VMASKMOV] = { 0, { STEP_MASKED } },
    [INSN_MASKMOV]  = { ROW_STORES, { STEP_MASKED } },
    [INSN_GATHER]   = { 0, { STEP_GATHER } },
    /* the components behind the header */
    [INSN_XSAVE]    = { INSN_ACCESSES_MORE },
    [INSN_XSAVEOPT] = { INSN_ACCESSES_MORE },
    [INSN_XSAVEC]   = { INSN_ACCESSES_MORE },
    [INSN_XSAVES]   = { INSN_ACCESSES_MORE },
    [INSN_XRSTOR]   = { INSN_ACCESSES_MORE },
    [INSN_XRSTORS]  = { INSN_ACCESSES_MORE },
    [INSN_CLZERO]   = { ROW_STORES, { STEP_CLEAR_LINE } },
    [INSN_MOVDIR64B] = { ROW_STORES, { STEP_OPERAND, STEP_STORE_LINE } },
};

struct builder
{
    const struct insn       *insn;
    const struct insn_state *state;
    struct insn_access_list *list;
    INT64                    moved;             /* bytes by which the stack pointer has been moved so far */
};

static UINT64 cut( UINT64 value, UINT8 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

static void add( struct builder *builder, UINT8 kind, UINT8 segment, UINT64 offset, UINT32 size, UINT8 access )
{
    struct insn_access *next = &builder->list->access[builder->list->count++];

    next->offset = offset;
    next->size = size;
    next->segment = segment;
    next->access = access;
    next->kind = kind;
}

/* ---- the explicit operand ---- */

BOOL insn_is_plain( const struct insn *insn )
{
    return !rows[insn->op].steps[0];
}

BOOL insn_stores( const struct insn *insn )
{
    if (rows[insn->op].flags & ROW_STORES) return TRUE;
    return insn->has_mem && insn->mem.access & INSN_WRITE && !insn->mem.vsib;
}

static void add_operand( struct builder *builder )
{
    const struct insn_state *state = builder->state;
    struct insn_access_list *list = builder->list;
    struct insn_access *access = &list->access[list->count];
    const struct insn *insn = builder->insn;
    UINT64 popped;

    if (!insn_plain_access( insn, state->gpr, state->next_rip, access ))
    {
        if (insn->has_mem && insn->mem.vsib) list->flags |= INSN_ACCESSES_MORE;
        return;
    }
    list->count++;
    if (insn->op != INSN_POP || insn->mem.base != RSP) return;
    /* the stack pointer has moved, no further than its size goes */
    popped = cut( state->gpr[RSP] + builder->moved, state->stack_size ) - cut( state->gpr[RSP], state->stack_size );
    access->offset = cut( access->offset + popped, insn->address_size );
}

/* ---- the stack ---- */

/* bytes from where rSP, or rBP, was. */
static void add_stack( struct builder *builder, UINT8 kind, UINT8 reg, INT64 bytes, UINT32 size, UINT8 access )
{
    const struct insn_state *state = builder->state;

    add( builder, kind, SEGMENT_SS, cut( state->gpr[reg] + bytes, state->stack_size ), size, access );
}

/* A selector that is pushed with 4 bytes, or popped, is but 2 of them. */
static UINT32 word_size( const struct insn *insn, UINT8 access )
{
    UINT8 size = insn->stack_size;

    if (insn->operands[0].kind != INSN_OPERAND_SEGMENT) return size;
    return access == INSN_READ || size == 4 ? 2 : size;
}

static void push( struct builder *builder )
{
    builder->moved -= builder->insn->stack_size;
    add_stack( builder, INSN_ACCESS_STACK, RSP, builder->moved, word_size( builder->insn, INSN_WRITE ), INSN_WRITE );
}

static void pop( struct builder *builder )
{
    add_stack( builder, INSN_ACCESS_STACK, RSP, builder->moved, word_size( builder->insn, INSN_READ ), INSN_READ );
    builder->moved += builder->insn->stack_size;
}

static void push_all( struct builder *builder )
{
    UINT32 i;

    for (i = 0; i < 8; i++) push( builder );
}

/* The word of rSP is passed over. */
static void pop_all( struct builder *builder )
{
    UINT32 i;

    for (i = 0; i < 8; i++)
    {
        if (RDI - i == RSP) builder->moved += builder->insn->stack_size;
        else pop( builder );
    }
}

static void add_enter( struct builder *builder )
{
    const struct insn *insn = builder->insn;
    INT32 level = insn->operands[1].imm & 31, size = insn->stack_size, i;

    push( builder );
    for (i = 1; i < level; i++)
    {
        add_stack( builder, INSN_ACCESS_FRAME, RBP, -i * size, size, INSN_READ );
        push( builder );
    }
    if (level) push( builder );
    builder->moved -= (UINT16)insn->operands[0].imm;
    add_stack( builder, INSN_ACCESS_PROBE, RSP, builder->moved, size, INSN_WRITE );
}

/* ---- operands that are addressed by registers of their own ---- */

static void add_by( struct builder *builder, UINT8 kind, UINT8 segment, UINT8 reg, UINT32 size, UINT8 access )
{
    add( builder, kind, segment, cut( builder->state->gpr[reg & 15], builder->insn->address_size ), size, access );
}

UINT16 insn_port( const struct insn *insn, const UINT64 gpr[16] )
{
    const struct insn_operand *operand = &insn->operands[insn->op == INSN_IN];

    return operand->kind == INSN_OPERAND_IMMEDIATE ? (UINT8)operand->imm : (UINT16)gpr[RDX];
}

static void add_port( struct builder *builder, UINT8 access )
{
    const struct insn *insn = builder->insn;

    add( builder, INSN_ACCESS_PORT, INSN_SEGMENT_NONE, insn_port( insn, builder->state->gpr ), insn->operand_size,
         access );
}

/* ---- element by element ---- */

static UINT32 element_count( const struct insn *insn )
{
    UINT32 count = (insn->op == INSN_VMASKMOV ? insn->mem.size : insn->operands[0].size) / insn->element;

    return count < 64 ? count : 64;
}

/* A bit for each element that is wanted: by the uppermost bit of the mask's, or in a mask register. */
static UINT64 wanted_elements( const struct insn *insn, const UINT8 *mask )
{
    UINT32 i, count = element_count( insn );
    UINT64 wanted = 0;

    if (insn->opmask) wanted = load64( mask );
    else for (i = 0; i < count; i++) wanted |= (UINT64)(mask[(i + 1) * insn->element - 1] >> 7) << i;
    return count < 64 ? wanted & ((1ull << count) - 1) : wanted;
}

static void add_masked( struct builder *builder )
{
    const struct insn_state *state = builder->state;
    const struct insn *insn = builder->insn;
    struct insn_access_list *list = builder->list;
    struct insn_access *access;
    UINT32 first, last;
    UINT64 wanted;

    if (insn->op != INSN_MASKMOV) add_operand( builder );
    else add_by( builder, INSN_ACCESS_OPERAND, insn->string_segment, RDI, insn->operands[0].size, INSN_WRITE );
    if (!list->count || !insn->element) return;
    if (!state->mask)
    {
        list->flags |= INSN_ACCESSES_LESS;
        return;
    }
    if (!(wanted = wanted_elements( insn, state->mask )))
    {
        list->count = 0;
        return;
    }
    first = __builtin_ctzll( wanted );
    last = 63 - __builtin_clzll( wanted );
    access = &list->access[list->count - 1];
    access->offset = cut( access->offset + first * insn->element, insn->address_size );
    access->size = (last - first + 1) * insn->element;
    list->element = insn->element;
    list->skipped = first * insn->element;
    list->mask = wanted >> first;
}

static void add_gathered( struct builder *builder )
{
    const struct insn_state *state = builder->state;
    const struct insn *insn = builder->insn;
    UINT64 wanted, offset, base;
    UINT32 i;

    if (!state->index || !state->mask || !insn->element)
    {
        builder->list->flags |= INSN_ACCESSES_MORE;
        return;
    }
    base = insn_mem_offset( insn, state->gpr, state->next_rip );
    for (wanted = wanted_elements( insn, state->mask ) & 0xff; wanted; wanted &= wanted - 1)
    {
        i = __builtin_ctzll( wanted );
        /* 90, 92: indices of 4 bytes; 91, 93: of 8 */
        if (!(insn->opcode & 1)) offset = (INT32)load32( state->index + i * 4 );
        else if (i < 4) offset = load64( state->index + i * 8 );
        else break;
        offset = cut( base + offset * insn->mem.scale, insn->address_size );
        add( builder, INSN_ACCESS_OPERAND, insn->mem.segment, offset, insn->element, INSN_READ );
    }
}

/* ---- all of it ---- */

static void take_step( struct builder *builder, UINT8 step )
{
    const struct insn *insn = builder->insn;
    const UINT64 *gpr = builder->state->gpr;

    switch (step)
    {
    case STEP_OPERAND:      add_operand( builder ); break;
    case STEP_PUSH:         push( builder ); break;
    case STEP_POP:          pop( builder ); break;
    case STEP_PUSH_ALL:     push_all( builder ); break;
    case STEP_POP_ALL:      pop_all( builder ); break;
    case STEP_LEAVE:        add_stack( builder, INSN_ACCESS_STACK, RBP, 0, insn->stack_size, INSN_READ ); break;
    case STEP_ENTER:        add_enter( builder ); break;
    case STEP_MASKED:       add_masked( builder ); break;
    case STEP_GATHER:       add_gathered( builder ); break;
    case STEP_INPUT:        add_port( builder, INSN_READ ); break;
    case STEP_OUTPUT:       add_port( builder, INSN_WRITE ); break;
    case STEP_POP_RETURN:
        if (insn->mode != INSN_MODE_64) break;
        pop( builder );
        pop( builder );
        break;
    case STEP_SOURCE:
        add_by( builder, INSN_ACCESS_SOURCE, insn->string_segment, RSI, insn->operand_size, INSN_READ );
        break;
    case STEP_LOAD_DESTINATION:
        add_by( builder, INSN_ACCESS_DESTINATION, SEGMENT_ES, RDI, insn->operand_size, INSN_READ );
        break;
    case STEP_STORE_DESTINATION:
        add_by( builder, INSN_ACCESS_DESTINATION, SEGMENT_ES, RDI, insn->operand_size, INSN_WRITE );
        break;
    case STEP_TABLE:
        add( builder, INSN_ACCESS_TABLE, insn->string_segment, cut( gpr[RBX] + (UINT8)gpr[RAX], insn->address_size ), 1,
             INSN_READ );
        break;
    case STEP_CLEAR_LINE:
        add_by( builder, INSN_ACCESS_LINE, SEGMENT_DS, RAX, 64, INSN_WRITE );
        break;
    case STEP_STORE_LINE:
        add_by( builder, INSN_ACCESS_OPERAND, SEGMENT_ES, insn->operands[0].reg, 64, INSN_WRITE );
        break;
    }
}

void insn_accesses( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    struct builder builder = { insn, state, list, 0 };
    const UINT8 *step = rows[insn->op].steps;
    UINT8 flags = rows[insn->op].flags;

    list->count = list->element = list->skipped = 0;
    list->mask = 0;
    list->flags = flags & (INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE | INSN_ACCESSES_LESS);
    if (flags & ROW_SELECTOR && insn->operands[0].kind == INSN_OPERAND_SEGMENT) list->flags |= INSN_ACCESSES_SYSTEM;
    if (insn->rep && !cut( state->gpr[RCX], insn->address_size )) return;
    /* masks and broadcasts of EVEX that have no word */
    if (insn->op == INSN_OTHER && insn->vex == 2) list->flags |= INSN_ACCESSES_LESS;
    if (!*step) add_operand( &builder );
    for (; *step; step++) take_step( &builder, *step );
}

/* Among the first count of the list: a word beside this one, or words. */
static struct insn_access *find_neighbour( struct insn_access_list *list, UINT32 count,
                                           const struct insn_access *access )
{
    UINT32 i;

    if (access->kind != INSN_ACCESS_STACK && access->kind != INSN_ACCESS_FRAME) return NULL;
    for (i = 0; i < count; i++)
    {
        struct insn_access *other = &list->access[i];

        if (other->kind != access->kind || other->access != access->access) continue;
        if (access->offset + access->size == other->offset) return other;
        if (other->offset + other->size == access->offset) return other;
    }
    return NULL;
}

void insn_merge_accesses( struct insn_access_list *list )
{
    struct insn_access *neighbour;
    UINT32 i, count = 0;

    for (i = 0; i < list->count; i++)
    {
        const struct insn_access *access = &list->access[i];

        if ((neighbour = find_neighbour( list, count, access )))
        {
            if (access->offset < neighbour->offset) neighbour->offset = access->offset;
            neighbour->size += access->size;
        }
        else list->access[count++] = *access;
    }
    list->count = count;
}

UINT32 insn_string_registers( const struct insn *insn )
{
    return rows[insn->op].moved;
}

UINT32 insn_access_segments( const struct insn *insn )
{
    const UINT8 *step = rows[insn->op].steps;
    UINT32 mask = 0;

    if (insn->has_mem && *step != STEP_NOTHING) mask |= 1 << insn->mem.segment;
    for (; *step; step++)
    {
        switch (*step)
        {
        case STEP_PUSH: case STEP_PUSH_ALL: case STEP_ENTER:
        case STEP_POP: case STEP_POP_ALL: case STEP_POP_RETURN: case STEP_LEAVE:
            mask |= 1 << SEGMENT_SS;
            break;
        case STEP_SOURCE: case STEP_TABLE:
            mask |= 1 << insn->string_segment;
            break;
        case STEP_LOAD_DESTINATION: case STEP_STORE_DESTINATION: case STEP_STORE_LINE:
            mask |= 1 << SEGMENT_ES;
            break;
        case STEP_MASKED:
            if (insn->op == INSN_MASKMOV) mask |= 1 << insn->string_segment;
            break;
        case STEP_CLEAR_LINE:
            mask |= 1 << SEGMENT_DS;
            break;
        }
    }
    return mask;
}
