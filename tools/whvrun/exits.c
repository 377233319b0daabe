/*
 * whvrun: what is done about an exit
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

#include <stdio.h>

#include "decode/decode.h"
#include "devices/bus.h"
#include "devices/ioapic.h"
#include "exits.h"
#include "host/end.h"
#include "interrupt.h"
#include "platform/emulator.h"
#include "platform/print.h"
#include "platform/rflags.h"
#include "platform/vp.h"
#include "timer.h"

static BOOL decodes;

HRESULT exits_init( BOOL decode )
{
    decodes = decode;
    return emulator_create();
}

void exits_delete( void )
{
    emulator_delete();
}

static void give_up( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit, const char *why )
{
    fprintf( stderr, "whvrun: %s\n", why );
    print_crash( vp, exit );
    end_run( END_FAILED, 0 );
}

/* IN and OUT that are no string instructions need no emulator: the exit context has it all. */
static void handle_plain_port( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterRip, WHvX64RegisterRax };
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    UINT32 size = io->AccessInfo.AccessSize, mask = size == 4 ? ~0u : (1u << 8 * size) - 1, value;
    WHV_REGISTER_VALUE values[2];

    memset( values, 0, sizeof(values) );
    values[0].Reg64 = exit->VpContext.Rip + exit->VpContext.InstructionLength;
    /* RIP is only as wide as the code segment */
    if (!exit->VpContext.Cs.Long) values[0].Reg64 &= exit->VpContext.Cs.Default ? 0xffffffff : 0xffff;
    if (io->AccessInfo.IsWrite) bus_write_port( io->PortNumber, size, io->Rax & mask );
    else
    {
        value = bus_read_port( io->PortNumber, size ) & mask;
        /* as any instruction: 32 bits clear the upper half, fewer leave the rest alone */
        values[1].Reg64 = size == 4 ? value : (io->Rax & ~(UINT64)mask) | value;
    }
    if (FAILED( vp_set_registers( vp, names, values, io->AccessInfo.IsWrite ? 1 : 2 ))) end_run( END_FAILED, 0 );
}

static void execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const char *why = decodes ? decode_execute( vp, exit ) : emulator_execute( vp, exit );

    if (why) give_up( vp, exit, why );
}

/* Waits as the halted processor does: for an interrupt, which is never to come if they are off. */
static void handle_halt( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (exit->VpContext.Rflags & FLAG_IF) timer_wait_for_interrupt();
    else end_run( END_POWER_OFF, 0 );
}

void exits_handle( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        if (exit->MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessExecute)
            give_up( vp, exit, "the guest runs where there is no memory" );
        else execute( vp, exit );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        if (decodes && !exit->IoPortAccess.AccessInfo.StringOp) handle_plain_port( vp, exit );
        else execute( vp, exit );
        break;
    case WHvRunVpExitReasonX64Halt:
        handle_halt( exit );
        break;
    case WHvRunVpExitReasonX64InterruptWindow:
        interrupt_window_opened();
        break;
    case WHvRunVpExitReasonX64ApicEoi:
        ioapic_eoi( exit->ApicEoi.InterruptVector );
        break;
    case WHvRunVpExitReasonCanceled:
        break;
    case WHvRunVpExitReasonUnrecoverableException:
        end_run( END_TRIPLE_FAULT, 0 );
        print_crash( vp, exit );
        break;
    case WHvRunVpExitReasonUnsupportedFeature:
        give_up( vp, exit, "the platform can't run what the guest wants" );
        break;
    default:
        give_up( vp, exit, "an exit that nobody asked for" );
        break;
    }
}
