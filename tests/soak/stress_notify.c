/*
 * Stress: doorbells, notification ports and triggers
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


#include <string.h>

#include "stress.h"

#define PLACES  16

/* what some thread has made, of whatever partition; it stays here when it is deleted */
static void *ports[PLACES], *triggers[PLACES];
static HANDLE events[PLACES];

static void *get( unsigned int thread, void **places )
{
    void *ret = __atomic_load_n( &places[draw( thread, PLACES )], __ATOMIC_SEQ_CST );

    /* and one that never was */
    return draw( thread, 20 ) ? ret : (void *)(uintptr_t)(0x10000 + draw( thread, 0x10000 ));
}

static void put( unsigned int thread, void **places, void *what )
{
    __atomic_store_n( &places[draw( thread, PLACES )], what, __ATOMIC_SEQ_CST );
}

/* Few, so that others have registered them too; where memory comes and goes, and behind it. */
static WHV_DOORBELL_MATCH_DATA any_match( unsigned int thread )
{
    WHV_DOORBELL_MATCH_DATA match;

    memset( &match, 0, sizeof(match) );
    match.GuestAddress = draw( thread, 2 ) ? 0x8000 : MEMORY_SIZE + 0x1000 * draw( thread, 2 );
    if ((match.MatchOnLength = draw( thread, 2 ))) match.Length = 1 << draw( thread, 4 );
    if (match.Length && (match.MatchOnValue = draw( thread, 2 ))) match.Value = draw( thread, 3 );
    return match;
}

static void use_port( unsigned int thread, WHV_PARTITION_HANDLE partition, HANDLE event )
{
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    WHV_NOTIFICATION_PORT_HANDLE port;

    memset( &parameters, 0, sizeof(parameters) );
    switch (draw( thread, 4 ))
    {
    case 0:
        parameters.NotificationPortType = WHvNotificationPortTypeDoorbell;
        parameters.Doorbell = any_match( thread );
        if (!CALL( WHvCreateNotificationPort, partition, &parameters, event, &port )) put( thread, ports, port );
        break;
    case 1:
        parameters.NotificationPortType = WHvNotificationPortTypeEvent;
        parameters.Event.ConnectionId = draw( thread, 3 );
        if (!CALL( WHvCreateNotificationPort, partition, &parameters, event, &port )) put( thread, ports, port );
        break;
    case 2:
        CALL( WHvSetNotificationPortProperty, partition, get( thread, ports ), 1 + draw( thread, 2 ),
              draw( thread, 4 ) );
        break;
    case 3:
        CALL( WHvDeleteNotificationPort, partition, get( thread, draw( thread, 8 ) ? ports : triggers ) );
        break;
    }
}

static void use_trigger( unsigned int thread, WHV_PARTITION_HANDLE partition )
{
    WHV_TRIGGER_PARAMETERS parameters;
    WHV_TRIGGER_HANDLE trigger;
    HANDLE event;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = draw( thread, 2 );
    if (parameters.TriggerType == WHvTriggerTypeInterrupt) parameters.Interrupt.Vector = 0x20 + draw( thread, 0xe0 );
    else parameters.SynicEvent.TargetSint = draw( thread, 16 );
    switch (draw( thread, 5 ))
    {
    case 0:
        if (CALL( WHvCreateTrigger, partition, &parameters, &trigger, &event )) break;
        put( thread, triggers, trigger );
        event = __atomic_exchange_n( &events[draw( thread, PLACES )], event, __ATOMIC_SEQ_CST );
        if (event) event_close( event );
        break;
    case 1:
        CALL( WHvUpdateTriggerParameters, partition, &parameters, get( thread, triggers ) );
        break;
    case 2:
        CALL( WHvDeleteTrigger, partition, get( thread, draw( thread, 8 ) ? triggers : ports ) );
        break;
    default:
        /* its own while it is set: another one would close it */
        if (!(event = __atomic_exchange_n( &events[draw( thread, PLACES )], NULL, __ATOMIC_SEQ_CST ))) break;
        event_set( event );
        event = __atomic_exchange_n( &events[draw( thread, PLACES )], event, __ATOMIC_SEQ_CST );
        if (event) event_close( event );
        break;
    }
}

void stress_notify( unsigned int thread, WHV_PARTITION_HANDLE partition )
{
    static HANDLE own;
    HANDLE event = __atomic_load_n( &own, __ATOMIC_SEQ_CST ), none = NULL;
    WHV_DOORBELL_MATCH_DATA match = any_match( thread );

    if (!event)
    {
        event = event_create();
        if (!__atomic_compare_exchange_n( &own, &none, event, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST ))
        {
            event_close( event );
            event = none;
        }
    }
    switch (draw( thread, 4 ))
    {
    case 0: CALL( WHvRegisterPartitionDoorbellEvent, partition, &match, event ); break;
    case 1: CALL( WHvUnregisterPartitionDoorbellEvent, partition, &match ); break;
    case 2: use_port( thread, partition, event ); break;
    case 3: use_trigger( thread, partition ); break;
    }
}
