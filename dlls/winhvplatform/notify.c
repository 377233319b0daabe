/*
 * Doorbells, notification ports and triggers
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

/*
 * Events of Windows can be signalled and waited for on this side only. So a thread of ours, one in a process, waits
 * inside the Unix side for what the guest signals, and sets the events; and the thread pool waits for the events of
 * triggers. What belongs to what the Unix side knows.
 */

#include "api.h"
#include "winternl.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* What is kept for each of them: a context of the Unix side's. */
struct notify
{
    HANDLE event;               /* our own: the client may close its */
    HANDLE wait;                /* of a trigger */
    void  *trigger;             /* its handle */
};

/* ---- what the guest signals ---- */

static DWORD WINAPI signal_events( void *arg )
{
    struct notify_wait_params params;
    UINT32 i;

    (void)arg;
    while (SUCCEEDED(whv_call( unix_notify_wait, &params )))
        for (i = 0; i < params.count; i++) SetEvent( ((struct notify *)params.contexts[i])->event );
    return 0;
}

static BOOL CALLBACK start_thread( INIT_ONCE *once, void *param, void **context )
{
    HANDLE thread = CreateThread( NULL, 0, signal_events, NULL, 0, NULL );

    (void)once;
    (void)param;
    (void)context;
    if (!thread) return FALSE;
    CloseHandle( thread );
    return TRUE;
}

static BOOL start_signals( void )
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    return InitOnceExecuteOnce( &once, start_thread, NULL, NULL );
}

/* ---- contexts ---- */

static BOOL is_event( HANDLE handle )
{
    UINT64 buffer[64];          /* UNICODE_STRING with its text, and numbers */
    UNICODE_STRING *name = (UNICODE_STRING *)buffer;
    ULONG size;

    return !NtQueryObject( handle, ObjectTypeInformation, buffer, sizeof(buffer), &size ) &&
           name->Length == 5 * sizeof(WCHAR) && !memcmp( name->Buffer, L"Event", 5 * sizeof(WCHAR) );
}

/* NULL, and S_OK: it is no event. */
static HRESULT keep_event( HANDLE event, struct notify **ret )
{
    struct notify *notify;
    HANDLE own;

    *ret = NULL;
    if (!DuplicateHandle( GetCurrentProcess(), event, GetCurrentProcess(), &own, EVENT_MODIFY_STATE | SYNCHRONIZE,
                          FALSE, 0 )) return S_OK;
    if (!is_event( own ) || !(notify = HeapAlloc( GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*notify) )))
    {
        HRESULT hr = is_event( own ) ? E_OUTOFMEMORY : S_OK;

        CloseHandle( own );
        return hr;
    }
    notify->event = own;
    *ret = notify;
    return S_OK;
}

static void release( struct notify *notify )
{
    if (!notify) return;
    /* waits until it delivers nothing any more */
    if (notify->wait) UnregisterWaitEx( notify->wait, INVALID_HANDLE_VALUE );
    CloseHandle( notify->event );
    HeapFree( GetProcessHeap(), 0, notify );
}

static void release_remains( const struct notify_remains *remains )
{
    struct notify *notify = remains->context;

    if (notify && remains->signal) SetEvent( notify->event );
    release( notify );
}

void whv_release_notifications( WHV_PARTITION_HANDLE partition )
{
    struct notify_delete_params params = { .partition = partition };

    while (SUCCEEDED(whv_call( unix_notify_bury, &params )) && params.remains.context)
        release_remains( &params.remains );
}

/* ---- doorbells ---- */

HRESULT WINAPI WHvUnregisterPartitionDoorbellEvent( WHV_PARTITION_HANDLE partition,
                                                    const WHV_DOORBELL_MATCH_DATA *match )
{
    struct doorbell_params params = { .partition = partition, .match = match };
    HRESULT hr;

    TRACE( "%p, match %p\n", partition, match );
    hr = whv_call( unix_doorbell_unregister, &params );
    release_remains( &params.remains );
    return hr;
}

HRESULT WINAPI WHvRegisterPartitionDoorbellEvent( WHV_PARTITION_HANDLE partition,
                                                  const WHV_DOORBELL_MATCH_DATA *match, HANDLE event )
{
    struct doorbell_params params = { .partition = partition, .match = match };
    struct notify *notify;
    HRESULT hr;

    TRACE( "%p, match %p, event %p\n", partition, match, event );
    if (FAILED(hr = keep_event( event, &notify ))) return hr;
    params.context = notify;
    if (FAILED(hr = whv_call( unix_doorbell_register, &params ))) release( notify );
    else if (!start_signals())
    {
        WHvUnregisterPartitionDoorbellEvent( partition, match );
        hr = E_OUTOFMEMORY;
    }
    return hr;
}

/* ---- ports ---- */

HRESULT WINAPI WHvDeleteNotificationPort( WHV_PARTITION_HANDLE partition, WHV_NOTIFICATION_PORT_HANDLE port )
{
    struct notify_delete_params params = { .partition = partition, .handle = port };
    HRESULT hr;

    TRACE( "%p, port %p\n", partition, port );
    hr = whv_call( unix_port_delete, &params );
    release_remains( &params.remains );
    return hr;
}

HRESULT WINAPI WHvCreateNotificationPort( WHV_PARTITION_HANDLE partition,
                                          const WHV_NOTIFICATION_PORT_PARAMETERS *parameters, HANDLE event,
                                          WHV_NOTIFICATION_PORT_HANDLE *port )
{
    struct port_create_params params = { .partition = partition, .parameters = parameters, .port = port };
    struct notify *notify;
    HRESULT hr;

    TRACE( "%p, parameters %p, event %p, ret %p\n", partition, parameters, event, port );
    if (FAILED(hr = keep_event( event, &notify ))) return hr;
    params.context = notify;
    if (FAILED(hr = whv_call( unix_port_create, &params ))) release( notify );
    else if (!start_signals())
    {
        WHvDeleteNotificationPort( partition, *port );
        hr = E_OUTOFMEMORY;
    }
    return hr;
}

HRESULT WINAPI WHvSetNotificationPortProperty( WHV_PARTITION_HANDLE partition, WHV_NOTIFICATION_PORT_HANDLE port,
                                               WHV_NOTIFICATION_PORT_PROPERTY_CODE code,
                                               WHV_NOTIFICATION_PORT_PROPERTY value )
{
    struct port_set_property_params params = { .partition = partition, .port = port, .code = code, .value = value };

    TRACE( "%p, port %p, code %u, value %#llx\n", partition, port, code, (UINT64)value );
    return whv_call( unix_port_set_property, &params );
}

/* ---- triggers ---- */

static void CALLBACK deliver( void *context, BOOLEAN timeout )
{
    struct trigger_params params = { .trigger = ((struct notify *)context)->trigger };

    (void)timeout;
    whv_call( unix_trigger_deliver, &params );
}

HRESULT WINAPI WHvCreateTrigger( WHV_PARTITION_HANDLE partition, const WHV_TRIGGER_PARAMETERS *parameters,
                                 WHV_TRIGGER_HANDLE *trigger, HANDLE *event )
{
    struct trigger_create_params params =
    {
        .partition = partition, .parameters = parameters, .trigger = trigger, .event = event
    };
    struct notify *notify = NULL;
    HRESULT hr;

    TRACE( "%p, parameters %p, ret %p, event %p\n", partition, parameters, trigger, event );
    if (!(params.client_event = CreateEventW( NULL, FALSE, FALSE, NULL )) ||
        FAILED(keep_event( params.client_event, &notify )) || !notify ||
        !RegisterWaitForSingleObject( &notify->wait, notify->event, deliver, notify, INFINITE, WT_EXECUTEINWAITTHREAD ))
        hr = E_OUTOFMEMORY;
    else
    {
        params.context = notify;
        hr = whv_call( unix_trigger_create, &params );
        notify->trigger = params.handle;
    }
    if (SUCCEEDED(hr)) return hr;
    release( notify );
    if (params.client_event) CloseHandle( params.client_event );
    return hr;
}

HRESULT WINAPI WHvUpdateTriggerParameters( WHV_PARTITION_HANDLE partition, const WHV_TRIGGER_PARAMETERS *parameters,
                                           WHV_TRIGGER_HANDLE trigger )
{
    struct trigger_params params = { .partition = partition, .parameters = parameters, .trigger = trigger };

    TRACE( "%p, parameters %p, trigger %p\n", partition, parameters, trigger );
    return whv_call( unix_trigger_update, &params );
}

HRESULT WINAPI WHvDeleteTrigger( WHV_PARTITION_HANDLE partition, WHV_TRIGGER_HANDLE trigger )
{
    struct notify_delete_params params = { .partition = partition, .handle = trigger };
    HRESULT hr;

    TRACE( "%p, trigger %p\n", partition, trigger );
    hr = whv_call( unix_trigger_delete, &params );
    release_remains( &params.remains );
    return hr;
}
