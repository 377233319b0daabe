/*
 * Calls for doorbells, notification ports and triggers
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <string.h>

#include "calls/calls.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "notify/port.h"
#include "notify/trigger.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "wine/unixlib.h"

static HRESULT give_remains( HRESULT hr, const struct object_remains *remains, struct notify_remains *to )
{
    to->context = remains->context;
    to->signal = remains->signal;
    return hr;
}

NTSTATUS doorbell_register_call( void *args )
{
    struct doorbell_params *params = args;
    WHV_DOORBELL_MATCH_DATA match;

    if (!params->match) return partition_refuse( params->partition, E_POINTER );
    memcpy( &match, params->match, sizeof(match) );
    return doorbell_add( params->partition, OBJECT_DOORBELL, &match, params->context, NULL );
}

NTSTATUS doorbell_unregister_call( void *args )
{
    struct doorbell_params *params = args;
    struct object_remains remains = { 0 };
    WHV_DOORBELL_MATCH_DATA match;

    if (!params->match) return partition_refuse( params->partition, E_POINTER );
    memcpy( &match, params->match, sizeof(match) );
    return give_remains( doorbell_remove( params->partition, &match, &remains ), &remains, &params->remains );
}

NTSTATUS port_create_call( void *args )
{
    struct port_create_params *params = args;
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    void *port;
    HRESULT hr;

    if (!params->parameters || !params->port) return partition_refuse( params->partition, E_POINTER );
    memcpy( &parameters, params->parameters, sizeof(parameters) );
    /* faults now, if at all: later nobody would know the new port's handle */
    *params->port = NULL;
    if (SUCCEEDED(hr = port_create( params->partition, &parameters, params->context, &port ))) *params->port = port;
    return hr;
}

NTSTATUS port_set_property_call( void *args )
{
    struct port_set_property_params *params = args;

    return port_set_property( params->partition, params->port, params->code, params->value );
}

NTSTATUS port_delete_call( void *args )
{
    struct notify_delete_params *params = args;
    struct object_remains remains = { 0 };

    return give_remains( port_delete( params->partition, params->handle, &remains ), &remains, &params->remains );
}

NTSTATUS trigger_create_call( void *args )
{
    struct trigger_create_params *params = args;
    WHV_TRIGGER_PARAMETERS parameters;
    void *trigger;
    HRESULT hr;

    if (!params->parameters || !params->trigger || !params->event)
        return partition_refuse( params->partition, E_POINTER );
    memcpy( &parameters, params->parameters, sizeof(parameters) );
    /* as in port_create_call */
    *params->trigger = NULL;
    *params->event = NULL;
    if (FAILED(hr = trigger_create( params->partition, &parameters, params->context, &trigger,
                                     &params->waiter ))) return hr;
    params->handle = *params->trigger = trigger;
    *params->event = params->client_event;
    return hr;
}

NTSTATUS trigger_update_call( void *args )
{
    struct trigger_params *params = args;
    WHV_TRIGGER_PARAMETERS parameters;

    if (!params->parameters) return partition_refuse( params->partition, E_POINTER );
    memcpy( &parameters, params->parameters, sizeof(parameters) );
    return trigger_update( params->partition, params->trigger, &parameters );
}

NTSTATUS trigger_delete_call( void *args )
{
    struct notify_delete_params *params = args;

    return trigger_delete( params->partition, params->handle );
}

NTSTATUS trigger_deliver_call( void *args )
{
    trigger_deliver( ((struct trigger_params *)args)->trigger );
    return S_OK;
}

C_ASSERT( sizeof(((struct triggers_collect_params *)0)->contexts) == OBJECTS_OF_WAITER * sizeof(void *) );

NTSTATUS triggers_collect_call( void *args )
{
    struct triggers_collect_params *params = args;

    params->count = objects_collect( params->waiter, params->contexts, params->handles );
    return S_OK;
}

NTSTATUS notify_wait_call( void *args )
{
    struct notify_wait_params *params = args;

    return objects_wait( params->contexts, sizeof(params->contexts) / sizeof(params->contexts[0]), &params->count );
}

NTSTATUS notify_bury_call( void *args )
{
    struct notify_delete_params *params = args;
    struct object_remains remains = { 0 };

    if (params->handle) objects_bury( params->handle, &remains );
    else objects_bury_one( params->partition, &remains );
    return give_remains( S_OK, &remains, &params->remains );
}
