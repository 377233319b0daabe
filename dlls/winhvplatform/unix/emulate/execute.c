/*
 * Instructions that are emulated by hand
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

#include "emulate/address.h"
#include "emulate/alu.h"
#include "emulate/execute.h"
#include "emulate/far.h"
#include "emulate/fpu.h"
#include "emulate/native.h"
#include "emulate/operand.h"
#include "emulate/result.h"
#include "emulate/return.h"
#include "emulate/selector.h"
#include "emulate/stack.h"
#include "emulate/state.h"
#include "emulate/strings.h"
#include "emulate/system.h"
#include "emulate/vector.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"

static BOOL do_move( struct emulate *emu )
{
    emulate_set_operand( emu, 0, emulate_get_operand( emu, 1 ));
    return TRUE;
}

/* What a processor checks of the address it has checked: the access has made an exit. */
static BOOL plan_nothing( struct emulate *emu )
{
    (void)emu;
    return TRUE;
}

static BOOL do_nothing( struct emulate *emu )
{
    (void)emu;
    return TRUE;
}

static BOOL do_movsx( struct emulate *emu )
{
    emulate_set_operand( emu, 0, insn_sign_extend( emulate_get_operand( emu, 1 ), emu->insn.operands[1].size ));
    return TRUE;
}

static BOOL do_movbe( struct emulate *emu )
{
    emulate_set_operand( emu, 0,
                         __builtin_bswap64( emulate_get_operand( emu, 1 )) >> (64 - emu->insn.operands[1].size * 8) );
    return TRUE;
}

/* One destination, at most one source: the second operand; the count of a shift and the number of a bit too. */
static BOOL do_alu( struct emulate *emu )
{
    const struct insn_operand *operand = emu->insn.operands;
    UINT64 source = emu->insn.operand_count > 1 ? emulate_get_operand( emu, 1 ) : 0;
    UINT64 result = alu_find( emu->insn.op )( operand->size, emulate_get_operand( emu, 0 ), source, &emu->rflags );

    if (operand->access & INSN_WRITE) emulate_set_operand( emu, 0, result );
    return TRUE;
}

/* With nothing found the destination stays as it is, its upper half too. */
static BOOL do_scan( struct emulate *emu )
{
    UINT64 result = alu_find( emu->insn.op )( emu->insn.operands[0].size, emulate_get_operand( emu, 0 ),
                                              emulate_get_operand( emu, 1 ), &emu->rflags );

    if (!(emu->rflags & RFLAGS_ZF)) emulate_set_operand( emu, 0, result );
    return TRUE;
}

static BOOL do_shift_double( struct emulate *emu )
{
    emulate_set_operand( emu, 0, alu_shift_double( emu->insn.op == INSN_SHLD, emu->insn.operands[0].size,
                                                   emulate_get_operand( emu, 0 ), emulate_get_operand( emu, 1 ),
                                                   emulate_get_operand( emu, 2 ), &emu->rflags ));
    return TRUE;
}

static void get_accumulator( const struct emulate *emu, UINT8 size, UINT64 *lo, UINT64 *hi )
{
    *lo = emu->gpr[RAX];
    *hi = size == 1 ? emu->gpr[RAX] >> 8 : emu->gpr[RDX];
}

static void set_accumulator( struct emulate *emu, UINT8 size, UINT64 lo, UINT64 hi )
{
    insn_set_gpr( emu->gpr, RAX, size, lo );
    insn_set_gpr( emu->gpr, size == 1 ? INSN_REG_AH : RDX, size, hi );
}

static BOOL do_multiply( struct emulate *emu )
{
    UINT8 size = emu->insn.operands[0].size, count = emu->insn.operand_count;
    UINT64 lo, hi;

    if (count == 1)
    {
        get_accumulator( emu, size, &lo, &hi );
        alu_multiply( emu->insn.op == INSN_IMUL, size, &lo, &hi, emulate_get_operand( emu, 0 ), &emu->rflags );
        set_accumulator( emu, size, lo, hi );
    }
    else emulate_set_operand( emu, 0, alu_find( INSN_IMUL )( size, emulate_get_operand( emu, count - 2 ),
                                                             emulate_get_operand( emu, count - 1 ), &emu->rflags ));
    return TRUE;
}

static BOOL do_divide( struct emulate *emu )
{
    UINT8 size = emu->insn.operands[0].size;
    UINT64 lo, hi;

    get_accumulator( emu, size, &lo, &hi );
    if (!alu_divide( emu->insn.op == INSN_IDIV, size, &lo, &hi, emulate_get_operand( emu, 0 )))
        return emulate_fault( emu, VECTOR_DE, NO_ERROR_CODE, 0 );
    set_accumulator( emu, size, lo, hi );
    return TRUE;
}

static BOOL do_xchg( struct emulate *emu )
{
    UINT64 first = emulate_get_operand( emu, 0 ), second = emulate_get_operand( emu, 1 );

    emulate_set_operand( emu, 0, second );
    emulate_set_operand( emu, 1, first );
    return TRUE;
}

static BOOL do_xadd( struct emulate *emu )
{
    UINT64 old = emulate_get_operand( emu, 0 );
    UINT64 sum = alu_find( INSN_ADD )( emu->insn.operands[0].size, old, emulate_get_operand( emu, 1 ), &emu->rflags );

    emulate_set_operand( emu, 1, old );
    emulate_set_operand( emu, 0, sum );
    return TRUE;
}

/* The CPU writes in any case: the old value if they differ. */
static BOOL do_cmpxchg( struct emulate *emu )
{
    UINT8 size = emu->insn.operands[0].size;
    UINT64 old = emulate_get_operand( emu, 0 );

    alu_find( INSN_CMP )( size, insn_get_gpr( emu->gpr, RAX, size ), old, &emu->rflags );
    if (emu->rflags & RFLAGS_ZF) emulate_set_operand( emu, 0, emulate_get_operand( emu, 1 ));
    else insn_set_gpr( emu->gpr, RAX, size, old );
    return TRUE;
}

static BOOL do_cmpxchg_pair( struct emulate *emu )
{
    struct emulate_access *access = emulate_memory_operand( emu );
    UINT8 half = access->size / 2;
    UINT64 lo = 0, hi = 0;

    memcpy( &lo, access->data, half );
    memcpy( &hi, access->data + half, half );
    if (lo == insn_get_gpr( emu->gpr, RAX, half ) && hi == insn_get_gpr( emu->gpr, RDX, half ))
    {
        emu->rflags |= RFLAGS_ZF;
        memcpy( access->data, &emu->gpr[RBX], half );
        memcpy( access->data + half, &emu->gpr[RCX], half );
    }
    else
    {
        emu->rflags &= ~RFLAGS_ZF;
        insn_set_gpr( emu->gpr, RAX, half, lo );
        insn_set_gpr( emu->gpr, RDX, half, hi );
    }
    return TRUE;
}

static BOOL do_setcc( struct emulate *emu )
{
    emulate_set_operand( emu, 0, alu_condition( emu->rflags, emu->insn.condition ));
    return TRUE;
}

/* A 32-bit destination is zero-extended even if nothing is moved. */
static BOOL do_cmovcc( struct emulate *emu )
{
    emulate_set_operand( emu, 0, emulate_get_operand( emu, !!alu_condition( emu->rflags, emu->insn.condition )));
    return TRUE;
}

static BOOL do_push( struct emulate *emu )
{
    emulate_put_data( emulate_stack_operand( emu ), emulate_get_operand( emu, 0 ));
    emulate_move_stack( emu, -(INT64)emu->insn.stack_size );
    return TRUE;
}

static BOOL do_pushf( struct emulate *emu )
{
    emulate_put_data( emulate_stack_operand( emu ), emu->rflags & ~(RFLAGS_VM | RFLAGS_RF) );
    emulate_move_stack( emu, -(INT64)emu->insn.stack_size );
    return TRUE;
}

static BOOL do_pop( struct emulate *emu )
{
    emulate_move_stack( emu, emu->insn.stack_size );
    emulate_set_operand( emu, 0, emulate_get_data( emulate_stack_operand( emu )));
    return TRUE;
}

static BOOL do_branch( struct emulate *emu )
{
    UINT64 target = emulate_get_operand( emu, 0 );

    if (emu->insn.operands[0].kind == INSN_OPERAND_IMMEDIATE) target += emu->next_rip;
    if (emu->insn.operand_size < 8) target &= (1ull << emu->insn.operand_size * 8) - 1;
    if (!emulate_check_target( emu, target )) return FALSE;
    if (emu->insn.op == INSN_CALL)
    {
        emulate_put_data( emulate_stack_operand( emu ), emu->next_rip );
        emulate_move_stack( emu, -(INT64)emu->insn.stack_size );
    }
    emu->next_rip = target;
    return TRUE;
}

static BOOL do_ret( struct emulate *emu )
{
    UINT64 target = emulate_get_data( emulate_stack_operand( emu ));

    if (!emulate_check_target( emu, target )) return FALSE;
    emulate_move_stack( emu, emu->insn.stack_size + (emu->insn.operand_count ? (UINT16)emu->insn.operands[0].imm : 0) );
    emu->next_rip = target;
    return TRUE;
}

#define EXPLICIT 1              /* no general register but those of the operands takes part */
#define SYSTEM   2              /* system.c says which registers it needs besides, and when */
#define FPU      4              /* fpu.c does */

static const struct
{
    emulate_func func;
    UINT8        flags;
    emulate_func plan;          /* NULL: by its operands */
} table[INSN_OP_COUNT] =
{
    [INSN_MOV]        = { do_move, EXPLICIT },
    [INSN_MOVZX]      = { do_move, EXPLICIT },
    [INSN_MOVSX]      = { do_movsx, EXPLICIT },
    [INSN_MOVBE]      = { do_movbe, EXPLICIT },
    [INSN_MOVNTI]     = { do_move, EXPLICIT },
    [INSN_ADD]        = { do_alu, EXPLICIT },
    [INSN_OR]         = { do_alu, EXPLICIT },
    [INSN_ADC]        = { do_alu, EXPLICIT },
    [INSN_SBB]        = { do_alu, EXPLICIT },
    [INSN_AND]        = { do_alu, EXPLICIT },
    [INSN_SUB]        = { do_alu, EXPLICIT },
    [INSN_XOR]        = { do_alu, EXPLICIT },
    [INSN_CMP]        = { do_alu, EXPLICIT },
    [INSN_TEST]       = { do_alu, EXPLICIT },
    [INSN_NOT]        = { do_alu, EXPLICIT },
    [INSN_NEG]        = { do_alu, EXPLICIT },
    [INSN_INC]        = { do_alu, EXPLICIT },
    [INSN_DEC]        = { do_alu, EXPLICIT },
    [INSN_MUL]        = { do_multiply, 0 },
    [INSN_IMUL]       = { do_multiply, 0 },
    [INSN_DIV]        = { do_divide, 0 },
    [INSN_IDIV]       = { do_divide, 0 },
    [INSN_SHL]        = { do_alu, EXPLICIT },
    [INSN_SHR]        = { do_alu, EXPLICIT },
    [INSN_SAR]        = { do_alu, EXPLICIT },
    [INSN_ROL]        = { do_alu, EXPLICIT },
    [INSN_ROR]        = { do_alu, EXPLICIT },
    [INSN_RCL]        = { do_alu, EXPLICIT },
    [INSN_RCR]        = { do_alu, EXPLICIT },
    [INSN_SHLD]       = { do_shift_double, EXPLICIT },
    [INSN_SHRD]       = { do_shift_double, EXPLICIT },
    [INSN_BT]         = { do_alu, EXPLICIT },
    [INSN_BTS]        = { do_alu, EXPLICIT },
    [INSN_BTR]        = { do_alu, EXPLICIT },
    [INSN_BTC]        = { do_alu, EXPLICIT },
    [INSN_BSF]        = { do_scan, EXPLICIT },
    [INSN_BSR]        = { do_scan, EXPLICIT },
    [INSN_XCHG]       = { do_xchg, EXPLICIT },
    [INSN_XADD]       = { do_xadd, EXPLICIT },
    [INSN_CMPXCHG]    = { do_cmpxchg, 0 },
    [INSN_CMPXCHG8B]  = { do_cmpxchg_pair, 0 },
    [INSN_CMPXCHG16B] = { do_cmpxchg_pair, 0 },
    [INSN_SETCC]      = { do_setcc, EXPLICIT },
    [INSN_CMOVCC]     = { do_cmovcc, EXPLICIT },
    [INSN_PUSH]       = { do_push, 0 },
    [INSN_PUSHF]      = { do_pushf, 0 },
    [INSN_POP]        = { do_pop, 0 },
    [INSN_RET]        = { do_ret, 0 },
    [INSN_CALL]       = { do_branch, 0 },
    [INSN_JMP]        = { do_branch, EXPLICIT },
    [INSN_MOVS]       = { emulate_movs, 0 },
    [INSN_STOS]       = { emulate_stos, 0 },
    [INSN_LODS]       = { emulate_lods, 0 },
    [INSN_CMPS]       = { emulate_cmps, 0 },
    [INSN_SCAS]       = { emulate_scas, 0 },
    [INSN_INS]        = { emulate_ins, 0 },
    [INSN_OUTS]       = { emulate_outs, 0 },
    [INSN_IN]         = { emulate_in, 0 },
    [INSN_OUT]        = { emulate_out, 0 },
    [INSN_VMOV]       = { emulate_vector_move, EXPLICIT },
    [INSN_VMASKMOV]   = { emulate_elements_execute, EXPLICIT, emulate_elements_plan },
    [INSN_MASKMOV]    = { emulate_elements_execute, EXPLICIT, emulate_elements_plan },
    [INSN_GATHER]     = { emulate_elements_execute, EXPLICIT, emulate_elements_plan },
    [INSN_LDMXCSR]    = { emulate_mxcsr, EXPLICIT },
    [INSN_STMXCSR]    = { emulate_mxcsr, EXPLICIT },
    [INSN_PUSHA]      = { emulate_pusha, 0, emulate_plan_pusha },
    [INSN_POPA]       = { emulate_popa, 0, emulate_plan_popa },
    [INSN_LEAVE]      = { emulate_leave, 0 },
    [INSN_ENTER]      = { emulate_enter, 0, emulate_plan_enter },
    [INSN_POPF]       = { emulate_popf, 0, emulate_plan_popf },
    [INSN_CALL_FAR]   = { emulate_far, SYSTEM, emulate_plan_far },
    [INSN_JMP_FAR]    = { emulate_far, SYSTEM, emulate_plan_far },
    [INSN_RET_FAR]    = { emulate_return, EXPLICIT | SYSTEM, emulate_plan_return },
    [INSN_LOAD_FAR]   = { emulate_far, SYSTEM, emulate_plan_far },
    [INSN_IRET]       = { emulate_return, EXPLICIT | SYSTEM, emulate_plan_return },
    [INSN_SGDT]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_SIDT]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_LGDT]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_LIDT]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_SLDT]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_STR]        = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_SMSW]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_LMSW]       = { emulate_system, EXPLICIT | SYSTEM, emulate_plan_system },
    [INSN_LAR]         = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_LSL]         = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_VERR]        = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_VERW]        = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_LLDT]        = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_LTR]         = { emulate_selector, EXPLICIT | SYSTEM, emulate_plan_selector },
    [INSN_FLUSH]      = { do_nothing, EXPLICIT, plan_nothing },
    [INSN_XLAT]       = { emulate_xlat, 0 },
    [INSN_BOUND]      = { emulate_bound, EXPLICIT },
    [INSN_ARPL]       = { emulate_arpl, EXPLICIT, emulate_plan_arpl },
    [INSN_FXSAVE]     = { emulate_fxsave, EXPLICIT | FPU, emulate_plan_fxsave },
    [INSN_FXRSTOR]    = { emulate_fxrstor, EXPLICIT | FPU, emulate_plan_fxsave },
    [INSN_XSAVE]      = { emulate_xsave, FPU, emulate_plan_xsave },
    [INSN_XRSTOR]     = { emulate_xrstor, FPU, emulate_plan_xsave },
    [INSN_FNSTENV]    = { emulate_store_fpu_env, EXPLICIT | FPU, emulate_plan_fpu_env },
    [INSN_FNSAVE]     = { emulate_store_fpu_env, EXPLICIT | FPU, emulate_plan_fpu_env },
    [INSN_FLDENV]     = { emulate_load_fpu_env, EXPLICIT | FPU, emulate_plan_fpu_env },
    [INSN_FRSTOR]     = { emulate_load_fpu_env, EXPLICIT | FPU, emulate_plan_fpu_env },
};

BOOL emulate_supported( const struct insn *insn )
{
    UINT8 i;

    if (!table[insn->op].func) return FALSE;
    if (insn->op == INSN_VMOV || insn->element) return emulate_vector_supported( insn );
    if (insn->op == INSN_FLUSH) return TRUE;
    if (insn->has_mem && (insn->mem.vsib || !insn->mem.size)) return FALSE;
    if (insn->has_mem &&
        insn->mem.size > (table[insn->op].flags & FPU ? EMULATE_MAX_IMAGE : EMULATE_MAX_ACCESS)) return FALSE;
    for (i = 0; i < insn->operand_count; i++)
        if (insn->operands[i].kind == INSN_OPERAND_OTHER || insn->operands[i].kind == INSN_OPERAND_MMX) return FALSE;

    switch (insn->op)
    {
    case INSN_IN:
    case INSN_OUT:
    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_POP:
    case INSN_CALL:
    case INSN_RET:
    case INSN_PUSHA:
    case INSN_POPA:
    case INSN_LEAVE:
    case INSN_ENTER:
    case INSN_POPF:
    case INSN_CALL_FAR:
    case INSN_RET_FAR:
    case INSN_IRET:
    case INSN_XLAT:
        return TRUE;
    }
    return insn->has_mem || insn_is_string( insn );
}

UINT32 emulate_needed_gprs( const struct emulate *emu )
{
    const struct insn *insn = &emu->insn;
    UINT32 mask;
    UINT8 i;

    if (!emu->native.length && !(table[insn->op].flags & EXPLICIT)) return 0xffff;
    mask = insn_access_gprs( insn );
    if (emu->native.length) mask |= emu->native.gprs;
    for (i = 0; i < insn->operand_count; i++)
        if (insn->operands[i].kind == INSN_OPERAND_GPR)
            mask |= 1u << (insn->operands[i].reg >= INSN_REG_AH ? insn->operands[i].reg - INSN_REG_AH
                                                                : insn->operands[i].reg);
    return mask;
}

BOOL emulate_plan( struct emulate *emu )
{
    const struct insn *insn = &emu->insn;

    emu->access_count = 0;
    if (insn_is_string( insn )) return emulate_plan_list( emu, INSN_READ | INSN_WRITE );
    if (!emulate_native_check( emu )) return FALSE;
    if (!emu->native.length)
    {
        if (table[insn->op].plan) return table[insn->op].plan( emu );
        if (emulate_loads_segment( insn )) return emulate_plan_far( emu );
    }
    return insn_is_plain( insn ) ? emulate_plan_operand( emu ) : emulate_plan_list( emu, INSN_READ | INSN_WRITE );
}

BOOL emulate_execute( struct emulate *emu )
{
    if (emu->native.length) return emulate_native_execute( emu );
    return emu->loads_segment ? emulate_far( emu ) : table[emu->insn.op].func( emu );
}

UINT32 emulate_extra_names( const struct emulate *emu, WHV_REGISTER_NAME *names )
{
    if (table[emu->insn.op].flags & FPU) return emulate_fpu_names( emu, names );
    if ((table[emu->insn.op].flags & SYSTEM) || emulate_loads_segment( &emu->insn ))
        return emulate_system_names( emu, names );
    return 0;
}

void emulate_extra_take( struct emulate *emu, const WHV_REGISTER_VALUE *values )
{
    if (table[emu->insn.op].flags & FPU) emulate_fpu_take( emu, values );
    else emulate_system_take( emu, values );
}

UINT32 emulate_extra_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values )
{
    if (table[emu->insn.op].flags & FPU) return emulate_fpu_changes( emu, names, values );
    return emulate_system_changes( emu, names, values );
}
