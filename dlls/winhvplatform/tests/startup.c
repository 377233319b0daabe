/*
 * INIT and SIPI: by the API, and by the guest itself
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

#include "interrupts.h"

static void test_startup( void )
{
    static const BYTE code[] = { 0xfa, ASM_OUT( READY_PORT, 7 ), 0xf4, 0xeb, 0xfd };     /* cli; out; 1: hlt; jmp 1b */
    struct smp smp;

    if (!smp_create( &smp, 3, WHvX64LocalApicEmulationModeXApic )) return;
    memcpy( smp.vm.ram + 0x8000, code, sizeof(code) );
    memcpy( smp.vm.ram + 0x9000, code, sizeof(code) );
    smp.vm.ram[0x9002] = 9;
    ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == 1, "activity %#llx\n",
        smp_get( &smp, 1, WHvRegisterInternalActivityState ));
    smp_start( &smp, 1 );
    smp_start( &smp, 2 );
    smp_quiet( &smp, 1, 0 );
    /* neither an NMI nor an INIT starts it; and an INIT leaves nothing of an NMI */
    check_request( &smp, NMI, PHYSICAL, EDGE, 2, 0 );
    smp_quiet( &smp, 2, 0 );
    check_request( &smp, INIT, PHYSICAL, EDGE, 2, 0 );
    smp_quiet( &smp, 2, 0 );
    check_request( &smp, SIPI, PHYSICAL, EDGE, 2, 9 );
    smp_wait( &smp, 2, 1, EVENT_OUT( READY_PORT, 9 ));
    check_request( &smp, SIPI, PHYSICAL, EDGE, 1, 8 );
    if (smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 7 )))
    {
        WHV_REGISTER_NAME name = WHvX64RegisterCs;
        WHV_REGISTER_VALUE cs;

        smp_stop_halted( &smp, 1 );
        WHvGetVirtualProcessorRegisters( smp.vm.partition, 1, &name, 1, &cs );
        ok( cs.Segment.Selector == 0x800 && cs.Segment.Base == 0x8000, "cs %#x base %#llx\n", cs.Segment.Selector,
            cs.Segment.Base );
        ok( smp_get( &smp, 1, WHvRegisterInternalActivityState ) == 2, "activity %#llx\n",
            smp_get( &smp, 1, WHvRegisterInternalActivityState ));
        /* once more, from the running state, elsewhere: there a SIPI alone does nothing */
        smp_start( &smp, 1 );
        check_request( &smp, SIPI, PHYSICAL, EDGE, 1, 9 );
        smp_quiet( &smp, 1, 1 );
        check_request( &smp, INIT, PHYSICAL, EDGE, 1, 0 );
        check_request( &smp, SIPI, PHYSICAL, EDGE, 1, 9 );
        smp_wait( &smp, 1, 2, EVENT_OUT( READY_PORT, 9 ));
    }
    smp_destroy( &smp );
}

/* The guest does it itself: INIT, SIPI and an IPI by the interrupt command register. */
static void test_ipi( void )
{
    static const BYTE starter[] =
    {
        ASM_ENABLE_APIC,
        ASM_WRITE_APIC( 0x310, 0x01000000 ), ASM_WRITE_APIC( 0x300, 0x4500 ),       /* INIT to 1 */
        ASM_WRITE_APIC( 0x310, 0x01000000 ), ASM_WRITE_APIC( 0x300, 0x4608 ),       /* SIPI to 1 */
        ASM_OUT( READY_PORT, 1 ), ASM_IDLE
    };
    static const BYTE started[] = { 0xfa, ASM_OUT( READY_PORT, 7 ), 0xf4, 0xeb, 0xfd };
    static const BYTE sender[] =
    {
        ASM_ENABLE_APIC, ASM_OUT( READY_PORT, 1 ),
        0xfb, 0xf4,                                                                 /* sti; hlt */
        ASM_WRITE_APIC( 0x310, 0x01000000 ), ASM_WRITE_APIC( 0x300, 0x4055 ),       /* vector 55 to 1 */
        ASM_WRITE_APIC( 0x300, 0x40000 | 0x4056 ),                                  /* vector 56 to itself */
        0xfb, 0xf4, 0xeb, 0xfd,
    };
    struct smp smp;

    if (!smp_create( &smp, 2, WHvX64LocalApicEmulationModeXApic )) return;
    memcpy( smp.vm.ram + 0x8000, started, sizeof(started) );
    smp_load( &smp, 0, starter, sizeof(starter) );
    smp_start( &smp, 1 );
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 7 ));
    smp_stop_halted( &smp, 0 );
    smp_stop_halted( &smp, 1 );

    smp_load( &smp, 0, sender, sizeof(sender) );
    smp_load( &smp, 1, idle, sizeof(idle) );
    smp_start( &smp, 0 );
    smp_start( &smp, 1 );
    smp_wait( &smp, 0, 1, EVENT_OUT( READY_PORT, 1 ));
    smp_wait( &smp, 1, 1, EVENT_OUT( READY_PORT, 1 ));
    check_request( &smp, FIXED, PHYSICAL, EDGE, 0, 0x40 );
    smp_wait( &smp, 0, 2, EVENT_HANDLER( 0x40 ));
    smp_wait( &smp, 1, 2, EVENT_HANDLER( 0x55 ));
    smp_wait( &smp, 0, 3, EVENT_HANDLER( 0x56 ));
    smp_destroy( &smp );
}

START_TEST(startup)
{
    if (!vm_present()) return;
    test_startup();
    test_ipi();
}
