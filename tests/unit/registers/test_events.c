/*
 * Unit tests: event registers
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
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/kvm.h"
#include "registers/events_x86.h"
#include "regs_vcpu.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* ---- events ---- */

#define INTERRUPTION( type, vector ) (1 | (type) << 1 | (UINT64)(vector) << 16)
#define ERROR_CODE( code ) (1 << 4 | (UINT64)(code) << 32)

static void test_interruption( void **state )
{
    struct vp *vp = *state;
    struct kvm_vcpu_events *events = &vp->run->s.regs.events;
    UINT32 i;

    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 0, 0x31 )), S_OK );
    assert_true( events->interrupt.injected && events->interrupt.nr == 0x31 && !events->interrupt.soft );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_EVENTS );
    assert_true( get64( vp, WHvRegisterPendingInterruption ) == INTERRUPTION( 0, 0x31 ));

    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 2, 2 )), S_OK );
    assert_true( events->nmi.injected && !events->interrupt.injected );
    assert_true( get64( vp, WHvRegisterPendingInterruption ) == INTERRUPTION( 2, 2 ));

    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 3, 13 ) | ERROR_CODE( 0x1234 )), S_OK );
    assert_true( events->exception.injected && events->exception.nr == 13 && events->exception.has_error_code );
    assert_true( events->exception.error_code == 0x1234 && !events->nmi.injected );
    assert_true( get64( vp, WHvRegisterPendingInterruption ) == (INTERRUPTION( 3, 13 ) | ERROR_CODE( 0x1234 )));

    /* taking back; without Pending the rest says nothing */
    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, 0 ), S_OK );
    assert_true( !events->interrupt.injected && !events->nmi.injected && !events->exception.injected );
    assert_true( get64( vp, WHvRegisterPendingInterruption ) == 0 );
    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 7, 0x1000 ) & ~1ull ), S_OK );
    assert_true( get64( vp, WHvRegisterPendingInterruption ) == 0 );

    for (i = 9; i < 16; i++)
        assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 0, 0x20 ) | 1 << i ),
                          ERROR_HV_INVALID_REGISTER_VALUE );
    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 0, 256 )),
                      ERROR_HV_INVALID_REGISTER_VALUE );
    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 3, 32 )),
                      ERROR_HV_INVALID_REGISTER_VALUE );
    assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( 3, 2 )),
                      ERROR_HV_INVALID_REGISTER_VALUE );
    for (i = 0; i < 8; i++)
        assert_int_equal( set64( vp, WHvRegisterPendingInterruption, INTERRUPTION( i, 3 )),
                          i == 0 || i == 2 || i == 3 ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE );
}

static void test_interrupt_state( void **state )
{
    struct vp *vp = *state;
    struct kvm_vcpu_events *events = &vp->run->s.regs.events;
    UINT32 i;

    for (i = 0; i < 4; i++)
    {
        events->flags = 0;
        assert_int_equal( set64( vp, WHvRegisterInterruptState, i ), S_OK );
        assert_true( get64( vp, WHvRegisterInterruptState ) == i );
        assert_int_equal( !!events->interrupt.shadow, i & 1 );
        assert_int_equal( events->nmi.masked, i >> 1 );
        assert_true( events->flags & KVM_VCPUEVENT_VALID_SHADOW );
    }
    /* which shadow it is stays as KVM had it */
    events->interrupt.shadow = KVM_X86_SHADOW_INT_STI;
    assert_int_equal( set64( vp, WHvRegisterInterruptState, 1 ), S_OK );
    assert_int_equal( events->interrupt.shadow, KVM_X86_SHADOW_INT_STI );
    for (i = 2; i < 64; i++)
        assert_int_equal( set64( vp, WHvRegisterInterruptState, 1ull << i ), ERROR_HV_INVALID_REGISTER_VALUE );
}

static WHV_REGISTER_VALUE exception_event( UINT32 vector, BOOL deliver, UINT32 code, UINT64 parameter )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.Vector = vector;
    value.ExceptionEvent.DeliverErrorCode = deliver;
    value.ExceptionEvent.ErrorCode = code;
    value.ExceptionEvent.ExceptionParameter = parameter;
    return value;
}

/* Exceptions that there are, with error codes where they have them. */
static void test_event_kinds( void **state )
{
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;
    UINT32 vector;

    for (vector = 0; vector < 70; vector++)
    {
        BOOL exists = vector < 2 || (vector > 2 && vector < 9) || (vector > 9 && vector < 15) ||
                      (vector > 15 && vector < 20) || vector == 21;
        BOOL has_code = vector == 8 || (vector > 9 && vector < 15) || vector == 17 || vector == 21;

        value = exception_event( vector, 0, 0, 0 );
        assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), exists ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE );
        value = exception_event( vector, 1, 0, 0 );
        assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ),
                          has_code ? S_OK : ERROR_HV_INVALID_REGISTER_VALUE );
    }
}

static void test_pending_event( void **state )
{
    WHV_REGISTER_VALUE value, back;
    struct vp *vp = *state;
    struct kvm_vcpu_events *events = &vp->run->s.regs.events;

    value = exception_event( 14, 1, 6, 0xfffff80012345000ull );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_true( events->exception.injected && events->exception.nr == 14 && events->exception.error_code == 6 );
    assert_true( vp->run->s.regs.sregs.cr2 == 0xfffff80012345000ull );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_EVENTS | KVM_SYNC_X86_SREGS );
    assert_int_equal( get( vp, WHvRegisterPendingEvent, &back ), S_OK );
    assert_memory_equal( &value, &back, sizeof(value) );

    value = exception_event( 1, 0, 0, 0x4001 );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_int_equal( vp->arch.lazy.debugregs.dr6 & 0xe00f, 0x4001 );
    assert_true( vp->arch.lazy.dirty & VP_DEBUGREGS );
    assert_int_equal( get( vp, WHvRegisterPendingEvent, &back ), S_OK );
    assert_memory_equal( &value, &back, sizeof(value) );

    /* without an error code there is none */
    value = exception_event( 13, 0, 77, 0 );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_int_equal( events->exception.error_code, 0 );

    /* as a KVM with exception payloads has it */
    memset( events, 0, sizeof(*events) );
    events->exception.pending = events->exception_has_payload = 1;
    events->exception.nr = 1;
    events->exception_payload = 0x4000;
    assert_int_equal( get( vp, WHvRegisterPendingEvent, &back ), S_OK );
    assert_true( back.ExceptionEvent.EventPending && back.ExceptionEvent.ExceptionParameter == 0x4000 );

    memset( &value, 0, sizeof(value) );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_true( !events->exception.injected && !events->exception.pending && !events->exception_has_payload );

    value = exception_event( 32, 0, 0, 0 );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    value = exception_event( 2, 0, 0, 0 );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    value = exception_event( 13, 0, 0, 0 );
    value.ExceptionEvent.Reserved0 = 1;
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    value = exception_event( 13, 0, 0, 0 );
    value.ExceptionEvent.EventType = 3;
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );

    vp->arch.lazy.valid = 0;
    fake_fail( "get_debugregs", ENOMEM );
    value = exception_event( 1, 0, 0, 0 );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), E_OUTOFMEMORY );
    assert_int_equal( events->exception.injected, 0 );
    fake_fail( NULL, 0 );
}

static void test_ext_int( void **state )
{
    WHV_REGISTER_VALUE value, back;
    struct vp *vp = *state;

    memset( &value, 0, sizeof(value) );
    value.ExtIntEvent.EventPending = 1;
    value.ExtIntEvent.EventType = 5;
    value.ExtIntEvent.Vector = 0xe8;
    assert_false( events_waiting( vp ));
    assert_int_equal( events_prepare( vp ), S_OK );
    assert_int_equal( set64( vp, WHvX64RegisterDeliverabilityNotifications, 0x2a ), S_OK );
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_int_equal( get( vp, WHvRegisterPendingEvent, &back ), S_OK );
    assert_memory_equal( &value, &back, sizeof(value) );
    /* it does not show in the register that keeps it */
    assert_true( get64( vp, WHvX64RegisterDeliverabilityNotifications ) == 0x2a );
    assert_int_equal( set64( vp, WHvX64RegisterDeliverabilityNotifications, 2 ), S_OK );
    assert_true( events_waiting( vp ));
    assert_int_equal( events_prepare( vp ), ERROR_HV_INVALID_REGISTER_VALUE );
    assert_true( events_waiting( vp ));

    vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeXApic;
    /* the guest is not ready: it stays where it can be read */
    vp->run->s.regs.regs.rflags = 2;
    assert_int_equal( events_prepare( vp ), S_OK );
    assert_true( events_waiting( vp ));
    vp->run->s.regs.regs.rflags = 0x202;
    vp->run->s.regs.events.interrupt.shadow = 1;
    assert_int_equal( events_prepare( vp ), S_OK );
    assert_true( events_waiting( vp ));
    vp->run->s.regs.events.interrupt.shadow = 0;
    vp->run->s.regs.events.exception.injected = 1;
    assert_int_equal( events_prepare( vp ), S_OK );
    assert_true( events_waiting( vp ));
    vp->run->s.regs.events.exception.injected = 0;
    assert_int_equal( vp->arch.view.dirty, 0 );
    assert_int_equal( events_prepare( vp ), S_OK );
    assert_false( events_waiting( vp ));
    assert_int_equal( vp->run->s.regs.events.interrupt.injected, 1 );
    assert_int_equal( vp->run->s.regs.events.interrupt.nr, 0xe8 );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_EVENTS );
    assert_true( get64( vp, WHvX64RegisterDeliverabilityNotifications ) == 2 );

    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), S_OK );
    assert_int_equal( set64( vp, WHvRegisterPendingEvent, 0 ), S_OK );
    assert_false( events_waiting( vp ));

    value.Reg128.High64 = 1;
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
    value.Reg128.High64 = 0;
    value.Reg64 |= 0x10000;
    assert_int_equal( set( vp, WHvRegisterPendingEvent, &value ), ERROR_HV_INVALID_REGISTER_VALUE );
}

static void test_other_events( void **state )
{
    struct vp *vp = *state;
    UINT32 i;

    assert_int_equal( set64( vp, WHvX64RegisterDeliverabilityNotifications, 0xffff00000000003full ), S_OK );
    assert_true( get64( vp, WHvX64RegisterDeliverabilityNotifications ) == 0xffff00000000003full );
    for (i = 6; i < 48; i++)
        assert_int_equal( set64( vp, WHvX64RegisterDeliverabilityNotifications, 1ull << i ),
                          ERROR_HV_INVALID_REGISTER_VALUE );

    assert_int_equal( set64( vp, WHvX64RegisterPendingDebugException, 0x1f ), S_OK );
    assert_int_equal( vp->arch.events.pending_debug, 0x1f );
    assert_true( get64( vp, WHvX64RegisterPendingDebugException ) == 0x1f );
    for (i = 5; i < 64; i++)
        assert_int_equal( set64( vp, WHvX64RegisterPendingDebugException, 1ull << i ),
                          ERROR_HV_INVALID_REGISTER_VALUE );

    /* none of it touches the registers that KVM holds */
    assert_int_equal( vp->arch.view.dirty, 0 );

    vp->partition->props.apic_mode = WHvX64LocalApicEmulationModeX2Apic;
    for (i = 0; i < 3; i++)
    {
        assert_int_equal( set64( vp, WHvRegisterInternalActivityState, i ), S_OK );
        assert_true( get64( vp, WHvRegisterInternalActivityState ) == i );
    }
    assert_int_equal( set64( vp, WHvRegisterInternalActivityState, 8 ), ERROR_HV_INVALID_REGISTER_VALUE );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_interruption ),
        TEST( test_interrupt_state ),
        TEST( test_event_kinds ),
        TEST( test_pending_event ),
        TEST( test_ext_int ),
        TEST( test_other_events ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
