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
 * inside the Unix side for what the guest signals, and sets the events; and others wait for the events of triggers,
 * some sixty each. What belongs to what the Unix side knows. (Wine's thread pool is of no use for that: up to Wine 8
 * at least a wait that is taken back while it is served, with WT_EXECUTEINWAITTHREAD, crashes in tp_object_cancel.)
 */

#include "api.h"
#include "winternl.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

/* What is kept for each of them: a context of the Unix side's. */
struct notify
{
    HANDLE event;               /* our own: the client may close its */
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

static BOOL start( LPTHREAD_START_ROUTINE func, void *arg )
{
    HANDLE thread = CreateThread( NULL, 0, func, arg, 0, NULL );

    if (thread) CloseHandle( thread );
    return thread != NULL;
}

static BOOL CALLBACK start_once( INIT_ONCE *once, void *param, void **context )
{
    (void)once;
    (void)param;
    (void)context;
    return start( signal_events, NULL );
}

static BOOL start_signals( void )
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    return InitOnceExecuteOnce( &once, start_once, NULL, NULL );
}

/* ---- what the client signals ---- */

/* A thread that waits for the events of triggers; the Unix side says which. Others read change while it starts. */
struct waiter
{
    INIT_ONCE once;
    void *volatile change;      /* event: they are others now */
};

static struct waiter waiters[300];

static void deliver( void *trigger )
{
    struct trigger_params params = { .trigger = trigger };

    whv_call( unix_trigger_deliver, &params );
}

static BOOL is_event( HANDLE handle )
{
    UINT64 buffer[64];          /* UNICODE_STRING with its text, and numbers */
    UNICODE_STRING *name = (UNICODE_STRING *)buffer;
    ULONG size;

    return !NtQueryObject( handle, ObjectTypeInformation, buffer, sizeof(buffer), &size ) &&
           name->Length == 5 * sizeof(WCHAR) && !memcmp( name->Buffer, L"Event", 5 * sizeof(WCHAR) );
}

/* A program that closes handles which are not its own must not keep the other events from being seen. FALSE: all are
 * good. */
static BOOL drop_bad_events( HANDLE *events, void **triggers, UINT32 *count )
{
    UINT32 i, kept = 0;

    for (i = 0; i < *count; i++)
    {
        if (!is_event( events[i] ))
        {
            ERR( "the event of trigger %p has been closed\n", triggers[i] );
            continue;
        }
        events[kept] = events[i];
        triggers[kept++] = triggers[i];
    }
    if (kept == *count) return FALSE;
    *count = kept;
    return TRUE;
}

static DWORD WINAPI wait_for_events( void *arg )
{
    struct waiter *waiter = arg;
    struct triggers_collect_params params = { .waiter = waiter - waiters };
    HANDLE events[1 + ARRAYSIZE(params.contexts)] = { waiter->change }, event;
    UINT32 i, last;
    void *trigger;
    DWORD which;

    for (;;)
    {
        if (FAILED(whv_call( unix_triggers_collect, &params ))) return 1;
        for (i = 0; i < params.count; i++) events[1 + i] = ((struct notify *)params.contexts[i])->event;
        while ((which = WaitForMultipleObjects( 1 + params.count, events, FALSE, INFINITE )) != WAIT_OBJECT_0)
        {
            if ((i = which - WAIT_OBJECT_0 - 1) >= params.count)
            {
                if (drop_bad_events( events + 1, params.handles, &params.count )) continue;
                /* For no reason that can be seen. What waits here must not stay without a waiter, nor who has changed
                 * something without an answer. */
                WARN( "waiting for %u events failed\n", params.count );
                Sleep( 10 );
                break;
            }
            trigger = params.handles[i];
            deliver( trigger );
            /* to the end: one that is signalled all the time must not keep the others from their turn */
            for (last = params.count - 1, event = events[1 + i]; i < last; i++)
            {
                params.handles[i] = params.handles[i + 1];
                events[1 + i] = events[2 + i];
            }
            params.handles[last] = trigger;
            events[1 + last] = event;
        }
    }
}

static BOOL CALLBACK start_waiter( INIT_ONCE *once, void *arg, void **context )
{
    struct waiter *waiter = arg;

    (void)once;
    (void)context;
    if (!waiter->change)
    {
        HANDLE change = CreateEventW( NULL, FALSE, FALSE, NULL );

        if (!change) return FALSE;
        InterlockedExchangePointer( &waiter->change, change );
    }
    return start( wait_for_events, waiter );
}

static BOOL add_to_waiter( UINT32 number )
{
    return number < ARRAYSIZE(waiters) &&
           InitOnceExecuteOnce( &waiters[number].once, start_waiter, &waiters[number], NULL ) &&
           SetEvent( waiters[number].change );
}

static void tell_waiters( void )
{
    HANDLE change;
    UINT32 i;

    /* all: one may be there before one of a lower number */
    for (i = 0; i < ARRAYSIZE(waiters); i++)
        if ((change = InterlockedCompareExchangePointer( &waiters[i].change, NULL, NULL ))) SetEvent( change );
}

/* ---- contexts ---- */

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

    tell_waiters();
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
        *port = NULL;
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

HRESULT WINAPI WHvDeleteTrigger( WHV_PARTITION_HANDLE partition, WHV_TRIGGER_HANDLE trigger )
{
    struct notify_delete_params params = { .partition = partition, .handle = trigger };
    HRESULT hr;

    TRACE( "%p, trigger %p\n", partition, trigger );
    if (FAILED(hr = whv_call( unix_trigger_delete, &params ))) return hr;
    tell_waiters();
    /* waits until it delivers nothing any more */
    whv_call( unix_notify_bury, &params );
    release_remains( &params.remains );
    return hr;
}

HRESULT WINAPI WHvCreateTrigger( WHV_PARTITION_HANDLE partition, const WHV_TRIGGER_PARAMETERS *parameters,
                                 WHV_TRIGGER_HANDLE *trigger, HANDLE *event )
{
    struct trigger_create_params params =
    {
        .partition = partition, .parameters = parameters, .trigger = trigger, .event = event
    };
    struct notify *notify = NULL;
    HRESULT hr = E_OUTOFMEMORY;

    TRACE( "%p, parameters %p, ret %p, event %p\n", partition, parameters, trigger, event );
    if ((params.client_event = CreateEventW( NULL, FALSE, FALSE, NULL )) &&
        SUCCEEDED(keep_event( params.client_event, &notify )) && notify)
    {
        params.context = notify;
        if (SUCCEEDED(hr = whv_call( unix_trigger_create, &params )))
        {
            if (add_to_waiter( params.waiter )) return S_OK;
            WHvDeleteTrigger( partition, params.handle );
            notify = NULL;
            hr = E_OUTOFMEMORY;
            *trigger = NULL;
            *event = NULL;
        }
    }
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
