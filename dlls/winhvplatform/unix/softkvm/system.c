/*
 * Executing system instructions
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
 * Software interrupts, IRET, SYSRET, FS and GS bases, AC, INVPCID, RDPID and RDTSCP, where KVM's emulator lacks them.
 * Delivery through the IDT is KVM's own: only the check that a software interrupt adds to it is made here.
 * Descriptors are guest memory and hostile: each is read once, into a copy, and judged there.
 * Source: Intel SDM volume 2 (INT, IRET), volume 3 chapters 5 and 6; AMD APM volume 3 (SYSRET).
 */

#include <string.h>

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "registers/registers_x86.h"
#include "softkvm/fault.h"
#include "softkvm/memory.h"
#include "softkvm/state.h"
#include "softkvm/system.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define SEGMENT_DPL(high)   ((high) >> 13 & 3)
#define SEGMENT_S           0x1000u
#define SEGMENT_CODE        0x0800u
#define SEGMENT_CONFORMING  0x0400u
#define SEGMENT_WRITABLE    0x0200u
#define SEGMENT_ACCESSED    0x0100u
#define SEGMENT_PRESENT     0x8000u
#define SEGMENT_LONG        0x200000u
#define SEGMENT_DB          0x400000u

#define RFLAGS_IRET16 0x00007fd5ull
#define RFLAGS_IRET32 0x00257fd5ull     /* with RF, AC, ID; VM, VIF, VIP are not ours */

static BOOL read_linear( struct execute *ex, UINT64 linear, void *data, UINT32 size )
{
    /* system tables are read with supervisor rights whatever the CPL */
    return code_read( ex->vp, linear, data, size, 0 ) == size;
}

/* ---- INT n, INT3, INTO, INT1 ---- */

/* A software interrupt may use only gates that its CPL may (SDM 3, 6.12.1.2):
 * an error that the delivery itself doesn't check. */
static enum execute_result check_gate( struct execute *ex, UINT8 vector )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    UINT32 size = sregs->efer & EFER_LMA ? 16 : 8, high;
    UINT64 gate = sregs->idt.base + vector * size, gpa;

    if (!(sregs->cr0 & CR0_PE)) return EXECUTE_DONE;
    if ((ex->rflags & RFLAGS_VM) && (ex->rflags >> 12 & 3) < 3 && ex->insn.op == INSN_INT)
        return execute_fault( ex, VECTOR_GP );
    if (vector * size + size - 1 > sregs->idt.limit) return execute_fault_code( ex, VECTOR_GP, vector * 8 + 2, 0 );
    if (!ex->cpl) return EXECUTE_DONE;
    /* where there is no memory, that is found out when the event is to be delivered */
    if (!read_linear( ex, gate + 4, &high, sizeof(high) ))
        return code_translate( ex->vp, gate + 4, 0, &gpa ) ? EXECUTE_DONE : EXECUTE_REFUSED;
    if (SEGMENT_DPL( high ) < ex->cpl) return execute_fault_code( ex, VECTOR_GP, vector * 8 + 2, 0 );
    return EXECUTE_DONE;
}

enum execute_result execute_int( struct execute *ex )
{
    enum execute_result result;
    UINT8 vector;

    if (ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    switch (ex->insn.op)
    {
    case INSN_INT3: vector = VECTOR_BP; break;
    case INSN_INT1: vector = VECTOR_DB; break;
    case INSN_INTO:
        if (!(ex->rflags & RFLAGS_OF)) return EXECUTE_DONE;
        vector = VECTOR_OF;
        break;
    default:
        vector = ex->insn.operands[0].imm;
        break;
    }
    /* INT1 is a hardware exception to the checks */
    if (ex->insn.op != INSN_INT1 && (result = check_gate( ex, vector )) != EXECUTE_DONE) return result;
    ex->event = vector;
    ex->event_soft = ex->insn.op == INSN_INT;
    return EXECUTE_DONE;
}

/* ---- IRET to 16 and 32-bit segments ---- */

static BOOL read_descriptor( struct execute *ex, UINT16 selector, UINT32 descriptor[2], UINT64 *where )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    UINT64 base = sregs->gdt.base, limit = sregs->gdt.limit;

    if (selector & 4)
    {
        if (!sregs->ldt.present || sregs->ldt.unusable) return 0;
        base = sregs->ldt.base;
        limit = sregs->ldt.limit;
    }
    if ((selector | 7u) > limit) return 0;
    *where = base + (selector & ~7u);
    return read_linear( ex, *where, descriptor, 8 );
}

static void load_segment( struct kvm_segment *segment, UINT16 selector, const UINT32 descriptor[2] )
{
    UINT32 high = descriptor[1];

    memset( segment, 0, sizeof(*segment) );
    segment->selector = selector;
    segment->base = descriptor[0] >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
    segment->limit = (descriptor[0] & 0xffff) | (high & 0xf0000);
    segment->g = high >> 23 & 1;
    if (segment->g) segment->limit = segment->limit << 12 | 0xfff;
    segment->type = (high >> 8 & 15) | 1;
    segment->s = 1;
    segment->dpl = SEGMENT_DPL( high );
    segment->present = 1;
    segment->avl = high >> 20 & 1;
    segment->l = high >> 21 & 1;
    segment->db = high >> 22 & 1;
}

/* Segment registers that the outer level may not use become null (SDM 2, IRET). */
static void drop_segment( struct kvm_segment *segment, UINT8 cpl )
{
    BOOL conforming = (segment->type & 0xc) == 0xc;

    if (segment->unusable || conforming || segment->dpl >= cpl) return;
    memset( segment, 0, sizeof(*segment) );
    segment->unusable = 1;
}

/* Words that it pops, from the first on. */
static enum execute_result pop( struct execute *ex, const struct insn_access_list *list, UINT32 first, UINT32 count,
                                UINT64 *values )
{
    struct execute_memory memory;
    enum execute_result result;
    UINT32 i;

    for (i = 0; i < count; i++)
    {
        if ((result = execute_open_access( ex, &list->access[first + i], &memory )) != EXECUTE_DONE) return result;
        values[i] = 0;
        if (!execute_read( ex, &memory, 0, &values[i], memory.size )) return EXECUTE_REFUSED;
    }
    return EXECUTE_DONE;
}

static void add_rsp( struct execute *ex, INT32 size )
{
    UINT8 width = vp_stack_size( ex->vp );

    insn_set_gpr( ex->gpr, RSP, width, insn_get_gpr( ex->gpr, RSP, width ) + size );
}

/* In protected mode, to the same or an outer level. Real mode and 64-bit mode are KVM's;
 * tasks and virtual-8086 mode nobody's. */
enum execute_result execute_iret( struct execute *ex )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    struct kvm_sregs *edit;
    UINT32 size = ex->insn.operand_size, code[2], stack[2];
    UINT64 popped[3], outer[2], cs, rflags, ss = 0, where, mask;
    struct insn_state state = { .gpr = ex->gpr, .outer = 1 };
    struct insn_access_list list;
    enum execute_result result;
    UINT8 rpl;

    if (!(sregs->cr0 & CR0_PE) || (sregs->efer & EFER_LMA) || (ex->rflags & (RFLAGS_VM | RFLAGS_NT)))
        return EXECUTE_REFUSED;
    state.stack_size = vp_stack_size( ex->vp );
    insn_accesses( &ex->insn, &state, &list );
    if ((result = pop( ex, &list, 0, 3, popped )) != EXECUTE_DONE) return result;
    cs = (UINT16)popped[1];
    rflags = popped[2];
    rpl = cs & 3;
    if (size == 4 && (rflags & RFLAGS_VM) && !ex->cpl) return EXECUTE_REFUSED;

    if (!(cs & ~3ull)) return execute_fault( ex, VECTOR_GP );
    if (!read_descriptor( ex, cs, code, &where ) ||
        (code[1] & (SEGMENT_S | SEGMENT_CODE)) != (SEGMENT_S | SEGMENT_CODE) || rpl < ex->cpl ||
        (code[1] & SEGMENT_CONFORMING ? SEGMENT_DPL( code[1] ) > rpl : SEGMENT_DPL( code[1] ) != rpl))
        return execute_fault_code( ex, VECTOR_GP, cs & ~3ull, 0 );
    if (!(code[1] & SEGMENT_PRESENT)) return execute_fault_code( ex, VECTOR_NP, cs & ~3ull, 0 );
    if (rpl > ex->cpl)
    {
        if ((result = pop( ex, &list, 3, 2, outer )) != EXECUTE_DONE) return result;
        ss = (UINT16)outer[1];
        if (!(ss & ~3ull)) return execute_fault( ex, VECTOR_GP );
        if (!read_descriptor( ex, ss, stack, &where ) || (ss & 3) != rpl || SEGMENT_DPL( stack[1] ) != rpl ||
            (stack[1] & (SEGMENT_S | SEGMENT_CODE | SEGMENT_WRITABLE)) != (SEGMENT_S | SEGMENT_WRITABLE))
            return execute_fault_code( ex, VECTOR_GP, ss & ~3ull, 0 );
        if (!(stack[1] & SEGMENT_PRESENT)) return execute_fault_code( ex, VECTOR_SS, ss & ~3ull, 0 );
    }

    mask = size == 2 ? RFLAGS_IRET16 : RFLAGS_IRET32;
    if (ex->cpl) mask &= ~0x3000ull;
    if (ex->cpl > (ex->rflags >> 12 & 3)) mask &= ~RFLAGS_IF;
    ex->rflags = (ex->rflags & ~mask) | (rflags & mask) | 2;
    ex->rip = popped[0];
    edit = view_edit_sregs( ex->vp );
    load_segment( &edit->cs, cs, code );
    if (rpl > ex->cpl)
    {
        load_segment( &edit->ss, ss, stack );
        insn_set_gpr( ex->gpr, RSP, edit->ss.db ? 4 : 2, outer[0] );
        drop_segment( &edit->ds, rpl );
        drop_segment( &edit->es, rpl );
        drop_segment( &edit->fs, rpl );
        drop_segment( &edit->gs, rpl );
    }
    else add_rsp( ex, 3 * size );
    return EXECUTE_DONE;
}

/* ---- SYSRET ---- */

static void flat_segment( struct kvm_segment *segment, UINT16 selector, UINT8 type, BOOL is_long )
{
    memset( segment, 0, sizeof(*segment) );
    segment->selector = selector;
    segment->limit = 0xffffffff;
    segment->type = type;
    segment->present = segment->s = segment->g = 1;
    segment->dpl = 3;
    segment->l = is_long;
    segment->db = !is_long;
}

enum execute_result execute_sysret( struct execute *ex )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterStar;
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    struct kvm_sregs *edit;
    UINT64 top = CANONICAL_TOP( ex->gva.cr4 );
    BOOL is_long = ex->insn.operand_size == 8;
    WHV_REGISTER_VALUE star;
    UINT16 selector;

    if (!(sregs->efer & 1) || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (ex->cpl || !(sregs->cr0 & CR0_PE)) return execute_fault( ex, VECTOR_GP );
    if (ex->mode != INSN_MODE_64) return EXECUTE_REFUSED;
    if (is_long && ex->gpr[RCX] + top >= 2 * top) return execute_fault( ex, VECTOR_GP );
    if (FAILED(regs_get( ex->vp, &name, 1, &star ))) return EXECUTE_REFUSED;

    selector = star.Reg64 >> 48;
    edit = view_edit_sregs( ex->vp );
    flat_segment( &edit->cs, (selector + (is_long ? 16 : 0)) | 3, 0xb, is_long );
    flat_segment( &edit->ss, (selector + 8) | 3, 0x3, 0 );
    edit->ss.db = 1;
    ex->rip = is_long ? ex->gpr[RCX] : (UINT32)ex->gpr[RCX];
    ex->rflags = (ex->gpr[11] & 0x3c7fd7) | 2;
    return EXECUTE_DONE;
}

/* ---- registers ---- */

enum execute_result execute_fsgsbase( struct execute *ex )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    BOOL gs = ex->insn.op == INSN_RDGSBASE || ex->insn.op == INSN_WRGSBASE;
    UINT64 top = CANONICAL_TOP( ex->gva.cr4 ), value;
    UINT8 reg = ex->insn.operands[0].reg, size = ex->insn.operands[0].size;

    if (ex->mode != INSN_MODE_64 || !(sregs->cr4 & CR4_FSGSBASE) || ex->insn.lock)
        return execute_fault( ex, VECTOR_UD );
    if (ex->insn.operands[0].kind != INSN_OPERAND_GPR) return EXECUTE_REFUSED;
    if (ex->insn.op == INSN_RDFSBASE || ex->insn.op == INSN_RDGSBASE)
    {
        insn_set_gpr( ex->gpr, reg, size, gs ? sregs->gs.base : sregs->fs.base );
        return EXECUTE_DONE;
    }
    value = insn_get_gpr( ex->gpr, reg, size );
    if (value + top >= 2 * top) return execute_fault( ex, VECTOR_GP );
    if (gs) view_edit_sregs( ex->vp )->gs.base = value;
    else view_edit_sregs( ex->vp )->fs.base = value;
    return EXECUTE_DONE;
}

enum execute_result execute_smap( struct execute *ex )
{
    if (ex->cpl || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (ex->insn.op == INSN_STAC) ex->rflags |= RFLAGS_AC;
    else ex->rflags &= ~RFLAGS_AC;
    return EXECUTE_DONE;
}

enum execute_result execute_rdpid( struct execute *ex )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterTscAux, WHvX64RegisterTsc };
    WHV_REGISTER_VALUE values[2];

    if (ex->insn.op == INSN_RDTSCP && ex->cpl && (view_sregs( ex->vp )->cr4 & 4)) return execute_fault( ex, VECTOR_GP );
    if (FAILED(regs_get( ex->vp, names, ex->insn.op == INSN_RDTSCP ? 2 : 1, values ))) return EXECUTE_REFUSED;
    if (ex->insn.op == INSN_RDTSCP)
    {
        ex->gpr[RAX] = (UINT32)values[1].Reg64;
        ex->gpr[RDX] = values[1].Reg64 >> 32;
        ex->gpr[RCX] = (UINT32)values[0].Reg64;
        return EXECUTE_DONE;
    }
    if (ex->insn.operands[0].kind != INSN_OPERAND_GPR) return EXECUTE_REFUSED;
    insn_set_gpr( ex->gpr, ex->insn.operands[0].reg, ex->insn.operands[0].size, (UINT32)values[0].Reg64 );
    return EXECUTE_DONE;
}

/* Any INVPCID flushes everything: more than asked for is always allowed.
 * KVM does so when a paging bit changes under it. */
enum execute_result execute_invpcid( struct execute *ex )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    UINT64 top = CANONICAL_TOP( ex->gva.cr4 ), type, descriptor[2];
    struct execute_memory memory;
    enum execute_result result;
    struct kvm_sregs other;

    if (!(sregs->cr0 & CR0_PE) || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (ex->cpl) return execute_fault( ex, VECTOR_GP );
    if (ex->insn.operands[0].kind != INSN_OPERAND_GPR) return EXECUTE_REFUSED;
    type = insn_get_gpr( ex->gpr, ex->insn.operands[0].reg, ex->mode == INSN_MODE_64 ? 8 : 4 );
    if ((result = execute_open_operand( ex, &memory )) != EXECUTE_DONE) return result;
    if (!execute_read( ex, &memory, 0, descriptor, sizeof(descriptor) )) return EXECUTE_REFUSED;
    if (type > 3 || (type < 3 && descriptor[0] >> 12)) return execute_fault( ex, VECTOR_GP );
    if (type < 2 && !(sregs->cr4 & CR4_PCIDE) && (descriptor[0] & 0xfff)) return execute_fault( ex, VECTOR_GP );
    if (!type && descriptor[1] + top >= 2 * top) return execute_fault( ex, VECTOR_GP );

    other = *sregs;
    other.cr4 ^= CR4_PGE;
    memset( other.interrupt_bitmap, 0, sizeof(other.interrupt_bitmap) );
    if (kvm_set_sregs( ex->vp->fd, &other ) < 0) return EXECUTE_REFUSED;
    view_touch( ex->vp, KVM_SYNC_X86_SREGS );
    return EXECUTE_DONE;
}
