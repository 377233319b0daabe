/*
 * Tests: local APICs and their vps looked at, saved and put back while something is under way
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

#define ISR           0x100
#define TMR           0x180

static const BYTE started[] = { 0xfa, ASM_OUT( READY_PORT, 7 ), 0xf4, 0xeb, 0xfd };     /* cli; out; 1: hlt; jmp 1b */

static BOOL create( struct smp *smp, UINT32 vps, const BYTE *code, UINT32 size )
{
    if (!smp_create( smp, vps, WHvX64LocalApicEmulationModeXApic )) return FALSE;
    if (code) smp_load( smp, 0, code, size );
    return TRUE;
}

/* On this thread, to the next OUT, and past it. */
static void run_to_out( struct smp *smp, UINT32 vp )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    HRESULT hr;

    hr = WHvRunVirtualProcessor( smp->vm.partition, vp, &exit, sizeof(exit) );
    ok( hr == S_OK && exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "%#lx, exit %#x\n", hr, exit.ExitReason );
    smp_set( smp, vp, WHvX64RegisterRip, exit.VpContext.Rip + 2 );
}

static BOOL get_page( struct smp *smp, UINT32 vp, UINT32 *page )
{
    UINT32 written = 0;
    HRESULT hr;

    hr = WHvGetVirtualProcessorInterruptControllerState2( smp->vm.partition, vp, page, 4096, &written );
    ok( hr == S_OK, "%#lx\n", hr );
    return hr == S_OK;
}

static void set_page( struct smp *smp, UINT32 vp, UINT32 *page )
{
    HRESULT hr;

    hr = WHvSetVirtualProcessorInterruptControllerState2( smp->vm.partition, vp, page, 4096 );
    ok( hr == S_OK, "%#lx\n", hr );
}

/* INIT and SIPI come while the vp is out of the guest, and the client has set something. */
static void test_sipi_seen( void )
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ), ASM_DEAF };
    struct smp smp;

    if (!create( &smp, 2, NULL, 0 )) return;
    memcpy( smp.vm.ram + 0x8000, started, sizeof(started) );
    smp_load( &smp, 1, code, sizeof(code) );
    run_to_out( &smp, 1 );
    smp_request( &smp, WHvX64InterruptTypeInit, 0, 0, 1, 0 );
    smp_request( &smp, WHvX64InterruptTypeSipi, 0, 0, 1, 8 );
    ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == 0, "activity %#llx\n",
        smp_get( &smp, 1, WHvRegisterInternalActivityState ));
    ok( smp_get( &smp, 1, WHvX64RegisterRip ) == 0, "rip %#llx\n", smp_get( &smp, 1, WHvX64RegisterRip ));
    ok( !(smp_get( &smp, 1, WHvX64RegisterCr0 ) & 1), "cr0 %#llx\n", smp_get( &smp, 1, WHvX64RegisterCr0 ));
    smp_set( &smp, 1, WHvX64RegisterRbx, 0x1234 );
    smp_start( &smp, 1 );
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 7 ));
    smp_stop( &smp, 1 );
    ok( smp_get( &smp, 1, WHvX64RegisterRbx ) == 0x1234, "rbx %#llx\n", smp_get( &smp, 1, WHvX64RegisterRbx ));
    smp_destroy( &smp );
}

/* A vp is saved and restored between INIT and SIPI; a vp that waits for SIPI starts at one. */
static void test_startup_kept( void )
{
    UINT64 activity;
    struct smp smp;
    BOOL init;

    for (init = FALSE; init <= TRUE; init++)
    {
        if (!create( &smp, 2, NULL, 0 )) return;
        memcpy( smp.vm.ram + 0x8000, started, sizeof(started) );
        smp_start( &smp, 1 );
        if (init) smp_request( &smp, WHvX64InterruptTypeInit, 0, 0, 1, 0 );
        smp_quiet( &smp, 1, 0 );
        smp_stop( &smp, 1 );
        activity = smp_get( &smp, 1, WHvRegisterInternalActivityState );
        ok( activity == ACTIVITY_STARTUP, "activity %#llx\n", activity );
        smp_set( &smp, 1, WHvRegisterInternalActivityState, activity );
        smp_start( &smp, 1 );
        smp_quiet( &smp, 1, 0 );
        smp_request( &smp, WHvX64InterruptTypeSipi, 0, 0, 1, 8 );
        smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 7 ));
        /* and it is for nothing when it runs */
        smp_request( &smp, WHvX64InterruptTypeSipi, 0, 0, 1, 9 );
        smp_quiet( &smp, 1, 1 );
        smp_destroy( &smp );
    }
}

/* The guest lets interrupts in a while after the client has asked for that, its LINT0 being masked. */
static void test_masked_lint0( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC, ASM_WRITE_APIC( 0x350, 0x10000 ), ASM_OUT( READY_PORT, 1 ),
        0xfb, 0x90, 0xf3, 0x90, 0xeb, 0xfc,     /* sti; nop; 1: pause; jmp 1b */
    };
    WHV_REGISTER_VALUE value;
    struct smp smp;
    UINT32 i;

    for (i = 0; i < 2; i++)
    {
        if (!create( &smp, 1, code, sizeof(code) )) return;
        run_to_out( &smp, 0 );
        if (i)
        {
            memset( &value, 0, sizeof(value) );
            value.ExtIntEvent.EventPending = 1;
            value.ExtIntEvent.EventType = WHvX64PendingEventExtInt;
            value.ExtIntEvent.Vector = 0x30;
            smp_set( &smp, 0, WHvRegisterPendingEvent, value.Reg64 );
        }
        else smp_set( &smp, 0, WHvX64RegisterDeliverabilityNotifications, 2 );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, i ? EVENT_HANDLER( 0x30 ) : EVENT_WINDOW( WHvX64PendingInterrupt ));
        smp_quiet( &smp, 0, 1 );
        smp_destroy( &smp );
    }
}

/* A window for interrupts of one priority, when the guest lowers the priority of its task. */
static void test_priority_window( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC, ASM_WRITE_APIC( 0x80, 0x50 ), ASM_OUT( READY_PORT, 1 ), 0xfb, 0x90,
        ASM_OUT( READY_PORT, 2 ), ASM_WRITE_APIC( 0x80, 0x00 ), 0xf3, 0x90, 0xeb, 0xfc,
    };
    struct smp smp;

    if (!create( &smp, 1, code, sizeof(code) )) return;
    run_to_out( &smp, 0 );
    smp_set( &smp, 0, WHvX64RegisterDeliverabilityNotifications, 2 | 4 << 2 );
    run_to_out( &smp, 0 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_WINDOW( WHvX64PendingInterrupt ));
    smp_quiet( &smp, 0, 1 );
    smp_destroy( &smp );
}

/* A level-triggered interrupt that is restored while it is served: the client is told of its end, in a partition that
 * is new. */
static void test_level_restored( void )
{
    static const BYTE code[] = { ASM_OUT( READY_PORT, 1 ), 0xfa, ASM_WRITE_APIC( 0xb0, 0 ), ASM_OUT( READY_PORT, 2 ),
                                 ASM_DEAF };
    static UINT32 page[1024];
    struct smp smp;
    UINT32 i;

    if (!create( &smp, 1, code, sizeof(code) )) return;
    if (get_page( &smp, 0, page ))
    {
        page[0xf0 / 4] = 0x1ff;
        page[ISR / 4 + 0x41 / 32 * 4] |= 1u << 0x41 % 32;
        page[TMR / 4 + 0x41 / 32 * 4] |= 1u << 0x41 % 32;
        set_page( &smp, 0, page );
        run_to_out( &smp, 0 );
        smp_start( &smp, 0 );
        /* a processor that is emulated may show the end of an interrupt some instructions later */
        for (i = 0; i < SMP_TIMEOUT / 10 && smp.vps[0].count < 2; i++) Sleep( 10 );
        ok( smp.vps[0].count == 2, "%lu events\n", smp.vps[0].count );
        for (i = 0; i < 2 && smp.vps[0].events[i] != EVENT_EOI( 0x41 ); i++) ;
        ok( i < 2, "events %#x %#x\n", smp.vps[0].events[0], smp.vps[0].events[1] );
    }
    smp_destroy( &smp );
}

static void test_before_setup( void )
{
    UINT32 targets[4], count = 0, processors = 1, mode = WHvX64LocalApicEmulationModeXApic;
    WHV_PARTITION_HANDLE partition;
    HRESULT hr;

    if (FAILED(WHvCreatePartition( &partition ))) return;
    WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &processors, sizeof(processors) );
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &mode, sizeof(mode) );
    if (hr == S_OK)
    {
        hr = WHvGetInterruptTargetVpSet( partition, 0, WHvX64InterruptDestinationModePhysical, targets, 4, &count );
        ok( hr == HR_INVALID_STATE || broken( FAILED(hr) ), "targets before setup: %#lx\n", hr );
    }
    WHvDeletePartition( partition );
}

START_TEST(apic_restore)
{
    if (!vm_present()) return;
    test_sipi_seen();
    test_startup_kept();
    test_masked_lint0();
    test_priority_window();
    test_level_restored();
    test_before_setup();
}
