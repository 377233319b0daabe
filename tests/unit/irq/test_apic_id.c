/*
 * Tests of APIC ids that are not the vp's index
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

#include <errno.h>

#include "apic_machine.h"
#include "host/array.h"
#include "host/errors.h"
#include "registers/registers_x86.h"
#include "vm/cpuid_table_x86.h"

#define LAPIC_ID 0x20

static HRESULT set_id( WHV_REGISTER_NAME name, UINT64 id )
{
    WHV_REGISTER_VALUE value = { .Reg128.Low64 = id };

    return regs_set( second_vp, &name, 1, &value );
}

/* One id for both names, KVM's APIC and the table of CPUID. */
static void check_id( UINT32 id )
{
    WHV_REGISTER_NAME name = WHvX64RegisterApicId;
    WHV_REGISTER_VALUE value;

    assert_int_equal( machine_get( 1, WHvX64RegisterInitialApicId ), id );
    if (machine.partition->props.apic_mode == WHvX64LocalApicEmulationModeNone)
        assert_int_equal( regs_get( second_vp, &name, 1, &value ), ERROR_HV_INVALID_PARAMETER );
    else
    {
        assert_int_equal( machine_get( 1, name ), id << 24 );
        assert_int_equal( machine_lapic( 1, LAPIC_ID ), id << 24 );
    }
    assert_int_equal( second_vp->arch.apic_id, id );
    assert_int_equal( cpuid_find( second_vp->arch.cpuid.table, 1, 0 )->ebx >> 24, id & 0xff );
}

static void test_modes( void **state )
{
    static const struct { UINT32 mode; UINT64 value; UINT32 id; HRESULT hr; } rows[] =
    {
        { WHvX64LocalApicEmulationModeNone,   0,           0,          S_OK },
        { WHvX64LocalApicEmulationModeNone,   0x5000000,   0x5000000,  S_OK },
        { WHvX64LocalApicEmulationModeNone,   0xffffffff,  0xffffffff, S_OK },
        { WHvX64LocalApicEmulationModeNone,   0x100000001, 1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic,  0,           0,          S_OK },
        { WHvX64LocalApicEmulationModeXApic,  254,         254,        S_OK },
        { WHvX64LocalApicEmulationModeXApic,  0xfe000000,  254,        S_OK },
        { WHvX64LocalApicEmulationModeXApic,  255,         1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic,  0xff000000,  1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic,  0x100,       1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeXApic,  0x105000000, 1,          ERROR_HV_INVALID_PARAMETER },
        { WHvX64LocalApicEmulationModeX2Apic, 1,           1,          S_OK },
        { WHvX64LocalApicEmulationModeX2Apic, 5,           1,          ERROR_HV_INVALID_PARAMETER },
    };
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( rows ); i++)
    {
        apic_machine_create( rows[i].mode, 2 );
        assert_int_equal( set_id( WHvX64RegisterInitialApicId, rows[i].value ), rows[i].hr );
        check_id( rows[i].id );
        machine_teardown( state );
    }
}

static void test_both_names( void **state )
{
    (void)state;
    assert_int_equal( set_id( WHvX64RegisterApicId, 9 ), S_OK );
    check_id( 9 );
    assert_int_equal( set_id( WHvX64RegisterInitialApicId, 10 ), S_OK );
    check_id( 10 );
}

/* A guest has seen its id, so it stays; the one that it has can be set again. */
static void test_after_run( void **state )
{
    (void)state;
    assert_int_equal( set_id( WHvX64RegisterApicId, 9 ), S_OK );
    machine_set( 1, WHvRegisterInternalActivityState, 0 );
    fake_kvm_queue( second_vcpu, &(struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    assert_int_equal( apic_machine_run(), WHvRunVpExitReasonUnrecoverableException );
    assert_int_equal( set_id( WHvX64RegisterApicId, 10 ), ERROR_HV_INVALID_PARAMETER );
    assert_int_equal( set_id( WHvX64RegisterApicId, 9 ), S_OK );
    check_id( 9 );
}

static void test_failures( void **state )
{
    static const char *const calls[] = { "kvm_get_lapic", "kvm_set_lapic" };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE( calls ); i++)
    {
        fake_kvm_fail_function( calls[i], ENOMEM );
        assert_int_equal( set_id( WHvX64RegisterApicId, 9 ), E_OUTOFMEMORY );
        fake_kvm_fail_function( calls[i], 0 );
        check_id( 1 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, apic_machine_setup, machine_teardown )
        cmocka_unit_test( test_modes ),
        TEST( test_both_names ),
        TEST( test_after_run ),
        TEST( test_failures ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
