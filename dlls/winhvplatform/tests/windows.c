/*
 * Windows for interrupts, by priority
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

#include "vm.h"

/* Without local APICs the client keeps the priorities: a window is for what is above the TPR. */
static void test_window_priority( void )
{
    static const BYTE code[] =
    {
        0xe6, 0x70,                     /* out 70,al */
        0x31, 0xc0,                     /* xor eax,eax */
        0x44, 0x0f, 0x22, 0xc0,         /* mov cr8,rax */
        0x90, 0x90,
        0xe6, 0x71,                     /* out 71,al */
    };
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER window = { .AsUINT64 = 0 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 regs[REG_COUNT];
    struct vm vm;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    vm_default_regs( MODE_LONG, regs );
    regs[RFLAGS] |= FLAG_IF;
    for (i = 4; i < 7; i++)
    {
        winetest_push_context( "priority %u", i );
        vm_load( &vm, MODE_LONG, code, sizeof(code), regs );
        vm_set_reg( &vm, WHvX64RegisterCr8, 5 );
        window.InterruptNotification = 1;
        window.InterruptPriority = i;
        vm_set_reg( &vm, WHvX64RegisterDeliverabilityNotifications, window.AsUINT64 );
        if (vm_run( &vm, &exit ))
        {
            if (i > 5)
                ok( exit.ExitReason == WHvRunVpExitReasonX64InterruptWindow && exit.VpContext.Rip == regs[RIP],
                    "exit %#x\n", exit.ExitReason );
            else
                ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == 0x70,
                    "exit %#x\n", exit.ExitReason );
            ok( exit.VpContext.Cr8 == 5, "Cr8 %u\n", exit.VpContext.Cr8 );
        }
        if (i <= 5)
        {
            vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
            if (vm_run( &vm, &exit ) && exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess)
            {
                /* processors that are emulated in software look again at the next exit only */
                ok( exit.IoPortAccess.PortNumber == 0x71, "port %#x\n", exit.IoPortAccess.PortNumber );
                vm_set_reg( &vm, WHvX64RegisterRip, exit.VpContext.Rip + exit.VpContext.InstructionLength );
                vm_run( &vm, &exit );
            }
            ok( exit.ExitReason == WHvRunVpExitReasonX64InterruptWindow, "exit %#x\n", exit.ExitReason );
            ok( exit.InterruptWindow.DeliverableType == WHvX64PendingInterrupt, "type %u\n",
                exit.InterruptWindow.DeliverableType );
            ok( !exit.VpContext.Cr8, "Cr8 %u\n", exit.VpContext.Cr8 );
        }
        ok( !vm_get_reg( &vm, WHvX64RegisterDeliverabilityNotifications ), "still armed\n" );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}

START_TEST(windows)
{
    if (!vm_present()) return;
    test_window_priority();
}
