/*
 * Unix calls: the emulator
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

/*
 * What it is for: emulators as WinHvEmulation.dll sees them: handles, and the
 * conversation that takes the place of callbacks.
 * Knows the blocks of dlls/winhvemulation/unixlib.h and emulate.h; emulates nothing.
 * Caller memory is read before an emulator is locked and written after it is unlocked.
 * The objects are never given back, only used again: no handle finds freed memory.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "calls/emulator_calls.h"
#include "emulate/emulate.h"
#include "emulate/request.h"
#include "emulate/state.h"
#include "host/handles.h"
#include "host/lock.h"
#include "wine/unixlib.h"

/* one per virtual processor is usual */
#define MAX_EMULATORS 4096

struct emulator
{
    struct lock            lock;
    UINT32                 generation;  /* of the handle */
    BOOL                   in_use;
    BOOL                   busy;        /* the lock's owner is in the middle of something */
    UINT64                 sequence;    /* of the emulation that steps may go on with */
    WHV_EMULATOR_CALLBACKS callbacks;
    struct emulate         emu;
    struct emulate_cache   cache;
};

static struct lock table_lock;
static struct emulator *emulators[MAX_EMULATORS];

/* No step goes on with what was begun; the PE side looks without a lock. */
static UINT64 next_sequence( struct emulator *emulator )
{
    UINT64 sequence = emulator->sequence + 1;

    __atomic_store_n( &emulator->sequence, sequence, __ATOMIC_RELEASE );
    return sequence;
}

/* Whoever had it was killed: what he has left may be half done, and what is remembered half written. */
static void forget( struct emulator *emulator )
{
    memset( &emulator->emu, 0, sizeof(emulator->emu) );
    memset( &emulator->cache, 0, sizeof(emulator->cache) );
    emulator->emu.cache = &emulator->cache;
    next_sequence( emulator );
}

/* Handle -> locked emulator, or NULL. */
static inline struct emulator *lock_emulator( void *handle )
{
    UINT32 slot, generation;
    struct emulator *emulator;

    if (!handle_read( handle, HANDLE_EMULATOR, MAX_EMULATORS, &slot, &generation )) return NULL;
    if (!(emulator = __atomic_load_n( &emulators[slot], __ATOMIC_ACQUIRE ))) return NULL;
    lock_take( &emulator->lock );
    if (emulator->in_use && emulator->generation == generation)
    {
        if (emulator->busy) forget( emulator );
        emulator->busy = TRUE;
        return emulator;
    }
    lock_give( &emulator->lock );
    return NULL;
}

static inline void unlock_emulator( struct emulator *emulator )
{
    emulator->busy = FALSE;
    lock_give( &emulator->lock );
}

/* What a caller brings: the result, and of the data what belongs to this kind of request. */
static void take_answer( struct emulate_request *request, const struct emulate_request *from )
{
    request->kind = from->kind;
    request->result = from->result;
    request->known = from->known;
    request->count = from->count < EMULATE_MAX_REGISTERS ? from->count : EMULATE_MAX_REGISTERS;
    switch (request->kind)
    {
    case EMULATE_GET_REGISTERS:
        emulate_copy_values( request->values, from->values, request->count );
        break;
    case EMULATE_TRANSLATE:
        request->code = from->code;
        request->gpa = from->gpa;
        break;
    case EMULATE_MEMORY:
        request->memory = from->memory;
        break;
    case EMULATE_IO:
        request->io = from->io;
        break;
    }
}

/* What a caller gets: of the request what belongs to its kind, and what follows if that is known. */
static void give_request( struct emulate_request *to, const struct emulate_request *request )
{
    UINT32 count, i;

    to->kind = request->kind;
    to->known = request->known;
    if (request->kind == EMULATE_GET_REGISTERS)
    {
        to->count = count = request->count;
        emulate_copy_names( to->names, request->names, count );
        /* a callback that leaves some out gives zeros */
        for (i = 0; i < count; i += 2) memset( &to->values[i], 0, 2 * sizeof(to->values[i]) );
        if (!request->known) return;
        to->status = request->status;
        to->load = request->load;
        to->plan = request->plan;
        to->series.write = EMULATE_DONE;
        return;
    }
    if (request->kind == EMULATE_MEMORY) to->memory = request->memory;
    else if (request->kind == EMULATE_IO) to->io = request->io;
    else if (request->kind == EMULATE_DONE) to->status = request->status;
    else if (request->kind == EMULATE_TRANSLATE)
    {
        to->gva = request->gva;
        to->flags = request->flags;
        to->code = request->code;
        to->gpa = request->gpa;
    }
    if (!request->known) return;
    to->series.write = request->series.write;
    if (request->series.write)
    {
        to->series = request->series;
        return;
    }
    to->status = request->status;
    to->load = request->load;
    to->count = count = request->count;
    emulate_copy_names( to->names, request->names, count );
    emulate_copy_values( to->values, request->values, count );
}

/***********************************************************************
 *           emulator_create_call     (WHvEmulatorCreateEmulator)
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (no callbacks, wrong Size, a callback missing, no room for the handle); E_OUTOFMEMORY.
 */
NTSTATUS emulator_create_call( void *args )
{
    struct emulator_create_params *params = args;
    struct emulator *emulator = NULL;
    WHV_EMULATOR_CALLBACKS callbacks;
    void *handle = NULL;
    UINT32 slot;

    if (!params->callbacks || !params->emulator) return E_INVALIDARG;
    callbacks = *params->callbacks;
    if (callbacks.Size != sizeof(callbacks) || !callbacks.WHvEmulatorIoPortCallback ||
        !callbacks.WHvEmulatorMemoryCallback || !callbacks.WHvEmulatorGetVirtualProcessorRegisters ||
        !callbacks.WHvEmulatorSetVirtualProcessorRegisters || !callbacks.WHvEmulatorTranslateGvaPage)
        return E_INVALIDARG;
    /* faults now, if at all: later nobody would know the new emulator's handle */
    *params->emulator = NULL;

    lock_take( &table_lock );
    for (slot = 0; slot < MAX_EMULATORS; slot++) if (!emulators[slot] || !emulators[slot]->in_use) break;
    if (slot < MAX_EMULATORS && !(emulator = emulators[slot])) emulator = calloc( 1, sizeof(*emulator) );
    if (emulator)
    {
        lock_take( &emulator->lock );
        emulator->generation = handle_next_generation( emulator->generation );
        emulator->callbacks = callbacks;
        emulator->emu.cache = &emulator->cache;
        next_sequence( emulator );
        emulator->in_use = TRUE;
        handle = handle_make( HANDLE_EMULATOR, slot, emulator->generation );
        lock_give( &emulator->lock );
        __atomic_store_n( &emulators[slot], emulator, __ATOMIC_RELEASE );
    }
    lock_give( &table_lock );

    if (!handle) return E_OUTOFMEMORY;
    *params->emulator = handle;
    return S_OK;
}

/***********************************************************************
 *           emulator_destroy_call     (WHvEmulatorDestroyEmulator)
 *
 * An emulation that is going on, in a callback or in another thread, ends with E_INVALIDARG.
 *
 * RETURNS
 *  S_OK; E_INVALIDARG (wild handle).
 */
NTSTATUS emulator_destroy_call( void *args )
{
    struct emulator_destroy_params *params = args;
    struct emulator *emulator;

    lock_take( &table_lock );
    if ((emulator = lock_emulator( params->emulator )))
    {
        next_sequence( emulator );
        emulator->in_use = FALSE;
        unlock_emulator( emulator );
    }
    lock_give( &table_lock );
    return emulator ? S_OK : E_INVALIDARG;
}

/***********************************************************************
 *           emulator_start_call     (WHvEmulatorTryIoEmulation, WHvEmulatorTryMmioEmulation)
 *
 * An emulation that was going on with this emulator is given up:
 * its client has left it, or uses one emulator twice at once.
 *
 * RETURNS
 *  S_OK: params->request says what to do. E_INVALIDARG (wild handle, no context).
 */
NTSTATUS emulator_start_call( void *args )
{
    struct emulator_params *params = args;
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;
    WHV_EMULATOR_CALLBACKS callbacks;
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    struct emulate_request request;
    struct emulator *emulator;
    BOOL is_io = params->io != NULL;
    WHV_VP_EXIT_CONTEXT vp;
    UINT64 sequence;

    if (!params->vp || (!params->io && !params->mmio)) return E_INVALIDARG;
    vp = *params->vp;
    if (is_io) io = *params->io;
    else mmio = *params->mmio;

    if (!(emulator = lock_emulator( params->emulator ))) return E_INVALIDARG;
    if (is_io) emulate_begin_io( &emulator->emu, &vp, &io, &request );
    else emulate_begin_mmio( &emulator->emu, &vp, &mmio, &request );
    callbacks = emulator->callbacks;
    sequence = next_sequence( emulator );
    unlock_emulator( emulator );

    params->callbacks = callbacks;
    params->sequence = sequence;
    params->current = &emulator->sequence;
    give_request( &params->request, &request );
    return S_OK;
}

/***********************************************************************
 *           emulator_step_call
 *
 * RETURNS
 *  S_OK: params->request says what to do next. E_INVALIDARG: the emulator has been destroyed or started again
 *  meanwhile, or the request was overwritten, or what follows it was told and is the caller's to make.
 */
NTSTATUS emulator_step_call( void *args )
{
    struct emulator_params *params = args;
    UINT64 sequence = params->sequence;
    struct emulate_request request;
    struct emulator *emulator;
    BOOL ok;

    take_answer( &request, &params->request );
    if (!(emulator = lock_emulator( params->emulator ))) return E_INVALIDARG;
    ok = emulator->sequence == sequence && emulate_answer( &emulator->emu, &request );
    unlock_emulator( emulator );

    if (!ok) return E_INVALIDARG;
    give_request( &params->request, &request );
    return S_OK;
}
