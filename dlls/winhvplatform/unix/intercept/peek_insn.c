/*
 * What an instruction does to a step over it
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

#include "host/host.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/interceptor.h"
#include "intercept/peek_insn.h"
#include "vm/code_x86.h"
#include "vm/cpuid_table_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define EDX_RDTSCP      (1u << 27)      /* of LEAF_EXT_FEATURES */

#define SYSCALL         0x05
#define VMMCALL         0xd9    /* 0f 01 d9 */
#define OPCODE_BYTES    3               /* which tell it */

/* Bytes in front of the opcode. A VEX prefix is none of them: what it begins is not looked for. */
static UINT32 skip_prefixes( const UINT8 *bytes, UINT32 count, BOOL is_64bit, BOOL *rep )
{
    UINT32 i;

    *rep = 0;
    for (i = 0; i < count; i++)
    {
        switch (bytes[i])
        {
        case 0xf2: case 0xf3:
            *rep = 1;
            /* fall through */
        case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0x66: case 0x67: case 0xf0:
            continue;
        default:
            if (is_64bit && (bytes[i] & 0xf0) == 0x40) continue;
            return i;
        }
    }
    return count;
}

/* May it be more than a plain step? */
static BOOL is_suspect( const UINT8 *bytes, UINT32 count, BOOL is_64bit )
{
    BOOL rep;
    UINT32 i = skip_prefixes( bytes, count, is_64bit, &rep );

    if (i == count) return 0;
    switch (bytes[i])
    {
    case 0x9c: case 0x9d: case 0xcc: case 0xcd: case 0xce: case 0xcf: case 0xf1: case 0xf4:
        return 1;
    case 0x6c: case 0x6d: case 0x6e: case 0x6f: case 0xa4: case 0xa5: case 0xa6: case 0xa7:
    case 0xaa: case 0xab: case 0xac: case 0xad: case 0xae: case 0xaf:
        return rep;
    case 0x0f:
        if (i + 1 == count) return 0;
        /* 0f 01 has more, of which few are executed often */
        return bytes[i + 1] == SYSCALL || bytes[i + 1] == 0xa2 || bytes[i + 1] == 0x31 || bytes[i + 1] == 0x01;
    }
    return 0;
}

static BOOL has_rdtscp( struct vp *vp )
{
    WHV_CPUID_OUTPUT out;

    cpuid_lookup( vp->arch.cpuid.table, LEAF_EXT_FEATURES, 0, 0, 1, 0, &out );
    return (out.Edx & EDX_RDTSCP) != 0;
}

/* In ring 3 the guest itself may have made it a fault. */
static BOOL is_rdtsc_allowed( struct vp *vp )
{
    return !(view_sregs( vp )->cr4 & CR4_TSD) || !(view_sregs( vp )->cr0 & CR0_PE) || !vp_cpl( vp );
}

/* VMCALL and VMMCALL differ in their last byte, and the other vendor's is #UD. */
static BOOL is_own_hypercall( struct vp *vp, UINT8 last )
{
    WHV_PROCESSOR_VENDOR vendor = vp->partition->host->vendor;

    return (last == VMMCALL) == (vendor == WHvProcessorVendorAmd || vendor == WHvProcessorVendorHygon);
}

static BOOL is_wanted( struct vp *vp, UINT64 asked, const struct insn *insn, UINT8 last, enum caught_kind *caught )
{
    if (insn->lock) return 0;
    switch (insn->op)
    {
    case INSN_CPUID:
        *caught = CAUGHT_CPUID;
        return (asked & PROPERTY_CPUID) && property_cpuid_exits( &vp->partition->props, view_regs( vp )->rax );
    case INSN_RDTSC:
        *caught = CAUGHT_RDTSC;
        return (asked & PROPERTY_RDTSC) && is_rdtsc_allowed( vp );
    case INSN_RDTSCP:
        *caught = CAUGHT_RDTSC;
        return (asked & PROPERTY_RDTSC) && is_rdtsc_allowed( vp ) && has_rdtscp( vp );
    case INSN_VMCALL:
        *caught = CAUGHT_HYPERCALL;
        return (asked & PROPERTY_HYPERCALL) && is_own_hypercall( vp, last );
    default:
        return 0;
    }
}

/* Linear address of what is at an offset from the top of the stack. */
static UINT64 stack_linear( struct vp *vp, UINT32 offset )
{
    return code_linear( vp, SEGMENT_SS, (view_regs( vp )->rsp + offset) & insn_size_mask( vp_stack_size( vp ) ) );
}

void peek_classify( struct vp *vp, UINT64 asked, BOOL proven, struct peek_insn *to )
{
    UINT64 linear = code_linear( vp, SEGMENT_CS, view_regs( vp )->rip );
    enum insn_mode mode = vp_insn_mode( vp );
    const struct insn *insn;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;
    BOOL rep;

    memset( to, 0, sizeof(*to) );
    /* the page behind is looked at only if it is needed */
    count = GPA_PAGE_SIZE - (linear & (GPA_PAGE_SIZE - 1));
    if (count > sizeof(bytes)) count = sizeof(bytes);
    if (code_read( vp, linear, bytes, count, proven ) != count) return;
    if (count < sizeof(bytes))
    {
        if (skip_prefixes( bytes, count, mode == INSN_MODE_64, &rep ) + OPCODE_BYTES <= count &&
            !is_suspect( bytes, count, mode == INSN_MODE_64 )) return;
        count += code_read( vp, linear + count, bytes + count, sizeof(bytes) - count, 0 );
    }
    if (!is_suspect( bytes, count, mode == INSN_MODE_64 )) return;
    if (!(insn = code_decode( vp, linear, bytes, count ))) return;
    to->length = insn->length;
    if (is_wanted( vp, asked, insn, bytes[insn->length - 1], &to->caught ))
    {
        to->kind = PEEK_WANTED;
        return;
    }
    switch (insn->op)
    {
    case INSN_HLT:
        if (!vp_cpl( vp )) to->kind = PEEK_HALT;
        return;
    case INSN_INT1:
        to->kind = PEEK_INT1;
        return;
    case INSN_INT3:
        to->kind = PEEK_INT;
        to->vector = VECTOR_BP;
        return;
    case INSN_INT:
        to->kind = PEEK_INT;
        to->vector = insn->operands[0].imm;
        return;
    case INSN_INTO:
        if (!(view_regs( vp )->rflags & RFLAGS_OF)) return;
        to->kind = PEEK_INT;
        to->vector = VECTOR_OF;
        return;
    case INSN_IRET:
        to->kind = PEEK_LOADS_TF;
        to->flags = stack_linear( vp, 2 * insn->operand_size );
        return;
    case INSN_PUSHF:
        to->kind = PEEK_PUSHES_TF;
        return;
    case INSN_POPF:
        to->kind = PEEK_LOADS_TF;
        to->flags = stack_linear( vp, 0 );
        return;
    default:
        if (insn->rep) to->kind = PEEK_REP;
        else if (insn->opcode == SYSCALL && insn->length >= 2) to->kind = PEEK_SYSCALL;
        return;
    }
}
