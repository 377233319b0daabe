/*
 * Exits for the straight way
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

#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "machine.h"
#include "straight_machine.h"
#include "two_ways.h"
#include "vm/code_x86.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

WHV_RUN_VP_EXIT_CONTEXT straight_exit;
static struct way straight, general;
static struct kvm_regs before, shows;

void straight_forget( void )
{
    code_forget( machine.vp );
    memset( machine.vp->arch.code.ends, 0, sizeof(machine.vp->arch.code.ends) );
    tlb_forget( machine.vp );
}

void straight_show( const struct shown *shown )
{
    struct vp *vp = machine.vp;
    struct kvm_run *run = vp->run;
    struct kvm_regs *regs = view_edit_regs( vp );
    BOOL behind = shown->kind == SHOW_WRITE || (shown->kind == SHOW_OUT && vp->partition->host->out_rip_past);

    before = *regs;
    run->immediate_exit = 1;            /* of a store, KVM is asked for more: there is none */
    vp->arch.entry_linear = code_linear( vp, SEGMENT_CS, before.rip ) + shown->entered;
    if (behind && !shown->at) regs->rip += shown->length;
    if (shown->rf) regs->rflags |= RFLAGS_RF;
    shows = *regs;
    if (shown->kind <= SHOW_IN)
    {
        run->exit_reason = KVM_EXIT_IO;
        run->io.direction = shown->kind == SHOW_OUT ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
        run->io.size = shown->size;
        run->io.port = shown->address;
        run->io.count = 1;
        run->io.data_offset = 4096;
        memset( (UINT8 *)run + 4096, 0xdd, 8 );
        /* what lies behind the data does not tell of another size */
    if (shown->kind == SHOW_OUT) memcpy( (UINT8 *)run + 4096, &shown->data, 8 );
        return;
    }
    run->exit_reason = KVM_EXIT_MMIO;
    run->mmio.phys_addr = shown->address;
    run->mmio.len = shown->size;
    run->mmio.is_write = shown->kind == SHOW_WRITE;
    memset( run->mmio.data, 0xdd, sizeof(run->mmio.data) );
    if (run->mmio.is_write) memcpy( run->mmio.data, &shown->data, 8 );
}

void straight_back( void )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    /* the vp itself goes the same way as its copy did, so that it remembers what a vp would */
    *view_edit_regs( machine.vp ) = shows;
    view_take( machine.vp );
    pending_clear( machine.vp );
    if (machine.vp->run->exit_reason == KVM_EXIT_IO) straight_io( machine.vp, &exit );
    else straight_mmio( machine.vp, &exit );
    *view_edit_regs( machine.vp ) = before;
    pending_clear( machine.vp );
}

void straight_warm( const char *name, const struct shown *shown )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT8 count;

    straight_show( shown );
    view_take( machine.vp );
    pending_clear( machine.vp );
    if (!exits_dispatch( machine.vp, &exit )) fail_msg( "%s: no exit", name );
    count = shown->kind <= SHOW_IN ? exit.IoPortAccess.InstructionByteCount : exit.MemoryAccess.InstructionByteCount;
    if (!count) fail_msg( "%s: the general way has not found the instruction", name );
    straight_back();
}

static void compare( const char *name )
{
    const char *difference;
    UINT32 forget;

    for (forget = 0; forget < 2; forget++)
    {
        way_general( &general, machine.vp, forget );
        if ((difference = way_difference( &straight, &general )))
            fail_msg( "%s: the two ways differ: %s%s", name, difference, forget ? ", with nothing remembered" : "" );
    }
    straight_exit = straight.exit;
}

void straight_taken( const char *name, const struct shown *shown )
{
    straight_show( shown );
    if (!way_straight( &straight, machine.vp )) fail_msg( "%s: the straight way was left", name );
    compare( name );
    straight_back();
}

static void check_left( const char *name )
{
    const char *trace = way_trace( &straight, machine.vp );

    if (trace) fail_msg( "%s: the straight way was left, and has changed %s", name, trace );
}

void straight_left( const char *name, const struct shown *shown )
{
    straight_show( shown );
    if (way_straight( &straight, machine.vp )) fail_msg( "%s: the straight way was taken", name );
    check_left( name );
    straight_back();
}

void straight_true( const char *name, const struct shown *shown )
{
    straight_show( shown );
    if (way_straight( &straight, machine.vp )) compare( name );
    else
    {
        check_left( name );
        way_general( &general, machine.vp, 1 );
        straight_exit = general.exit;
    }
    straight_back();
}

BOOL straight_was_taken( void )
{
    return !(machine.vp->arch.view.edited & ~(1u << REGS_RIP | 1u << REGS_RFLAGS));
}
