/*
 * Exits: KVM exit -> WHV exit context
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
#include <stdio.h>
#include <string.h>

#include "apic_x86.h"
#include "code.h"
#include "complete.h"
#include "debug.h"
#include "events.h"
#include "execute_x86.h"
#include "exits.h"
#include "gva.h"
#include "msr.h"
#include "regs.h"
#include "rewind.h"
#include "syscall_x86.h"
#include "trace.h"

#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT 39
#endif

#define DR6_BS 0x4000ull

/* TLFS, appendices A and B */
#define HVCALL_POST_MESSAGE                 0x5c
#define HVCALL_SIGNAL_EVENT                 0x5d
#define HV_STATUS_INVALID_HYPERCALL_CODE    0x02
#define HV_STATUS_INVALID_CONNECTION_ID     0x12

/* ---- the part that all exits have ---- */

static WHV_RUN_VP_EXIT_CONTEXT *start_exit( struct vp *vp, WHV_RUN_VP_EXIT_REASON reason, UINT8 length )
{
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;
    const struct kvm_regs *regs = &vp->run->s.regs.regs;
    const struct kvm_vcpu_events *events = &vp->run->s.regs.events;
    WHV_RUN_VP_EXIT_CONTEXT *exit = vp->exit;
    WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;

    memset( exit, 0, sizeof(*exit) );
    exit->ExitReason = reason;
    context->Rip = regs->rip;
    context->Rflags = regs->rflags;
    segment_from_kvm( &sregs->cs, &context->Cs );
    context->Cr8 = sregs->cr8;
    context->InstructionLength = length;
    context->ExecutionState.Cpl = vp_cpl( vp );
    context->ExecutionState.Cr0Pe = !!(sregs->cr0 & CR0_PE);
    context->ExecutionState.Cr0Am = !!(sregs->cr0 & CR0_AM);
    context->ExecutionState.EferLma = !!(sregs->efer & EFER_LMA);
    /* DR7 is in no sync set: an own system call for a bit that no client is known to read would cost every exit */
    context->ExecutionState.DebugActive = (vp->lazy_valid & VP_DEBUGREGS) && (vp->debugregs.dr7 & 0xff);
    context->ExecutionState.InterruptionPending =
        events->interrupt.injected || events->nmi.injected || events->exception.injected;
    context->ExecutionState.InterruptShadow = !!events->interrupt.shadow;
    return exit;
}

void exits_trace( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    const WHV_MEMORY_ACCESS_CONTEXT *memory = &exit->MemoryAccess;
    const WHV_VP_EXIT_CONTEXT *vp = &exit->VpContext;
    char text[80] = "", *to = text;
    const UINT8 *bytes = NULL;
    UINT32 i, count = 0;

    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        to += sprintf( to, " access %u gpa %#llx", memory->AccessInfo.AccessType, (unsigned long long)memory->Gpa );
        bytes = memory->InstructionBytes;
        count = memory->InstructionByteCount;
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        to += sprintf( to, " %s port %#x size %u%s%s", io->AccessInfo.IsWrite ? "out" : "in", io->PortNumber,
                       io->AccessInfo.AccessSize, io->AccessInfo.StringOp ? " string" : "", io->AccessInfo.RepPrefix ? " rep" : "" );
        bytes = io->InstructionBytes;
        count = io->InstructionByteCount;
        break;
    default:
        break;
    }
    for (i = 0; i < count && to < text + sizeof(text) - 4; i++) to += sprintf( to, "%s%02x", i ? "" : " ", bytes[i] );
    trace_log( TRACE_TRACE, __func__, "vp %u: exit %#x cs %x rip %#llx%s\n", index, exit->ExitReason, vp->Cs.Selector,
               (unsigned long long)vp->Rip, text );
}

/* The client's view becomes the state before the instruction. */
static void take_view( struct vp *vp, const struct rewind_result *result, enum pending_kind kind )
{
    vp->run->s.regs.regs = result->before;
    vp->pending.kind = kind;
    if (kind == PENDING_NONE) return;
    vp->kvm_sregs = vp->run->s.regs.sregs;
    vp->pending.insn = result->insn;
    vp->pending.start = result->before.rip;
    vp->pending.end = result->before.rip + result->insn.length;
    if (vp_insn_mode( vp ) != INSN_MODE_64) vp->pending.end = (UINT32)vp->pending.end;
}

static UINT8 fill_bytes( UINT8 bytes[16], const struct rewind_result *result )
{
    memcpy( bytes, result->bytes, result->byte_count );
    return result->byte_count;
}

/* ---- memory ---- */

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

static void memory_access( struct vp *vp, const struct rewind_result *result, UINT64 gpa, UINT32 type, BOOL bytes )
{
    WHV_MEMORY_ACCESS_CONTEXT *access = &start_exit( vp, WHvRunVpExitReasonMemoryAccess, 0 )->MemoryAccess;

    access->AccessInfo.AccessType = type;
    access->AccessInfo.GpaUnmapped = !gpa_find( &vp->partition->gpa, gpa );
    access->AccessInfo.GvaValid = result->gva_valid;
    access->Gpa = gpa;
    access->Gva = result->gva_valid ? result->gva : 0;
    if (bytes) access->InstructionByteCount = fill_bytes( access->InstructionBytes, result );
}

static BOOL exit_mmio( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    struct rewind_access access;
    struct rewind_result result;
    enum pending_kind kind;
    BOOL found;
    UINT32 type;

    access.gpa = run->mmio.phys_addr;
    access.size = run->mmio.len <= 8 ? run->mmio.len : 8;
    access.write = run->mmio.is_write;
    access.more = 0;
    memcpy( access.data, run->mmio.data, sizeof(access.data) );

    if (access.write)
    {
        /* To undo what was done to the registers all that is stored must be known. A device's own operand is asked for first. */
        if (access.size < 8 && !((access.gpa + access.size) & (GPA_PAGE_SIZE - 1)) && gpa_find( &vp->partition->gpa, access.gpa ))
            access.more = complete_store( vp, access.data + access.size, 8 - access.size );
        found = rewind_write( vp, &access, &result );
        if (!found && !access.more && access.size < 8 && !((access.gpa + access.size) & (GPA_PAGE_SIZE - 1)) &&
            (access.more = complete_store( vp, access.data + access.size, 8 - access.size )))
            found = rewind_write( vp, &access, &result );
        if (!found)
            WARN( "vp %u: no instruction before %#llx writes %u bytes at %#llx\n", vp->index,
                  (unsigned long long)run->s.regs.regs.rip, access.size, (unsigned long long)access.gpa );
        kind = result.fragments || !found ? PENDING_OTHER : PENDING_NONE;
        /* A CMPXCHG that found another value than it looked for, on memory that can only be read: it writes back what is there,
         * and the register that it compared with is lost. Nothing has changed, so there is nothing to tell: let it be done. */
        if (found && result.lost) return 0;
        if (found && result.half)
        {
            kind = PENDING_HALF;
            vp->pending.gva = result.gva;
            vp->pending.gpa = access.gpa;
            vp->pending.size = access.size;
            memcpy( vp->pending.data, access.data, sizeof(access.data) );
            vp->pending.shown = result.before;
        }
        type = WHvMemoryAccessWrite;
    }
    else
    {
        found = rewind_read( vp, &access, &result );
        kind = found && result.gva_valid && !result.fragments && is_plain_load( &result.insn ) ? PENDING_LOAD : PENDING_OTHER;
        /* a processor checks a read-modify-write as a write from the start */
        type = found && result.insn.has_mem && (result.insn.mem.access & INSN_WRITE) && !insn_is_string( &result.insn ) &&
               result.insn.op != INSN_POP ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }
    take_view( vp, &result, kind );
    memory_access( vp, &result, access.gpa, type, found );
    return 1;
}

BOOL exits_half( struct vp *vp )
{
    const struct pending *pending = &vp->pending;
    struct rewind_result result;
    struct kvm_regs *regs = &vp->run->s.regs.regs;

    if (pending->kind != PENDING_HALF || !complete_is_rerun( vp )) return 0;
    if (SUCCEEDED(gpa_write( &vp->partition->gpa, pending->gpa, pending->data, pending->size )))
    {
        *regs = vp->kvm_regs;
        vp->pending.kind = PENDING_NONE;
        return 0;
    }
    rewind_at( vp, &result );
    result.byte_count = pending->insn.length;
    result.gva = pending->gva;
    result.gva_valid = 1;
    memory_access( vp, &result, pending->gpa, WHvMemoryAccessWrite, 1 );
    return 1;
}

/* What the instruction at the RIP touches that KVM can't reach: looked for by walking its operands. */
static BOOL find_access( struct vp *vp, const struct insn *insn, BOOL (*refused)( struct vp *, UINT64, UINT32 ),
                         UINT64 *gva, UINT64 *gpa, UINT32 *type )
{
    const struct kvm_regs *regs = &vp->run->s.regs.regs;
    struct { UINT64 gva; UINT32 size; UINT32 type; } accesses[4];
    struct gva_context context;
    UINT32 i, count = 0, off;
    UINT64 gpr[16], stack = ~0ull, rsp;

    if (insn->element) return execute_find_refused( vp, refused, gva, gpa, type );
    if (vp_insn_mode( vp ) != INSN_MODE_64) stack = vp->run->s.regs.sregs.ss.db ? 0xffffffff : 0xffff;
    regs_to_gpr( regs, gpr );
    rsp = gpr[4];
    if (insn->has_mem && insn->mem.size && !insn->mem.vsib)
    {
        /* the address of POP goes by the rSP after it */
        if (insn->op == INSN_POP) gpr[4] = (rsp & ~stack) | ((rsp + insn->stack_size) & stack);
        accesses[count].gva = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, regs->rip + insn->length ));
        gpr[4] = rsp;
        accesses[count].size = insn->mem.size;
        accesses[count++].type = insn->mem.access & INSN_WRITE ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }
    if (insn->op == INSN_MOVS || insn->op == INSN_LODS || insn->op == INSN_CMPS || insn->op == INSN_OUTS)
    {
        accesses[count].gva = code_linear( vp, insn->string_segment, insn_get_gpr( gpr, 6, insn->address_size ));
        accesses[count].size = insn->operand_size;
        accesses[count++].type = WHvMemoryAccessRead;
    }
    if (insn->op == INSN_MOVS || insn->op == INSN_STOS || insn->op == INSN_CMPS || insn->op == INSN_SCAS || insn->op == INSN_INS)
    {
        accesses[count].gva = code_linear( vp, 0, insn_get_gpr( gpr, 7, insn->address_size ));
        accesses[count].size = insn->operand_size;
        accesses[count++].type = insn->op == INSN_CMPS || insn->op == INSN_SCAS ? WHvMemoryAccessRead : WHvMemoryAccessWrite;
    }

    if (insn->stack_size)
    {
        BOOL push = insn_is_push( insn );

        if (insn->op == INSN_LEAVE) rsp = gpr[5];
        if (push) rsp -= insn->stack_size;
        accesses[count].gva = code_linear( vp, 2, rsp & stack );
        accesses[count].size = insn->stack_size;
        accesses[count++].type = push ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    }

    vp_gva_context( vp, &context );
    for (i = 0; i < count; i++)
    {
        /* first and last byte: an operand lies on one page or two */
        for (off = 0; ; off = accesses[i].size - 1)
        {
            *gva = accesses[i].gva + off;
            if (gva_translate( &context, *gva, WHvTranslateGvaFlagPrivilegeExempt, gpa ) == WHvTranslateGvaResultSuccess &&
                refused( vp, *gpa, accesses[i].type ))
            {
                *type = accesses[i].type;
                return 1;
            }
            if (off == accesses[i].size - 1u) break;
        }
    }
    return 0;
}

static BOOL refused_by_mapping( struct vp *vp, UINT64 gpa, UINT32 type )
{
    const struct gpa_range *range = gpa_find( &vp->partition->gpa, gpa );

    if (!range) return 1;
    return !(range->flags & (type == WHvMemoryAccessWrite ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead));
}

static BOOL refused_by_host( struct vp *vp, UINT64 gpa, UINT32 type )
{
    UINT8 byte;

    if (refused_by_mapping( vp, gpa, type )) return 1;
    if (FAILED(gpa_read( &vp->partition->gpa, gpa, &byte, 1 ))) return 1;
    /* KVM has refused it; that the page can be read leaves only the write */
    return type == WHvMemoryAccessWrite;
}

/* Where the processor fetches from: FALSE if that page can be executed (or does not translate: that is the guest's own fault). */
static BOOL fetch_fails( struct vp *vp, UINT64 linear, UINT64 *gpa )
{
    struct gva_context context;
    UINT8 byte;

    vp_gva_context( vp, &context );
    if (gva_translate( &context, linear, WHvTranslateGvaFlagPrivilegeExempt, gpa ) != WHvTranslateGvaResultSuccess) return 0;
    return FAILED(gpa_read( &vp->partition->gpa, *gpa, &byte, 1 ));
}

/* KVM has done nothing and says no more than that it can't: find out which access it was. */
static BOOL unexplained( struct vp *vp, BOOL (*refused)( struct vp *, UINT64, UINT32 ) )
{
    struct rewind_result result;
    UINT64 linear = code_linear( vp, 1, vp->run->s.regs.regs.rip ), gpa;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count, type;

    memset( &result, 0, sizeof(result) );
    result.before = vp->run->s.regs.regs;
    result.before.rflags &= ~RFLAGS_RF;
    result.gva_valid = 1;
    result.gva = linear;

    count = code_read( vp, linear, bytes, sizeof(bytes), 0 );
    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &result.insn )))
    {
        result.insn.length = 0;
        if (count < sizeof(bytes) && fetch_fails( vp, linear + count, &gpa ))
        {
            take_view( vp, &result, PENDING_NONE );
            memcpy( result.bytes, bytes, count );
            result.byte_count = count;
            if (count) result.gva = linear + count;
            memory_access( vp, &result, gpa, WHvMemoryAccessExecute, count != 0 );
            return 1;
        }
        return 0;
    }
    memcpy( result.bytes, bytes, count );
    result.byte_count = count;
    if (!find_access( vp, &result.insn, refused, &result.gva, &gpa, &type )) return 0;
    take_view( vp, &result, PENDING_NONE );
    memory_access( vp, &result, gpa, type, 1 );
    return 1;
}

static BOOL unsupported( struct vp *vp )
{
    WHV_X64_UNSUPPORTED_FEATURE_CONTEXT *context;
    UINT8 bytes[16] = { 0 };
    UINT32 count = code_read( vp, code_linear( vp, 1, vp->run->s.regs.regs.rip ), bytes, sizeof(bytes), 0 );

    WARN( "vp %u: KVM can't execute the instruction at %#llx: %02x %02x %02x %02x (%u bytes)\n", vp->index,
          (unsigned long long)vp->run->s.regs.regs.rip, bytes[0], bytes[1], bytes[2], bytes[3], count );
    context = &start_exit( vp, WHvRunVpExitReasonUnsupportedFeature, 0 )->UnsupportedFeature;
    context->FeatureCode = WHvUnsupportedFeatureIntercept;
    memcpy( &context->FeatureParameter, bytes, sizeof(context->FeatureParameter) );
    return 1;
}

/* Bytes that are no instruction on any processor: the guest's own #UD, which a KVM that executes ring 0 in software leaves to us. */
static BOOL is_undefined( struct vp *vp )
{
    struct insn insn;
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT32 count = code_read( vp, code_linear( vp, 1, vp->run->s.regs.regs.rip ), bytes, sizeof(bytes), 0 );

    if (FAILED(insn_decode( bytes, count, vp_insn_mode( vp ), &insn ))) return count == sizeof(bytes);
    return insn.op == INSN_UD;
}

static BOOL exit_debug( struct vp *vp );

/* An instruction was executed here under TF: the trap behind it, as KVM would have reported it. */
static BOOL step_trap( struct vp *vp )
{
    const struct kvm_vcpu_events *events = &vp->run->s.regs.events;
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    /* a fault came instead, or an interrupt, which clears TF */
    if (events->exception.injected || events->interrupt.injected) return 0;
    if (!vp->stepping)
    {
        if (FAILED(regs_fetch( vp, VP_DEBUGREGS ))) return 0;
        vp->debugregs.dr6 |= DR6_BS;
        vp->lazy_dirty |= VP_DEBUGREGS;
    }
    arch->exception = WHvX64ExceptionTypeDebugTrapOrFault;
    arch->pc = vp->run->s.regs.regs.rip;
    arch->dr6 = 0xffff0ff0 | DR6_BS;
    arch->dr7 = 0x400;
    return exit_debug( vp );
}

/* INT3 and INT1 that KVM refuses, and can't intercept therefore: the client has the first word about them. */
static BOOL software_exception( struct vp *vp )
{
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    struct rewind_result result;

    if (!vp->partition->props.exception_exits || !rewind_at( vp, &result ) || result.insn.lock) return 0;
    if (result.insn.op == INSN_INT3) arch->exception = WHvX64ExceptionTypeBreakpointTrap;
    else if (result.insn.op == INSN_INT1) arch->exception = WHvX64ExceptionTypeDebugTrapOrFault;
    else return 0;
    arch->dr6 = 0xffff0ff0;
    return debug_wanted( vp, arch->exception ) && exit_debug( vp );
}

static BOOL exit_internal_error( struct vp *vp )
{
    BOOL trapped = !!(vp->run->s.regs.regs.rflags & RFLAGS_TF);

    if (unexplained( vp, refused_by_mapping )) return 1;
    if (vp->run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION) return unsupported( vp );
    if (software_exception( vp )) return 1;
    vp->syscall_look = 1;
    if (execute_instruction( vp )) return trapped ? step_trap( vp ) : 0;
    if (!is_undefined( vp )) return unsupported( vp );
    queue_exception( vp, WHvX64ExceptionTypeInvalidOpcodeFault );
    return 0;
}

BOOL exits_host_fault( struct vp *vp )
{
    if (unexplained( vp, refused_by_host )) return 1;
    return unsupported( vp );
}

/* ---- ports ---- */

static BOOL exit_io( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    BOOL write = run->io.direction == KVM_EXIT_IO_OUT, found;
    const UINT8 *data = (const UINT8 *)run + run->io.data_offset;
    WHV_X64_IO_PORT_ACCESS_CONTEXT *io;
    struct rewind_result result;
    UINT32 size = run->io.size;
    enum pending_kind kind;

    if (write)
    {
        if (!(found = rewind_out( vp, run->io.port, size, data, &result )))
            WARN( "vp %u: no OUT to port %#x at or before %#llx\n", vp->index, run->io.port,
                  (unsigned long long)run->s.regs.regs.rip );
        kind = !found ? PENDING_OTHER : result.behind ? PENDING_NONE : PENDING_OUT;
    }
    else
    {
        found = rewind_in( vp, size, &result );
        kind = found && result.insn.op == INSN_IN ? PENDING_IN : PENDING_OTHER;
    }
    /* what stands at the RIP is another instruction then */
    if (!found) result.insn.length = 0;
    take_view( vp, &result, kind );

    io = &start_exit( vp, WHvRunVpExitReasonX64IoPortAccess, result.insn.length )->IoPortAccess;
    if (found) io->InstructionByteCount = fill_bytes( io->InstructionBytes, &result );
    io->AccessInfo.IsWrite = write;
    io->AccessInfo.AccessSize = size;
    io->AccessInfo.StringOp = found && insn_is_string( &result.insn );
    io->AccessInfo.RepPrefix = found && result.insn.rep;
    io->PortNumber = run->io.port;
    io->Rax = result.before.rax;
    io->Rcx = result.before.rcx;
    io->Rsi = result.before.rsi;
    io->Rdi = result.before.rdi;
    segment_from_kvm( &run->s.regs.sregs.ds, &io->Ds );
    segment_from_kvm( &run->s.regs.sregs.es, &io->Es );
    return 1;
}

/* ---- MSRs ---- */

static BOOL exit_msr( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    BOOL write = run->exit_reason == KVM_EXIT_X86_WRMSR;
    WHV_X64_MSR_ACCESS_CONTEXT *access;
    struct rewind_result result;

    run->msr.error = 0;
    if (!write) run->msr.data = 0;
    vp->pending.kind = PENDING_ANSWERED;
    vp->pending.insn.length = 0;
    vp->kvm_sregs = run->s.regs.sregs;
    if (syscall_msr( vp )) return 0;
    switch (msr_decide( &vp->partition->props, run->msr.index, write, run->msr.reason ))
    {
    case MSR_FAULT:
        run->msr.error = 1;
        return 0;
    case MSR_IGNORE:
        return 0;
    case MSR_TO_CLIENT:
        break;
    }
    rewind_at( vp, &result );
    if (result.insn.op != INSN_RDMSR && result.insn.op != INSN_WRMSR)
    {
        /* other bytes by now: what stands there has nothing to do with what KVM has in hand */
        memset( &result.insn, 0, sizeof(result.insn) );
        result.insn.length = 2;
    }
    take_view( vp, &result, PENDING_MSR );

    access = &start_exit( vp, WHvRunVpExitReasonX64MsrAccess, result.insn.length )->MsrAccess;
    access->AccessInfo.IsWrite = write;
    access->MsrNumber = run->msr.index;
    access->Rax = result.before.rax;
    access->Rdx = result.before.rdx;
    return 1;
}

/* ---- the rest ---- */

static BOOL exit_halt( struct vp *vp )
{
    start_exit( vp, WHvRunVpExitReasonX64Halt, 0 );
    return 1;
}

/* The end of an interrupt that the client may hold a line of. */
static BOOL exit_apic_eoi( struct vp *vp )
{
    UINT8 vector = vp->run->eoi.vector;

    if (!apic_is_level( vp, vector )) return 0;
    start_exit( vp, WHvRunVpExitReasonX64ApicEoi, 0 )->ApicEoi.InterruptVector = vector;
    return 1;
}

static BOOL exit_debug( struct vp *vp );

/* Hyper-V's emulation in the kernel tells what others may want to know of; nothing is the client's business. Hypercalls come here
 * that need a partner: there is none. They are finished at once: a client that stops the vp now sees it behind the instruction. */
static BOOL exit_hyperv( struct vp *vp )
{
    struct kvm_run *run = vp->run;
    UINT16 code;

    if (run->hyperv.type != KVM_EXIT_HYPERV_HCALL) return 0;
    /* a client's own leaves have switched this on in KVM, not ours */
    if (!vp->partition->props.synthetic_features) return unsupported( vp );
    code = run->hyperv.u.hcall.input;
    run->hyperv.u.hcall.result = code == HVCALL_POST_MESSAGE || code == HVCALL_SIGNAL_EVENT ?
                                 HV_STATUS_INVALID_CONNECTION_ID : HV_STATUS_INVALID_HYPERCALL_CODE;
    TRACE( "vp %u: hypercall %#x\n", vp->index, code );
    switch (complete_silently( vp ))
    {
    case -EINTR:
        return 0;
    case 0:                             /* of a debugged vp it shows the step */
        if (run->exit_reason == KVM_EXIT_DEBUG) return exit_debug( vp );
    }
    return unsupported( vp );
}

static BOOL exit_shutdown( struct vp *vp )
{
    start_exit( vp, WHvRunVpExitReasonUnrecoverableException, 0 );
    return 1;
}

static BOOL exit_fail_entry( struct vp *vp )
{
    TRACE( "vp %u: entry refused, hardware reason %#llx\n", vp->index,
           (unsigned long long)vp->run->fail_entry.hardware_entry_failure_reason );
    exits_invalid_register( vp );
    return 1;
}

static BOOL exit_window_open( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->deliverability };

    /* an ExtInt that waits goes first */
    if (!armed.InterruptNotification || events_waiting( vp )) return 0;
    /* the guest may have raised its TPR since the entry, which leaves KVM by no exit: the window stays armed */
    if (armed.InterruptPriority && armed.InterruptPriority <= vp->run->s.regs.sregs.cr8) return 0;
    exits_window_open( vp );
    return 1;
}

static BOOL exit_debug( struct vp *vp )
{
    WHV_VP_EXCEPTION_CONTEXT *exception;
    struct rewind_result result;
    UINT64 parameter;
    UINT8 vector;

    if (vp->run->debug.arch.exception == WHvX64ExceptionTypeDebugTrapOrFault && syscall_breakpoint( vp )) return 0;
    debug_find_int1( vp );
    if (!debug_exit( vp, &vector, &parameter )) return 0;
    exception = &start_exit( vp, WHvRunVpExitReasonException, 0 )->VpException;
    exception->ExceptionType = vector;
    exception->ExceptionParameter = parameter;
    if (rewind_at( vp, &result ))
    {
        exception->InstructionByteCount = fill_bytes( exception->InstructionBytes, &result );
        exception->ExceptionInfo.SoftwareException = result.insn.op == INSN_INT3 || result.insn.op == INSN_INT1;
        if (vector == WHvX64ExceptionTypeBreakpointTrap) vp->exit->VpContext.InstructionLength = result.insn.length;
    }
    return 1;
}

BOOL exits_pending_debug( struct vp *vp )
{
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    if (!debug_wanted( vp, WHvX64ExceptionTypeDebugTrapOrFault )) return 0;
    arch->exception = WHvX64ExceptionTypeDebugTrapOrFault;
    arch->pc = vp->run->s.regs.regs.rip;
    arch->dr6 = 0xffff0ff0 | debug_pending_dr6( vp );
    arch->dr7 = 0x400;
    vp->pending_debug = 0;
    return exit_debug( vp );
}

static BOOL exit_nothing( struct vp *vp )
{
    (void)vp;
    return 0;
}

static BOOL (* const handlers[])( struct vp * ) =
{
    [KVM_EXIT_UNKNOWN]         = unsupported,
    [KVM_EXIT_EXCEPTION]       = unsupported,
    [KVM_EXIT_IO]              = exit_io,
    [KVM_EXIT_DEBUG]           = exit_debug,
    [KVM_EXIT_HLT]             = exit_halt,
    [KVM_EXIT_MMIO]            = exit_mmio,
    [KVM_EXIT_IRQ_WINDOW_OPEN] = exit_window_open,
    [KVM_EXIT_SHUTDOWN]        = exit_shutdown,
    [KVM_EXIT_FAIL_ENTRY]      = exit_fail_entry,
    [KVM_EXIT_INTR]            = exit_nothing,
    [KVM_EXIT_SET_TPR]         = exit_nothing,      /* the new CR8 is in the sync area; the window is looked at before the entry */
    [KVM_EXIT_IOAPIC_EOI]      = exit_apic_eoi,
    [KVM_EXIT_INTERNAL_ERROR]  = exit_internal_error,
    [KVM_EXIT_HYPERV]          = exit_hyperv,
    [KVM_EXIT_X86_RDMSR]       = exit_msr,
    [KVM_EXIT_X86_WRMSR]       = exit_msr,
    [KVM_EXIT_MEMORY_FAULT]    = exits_host_fault,
};

BOOL exits_handle( struct vp *vp )
{
    UINT32 reason = vp->run->exit_reason;

    if (reason < sizeof(handlers) / sizeof(handlers[0]) && handlers[reason]) return handlers[reason]( vp );
    FIXME( "vp %u: KVM exit %u\n", vp->index, reason );
    return unsupported( vp );
}

void exits_canceled( struct vp *vp )
{
    start_exit( vp, WHvRunVpExitReasonCanceled, 0 )->CancelReason.CancelReason = WHvRunVpCancelReasonUser;
}

void exits_invalid_register( struct vp *vp )
{
    start_exit( vp, WHvRunVpExitReasonInvalidVpRegisterValue, 0 );
}

void exits_window( struct vp *vp, WHV_X64_PENDING_INTERRUPTION_TYPE type )
{
    start_exit( vp, WHvRunVpExitReasonX64InterruptWindow, 0 )->InterruptWindow.DeliverableType = type;
}

void exits_window_open( struct vp *vp )
{
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER armed = { .AsUINT64 = vp->deliverability };

    /* told once */
    armed.InterruptNotification = 0;
    armed.InterruptPriority = 0;
    vp->deliverability = armed.AsUINT64;
    exits_window( vp, WHvX64PendingInterrupt );
}

void exits_cpuid( struct vp *vp, UINT32 eax, UINT32 ecx, const WHV_CPUID_OUTPUT *result )
{
    WHV_X64_CPUID_ACCESS_CONTEXT *access = &start_exit( vp, WHvRunVpExitReasonX64Cpuid, 2 )->CpuidAccess;
    const struct kvm_regs *regs = &vp->run->s.regs.regs;

    access->Rax = eax;
    access->Rcx = ecx;
    access->Rdx = regs->rdx;
    access->Rbx = regs->rbx;
    access->DefaultResultRax = result->Eax;
    access->DefaultResultRcx = result->Ecx;
    access->DefaultResultRdx = result->Edx;
    access->DefaultResultRbx = result->Ebx;
}
