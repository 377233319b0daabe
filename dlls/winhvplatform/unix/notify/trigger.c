/*
 * Triggers: events of Windows that interrupt the guest
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

#include "irq/apic_x86.h"
#include "irq/synic_x86.h"
#include "notify/objects.h"
#include "notify/trigger.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

static HRESULT check_parameters( WHV_PARTITION_HANDLE handle, const WHV_TRIGGER_PARAMETERS *parameters )
{
    const WHV_SYNIC_EVENT_PARAMETERS *event = &parameters->SynicEvent;
    UINT32 count;
    HRESULT hr;

    if (FAILED(hr = partition_vp_count( handle, &count ))) return hr;
    /* none: before setup */
    if (!count || parameters->Reserved) return E_INVALIDARG;
    switch (parameters->TriggerType)
    {
    case WHvTriggerTypeInterrupt:
        /* Here WHvRequestInterrupt has codes of the hypervisor's, the page of triggers knows one for all. */
        hr = apic_check_request( handle, &parameters->Interrupt );
        return hr == ERROR_HV_INVALID_PARAMETER || hr == ERROR_HV_OPERATION_DENIED ? E_INVALIDARG : hr;
    case WHvTriggerTypeSynicEvent:
        if (event->TargetVtl || event->VpIndex >= count) return E_INVALIDARG;
        return synic_is_flag( event->TargetSint, event->FlagNumber ) ? S_OK : E_INVALIDARG;
    case WHvTriggerTypeDeviceInterrupt:
        return ERROR_HV_INVALID_DEVICE_ID;
    }
    return E_INVALIDARG;
}

HRESULT trigger_create( WHV_PARTITION_HANDLE handle, const WHV_TRIGGER_PARAMETERS *parameters, void *context,
                        void **trigger, UINT32 *waiter )
{
    struct partition *partition;
    struct object *object;
    HRESULT hr;

    if (FAILED(hr = check_parameters( handle, parameters ))) return hr;
    /* locked, the partition is not deleted meanwhile: that takes all objects along */
    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (SUCCEEDED(hr = objects_create( handle, OBJECT_TRIGGER, context, &object )))
    {
        objects_lock();
        object->trigger.parameters = *parameters;
        objects_choose_waiter( object );
        *waiter = object->trigger.waiter;
        *trigger = objects_handle( object );
        objects_unlock();
    }
    partition_unlock( partition );
    return hr;
}

static struct object *find_trigger( WHV_PARTITION_HANDLE handle, void *trigger )
{
    struct object *object = objects_find( handle, trigger );

    return object && object->kind == OBJECT_TRIGGER ? object : NULL;
}

HRESULT trigger_update( WHV_PARTITION_HANDLE handle, void *trigger, const WHV_TRIGGER_PARAMETERS *parameters )
{
    struct object *object;
    HRESULT hr;

    if (FAILED(hr = check_parameters( handle, parameters ))) return hr;
    objects_lock();
    if (!(object = find_trigger( handle, trigger )) ||
        object->trigger.parameters.TriggerType != parameters->TriggerType)
        hr = E_INVALIDARG;
    else
    {
        object->trigger.parameters = *parameters;
        objects_wait_delivered( object );
    }
    objects_unlock();
    return hr;
}

HRESULT trigger_delete( WHV_PARTITION_HANDLE handle, void *trigger )
{
    struct object *object;
    UINT32 count;
    HRESULT hr;

    if (FAILED(hr = partition_vp_count( handle, &count ))) return hr;
    objects_lock();
    if ((object = find_trigger( handle, trigger ))) objects_kill( object );
    objects_unlock();
    return object ? S_OK : E_INVALIDARG;
}

static HRESULT signal_synic( WHV_PARTITION_HANDLE handle, const WHV_SYNIC_EVENT_PARAMETERS *event )
{
    BOOL newly;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_lock_vp( handle, event->VpIndex, &vp ))) return hr;
    hr = synic_signal( vp, event->TargetSint, event->FlagNumber, &newly );
    vp_unlock( vp );
    return hr;
}

void trigger_deliver( void *trigger )
{
    WHV_TRIGGER_PARAMETERS parameters;
    WHV_PARTITION_HANDLE handle;
    struct object *object;
    UINT32 generation = 0;
    HRESULT hr;

    objects_lock();
    if ((object = find_trigger( NULL, trigger )))
    {
        handle = object->partition;
        parameters = object->trigger.parameters;
        generation = object->generation;
        objects_deliver( object );
    }
    objects_unlock();
    if (!object) return;

    /* a vp may have to be waited for */
    if (parameters.TriggerType == WHvTriggerTypeSynicEvent) hr = signal_synic( handle, &parameters.SynicEvent );
    else hr = apic_request( handle, &parameters.Interrupt );
    if (FAILED(hr)) TRACE( "trigger %p: %#x\n", trigger, (unsigned int)hr );
    objects_lock();
    objects_delivered( object, generation );
    objects_unlock();
}
