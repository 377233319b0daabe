/*
 * Partitions: every call of KVM failing in turn
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

#include "calls/calls.h"
#include "host/array.h"
#include "host/kvm.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define TOO_MANY_OPEN_FILES ((HRESULT)0x80070004)
#define GEN_FAILURE         ((HRESULT)0x8007001f)

static const WHV_REGISTER_NAME all_kinds[] =
{
    WHvX64RegisterRax, WHvX64RegisterCr3, WHvX64RegisterXmm0, WHvX64RegisterDr0, WHvX64RegisterXCr0, WHvX64RegisterPat,
    WHvX64RegisterFpControlStatus, WHvRegisterPendingInterruption,
};
static WHV_REGISTER_VALUE values[ARRAY_SIZE(all_kinds)];
static UINT8 memory[0x3000] __attribute__((aligned(0x1000)));

static HRESULT step_create( void )
{
    return partition_create( &machine.handle );
}

static HRESULT step_count( void )
{
    assert_int_equal( partition_lock( machine.handle, &machine.partition ), S_OK );
    partition_unlock( machine.partition );
    return machine_set_property( WHvPartitionPropertyCodeProcessorCount, 1 );
}

static HRESULT step_exits( void )
{
    return machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 7 );
}

static HRESULT step_setup( void )
{
    return partition_setup( machine.handle );
}

static HRESULT step_late( void )
{
    HRESULT hr = machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 3 );

    if (FAILED(hr)) assert_int_equal( machine.partition->props.msr_exits, 1 );
    return hr;
}

static HRESULT step_debug( void )
{
    return machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 2 );
}

static HRESULT step_map( void )
{
    return machine_map( memory, 0, sizeof(memory), 15 );
}

static HRESULT step_split( void )
{
    return machine_map( memory, 0x1000, 0x1000, 5 );
}

static HRESULT step_unmap( void )
{
    return machine_map( NULL, 0x2000, 0x1000, 0 );
}

static HRESULT step_dirty( void )
{
    struct gpa_query_dirty_params params = { machine.handle, 0, 0x1000, NULL, 0 };

    return gpa_query_dirty_call( &params );
}

static HRESULT step_vp( void )
{
    HRESULT hr = vp_create( machine.handle, 0 );

    if (SUCCEEDED(hr))
    {
        machine.vp = machine.partition->vps[0];
        machine.vcpu = fake_kvm_vcpu( machine.vp->fd );
        /* the list is looked at by the first run only */
        machine.vp->arch.cpuid.listed = 1;
    }
    return hr;
}

static HRESULT registers( BOOL set )
{
    struct vp_registers_params params = { machine.handle, all_kinds, values, 0, ARRAY_SIZE(all_kinds) };

    return set ? vp_set_registers_call( &params ) : vp_get_registers_call( &params );
}

static HRESULT step_get( void )
{
    return registers( 0 );
}

static HRESULT step_set( void )
{
    values[0].Reg64 = 0x1234;
    values[2].Reg64++;
    values[3].Reg64++;
    return registers( 1 );
}

static HRESULT run_to( UINT32 reason )
{
    HRESULT hr = vp_run( machine.handle, 0, &machine.exit, 224 );

    if (SUCCEEDED(hr)) assert_int_equal( machine.exit.ExitReason, reason );
    return hr;
}

static HRESULT step_out( void )
{
    machine.vp->run->s.regs.sregs.cs.base = machine.vp->run->s.regs.sregs.cs.selector = 0;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    machine_regs()->rip = 0x100;
    return run_to( WHvRunVpExitReasonX64IoPortAccess );
}

/* with something to flush, registers to load and a debugger */
static HRESULT step_halt( void )
{
    machine_regs()->rip = 0x102;
    machine_regs()->rflags = 0x102;
    machine_regs()->rbx = 7;
    return run_to( WHvRunVpExitReasonX64Halt );
}

static HRESULT step_xsave( void )
{
    UINT32 written;
    static UINT8 data[0x1000];
    struct vp_state_params params = { machine.handle, data, &written, 0, WHvVirtualProcessorStateTypeXsaveState,
                                      sizeof(data) };
    HRESULT hr = vp_get_state_call( &params );

    if (FAILED(hr)) return hr;
    params.size = written;
    return vp_set_state_call( &params );
}

static HRESULT step_reset( void )
{
    return partition_reset( machine.handle );
}

static HRESULT step_cancel( void )
{
    return vp_cancel( machine.handle, 0 );
}

static HRESULT step_canceled( void )
{
    return run_to( WHvRunVpExitReasonCanceled );
}

static HRESULT step_delete_vp( void )
{
    return vp_delete( machine.handle, 0 );
}

static HRESULT step_delete( void )
{
    return partition_delete( machine.handle );
}

static HRESULT (* const steps[])( void ) =
{
    step_create, step_count, step_exits, step_setup, step_late, step_debug, step_map, step_vp, step_get, step_set,
    step_get, step_out, step_get, step_halt, step_split, step_dirty, step_xsave, step_out, step_unmap, step_reset,
    step_cancel, step_canceled, step_out, step_delete_vp, step_vp, step_out, step_halt, step_delete_vp, step_delete,
};

static BOOL documented( HRESULT hr, int err )
{
    if (hr == GEN_FAILURE) return err != ENOMEM;
    return hr == (err == ENOMEM ? E_OUTOFMEMORY : TOO_MANY_OPEN_FILES);
}

static void test_every_call_fails( void **state )
{
    static const int errors[] = { ENOMEM, EMFILE, EIO };
    UINT32 i, n, step, calls, failed = 0, total = 0;
    HRESULT hr;

    (void)state;
    memcpy( memory + 0x100, "\xe6\x42\xf4\xeb\xfe", 5 );
    for (i = 0; i < ARRAY_SIZE(errors); i++)
    {
        for (n = 1; ; n++)
        {
            memset( &machine, 0, sizeof(machine) );
            for (step = calls = 0; step < ARRAY_SIZE(steps); step++)
            {
                fake_kvm_fail_at( n > calls ? n - calls : 0, errors[i] );
                hr = steps[step]();
                calls += fake_kvm_calls();
                fake_kvm_fail_at( 0, 0 );
                if (SUCCEEDED(hr)) continue;
                failed++;
                if (!documented( hr, errors[i] ) || calls < n)
                    fail_msg( "error %d in call %u: step %u answers %#x", errors[i], n, step, hr );
                /* and once more: nothing stands in the way */
                if (FAILED(hr = steps[step]()))
                    fail_msg( "error %d in call %u: step %u again: %#x", errors[i], n, step, hr );
            }
            assert_int_equal( fake_kvm_open_fds(), 1 );
            assert_int_equal( fake_kvm_mapped_runs(), 0 );
            if (calls < n) break;
            total++;
        }
    }
    /* AMD needs some of the calls for nothing, and what a reset can't write is left */
    assert_in_range( total, 3 * 40, 3 * 130 );
    assert_in_range( failed, total * 3 / 4, total );
    memset( &machine, 0, sizeof(machine) );
}

/* From some call on nothing works: it all can still be put away. */
static void test_kvm_is_gone( void **state )
{
    UINT32 n, step, calls;

    (void)state;
    for (n = 1; n < 200; n++)
    {
        memset( &machine, 0, sizeof(machine) );
        fake_kvm_fail_from( n, ENODEV );
        for (step = 0; step < ARRAY_SIZE(steps) - 1; step++) if (FAILED(steps[step]())) break;
        calls = fake_kvm_calls();
        if (machine.handle) assert_int_equal( partition_delete( machine.handle ), S_OK );
        fake_kvm_fail_at( 0, 0 );
        assert_int_equal( fake_kvm_open_fds(), 1 );
        assert_int_equal( fake_kvm_mapped_runs(), 0 );
        if (calls < n) break;
    }
    assert_in_range( n, 40, 199 );
    memset( &machine, 0, sizeof(machine) );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_every_call_fails, machine_no_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_kvm_is_gone, machine_no_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
