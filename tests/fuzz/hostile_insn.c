/*
 * A hostile KVM: instructions
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

#include "emulate/alu.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "hostile_kvm.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "vm/partition.h"
#include "vm/view_x86.h"

/* emulate.h has names that exits.h has too */
extern UINT64 (*alu_find( UINT8 op ))( UINT8 size, UINT64 dst, UINT64 src, UINT64 *rflags );

enum insn_mode hostile_mode( const struct fake_vcpu *vcpu )
{
    if ((vcpu->sregs.efer & EFER_LMA) && vcpu->sregs.cs.l) return INSN_MODE_64;
    if (!(vcpu->sregs.cr0 & CR0_PE) || (vcpu->regs.rflags & RFLAGS_VM)) return INSN_MODE_16;
    return vcpu->sregs.cs.db ? INSN_MODE_32 : INSN_MODE_16;
}

UINT64 hostile_linear( const struct fake_vcpu *vcpu, const struct kvm_sregs *sregs, UINT8 segment, UINT64 offset )
{
    const struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };

    if (hostile_mode( vcpu ) != INSN_MODE_64) return (UINT32)(offset + segments[segment]->base);
    return segment >= SEGMENT_FS ? offset + segments[segment]->base : offset;
}

/* Instruction at an offset in CS, by KVM's registers. */
BOOL hostile_decode( const struct fake_vcpu *vcpu, UINT64 rip, struct insn *insn )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;
    UINT64 gpa;

    memset( insn, 0, sizeof(*insn) );
    for (count = 0; count < sizeof(bytes); count++)
        if (!guest_translate( &hostile.guest, &vcpu->sregs,
                              hostile_linear( vcpu, &vcpu->sregs, SEGMENT_CS, rip + count ), &gpa ) ||
            !guest_load( &hostile.guest, gpa, bytes + count )) break;
    if (SUCCEEDED(insn_decode( bytes, count, hostile_mode( vcpu ), insn ))) return 1;
    insn->length = 0;
    return 0;
}

UINT64 hostile_rip_behind( const struct fake_vcpu *vcpu, const struct insn *insn )
{
    UINT64 end = vcpu->regs.rip + insn->length;

    return hostile_mode( vcpu ) == INSN_MODE_64 ? end : (UINT32)end;
}

UINT64 hostile_cut( UINT64 value, UINT32 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

void hostile_show_mmio( struct fake_vcpu *vcpu, UINT64 gpa, UINT32 size, BOOL write, const void *data )
{
    struct kvm_run *run = vcpu->run;

    run->exit_reason = KVM_EXIT_MMIO;
    run->mmio.phys_addr = gpa;
    run->mmio.len = size;
    run->mmio.is_write = write;
    memset( run->mmio.data, 0, sizeof(run->mmio.data) );
    if (write) memcpy( run->mmio.data, data, size );
    hostile.size = size;
    hostile.write = write;
    hostile.shown.gpa = gpa;
    hostile.shown.size = size;
    hostile.shown.is_write = write;
    memcpy( hostile.shown.data, run->mmio.data, 8 );
}

void hostile_show_port( struct fake_vcpu *vcpu, UINT16 port, UINT32 size, UINT32 count, BOOL write )
{
    struct kvm_run *run = vcpu->run;

    run->exit_reason = KVM_EXIT_IO;
    run->io.direction = write ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
    run->io.size = size;
    run->io.port = port;
    run->io.count = count * size <= 4096 ? count : 4096 / size;
    run->io.data_offset = 4096;
    hostile.size = size;
    hostile.write = write;
}

BOOL hostile_is_plain_load( const struct insn *insn )
{
    switch (insn->op)
    {
    case INSN_MOV: case INSN_MOVZX: case INSN_MOVSX: case INSN_MOVBE:
        return insn->has_mem && insn->operands[0].kind == INSN_OPERAND_GPR;
    case INSN_LODS:
        return !insn->rep;
    }
    return 0;
}

/* What lies on the first page of it, in one piece. */
BOOL hostile_load_address( const struct fake_vcpu *vcpu, const struct insn *insn, UINT64 *gva, UINT32 *size )
{
    UINT64 gpr[16];

    regs_to_gpr( &vcpu->regs, gpr );
    if (insn->op == INSN_LODS)
    {
        *gva = hostile_linear( vcpu, &vcpu->sregs, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size ));
        *size = insn->operand_size;
    }
    else
    {
        *gva = hostile_linear( vcpu, &vcpu->sregs, insn->mem.segment,
                               insn_mem_offset( insn, gpr, vcpu->regs.rip + insn->length ));
        *size = insn->mem.size;
    }
    return *size <= GPA_PAGE_SIZE - (*gva & (GPA_PAGE_SIZE - 1));
}

/* Read-modify-write of memory that can be read but not written: KVM tells of the write alone. */
static BOOL modify( struct fake_vcpu *vcpu, const struct insn *insn, UINT64 gva, UINT64 gpr[16], UINT64 *value )
{
    const struct gpa_range *range;
    UINT64 old = 0, source = 0, gpa, rflags = vcpu->regs.rflags;
    UINT64 (*alu)( UINT8, UINT64, UINT64, UINT64 * ) = alu_find( insn->op );
    UINT32 i, size = insn->mem.size;

    if (size > 8 || (insn->mem.access & 3) != 3) return 0;
    for (i = 0; i < size; i++)
    {
        if (!guest_translate( &hostile.guest, &vcpu->sregs, gva + i, &gpa ) ||
            !(range = gpa_find( &hostile.guest.partition->gpa, gpa )) || (range->flags & 3) != 1) return 0;
        ((UINT8 *)&old)[i] = range->host[gpa - range->gpa];
    }
    for (i = 0; i < insn->operand_count; i++)
    {
        if (insn->operands[i].kind == INSN_OPERAND_GPR)
            source = insn_get_gpr( gpr, insn->operands[i].reg, insn->operands[i].size );
        if (insn->operands[i].kind == INSN_OPERAND_IMMEDIATE) source = insn->operands[i].imm;
    }
    switch (insn->op)
    {
    case INSN_XCHG:
    case INSN_XADD:
        *value = insn->op == INSN_XADD ? old + source : source;
        /* what stood in the upper half is lost in KVM; whenever the instruction is executed it will be */
        insn_set_gpr( gpr, insn->operands[1].reg, size, source );
        regs_from_gpr( &hostile.before, gpr );
        insn_set_gpr( gpr, insn->operands[1].reg, size, old );
        break;
    case INSN_NOT: case INSN_NEG: case INSN_INC: case INSN_DEC: case INSN_ADD: case INSN_OR: case INSN_AND:
    case INSN_SUB: case INSN_XOR: case INSN_ADC: case INSN_SBB: case INSN_SHL: case INSN_SHR: case INSN_SAR:
    case INSN_ROL: case INSN_ROR: case INSN_RCL: case INSN_RCR:
    case INSN_BTS: case INSN_BTR: case INSN_BTC:
        if (!alu) return 0;
        /* shifts by one name no operand */
        if (insn->operand_count == 1) source = 1;
        *value = alu( size, old, source, &rflags );
        vcpu->regs.rflags = rflags;
        break;
    default:
        return 0;
    }
    *value = hostile_cut( *value, size );
    return 1;
}

/* What the instruction at the RIP does, if it is one of those that are simple: then KVM's own way of reporting it. */
BOOL hostile_execute( struct fake_vcpu *vcpu )
{
    struct insn insn;
    UINT64 gpr[16], gva, gpa, value = 0, stack;
    UINT32 size, room, i;
    INT64 step;

    /* no processor goes in with that */
    if (hostile_mode( vcpu ) != INSN_MODE_64 && vcpu->regs.rip >> 32) return 0;
    if (!hostile_decode( vcpu, vcpu->regs.rip, &insn )) return 0;
    regs_to_gpr( &vcpu->regs, gpr );
    hostile.insn = insn;
    hostile.end = hostile_rip_behind( vcpu, &insn );
    hostile.sregs = vcpu->sregs;
    hostile.shown.honest = 1;
    step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)insn.operand_size : insn.operand_size;
    stack = hostile_mode( vcpu ) == INSN_MODE_64 ? 8 : vcpu->sregs.ss.db ? 4 : 2;
    switch (insn.op)
    {
    case INSN_OUT:
        hostile_show_port( vcpu, insn.operands[0].kind == INSN_OPERAND_IMMEDIATE ? (UINT8)insn.operands[0].imm
                                                                                 : gpr[RDX], insn.operand_size, 1, 1 );
        memcpy( (UINT8 *)vcpu->run + 4096, &vcpu->regs.rax, 4 );
        if (hostile.host->out_rip_past) vcpu->regs.rip = hostile.end;
        else hostile.owed = OWED_SKIP;
        return 1;
    case INSN_IN:
        hostile_show_port( vcpu, insn.operands[1].kind == INSN_OPERAND_IMMEDIATE ? (UINT8)insn.operands[1].imm
                                                                                 : gpr[RDX], insn.operand_size, 1, 0 );
        hostile.owed = OWED_PORT_IN;
        return 1;
    case INSN_INS:
        hostile_show_port( vcpu, gpr[RDX], insn.operand_size, insn.rep ? (fuzz_u8( hostile.input ) & 63) + 1 : 1, 0 );
        hostile.owed = OWED_ANYTHING;
        return 1;
    case INSN_RDMSR:
    case INSN_WRMSR:
        vcpu->run->exit_reason = insn.op == INSN_RDMSR ? KVM_EXIT_X86_RDMSR : KVM_EXIT_X86_WRMSR;
        vcpu->run->msr.index = vcpu->regs.rcx;
        vcpu->run->msr.reason = KVM_MSR_EXIT_REASON_FILTER;
        vcpu->run->msr.data = (UINT32)vcpu->regs.rax | vcpu->regs.rdx << 32;
        /* with prefixes the kernel still skips what its decoder says; the hardware's length */
        if (insn.length != 2) return 0;
        hostile.owed = OWED_MSR;
        return 1;
    case INSN_STOS:
    case INSN_LODS:
    case INSN_MOVS:
        if (insn.op == INSN_STOS)
        {
            gva = hostile_linear( vcpu, &vcpu->sregs, SEGMENT_ES, insn_get_gpr( gpr, RDI, insn.address_size ));
            value = gpr[RAX];
        }
        else gva = hostile_linear( vcpu, &vcpu->sregs, insn.string_segment,
                                   insn_get_gpr( gpr, RSI, insn.address_size ));
        size = insn.operand_size;
        break;
    case INSN_PUSH:
        if (insn.has_mem || insn.operands[0].kind != INSN_OPERAND_GPR) return 0;
        value = insn_get_gpr( gpr, insn.operands[0].reg, insn.operands[0].size );
        gva = hostile_linear( vcpu, &vcpu->sregs, SEGMENT_SS, hostile_cut( gpr[RSP] - insn.stack_size, stack ));
        size = insn.stack_size;
        break;
    default:
        if (!insn.has_mem || !insn.mem.size || insn.mem.vsib) return 0;
        gva = hostile_linear( vcpu, &vcpu->sregs, insn.mem.segment,
                              insn_mem_offset( &insn, gpr, vcpu->regs.rip + insn.length ));
        size = insn.mem.size;
        break;
    }
    room = GPA_PAGE_SIZE - (gva & (GPA_PAGE_SIZE - 1));
    if (room > size) room = size;
    if (!guest_translate( &hostile.guest, &vcpu->sregs, gva, &gpa )) return 0;
    if (room > 8) room = 8;

    switch (insn.op)
    {
    case INSN_STOS:
        hostile_show_mmio( vcpu, gpa, room, 1, &value );
        /* with 32-bit addresses KVM has lost the upper halves, as the instruction does whenever it is executed */
        insn_set_gpr( gpr, RDI, insn.address_size, insn_get_gpr( gpr, RDI, insn.address_size ) );
        if (insn.rep) insn_set_gpr( gpr, RCX, insn.address_size, insn_get_gpr( gpr, RCX, insn.address_size ) );
        regs_from_gpr( &hostile.before, gpr );
        insn_set_gpr( gpr, RDI, insn.address_size, insn_get_gpr( gpr, RDI, insn.address_size ) + step );
        break;
    case INSN_PUSH:
        hostile_show_mmio( vcpu, gpa, room, 1, &value );
        gpr[RSP] = (gpr[RSP] & ~hostile_cut( ~0ull, stack )) | hostile_cut( gpr[RSP] - insn.stack_size, stack );
        break;
    case INSN_MOV:
    case INSN_MOVNTI:
        if (!(insn.mem.access & INSN_WRITE)) break;
        for (i = 0; i < insn.operand_count; i++)
        {
            if (insn.operands[i].kind == INSN_OPERAND_GPR)
                value = insn_get_gpr( gpr, insn.operands[i].reg, insn.operands[i].size );
            else if (insn.operands[i].kind == INSN_OPERAND_IMMEDIATE) value = insn.operands[i].imm;
            else if (insn.operands[i].kind != INSN_OPERAND_MEMORY) return 0;
        }
        hostile_show_mmio( vcpu, gpa, room, 1, &value );
        break;
    default:
        if (insn.has_mem && modify( vcpu, &insn, gva, gpr, &value ))
        {
            hostile_show_mmio( vcpu, gpa, room, 1, &value );
            break;
        }
        if (insn.op == INSN_SETCC || insn.op == INSN_POP) return 0;
        if (insn.op == INSN_MOVBE && insn.mem.access == INSN_WRITE)
        {
            value = insn_get_gpr( gpr, insn.operands[1].reg, insn.operands[1].size );
            value = __builtin_bswap64( value ) >> (8 - size) * 8;
            hostile_show_mmio( vcpu, gpa, room, 1, &value );
            break;
        }
        if (insn.mem.access == INSN_WRITE && insn.op != INSN_LODS && insn.op != INSN_MOVS)
        {
            const struct insn_operand *operand = &insn.operands[insn.operands[0].kind == INSN_OPERAND_MEMORY];
            UINT8 data[8];

            fuzz_bytes( hostile.input, data, 8 );
            if (operand->kind == INSN_OPERAND_VECTOR && insn.op == INSN_VMOV && operand->reg < 16)
                memcpy( data, vcpu->xsave + 160 + operand->reg * 16 +
                              (insn.opcode == 0x16 || insn.opcode == 0x17 ? 8 : 0), 8 );
            else if (operand->kind == INSN_OPERAND_MMX && insn.op == INSN_VMOV)
                memcpy( data, vcpu->xsave + 32 + ((operand->reg - (vcpu->xsave[3] >> 3 & 7)) & 7) * 16, 8 );
            /* with any data it may look like another one that begins before it */
            else hostile.exact = 0;
            hostile_show_mmio( vcpu, gpa, room, 1, data );
        }
        break;
    }
    if (vcpu->run->exit_reason == KVM_EXIT_MMIO && hostile.write)
    {
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rflags &= ~RFLAGS_RF;
        if (insn.op == INSN_STOS && insn.rep)
        {
            /* that it was the last item is found out at the next one, which is none */
            insn_set_gpr( gpr, RCX, insn.address_size, insn_get_gpr( gpr, RCX, insn.address_size ) - 1 );
            regs_from_gpr( &vcpu->regs, gpr );
            vcpu->regs.rflags |= RFLAGS_RF;
        }
        else vcpu->regs.rip = hostile.end;
        if (room < size) hostile.owed = OWED_FRAGMENTS;
        hostile.reads = room < size;
        return 1;
    }
    hostile_show_mmio( vcpu, gpa, room, 0, NULL );
    hostile.owed = OWED_ANYTHING;
    hostile.reads = room < size;
    if (room == size && hostile_is_plain_load( &insn )) hostile.owed = OWED_LOAD;
    return 1;
}

BOOL hostile_breakpoint( struct fake_vcpu *vcpu )
{
    UINT8 lot = fuzz_u8( hostile.input ), i = lot & 3;

    if (!(vcpu->debug.control & KVM_GUESTDBG_USE_HW_BP) || !(vcpu->debug.arch.debugreg[7] >> i * 2 & 3)) return 0;
    vcpu->regs.rip = vcpu->debug.arch.debugreg[i] - (hostile_mode( vcpu ) == INSN_MODE_64 ? 0 : vcpu->sregs.cs.base);
    vcpu->regs.rflags &= ~RFLAGS_IF;
    if (lot & 4) vcpu->sregs.cs.dpl = vcpu->sregs.ss.dpl = 0;
    if (lot & 8) vcpu->sregs.cs.selector = fuzz_u16( hostile.input );
    if (lot & 16) vcpu->sregs.cr2 = fuzz_u32( hostile.input );
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | 1 << i;
    return 1;
}
