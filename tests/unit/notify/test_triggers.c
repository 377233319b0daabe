/*
 * Tests of triggers and event ports
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

/* What is refused, with which error; what a trigger sends, and when it may be deleted or updated; ports for the guest's
 * hypercalls; handles that are stale, or another partition's. */

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "apic_machine.h"
#include "host/errors.h"
#include "notify/objects.h"
#include "notify/port.h"
#include "notify/trigger.h"
#include "run/partition_life.h"
#include "vm/handle.h"
#include "vm/stop.h"

#define assert_hr( hr, expected ) assert_int_equal( (UINT32)(hr), (UINT32)(expected) )

static int context;
static UINT32 waiter;

static WHV_TRIGGER_PARAMETERS make_interrupt( UINT32 destination, UINT32 vector )
{
    WHV_TRIGGER_PARAMETERS parameters;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeInterrupt;
    parameters.Interrupt.Destination = destination;
    parameters.Interrupt.Vector = vector;
    return parameters;
}

static void *make_trigger( WHV_TRIGGER_PARAMETERS parameters )
{
    void *trigger;

    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), S_OK );
    return trigger;
}

static void delete_trigger( void *trigger )
{
    struct object_remains remains;

    assert_hr( trigger_delete( machine.handle, trigger ), S_OK );
    assert_hr( trigger_delete( machine.handle, trigger ), E_INVALIDARG );
    objects_bury( trigger, &remains );
    assert_ptr_equal( remains.context, &context );
    assert_int_equal( remains.signal, 0 );
    objects_bury( trigger, &remains );
    assert_null( remains.context );
}

static void test_refused( void **state )
{
    WHV_TRIGGER_PARAMETERS parameters, good = make_interrupt( 0, 0x40 );
    struct object_remains remains;
    void *trigger;
    UINT32 i;

    (void)state;
    for (i = 0; i < 16; i++)
    {
        parameters = make_interrupt( 0, i );
        assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    }
    parameters = make_interrupt( 0, 256 );
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters = good;
    parameters.Reserved = 1;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters = good;
    parameters.Interrupt.TargetVtl = 1;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters = good;
    parameters.Interrupt.Type = 3;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters = good;
    parameters.TriggerType = WHvTriggerTypeDeviceInterrupt;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), ERROR_HV_INVALID_DEVICE_ID );
    parameters.TriggerType = 3;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    assert_hr( trigger_create( NULL, &good, &context, &trigger, &waiter ), E_HANDLE );
    assert_hr( trigger_create( (void *)0x123450, &good, &context, &trigger, &waiter ), E_HANDLE );

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeSynicEvent;
    parameters.SynicEvent.VpIndex = machine.partition->vp_count;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters.SynicEvent.VpIndex = 0;
    parameters.SynicEvent.TargetSint = 16;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters.SynicEvent.TargetSint = 15;
    parameters.SynicEvent.FlagNumber = 2048;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters.SynicEvent.FlagNumber = 2047;
    parameters.SynicEvent.TargetVtl = 1;
    assert_hr( trigger_create( machine.handle, &parameters, &context, &trigger, &waiter ), E_INVALIDARG );
    parameters.SynicEvent.TargetVtl = 0;
    trigger = make_trigger( parameters );
    /* the vp has no SynIC: dropped */
    trigger_deliver( trigger );
    assert_hr( trigger_update( machine.handle, trigger, &good ), E_INVALIDARG );
    delete_trigger( trigger );

    assert_hr( trigger_update( machine.handle, trigger, &good ), E_INVALIDARG );
    assert_hr( trigger_delete( machine.handle, NULL ), E_INVALIDARG );
    assert_hr( trigger_delete( machine.handle, machine.handle ), E_INVALIDARG );
    trigger = make_trigger( good );
    assert_hr( trigger_delete( NULL, trigger ), E_HANDLE );
    assert_hr( trigger_delete( (void *)0x123450, trigger ), E_HANDLE );
    assert_hr( port_delete( machine.handle, trigger, &remains ), E_INVALIDARG );
    assert_hr( port_set_property( machine.handle, trigger, 5, 0 ), E_INVALIDARG );
    delete_trigger( trigger );
}

/* Without APICs, and before setup. */
static void test_partitions( void **state )
{
    WHV_TRIGGER_PARAMETERS good = make_interrupt( 0, 0x40 );
    WHV_NOTIFICATION_PORT_PARAMETERS port = { .NotificationPortType = WHvNotificationPortTypeEvent };
    WHV_PARTITION_HANDLE handle;
    void *trigger;

    assert_hr( trigger_create( machine.handle, &good, &context, &trigger, &waiter ), E_INVALIDARG );
    assert_hr( partition_create( &handle ), S_OK );
    assert_hr( trigger_create( handle, &good, &context, &trigger, &waiter ), E_INVALIDARG );
    assert_hr( port_create( handle, &port, &context, &trigger ), E_INVALIDARG );
    assert_hr( partition_delete( handle ), S_OK );
    assert_hr( trigger_create( handle, &good, &context, &trigger, &waiter ), E_HANDLE );
    port.Reserved = 1;
    assert_hr( port_create( handle, &port, &context, &trigger ), E_HANDLE );
    (void)state;
}

static void test_delivery( void **state )
{
    void *trigger = make_trigger( make_interrupt( 1, 0x41 ) );
    WHV_TRIGGER_PARAMETERS parameters;
    unsigned int sent;

    (void)state;
    trigger_deliver( trigger );
    assert_int_equal( fake_kvm_irq.msi.address_lo, 0xfee01000 );
    assert_int_equal( fake_kvm_irq.msi.data, 0x41 );
    parameters = make_interrupt( 0, 0x55 );
    assert_hr( trigger_update( machine.handle, trigger, &parameters ), S_OK );
    trigger_deliver( trigger );
    assert_int_equal( fake_kvm_irq.msi.address_lo, 0xfee00000 );
    assert_int_equal( fake_kvm_irq.msi.data, 0x55 );
    /* a refused update changes nothing */
    parameters = make_interrupt( 0, 1 );
    assert_hr( trigger_update( machine.handle, trigger, &parameters ), E_INVALIDARG );
    trigger_deliver( trigger );
    assert_int_equal( fake_kvm_irq.msi.data, 0x55 );
    delete_trigger( trigger );
    sent = fake_kvm_count( "kvm_signal_msi" );
    trigger_deliver( trigger );
    trigger_deliver( NULL );
    trigger_deliver( machine.handle );
    assert_int_equal( fake_kvm_count( "kvm_signal_msi" ), sent );
}

/* ---- what is under way ---- */

static void wait_a_bit( void )
{
    static const struct timespec ms = { .tv_nsec = 1000000 };

    nanosleep( &ms, NULL );
}

static void *deliver( void *trigger )
{
    trigger_deliver( trigger );
    return NULL;
}

static BOOL updated;

static void *update( void *trigger )
{
    WHV_TRIGGER_PARAMETERS parameters;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeSynicEvent;
    parameters.SynicEvent.TargetSint = 3;
    assert_hr( trigger_update( machine.handle, trigger, &parameters ), S_OK );
    __atomic_store_n( &updated, 1, __ATOMIC_SEQ_CST );
    return NULL;
}

/* Who updates a trigger waits for what is being delivered of the old parameters: here it needs a vp's lock. */
static void test_update_waits( void **state )
{
    WHV_TRIGGER_PARAMETERS parameters;
    pthread_t deliverer, updater;
    struct object *object;
    void *trigger;
    struct vp *vp;
    int i;

    (void)state;
    updated = 0;
    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = WHvTriggerTypeSynicEvent;
    parameters.SynicEvent.TargetSint = 2;
    trigger = make_trigger( parameters );
    objects_lock();
    object = objects_find( machine.handle, trigger );
    objects_unlock();
    assert_hr( partition_lock_vp( machine.handle, 0, &vp ), S_OK );
    assert_int_equal( pthread_create( &deliverer, NULL, deliver, trigger ), 0 );
    while (!__atomic_load_n( &object->trigger.deliverer, __ATOMIC_SEQ_CST )) wait_a_bit();
    assert_int_equal( pthread_create( &updater, NULL, update, trigger ), 0 );
    for (i = 0; i < 250; i++) wait_a_bit();
    assert_false( __atomic_load_n( &updated, __ATOMIC_SEQ_CST ) );
    vp_unlock( vp );
    pthread_join( updater, NULL );
    pthread_join( deliverer, NULL );
    assert_int_equal( object->trigger.deliverer, 0 );

    /* but not for itself, nor for a thread that is gone */
    objects_lock();
    objects_deliver( object );
    objects_unlock();
    update( trigger );
    object->trigger.deliverer = 0x3fffffff;
    update( trigger );
    delete_trigger( trigger );
}

static struct object_remains remains_of_delete;
static BOOL deleted;

static void *delete( void *trigger )
{
    assert_hr( trigger_delete( machine.handle, trigger ), S_OK );
    objects_bury( trigger, &remains_of_delete );
    __atomic_store_n( &deleted, 1, __ATOMIC_SEQ_CST );
    return NULL;
}

static UINT32 collect( UINT32 number, void *trigger )
{
    void *contexts[OBJECTS_OF_WAITER], *handles[OBJECTS_OF_WAITER];
    UINT32 i, count = objects_collect( number, contexts, handles ), found = 0;

    for (i = 0; i < count; i++)
    {
        assert_ptr_equal( contexts[i], &context );
        found += handles[i] == trigger;
    }
    return found;
}

/* Who deletes a trigger waits until the thread that waits for its event knows of it. */
static void test_delete_waits( void **state )
{
    void *trigger = make_trigger( make_interrupt( 0, 0x40 ) );
    pthread_t deleter;
    int i;

    (void)state;
    deleted = 0;
    assert_int_equal( waiter, 0 );
    assert_int_equal( collect( 0, trigger ), 1 );
    assert_int_equal( collect( 1, trigger ), 0 );
    assert_int_equal( pthread_create( &deleter, NULL, delete, trigger ), 0 );
    for (i = 0; i < 250; i++) wait_a_bit();
    assert_false( __atomic_load_n( &deleted, __ATOMIC_SEQ_CST ) );
    assert_int_equal( collect( 0, trigger ), 0 );
    pthread_join( deleter, NULL );
    assert_ptr_equal( remains_of_delete.context, &context );
}

static void *collect_and_end( void *trigger )
{
    assert_int_equal( collect( 0, trigger ), 1 );
    return NULL;
}

static long milliseconds( void )
{
    struct timespec now;

    clock_gettime( CLOCK_MONOTONIC, &now );
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* That thread is gone, as by TerminateThread: nobody waits for it for ever, nor anew for each trigger. */
static void test_killed_user( void **state )
{
    void *triggers[OBJECTS_OF_WAITER];
    pthread_t thread;
    long start;
    UINT32 i;

    (void)state;
    for (i = 0; i < OBJECTS_OF_WAITER; i++) triggers[i] = make_trigger( make_interrupt( 0, 0x40 ) );
    assert_int_equal( pthread_create( &thread, NULL, collect_and_end, triggers[0] ), 0 );
    pthread_join( thread, NULL );
    start = milliseconds();
    for (i = 0; i < OBJECTS_OF_WAITER; i++) delete_trigger( triggers[i] );
    assert_in_range( milliseconds() - start, 100, 3000 );
}

/* As many as a thread can wait for; and the places of those that go are taken again. */
static void test_waiters( void **state )
{
    void *triggers[2 * OBJECTS_OF_WAITER + 1];
    UINT32 i;

    (void)state;
    for (i = 0; i <= 2 * OBJECTS_OF_WAITER; i++)
    {
        triggers[i] = make_trigger( make_interrupt( 0, 0x40 ) );
        assert_int_equal( waiter, i / OBJECTS_OF_WAITER );
    }
    for (i = 0; i <= 2 * OBJECTS_OF_WAITER; i++) assert_int_equal( collect( i / OBJECTS_OF_WAITER, triggers[i] ), 1 );
    assert_hr( trigger_delete( machine.handle, triggers[7] ), S_OK );
    assert_int_equal( collect( 0, triggers[7] ), 0 );
    objects_bury( triggers[7], &remains_of_delete );
    triggers[7] = make_trigger( make_interrupt( 0, 0x40 ) );
    assert_int_equal( waiter, 0 );
    for (i = 0; i <= 2 * OBJECTS_OF_WAITER; i++) assert_hr( trigger_delete( machine.handle, triggers[i] ), S_OK );
    for (i = 0; i < 3; i++) collect( i, NULL );
    for (i = 0; i <= 2 * OBJECTS_OF_WAITER; i++)
    {
        objects_bury( triggers[i], &remains_of_delete );
        assert_ptr_equal( remains_of_delete.context, &context );
    }
}

/* ---- event ports ---- */

static void test_event_ports( void **state )
{
    WHV_NOTIFICATION_PORT_PARAMETERS parameters, good = { .NotificationPortType = WHvNotificationPortTypeEvent };
    int vm = machine.partition->vm;
    struct object_remains remains;
    void *port, *other;
    UINT32 i;

    (void)state;
    good.Event.ConnectionId = 0xabcdef;
    parameters = good;
    parameters.Reserved = 1;
    assert_hr( port_create( machine.handle, &parameters, &context, &port ), E_INVALIDARG );
    parameters = good;
    parameters.Reserved1 = 1;
    assert_hr( port_create( machine.handle, &parameters, &context, &port ), E_INVALIDARG );
    parameters = good;
    parameters.ConnectionVtl = 1;
    assert_hr( port_create( machine.handle, &parameters, &context, &port ), E_INVALIDARG );
    parameters = good;
    parameters.NotificationPortType = 3;
    assert_hr( port_create( machine.handle, &parameters, &context, &port ), E_INVALIDARG );
    parameters = good;
    parameters.Event.ConnectionId = 0x1000000;
    assert_hr( port_create( machine.handle, &parameters, &context, &port ), E_INVALIDARG );
    assert_hr( port_create( machine.handle, &good, NULL, &port ), E_HANDLE );

    assert_hr( port_create( machine.handle, &good, &context, &port ), S_OK );
    assert_hr( port_create( machine.handle, &good, &context, &other ), ERROR_HV_INVALID_PARAMETER );
    assert_true( fake_kvm_hypercall( vm, 0xabcdef ) );
    assert_false( fake_kvm_hypercall( vm, 0xabcdee ) );
    assert_hr( port_set_property( machine.handle, port, 1, 0 ), S_OK );
    assert_hr( port_set_property( machine.handle, port, 1, 1 ), S_OK );
    assert_hr( port_set_property( machine.handle, port, 1, machine.partition->vp_count ), E_INVALIDARG );
    assert_hr( port_set_property( machine.handle, port, 1, 0xffffffff ), S_OK );
    assert_hr( port_set_property( machine.handle, port, 1, ~0ull ), E_INVALIDARG );
    assert_hr( port_set_property( machine.handle, port, 5, ~0ull ), S_OK );
    assert_hr( port_set_property( machine.handle, port, 2, 0 ), E_INVALIDARG );
    assert_hr( port_set_property( NULL, port, 5, 0 ), E_HANDLE );
    assert_hr( trigger_delete( machine.handle, port ), E_INVALIDARG );
    assert_hr( port_delete( machine.handle, port, &remains ), S_OK );
    assert_ptr_equal( remains.context, &context );
    assert_int_equal( remains.signal, 1 );
    assert_hr( port_delete( machine.handle, port, &remains ), E_INVALIDARG );
    assert_int_equal( fake_kvm_eventfds( vm ), 0 );

    /* a kernel without Hyper-V's hypercalls has a guest without */
    fake_kvm_fail_function( "kvm_hyperv_eventfd", ENOTTY );
    for (i = 0; i < 2; i++)
    {
        assert_hr( port_create( machine.handle, &good, &context, &port ), S_OK );
        assert_hr( port_create( machine.handle, &good, &context, &other ), ERROR_HV_INVALID_PARAMETER );
        assert_hr( port_delete( machine.handle, port, &remains ), S_OK );
        assert_int_equal( remains.signal, 0 );
    }
    fake_kvm_fail_function( "kvm_hyperv_eventfd", ENOMEM );
    assert_hr( port_create( machine.handle, &good, &context, &port ), E_OUTOFMEMORY );
    fake_kvm_fail_function( "kvm_hyperv_eventfd", 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_refused, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_partitions, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_delivery, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_update_waits, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_delete_waits, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_waiters, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_killed_user, apic_machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_event_ports, apic_machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
