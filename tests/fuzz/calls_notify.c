/*
 * Fuzz target: calls for doorbells, notification ports and triggers
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


#include <stdlib.h>
#include <unistd.h>

#include "calls_model.h"
#include "fake_kvm.h"
#include "unixlib.h"
#include "vm/partition.h"
#include "wine/unixlib.h"

#define THINGS 12

/* Each is its own context. */
static struct thing
{
    enum { NOTHING, DOORBELL, DOORBELL_PORT, EVENT_PORT, TRIGGER } kind;
    struct model           *owner;
    void                   *handle;     /* none of a doorbell */
    WHV_DOORBELL_MATCH_DATA match;
    UINT32                  connection, type;
    BOOL                    signalled;
} things[THINGS];

/* A doorbell in a partition that stays: what wakes up the wait has been told of by then, and is let go with the next
 * one. */
static struct model keeper;
static const WHV_DOORBELL_MATCH_DATA keeper_match = { .GuestAddress = 0x1000, .Length = 4, .MatchOnLength = 1 };
static int lowest_fd;

static int find_lowest_fd( void )
{
    int fd = dup( 0 );

    close( fd );
    return fd;
}

static BOOL is_doorbell( const struct thing *thing )
{
    return thing->kind == DOORBELL || thing->kind == DOORBELL_PORT;
}

BOOL calls_is_hole( const struct model *model, UINT64 page )
{
    UINT32 i;

    for (i = 0; i < THINGS; i++)
        if (is_doorbell( &things[i] ) && things[i].owner == model && things[i].match.GuestAddress / PAGE == page)
            return 1;
    return 0;
}

/* ---- arguments ---- */

static struct thing *free_thing( void )
{
    UINT32 i;

    for (i = 0; i < THINGS; i++) if (!things[i].kind) return &things[i];
    return NULL;
}

/* One of them, also one that is none any more, whose handle is stale. */
static struct thing *any_thing( void )
{
    return &things[fuzz_u8( calls.input ) % THINGS];
}

static WHV_DOORBELL_MATCH_DATA any_match( void )
{
    static const UINT32 lengths[] = { 4, 1, 2, 8, 0, 3, 16, 0x80000001 };
    UINT8 how = fuzz_u8( calls.input );
    WHV_DOORBELL_MATCH_DATA match;

    memset( &match, 0, sizeof(match) );
    match.GuestAddress = any_address() + fuzz_u8( calls.input ) * 16 + (how >> 6);
    match.MatchOnLength = how & 1;
    match.MatchOnValue = how >> 1 & 1;
    if (how & 1) match.Length = lengths[how >> 2 & 7];
    if (how & 2) match.Value = fuzz_u8( calls.input );
    if (how == 0xff) match.Reserved = fuzz_u32( calls.input );
    return match;
}

/* Of the partition that any_handle has chosen. */
static void *handle_of( const struct thing *thing, UINT8 how )
{
    if (how == 0xff) return (void *)(uintptr_t)fuzz_edge( calls.input );
    if (how & 0x20) calls.model = thing->owner;
    return thing->handle;
}

/* ---- what came of it ---- */

static void now_is( struct thing *thing, UINT32 kind, void *handle )
{
    FUZZ_CHECK( is_alive() && calls.model->set_up, "%u without a partition", kind );
    thing->kind = kind;
    thing->owner = calls.model;
    thing->handle = handle;
    thing->signalled = 0;
}

static void is_gone( struct thing *thing, const struct notify_remains *remains )
{
    UINT64 page = thing->match.GuestAddress / PAGE;

    FUZZ_CHECK( remains->context == thing, "context %p, not %p", remains->context, (void *)thing );
    FUZZ_CHECK( !!remains->signal == thing->signalled, "signal %u, not %u", remains->signal, thing->signalled );
    /* what has been dirty there before is kept, or not */
    if (is_doorbell( thing ) && page < PAGES) thing->owner->pages[page].unsure = 1;
    thing->kind = NOTHING;
}

static BOOL owns( const struct thing *thing )
{
    return is_alive() && thing->kind && thing->owner == calls.model;
}

/* The thread that waits for events hears that they are others. */
static void collect( void )
{
    struct triggers_collect_params params = { 0 };
    UINT32 i;

    call( unix_triggers_collect, &params );
    for (i = 0; i < params.count; i++)
    {
        struct thing *thing = params.contexts[i];

        FUZZ_CHECK( thing >= things && thing < things + THINGS && thing->kind == TRIGGER &&
                    thing->handle == params.handles[i], "context %p is no trigger", params.contexts[i] );
    }
}

void calls_bury( struct model *model )
{
    struct notify_delete_params params = { .partition = model->handle };
    UINT32 i;

    collect();
    for (;;)
    {
        call( unix_notify_bury, &params );
        if (!params.remains.context) break;
        is_gone( params.remains.context, &params.remains );
    }
    for (i = 0; i < THINGS; i++)
        FUZZ_CHECK( !things[i].kind || things[i].owner != model, "%u is left", things[i].kind );
}

/* ---- calls ---- */

static void use_doorbell( UINT8 how )
{
    struct thing *thing = how & 1 ? any_thing() : free_thing();
    struct doorbell_params params = { .partition = any_handle() };
    WHV_DOORBELL_MATCH_DATA match = any_match();
    UINT32 i;

    if (!thing) return;
    if ((how & 1) && (how & 0x40))
    {
        match = thing->match;
        if (how & 0x20) params.partition = (calls.model = thing->owner ? thing->owner : &calls.models[0])->handle;
    }
    params.match = how == 0xff ? NULL : &match;
    if (how & 1)
    {
        if (call( unix_doorbell_unregister, &params ) < 0)
            FUZZ_CHECK( !params.remains.context, "a context of nothing" );
        else
        {
            for (i = 0; i < THINGS && &things[i] != params.remains.context; i++) {}
            FUZZ_CHECK( i < THINGS && things[i].kind == DOORBELL && owns( &things[i] ) &&
                        !memcmp( &things[i].match, &match, sizeof(match) ), "another doorbell" );
            is_gone( &things[i], &params.remains );
        }
        return;
    }
    params.context = how & 0x80 ? NULL : thing;
    if (call( unix_doorbell_register, &params ) < 0) return;
    FUZZ_CHECK( params.context && params.match, "a doorbell without an event" );
    thing->match = match;
    now_is( thing, DOORBELL, NULL );
}

static void use_port( UINT8 how )
{
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;
    struct port_create_params create = { .partition = any_handle() };
    struct port_set_property_params set = { .partition = create.partition };
    struct notify_delete_params delete = { .partition = create.partition };
    struct thing *thing = (how & 3) == 0 ? free_thing() : any_thing();
    void *handle = NULL;

    if (!thing) return;
    switch (how & 3)
    {
    case 0:
        memset( &parameters, 0, sizeof(parameters) );
        parameters.NotificationPortType = how & 4 ? WHvNotificationPortTypeEvent : WHvNotificationPortTypeDoorbell;
        if (how & 0x80) parameters.NotificationPortType = fuzz_u8( calls.input );
        if (parameters.NotificationPortType == WHvNotificationPortTypeDoorbell) parameters.Doorbell = any_match();
        else parameters.Event.ConnectionId = how & 0x40 ? fuzz_u32( calls.input ) : how >> 3 & 3;
        if (how == 0xfc) parameters.ConnectionVtl = 1;
        create.parameters = how == 0xf8 ? NULL : &parameters;
        create.port = how == 0xf0 ? NULL : &handle;
        create.context = how == 0xe8 ? NULL : thing;
        if (call( unix_port_create, &create ) < 0) return;
        FUZZ_CHECK( create.parameters && create.port && create.context, "a port of nothing" );
        if (parameters.NotificationPortType == WHvNotificationPortTypeDoorbell) thing->match = parameters.Doorbell;
        else thing->connection = parameters.Event.ConnectionId;
        now_is( thing, parameters.NotificationPortType == WHvNotificationPortTypeDoorbell ? DOORBELL_PORT : EVENT_PORT,
                handle );
        break;
    case 1:
        set.port = handle_of( thing, how );
        if (calls.model) set.partition = calls.model->handle;
        set.code = fuzz_u8( calls.input ) & 7;
        set.value = fuzz_edge( calls.input );
        if (call( unix_port_set_property, &set ) >= 0)
            FUZZ_CHECK( set.port == thing->handle && owns( thing ) &&
                        (thing->kind == DOORBELL_PORT || thing->kind == EVENT_PORT), "a property of %u", thing->kind );
        break;
    default:
        delete.handle = handle_of( thing, how );
        if (calls.model) delete.partition = calls.model->handle;
        if (call( unix_port_delete, &delete ) < 0)
        {
            FUZZ_CHECK( !delete.remains.context, "a context of nothing" );
            FUZZ_CHECK( delete.handle != thing->handle || !owns( thing ) || thing->kind != EVENT_PORT,
                        "a port stays" );
            break;
        }
        FUZZ_CHECK( delete.handle == thing->handle && owns( thing ) &&
                    (thing->kind == DOORBELL_PORT || thing->kind == EVENT_PORT), "deleted a %u", thing->kind );
        is_gone( thing, &delete.remains );
        break;
    }
}

static void use_trigger( UINT8 how )
{
    WHV_TRIGGER_PARAMETERS parameters;
    struct trigger_create_params create = { .partition = any_handle() };
    struct trigger_params update = { .partition = create.partition };
    struct notify_delete_params delete = { .partition = create.partition };
    struct thing *thing = (how & 3) == 0 ? free_thing() : any_thing();
    void *handle = NULL, *event = NULL;
    NTSTATUS ret;

    if (!thing) return;
    memset( &parameters, 0, sizeof(parameters) );
    parameters.TriggerType = how >> 2 & 3;
    if (parameters.TriggerType == WHvTriggerTypeInterrupt) parameters.Interrupt.Vector = fuzz_u8( calls.input );
    else fuzz_bytes( calls.input, &parameters.SynicEvent, how & 0x10 ? sizeof(parameters.SynicEvent) : 4 );
    switch (how & 3)
    {
    case 0:
        create.parameters = how == 0xfc ? NULL : &parameters;
        create.trigger = how == 0xf8 ? NULL : &handle;
        create.event = how == 0xf4 ? NULL : &event;
        create.context = create.client_event = thing;
        if (call( unix_trigger_create, &create ) < 0) return;
        FUZZ_CHECK( create.parameters && create.trigger && create.event && event == thing && handle == create.handle &&
                    !create.waiter, "a trigger of nothing" );
        thing->type = parameters.TriggerType;
        now_is( thing, TRIGGER, handle );
        collect();
        break;
    case 1:
        update.parameters = how == 0xfd ? NULL : &parameters;
        update.trigger = handle_of( thing, how );
        if (calls.model) update.partition = calls.model->handle;
        if (call( unix_trigger_update, &update ) >= 0)
            FUZZ_CHECK( update.parameters && update.trigger == thing->handle && owns( thing ) &&
                        thing->kind == TRIGGER && thing->type == (UINT32)parameters.TriggerType, "updated a %u",
                        thing->kind );
        break;
    case 2:
        delete.handle = handle_of( thing, how );
        if (calls.model) delete.partition = calls.model->handle;
        ret = call( unix_trigger_delete, &delete );
        FUZZ_CHECK( (ret >= 0) == (delete.handle == thing->handle && owns( thing ) && thing->kind == TRIGGER),
                    "delete a %u: %08x", thing->kind, ret );
        if (ret < 0) break;
        thing->kind = NOTHING;
        collect();
        call( unix_notify_bury, &delete );
        FUZZ_CHECK( delete.remains.context == thing && !delete.remains.signal, "context %p, not %p",
                    delete.remains.context, (void *)thing );
        break;
    default:
        update.trigger = handle_of( thing, how );
        call( unix_trigger_deliver, &update );
        break;
    }
}

static int vm_of( const struct model *model )
{
    struct partition *partition = calls_partition( model );

    if (!partition) fuzz_fail( "a living partition is not found" );
    return partition->vm;
}

/* The guest rings, and then somebody may look. */
static void ring( UINT8 how )
{
    struct thing *thing = any_thing();
    struct notify_wait_params params;
    UINT32 i;

    if (is_doorbell( thing ) && fake_kvm_bus_write( vm_of( thing->owner ), thing->match.GuestAddress,
                                                    thing->match.MatchOnLength ? thing->match.Length : 4,
                                                    thing->match.Value )) thing->signalled = 1;
    if (thing->kind == EVENT_PORT && fake_kvm_hypercall( vm_of( thing->owner ), thing->connection ))
        thing->signalled = 1;
    if (how & 1) return;
    if (!fake_kvm_bus_write( vm_of( &keeper ), keeper_match.GuestAddress, 4, 0 )) fuzz_fail( "no keeper" );
    call( unix_notify_wait, &params );
    for (i = 0; i < params.count; i++)
    {
        if (params.contexts[i] == &keeper) continue;
        thing = params.contexts[i];
        FUZZ_CHECK( thing >= things && thing < things + THINGS && thing->kind && thing->signalled,
                    "told of %p", params.contexts[i] );
        thing->signalled = 0;
    }
    for (i = 0; i < THINGS; i++) FUZZ_CHECK( !things[i].kind || !things[i].signalled, "%u is not told of", i );
    fake_kvm_bus_write( vm_of( &keeper ), keeper_match.GuestAddress, 4, 0 );
    call( unix_notify_wait, &params );
    FUZZ_CHECK( params.count == 1 && params.contexts[0] == &keeper, "%u are told of again", params.count );
}

void calls_events( void )
{
    UINT8 kind = fuzz_u8( calls.input ), how = fuzz_u8( calls.input );

    switch (kind & 3)
    {
    case 0: use_doorbell( how ); break;
    case 1: use_port( how ); break;
    case 2: use_trigger( how ); break;
    case 3: ring( how ); break;
    }
}

void calls_events_setup( void )
{
    struct partition_create_params create = { &keeper.handle };
    struct partition_set_params set = { 0 };
    struct partition_params setup;
    struct doorbell_params doorbell = { 0 };
    UINT32 count = 1;

    if (call( unix_partition_create, &create )) fuzz_fail( "keeper" );
    set.partition = setup.partition = doorbell.partition = keeper.handle;
    set.code = WHvPartitionPropertyCodeProcessorCount;
    set.size = sizeof(count);
    set.buffer = &count;
    doorbell.match = &keeper_match;
    doorbell.context = &keeper;
    if (call( unix_partition_set_property, &set ) || call( unix_partition_setup, &setup ) ||
        call( unix_doorbell_register, &doorbell )) fuzz_fail( "keeper" );
}

void calls_events_begin( void )
{
    memset( things, 0, sizeof(things) );
    lowest_fd = find_lowest_fd();
}

void calls_events_end( void )
{
    UINT32 i;

    for (i = 0; i < THINGS; i++) FUZZ_CHECK( !things[i].kind, "%u is left", things[i].kind );
    /* libFuzzer has a thread of its own, which opens a file now and then */
    for (i = 0; i < 1000 && find_lowest_fd() > lowest_fd; i++) usleep( 1000 );
    FUZZ_CHECK( find_lowest_fd() <= lowest_fd, "fd %d, not %d", find_lowest_fd(), lowest_fd );
}
