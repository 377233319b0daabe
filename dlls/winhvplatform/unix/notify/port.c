/*
 * Notification ports
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

#include <errno.h>

#include "host/errors.h"
#include "host/kvm.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "notify/port.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define CONNECTION_ID_MASK 0xffffff     /* TLFS, HV_CONNECTION_ID: the upper byte is reserved */

static HRESULT connect_port( struct partition *partition, struct object *object )
{
    static BOOL reported;
    int ret = kvm_hyperv_eventfd( partition->vm, object->connection, object->fd );

    switch (ret)
    {
    case -EEXIST: return ERROR_HV_INVALID_PARAMETER;
    case -ENOTTY:
    case -EINVAL:
        if (!__atomic_exchange_n( &reported, 1, __ATOMIC_RELAXED ))
            WARN( "no guest will signal connection %#x: this KVM has no hypercalls of Hyper-V's\n",
                  object->connection );
        return S_OK;
    }
    return ret < 0 ? hresult_from_errno( ret ) : S_OK;
}

/* A KVM without hypercalls would not know. */
static BOOL is_connected( WHV_PARTITION_HANDLE handle, UINT32 connection )
{
    BOOL ret;

    objects_lock();
    ret = objects_connected( handle, connection ) != NULL;
    objects_unlock();
    return ret;
}

static HRESULT create_event_port( WHV_PARTITION_HANDLE handle, UINT32 connection, void *context, void **port )
{
    struct partition *partition;
    struct object *object;
    HRESULT hr;

    if (connection & ~CONNECTION_ID_MASK) return E_INVALIDARG;
    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = E_INVALIDARG;
    else if (!context) hr = E_HANDLE;
    else if (is_connected( handle, connection )) hr = ERROR_HV_INVALID_PARAMETER;
    else if (SUCCEEDED(hr = objects_create( handle, OBJECT_EVENT_PORT, context, &object )))
    {
        object->connection = connection;
        if (FAILED(hr = connect_port( partition, object ))) objects_discard( object );
        else *port = objects_handle( object );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT port_create( WHV_PARTITION_HANDLE handle, const WHV_NOTIFICATION_PORT_PARAMETERS *parameters, void *context,
                     void **port )
{
    UINT32 count;
    HRESULT hr;

    if (FAILED(hr = partition_vp_count( handle, &count ))) return hr;
    if (parameters->Reserved || parameters->Reserved1 || parameters->ConnectionVtl) return E_INVALIDARG;
    switch (parameters->NotificationPortType)
    {
    case WHvNotificationPortTypeDoorbell:
        return doorbell_add( handle, OBJECT_DOORBELL_PORT, &parameters->Doorbell, context, port );
    case WHvNotificationPortTypeEvent:
        return create_event_port( handle, parameters->Event.ConnectionId, context, port );
    }
    return E_INVALIDARG;
}

static struct object *find_port( WHV_PARTITION_HANDLE handle, void *port )
{
    struct object *object = objects_find( handle, port );

    return object && (object->kind == OBJECT_DOORBELL_PORT || object->kind == OBJECT_EVENT_PORT) ? object : NULL;
}

HRESULT port_set_property( WHV_PARTITION_HANDLE handle, void *port, UINT32 code, UINT64 value )
{
    UINT32 count;
    BOOL found;
    HRESULT hr;

    if (FAILED(hr = partition_vp_count( handle, &count ))) return hr;
    objects_lock();
    found = find_port( handle, port ) != NULL;
    objects_unlock();
    if (!found) return E_INVALIDARG;
    switch (code)
    {
    case WHvNotificationPortPropertyPreferredTargetVp:
        return value < count || value == WHV_ANY_VP ? S_OK : E_INVALIDARG;
    case WHvNotificationPortPropertyPreferredTargetDuration:
        return S_OK;
    }
    return E_INVALIDARG;
}

BOOL port_signal( WHV_PARTITION_HANDLE handle, UINT32 connection )
{
    const struct object *object;

    objects_lock();
    if ((object = objects_connected( handle, connection ))) objects_signal( object );
    objects_unlock();
    return object != NULL;
}

HRESULT port_delete( WHV_PARTITION_HANDLE handle, void *port, struct object_remains *remains )
{
    struct partition *partition;
    struct object *object;
    BOOL doorbell;
    HRESULT hr;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    objects_lock();
    object = find_port( handle, port );
    doorbell = object && object->kind == OBJECT_DOORBELL_PORT;
    if (object && !doorbell)
    {
        kvm_hyperv_eventfd( partition->vm, object->connection, -1 );
        objects_kill( object );
    }
    objects_unlock();
    partition_unlock( partition );
    if (doorbell) return doorbell_remove_port( handle, port, remains );
    if (!object) return E_INVALIDARG;
    objects_bury( port, remains );
    return S_OK;
}
