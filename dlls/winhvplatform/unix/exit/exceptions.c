/*
 * Exception exits
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

#include "exit/context.h"
#include "exit/cpuid_exits.h"
#include "exit/debug.h"
#include "exit/exceptions.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "intercept/interceptor.h"
#include "registers/events_x86.h"
#include "registers/registers_x86.h"
#include "softkvm/half_syscall.h"
#include "time/clock_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define VMCALL_LENGTH 3

BOOL exits_step_trap( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    /* a fault came instead, or an interrupt, which clears TF */
    if (events->exception.injected || events->interrupt.injected) return 0;
    arch->exception = WHvX64ExceptionTypeDebugTrapOrFault;
    arch->pc = view_regs( vp )->rip;
    arch->dr6 = 0xffff0ff0 | DR6_BS;
    arch->dr7 = 0x400;
    return exits_debug( vp, exit );
}

BOOL exits_software_exception( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;
    struct rewind_result result;
    UINT8 vector;

    if (!vp->partition->props.exception_exits || !rewind_at( vp, &result ) || result.insn.lock) return 0;
    if (result.insn.op == INSN_INT3) vector = WHvX64ExceptionTypeBreakpointTrap;
    else if (result.insn.op == INSN_INT1) vector = WHvX64ExceptionTypeDebugTrapOrFault;
    else return 0;
    if (!debug_wanted( vp, vector )) return 0;
    /* where KVM says what exit it is really */
    arch->exception = vector;
    arch->dr6 = 0xffff0ff0;
    if (vp->run->exit_reason == KVM_EXIT_MMIO) exits_take_view( vp, &result, PENDING_OTHER );
    return exits_debug( vp, exit );
}

BOOL exits_debug( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    WHV_VP_EXCEPTION_CONTEXT *exception;
    struct rewind_result result;
    UINT64 parameter;
    UINT8 vector;

    if (debug_searched( vp ) || debug_is_past_handler( vp )) return 0;
    if (debug_is_at_handler( vp ) && !debug_undo_int3( vp )) return 0;
    if (vp->run->debug.arch.exception == WHvX64ExceptionTypeDebugTrapOrFault && syscall_breakpoint( vp )) return 0;
    debug_find_int1( vp );
    if (!debug_exit( vp, &vector, &parameter )) return 0;
    exception = &exits_start( vp, exit, WHvRunVpExitReasonException, 0 )->VpException;
    exception->ExceptionType = vector;
    exception->ExceptionParameter = parameter;
    if (rewind_at( vp, &result ))
    {
        exception->InstructionByteCount = exits_fill_bytes( exception->InstructionBytes, &result );
        exception->ExceptionInfo.SoftwareException = result.insn.op == INSN_INT3 || result.insn.op == INSN_INT1;
        if (vector == WHvX64ExceptionTypeBreakpointTrap) exit->VpContext.InstructionLength = result.insn.length;
    }
    return 1;
}

/* The client answers, and advances RIP. What can't be had of the values is 0. */
static BOOL exit_rdtsc( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterTsc, WHvX64RegisterTscAux };
    WHV_X64_RDTSC_CONTEXT *access = &exits_start( vp, exit, WHvRunVpExitReasonX64Rdtsc, 0 )->ReadTsc;
    WHV_REGISTER_VALUE values[2] = { { .Reg64 = 0 } };
    struct rewind_result result;

    if (rewind_at( vp, &result ))
    {
        exit->VpContext.InstructionLength = result.insn.length;
        access->RdtscInfo.IsRdtscp = result.insn.op == INSN_RDTSCP;
    }
    if (SUCCEEDED(regs_get( vp, names, 1, values ))) access->Tsc = values[0].Reg64;
    if (SUCCEEDED(regs_get( vp, names + 1, 1, values + 1 ))) access->TscAux = values[1].Reg64;
    if (FAILED(clock_get_offset( vp, &access->VirtualOffset ))) access->VirtualOffset = 0;
    if (FAILED(clock_get_reference( vp->partition, &access->ReferenceTime ))) access->ReferenceTime = 0;
    return 1;
}

BOOL exits_hypercall( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static const WHV_REGISTER_NAME names[WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS] =
    {
        WHvX64RegisterXmm0, WHvX64RegisterXmm1, WHvX64RegisterXmm2,
        WHvX64RegisterXmm3, WHvX64RegisterXmm4, WHvX64RegisterXmm5,
    };
    WHV_HYPERCALL_CONTEXT *call = &exits_start( vp, exit, WHvRunVpExitReasonHypercall, 0 )->Hypercall;
    WHV_REGISTER_VALUE values[WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS];
    const struct kvm_regs *regs = view_regs( vp );
    struct rewind_result result;
    UINT32 i;

    /* VMCALL and VMMCALL have three bytes, and may have prefixes that mean nothing */
    exit->VpContext.InstructionLength = rewind_at( vp, &result ) ? result.insn.length : VMCALL_LENGTH;
    call->Rax = regs->rax;
    call->Rbx = regs->rbx;
    call->Rcx = regs->rcx;
    call->Rdx = regs->rdx;
    call->R8 = regs->r8;
    call->Rsi = regs->rsi;
    call->Rdi = regs->rdi;
    /* they carry the input of fast calls; what can't be had is 0 */
    if (FAILED(regs_get( vp, names, WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS, values ))) return 1;
    for (i = 0; i < WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS; i++) call->XmmRegisters[i] = values[i].Reg128;
    return 1;
}

BOOL exits_caught( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct caught *caught = &vp->arch.intercept.caught;
    WHV_VP_EXCEPTION_CONTEXT *exception;
    struct rewind_result result;

    /* the number is one that KVM has, though it uses it nowhere */
    if (!caught->fresh) return exits_unsupported( vp, exit );
    caught->fresh = 0;
    if (caught->kind == CAUGHT_RDTSC) return exit_rdtsc( vp, exit );
    if (caught->kind == CAUGHT_HYPERCALL) return exits_hypercall( vp, exit );
    if (caught->kind == CAUGHT_CPUID) return cpuid_exits_caught( vp, exit );
    if (caught->kind == CAUGHT_TRIPLE_FAULT)
    {
        exits_triple_fault( vp, exit );
        return 1;
    }
    exception = &exits_start( vp, exit, WHvRunVpExitReasonException, 0 )->VpException;
    exception->ExceptionType = caught->vector;
    exception->ExceptionInfo.ErrorCodeValid = caught->has_error_code;
    exception->ErrorCode = caught->error_code;
    exception->ExceptionParameter = caught->parameter;
    if (!rewind_at( vp, &result )) return 1;
    exception->InstructionByteCount = exits_fill_bytes( exception->InstructionBytes, &result );
    exception->ExceptionInfo.SoftwareException =
        (caught->vector == VECTOR_BP && result.insn.op == INSN_INT3) ||
        (caught->vector == VECTOR_OF && result.insn.op == INSN_INTO) ||
        (caught->vector == VECTOR_DB && result.insn.op == INSN_INT1);
    if (exception->ExceptionInfo.SoftwareException && caught->vector != VECTOR_DB)
        exit->VpContext.InstructionLength = result.insn.length;
    return 1;
}

BOOL exits_raised( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_vcpu_events *events = view_events( vp );
    struct caught caught =
    {
        .fresh = 1, .vector = events->exception.nr, .has_error_code = events->exception.has_error_code != 0,
        .error_code = events->exception.error_code
    };

    /* #DB and #BP are shown from elsewhere, and INTO with its RIP behind it can't be given back */
    if (!events->exception.injected || vp->arch.events.software.length || caught.vector == VECTOR_DB ||
        caught.vector == VECTOR_BP ||
        !intercept_has_vector( intercept_vectors( vp->partition ), caught.vector )) return 0;
    if (caught.vector == VECTOR_PF)
    {
        /* it has not happened yet */
        caught.parameter = view_sregs( vp )->cr2;
        if (view_is_dirty( vp, KVM_SYNC_X86_SREGS )) view_edit_sregs( vp )->cr2 = view_kvm_sregs( vp )->cr2;
    }
    events_clear_exception( vp );
    vp->arch.intercept.caught = caught;
    return exits_caught( vp, exit );
}

BOOL exits_pending_debug( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    struct kvm_debug_exit_arch *arch = &vp->run->debug.arch;

    if (!debug_wanted( vp, WHvX64ExceptionTypeDebugTrapOrFault )) return 0;
    arch->exception = WHvX64ExceptionTypeDebugTrapOrFault;
    arch->pc = view_regs( vp )->rip;
    arch->dr6 = 0xffff0ff0 | debug_pending_dr6( vp );
    arch->dr7 = 0x400;
    events_told_debug( vp );
    return exits_debug( vp, exit );
}
