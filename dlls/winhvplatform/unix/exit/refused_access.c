/*
 * Which access KVM has refused
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

#include "exit/refused_access.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "registers/registers_x86.h"
#include "vectors.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

BOOL refused_by_mapping( struct vp *vp, UINT64 gpa, UINT32 type )
{
    const struct gpa_range *range = gpa_find( &vp->partition->gpa, gpa );

    if (!range) return 1;
    return !(range->flags & (type == WHvMemoryAccessWrite ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead));
}

BOOL refused_by_host( struct vp *vp, UINT64 gpa, UINT32 type )
{
    UINT8 byte;

    if (refused_by_mapping( vp, gpa, type )) return 1;
    if (type == WHvMemoryAccessWrite) return !gpa_is_writable( &vp->partition->gpa, gpa );
    return FAILED(gpa_read( &vp->partition->gpa, gpa, &byte, 1 ));
}

/* ---- registers that addresses depend on ---- */

/* The low lanes of a vector register, or a mask register. */
static BOOL read_vector( struct vp *vp, WHV_REGISTER_NAME first, UINT32 second, UINT8 data[32] )
{
    WHV_REGISTER_NAME names[2] = { first, second };
    WHV_REGISTER_VALUE values[2];

    memset( values, 0, sizeof(values) );
    if (FAILED(regs_get( vp, names, second ? 2 : 1, values ))) return 0;
    memcpy( data, values, 32 );
    return 1;
}

static BOOL read_vector_operand( struct vp *vp, UINT8 reg, UINT8 size, UINT8 data[32] )
{
    WHV_REGISTER_NAME first = WHV_VECTOR_LANE( reg, 0 );

    if (reg < 16) first = WHvX64RegisterXmm0 + reg;
    return read_vector( vp, first, size > 16 ? (UINT32)WHV_VECTOR_LANE( reg, 1 ) : 0, data );
}

/* By physical numbers, where the registers of the x87 stack have names from its top on. */
static BOOL read_mmx( struct vp *vp, UINT8 reg, UINT8 data[32] )
{
    WHV_REGISTER_NAME name = WHvX64RegisterFpControlStatus;
    WHV_REGISTER_VALUE value;

    if (FAILED(regs_get( vp, &name, 1, &value ))) return 0;
    return read_vector( vp, WHvX64RegisterFpMmx0 + ((reg - (value.FpControlStatus.FpStatus >> 11)) & 7), 0, data );
}

/* The mask, and the indices of a gather. */
static BOOL read_vectors( struct vp *vp, const struct insn *insn, UINT8 mask[32], UINT8 index[32] )
{
    const struct insn_operand *operand = &insn->operands[insn_mask_operand( insn )];

    if (insn->op == INSN_GATHER && !read_vector_operand( vp, insn->mem.index, 32, index )) return 0;
    if (insn->opmask) return read_vector( vp, WHV_VECTOR_OPMASK( insn->opmask ), 0, mask );
    if (operand->kind == INSN_OPERAND_MMX) return read_mmx( vp, operand->reg, mask );
    return read_vector_operand( vp, operand->reg, operand->size, mask );
}

/* ---- the search ---- */

/* The page at access->gva, for access->type. */
static BOOL is_page_refused( struct vp *vp, const struct gva_context *context, refused_func refused,
                             struct refused_access *access )
{
    return gva_translate( context, access->gva, WHvTranslateGvaFlagPrivilegeExempt, &access->gpa ) ==
           WHvTranslateGvaResultSuccess && refused( vp, access->gpa, access->type );
}

/* Page by page: an access lies on one, or on two. */
static BOOL is_refused( struct vp *vp, const struct insn_access *from, refused_func refused,
                        struct refused_access *access )
{
    UINT64 offset = from->offset;
    struct gva_context context;
    UINT32 done;

    if (from->kind == INSN_ACCESS_LINE) offset -= code_linear( vp, from->segment, offset ) & (from->size - 1);
    access->type = from->access & INSN_WRITE ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    vp_gva_context( vp, &context );
    for (done = 0; done < from->size; done += GPA_PAGE_SIZE - (access->gva & (GPA_PAGE_SIZE - 1)))
    {
        access->gva = code_linear( vp, from->segment, offset + done );
        if (is_page_refused( vp, &context, refused, access )) return 1;
    }
    return 0;
}

BOOL refused_linear( struct vp *vp, UINT64 linear, UINT32 size, UINT32 type, refused_func refused,
                     struct refused_access *access )
{
    struct gva_context context;
    UINT64 end = linear + size;

    vp_gva_context( vp, &context );
    access->type = type;
    for (; linear < end; linear = (linear | (GPA_PAGE_SIZE - 1)) + 1)
    {
        access->gva = context.efer & EFER_LMA ? linear : (UINT32)linear;
        if (is_page_refused( vp, &context, refused, access )) return 1;
        if (linear > ~(UINT64)GPA_PAGE_SIZE) break;
    }
    return 0;
}

/* KVM has refused one; that none of them should be leaves only a write. */
static BOOL is_write( struct vp *vp, UINT64 gpa, UINT32 type )
{
    (void)vp;
    (void)gpa;
    return type == WHvMemoryAccessWrite;
}

static BOOL find( struct vp *vp, const struct insn_access_list *list, refused_func refused,
                  struct refused_access *access )
{
    UINT32 i;

    for (i = 0; i < list->count; i++)
        if (list->access[i].kind != INSN_ACCESS_PORT && is_refused( vp, &list->access[i], refused, access )) return 1;
    return 0;
}

BOOL refused_find( struct vp *vp, const struct insn *insn, refused_func refused, struct refused_access *access )
{
    const struct kvm_regs *regs = view_regs( vp );
    struct insn_access_list list;
    UINT8 mask[32], index[32];
    UINT64 gpr[16];
    struct insn_state state = { .gpr = gpr, .next_rip = regs->rip + insn->length, .stack_size = vp_stack_size( vp ) };

    regs_to_gpr( regs, gpr );
    if (insn->element)
    {
        if (!read_vectors( vp, insn, mask, index )) return 0;
        state.mask = mask;
        state.index = index;
    }
    insn_accesses( insn, &state, &list );
    return find( vp, &list, refused, access ) || (refused == refused_by_host && find( vp, &list, is_write, access ));
}
