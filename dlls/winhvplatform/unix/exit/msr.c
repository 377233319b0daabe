/*
 * MSR exits
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

#include "exit/context.h"
#include "exit/hyperv.h"
#include "exit/msr.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/host.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "resume/pending.h"
#include "softkvm/half_syscall.h"
#include "vm/msr_filter_x86.h"
#include "vm/msr_known_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* KVM's reasons don't tell a wrong access from an unknown MSR: some kernels call all invalid, and all of them call a
 * write unknown of what is there to be read. */
static BOOL is_known( struct vp *vp )
{
    UINT32 index = vp->run->msr.index;

    if (msr_is_known( &vp->partition->props, &vp->arch.cpuid.table->head, index )) return 1;
    vp->arch.unknown_msr = index;
    return 0;
}

BOOL exits_msr( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct properties *props = &vp->partition->props;
    const struct host *host = vp->partition->host;
    struct kvm_run *run = vp->run;
    BOOL write = run->exit_reason == KVM_EXIT_X86_WRMSR;
    WHV_X64_MSR_ACCESS_CONTEXT *access;
    struct rewind_result result;

    run->msr.error = 0;
    if (!write) run->msr.data = 0;
    pending_set_answered( vp );
    if (syscall_msr( vp )) return 0;
    if (run->msr.reason != KVM_MSR_EXIT_REASON_FILTER && run->msr.index != vp->arch.unknown_msr && is_known( vp ))
    {
        run->msr.error = 1;
        return 0;
    }
    switch (msr_decide( host, props, run->msr.index, write, run->msr.reason ))
    {
    case MSR_FAULT:
        run->msr.error = 1;
        return 0;
    case MSR_IGNORE:
        return 0;
    case MSR_END_OF_MESSAGE:
        return exits_end_of_message( vp, exit );
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
    exits_take_view( vp, &result, PENDING_MSR );

    access = &exits_start( vp, exit, WHvRunVpExitReasonX64MsrAccess, result.insn.length )->MsrAccess;
    access->AccessInfo.IsWrite = write;
    access->MsrNumber = run->msr.index;
    access->Rax = result.before.rax;
    access->Rdx = result.before.rdx;
    return 1;
}
