/*
 * Time: timers of APICs, while the time of the partition stands, and at another rate
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

#include "clocks.h"
#include "smp.h"

/* Registers of an APIC's page, in 32-bit words, and modes of its timer. */
#define APIC_SVR     (0x0f0 / 4)
#define APIC_TIMER   (0x320 / 4)
#define APIC_INITIAL (0x380 / 4)
#define APIC_CURRENT (0x390 / 4)
#define APIC_DIVIDE  (0x3e0 / 4)
#define ONE_SHOT 0x00000
#define PERIODIC 0x20000
#define DEADLINE 0x40000

static void get_page( struct smp *smp, UINT32 *page )
{
    UINT32 written;
    HRESULT hr = WHvGetVirtualProcessorInterruptControllerState2( smp->vm.partition, 0, page, 4096, &written );

    ok( hr == S_OK, "%#lx\n", hr );
}

/* A timer that is in the middle of a long period, by 128: the next interrupt comes after a number of counts. */
static void start_timer( struct smp *smp, UINT32 mode, UINT32 counts )
{
    UINT32 page[1024];
    HRESULT hr;

    get_page( smp, page );
    page[APIC_SVR] = 0x1ff;
    page[APIC_TIMER] = mode | 0x40;
    page[APIC_DIVIDE] = 0xa;
    page[APIC_INITIAL] = mode == DEADLINE ? 0 : 0xffffffff;
    page[APIC_CURRENT] = mode == DEADLINE ? 0 : counts;
    hr = WHvSetVirtualProcessorInterruptControllerState2( smp->vm.partition, 0, page, sizeof(page) );
    ok( hr == S_OK, "%#lx\n", hr );
}

/* A vp that waits in HLT, and is out of Run. */
static BOOL create_halted( struct smp *smp, const struct vm_config *config )
{
    static const BYTE idle[] = { ASM_ENABLE_APIC, ASM_IDLE };

    if (!smp_create_config( smp, config )) return FALSE;
    smp_load( smp, 0, idle, sizeof(idle) );
    smp_start( smp, 0 );
    smp_stop_halted( smp, 0 );
    return TRUE;
}

static void suspend( struct smp *smp )
{
    HRESULT hr = WHvSuspendPartitionTime( smp->vm.partition );

    ok( hr == S_OK, "%#lx\n", hr );
}

static void resume( struct smp *smp )
{
    HRESULT hr = WHvResumePartitionTime( smp->vm.partition );

    ok( hr == S_OK, "%#lx\n", hr );
}

/* An interrupt that was to come in 400 ms comes after so much time of the guest's, and once. */
static void test_suspended_timers( void )
{
    static const UINT32 modes[] = { ONE_SHOT, PERIODIC, DEADLINE };
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT64 tsc = get_capability( WHvCapabilityCodeProcessorClockFrequency ), start, end, deadline = 0;
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 * 4 / 10, page[1024], left, i;
    struct smp smp;

    for (i = 0; i < ARRAY_COUNT(modes); i++)
    {
        if (!create_halted( &smp, &config )) return;
        winetest_push_context( "mode %#x", modes[i] );
        if (modes[i] == DEADLINE && !tsc_can_be_set( &smp.vm ))
        {
            skip( "this KVM shows guests the host's TSC\n" );
            winetest_pop_context();
            smp_destroy( &smp );
            continue;
        }
        start = reference_time( &smp.vm );
        start_timer( &smp, modes[i], counts );
        if (modes[i] == DEADLINE)
        {
            deadline = vp_tsc( &smp.vm, 0 ) + tsc * 4 / 10;
            ok( smp_set( &smp, 0, WHvX64RegisterTscDeadline, deadline ) == S_OK, "no deadline\n" );
        }
        suspend( &smp );
        get_page( &smp, page );
        left = page[APIC_CURRENT];
        ok( left <= counts, "%u of %u left\n", left, counts );
        Sleep( 500 );
        get_page( &smp, page );
        ok( page[APIC_CURRENT] == left, "suspended: %u left, then %u\n", left, page[APIC_CURRENT] );
        resume( &smp );
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
        end = reference_time( &smp.vm );
        ok( end - start >= 3900000, "after %llu * 100 ns\n", end - start );
        smp_stop_halted( &smp, 0 );
        smp_start( &smp, 0 );
        smp_quiet( &smp, 0, 1 );
        smp_stop( &smp, 0 );
        if (modes[i] == DEADLINE)
            ok( vp_tsc( &smp.vm, 0 ) >= deadline, "TSC %llu, deadline %llu\n", vp_tsc( &smp.vm, 0 ), deadline );
        winetest_pop_context();
        smp_destroy( &smp );
    }
}

/* A timer that runs out while its vp is not in Run: the interrupt waits, and a suspension leaves it there. */
static void test_waiting_tick( void )
{
    static const UINT32 modes[] = { ONE_SHOT, PERIODIC };
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 / 20, i, k;
    struct smp smp;

    for (i = 0; i < 2 * ARRAY_COUNT(modes); i++)
    {
        if (!create_halted( &smp, &config )) return;
        winetest_push_context( "mode %#x%s", modes[i / 2], i & 1 ? ", suspended" : "" );
        start_timer( &smp, modes[i / 2], counts );
        Sleep( 200 );
        for (k = 0; i & 1 && k < 2; k++)
        {
            suspend( &smp );
            resume( &smp );
        }
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
        smp_quiet( &smp, 0, 1 );
        winetest_pop_context();
        smp_destroy( &smp );
    }
}

/* A guest's timer goes on ticking through suspensions, and what was suspended is not made up for. */
static void test_ticking( void )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic };
    UINT32 counts = get_capability( WHvCapabilityCodeInterruptClockFrequency ) / 128 / 10, page[1024], i;
    struct smp smp;
    UINT64 start;
    LONG ticks;

    if (!create_halted( &smp, &config )) return;
    start = reference_time( &smp.vm );
    get_page( &smp, page );
    page[APIC_SVR] = 0x1ff;
    page[APIC_TIMER] = PERIODIC | 0x40;
    page[APIC_DIVIDE] = 0xa;
    page[APIC_INITIAL] = page[APIC_CURRENT] = counts;
    ok( WHvSetVirtualProcessorInterruptControllerState2( smp.vm.partition, 0, page, sizeof(page) ) == S_OK,
        "no timer\n" );
    for (i = 1; i <= 3; i++)
    {
        smp_start( &smp, 0 );
        smp_wait( &smp, 0, smp.vps[0].count + 2, EVENT_HANDLER( 0x40 ));
        smp_stop_halted( &smp, 0 );
        suspend( &smp );
        Sleep( 500 );
    }
    ticks = smp.vps[0].count;
    start = reference_time( &smp.vm ) - start;
    /* one may be on its way, none is early */
    ok( (ticks - 1) * 990000ull < start, "%ld ticks of 100 ms in %llu * 100 ns\n", ticks, start );
    smp_destroy( &smp );
}

static HRESULT set_slow_apic( struct vm *vm )
{
    return vm_set_property( vm, WHvPartitionPropertyCodeInterruptClockFrequency, 25000000 );
}

static void test_apic_clock( void )
{
    struct vm_config config = { .vps = 1, .apic_mode = WHvX64LocalApicEmulationModeXApic, .prepare = set_slow_apic };
    struct smp smp;
    UINT64 start;

    if (!can_prepare( set_slow_apic, "InterruptClockFrequency" ) || !create_halted( &smp, &config )) return;
    start = reference_time( &smp.vm );
    start_timer( &smp, ONE_SHOT, 25000000 / 128 * 4 / 10 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_HANDLER( 0x40 ));
    start = reference_time( &smp.vm ) - start;
    ok( start >= 3900000, "400 ms take %llu * 100 ns\n", start );
    smp_destroy( &smp );
}

START_TEST(timers)
{
    if (!vm_present()) return;
    test_suspended_timers();
    test_waiting_tick();
    test_ticking();
    test_apic_clock();
}
