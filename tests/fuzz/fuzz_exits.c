/*
 * Fuzz target: exits, rewinding and completion
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

/*
 * A vp on a hostile KVM with a hostile client. KVM_RUN here is of the input's making: it exits for whatever reason, shows any
 * registers, and often enough does what the instruction at the RIP would really have done. The client sets registers, runs again,
 * cancels, deletes, maps and unmaps, also while the vp is in the guest (a second thread, in lockstep).
 * What must hold, besides not crashing:
 *  - an exit context agrees with the registers; its instruction bytes, address and written data belong together;
 *  - what KVM enters the guest with is what the client has left, and finishing the old instruction has changed no memory;
 *  - a run makes a bounded number of KVM_RUNs; in the end no fd and no run page is left.
 * It knows the insides of struct vp, as a client that could look there would.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../unixlib.h"
#include "calls.h"
#include "exits.h"
#include "fake_kvm.h"
#include "fuzz.h"
#include "guest.h"
#include "gva.h"
#include "partition.h"
#include "regs.h"
#include "vp.h"

#define MAX_OPS      24
#define MAX_ENTRIES  64         /* into the guest, of one vp_run: then an exit that always goes to the client */
/* of one entry: a flush (complete.c's limit and a little) */
#define MAX_FLUSH    2100

extern const unixlib_entry_t __wine_unix_call_funcs[];
/* emulate.h has names that exits.h has too */
extern UINT64 (*alu_find( UINT8 op ))( UINT8 size, UINT64 dst, UINT64 src, UINT64 *rflags );

static struct fuzz_input *input;
static struct guest guest;
static struct host *host;

/* ---- the hostile KVM ---- */

enum owed
{
    OWED_NOTHING,
    OWED_LOAD,                  /* the register of a plain load, from mmio.data */
    OWED_PORT_IN,               /* rAX, from the data */
    OWED_SKIP,                  /* RIP to end, if it has not been moved */
    OWED_MSR,
    OWED_FRAGMENTS,             /* nothing but, perhaps, the rest of a write */
    OWED_ANYTHING,              /* nobody knows: registers and the destination in memory get some value */
};

static struct
{
    enum owed         owed;
    struct insn       insn;     /* length 0: unknown */
    UINT64            end;      /* RIP behind it */
    struct kvm_sregs  sregs;    /* as of then */
    UINT32            size;
    BOOL              write;
    BOOL              reads;    /* what is owed may ask for more */
    UINT32            runs, entries;
    BOOL              stubborn; /* fragments without end */
    BOOL              failing;  /* some KVM calls fail */
    BOOL              expected; /* view and memory are what the next entry must find */
    BOOL              in_run;
    struct kvm_regs   view;
    UINT8             memory[GUEST_MEMORY];
    struct
    {
        UINT64 gpa;
        UINT32 size;
        BOOL   is_write, honest;
        UINT8  data[8];
    } shown;
    BOOL              exact;    /* the exit must show these registers, but for the status flags: */
    struct kvm_regs   before;
} kvm;

static enum insn_mode mode_of( const struct fake_vcpu *vcpu )
{
    if ((vcpu->sregs.efer & EFER_LMA) && vcpu->sregs.cs.l) return INSN_MODE_64;
    if (!(vcpu->sregs.cr0 & CR0_PE) || (vcpu->regs.rflags & RFLAGS_VM)) return INSN_MODE_16;
    return vcpu->sregs.cs.db ? INSN_MODE_32 : INSN_MODE_16;
}

static UINT64 linear_of( const struct fake_vcpu *vcpu, const struct kvm_sregs *sregs, UINT8 segment, UINT64 offset )
{
    const struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };

    if (mode_of( vcpu ) != INSN_MODE_64) return (UINT32)(offset + segments[segment]->base);
    return segment >= INSN_SEGMENT_FS ? offset + segments[segment]->base : offset;
}

/* Instruction at an offset in CS, by KVM's registers. */
static BOOL decode_at( const struct fake_vcpu *vcpu, UINT64 rip, struct insn *insn )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count;
    UINT64 gpa;

    memset( insn, 0, sizeof(*insn) );
    for (count = 0; count < sizeof(bytes); count++)
        if (!guest_translate( &guest, &vcpu->sregs, linear_of( vcpu, &vcpu->sregs, 1, rip + count ), &gpa ) ||
            !guest_load( &guest, gpa, bytes + count )) break;
    if (SUCCEEDED(insn_decode( bytes, count, mode_of( vcpu ), insn ))) return 1;
    insn->length = 0;
    return 0;
}

static UINT64 rip_behind( const struct fake_vcpu *vcpu, const struct insn *insn )
{
    UINT64 end = vcpu->regs.rip + insn->length;

    return mode_of( vcpu ) == INSN_MODE_64 ? end : (UINT32)end;
}

static UINT64 sized( UINT64 value, UINT32 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

/* Memory that KVM writes: only what is mapped. */
static void store_memory( struct fake_vcpu *vcpu, UINT64 gva, const void *data, UINT32 size )
{
    UINT64 gpa;
    UINT32 i;

    for (i = 0; i < size; i++)
        if (guest_translate( &guest, &kvm.sregs, gva + i, &gpa )) gpa_write( &guest.partition->gpa, gpa, (const UINT8 *)data + i, 1 );
    (void)vcpu;
}

static void scramble( struct kvm_regs *regs )
{
    UINT64 gpr[16];
    UINT8 how = fuzz_u8( input );

    regs_to_gpr( regs, gpr );
    gpr[how & 15] = fuzz_edge( input );
    regs_from_gpr( regs, gpr );
    if (how & 0x10) regs->rip += (int8_t)fuzz_u8( input );
    if (how & 0x20) regs->rflags = (fuzz_u32( input ) & 0x244dd5) | 2;
    if (how & 0x40) regs->rip = fuzz_edge( input );
}

static UINT64 fed_back( const struct fake_vcpu *vcpu )
{
    const struct kvm_run *run = vcpu->run;
    UINT64 value = 0;

    if (run->exit_reason == KVM_EXIT_IO) memcpy( &value, (const UINT8 *)run + run->io.data_offset, run->io.size );
    else if (run->exit_reason == KVM_EXIT_MMIO) memcpy( &value, run->mmio.data, 8 );
    return value;
}

static void finish_anything( struct fake_vcpu *vcpu )
{
    static const UINT8 garbage[64] = { 0xa5, 0x5a, 1, 2, 3, 4, 5, 6, 7 };
    const struct kvm_run *run = vcpu->run;
    const struct insn *insn = &kvm.insn;
    UINT64 gpr[16], value = fed_back( vcpu ), at;
    UINT32 i, size;

    regs_to_gpr( &vcpu->regs, gpr );
    if (insn->length && !kvm.write && run->exit_reason == KVM_EXIT_MMIO && kvm.shown.honest)
    {
        switch (insn->op)
        {
        case INSN_MOVS:
            at = linear_of( vcpu, &kvm.sregs, 0, insn_get_gpr( gpr, 7, insn->address_size ));
            /* what has not been reported stands at the source */
            if (insn->operand_size <= kvm.size) store_memory( vcpu, at, &value, insn->operand_size );
            break;
        case INSN_PUSH:
            size = mode_of( vcpu ) == INSN_MODE_64 ? 8 : kvm.sregs.ss.db ? 4 : 2;
            at = linear_of( vcpu, &kvm.sregs, 2, sized( gpr[4] - insn->stack_size, size ));
            store_memory( vcpu, at, &value, insn->stack_size );
            break;
        default:
            if (insn->has_mem && (insn->mem.access & INSN_WRITE) && insn->mem.size <= sizeof(garbage) && !insn->mem.vsib &&
                insn->op != INSN_POP)
                store_memory( vcpu, linear_of( vcpu, &kvm.sregs, insn->mem.segment,
                              insn_mem_offset( insn, gpr, vcpu->regs.rip + insn->length )), garbage, insn->mem.size );
            break;
        }
    }
    else if (insn->op == INSN_INS && run->exit_reason == KVM_EXIT_IO && !kvm.write && kvm.shown.honest)
    {
        INT64 step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)run->io.size : run->io.size;

        at = linear_of( vcpu, &kvm.sregs, 0, insn_get_gpr( gpr, 7, insn->address_size ));
        for (i = 0; i < run->io.count; i++, at += step)
            store_memory( vcpu, at, (const UINT8 *)run + run->io.data_offset + i * run->io.size, run->io.size );
    }
    scramble( &vcpu->regs );
}

static void finish( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;
    const struct insn *insn = &kvm.insn;
    UINT64 gpr[16], data = fed_back( vcpu );
    enum owed owed = kvm.owed;

    kvm.owed = OWED_NOTHING;
    regs_to_gpr( &vcpu->regs, gpr );
    switch (owed)
    {
    case OWED_NOTHING:
    case OWED_FRAGMENTS:
        return;
    case OWED_LOAD:
        data = sized( data, insn->op == INSN_LODS ? insn->operand_size : insn->mem.size );
        if (insn->op == INSN_LODS)
        {
            INT64 step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;

            insn_set_gpr( gpr, 6, insn->address_size, insn_get_gpr( gpr, 6, insn->address_size ) + step );
            insn_set_gpr( gpr, 0, insn->operand_size, data );
        }
        else
        {
            if (insn->op == INSN_MOVSX) data = insn_sign_extend( data, insn->mem.size );
            if (insn->op == INSN_MOVBE) data = __builtin_bswap64( data ) >> (8 - insn->mem.size) * 8;
            insn_set_gpr( gpr, insn->operands[0].reg, insn->operands[0].size, data );
        }
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rip = kvm.end;
        break;
    case OWED_PORT_IN:
        insn_set_gpr( gpr, 0, kvm.size, data );
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rip = kvm.end;
        break;
    case OWED_SKIP:
        if (vcpu->regs.rip == kvm.end - insn->length) vcpu->regs.rip = kvm.end;
        break;
    case OWED_MSR:
        if (run->msr.error)
        {
            vcpu->events.exception.injected = 1;
            vcpu->events.exception.nr = 13;
            vcpu->events.exception.has_error_code = 1;
            vcpu->events.exception.error_code = 0;
            return;
        }
        if (run->exit_reason == KVM_EXIT_X86_RDMSR)
        {
            vcpu->regs.rax = (UINT32)run->msr.data;
            vcpu->regs.rdx = run->msr.data >> 32;
        }
        /* it looks at the mode, not at the instruction */
        vcpu->regs.rip += 2;
        if (mode_of( vcpu ) != INSN_MODE_64) vcpu->regs.rip = (UINT32)vcpu->regs.rip;
        break;
    case OWED_ANYTHING:
        finish_anything( vcpu );
        break;
    }
    vcpu->regs.rflags &= ~RFLAGS_RF;
}

/* Segments, control registers and events that the guest may have got itself. */
static void disturb( struct fake_vcpu *vcpu )
{
    struct kvm_sregs *sregs = &vcpu->sregs;
    struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };
    UINT8 how = fuzz_u8( input );

    if (how & 1)
    {
        struct kvm_segment *segment = segments[fuzz_u8( input ) % 6];

        segment->base = fuzz_edge( input );
        segment->limit = fuzz_edge( input );
        segment->selector = fuzz_u16( input );
        segment->dpl = fuzz_u8( input ) & 3;
        if (segment != &sregs->cs) segment->db = fuzz_u8( input ) & 1;
        if (segment < &sregs->fs && segment->base >> 32) segment->base = (UINT32)segment->base;
    }
    if (how & 2) guest_mode( sregs, fuzz_u8( input ) );
    if (how & 4)
    {
        UINT8 events = fuzz_u8( input );

        vcpu->events.interrupt.shadow = events & 3;
        vcpu->events.interrupt.injected = events >> 2 & 1;
        vcpu->events.interrupt.nr = fuzz_u8( input );
        vcpu->events.nmi.masked = events >> 3 & 1;
        vcpu->events.nmi.injected = events >> 4 & 1;
        vcpu->events.exception.injected = events >> 5 & 1;
        vcpu->events.exception.nr = fuzz_u8( input ) & 31;
        if (vcpu->events.exception.nr == 2) vcpu->events.exception.nr = 3;
    }
    if (how & 8) scramble( &vcpu->regs );
    if (how & 0x10) sregs->cr8 = fuzz_u8( input ) & 15;
}

static void show_mmio( struct fake_vcpu *vcpu, UINT64 gpa, UINT32 size, BOOL write, const void *data )
{
    struct kvm_run *run = vcpu->run;

    run->exit_reason = KVM_EXIT_MMIO;
    run->mmio.phys_addr = gpa;
    run->mmio.len = size;
    run->mmio.is_write = write;
    memset( run->mmio.data, 0, sizeof(run->mmio.data) );
    if (write) memcpy( run->mmio.data, data, size );
    kvm.size = size;
    kvm.write = write;
    kvm.shown.gpa = gpa;
    kvm.shown.size = size;
    kvm.shown.is_write = write;
    memcpy( kvm.shown.data, run->mmio.data, 8 );
}

static void show_port( struct fake_vcpu *vcpu, UINT16 port, UINT32 size, UINT32 count, BOOL write )
{
    struct kvm_run *run = vcpu->run;

    run->exit_reason = KVM_EXIT_IO;
    run->io.direction = write ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
    run->io.size = size;
    run->io.port = port;
    run->io.count = count * size <= 4096 ? count : 4096 / size;
    run->io.data_offset = 4096;
    kvm.size = size;
    kvm.write = write;
}

static BOOL is_plain_load( const struct insn *insn )
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
static BOOL load_address( const struct fake_vcpu *vcpu, const struct insn *insn, UINT64 *gva, UINT32 *size )
{
    UINT64 gpr[16];

    regs_to_gpr( &vcpu->regs, gpr );
    if (insn->op == INSN_LODS)
    {
        *gva = linear_of( vcpu, &vcpu->sregs, insn->string_segment, insn_get_gpr( gpr, 6, insn->address_size ));
        *size = insn->operand_size;
    }
    else
    {
        *gva = linear_of( vcpu, &vcpu->sregs, insn->mem.segment, insn_mem_offset( insn, gpr, vcpu->regs.rip + insn->length ));
        *size = insn->mem.size;
    }
    return *size <= GPA_PAGE_SIZE - (*gva & (GPA_PAGE_SIZE - 1));
}

static void any_mmio( struct fake_vcpu *vcpu )
{
    UINT8 how = fuzz_u8( input ), data[8];
    struct insn insn;
    UINT64 gva, at;
    UINT32 size;
    UINT64 gpa = how & 0x40 ? fuzz_edge( input ) & ((1ull << 46) - 1) : GUEST_DEVICE + fuzz_u16( input ) % 0x2000u;

    fuzz_bytes( input, data, sizeof(data) );
    if (how & 0x20) memcpy( data, &vcpu->regs.rax, 8 );
    /* near to what the instruction would access */
    if ((how & 0xc0) == 0x80 && decode_at( vcpu, vcpu->regs.rip, &insn ) && insn.has_mem)
    {
        load_address( vcpu, &insn, &gva, &size );
        if (guest_translate( &guest, &vcpu->sregs, gva, &at )) gpa = at ^ (fuzz_u8( input ) & 3) << 12;
    }
    show_mmio( vcpu, gpa, (how & 7) + 1, how >> 3 & 1, data );
    if (how & 0x10) vcpu->regs.rip += (int8_t)fuzz_u8( input ) & 31;
    kvm.owed = kvm.write ? OWED_FRAGMENTS : OWED_ANYTHING;
    kvm.reads = how >> 7;
    if (kvm.write || !decode_at( vcpu, vcpu->regs.rip, &insn )) return;
    /* if it could have been this load, then it was */
    if (is_plain_load( &insn ) && load_address( vcpu, &insn, &gva, &size ) && guest_translate( &guest, &vcpu->sregs, gva, &at ) &&
        at == gpa && size == kvm.size)
    {
        kvm.insn = insn;
        kvm.end = rip_behind( vcpu, &insn );
        kvm.sregs = vcpu->sregs;
        kvm.owed = OWED_LOAD;
    }
}

static void any_port( struct fake_vcpu *vcpu )
{
    UINT8 how = fuzz_u8( input );
    struct insn insn;

    show_port( vcpu, how & 0x40 ? fuzz_u16( input ) : vcpu->regs.rdx, 1 << (how & 3) % 3, how & 0x80 ? fuzz_u16( input ) | 1 : 1, how >> 2 & 1 );
    if (kvm.write)
    {
        fuzz_bytes( input, (UINT8 *)vcpu->run + 4096, 8 );
        if (how & 8) memcpy( (UINT8 *)vcpu->run + 4096, &vcpu->regs.rax, 8 );
    }
    if (how & 0x10) vcpu->regs.rip += (int8_t)fuzz_u8( input ) & 31;
    kvm.owed = kvm.write ? OWED_NOTHING : OWED_ANYTHING;
    kvm.reads = how >> 5 & 1;
    if (!decode_at( vcpu, vcpu->regs.rip, &insn ) || insn.operand_size != kvm.size) return;
    if (insn.op != (kvm.write ? INSN_OUT : INSN_IN)) return;
    kvm.insn = insn;
    kvm.end = rip_behind( vcpu, &insn );
    kvm.sregs = vcpu->sregs;
    vcpu->run->io.count = 1;
    if (!kvm.write) kvm.owed = OWED_PORT_IN;
    else if (!host->out_rip_past) kvm.owed = OWED_SKIP;
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
        if (!guest_translate( &guest, &vcpu->sregs, gva + i, &gpa ) || !(range = gpa_find( &guest.partition->gpa, gpa )) ||
            (range->flags & 3) != 1) return 0;
        ((UINT8 *)&old)[i] = range->host[gpa - range->gpa];
    }
    for (i = 0; i < insn->operand_count; i++)
    {
        if (insn->operands[i].kind == INSN_OPERAND_GPR) source = insn_get_gpr( gpr, insn->operands[i].reg, insn->operands[i].size );
        if (insn->operands[i].kind == INSN_OPERAND_IMMEDIATE) source = insn->operands[i].imm;
    }
    switch (insn->op)
    {
    case INSN_XCHG:
    case INSN_XADD:
        *value = insn->op == INSN_XADD ? old + source : source;
        /* what stood in the upper half is lost in KVM; whenever the instruction is executed it will be */
        insn_set_gpr( gpr, insn->operands[1].reg, size, source );
        regs_from_gpr( &kvm.before, gpr );
        insn_set_gpr( gpr, insn->operands[1].reg, size, old );
        break;
    case INSN_NOT: case INSN_NEG: case INSN_INC: case INSN_DEC: case INSN_ADD: case INSN_OR: case INSN_AND: case INSN_SUB: case INSN_XOR:
    case INSN_ADC: case INSN_SBB: case INSN_SHL: case INSN_SHR: case INSN_SAR: case INSN_ROL: case INSN_ROR: case INSN_RCL: case INSN_RCR:
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
    *value = sized( *value, size );
    return 1;
}

/* What the instruction at the RIP does, if it is one of those that are simple: then KVM's own way of reporting it. */
static BOOL execute_honestly( struct fake_vcpu *vcpu )
{
    struct insn insn;
    UINT64 gpr[16], gva, gpa, value = 0, stack;
    UINT32 size, room, i;
    INT64 step;

    /* no processor goes in with that */
    if (mode_of( vcpu ) != INSN_MODE_64 && vcpu->regs.rip >> 32) return 0;
    if (!decode_at( vcpu, vcpu->regs.rip, &insn )) return 0;
    regs_to_gpr( &vcpu->regs, gpr );
    kvm.insn = insn;
    kvm.end = rip_behind( vcpu, &insn );
    kvm.sregs = vcpu->sregs;
    kvm.shown.honest = 1;
    step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)insn.operand_size : insn.operand_size;
    stack = mode_of( vcpu ) == INSN_MODE_64 ? 8 : vcpu->sregs.ss.db ? 4 : 2;
    switch (insn.op)
    {
    case INSN_OUT:
        show_port( vcpu, insn.operands[0].kind == INSN_OPERAND_IMMEDIATE ? (UINT8)insn.operands[0].imm : gpr[2], insn.operand_size, 1, 1 );
        memcpy( (UINT8 *)vcpu->run + 4096, &vcpu->regs.rax, 4 );
        if (host->out_rip_past) vcpu->regs.rip = kvm.end;
        else kvm.owed = OWED_SKIP;
        return 1;
    case INSN_IN:
        show_port( vcpu, insn.operands[1].kind == INSN_OPERAND_IMMEDIATE ? (UINT8)insn.operands[1].imm : gpr[2], insn.operand_size, 1, 0 );
        kvm.owed = OWED_PORT_IN;
        return 1;
    case INSN_INS:
        show_port( vcpu, gpr[2], insn.operand_size, insn.rep ? (fuzz_u8( input ) & 63) + 1 : 1, 0 );
        kvm.owed = OWED_ANYTHING;
        return 1;
    case INSN_RDMSR:
    case INSN_WRMSR:
        vcpu->run->exit_reason = insn.op == INSN_RDMSR ? KVM_EXIT_X86_RDMSR : KVM_EXIT_X86_WRMSR;
        vcpu->run->msr.index = vcpu->regs.rcx;
        vcpu->run->msr.reason = KVM_MSR_EXIT_REASON_FILTER;
        vcpu->run->msr.data = (UINT32)vcpu->regs.rax | vcpu->regs.rdx << 32;
        /* with prefixes the kernel still skips what its decoder says; the hardware's length */
        if (insn.length != 2) return 0;
        kvm.owed = OWED_MSR;
        return 1;
    case INSN_STOS:
    case INSN_LODS:
    case INSN_MOVS:
        if (insn.op == INSN_STOS)
        {
            gva = linear_of( vcpu, &vcpu->sregs, 0, insn_get_gpr( gpr, 7, insn.address_size ));
            value = gpr[0];
        }
        else gva = linear_of( vcpu, &vcpu->sregs, insn.string_segment, insn_get_gpr( gpr, 6, insn.address_size ));
        size = insn.operand_size;
        break;
    case INSN_PUSH:
        if (insn.has_mem || insn.operands[0].kind != INSN_OPERAND_GPR) return 0;
        value = insn_get_gpr( gpr, insn.operands[0].reg, insn.operands[0].size );
        gva = linear_of( vcpu, &vcpu->sregs, 2, sized( gpr[4] - insn.stack_size, stack ));
        size = insn.stack_size;
        break;
    default:
        if (!insn.has_mem || !insn.mem.size || insn.mem.vsib) return 0;
        gva = linear_of( vcpu, &vcpu->sregs, insn.mem.segment, insn_mem_offset( &insn, gpr, vcpu->regs.rip + insn.length ));
        size = insn.mem.size;
        break;
    }
    room = GPA_PAGE_SIZE - (gva & (GPA_PAGE_SIZE - 1));
    if (room > size) room = size;
    if (!guest_translate( &guest, &vcpu->sregs, gva, &gpa )) return 0;
    if (room > 8) room = 8;

    switch (insn.op)
    {
    case INSN_STOS:
        show_mmio( vcpu, gpa, room, 1, &value );
        insn_set_gpr( gpr, 7, insn.address_size, insn_get_gpr( gpr, 7, insn.address_size ) + step );
        break;
    case INSN_PUSH:
        show_mmio( vcpu, gpa, room, 1, &value );
        gpr[4] = (gpr[4] & ~sized( ~0ull, stack )) | sized( gpr[4] - insn.stack_size, stack );
        break;
    case INSN_MOV:
    case INSN_MOVNTI:
        if (!(insn.mem.access & INSN_WRITE)) break;
        for (i = 0; i < insn.operand_count; i++)
        {
            if (insn.operands[i].kind == INSN_OPERAND_GPR) value = insn_get_gpr( gpr, insn.operands[i].reg, insn.operands[i].size );
            else if (insn.operands[i].kind == INSN_OPERAND_IMMEDIATE) value = insn.operands[i].imm;
            else if (insn.operands[i].kind != INSN_OPERAND_MEMORY) return 0;
        }
        show_mmio( vcpu, gpa, room, 1, &value );
        break;
    default:
        if (insn.has_mem && modify( vcpu, &insn, gva, gpr, &value ))
        {
            show_mmio( vcpu, gpa, room, 1, &value );
            break;
        }
        if (insn.op == INSN_SETCC || insn.op == INSN_POP) return 0;
        if (insn.op == INSN_MOVBE && insn.mem.access == INSN_WRITE)
        {
            value = __builtin_bswap64( insn_get_gpr( gpr, insn.operands[1].reg, insn.operands[1].size )) >> (8 - size) * 8;
            show_mmio( vcpu, gpa, room, 1, &value );
            break;
        }
        if (insn.mem.access == INSN_WRITE && insn.op != INSN_LODS && insn.op != INSN_MOVS)
        {
            const struct insn_operand *operand = &insn.operands[insn.operands[0].kind == INSN_OPERAND_MEMORY];
            UINT8 data[8];

            fuzz_bytes( input, data, 8 );
            if (operand->kind == INSN_OPERAND_VECTOR && insn.op == INSN_VMOV && operand->reg < 16)
                memcpy( data, vcpu->xsave + 160 + operand->reg * 16 + (insn.opcode == 0x16 || insn.opcode == 0x17 ? 8 : 0), 8 );
            else if (operand->kind == INSN_OPERAND_MMX && insn.op == INSN_VMOV)
                memcpy( data, vcpu->xsave + 32 + ((operand->reg - (vcpu->xsave[3] >> 3 & 7)) & 7) * 16, 8 );
            /* with any data it may look like another one that begins before it */
            else kvm.exact = 0;
            show_mmio( vcpu, gpa, room, 1, data );
        }
        break;
    }
    if (vcpu->run->exit_reason == KVM_EXIT_MMIO && kvm.write)
    {
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rflags &= ~RFLAGS_RF;
        if (insn.op == INSN_STOS && insn.rep)
        {
            /* that it was the last item is found out at the next one, which is none */
            insn_set_gpr( gpr, 1, insn.address_size, insn_get_gpr( gpr, 1, insn.address_size ) - 1 );
            regs_from_gpr( &vcpu->regs, gpr );
            vcpu->regs.rflags |= RFLAGS_RF;
        }
        else vcpu->regs.rip = kvm.end;
        if (room < size) kvm.owed = OWED_FRAGMENTS;
        kvm.reads = room < size;
        return 1;
    }
    show_mmio( vcpu, gpa, room, 0, NULL );
    kvm.owed = OWED_ANYTHING;
    kvm.reads = room < size;
    if (room == size && is_plain_load( &insn )) kvm.owed = OWED_LOAD;
    return 1;
}

static void any_exit( struct fake_vcpu *vcpu )
{
    static const UINT32 reasons[] = { KVM_EXIT_HLT, KVM_EXIT_SHUTDOWN, KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTR,
                                      KVM_EXIT_SET_TPR, KVM_EXIT_IOAPIC_EOI, KVM_EXIT_SYSTEM_EVENT, KVM_EXIT_HYPERV,
                                      KVM_EXIT_TPR_ACCESS, KVM_EXIT_UNKNOWN, KVM_EXIT_EXCEPTION, KVM_EXIT_HYPERCALL, 39 };
    struct kvm_run *run = vcpu->run;
    UINT8 how = fuzz_u8( input );

    switch (how & 15)
    {
    case 0: case 1:
        run->exit_reason = reasons[(how >> 4) % ARRAY_SIZE(reasons)];
        fuzz_bytes( input, run->padding, 32 );
        break;
    case 2: case 3: case 4: case 5:
        run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
        run->internal.suberror = how >> 4 & 7 ? KVM_INTERNAL_ERROR_EMULATION : fuzz_u8( input );
        run->internal.ndata = fuzz_u8( input ) % 16;
        break;
    case 6:
        run->exit_reason = KVM_EXIT_DEBUG;
        memset( &run->debug, 0, sizeof(run->debug) );
        run->debug.arch.exception = how & 0x10 ? 3 : 1;
        run->debug.arch.pc = vcpu->regs.rip;
        run->debug.arch.dr6 = fuzz_u32( input );
        run->debug.arch.dr7 = fuzz_u32( input );
        break;
    case 7:
        run->exit_reason = how & 0x10 ? KVM_EXIT_X86_RDMSR : KVM_EXIT_X86_WRMSR;
        run->msr.index = how & 0x20 ? fuzz_u32( input ) : 0xc0000080 + (fuzz_u8( input ) & 7);
        run->msr.reason = 1u << (how >> 6);
        run->msr.data = fuzz_edge( input );
        kvm.owed = OWED_MSR;
        break;
    case 8: case 9: case 10:
        any_port( vcpu );
        break;
    default:
        any_mmio( vcpu );
        break;
    }
}

static int leave( struct fake_vcpu *vcpu, int ret )
{
    struct kvm_run *run = vcpu->run;

    if (run->kvm_valid_regs & KVM_SYNC_X86_REGS) run->s.regs.regs = vcpu->regs;
    if (run->kvm_valid_regs & KVM_SYNC_X86_SREGS) run->s.regs.sregs = vcpu->sregs;
    if (run->kvm_valid_regs & KVM_SYNC_X86_EVENTS) run->s.regs.events = vcpu->events;
    run->if_flag = !!(vcpu->regs.rflags & RFLAGS_IF);
    run->cr8 = vcpu->sregs.cr8;
    run->ready_for_interrupt_injection = run->if_flag && !vcpu->events.interrupt.injected && !vcpu->events.interrupt.shadow;
    return ret;
}

/* ---- a second thread, which wants something while the vp is in the guest ---- */

static struct
{
    pthread_t       thread;
    pthread_mutex_t lock;
    pthread_cond_t  cond;
    BOOL            wanted, kicked, done;
    BOOL            deleted;    /* the partition: the run was over before it was looked at */
    UINT8           what, bytes[24];
} helper = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };

static void set_registers( const UINT8 bytes[24] )
{
    WHV_REGISTER_NAME names[2] = { bytes[0] % 18, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    struct vp_registers_params params = { guest.handle, names, values, 0, (bytes[1] & 1) + 1u };

    memset( values, 0, sizeof(values) );
    memcpy( &values[0], bytes + 2, 8 );
    memcpy( &values[1], bytes + 10, 8 );
    vp_set_registers_call( &params );
}

static void *helper_main( void *arg )
{
    (void)arg;
    pthread_mutex_lock( &helper.lock );
    for (;;)
    {
        struct gpa_map_params map = { guest.handle, guest.memory, GUEST_DEVICE, GPA_PAGE_SIZE, 7 };
        struct vp_params vp = { guest.handle, 0 };

        while (!helper.wanted) pthread_cond_wait( &helper.cond, &helper.lock );
        helper.wanted = 0;
        pthread_mutex_unlock( &helper.lock );
        map.partition = vp.partition = guest.handle;
        switch (helper.what & 7)
        {
        case 0: case 1: set_registers( helper.bytes ); break;
        case 2: gpa_map_call( &map ); break;
        case 3: gpa_unmap_call( &map ); break;
        case 4: vp_cancel( guest.handle, 0 ); break;
        case 5: vp_delete( guest.handle, 0 ); break;           /* the same */
        case 6: helper.deleted = partition_delete( guest.handle ) == S_OK; break;       /* refused while it runs */
        case 7: __wine_unix_call_funcs[unix_vp_abandoned]( &vp ); break;       /* not its business */
        }
        pthread_mutex_lock( &helper.lock );
        helper.done = 1;
        pthread_cond_broadcast( &helper.cond );
    }
    return NULL;
}

/* In the guest: returns when the vp has been asked to leave, or it turned out that nobody wants that. */
static void let_helper( void )
{
    pthread_mutex_lock( &helper.lock );
    helper.kicked = 0;
    /* it may still be at what it was asked for in the entry before, and want us out once more */
    while (!helper.kicked && !helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    if (helper.done)
    {
        helper.what = fuzz_u8( input );
        fuzz_bytes( input, helper.bytes, sizeof(helper.bytes) );
        helper.kicked = helper.done = 0;
        helper.wanted = 1;
        pthread_cond_broadcast( &helper.cond );
        while (!helper.kicked && !helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    }
    pthread_mutex_unlock( &helper.lock );
}

/* The helper is out of the API again. */
static void join_helper( void )
{
    pthread_mutex_lock( &helper.lock );
    while (!helper.done) pthread_cond_wait( &helper.cond, &helper.lock );
    pthread_mutex_unlock( &helper.lock );
}

static void kick( int tid )
{
    (void)tid;
    pthread_mutex_lock( &helper.lock );
    helper.kicked = 1;
    pthread_cond_broadcast( &helper.cond );
    pthread_mutex_unlock( &helper.lock );
}

/* ---- KVM_RUN ---- */

static void check_entry( const struct fake_vcpu *vcpu )
{
    struct kvm_regs regs = vcpu->regs, view = kvm.view;
    UINT64 hidden = RFLAGS_TF | RFLAGS_RF;
    UINT32 i;

    regs.rflags &= ~hidden;
    view.rflags &= ~hidden;
    if (memcmp( &regs, &view, sizeof(regs) ))
    {
        const UINT64 *a = (const UINT64 *)&regs, *b = (const UINT64 *)&view;

        for (i = 0; i < sizeof(regs) / 8; i++)
            if (a[i] != b[i]) fuzz_fail( "entered with register %u = %llx, the client left %llx (%u runs)", i,
                                         (unsigned long long)a[i], (unsigned long long)b[i], kvm.runs );
    }
    if (!memcmp( guest.memory, kvm.memory, GUEST_MEMORY )) return;
    for (i = 0; i < GUEST_MEMORY; i++)
        if (guest.memory[i] != kvm.memory[i]) fuzz_fail( "the flush has changed memory at %x from %02x to %02x", i, kvm.memory[i], guest.memory[i] );
}

/* arch/x86/kvm/x86.c, kvm_arch_vcpu_ioctl_run, in the order of what it does */
static int run_vcpu( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;
    UINT8 what;

    kvm.runs++;
    FUZZ_CHECK( kvm.runs <= kvm.entries * 3 + MAX_FLUSH * (kvm.entries + 1), "%u KVM_RUNs, %u entries", kvm.runs, kvm.entries );
    if ((run->kvm_valid_regs | run->kvm_dirty_regs) & ~7ull) return leave( vcpu, -EINVAL );
    if (run->kvm_dirty_regs & KVM_SYNC_X86_REGS) vcpu->regs = run->s.regs.regs;
    run->kvm_dirty_regs &= ~(UINT64)KVM_SYNC_X86_REGS;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_SREGS)
    {
        if ((run->s.regs.sregs.cr0 & CR0_PG) && !(run->s.regs.sregs.cr0 & CR0_PE)) return leave( vcpu, -EINVAL );
        vcpu->sregs = run->s.regs.sregs;
    }
    run->kvm_dirty_regs &= ~(UINT64)KVM_SYNC_X86_SREGS;
    if (run->kvm_dirty_regs & KVM_SYNC_X86_EVENTS)
    {
        if (run->s.regs.events.exception.injected && (run->s.regs.events.exception.nr > 31 || run->s.regs.events.exception.nr == 2))
            return leave( vcpu, -EINVAL );
        vcpu->events = run->s.regs.events;
    }
    run->kvm_dirty_regs = 0;
    vcpu->sregs.cr8 = run->cr8 & 15;

    if (kvm.owed)
    {
        BOOL more = (kvm.owed == OWED_ANYTHING || kvm.owed == OWED_FRAGMENTS) &&
                    ((kvm.stubborn && run->exit_reason == KVM_EXIT_MMIO) || (kvm.reads && input->size && fuzz_u8( input ) & 1));

        if (more && run->exit_reason == KVM_EXIT_MMIO)
        {
            show_mmio( vcpu, kvm.shown.gpa + 8, (fuzz_u8( input ) & 7) + 1, kvm.write, kvm.shown.data );
            kvm.shown.honest = 0;
            kvm.expected &= run->immediate_exit;
            kvm.exact = 0;
            return leave( vcpu, 0 );
        }
        if (more && run->exit_reason == KVM_EXIT_IO)
        {
            kvm.exact = 0;
            kvm.expected &= run->immediate_exit;
            return leave( vcpu, 0 );
        }
        finish( vcpu );
    }
    if (run->immediate_exit) return leave( vcpu, -EINTR );

    kvm.entries++;
    vcpu->entered = 1;
    if (kvm.expected) check_entry( vcpu );
    kvm.expected = 0;
    memset( &kvm.insn, 0, sizeof(kvm.insn) );
    memset( &kvm.shown, 0, sizeof(kvm.shown) );
    kvm.exact = 0;
    kvm.sregs = vcpu->sregs;
    kvm.reads = 0;
    kvm.end = vcpu->regs.rip;
    run->exit_reason = KVM_EXIT_SHUTDOWN;

    if (!input->size || kvm.entries > MAX_ENTRIES) return leave( vcpu, 0 );
    what = fuzz_u8( input );
    if (what & 0x80)
    {
        kvm.before = vcpu->regs;
        kvm.exact = 1;
        if (execute_honestly( vcpu )) return leave( vcpu, 0 );
        kvm.exact = 0;
        kvm.shown.honest = 0;
    }
    if (what & 0x40) disturb( vcpu );
    switch (what & 0x0f)
    {
    case 0:
        return leave( vcpu, -EINTR );
    case 1:
        return leave( vcpu, -EAGAIN );
    case 2:
        return leave( vcpu, what & 0x10 ? -ENOSPC : -EFAULT );
    case 3:
        return leave( vcpu, -(int)fuzz_u8( input ) % 134 - 1 );
    case 4:
        let_helper();
        return leave( vcpu, -EINTR );
    case 5:
        vp_cancel( guest.handle, 0 );
        return leave( vcpu, -EINTR );
    default:
        any_exit( vcpu );
        return leave( vcpu, 0 );
    }
}

/* ---- the client ---- */

/* Is [gva, gpa] a place that the instruction at the client's RIP accesses? And the data that it would write there. */
static BOOL accesses( const struct fake_vcpu *vcpu, const struct insn *insn, UINT64 gva, BOOL *known, UINT64 *value )
{
    const struct kvm_sregs *sregs = &guest.vp->run->s.regs.sregs;
    struct fake_vcpu view = { .regs = guest.vp->run->s.regs.regs, .sregs = *sregs };
    UINT64 gpr[16], at, stack, cut;
    BOOL push = insn->op == INSN_PUSH || insn->op == INSN_PUSHF || insn->op == INSN_CALL;

    (void)vcpu;
    *known = 0;
    regs_to_gpr( &view.regs, gpr );
    stack = mode_of( &view ) == INSN_MODE_64 ? 8 : sregs->ss.db ? 4 : 2;
    cut = mode_of( &view ) == INSN_MODE_64 ? ~0ull : 0xffffffff;
    switch (insn->op)
    {
    case INSN_STOS: case INSN_MOVS: case INSN_SCAS: case INSN_CMPS: case INSN_INS:
        at = linear_of( &view, sregs, 0, insn_get_gpr( gpr, 7, insn->address_size ));
        *known = insn->op == INSN_STOS;
        *value = gpr[0];
        if (((gva - at) & cut) < insn->operand_size)
        {
            *value >>= ((gva - at) & cut) * 8;
            return 1;
        }
        *known = 0;
        break;
    }
    if (insn->op == INSN_MOVS || insn->op == INSN_LODS || insn->op == INSN_CMPS || insn->op == INSN_OUTS)
    {
        at = linear_of( &view, sregs, insn->string_segment, insn_get_gpr( gpr, 6, insn->address_size ));
        if (((gva - at) & cut) < insn->operand_size) return 1;
    }
    if (insn->has_mem)
    {
        UINT64 old = gpr[4];

        if (insn->op == INSN_POP) gpr[4] = (old & ~sized( ~0ull, stack )) | sized( old + insn->stack_size, stack );
        at = linear_of( &view, sregs, insn->mem.segment, insn_mem_offset( insn, gpr, view.regs.rip + insn->length ));
        gpr[4] = old;
        if (((gva - at) & cut) < (insn->mem.size < 8 ? 8 : insn->mem.size))
        {
            if (insn->op == INSN_MOV && insn->operands[1].kind == INSN_OPERAND_GPR && insn->operands[0].kind == INSN_OPERAND_MEMORY)
            {
                *known = 1;
                *value = insn_get_gpr( gpr, insn->operands[1].reg, insn->operands[1].size ) >> ((gva - at) & cut) * 8;
            }
            return 1;
        }
    }
    /* the stack, also of what has no stack_size: LEAVE, ENTER, far transfers */
    at = linear_of( &view, sregs, 2, sized( gpr[4] - (push ? insn->stack_size : 0), stack ));
    if (((gva - at) & cut) >= 8) return 0;
    if (insn->op == INSN_PUSH && !insn->has_mem && insn->operands[0].kind == INSN_OPERAND_GPR)
    {
        *known = 1;
        *value = insn_get_gpr( gpr, insn->operands[0].reg, insn->operands[0].size ) >> ((gva - at) & cut) * 8;
    }
    return 1;
}

static void check_memory_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_MEMORY_ACCESS_CONTEXT *access = &exit->MemoryAccess;
    const struct kvm_sregs *sregs = &guest.vp->run->s.regs.sregs;
    UINT64 gpa = 0, value, mask;
    struct insn insn;
    BOOL known, ok;

    FUZZ_CHECK( access->AccessInfo.GpaUnmapped == !gpa_find( &guest.partition->gpa, access->Gpa ), "GpaUnmapped %u at %llx",
                access->AccessInfo.GpaUnmapped, (unsigned long long)access->Gpa );
    FUZZ_CHECK( access->InstructionByteCount <= 16, "%u bytes", access->InstructionByteCount );
    FUZZ_CHECK( access->AccessInfo.AccessType <= WHvMemoryAccessExecute, "access type %u", access->AccessInfo.AccessType );
    if (!access->AccessInfo.GvaValid) return;
    ok = guest_translate( &guest, sregs, access->Gva, &gpa );
    FUZZ_CHECK( ok && gpa == access->Gpa, "gva %llx is %llx, not %llx", (unsigned long long)access->Gva,
                (unsigned long long)gpa, (unsigned long long)access->Gpa );
    if (access->AccessInfo.AccessType == WHvMemoryAccessExecute) return;
    FUZZ_CHECK( access->InstructionByteCount, "an address without an instruction" );
    FUZZ_CHECK( SUCCEEDED(insn_decode( access->InstructionBytes, access->InstructionByteCount < 15 ? access->InstructionByteCount : 15,
                                       vp_insn_mode( guest.vp ), &insn )), "no instruction" );
    ok = accesses( NULL, &insn, access->Gva, &known, &value );
    FUZZ_CHECK( ok, "mnemonic %u at %llx does not access %llx", insn.mnemonic, (unsigned long long)exit->VpContext.Rip,
                (unsigned long long)access->Gva );
    if (!known || !kvm.shown.is_write || kvm.shown.gpa != access->Gpa || access->AccessInfo.AccessType != WHvMemoryAccessWrite) return;
    if (guest.vp->run->exit_reason != KVM_EXIT_MMIO || kvm.shown.size > 8) return;
    mask = sized( ~0ull, kvm.shown.size );
    memcpy( &gpa, kvm.shown.data, 8 );
    FUZZ_CHECK( !((gpa ^ value) & mask), "mnemonic %u writes %llx, KVM says %llx", insn.mnemonic, (unsigned long long)value,
                (unsigned long long)gpa );
}

/* The client sees the registers as they were before the instruction. The guest was entered there, so it is known where it began. */
static void check_before( const struct kvm_regs *regs )
{
    const UINT64 *a = (const UINT64 *)regs, *b = (const UINT64 *)&kvm.before;
    UINT64 hidden = RFLAGS_TF | RFLAGS_RF | RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | 0x800;
    UINT32 i, last = sizeof(*regs) / 8 - 1;

    for (i = 0; i <= last; i++)
        FUZZ_CHECK( !((a[i] ^ b[i]) & (i == last ? ~hidden : ~0ull)), "mnemonic %u, register %u is shown as %llx, it was %llx",
                    kvm.insn.mnemonic, i, (unsigned long long)a[i], (unsigned long long)b[i] );
}

static void check_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_regs *regs = &guest.vp->run->s.regs.regs;
    const WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;

    FUZZ_CHECK( context->Rip == regs->rip && context->Rflags == regs->rflags, "the context says RIP %llx, the register %llx",
                (unsigned long long)context->Rip, (unsigned long long)regs->rip );
    FUZZ_CHECK( context->InstructionLength <= 15, "length %u", context->InstructionLength );
    FUZZ_CHECK( exit->ExitReason != WHvRunVpExitReasonNone, "no reason" );
    if (kvm.exact && (exit->ExitReason == WHvRunVpExitReasonMemoryAccess || exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess))
        check_before( regs );
    switch ((UINT32)exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        check_memory_exit( exit );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        FUZZ_CHECK( exit->IoPortAccess.InstructionByteCount <= 16, "%u bytes", exit->IoPortAccess.InstructionByteCount );
        FUZZ_CHECK( exit->IoPortAccess.Rax == regs->rax && exit->IoPortAccess.Rcx == regs->rcx &&
                    exit->IoPortAccess.Rsi == regs->rsi && exit->IoPortAccess.Rdi == regs->rdi, "registers of the port exit" );
        break;
    case WHvRunVpExitReasonException:
        FUZZ_CHECK( exit->VpException.InstructionByteCount <= 16, "%u bytes", exit->VpException.InstructionByteCount );
        break;
    }
}

static void run( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 sizes[] = { sizeof(exit), 144, 200 }, size = sizes[fuzz_u8( input ) % 3];
    BOOL exists = guest.vp && guest.vp->exists;
    HRESULT hr;

    memset( &exit, 0xcc, sizeof(exit) );
    kvm.runs = kvm.entries = 0;
    kvm.expected = exists && guest.vp->run && !guest.vp->exit_open && !kvm.failing;
    if (kvm.expected)
    {
        kvm.view = guest.vp->run->s.regs.regs;
        memcpy( kvm.memory, guest.memory, GUEST_MEMORY );
    }
    hr = vp_run( guest.handle, 0, &exit, size );
    join_helper();
    if (helper.deleted) return;
    if (!exists)
    {
        FUZZ_CHECK( hr == WHV_E_VP_DOES_NOT_EXIST, "a vp that does not exist: %08x", hr );
        return;
    }
    if (hr == S_OK && size == sizeof(exit) && guest.vp->exists) check_exit( &exit );
}

/* What a client does that emulates: the register of a load, and RIP behind the instruction. */
static void emulate( void )
{
    struct fake_vcpu view;
    struct insn insn;
    UINT64 gpr[16];

    if (!guest.vp || !guest.vp->exists || !guest.vp->run) return;
    memset( &view, 0, sizeof(view) );
    view.regs = guest.vp->run->s.regs.regs;
    view.sregs = guest.vp->run->s.regs.sregs;
    if (!decode_at( &view, view.regs.rip, &insn )) return;
    regs_to_gpr( &view.regs, gpr );
    switch (insn.op)
    {
    case INSN_MOV: case INSN_MOVZX: case INSN_MOVSX: case INSN_MOVBE:
        if (insn.operands[0].kind == INSN_OPERAND_GPR)
        {
            UINT64 value = fuzz_u64( input );

            if (insn.has_mem) value = sized( value, insn.mem.size );
            if (insn.op == INSN_MOVSX && insn.has_mem) value = insn_sign_extend( value, insn.mem.size );
            insn_set_gpr( gpr, insn.operands[0].reg, insn.operands[0].size, value );
        }
        break;
    case INSN_LODS:
        insn_set_gpr( gpr, 6, insn.address_size, gpr[6] + insn.operand_size );
        /* fall through */
    case INSN_IN:
        insn_set_gpr( gpr, 0, insn.operand_size, fuzz_u64( input ) );
        break;
    case INSN_RDMSR:
        gpr[0] = fuzz_u32( input );
        gpr[2] = fuzz_u32( input );
        break;
    }
    regs_from_gpr( &guest.vp->run->s.regs.regs, gpr );
    guest.vp->run->s.regs.regs.rip = rip_behind( &view, &insn );
}

static UINT32 register_name( void )
{
    static const UINT32 groups[] = { 0, 0, 0, 0x1000, 0x2000, 0x3000, 0x80000000, 0x5000 };
    UINT8 group = fuzz_u8( input );

    return group & 0x80 ? fuzz_u32( input ) : groups[group & 7] + fuzz_u8( input ) % (group & 7 ? 256 : 0x2d);
}

static void use_registers( BOOL set )
{
    WHV_REGISTER_NAME names[8];
    WHV_REGISTER_VALUE values[8];
    struct vp_registers_params params = { guest.handle, names, values, 0, (fuzz_u8( input ) & 7) + 1u };
    UINT32 i;

    for (i = 0; i < params.count; i++)
    {
        names[i] = register_name();
        memset( &values[i], 0, sizeof(values[i]) );
        if (!set) continue;
        values[i].Reg128.Low64 = fuzz_edge( input );
        if (names[i] > WHvX64RegisterRflags) values[i].Reg128.High64 = fuzz_edge( input );
    }
    if (set) vp_set_registers_call( &params );
    else vp_get_registers_call( &params );
}

static void change_map( void )
{
    UINT8 how = fuzz_u8( input );
    struct gpa_map_params params = { guest.handle, guest.memory + (how >> 4) * GPA_PAGE_SIZE, 0, ((how & 1) + 1) * GPA_PAGE_SIZE,
                                     fuzz_u8( input ) & 15 };

    params.gpa = fuzz_u8( input ) * GPA_PAGE_SIZE;
    /* the code page stays, or nothing more would happen */
    if (params.gpa <= GUEST_CODE) params.gpa = GUEST_DEVICE;
    if (how & 2) gpa_map_call( &params );
    else gpa_unmap_call( &params );
}

static void other_calls( void )
{
    static UINT8 buffer[8192];
    UINT32 written = 0;
    struct vp_state_params state = { guest.handle, buffer, &written, 0, fuzz_u8( input ) & 31, fuzz_u16( input ) % sizeof(buffer) };
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gpa;
    struct translate_gva_params translate = { guest.handle, 0, &result, &gpa, 0, 0 };
    WHV_INTERRUPT_CONTROL interrupt = { 0 };
    struct request_interrupt_params request = { guest.handle, &interrupt, sizeof(interrupt) };

    switch (fuzz_u8( input ) & 7)
    {
    case 0: case 1:
        if (state.type & 16) state.type = (state.type & 15) | 0x1000;
        vp_get_state_call( &state );
        break;
    case 2:
        if (SUCCEEDED(vp_get_state_call( &state )))
        {
            buffer[fuzz_u16( input ) % sizeof(buffer)] ^= fuzz_u8( input );
            state.size = written;
            vp_set_state_call( &state );
        }
        break;
    case 3:
        translate.gva = fuzz_edge( input );
        translate.flags = fuzz_u16( input );
        translate_gva_call( &translate );
        break;
    case 4:
        fuzz_bytes( input, &interrupt, sizeof(interrupt) );
        request_interrupt_call( &request );
        break;
    case 5:
        vp_get_counters_call( &state );
        break;
    case 6:
        partition_reset( guest.handle );
        break;
    }
}

void fuzz_setup( void )
{
    HRESULT hr;

    fuzz_quiet();
    fake_kvm_reset();
    host = (struct host *)host_get( &hr );
    if (!host) fuzz_fail( "host: %08x", hr );
    guest_setup( &guest );
    fake_kvm_replace_run( run_vcpu, kick );
    helper.done = 1;
    if (pthread_create( &helper.thread, NULL, helper_main, NULL )) fuzz_fail( "no thread" );
}

void fuzz_run( struct fuzz_input *in )
{
    UINT8 config = fuzz_u8( in ), mode = fuzz_u8( in );
    UINT32 i;

    input = in;
    memset( &kvm, 0, offsetof( __typeof__(kvm), view ));
    host->out_rip_past = config & 1;
    kvm.stubborn = (config & 0x0e) == 0x0e;
    fake_kvm_fail_at( 0, 0 );
    guest_create( &guest, in, config >> 4, mode );
    helper.deleted = 0;
    for (i = 0; i < MAX_OPS && in->size && !helper.deleted; i++)
    {
        UINT8 op = fuzz_u8( in );

        switch (op & 15)
        {
        case 0: case 1: case 2: case 3: case 4:
            run();
            break;
        case 5: case 6:
            emulate();
            run();
            break;
        case 7: case 8:
            use_registers( 1 );
            break;
        case 9:
            use_registers( 0 );
            break;
        case 10:
            vp_cancel( guest.handle, 0 );
            break;
        case 11:
            vp_delete( guest.handle, 0 );
            if (op & 0x70) vp_create( guest.handle, 0 );
            guest.vp = guest.partition->vps[0];
            break;
        case 12:
            change_map();
            break;
        case 13:
            kvm.failing = 1;
            fake_kvm_fail_at( op >> 4, fuzz_u8( in ) % 40 + 1 );
            break;
        default:
            other_calls();
            break;
        }
    }
    fake_kvm_fail_at( 0, 0 );
    guest_delete( &guest, helper.deleted );
}

void fuzz_seeds( fuzz_seed_func seed )
{
    /* run; in the guest: the instruction as it is; run, emulating; ... */
    static const UINT8 honest[] = { 0, 0, 0x80, 5, 0, 0x80, 0, 0, 0x80, 5, 0, 0x80 };
    /* KVM can't: suberror 1 */
    static const UINT8 refused[] = { 0, 0, 0x06, 0x12, 0, 0x06, 0x12, 0, 0x06, 0x12, 0, 0 };
    /* addresses of the device, read-only memory, RAM, and the seam of two pages */
    static const UINT64 places[] = { 0, GUEST_ROM + 0x10, GUEST_DATA, GUEST_PAGED + 0x1ffd };
    UINT8 data[128];
    UINT32 i, mode, place;

    for (i = 0; i < guest_insn_count; i++)
        for (mode = 0; mode < GUEST_MODES; mode++)
            for (place = 0; place < ARRAY_SIZE( places ); place++)
            {
                UINT32 size = guest_seed( data, (mode & 1) | 0x40, mode, i, places[place] );

                memcpy( data + size, place == 2 ? refused : honest, sizeof(honest) );
                seed( data, size + sizeof(honest) );
            }
}
