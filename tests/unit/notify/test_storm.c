/*
 * A storm of doorbells, ports and triggers
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

/* Four threads make, ring and delete doorbells and ports, each counting what it has rung, by KVM and by the hypercall,
 * and what the one thread that waits has told it; two others make, signal, update and delete triggers, which another
 * one delivers, each counting its signals and KVM's messages; and two vps run and are canceled meanwhile. Nothing is
 * lost, and nothing invented. WHV_STORM_SECONDS for a long one, under a sanitizer. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "apic_machine.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "notify/port.h"
#include "notify/trigger.h"
#include "run/run.h"
#include "vm/handle.h"
#include "vm/stop.h"

#define RINGERS 4
#define PULLERS 2

struct ringer
{
    UINT32   index, random, told;       /* told: by the thread that waits, or by who buries */
    UINT64   rung, pulled;              /* pulled: signals of triggers, of which rung were made */
    /* of the present trigger, atomically: */
    UINT32   event;                     /* auto-reset: 1 is signalled */
    UINT32   woken;                     /* how often that has ended the wait of the thread that delivers */
};

static struct ringer ringers[RINGERS + PULLERS];
static int stopping;                    /* 2: those who pull are through */
static struct ringer last;              /* its signal ends the wait */

static UINT32 draw( struct ringer *ringer, UINT32 range )
{
    ringer->random = ringer->random * 1664525 + 1013904223;
    return (ringer->random >> 8) % range;
}

static BOOL is_stopping( void )
{
    return __atomic_load_n( &stopping, __ATOMIC_SEQ_CST );
}

/* What the PE side's thread does. */
static void *signal_thread( void *arg )
{
    void *contexts[16];
    UINT32 count, i;
    BOOL end = 0;

    (void)arg;
    while (!end)
    {
        assert_int_equal( objects_wait( contexts, 4, &count ), S_OK );
        for (i = 0; i < count; i++)
        {
            if (contexts[i] == &last) end = 1;
            else __atomic_add_fetch( &((struct ringer *)contexts[i])->told, 1, __ATOMIC_SEQ_CST );
        }
    }
    /* says that it is done with these */
    objects_lock();
    objects_unlock();
    return NULL;
}

static UINT32 told( struct ringer *ringer )
{
    return __atomic_load_n( &ringer->told, __ATOMIC_SEQ_CST );
}

/* Until there are as many. */
static void wait_for( struct ringer *ringer, UINT32 (*count)( struct ringer *ringer ), UINT32 expected )
{
    struct timespec now, begin;

    clock_gettime( CLOCK_MONOTONIC, &begin );
    while (count( ringer ) != expected)
    {
        clock_gettime( CLOCK_MONOTONIC, &now );
        if (now.tv_sec - begin.tv_sec > 60)
            fail_msg( "ringer %u: %u, not %u: an event is lost", ringer->index, count( ringer ), expected );
        sched_yield();
    }
}

static void *ring_thread( void *arg )
{
    struct ringer *ringer = arg;
    int vm = machine.partition->vm;
    struct object_remains remains;

    while (!is_stopping())
    {
        WHV_NOTIFICATION_PORT_PARAMETERS parameters = { .NotificationPortType = WHvNotificationPortTypeDoorbell };
        WHV_DOORBELL_MATCH_DATA *match = &parameters.Doorbell;
        BOOL event = !draw( ringer, 4 ), port = event || draw( ringer, 2 );
        UINT32 before = told( ringer ), i, count = draw( ringer, 4 );
        HRESULT hr;
        void *handle;

        if (event)
        {
            parameters.NotificationPortType = WHvNotificationPortTypeEvent;
            parameters.Event.ConnectionId = ringer->index;
        }
        else
        {
            match->GuestAddress = (draw( ringer, 2 ) ? DEVICE : DATA) + 16 * ringer->index;
            match->MatchOnLength = 1;
            match->Length = 4;
            if ((match->MatchOnValue = draw( ringer, 2 ))) match->Value = 7;
        }
        hr = port ? port_create( machine.handle, &parameters, ringer, &handle )
                  : doorbell_add( machine.handle, OBJECT_DOORBELL, match, ringer, NULL );
        assert_int_equal( hr, S_OK );
        for (i = 0; i < count; i++)
        {
            assert_true( event ? fake_kvm_hypercall( vm, ringer->index )
                               : fake_kvm_bus_write( vm, match->GuestAddress, 4, 7 ) );
            ringer->rung++;
            /* else it may be one event for both */
            if (i + 1 < count) wait_for( ringer, told, ++before );
        }
        hr = port ? port_delete( machine.handle, handle, &remains )
                  : doorbell_remove( machine.handle, match, &remains );
        assert_int_equal( hr, S_OK );
        assert_ptr_equal( remains.context, ringer );
        /* it has been told by now, or is told by what is left */
        assert_int_equal( told( ringer ) + remains.signal, before + !!count );
        __atomic_add_fetch( &ringer->told, remains.signal, __ATOMIC_SEQ_CST );
    }
    return NULL;
}

/* What a thread of the PE side does that waits for the events of triggers. */
static void *deliver_thread( void *arg )
{
    void *contexts[OBJECTS_OF_WAITER], *handles[OBJECTS_OF_WAITER];
    struct ringer *ringer;
    UINT32 i, count;

    (void)arg;
    do
    {
        count = objects_collect( 0, contexts, handles );
        for (i = 0; i < count; i++)
        {
            ringer = contexts[i];
            if (!__atomic_exchange_n( &ringer->event, 0, __ATOMIC_SEQ_CST )) continue;
            __atomic_add_fetch( &ringer->woken, 1, __ATOMIC_SEQ_CST );
            trigger_deliver( handles[i] );
        }
        sched_yield();
    }
    while (__atomic_load_n( &stopping, __ATOMIC_SEQ_CST ) < 2);
    return NULL;
}

#define VECTORS 5                       /* of each that pulls */

static UINT32 vector( const struct ringer *ringer, UINT32 i )
{
    return 0x40 + 0x10 * (ringer->index - RINGERS) + i;
}

static UINT32 messages_of( const struct ringer *ringer, UINT32 i )
{
    return __atomic_load_n( &fake_kvm_irq.msi_counts[vector( ringer, i )], __ATOMIC_SEQ_CST );
}

/* What has come to KVM. */
static UINT32 messages( struct ringer *ringer )
{
    UINT32 i, count = 0;

    for (i = 0; i < VECTORS; i++) count += messages_of( ringer, i );
    return count;
}

/* SetEvent, count times. Returns how many wake somebody up: set when it is set, an event is one still. */
static UINT32 pull( struct ringer *ringer, UINT32 count )
{
    UINT32 wakes = 0;

    while (count--)
    {
        wakes += !__atomic_exchange_n( &ringer->event, 1, __ATOMIC_SEQ_CST );
        if (count & 1) sched_yield();
    }
    return wakes;
}

/* Each wake is one message: of one of the vectors that the trigger has had since the signal, and when the update is
 * through of the new one alone. The last signal before the end may come too late, and is one or none; behind the end
 * there is none. Events of the SynIC, which is off, come to nothing. */
static void *pull_thread( void *arg )
{
    struct ringer *ringer = arg;
    struct object_remains remains;
    void *trigger;

    while (!is_stopping())
    {
        WHV_TRIGGER_PARAMETERS parameters = { .TriggerType = draw( ringer, 2 ) };
        BOOL interrupt = parameters.TriggerType == WHvTriggerTypeInterrupt;
        UINT32 i, waiter, begin = messages( ringer ), wakes = 0, old = 0, last, woken;

        __atomic_store_n( &ringer->event, 0, __ATOMIC_SEQ_CST );
        __atomic_store_n( &ringer->woken, 0, __ATOMIC_SEQ_CST );
        for (i = 0; i < VECTORS; i++)
        {
            if (interrupt) parameters.Interrupt.Vector = vector( ringer, i );
            else parameters.SynicEvent.FlagNumber = i;
            if (i) assert_int_equal( trigger_update( machine.handle, trigger, &parameters ), S_OK );
            else assert_int_equal( trigger_create( machine.handle, &parameters, ringer, &trigger, &waiter ), S_OK );
            if (i) old = messages_of( ringer, i - 1 );
            wakes += pull( ringer, draw( ringer, 4 ) );
            /* else the update has to do with it, or the end */
            if (interrupt && draw( ringer, 2 )) wait_for( ringer, messages, begin + wakes );
            if (i) assert_int_equal( messages_of( ringer, i - 1 ), old );
        }
        if (interrupt && draw( ringer, 2 )) wait_for( ringer, messages, begin + wakes );
        else sched_yield();
        last = pull( ringer, draw( ringer, 2 ) );
        assert_int_equal( trigger_delete( machine.handle, trigger ), S_OK );
        objects_bury( trigger, &remains );
        assert_ptr_equal( remains.context, ringer );
        ringer->pulled += wakes + last;
        /* a wake that found it dead, and an event that woke nobody */
        woken = __atomic_load_n( &ringer->woken, __ATOMIC_SEQ_CST );
        old = messages( ringer );
        if (interrupt) assert_in_range( woken - (old - begin), 0, 1 );
        else assert_int_equal( old, begin );
        assert_in_range( wakes + last - woken, 0, 1 );
        /* it is nobody's any more */
        __atomic_store_n( &ringer->event, 1, __ATOMIC_SEQ_CST );
        for (i = draw( ringer, 4 ); i; i--) sched_yield();
        assert_int_equal( messages( ringer ), old );
        assert_int_equal( __atomic_load_n( &ringer->event, __ATOMIC_SEQ_CST ), 1 );
        ringer->rung++;
    }
    return NULL;
}

/* ---- vps ---- */

static void *run_thread( void *arg )
{
    UINT32 index = (uintptr_t)arg, i;
    struct fake_vcpu *vcpu = index ? second_vcpu : machine.vcpu;
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (!is_stopping())
    {
        for (i = 0; i < 4; i++) fake_kvm_queue( vcpu, &(struct fake_exit)FAKE_EINTR );
        fake_kvm_queue( vcpu, &(struct fake_exit)FAKE_BLOCK );
        fake_kvm_queue( vcpu, &(struct fake_exit)FAKE_HLT );
        do assert_int_equal( vp_run( machine.handle, index, &exit, sizeof(exit) ), S_OK );
        while (exit.ExitReason == WHvRunVpExitReasonCanceled && fake_kvm_left( vcpu ));
    }
    return NULL;
}

static void *cancel_thread( void *arg )
{
    static const struct timespec often = { .tv_nsec = 200000 };
    UINT32 i;

    (void)arg;
    for (i = 0; !is_stopping(); i++)
    {
        vp_cancel( machine.handle, i & 1 );
        nanosleep( &often, NULL );
    }
    return NULL;
}

static void test_storm( void **state )
{
    static const WHV_DOORBELL_MATCH_DATA end = { .GuestAddress = 0xfe000000 };
    const char *seconds = getenv( "WHV_STORM_SECONDS" );
    struct timespec duration = { 0, 700000000 };
    pthread_t signaller, deliverer, canceler, runners[2], threads[RINGERS + PULLERS];
    struct object_remains remains;
    UINT64 rung = 0, made = 0, pulled = 0, delivered = 0;
    UINT32 i;
    int fds;

    (void)state;
    if (seconds) duration = (struct timespec){ atoi( seconds ), 0 };
    assert_int_equal( doorbell_add( machine.handle, OBJECT_DOORBELL, &end, &last, NULL ), S_OK );
    fds = machine_open_fds();
    assert_int_equal( pthread_create( &signaller, NULL, signal_thread, NULL ), 0 );
    assert_int_equal( pthread_create( &deliverer, NULL, deliver_thread, NULL ), 0 );
    for (i = 0; i < RINGERS + PULLERS; i++)
    {
        ringers[i].index = ringers[i].random = i;
        assert_int_equal( pthread_create( &threads[i], NULL, i < RINGERS ? ring_thread : pull_thread, &ringers[i] ),
                          0 );
    }
    for (i = 0; i < 2; i++)
        assert_int_equal( pthread_create( &runners[i], NULL, run_thread, (void *)(uintptr_t)i ), 0 );
    assert_int_equal( pthread_create( &canceler, NULL, cancel_thread, NULL ), 0 );

    nanosleep( &duration, NULL );
    __atomic_store_n( &stopping, 1, __ATOMIC_SEQ_CST );
    for (i = 0; i < RINGERS + PULLERS; i++) pthread_join( threads[i], NULL );
    __atomic_store_n( &stopping, 2, __ATOMIC_SEQ_CST );
    pthread_join( deliverer, NULL );
    pthread_join( canceler, NULL );
    for (i = 0; i < 2; i++)
    {
        vp_cancel( machine.handle, i );
        pthread_join( runners[i], NULL );
    }
    assert_int_equal( machine_open_fds(), fds );
    objects_signal( doorbell_find( machine.partition, 0xfe000000, 4, 0 ) );
    pthread_join( signaller, NULL );
    /* its thread is gone: nobody waits for it */
    assert_int_equal( doorbell_remove( machine.handle, &end, &remains ), S_OK );
    for (i = 0; i < RINGERS; i++) rung += ringers[i].rung;
    for (i = RINGERS; i < RINGERS + PULLERS; i++)
    {
        made += ringers[i].rung;
        pulled += ringers[i].pulled;
        delivered += messages( &ringers[i] );
    }
    if (seconds)
        printf( "%llu rung, %llu triggers, signalled %llu times, %llu messages\n", (unsigned long long)rung,
                (unsigned long long)made, (unsigned long long)pulled, (unsigned long long)delivered );
    assert_true( rung > 0 && made > 0 && delivered > 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_storm, apic_machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
