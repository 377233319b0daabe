/*
 * Port exits
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
#include "exit/ports.h"
#include "exit/rewind_ports.h"
#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

BOOL exits_io( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
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
                  (unsigned long long)view_regs( vp )->rip );
        kind = !found ? PENDING_OTHER : result.behind ? PENDING_NONE : PENDING_OUT;
    }
    else
    {
        found = rewind_in( vp, size, &result );
        kind = found && result.insn.op == INSN_IN ? PENDING_IN : PENDING_OTHER;
    }
    /* what stands at the RIP is another instruction then */
    if (!found) result.insn.length = 0;
    exits_take_view( vp, &result, kind );

    io = &exits_start( vp, exit, WHvRunVpExitReasonX64IoPortAccess, result.insn.length )->IoPortAccess;
    if (found) io->InstructionByteCount = exits_fill_bytes( io->InstructionBytes, &result );
    io->AccessInfo.IsWrite = write;
    io->AccessInfo.AccessSize = size;
    io->AccessInfo.StringOp = found && insn_is_string( &result.insn );
    io->AccessInfo.RepPrefix = found && result.insn.rep;
    io->PortNumber = run->io.port;
    io->Rax = result.before.rax;
    io->Rcx = result.before.rcx;
    io->Rsi = result.before.rsi;
    io->Rdi = result.before.rdi;
    view_show_segment( vp, SEGMENT_DS, &io->Ds );
    view_show_segment( vp, SEGMENT_ES, &io->Es );
    return 1;
}
