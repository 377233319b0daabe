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
    STEP_RETURN,                /* IRET: three words, five in 64-bit mode or to an outer level */
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
    STEP_FLUSH_LINE,
};

/* in flags, beside INSN_ACCESSES_ bits */
#define ROW_STORES   0x40       /* memory that no operand names is written */
#define ROW_SELECTOR 0x80       /* INSN_ACCESSES_SYSTEM if operand 0 is a segment register */

/* What the addresses go by beside the explicit operand's: general registers, segments, insn->string_segment. */
#define GPR( reg )   (1 << (reg))
#define SEG( name )  (1 << SEGMENT_##name)
#define SEG_STRING   0x80

/* Those without steps have their explicit operand and nothing else. */
static const struct { UINT8 flags, gprs, segments, steps[5]; } rows[INSN_OP_COUNT] =
{
    [INSN_MOV]      = { ROW_SELECTOR },
    [INSN_PUSH]     = { ROW_STORES, GPR( RSP ), SEG( SS ), { STEP_OPERAND, STEP_PUSH } },
    [INSN_PUSHF]    = { ROW_STORES, GPR( RSP ), SEG( SS ), { STEP_PUSH } },
    [INSN_PUSHA]    = { ROW_STORES, GPR( RSP ), SEG( SS ), { STEP_PUSH_ALL } },
    [INSN_POP]      = { ROW_SELECTOR, GPR( RSP ), SEG( SS ), { STEP_POP, STEP_OPERAND } },
    [INSN_POPF]     = { 0, GPR( RSP ), SEG( SS ), { STEP_POP } },
    [INSN_POPA]     = { 0, GPR( RSP ), SEG( SS ), { STEP_POP_ALL } },
    [INSN_ENTER]    = { ROW_STORES, GPR( RSP ) | GPR( RBP ), SEG( SS ), { STEP_ENTER } },
    [INSN_LEAVE]    = { 0, GPR( RBP ), SEG( SS ), { STEP_LEAVE } },
    [INSN_CALL]     = { ROW_STORES, GPR( RSP ), SEG( SS ), { STEP_OPERAND, STEP_PUSH } },
    [INSN_RET]      = { 0, GPR( RSP ), SEG( SS ), { STEP_POP } },
    /* by a gate to another stack, to another task */
    [INSN_CALL_FAR] = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE | ROW_STORES, GPR( RSP ), SEG( SS ),
                        { STEP_OPERAND, STEP_PUSH, STEP_PUSH } },
    [INSN_JMP_FAR]  = { INSN_ACCESSES_SYSTEM },
    /* an outer level's stack pointer */
    [INSN_RET_FAR]  = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE, GPR( RSP ), SEG( SS ), { STEP_POP, STEP_POP } },
    [INSN_IRET]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE, GPR( RSP ), SEG( SS ), { STEP_RETURN } },
    [INSN_LOAD_FAR] = { INSN_ACCESSES_SYSTEM },
    [INSN_LAR]       = { INSN_ACCESSES_SYSTEM },
    [INSN_LSL]       = { INSN_ACCESSES_SYSTEM },
    [INSN_VERR]      = { INSN_ACCESSES_SYSTEM },
    [INSN_VERW]      = { INSN_ACCESSES_SYSTEM },
    [INSN_LLDT]      = { INSN_ACCESSES_SYSTEM },
    [INSN_LTR]       = { INSN_ACCESSES_SYSTEM },
    [INSN_INT]      = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INT1]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INT3]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_INTO]     = { INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE },
    [INSN_MOVS]     = { ROW_STORES, GPR( RSI ) | GPR( RDI ), SEG_STRING | SEG( ES ),
                        { STEP_SOURCE, STEP_STORE_DESTINATION } },
    [INSN_STOS]     = { ROW_STORES, GPR( RDI ), SEG( ES ), { STEP_STORE_DESTINATION } },
    [INSN_LODS]     = { 0, GPR( RSI ), SEG_STRING, { STEP_SOURCE } },
    [INSN_CMPS]     = { 0, GPR( RSI ) | GPR( RDI ), SEG_STRING | SEG( ES ), { STEP_SOURCE, STEP_LOAD_DESTINATION } },
    [INSN_SCAS]     = { 0, GPR( RDI ), SEG( ES ), { STEP_LOAD_DESTINATION } },
    [INSN_INS]      = { ROW_STORES, GPR( RDI ) | GPR( RDX ), SEG( ES ), { STEP_INPUT, STEP_STORE_DESTINATION } },
    [INSN_OUTS]     = { 0, GPR( RSI ) | GPR( RDX ), SEG_STRING, { STEP_SOURCE, STEP_OUTPUT } },
    [INSN_IN]       = { 0, GPR( RDX ), 0, { STEP_INPUT } },
    [INSN_OUT]      = { 0, GPR( RDX ), 0, { STEP_OUTPUT } },
    [INSN_XLAT]     = { 0, GPR( RBX ) | GPR( RAX ), SEG_STRING, { STEP_TABLE } },
    [INSN_FLUSH]    = { 0, 0, 0, { STEP_FLUSH_LINE } },
    [INSN_HINT]     = { 0, 0, 0, { STEP_NOTHING } },
    [INSN_UD]       = { 0, 0, 0, { STEP_NOTHING } },
    [INSN_INVLPG]   = { 0, 0, 0, { STEP_NOTHING } },
    [INSN_VMASKMOV] = { 0, 0, 0, { STEP_MASKED } },
    [INSN_MASKMOV]  = { ROW_STORES, GPR( RDI ), SEG_STRING, { STEP_MASKED } },
    [INSN_GATHER]   = { 0, 0, 0, { STEP_GATHER } },
    /* the components behind the header */
    [INSN_XSAVE]    = { INSN_ACCESSES_MORE },
    [INSN_XSAVEOPT] = { INSN_ACCESSES_MORE },
    [INSN_XSAVEC]   = { INSN_ACCESSES_MORE },
    [INSN_XSAVES]   = { INSN_ACCESSES_MORE },
    [INSN_XRSTOR]   = { INSN_ACCESSES_MORE },
    [INSN_XRSTORS]  = { INSN_ACCESSES_MORE },
    [INSN_CLZERO]   = { ROW_STORES, GPR( RAX ), SEG( DS ), { STEP_CLEAR_LINE } },
    [INSN_MOVDIR64B] = { ROW_STORES, 0, SEG( ES ), { STEP_OPERAND, STEP_STORE_LINE } },
};

static UINT64 cut( UINT64 value, UINT8 size )
{
    return value & insn_size_mask( size );
}

static void add( struct insn_access_list *list, UINT8 kind, UINT8 segment, UINT64 offset, UINT32 size, UINT8 access )
{
    struct insn_access *next = &list->access[list->count++];

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

static void add_operand( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    struct insn_access *access = &list->access[list->count];
    UINT64 popped;

    if (!insn_plain_access( insn, state->gpr, state->next_rip, access ))
    {
        if (insn->has_mem && insn->mem.vsib) list->flags |= INSN_ACCESSES_MORE;
        return;
    }
    list->count++;
    if (insn->op != INSN_POP || insn->mem.base != RSP) return;
    /* the stack pointer has moved, no further than its size goes */
    popped = cut( state->gpr[RSP] + list->moved, state->stack_size ) - cut( state->gpr[RSP], state->stack_size );
    access->offset = cut( access->offset + popped, insn->address_size );
}

/* ---- the stack ---- */

/* bytes from where rSP, or rBP, was. */
static void add_stack( const struct insn_state *state, struct insn_access_list *list, UINT8 kind, UINT8 reg,
                       INT32 bytes, UINT32 size, UINT8 access )
{
    add( list, kind, SEGMENT_SS, cut( state->gpr[reg] + bytes, state->stack_size ), size, access );
}

/* A selector that is pushed with 4 bytes, or popped, is but 2 of them. */
static UINT32 word_size( const struct insn *insn, UINT8 access )
{
    UINT8 size = insn->stack_size;

    if (insn->operands[0].kind != INSN_OPERAND_SEGMENT) return size;
    return access == INSN_READ || size == 4 ? 2 : size;
}

static void push( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list, UINT32 count )
{
    UINT32 size = word_size( insn, INSN_WRITE );

    while (count--)
    {
        list->moved -= insn->stack_size;
        add_stack( state, list, INSN_ACCESS_STACK, RSP, list->moved, size, INSN_WRITE );
    }
}

static void pop( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list, UINT32 count )
{
    UINT32 size = word_size( insn, INSN_READ );

    while (count--)
    {
        add_stack( state, list, INSN_ACCESS_STACK, RSP, list->moved, size, INSN_READ );
        list->moved += insn->stack_size;
    }
}

/* The word of rSP is passed over. */
static void pop_all( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    pop( insn, state, list, RDI - RSP );
    list->moved += insn->stack_size;
    pop( insn, state, list, RSP - RAX );
}

static void add_enter( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    INT32 level = insn->operands[1].imm & 31, size = insn->stack_size, i;

    push( insn, state, list, 1 );
    for (i = 1; i < level; i++)
    {
        add_stack( state, list, INSN_ACCESS_FRAME, RBP, -i * size, size, INSN_READ );
        push( insn, state, list, 1 );
    }
    if (level) push( insn, state, list, 1 );
    list->moved -= (UINT16)insn->operands[0].imm;
    add_stack( state, list, INSN_ACCESS_PROBE, RSP, list->moved, size, INSN_WRITE );
}

/* ---- ports ---- */

UINT16 insn_port( const struct insn *insn, const UINT64 gpr[16] )
{
    const struct insn_operand *operand = &insn->operands[insn->op == INSN_IN];

    return operand->kind == INSN_OPERAND_IMMEDIATE ? (UINT8)operand->imm : (UINT16)gpr[RDX];
}

static void add_port( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list,
                      UINT8 access )
{
    add( list, INSN_ACCESS_PORT, INSN_SEGMENT_NONE, insn_port( insn, state->gpr ), insn->operand_size, access );
}

/* ---- element by element ---- */

UINT32 insn_element_count( const struct insn *insn )
{
    UINT32 count = (insn->op == INSN_VMASKMOV ? insn->mem.size : insn->operands[0].size) / insn->element;

    return count < 64 ? count : 64;
}

/* By the uppermost bit of the mask's element, or in a mask register. */
UINT64 insn_wanted_elements( const struct insn *insn, const UINT8 *mask )
{
    UINT32 i, count = insn_element_count( insn );
    UINT64 wanted = 0;

    if (insn->opmask) wanted = load64( mask );
    else for (i = 0; i < count; i++) wanted |= (UINT64)(mask[(i + 1) * insn->element - 1] >> 7) << i;
    return count < 64 ? wanted & ((1ull << count) - 1) : wanted;
}

static void add_masked( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    struct insn_access *access = &list->access[0];
    UINT32 first, last;
    UINT64 wanted;

    if (insn->op != INSN_MASKMOV) add_operand( insn, state, list );
    else add( list, INSN_ACCESS_OPERAND, insn->string_segment, cut( state->gpr[RDI], insn->address_size ),
              insn->operands[0].size, INSN_WRITE );
    if (!list->count || !insn->element) return;
    if (!state->mask)
    {
        list->flags |= INSN_ACCESSES_LESS;
        return;
    }
    if (!(wanted = insn_wanted_elements( insn, state->mask )))
    {
        list->count = 0;
        return;
    }
    first = __builtin_ctzll( wanted );
    last = 63 - __builtin_clzll( wanted );
    access->offset = cut( access->offset + first * insn->element, insn->address_size );
    access->size = (last - first + 1) * insn->element;
    list->element = insn->element;
    list->skipped = first * insn->element;
    list->mask = wanted >> first;
}

static void add_gathered( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    UINT64 wanted, offset, base;
    UINT32 i;

    if (!state->index || !state->mask || !insn->element)
    {
        list->flags |= INSN_ACCESSES_MORE;
        return;
    }
    base = insn_mem_offset( insn, state->gpr, state->next_rip );
    for (wanted = insn_wanted_elements( insn, state->mask ) & 0xff; wanted; wanted &= wanted - 1)
    {
        i = __builtin_ctzll( wanted );
        /* 90, 92: indices of 4 bytes; 91, 93: of 8 */
        if (!(insn->opcode & 1)) offset = (INT32)load32( state->index + i * 4 );
        else if (i < 4) offset = load64( state->index + i * 8 );
        else break;
        offset = cut( base + offset * insn->mem.scale, insn->address_size );
        add( list, INSN_ACCESS_OPERAND, insn->mem.segment, offset, insn->element, INSN_READ );
    }
}

/* ---- all of it ---- */

static void take_step( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list,
                       UINT8 step )
{
    const UINT64 *gpr = state->gpr;
    UINT8 size = insn->address_size;

    switch (step)
    {
    case STEP_OPERAND:      add_operand( insn, state, list ); break;
    case STEP_PUSH:         push( insn, state, list, 1 ); break;
    case STEP_POP:          pop( insn, state, list, 1 ); break;
    case STEP_PUSH_ALL:     push( insn, state, list, 8 ); break;
    case STEP_POP_ALL:      pop_all( insn, state, list ); break;
    case STEP_RETURN:
        pop( insn, state, list, insn->mode == INSN_MODE_64 || state->outer ? 5 : 3 );
        break;
    case STEP_ENTER:        add_enter( insn, state, list ); break;
    case STEP_LEAVE:
        add_stack( state, list, INSN_ACCESS_STACK, RBP, 0, insn->stack_size, INSN_READ );
        break;
    case STEP_MASKED:       add_masked( insn, state, list ); break;
    case STEP_GATHER:       add_gathered( insn, state, list ); break;
    case STEP_INPUT:        add_port( insn, state, list, INSN_READ ); break;
    case STEP_OUTPUT:       add_port( insn, state, list, INSN_WRITE ); break;
    case STEP_SOURCE:
        add( list, INSN_ACCESS_SOURCE, insn->string_segment, cut( gpr[RSI], size ), insn->operand_size, INSN_READ );
        break;
    case STEP_LOAD_DESTINATION:
        add( list, INSN_ACCESS_DESTINATION, SEGMENT_ES, cut( gpr[RDI], size ), insn->operand_size, INSN_READ );
        break;
    case STEP_STORE_DESTINATION:
        add( list, INSN_ACCESS_DESTINATION, SEGMENT_ES, cut( gpr[RDI], size ), insn->operand_size, INSN_WRITE );
        break;
    case STEP_TABLE:
        add( list, INSN_ACCESS_TABLE, insn->string_segment, cut( gpr[RBX] + (UINT8)gpr[RAX], size ), 1, INSN_READ );
        break;
    case STEP_CLEAR_LINE:
        add( list, INSN_ACCESS_LINE, SEGMENT_DS, cut( gpr[RAX], size ), 64, INSN_WRITE );
        break;
    case STEP_FLUSH_LINE:
        add( list, INSN_ACCESS_PROBE, insn->mem.segment, insn_mem_offset( insn, gpr, state->next_rip ), 1, INSN_READ );
        break;
    case STEP_STORE_LINE:
        add( list, INSN_ACCESS_OPERAND, SEGMENT_ES, cut( gpr[insn->operands[0].reg & 15], size ), 64, INSN_WRITE );
        break;
    }
}

void insn_accesses( const struct insn *insn, const struct insn_state *state, struct insn_access_list *list )
{
    const UINT8 *step = rows[insn->op].steps;
    UINT8 flags = rows[insn->op].flags;

    list->count = list->element = list->skipped = 0;
    list->moved = 0;
    list->flags = flags & (INSN_ACCESSES_SYSTEM | INSN_ACCESSES_MORE | INSN_ACCESSES_LESS);
    if (flags & ROW_SELECTOR && insn->operands[0].kind == INSN_OPERAND_SEGMENT) list->flags |= INSN_ACCESSES_SYSTEM;
    if (insn->rep && !cut( state->gpr[RCX], insn->address_size )) return;
    if (!*step)
    {
        /* masks and broadcasts of EVEX that have no word */
        if (insn->op == INSN_OTHER && insn->vex == 2) list->flags |= INSN_ACCESSES_LESS;
        add_operand( insn, state, list );
    }
    for (; *step; step++) take_step( insn, state, list, *step );
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
    return rows[insn->op].gprs & (GPR( RSI ) | GPR( RDI ));
}

UINT32 insn_access_gprs( const struct insn *insn )
{
    UINT32 mask = rows[insn->op].gprs;

    if (insn->rep) mask |= GPR( RCX );
    if (insn->has_mem && insn->mem.base < 16) mask |= GPR( insn->mem.base );
    if (insn->has_mem && insn->mem.index < 16 && !insn->mem.vsib) mask |= GPR( insn->mem.index );
    switch (insn->op)
    {
    case INSN_MOVDIR64B:
        mask |= GPR( insn->operands[0].reg & 15 );
        break;
    case INSN_BT: case INSN_BTS: case INSN_BTR: case INSN_BTC:
        if (insn->operands[1].kind == INSN_OPERAND_GPR) mask |= GPR( insn->operands[1].reg & 15 );
        break;
    }
    return mask;
}

UINT32 insn_access_segments( const struct insn *insn )
{
    UINT32 mask = rows[insn->op].segments;

    if (insn->has_mem && rows[insn->op].steps[0] != STEP_NOTHING) mask |= 1 << insn->mem.segment;
    if (mask & SEG_STRING) mask |= 1 << insn->string_segment;
    return mask & ~SEG_STRING;
}
