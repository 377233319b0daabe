/*
 * A hostile KVM
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

#include <errno.h>

#include "host/array.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "hostile_kvm.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "run/run.h"
#include "memory/gpa_map.h"
#include "vm/partition.h"
#include "vm/view_x86.h"

/* of one entry: a flush (complete.c's limit and a little) */
#define MAX_FLUSH    2100

struct hostile hostile;

/* Memory that KVM writes: only what is mapped. */
static void store_memory( struct fake_vcpu *vcpu, UINT64 gva, const void *data, UINT32 size )
{
    UINT64 gpa;
    UINT32 i;

    for (i = 0; i < size; i++)
        if (guest_translate( &hostile.guest, &hostile.sregs, gva + i, &gpa ))
            gpa_write( &hostile.guest.partition->gpa, gpa, (const UINT8 *)data + i, 1 );
    (void)vcpu;
}

static void scramble( struct kvm_regs *regs )
{
    UINT64 gpr[16];
    UINT8 how = fuzz_u8( hostile.input );

    regs_to_gpr( regs, gpr );
    gpr[how & 15] = fuzz_edge( hostile.input );
    regs_from_gpr( regs, gpr );
    if (how & 0x10) regs->rip += (int8_t)fuzz_u8( hostile.input );
    if (how & 0x20) regs->rflags = (fuzz_u32( hostile.input ) & 0x244dd5) | 2;
    if (how & 0x40) regs->rip = fuzz_edge( hostile.input );
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
    const struct insn *insn = &hostile.insn;
    UINT64 gpr[16], value = fed_back( vcpu ), at;
    UINT32 i, size;

    regs_to_gpr( &vcpu->regs, gpr );
    if (insn->length && !hostile.write && run->exit_reason == KVM_EXIT_MMIO && hostile.shown.honest)
    {
        switch (insn->op)
        {
        case INSN_MOVS:
            at = hostile_linear( vcpu, &hostile.sregs, SEGMENT_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
            /* what has not been reported stands at the source */
            if (insn->operand_size <= hostile.size) store_memory( vcpu, at, &value, insn->operand_size );
            break;
        case INSN_PUSH:
            size = hostile_mode( vcpu ) == INSN_MODE_64 ? 8 : hostile.sregs.ss.db ? 4 : 2;
            at = hostile_linear( vcpu, &hostile.sregs, SEGMENT_SS, hostile_cut( gpr[RSP] - insn->stack_size, size ));
            store_memory( vcpu, at, &value, insn->stack_size );
            break;
        default:
            if (insn->has_mem && (insn->mem.access & INSN_WRITE) && insn->mem.size <= sizeof(garbage) &&
                !insn->mem.vsib && insn->op != INSN_POP)
                store_memory( vcpu, hostile_linear( vcpu, &hostile.sregs, insn->mem.segment,
                              insn_mem_offset( insn, gpr, vcpu->regs.rip + insn->length )), garbage, insn->mem.size );
            break;
        }
    }
    else if (insn->op == INSN_INS && run->exit_reason == KVM_EXIT_IO && !hostile.write && hostile.shown.honest)
    {
        INT64 step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)run->io.size : run->io.size;

        at = hostile_linear( vcpu, &hostile.sregs, SEGMENT_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
        for (i = 0; i < run->io.count; i++, at += step)
            store_memory( vcpu, at, (const UINT8 *)run + run->io.data_offset + i * run->io.size, run->io.size );
    }
    scramble( &vcpu->regs );
}

static void finish( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;
    const struct insn *insn = &hostile.insn;
    UINT64 gpr[16], data = fed_back( vcpu );
    enum hostile_owed owed = hostile.owed;

    hostile.owed = OWED_NOTHING;
    regs_to_gpr( &vcpu->regs, gpr );
    switch (owed)
    {
    case OWED_NOTHING:
    case OWED_FRAGMENTS:
        return;
    case OWED_LOAD:
        data = hostile_cut( data, insn->op == INSN_LODS ? insn->operand_size : insn->mem.size );
        if (insn->op == INSN_LODS)
        {
            INT64 step = vcpu->regs.rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;

            insn_set_gpr( gpr, RSI, insn->address_size, insn_get_gpr( gpr, RSI, insn->address_size ) + step );
            insn_set_gpr( gpr, RAX, insn->operand_size, data );
        }
        else
        {
            if (insn->op == INSN_MOVSX) data = insn_sign_extend( data, insn->mem.size );
            if (insn->op == INSN_MOVBE) data = __builtin_bswap64( data ) >> (8 - insn->mem.size) * 8;
            insn_set_gpr( gpr, insn->operands[0].reg, insn->operands[0].size, data );
        }
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rip = hostile.end;
        break;
    case OWED_PORT_IN:
        insn_set_gpr( gpr, RAX, hostile.size, data );
        regs_from_gpr( &vcpu->regs, gpr );
        vcpu->regs.rip = hostile.end;
        break;
    case OWED_SKIP:
        if (vcpu->regs.rip == hostile.end - insn->length) vcpu->regs.rip = hostile.end;
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
        if (hostile_mode( vcpu ) != INSN_MODE_64) vcpu->regs.rip = (UINT32)vcpu->regs.rip;
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
    UINT8 how = fuzz_u8( hostile.input );

    if (how & 1)
    {
        struct kvm_segment *segment = segments[fuzz_u8( hostile.input ) % 6];

        segment->base = fuzz_edge( hostile.input );
        segment->limit = fuzz_edge( hostile.input );
        segment->selector = fuzz_u16( hostile.input );
        segment->dpl = fuzz_u8( hostile.input ) & 3;
        if (segment != &sregs->cs) segment->db = fuzz_u8( hostile.input ) & 1;
        if (segment < &sregs->fs && segment->base >> 32) segment->base = (UINT32)segment->base;
    }
    if (how & 2) guest_mode( sregs, fuzz_u8( hostile.input ) );
    if (how & 4)
    {
        UINT8 events = fuzz_u8( hostile.input );

        vcpu->events.interrupt.shadow = events & 3;
        vcpu->events.interrupt.injected = events >> 2 & 1;
        vcpu->events.interrupt.nr = fuzz_u8( hostile.input );
        vcpu->events.nmi.masked = events >> 3 & 1;
        vcpu->events.nmi.injected = events >> 4 & 1;
        vcpu->events.exception.injected = events >> 5 & 1;
        vcpu->events.exception.nr = fuzz_u8( hostile.input ) & 31;
        if (vcpu->events.exception.nr == 2) vcpu->events.exception.nr = 3;
    }
    if (how & 8) scramble( &vcpu->regs );
    if (how & 0x10) sregs->cr8 = fuzz_u8( hostile.input ) & 15;
}

static void any_mmio( struct fake_vcpu *vcpu )
{
    UINT8 how = fuzz_u8( hostile.input ), data[8];
    struct insn insn;
    UINT64 gva, at;
    UINT32 size;
    UINT64 gpa = how & 0x40 ? fuzz_edge( hostile.input ) & ((1ull << 46) - 1)
                 : GUEST_DEVICE + fuzz_u16( hostile.input ) % 0x2000u;

    fuzz_bytes( hostile.input, data, sizeof(data) );
    if (how & 0x20) memcpy( data, &vcpu->regs.rax, 8 );
    /* near to what the instruction would access */
    if ((how & 0xc0) == 0x80 && hostile_decode( vcpu, vcpu->regs.rip, &insn ) && insn.has_mem)
    {
        hostile_load_address( vcpu, &insn, &gva, &size );
        if (guest_translate( &hostile.guest, &vcpu->sregs, gva, &at )) gpa = at ^ (fuzz_u8( hostile.input ) & 3) << 12;
    }
    hostile_show_mmio( vcpu, gpa, (how & 7) + 1, how >> 3 & 1, data );
    if (how & 0x10) vcpu->regs.rip += (int8_t)fuzz_u8( hostile.input ) & 31;
    hostile.owed = hostile.write ? OWED_FRAGMENTS : OWED_ANYTHING;
    hostile.reads = how >> 7;
    if (hostile.write || !hostile_decode( vcpu, vcpu->regs.rip, &insn )) return;
    /* if it could have been this load, then it was */
    if (hostile_is_plain_load( &insn ) && hostile_load_address( vcpu, &insn, &gva, &size ) &&
        guest_translate( &hostile.guest, &vcpu->sregs, gva, &at ) && at == gpa && size == hostile.size)
    {
        hostile.insn = insn;
        hostile.end = hostile_rip_behind( vcpu, &insn );
        hostile.sregs = vcpu->sregs;
        hostile.owed = OWED_LOAD;
    }
}

static void any_port( struct fake_vcpu *vcpu )
{
    UINT8 how = fuzz_u8( hostile.input );
    UINT16 port = how & 0x40 ? fuzz_u16( hostile.input ) : vcpu->regs.rdx;
    UINT16 count = how & 0x80 ? fuzz_u16( hostile.input ) | 1 : 1;
    struct insn insn;

    hostile_show_port( vcpu, port, 1 << (how & 3) % 3, count, how >> 2 & 1 );
    if (hostile.write)
    {
        fuzz_bytes( hostile.input, (UINT8 *)vcpu->run + 4096, 8 );
        if (how & 8) memcpy( (UINT8 *)vcpu->run + 4096, &vcpu->regs.rax, 8 );
    }
    if (how & 0x10) vcpu->regs.rip += (int8_t)fuzz_u8( hostile.input ) & 31;
    hostile.owed = hostile.write ? OWED_NOTHING : OWED_ANYTHING;
    hostile.reads = how >> 5 & 1;
    if (!hostile_decode( vcpu, vcpu->regs.rip, &insn ) || insn.operand_size != hostile.size) return;
    if (insn.op != (hostile.write ? INSN_OUT : INSN_IN)) return;
    hostile.insn = insn;
    hostile.end = hostile_rip_behind( vcpu, &insn );
    hostile.sregs = vcpu->sregs;
    vcpu->run->io.count = 1;
    if (!hostile.write) hostile.owed = OWED_PORT_IN;
    else if (!hostile.host->out_rip_past) hostile.owed = OWED_SKIP;
}

/* A gate of the hidden interrupt table, with anything in its frame; FALSE: the guest has none. */
static BOOL any_gate( struct fake_vcpu *vcpu )
{
    const struct vp_hidden *hidden = &hostile.guest.vp->arch.hidden;
    UINT8 vector;

    if (!hidden->host || vcpu->sregs.cr3 - hidden->gpa >= GPA_PAGE_SIZE) return 0;
    vector = fuzz_u8( hostile.input );
    vcpu->run->exit_reason = KVM_EXIT_IO;
    vcpu->run->io.direction = KVM_EXIT_IO_OUT;
    vcpu->run->io.size = vcpu->run->io.count = 1;
    vcpu->run->io.data_offset = 4096;
    vcpu->regs.rip = vcpu->sregs.idt.base + GPA_PAGE_SIZE + vector * 8 + (fuzz_u8( hostile.input ) & 3);
    vcpu->sregs.cs.selector = 0xff8;
    vcpu->sregs.cs.dpl = vcpu->sregs.ss.dpl = 0;
    /* both stacks */
    fuzz_bytes( hostile.input, hidden->host + 7 * GPA_PAGE_SIZE + 0x800 - 48, 48 );
    fuzz_bytes( hostile.input, hidden->host + 8 * GPA_PAGE_SIZE - 48, 48 );
    return 1;
}

static void any_exit( struct fake_vcpu *vcpu )
{
    static const UINT32 reasons[] = { KVM_EXIT_HLT, KVM_EXIT_SHUTDOWN, KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_FAIL_ENTRY,
                                      KVM_EXIT_INTR, KVM_EXIT_SET_TPR, KVM_EXIT_IOAPIC_EOI, KVM_EXIT_SYSTEM_EVENT,
                                      KVM_EXIT_HYPERV, KVM_EXIT_TPR_ACCESS, KVM_EXIT_UNKNOWN, KVM_EXIT_EXCEPTION,
                                      KVM_EXIT_HYPERCALL, KVM_EXIT_XEN, 39 };
    struct kvm_run *run = vcpu->run;
    UINT8 how = fuzz_u8( hostile.input );

    switch (how & 15)
    {
    case 0: case 1:
        run->exit_reason = reasons[(how >> 4) % ARRAY_SIZE(reasons)];
        fuzz_bytes( hostile.input, run->padding, 32 );
        break;
    case 2: case 3: case 4: case 5:
        run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
        run->internal.suberror = how >> 4 & 7 ? KVM_INTERNAL_ERROR_EMULATION : fuzz_u8( hostile.input );
        run->internal.ndata = fuzz_u8( hostile.input ) % 16;
        break;
    case 6:
        run->exit_reason = KVM_EXIT_DEBUG;
        memset( &run->debug, 0, sizeof(run->debug) );
        run->debug.arch.exception = how & 0x10 ? 3 : 1;
        run->debug.arch.pc = vcpu->regs.rip;
        run->debug.arch.dr6 = fuzz_u32( hostile.input );
        run->debug.arch.dr7 = fuzz_u32( hostile.input );
        if (how & 0x20) hostile_breakpoint( vcpu );
        break;
    case 7:
        run->exit_reason = how & 0x10 ? KVM_EXIT_X86_RDMSR : KVM_EXIT_X86_WRMSR;
        run->msr.index = how & 0x20 ? fuzz_u32( hostile.input ) : 0xc0000080 + (fuzz_u8( hostile.input ) & 7);
        run->msr.reason = 1u << (how >> 6);
        run->msr.data = fuzz_edge( hostile.input );
        hostile.owed = OWED_MSR;
        break;
    case 8: case 9: case 10:
        any_port( vcpu );
        break;
    case 11: case 12:
        if (any_gate( vcpu )) break;
        /* fall through */
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
    run->ready_for_interrupt_injection = run->if_flag && !vcpu->events.interrupt.injected &&
                                         !vcpu->events.interrupt.shadow;
    return ret;
}

static void check_entry( const struct fake_vcpu *vcpu )
{
    struct kvm_regs regs = vcpu->regs, view = hostile.view;
    UINT64 hidden = RFLAGS_TF | RFLAGS_RF;
    UINT32 i;

    regs.rflags &= ~hidden;
    view.rflags &= ~hidden;
    if (memcmp( &regs, &view, sizeof(regs) ))
    {
        const UINT64 *a = (const UINT64 *)&regs, *b = (const UINT64 *)&view;

        for (i = 0; i < sizeof(regs) / 8; i++)
            if (a[i] != b[i]) fuzz_fail( "entered with register %u = %llx, the client left %llx (%u runs)", i,
                                         (unsigned long long)a[i], (unsigned long long)b[i], hostile.runs );
    }
    if (!memcmp( hostile.guest.memory, hostile.memory, GUEST_MEMORY )) return;
    for (i = 0; i < GUEST_MEMORY; i++)
        if (hostile.guest.memory[i] != hostile.memory[i])
            fuzz_fail( "the flush has changed memory at %x from %02x to %02x", i, hostile.memory[i],
                       hostile.guest.memory[i] );
}

/* arch/x86/kvm/x86.c, kvm_arch_vcpu_ioctl_run, in the order of what it does */
static int run_vcpu( struct fake_vcpu *vcpu )
{
    struct kvm_run *run = vcpu->run;
    UINT8 what;

    hostile.runs++;
    FUZZ_CHECK( hostile.runs <= hostile.entries * 3 + MAX_FLUSH * (hostile.entries + 1),
                "%u KVM_RUNs, %u entries", hostile.runs, hostile.entries );
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
        if (run->s.regs.events.exception.injected &&
            (run->s.regs.events.exception.nr > 31 || run->s.regs.events.exception.nr == 2))
            return leave( vcpu, -EINVAL );
        vcpu->events = run->s.regs.events;
    }
    run->kvm_dirty_regs = 0;
    vcpu->sregs.cr8 = run->cr8 & 15;

    if (hostile.owed)
    {
        BOOL more = (hostile.owed == OWED_ANYTHING || hostile.owed == OWED_FRAGMENTS) &&
                    ((hostile.stubborn && run->exit_reason == KVM_EXIT_MMIO) ||
                     (hostile.reads && hostile.input->size && fuzz_u8( hostile.input ) & 1));

        if (more && run->exit_reason == KVM_EXIT_MMIO)
        {
            hostile_show_mmio( vcpu, hostile.shown.gpa + 8, (fuzz_u8( hostile.input ) & 7) + 1, hostile.write,
                               hostile.shown.data );
            hostile.shown.honest = 0;
            hostile.expected &= run->immediate_exit;
            hostile.exact = 0;
            return leave( vcpu, 0 );
        }
        if (more && run->exit_reason == KVM_EXIT_IO)
        {
            hostile.exact = 0;
            hostile.expected &= run->immediate_exit;
            return leave( vcpu, 0 );
        }
        finish( vcpu );
    }
    if (run->immediate_exit) return leave( vcpu, -EINTR );

    hostile.entries++;
    vcpu->entered = 1;
    if (hostile.expected) check_entry( vcpu );
    hostile.expected = 0;
    memset( &hostile.insn, 0, sizeof(hostile.insn) );
    memset( &hostile.shown, 0, sizeof(hostile.shown) );
    hostile.exact = 0;
    hostile.sregs = vcpu->sregs;
    hostile.reads = 0;
    hostile.end = vcpu->regs.rip;
    run->exit_reason = KVM_EXIT_SHUTDOWN;

    if (!hostile.input->size || hostile.entries > HOSTILE_MAX_ENTRIES) return leave( vcpu, 0 );
    what = fuzz_u8( hostile.input );
    if (what & 0x80)
    {
        hostile.before = vcpu->regs;
        hostile.exact = 1;
        if (hostile_execute( vcpu )) return leave( vcpu, 0 );
        hostile.exact = 0;
        hostile.shown.honest = 0;
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
        return leave( vcpu, -(int)fuzz_u8( hostile.input ) % 134 - 1 );
    case 4:
        hostile.interrupt();
        return leave( vcpu, -EINTR );
    case 5:
        vp_cancel( hostile.guest.handle, 0 );
        return leave( vcpu, -EINTR );
    default:
        any_exit( vcpu );
        return leave( vcpu, 0 );
    }
}

int hostile_run_vcpu( struct fake_vcpu *vcpu )
{
    int ret;

    if (hostile.rehearsing) return -EINTR;
    ret = run_vcpu( vcpu );
    hostile.edition = hostile.guest.partition->gpa.edition;
    if (!ret && !vcpu->run->immediate_exit) check_ways();
    return ret;
}
