/*
 * What the soak needs of Linux, and the API without Wine
 *
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
 * The functions of the API that the soak calls go straight into the table of unix calls.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>

#include "platform.h"
#include "../../dlls/winhvplatform/unixlib.h"

static pthread_t threads[64];
static unsigned int count;

struct start
{
    void (*func)( void *arg );
    void *arg;
};

static void *run( void *arg )
{
    struct start start = *(struct start *)arg;

    free( arg );
    start.func( start.arg );
    return NULL;
}

void thread_start( void (*func)( void *arg ), void *arg )
{
    struct start *start = malloc( sizeof(*start) );

    if (start && count < sizeof(threads) / sizeof(threads[0]))
    {
        start->func = func;
        start->arg = arg;
        if (!pthread_create( &threads[count], NULL, run, start ))
        {
            count++;
            return;
        }
    }
    fprintf( stderr, "soak: no more threads\n" );
    exit( 1 );
}

BOOL threads_join( unsigned int seconds )
{
    struct timespec until;
    unsigned int i;

    clock_gettime( CLOCK_REALTIME, &until );
    until.tv_sec += seconds;
    for (i = 0; i < count; i++) if (pthread_timedjoin_np( threads[i], NULL, &until )) return 0;
    return 1;
}

void sleep_ms( unsigned int milliseconds )
{
    usleep( milliseconds * 1000 );
}

void yield_thread( void )
{
    sched_yield();
}

uint64_t time_us( void )
{
    struct timespec ts;

    clock_gettime( CLOCK_MONOTONIC, &ts );
    return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

int thread_delay_clock( void )
{
    return open( "/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC );
}

uint64_t thread_delay_us( int clock )
{
    unsigned long long ran, waited;
    char text[80];
    ssize_t size;

    if (clock < 0 || (size = pread( clock, text, sizeof(text) - 1, 0 )) <= 0) return 0;
    text[size] = 0;
    return sscanf( text, "%llu %llu", &ran, &waited ) == 2 ? waited / 1000 : 0;
}

void *alloc_pages( size_t size )
{
    void *memory = mmap( NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );

    return memory == MAP_FAILED ? NULL : memory;
}

/* ---- the API ---- */

typedef INT32 (*unix_entry)( void *args );
extern const unix_entry __wine_unix_call_funcs[];

#define CALL( code, ... ) __wine_unix_call_funcs[code]( __VA_ARGS__ )

HANDLE event_create( void )
{
    static int event;

    return &event;
}

/* A trigger's is the trigger. */
void event_set( HANDLE event )
{
    struct trigger_params params = { .trigger = event };

    CALL( unix_trigger_deliver, &params );
}

void event_close( HANDLE event )
{
    (void)event;
}

HRESULT WHvGetCapability( WHV_CAPABILITY_CODE code, void *buffer, UINT32 size, UINT32 *written )
{
    struct get_capability_params params = { code, size, buffer, written };

    return CALL( unix_get_capability, &params );
}

HRESULT WHvCreatePartition( WHV_PARTITION_HANDLE *partition )
{
    struct partition_create_params params = { partition };

    return CALL( unix_partition_create, &params );
}

HRESULT WHvSetupPartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { partition };

    return CALL( unix_partition_setup, &params );
}

HRESULT WHvResetPartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { partition };

    return CALL( unix_partition_reset, &params );
}

HRESULT WHvDeletePartition( WHV_PARTITION_HANDLE partition )
{
    struct partition_params params = { partition };
    struct notify_delete_params remains = { .partition = partition };
    HRESULT hr = CALL( unix_partition_delete, &params );

    if (hr < 0) return hr;
    do CALL( unix_notify_bury, &remains );
    while (remains.remains.context);
    return hr;
}

HRESULT WHvSetPartitionProperty( WHV_PARTITION_HANDLE partition, WHV_PARTITION_PROPERTY_CODE code, const void *buffer,
                                 UINT32 size )
{
    struct partition_set_params params = { partition, code, size, buffer };

    return CALL( unix_partition_set_property, &params );
}

HRESULT WHvMapGpaRange( WHV_PARTITION_HANDLE partition, void *source, WHV_GUEST_PHYSICAL_ADDRESS gpa, UINT64 size,
                        WHV_MAP_GPA_RANGE_FLAGS flags )
{
    struct gpa_map_params params = { partition, source, gpa, size, flags, 0, 0 };

    return CALL( unix_gpa_map, &params );
}

HRESULT WHvUnmapGpaRange( WHV_PARTITION_HANDLE partition, WHV_GUEST_PHYSICAL_ADDRESS gpa, UINT64 size )
{
    struct gpa_map_params params = { partition, NULL, gpa, size, 0, 0, 0 };

    return CALL( unix_gpa_unmap, &params );
}

HRESULT WHvQueryGpaRangeDirtyBitmap( WHV_PARTITION_HANDLE partition, WHV_GUEST_PHYSICAL_ADDRESS gpa, UINT64 size,
                                     UINT64 *bitmap, UINT32 bitmap_size )
{
    struct gpa_query_dirty_params params = { partition, gpa, size, bitmap, bitmap_size };

    return CALL( unix_gpa_query_dirty, &params );
}

HRESULT WHvCreateVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 flags )
{
    struct vp_create_params params = { .partition = partition, .index = index, .flags = flags };

    return CALL( unix_vp_create, &params );
}

HRESULT WHvDeleteVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index )
{
    struct vp_params params = { partition, index };

    return CALL( unix_vp_delete, &params );
}

HRESULT WHvRunVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, void *exit, UINT32 size )
{
    struct vp_run_params params = { partition, exit, index, size };

    return CALL( unix_vp_run, &params );
}

HRESULT WHvCancelRunVirtualProcessor( WHV_PARTITION_HANDLE partition, UINT32 index, UINT32 flags )
{
    struct vp_cancel_params params = { partition, index, flags };

    return CALL( unix_vp_cancel, &params );
}

HRESULT WHvGetVirtualProcessorRegisters( WHV_PARTITION_HANDLE partition, UINT32 index, const WHV_REGISTER_NAME *names,
                                         UINT32 register_count, WHV_REGISTER_VALUE *values )
{
    struct vp_registers_params params = { partition, names, values, index, register_count };

    return CALL( unix_vp_get_registers, &params );
}

HRESULT WHvSetVirtualProcessorRegisters( WHV_PARTITION_HANDLE partition, UINT32 index, const WHV_REGISTER_NAME *names,
                                         UINT32 register_count, const WHV_REGISTER_VALUE *values )
{
    struct vp_registers_params params = { partition, names, (WHV_REGISTER_VALUE *)values, index, register_count };

    return CALL( unix_vp_set_registers, &params );
}

HRESULT WHvRequestInterrupt( WHV_PARTITION_HANDLE partition, const WHV_INTERRUPT_CONTROL *interrupt, UINT32 size )
{
    struct request_interrupt_params params = { partition, interrupt, size };

    return CALL( unix_request_interrupt, &params );
}

HRESULT WHvGetInterruptTargetVpSet( WHV_PARTITION_HANDLE partition, UINT64 destination,
                                    WHV_INTERRUPT_DESTINATION_MODE mode, UINT32 *targets, UINT32 target_room,
                                    UINT32 *target_count )
{
    struct get_interrupt_targets_params params = { partition, destination, targets, target_count, mode, target_room };

    return CALL( unix_get_interrupt_targets, &params );
}

HRESULT WHvGetVirtualProcessorInterruptControllerState2( WHV_PARTITION_HANDLE partition, UINT32 index, void *state,
                                                         UINT32 size, UINT32 *written )
{
    struct vp_state_params params =
    {
        partition, state, written, index, WHvVirtualProcessorStateTypeInterruptControllerState2, size
    };

    return CALL( unix_vp_get_state, &params );
}

HRESULT WHvSetVirtualProcessorInterruptControllerState2( WHV_PARTITION_HANDLE partition, UINT32 index,
                                                         const void *state, UINT32 size )
{
    struct vp_state_params params =
    {
        partition, (void *)state, NULL, index, WHvVirtualProcessorStateTypeInterruptControllerState2, size
    };

    return CALL( unix_vp_set_state, &params );
}

HRESULT WHvSuspendPartitionTime( WHV_PARTITION_HANDLE partition )
{
    struct partition_time_params params = { partition, 1 };

    return CALL( unix_partition_set_time, &params );
}

HRESULT WHvResumePartitionTime( WHV_PARTITION_HANDLE partition )
{
    struct partition_time_params params = { partition, 0 };

    return CALL( unix_partition_set_time, &params );
}

HRESULT WHvRegisterPartitionDoorbellEvent( WHV_PARTITION_HANDLE partition, const WHV_DOORBELL_MATCH_DATA *match,
                                           HANDLE event )
{
    struct doorbell_params params = { .partition = partition, .match = match, .context = event };

    return CALL( unix_doorbell_register, &params );
}

HRESULT WHvUnregisterPartitionDoorbellEvent( WHV_PARTITION_HANDLE partition, const WHV_DOORBELL_MATCH_DATA *match )
{
    struct doorbell_params params = { .partition = partition, .match = match };

    return CALL( unix_doorbell_unregister, &params );
}

HRESULT WHvCreateNotificationPort( WHV_PARTITION_HANDLE partition, const WHV_NOTIFICATION_PORT_PARAMETERS *parameters,
                                   HANDLE event, WHV_NOTIFICATION_PORT_HANDLE *port )
{
    struct port_create_params params = { partition, parameters, event, port };

    return CALL( unix_port_create, &params );
}

HRESULT WHvSetNotificationPortProperty( WHV_PARTITION_HANDLE partition, WHV_NOTIFICATION_PORT_HANDLE port,
                                        WHV_NOTIFICATION_PORT_PROPERTY_CODE code, WHV_NOTIFICATION_PORT_PROPERTY value )
{
    struct port_set_property_params params = { partition, port, value, code };

    return CALL( unix_port_set_property, &params );
}

HRESULT WHvDeleteNotificationPort( WHV_PARTITION_HANDLE partition, WHV_NOTIFICATION_PORT_HANDLE port )
{
    struct notify_delete_params params = { .partition = partition, .handle = port };

    return CALL( unix_port_delete, &params );
}

HRESULT WHvCreateTrigger( WHV_PARTITION_HANDLE partition, const WHV_TRIGGER_PARAMETERS *parameters,
                          WHV_TRIGGER_HANDLE *trigger, HANDLE *event )
{
    struct trigger_create_params params =
    {
        .partition = partition, .parameters = parameters, .context = event_create(), .trigger = trigger, .event = event
    };
    HRESULT hr = CALL( unix_trigger_create, &params );

    if (hr >= 0) *event = *trigger;
    return hr;
}

HRESULT WHvUpdateTriggerParameters( WHV_PARTITION_HANDLE partition, const WHV_TRIGGER_PARAMETERS *parameters,
                                    WHV_TRIGGER_HANDLE trigger )
{
    struct trigger_params params = { partition, parameters, trigger };

    return CALL( unix_trigger_update, &params );
}

HRESULT WHvDeleteTrigger( WHV_PARTITION_HANDLE partition, WHV_TRIGGER_HANDLE trigger )
{
    struct notify_delete_params params = { .partition = partition, .handle = trigger };
    HRESULT hr = CALL( unix_trigger_delete, &params );

    if (hr >= 0) CALL( unix_notify_bury, &params );
    return hr;
}
