/*
 * Plain instructions
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

#include "../winhvemulation/unixlib.h"
#include "emulate/changes.h"
#include "emulate/plain.h"
#include "emulate/request.h"
#include "emulate/result.h"
#include "emulate/state.h"
#include "insn/insn.h"

static BOOL is_move( UINT8 op )
{
    return op == INSN_MOV || op == INSN_MOVZX || op == INSN_MOVSX || op == INSN_MOVNTI;
}

/* The register operand or NULL; FALSE: it is not plain. */
static BOOL find_operand( const struct insn *insn, const struct insn_operand **reg )
{
    const struct insn_operand *to = &insn->operands[0], *from = &insn->operands[1];
    UINT8 size = insn->mem.size;

    *reg = NULL;
    if (!is_move( insn->op ) || insn->mode != INSN_MODE_64 || insn->address_size != 8 || insn->operand_count != 2 ||
        !insn->has_mem || insn->mem.vsib) return FALSE;
    if (size != 1 && size != 2 && size != 4 && size != 8) return FALSE;
    if (to->kind == INSN_OPERAND_MEMORY && from->kind == INSN_OPERAND_IMMEDIATE) return TRUE;
    if (to->kind == INSN_OPERAND_MEMORY) *reg = from;
    else if (from->kind == INSN_OPERAND_MEMORY) *reg = to;
    return *reg && (*reg)->kind == INSN_OPERAND_GPR;
}

/* Where a general register is among those that are asked for. */
static UINT8 place_of( const struct emulate_need *need, UINT8 reg )
{
    return reg < 16 ? __builtin_popcount( need->gprs & ((1u << reg) - 1) ) : EMULATE_NO_VALUE;
}

void emulate_find_plain( const struct insn *insn, struct emulate_need *need )
{
    struct emulate_plan *plan = &need->plan;
    struct emulate_load *load = &need->load;
    const struct insn_operand *operand;
    UINT8 reg;

    memset( plan, 0, sizeof(*plan) );
    memset( load, 0, sizeof(*load) );
    if (!(need->is_plain = find_operand( insn, &operand ))) return;
    plan->is_store = insn->operands[0].kind == INSN_OPERAND_MEMORY;
    need->access = plan->is_store ? INSN_WRITE : INSN_READ;
    plan->size = insn->mem.size;
    plan->mask = insn_size_mask( plan->size );
    plan->base = place_of( need, insn->mem.base );
    plan->index = place_of( need, insn->mem.index );
    plan->scale = insn->mem.scale;
    plan->rflags = __builtin_popcount( need->gprs );
    plan->segment = need->segments ? plan->rflags + 1 : EMULATE_NO_VALUE;
    plan->reg = EMULATE_NO_VALUE;
    if (!operand)
    {
        plan->data = insn->operands[1].imm & plan->mask;
        return;
    }

    reg = operand->reg >= INSN_REG_AH ? operand->reg - INSN_REG_AH : operand->reg;
    plan->reg = place_of( need, reg );
    load->shift = operand->reg >= INSN_REG_AH ? 8 : 0;
    if (plan->is_store)
    {
        plan->shift = load->shift;
        return;
    }
    plan->target = WHvX64RegisterRax + reg;
    load->mask = insn_size_mask( operand->size ) << load->shift;
    plan->mask = operand->size == 4 ? 0 : ~load->mask;
    if (insn->op == INSN_MOVSX) load->cut = 64 - plan->size * 8;
    /* what is not extended by its sign, is by zeros */
    else load->mask &= insn_size_mask( plan->size ) << load->shift;
    load->index = 1;
}

BOOL emulate_plain( struct emulate *emu, struct emulate_request *req )
{
    const struct emulate_need *need = &emu->need;
    UINT64 page = emu->known_page;

    /* with four levels of page tables or with five, it is canonical */
    if (need->access & ~emu->known_access || (UINT64)((INT64)(page << 16) >> 16) != page) return FALSE;
    req->plan = need->plan;
    req->plan.offset = emu->insn.mem.disp - page;
    if (emu->insn.mem.base == INSN_REG_RIP) req->plan.offset += emu->next_rip;
    req->plan.gpa = emu->known_gpa;
    req->plan.rip = emu->next_rip;
    req->load = need->load;
    req->count = emu->asked = need->count;
    emulate_copy_names( req->names, need->names, need->count );
    emulate_ask( emu, req, EMULATE_GET_REGISTERS );
    emulate_know_end( emu, req, 3 );
    return TRUE;
}

void emulate_begin_port( struct emulate *emu, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io )
{
    UINT8 size = io->AccessInfo.AccessSize;

    if (size != 1 && size != 2 && size != 4)
    {
        emulate_refuse( emu );
        return;
    }
    emu->port_size = size;
    emu->port_out = io->AccessInfo.IsWrite;
    emu->rax = io->Rax;
    emu->next_rip = emu->rip + emu->vp.InstructionLength;
    if (emulate_code_mode( &emu->vp ) != INSN_MODE_64) emu->next_rip = (UINT32)emu->next_rip;
    emulate_go_to( emu, PHASE_PORT );
}

BOOL emulate_plain_port( struct emulate *emu, struct emulate_request *req )
{
    UINT64 mask = insn_size_mask( emu->port_size );

    emulate_ask_port( emu, req, emu->port_size, emu->port_out, emu->port_out ? emu->rax & mask : 0 );
    emulate_foresee_port( emu, req, emu->port_out ? 0 : mask );
    return TRUE;
}
