/*
 * Local APICs in the platform: modes, halting, starting, priorities, events
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

#include "smp.h"

#define READY_PORT 0x51

#define ACTIVITY_STARTUP 1
#define ACTIVITY_HALT    2

static HRESULT set_event( struct smp *smp, UINT32 vp, WHV_REGISTER_NAME name, UINT64 low, UINT64 high )
{
    WHV_REGISTER_VALUE value;

    value.Reg128.Low64 = low;
    value.Reg128.High64 = high;
    return WHvSetVirtualProcessorRegisters( smp->vm.partition, vp, &name, 1, &value );
}

static UINT64 ext_int( UINT8 vector )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.ExtIntEvent.EventPending = 1;
    value.ExtIntEvent.EventType = WHvX64PendingEventExtInt;
    value.ExtIntEvent.Vector = vector;
    return value.Reg64;
}

static UINT64 interruption( UINT32 type, UINT8 vector )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.PendingInterruption.InterruptionPending = 1;
    value.PendingInterruption.InterruptionType = type;
    value.PendingInterruption.InterruptionVector = vector;
    return value.Reg64;
}

static BOOL create( struct smp *smp, UINT32 vps, const BYTE *code, UINT32 size )
{
    if (!smp_create( smp, vps, WHvX64LocalApicEmulationModeXApic )) return FALSE;
    if (code) smp_load( smp, 0, code, size );
    return TRUE;
}

static void test_modes( void )
{
    UINT32 mode, value, written;
    WHV_EXTENDED_VM_EXITS exits;
    WHV_CPUID_OUTPUT output;
    struct smp smp;
    HRESULT hr;

    for (mode = WHvX64LocalApicEmulationModeXApic; mode <= WHvX64LocalApicEmulationModeX2Apic; mode++)
    {
        winetest_push_context( "mode %u", mode );
        if (!smp_create( &smp, 2, mode ))
        {
            winetest_pop_context();
            return;
        }
        hr = WHvGetPartitionProperty( smp.vm.partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &value,
                                      sizeof(value), &written );
        ok( hr == S_OK && value == mode && written == 4, "property: %#lx, %u, %u bytes\n", hr, value, written );
        hr = vm_set_property( &smp.vm, WHvPartitionPropertyCodeLocalApicEmulationMode, 0 );
        ok( hr == E_INVALIDARG || broken( FAILED(hr) ), "changed after setup: %#lx\n", hr );

        ok( smp_get( &smp, 0, WHvX64RegisterApicBase ) == 0xfee00900, "base 0: %#llx\n",
            smp_get( &smp, 0, WHvX64RegisterApicBase ));
        ok( smp_get( &smp, 1, WHvX64RegisterApicBase ) == 0xfee00800, "base 1: %#llx\n",
            smp_get( &smp, 1, WHvX64RegisterApicBase ));
        ok( smp_get( &smp, 0, WHvRegisterInternalActivityState ) == 0, "activity 0: %#llx\n",
            smp_get( &smp, 0, WHvRegisterInternalActivityState ));
        ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == ACTIVITY_STARTUP, "activity 1: %#llx\n",
            smp_get( &smp, 1, WHvRegisterInternalActivityState ));
        ok( smp_get( &smp, 1, WHvX64RegisterInitialApicId ) == 1, "id 1: %#llx\n",
            smp_get( &smp, 1, WHvX64RegisterInitialApicId ));
        hr = smp_set( &smp, 0, WHvX64RegisterApicTpr, 0x20 );
        ok( hr == ERROR_HV_INVALID_PARAMETER, "TPR by name: %#lx\n", hr );

        hr = WHvGetVirtualProcessorCpuidOutput( smp.vm.partition, 1, 1, 0, &output );
        ok( hr == S_OK, "cpuid: %#lx\n", hr );
        ok( output.Ebx >> 24 == 1, "id %u\n", output.Ebx >> 24 );
        ok( (output.Ecx >> 21 & 1) == (mode == WHvX64LocalApicEmulationModeX2Apic), "ecx %#x\n", output.Ecx );
        smp_destroy( &smp );
        winetest_pop_context();
    }

    /* QEMU asks for this one whether it is offered or not, and gives up without it */
    if (FAILED(WHvCreatePartition( &smp.vm.partition ))) return;
    exits.AsUINT64 = 0;
    exits.X64ApicInitSipiExitTrap = 1;
    hr = vm_set_property( &smp.vm, WHvPartitionPropertyCodeExtendedVmExits, exits.AsUINT64 );
    ok( hr == S_OK, "INIT-SIPI trap: %#lx\n", hr );
    WHvDeletePartition( smp.vm.partition );
}

/* A halt waits inside the run: until an NMI, an interrupt, or a cancellation. */
static void test_halt( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), 0xfa, 0xf4, ASM_OUT( READY_PORT, 2 ), 0xfb,
                                 0xf4, ASM_OUT( READY_PORT, 3 ), 0xfa, 0xf4, 0xeb, 0xfd };
    struct smp smp;
    UINT64 rip;
    UINT32 i;

    if (!create( &smp, 1, code, sizeof(code) )) return;
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_quiet( &smp, 0, 1 );
    for (i = 0; i < 3; i++)
    {
        smp_stop_halted( &smp, 0 );
        rip = smp_get( &smp, 0, WHvX64RegisterRip );
        ok( rip == SMP_CODE( 0 ) + 16, "rip %#llx\n", rip );
        smp_start( &smp, 0 );
        smp_quiet( &smp, 0, 1 );
    }
    /* an interrupt that can't be taken wakes nobody */
    smp_request( &smp, WHvX64InterruptTypeFixed, 0, 0, 0, 0x40 );
    smp_quiet( &smp, 0, 1 );
    smp_request( &smp, WHvX64InterruptTypeNmi, 0, 0, 0, 0 );
    smp_wait( &smp, 0, 2, EVENT_HANDLER( 2 ));
    smp_wait( &smp, 0, 3, EVENT_OUT( READY_PORT, 2 ));
    smp_wait( &smp, 0, 4, EVENT_HANDLER( 0x40 ));
    smp_wait( &smp, 0, 5, EVENT_OUT( READY_PORT, 3 ));
    smp_quiet( &smp, 0, 5 );
    /* and the client's own hand */
    smp_stop_halted( &smp, 0 );
    ok( smp_set( &smp, 0, WHvRegisterInternalActivityState, 0 ) == S_OK, "can't wake it\n" );
    smp_set( &smp, 0, WHvX64RegisterRip, SMP_CODE( 0 ) + 10 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 6, EVENT_OUT( READY_PORT, 1 ));
    smp_stop( &smp, 0 );
    /* halted by hand */
    ok( smp_set( &smp, 0, WHvRegisterInternalActivityState, ACTIVITY_HALT ) == S_OK, "can't halt it\n" );
    smp_set( &smp, 0, WHvX64RegisterRip, SMP_CODE( 0 ) + 10 );
    smp_start( &smp, 0 );
    smp_quiet( &smp, 0, 6 );
    smp_stop( &smp, 0 );
    ok( smp_get( &smp, 0, WHvRegisterInternalActivityState ) == ACTIVITY_HALT, "activity %#llx\n",
        smp_get( &smp, 0, WHvRegisterInternalActivityState ));
    smp_destroy( &smp );
}

/* What the client sets on a vp that waits for INIT and SIPI stays, however often it is run. */
static void test_startup( void )
{
    static const BYTE code[] = { ASM_OUT( READY_PORT, 3 ), ASM_DEAF };
    struct smp smp;
    UINT32 i;

    if (!create( &smp, 2, NULL, 0 )) return;
    for (i = 0; i < 3; i++)
    {
        smp_set( &smp, 1, WHvX64RegisterRbx, 0x1234 + i );
        smp_set( &smp, 1, WHvX64RegisterCr2, 0x5678 + i );
        smp_start( &smp, 1 );
        smp_quiet( &smp, 1, 0 );
        smp_stop( &smp, 1 );
        ok( smp_get( &smp, 1, WHvX64RegisterRbx ) == 0x1234 + i, "rbx %#llx\n", smp_get( &smp, 1, WHvX64RegisterRbx ));
        ok( smp_get( &smp, 1, WHvX64RegisterCr2 ) == 0x5678 + i, "cr2 %#llx\n", smp_get( &smp, 1, WHvX64RegisterCr2 ));
        ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == ACTIVITY_STARTUP, "activity %#llx\n",
            smp_get( &smp, 1, WHvRegisterInternalActivityState ));
    }
    /* the client starts it by itself */
    smp_load( &smp, 1, code, sizeof(code) );
    ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == 0, "activity %#llx\n",
        smp_get( &smp, 1, WHvRegisterInternalActivityState ));
    smp_start( &smp, 1 );
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 3 ));
    smp_stop( &smp, 1 );
    ok( smp_get( &smp, 1, WHvX64RegisterRbx ) == 0x1236, "rbx %#llx\n", smp_get( &smp, 1, WHvX64RegisterRbx ));
    /* and sends it back */
    ok( smp_set( &smp, 1, WHvRegisterInternalActivityState, ACTIVITY_STARTUP ) == S_OK, "can't suspend it\n" );
    smp_set( &smp, 1, WHvX64RegisterRip, SMP_CODE( 1 ) );
    smp_start( &smp, 1 );
    smp_quiet( &smp, 1, 1 );
    ok( smp_set( &smp, 1, WHvRegisterInternalActivityState, 8 ) != S_OK, "reserved bits are taken\n" );
    smp_destroy( &smp );
}

/* TPR and CR8 are one register, in both directions and at each exit. */
static void test_priority( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC, ASM_WRITE_APIC( 0x80, 0x50 ), ASM_OUT( READY_PORT, 1 ),
        0xa1, 0x80, 0x00, 0xe0, 0xfe,       /* mov eax,[fee00080] */
        0xe6, READY_PORT,
        ASM_IDLE
    };
    struct smp smp;

    if (!create( &smp, 1, code, sizeof(code) )) return;
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 2, EVENT_OUT( READY_PORT, 0x50 ));
    ok( smp.vps[0].cr8[0] == 5, "Cr8 %u\n", smp.vps[0].cr8[0] );
    smp_request( &smp, WHvX64InterruptTypeFixed, 0, 0, 0, 0x45 );
    smp_quiet( &smp, 0, 2 );
    smp_request( &smp, WHvX64InterruptTypeFixed, 0, 0, 0, 0x61 );
    smp_wait( &smp, 0, 3, EVENT_HANDLER( 0x61 ));
    ok( smp.vps[0].cr8[2] == 5, "Cr8 %u\n", smp.vps[0].cr8[2] );
    smp_quiet( &smp, 0, 3 );
    smp_stop( &smp, 0 );
    ok( smp_get( &smp, 0, WHvX64RegisterCr8 ) == 5, "cr8 %llu\n", smp_get( &smp, 0, WHvX64RegisterCr8 ));
    ok( smp.vps[0].last.VpContext.Cr8 == 5, "Cr8 %u\n", smp.vps[0].last.VpContext.Cr8 );

    /* the other one was waiting for this */
    ok( smp_set( &smp, 0, WHvX64RegisterCr8, 3 ) == S_OK, "can't set cr8\n" );
    ok( smp_get( &smp, 0, WHvX64RegisterCr8 ) == 3, "cr8 %llu\n", smp_get( &smp, 0, WHvX64RegisterCr8 ));
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 4, EVENT_HANDLER( 0x45 ));
    ok( smp.vps[0].cr8[3] == 3, "Cr8 %u\n", smp.vps[0].cr8[3] );
    smp_stop( &smp, 0 );
    /* and the guest reads it in its APIC */
    smp_set( &smp, 0, WHvX64RegisterCr8, 0xa );
    smp_set( &smp, 0, WHvRegisterInternalActivityState, 0 );
    smp_set( &smp, 0, WHvX64RegisterRip, SMP_CODE( 0 ) + 24 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 5, EVENT_OUT( READY_PORT, 0xa0 ));
    smp_destroy( &smp );
}

/* A PIC's interrupt as OpenVMM does it: PendingEvent, and the halt is ended by hand. */
static void test_ext_int( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), 0xfb, 0xf4, ASM_OUT( READY_PORT, 2 ),
        0xfa, ASM_OUT( READY_PORT, 3 ), 0xfb, 0x90, ASM_OUT( READY_PORT, 4 ), 0xfb, 0xf4, 0xeb, 0xfd
    };
    static const BYTE masked[] =
    {
        ASM_ENABLE_APIC, ASM_WRITE_APIC( 0x350, 0x10000 ), ASM_OUT( READY_PORT, 1 ), 0xfb, 0xf4,
        ASM_OUT( READY_PORT, 2 ), 0xfa, ASM_OUT( READY_PORT, 3 ), 0xfb, 0x90, ASM_OUT( READY_PORT, 4 ),
        0xfb, 0xf4, 0xeb, 0xfd
    };
    struct smp smp;
    UINT32 mask;

    /* with LINT0 as it comes, and masked */
    for (mask = 0; mask < 2; mask++)
    {
        winetest_push_context( mask ? "masked" : "open" );
        if (!create( &smp, 1, mask ? masked : code, mask ? sizeof(masked) : sizeof(code) ))
        {
            winetest_pop_context();
            return;
        }
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
        smp_stop_halted( &smp, 0 );
        ok( set_event( &smp, 0, WHvRegisterPendingEvent, ext_int( 0x30 ), 0 ) == S_OK, "PendingEvent is refused\n" );
        ok( smp_get( &smp, 0, WHvRegisterPendingEvent ) == ext_int( 0x30 ), "reads %#llx\n",
            smp_get( &smp, 0, WHvRegisterPendingEvent ));
        ok( smp_set( &smp, 0, WHvRegisterInternalActivityState, 0 ) == S_OK, "InternalActivityState is refused\n" );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 2, EVENT_HANDLER( 0x30 ));
        smp_wait( &smp, 0, 3, EVENT_OUT( READY_PORT, 2 ));
        smp_wait( &smp, 0, 4, EVENT_OUT( READY_PORT, 3 ));
        smp_wait( &smp, 0, 5, EVENT_OUT( READY_PORT, 4 ));
        smp_quiet( &smp, 0, 5 );
        smp_stop( &smp, 0 );
        ok( !smp_get( &smp, 0, WHvRegisterPendingEvent ), "still pending\n" );
        smp_destroy( &smp );
        winetest_pop_context();
    }

    /* not before the guest lets it in; until then it can be read, and taken back */
    if (!create( &smp, 1, code, sizeof(code) )) return;
    set_event( &smp, 0, WHvRegisterPendingEvent, ext_int( 0x31 ), 0 );
    set_event( &smp, 0, WHvRegisterPendingEvent, 0, 0 );
    ok( !smp_get( &smp, 0, WHvRegisterPendingEvent ), "still pending\n" );
    set_event( &smp, 0, WHvRegisterPendingEvent, ext_int( 0x32 ), 0 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_wait( &smp, 0, 2, EVENT_HANDLER( 0x32 ));
    smp_wait( &smp, 0, 3, EVENT_OUT( READY_PORT, 2 ));
    smp_destroy( &smp );
}

/* As QEMU and crosvm do it: ask for the window, then inject. */
static void test_window( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_IDLE };
    static const BYTE closed[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_OUT( READY_PORT, 2 ), ASM_IDLE };
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER window = { .AsUINT64 = 0 };
    struct smp smp;
    UINT32 i;

    window.InterruptNotification = 1;
    for (i = 0; i < 2; i++)
    {
        winetest_push_context( i ? "PendingInterruption" : "PendingEvent" );
        /* the guest halts with interrupts on: the window is open */
        if (!create( &smp, 1, code, sizeof(code) ))
        {
            winetest_pop_context();
            return;
        }
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
        smp_stop_halted( &smp, 0 );
        smp_set( &smp, 0, WHvX64RegisterDeliverabilityNotifications, window.AsUINT64 );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 2, EVENT_WINDOW( WHvX64PendingInterrupt ));
        smp_quiet( &smp, 0, 2 );
        smp_stop( &smp, 0 );
        ok( !smp_get( &smp, 0, WHvX64RegisterDeliverabilityNotifications ), "still armed\n" );
        if (i) set_event( &smp, 0, WHvRegisterPendingInterruption, interruption( WHvX64PendingInterrupt, 0x33 ), 0 );
        else set_event( &smp, 0, WHvRegisterPendingEvent, ext_int( 0x33 ), 0 );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 3, EVENT_HANDLER( 0x33 ));
        smp_quiet( &smp, 0, 3 );
        smp_stop( &smp, 0 );
        ok( !smp_get( &smp, 0, WHvRegisterPendingInterruption ), "still pending\n" );
        smp_destroy( &smp );

        /* it opens later */
        if (create( &smp, 1, closed, sizeof(closed) ))
        {
            smp_set( &smp, 0, WHvX64RegisterDeliverabilityNotifications, window.AsUINT64 );
            smp_start( &smp, 0 );
            smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
            smp_wait( &smp, 0, 2, EVENT_OUT( READY_PORT, 2 ));
            smp_wait( &smp, 0, 3, EVENT_WINDOW( WHvX64PendingInterrupt ));
            smp_stop( &smp, 0 );
            if (i)
                set_event( &smp, 0, WHvRegisterPendingInterruption, interruption( WHvX64PendingInterrupt, 0x34 ), 0 );
            else set_event( &smp, 0, WHvRegisterPendingEvent, ext_int( 0x34 ), 0 );
            smp_start( &smp, 0 );
            smp_wait( &smp, 0, 4, EVENT_HANDLER( 0x34 ));
            smp_quiet( &smp, 0, 4 );
            smp_destroy( &smp );
        }
        winetest_pop_context();
    }
}

/* Exceptions and NMIs by the client's hand, also into a halted vp; and everything can be saved and put back. */
static void test_injection( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_DEAF };
    static const WHV_REGISTER_NAME names[] =
    {
        WHvRegisterPendingInterruption, WHvRegisterInterruptState, WHvX64RegisterDeliverabilityNotifications,
        WHvRegisterInternalActivityState,
    };
    WHV_REGISTER_VALUE saved[ARRAY_COUNT(names)], zero[ARRAY_COUNT(names)], back[ARRAY_COUNT(names)];
    struct smp smp;
    HRESULT hr;
    UINT32 i;

    if (!create( &smp, 1, code, sizeof(code) )) return;
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_stop_halted( &smp, 0 );
    set_event( &smp, 0, WHvRegisterPendingInterruption, interruption( WHvX64PendingNmi, 2 ), 0 );
    set_event( &smp, 0, WHvX64RegisterDeliverabilityNotifications, 1, 0 );

    hr = WHvGetVirtualProcessorRegisters( smp.vm.partition, 0, names, ARRAY_COUNT(names), saved );
    ok( hr == S_OK, "save: %#lx\n", hr );
    ok( saved[0].Reg64 == interruption( WHvX64PendingNmi, 2 ), "PendingInterruption %#llx\n", saved[0].Reg64 );
    ok( saved[2].Reg64 == 1, "DeliverabilityNotifications %#llx\n", saved[2].Reg64 );
    ok( saved[3].Reg64 == ACTIVITY_HALT, "InternalActivityState %#llx\n", saved[3].Reg64 );
    memset( zero, 0, sizeof(zero) );
    hr = WHvSetVirtualProcessorRegisters( smp.vm.partition, 0, names, ARRAY_COUNT(names), zero );
    ok( hr == S_OK, "clear: %#lx\n", hr );
    WHvGetVirtualProcessorRegisters( smp.vm.partition, 0, names, ARRAY_COUNT(names), back );
    for (i = 0; i < ARRAY_COUNT(names); i++) ok( !back[i].Reg64, "%u: %#llx\n", i, back[i].Reg64 );
    saved[2].Reg64 = 0;
    hr = WHvSetVirtualProcessorRegisters( smp.vm.partition, 0, names, ARRAY_COUNT(names), saved );
    ok( hr == S_OK, "restore: %#lx\n", hr );
    WHvGetVirtualProcessorRegisters( smp.vm.partition, 0, names, ARRAY_COUNT(names), back );
    for (i = 0; i < ARRAY_COUNT(names); i++) ok( back[i].Reg64 == saved[i].Reg64, "%u: %#llx\n", i, back[i].Reg64 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 2, EVENT_HANDLER( 2 ));
    smp_quiet( &smp, 0, 2 );
    smp_stop_halted( &smp, 0 );

    /* #UD: no error code, which the handlers do not expect */
    set_event( &smp, 0, WHvRegisterPendingEvent, 1 | 6 << 16, 0 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 3, EVENT_HANDLER( 6 ));
    smp_destroy( &smp );
}

/* Requests that come while a vp is stopped are not lost by what the client does to it. */
static void test_stopped( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_IDLE };
    static const BYTE started[] = { 0xfa, ASM_OUT( READY_PORT, 7 ), 0xf4, 0xeb, 0xfd };
    struct smp smp;

    if (!create( &smp, 2, code, sizeof(code) )) return;
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_stop_halted( &smp, 0 );
    smp_request( &smp, WHvX64InterruptTypeNmi, 0, 0, 0, 0 );
    smp_request( &smp, WHvX64InterruptTypeFixed, 0, 0, 0, 0x40 );
    smp_set( &smp, 0, WHvRegisterInterruptState, 0 );
    smp_set( &smp, 0, WHvX64RegisterCr8, 0 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 2, EVENT_HANDLER( 2 ));
    smp_wait( &smp, 0, 3, EVENT_HANDLER( 0x40 ));

    memcpy( smp.vm.ram + 0x8000, started, sizeof(started) );
    smp_load( &smp, 1, code, sizeof(code) );
    smp_start( &smp, 1 );
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_stop( &smp, 1 );
    smp_request( &smp, WHvX64InterruptTypeInit, 0, 0, 1, 0 );
    smp_set( &smp, 1, WHvRegisterInterruptState, 0 );
    smp_start( &smp, 1 );
    smp_quiet( &smp, 1, 1 );
    smp_request( &smp, WHvX64InterruptTypeSipi, 0, 0, 1, 8 );
    smp_wait( &smp, 1, 2, EVENT_OUT( READY_PORT, 7 ));
    smp_destroy( &smp );
}

static void test_reset( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_WRITE_APIC( 0x80, 0x50 ), ASM_OUT( READY_PORT, 1 ), ASM_DEAF };
    struct smp smp;
    HRESULT hr;

    if (!create( &smp, 2, code, sizeof(code) )) return;
    smp_load( &smp, 1, code, sizeof(code) );
    smp_start( &smp, 0 );
    smp_start( &smp, 1 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_stop( &smp, 0 );
    smp_stop( &smp, 1 );
    hr = WHvResetPartition( smp.vm.partition );
    ok( hr == S_OK, "WHvResetPartition: %#lx\n", hr );
    ok( smp_get( &smp, 0, WHvRegisterInternalActivityState ) == 0, "activity 0\n" );
    ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == ACTIVITY_STARTUP, "activity 1\n" );
    ok( smp_get( &smp, 0, WHvX64RegisterCr8 ) == 0, "cr8 %llu\n", smp_get( &smp, 0, WHvX64RegisterCr8 ));
    ok( smp_get( &smp, 0, WHvX64RegisterApicSpurious ) == 0xff, "spurious %#llx\n",
        smp_get( &smp, 0, WHvX64RegisterApicSpurious ));
    smp_load( &smp, 0, code, sizeof(code) );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_destroy( &smp );
}

START_TEST(apic)
{
    if (!vm_present()) return;
    test_modes();
    test_halt();
    test_startup();
    test_priority();
    test_ext_int();
    test_window();
    test_injection();
    test_stopped();
    test_reset();
}
