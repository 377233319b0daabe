/*
 * Fuzz target: what an exit must agree with
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

#include "check_exit.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "hostile_kvm.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Is [gva, gpa] a place that the instruction at the client's RIP accesses? And the data that it would write there. */
static BOOL accesses( const struct fake_vcpu *vcpu, const struct insn *insn, UINT64 gva, BOOL *known, UINT64 *value )
{
    const struct kvm_sregs *sregs = &hostile.guest.vp->run->s.regs.sregs;
    struct fake_vcpu view = { .regs = hostile.guest.vp->run->s.regs.regs, .sregs = *sregs };
    UINT64 gpr[16], at, stack, cut;
    BOOL push = insn_is_push( insn );
    UINT32 words = insn->op == INSN_PUSHA ? 8 : insn->op == INSN_ENTER ? 32 : insn->op == INSN_CALL_FAR ? 2 : 1;
    UINT32 popped = insn->op == INSN_POPA ? 8 : insn->op == INSN_RET_FAR ? 2 : insn->op == INSN_IRET ? 5 : 1;
    UINT32 level = insn->op == INSN_ENTER ? insn->operands[1].imm & 31 : 0;

    (void)vcpu;
    *known = 0;
    regs_to_gpr( &view.regs, gpr );
    stack = hostile_mode( &view ) == INSN_MODE_64 ? 8 : sregs->ss.db ? 4 : 2;
    cut = hostile_mode( &view ) == INSN_MODE_64 ? ~0ull : 0xffffffff;
    switch (insn->op)
    {
    case INSN_XLAT:
        at = hostile_linear( &view, sregs, insn->string_segment,
                             hostile_cut( gpr[RBX] + (UINT8)gpr[RAX], insn->address_size ));
        return gva == at;
    case INSN_CLZERO:
        at = hostile_linear( &view, sregs, SEGMENT_DS, hostile_cut( gpr[RAX], insn->address_size ));
        return (gva & cut) == (at & cut & ~63ull);
    case INSN_MASKMOV:
        at = hostile_linear( &view, sregs, insn->string_segment, insn_get_gpr( gpr, RDI, insn->address_size ));
        return ((gva - at) & cut) < 16;
    case INSN_GATHER:
        /* by what is in vector registers */
        return 1;
    case INSN_STOS: case INSN_MOVS: case INSN_SCAS: case INSN_CMPS: case INSN_INS:
        at = hostile_linear( &view, sregs, SEGMENT_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
        *known = insn->op == INSN_STOS;
        *value = gpr[RAX];
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
        at = hostile_linear( &view, sregs, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size ));
        if (((gva - at) & cut) < insn->operand_size) return 1;
    }
    if (insn->has_mem)
    {
        UINT64 old = gpr[RSP];

        if (insn->op == INSN_POP)
            gpr[RSP] = (old & ~hostile_cut( ~0ull, stack )) | hostile_cut( old + insn->stack_size, stack );
        at = hostile_linear( &view, sregs, insn->mem.segment,
                             insn_mem_offset( insn, gpr, view.regs.rip + insn->length ));
        gpr[RSP] = old;
        if (((gva - at) & cut) < (insn->mem.size < 8 ? 8 : insn->mem.size))
        {
            if (insn->op == INSN_MOV && insn->operands[1].kind == INSN_OPERAND_GPR &&
                insn->operands[0].kind == INSN_OPERAND_MEMORY)
            {
                *known = 1;
                *value = insn_get_gpr( gpr, insn->operands[1].reg, insn->operands[1].size ) >> ((gva - at) & cut) * 8;
            }
            return 1;
        }
    }
    for (; popped > 1; popped--)
    {
        at = hostile_linear( &view, sregs, SEGMENT_SS,
                             hostile_cut( gpr[RSP] + (popped - 1) * insn->stack_size, stack ));
        if (((gva - at) & cut) < insn->stack_size) return 1;
    }
    for (; level > 1; level--)
    {
        at = hostile_linear( &view, sregs, SEGMENT_SS, hostile_cut( gpr[RBP] - (level - 1) * insn->stack_size, stack ));
        if (((gva - at) & cut) < insn->stack_size) return 1;
    }
    if (insn->op == INSN_ENTER)
    {
        /* the new top of the stack */
        level = insn->operands[1].imm & 31;
        at = gpr[RSP] - (level ? level + 1 : 1) * (UINT64)insn->stack_size - (UINT16)insn->operands[0].imm;
        at = hostile_linear( &view, sregs, SEGMENT_SS, hostile_cut( at, stack ));
        if (((gva - at) & cut) < insn->stack_size) return 1;
    }
    for (; words > 1; words--)
    {
        at = hostile_linear( &view, sregs, SEGMENT_SS, hostile_cut( gpr[RSP] - words * insn->stack_size, stack ));
        if (((gva - at) & cut) < 8) return 1;
    }
    at = hostile_linear( &view, sregs, SEGMENT_SS,
                         hostile_cut( gpr[insn->op == INSN_LEAVE ? 5 : 4] - (push ? insn->stack_size : 0), stack ));
    if (((gva - at) & cut) >= 8) return 0;
    if (insn->op == INSN_PUSH && !insn->has_mem && insn->operands[0].kind == INSN_OPERAND_GPR)
    {
        *known = 1;
        *value = insn_get_gpr( gpr, insn->operands[0].reg, insn->operands[0].size ) >> ((gva - at) & cut) * 8;
    }
    return 1;
}

/* An event that meets a hole on its way in: no instruction's access, and not what KVM_RUN came back last with. */
static BOOL is_delivery( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    return exit->ExitReason == WHvRunVpExitReasonMemoryAccess && !exit->MemoryAccess.InstructionByteCount &&
           exit->VpContext.ExecutionState.InterruptionPending;
}

static void check_memory_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_MEMORY_ACCESS_CONTEXT *access = &exit->MemoryAccess;
    const struct kvm_sregs *sregs = &hostile.guest.vp->run->s.regs.sregs;
    UINT64 gpa = 0, value, mask;
    struct insn insn;
    BOOL known, ok;

    /* unless the other thread has mapped something since */
    FUZZ_CHECK( hostile.edition != hostile.guest.partition->gpa.edition ||
                access->AccessInfo.GpaUnmapped == !gpa_find( &hostile.guest.partition->gpa, access->Gpa ),
                "GpaUnmapped %u at %llx", access->AccessInfo.GpaUnmapped, (unsigned long long)access->Gpa );
    FUZZ_CHECK( access->InstructionByteCount <= 16, "%u bytes", access->InstructionByteCount );
    FUZZ_CHECK( access->AccessInfo.AccessType <= WHvMemoryAccessExecute, "access type %u",
                access->AccessInfo.AccessType );
    if (!access->AccessInfo.GvaValid) return;
    ok = guest_translate( &hostile.guest, sregs, access->Gva, &gpa );
    FUZZ_CHECK( ok && gpa == access->Gpa, "gva %llx is %llx, not %llx", (unsigned long long)access->Gva,
                (unsigned long long)gpa, (unsigned long long)access->Gpa );
    if (access->AccessInfo.AccessType == WHvMemoryAccessExecute) return;
    if (is_delivery( exit )) return;
    FUZZ_CHECK( access->InstructionByteCount, "an address without an instruction" );
    FUZZ_CHECK( SUCCEEDED(insn_decode( access->InstructionBytes,
                                       access->InstructionByteCount < 15 ? access->InstructionByteCount : 15,
                                       vp_insn_mode( hostile.guest.vp ), &insn )), "no instruction" );
    ok = accesses( NULL, &insn, access->Gva, &known, &value );
    FUZZ_CHECK( ok, "mnemonic %u at %llx does not access %llx", insn.mnemonic, (unsigned long long)exit->VpContext.Rip,
                (unsigned long long)access->Gva );
    if (!known || !hostile.shown.is_write || hostile.shown.gpa != access->Gpa ||
        access->AccessInfo.AccessType != WHvMemoryAccessWrite) return;
    if (hostile.guest.vp->run->exit_reason != KVM_EXIT_MMIO || hostile.shown.size > 8) return;
    mask = hostile_cut( ~0ull, hostile.shown.size );
    memcpy( &gpa, hostile.shown.data, 8 );
    FUZZ_CHECK( !((gpa ^ value) & mask), "mnemonic %u writes %llx, KVM says %llx", insn.mnemonic,
                (unsigned long long)value, (unsigned long long)gpa );
}

/* The client sees the registers as they were before the instruction. The guest was entered there, so it is known where
 * it began. */
static void check_before( const struct kvm_regs *regs )
{
    const UINT64 *a = (const UINT64 *)regs, *b = (const UINT64 *)&hostile.before;
    UINT64 hidden = RFLAGS_TF | RFLAGS_RF | RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | 0x800;
    UINT32 i, last = sizeof(*regs) / 8 - 1;

    for (i = 0; i <= last; i++)
        FUZZ_CHECK( !((a[i] ^ b[i]) & (i == last ? ~hidden : ~0ull)),
                    "mnemonic %u, register %u is shown as %llx, it was %llx", hostile.insn.mnemonic, i,
                    (unsigned long long)a[i], (unsigned long long)b[i] );
}

void check_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_regs *regs = &hostile.guest.vp->run->s.regs.regs;
    const struct kvm_sregs *sregs = &hostile.guest.vp->run->s.regs.sregs;
    const struct vp_hidden *hidden = &hostile.guest.vp->arch.hidden;
    const struct system_registers *mask = &hostile.guest.vp->arch.view.mask;
    const WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;

    /* nothing that is hidden is shown */
    FUZZ_CHECK( !hidden->host || sregs->cr3 - hidden->gpa >= 11 * GPA_PAGE_SIZE, "cr3 %llx",
                (unsigned long long)sregs->cr3 );
    FUZZ_CHECK( !hidden->host || !mask->idt.limit || sregs->idt.base != mask->idt.base, "idt %llx",
                (unsigned long long)sregs->idt.base );
    FUZZ_CHECK( !hidden->host || !mask->idt.limit || sregs->gdt.base != mask->gdt.base, "gdt %llx",
                (unsigned long long)sregs->gdt.base );
    FUZZ_CHECK( context->Rip == regs->rip && context->Rflags == regs->rflags,
                "the context says RIP %llx, the register %llx", (unsigned long long)context->Rip,
                (unsigned long long)regs->rip );
    FUZZ_CHECK( context->InstructionLength <= 15, "length %u", context->InstructionLength );
    FUZZ_CHECK( exit->ExitReason != WHvRunVpExitReasonNone, "no reason" );
    if (hostile.exact && !is_delivery( exit ) &&
        (exit->ExitReason == WHvRunVpExitReasonMemoryAccess || exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess))
        check_before( regs );
    switch ((UINT32)exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        check_memory_exit( exit );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        FUZZ_CHECK( exit->IoPortAccess.InstructionByteCount <= 16, "%u bytes",
                    exit->IoPortAccess.InstructionByteCount );
        FUZZ_CHECK( exit->IoPortAccess.Rax == regs->rax && exit->IoPortAccess.Rcx == regs->rcx &&
                    exit->IoPortAccess.Rsi == regs->rsi && exit->IoPortAccess.Rdi == regs->rdi,
                    "registers of the port exit" );
        break;
    case WHvRunVpExitReasonException:
        FUZZ_CHECK( exit->VpException.InstructionByteCount <= 16, "%u bytes", exit->VpException.InstructionByteCount );
        break;
    }
}
