/*
 * SYSCALL where KVM does half of it
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
#include "host/kvm.h"
#include "host/msr_list_x86.h"
#include "host/x86.h"
#include "registers/registers_x86.h"
#include "softkvm/half_syscall.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* Where the guest's table sends page faults, or 0. */
static UINT64 find_handler( struct vp *vp )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    UINT32 gate[4];

    if (!(sregs->efer & EFER_LMA) || sregs->idt.limit < VECTOR_PF * sizeof(gate) + sizeof(gate) - 1) return 0;
    if (code_read( vp, sregs->idt.base + VECTOR_PF * sizeof(gate), (UINT8 *)gate, sizeof(gate), 0 ) != sizeof(gate))
        return 0;
    return (gate[0] & 0xffff) | (gate[1] & 0xffff0000) | (UINT64)gate[2] << 32;
}

void syscall_reset( struct vp *vp )
{
    vp->arch.syscall.entry = vp->arch.syscall.trap = 0;
    vp->arch.syscall.step = 0;
    syscall_stale( vp );
}

BOOL syscall_moved( struct vp *vp )
{
    vp->arch.syscall.idt = view_sregs( vp )->idt;
    vp->arch.syscall.look = 0;
    return find_handler( vp ) != vp->arch.syscall.trap;
}

HRESULT syscall_prepare( struct vp *vp )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterLstar;
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    if (FAILED(hr = regs_get( vp, &name, 1, &value ))) return hr;
    vp->arch.syscall.entry = value.Reg64;
    vp->arch.syscall.trap = value.Reg64 ? find_handler( vp ) : 0;
    vp->arch.syscall.idt = view_sregs( vp )->idt;
    vp->arch.syscall.stale = 0;
    return S_OK;
}

BOOL syscall_msr( struct vp *vp )
{
    struct kvm_run *run = vp->run;

    if (run->exit_reason != KVM_EXIT_X86_WRMSR || run->msr.index != MSR_LSTAR ||
        !vp->partition->host->syscall_half) return 0;
    run->msr.error = msr_write( vp->fd, MSR_LSTAR, run->msr.data ) != 1;
    syscall_stale( vp );
    return 1;
}

static void set_segment( struct kvm_segment *segment, UINT16 selector, BOOL code )
{
    memset( segment, 0, sizeof(*segment) );
    segment->selector = selector;
    segment->limit = 0xffffffff;
    segment->type = code ? 0xb : 0x3;
    segment->present = segment->s = segment->g = 1;
    segment->l = code;
    segment->db = !code;
}

/* Was it a SYSCALL that came here, as far as can be seen? Ring 3 may as well have jumped to the address: it gains
 * nothing that a SYSCALL doesn't give when the flags are masked and RCX is behind one. */
static BOOL is_syscall( struct vp *vp, const struct fault_frame *frame, UINT64 sfmask )
{
    UINT8 bytes[2];

    if ((frame->cs & 3) != 3 || frame->rip != vp->arch.syscall.entry) return 0;
    if (frame->rflags & sfmask & ~RFLAGS_RF) return 0;
    return code_read( vp, view_regs( vp )->rcx - 2, bytes, sizeof(bytes), 0 ) == 2 &&
           bytes[0] == 0x0f && bytes[1] == 0x05;
}

BOOL syscall_finish( struct vp *vp, const struct fault_frame *frame )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterStar, WHvX64RegisterSfmask };
    struct kvm_regs *regs = view_edit_regs( vp );
    WHV_REGISTER_VALUE values[2];
    struct kvm_sregs *sregs;
    UINT16 selector;

    if (!vp->arch.syscall.entry || frame->rip != vp->arch.syscall.entry ||
        FAILED(regs_get( vp, names, 2, values )) || !is_syscall( vp, frame, values[1].Reg64 )) return 0;
    selector = values[0].Reg64 >> 32 & 0xfffc;
    sregs = view_edit_sregs( vp );
    set_segment( &sregs->cs, selector, 1 );
    set_segment( &sregs->ss, selector + 8, 0 );
    regs->rip = frame->rip;
    regs->rsp = frame->rsp;
    regs->rflags = (frame->rflags & ~RFLAGS_RF) | 2;
    return 1;
}

/* The breakpoint would hit again at once (KVM's emulator does not look at RF for it): the first instruction of the
 * handler is executed here, if it is one of those that handlers begin with. */
static BOOL first_instruction( struct vp *vp )
{
    static const UINT8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, swapgs[] = { 0x0f, 0x01, 0xf8 };
    static const UINT8 clac[] = { 0x0f, 0x01, 0xca }, nop3[] = { 0x0f, 0x1f, 0x00 };
    static const WHV_REGISTER_NAME name = WHvX64RegisterKernelGsBase;
    struct kvm_regs *regs = view_edit_regs( vp );
    WHV_REGISTER_VALUE value;
    UINT8 bytes[4] = { 0 };
    UINT64 base;

    if (code_read( vp, regs->rip, bytes, sizeof(bytes), 0 ) < sizeof(swapgs)) return 0;
    if (!memcmp( bytes, endbr, sizeof(endbr) ))
    {
        regs->rip += sizeof(endbr);
        return 1;
    }
    if (!memcmp( bytes, clac, sizeof(clac) ) || !memcmp( bytes, nop3, sizeof(nop3) ))
    {
        if (bytes[1] == clac[1]) regs->rflags &= ~RFLAGS_AC;
        regs->rip += 3;
        return 1;
    }
    if (memcmp( bytes, swapgs, sizeof(swapgs) ) || FAILED(regs_get( vp, &name, 1, &value ))) return 0;
    base = value.Reg64;
    value.Reg64 = view_sregs( vp )->gs.base;
    if (FAILED(regs_set( vp, &name, 1, &value ))) return 0;
    view_edit_sregs( vp )->gs.base = base;
    regs->rip += sizeof(swapgs);
    return 1;
}

BOOL syscall_breakpoint( struct vp *vp )
{
    const struct kvm_regs *regs = view_regs( vp );
    struct fault_frame frame;

    if (vp->arch.syscall.step)
    {
        vp->arch.syscall.step = 0;
        vp->arch.syscall.stale = 1;
        if (!vp->arch.debug.stepping && (vp->run->debug.arch.dr6 & DR6_BS)) return 1;
    }
    if (!vp->arch.syscall.trap || regs->rip != vp->arch.syscall.trap || !(view_sregs( vp )->efer & EFER_LMA) ||
        vp_cpl( vp )) return 0;
    if (code_read( vp, regs->rsp, (UINT8 *)&frame, sizeof(frame), 0 ) == sizeof(frame) && (frame.error & PF_USER) &&
        frame.rip == view_sregs( vp )->cr2 && syscall_finish( vp, &frame )) return 1;
    if (!first_instruction( vp )) vp->arch.syscall.step = vp->arch.syscall.stale = 1;
    return 1;
}
