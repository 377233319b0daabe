/*
 * Unit tests of emulator_calls.c
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

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "../winhvemulation/follow.h"
#include "../winhvemulation/unixlib.h"
#include "calls/emulator_calls.h"
#include "sanitizers.h"
#include "wine/unixlib.h"

#define MANY 4096

/* never called from the Unix side */
static const WHV_EMULATOR_CALLBACKS callbacks =
{
    sizeof(callbacks), 0, (void *)1, (void *)2, (void *)3, (void *)4, (void *)5
};

static WHV_VP_EXIT_CONTEXT vp;
static WHV_MEMORY_ACCESS_CONTEXT mmio;
static WHV_X64_IO_PORT_ACCESS_CONTEXT io;

static void *create( void )
{
    void *handle = NULL;
    struct emulator_create_params params = { &callbacks, &handle };

    assert_int_equal( emulator_create_call( &params ), S_OK );
    assert_non_null( handle );
    return handle;
}

static NTSTATUS destroy( void *handle )
{
    struct emulator_destroy_params params = { handle };

    return emulator_destroy_call( &params );
}

static NTSTATUS start( struct emulator_params *params, void *handle )
{
    memset( params, 0x55, sizeof(*params) );
    params->emulator = handle;
    params->vp = &vp;
    params->mmio = &mmio;
    params->io = NULL;
    return emulator_start_call( params );
}

static void test_create( void **state )
{
    static void *handles[MANY];
    WHV_EMULATOR_CALLBACKS bad = callbacks;
    struct emulator_create_params params = { &bad, handles };
    void *first = create();
    UINT32 i;

    (void)state;
    assert_int_equal( destroy( first ), S_OK );
    assert_int_equal( destroy( first ), E_INVALIDARG );
    handles[0] = create();
    assert_ptr_not_equal( handles[0], first );
    for (i = 1; i < MANY; i++) handles[i] = create();
    assert_int_equal( emulator_create_call( &params ), E_OUTOFMEMORY );
    assert_null( handles[0] );
    for (i = 1; i < MANY; i++) assert_int_equal( destroy( handles[i] ), S_OK );

    bad.Size--;
    assert_int_equal( emulator_create_call( &params ), E_INVALIDARG );
    bad = callbacks;
    bad.WHvEmulatorIoPortCallback = NULL;
    assert_int_equal( emulator_create_call( &params ), E_INVALIDARG );
    bad = callbacks;
    bad.WHvEmulatorTranslateGvaPage = NULL;
    assert_int_equal( emulator_create_call( &params ), E_INVALIDARG );
    params.callbacks = NULL;
    assert_int_equal( emulator_create_call( &params ), E_INVALIDARG );
    for (i = 0; i < 64; i++) assert_int_equal( destroy( (void *)(uintptr_t)(1ull << i) ), E_INVALIDARG );
    assert_int_equal( destroy( NULL ), E_INVALIDARG );
    assert_int_equal( destroy( (void *)~(uintptr_t)0 ), E_INVALIDARG );
}

/* Make the request as a callback would that succeeds, and let the Unix side say what is next. */
static NTSTATUS step( struct emulator_params *params )
{
    params->request.result = S_OK;
    return emulator_step_call( params );
}

static NTSTATUS fail_at( struct emulator_params *params )
{
    params->request.result = E_FAIL;
    return emulator_step_call( params );
}

static void make_store( void )
{
    memset( &vp, 0, sizeof(vp) );
    memset( &mmio, 0, sizeof(mmio) );
    vp.Cs.Long = 1;
    vp.ExecutionState.EferLma = 1;
    vp.ExecutionState.Cr0Pe = 1;
    mmio.InstructionByteCount = 2;
    memcpy( mmio.InstructionBytes, "\x89\x03", 2 );
    mmio.AccessInfo.AccessType = WHvMemoryAccessWrite;
    mmio.AccessInfo.GvaValid = 1;
}

/* The Unix side is asked each time that it may be. */
static void test_conversation( void **state )
{
    struct emulator_params params, other;
    void *handle = create();

    (void)state;
    make_store();
    assert_int_equal( start( &params, handle ), S_OK );
    assert_ptr_equal( params.callbacks.WHvEmulatorMemoryCallback, callbacks.WHvEmulatorMemoryCallback );
    assert_int_equal( params.request.kind, EMULATE_GET_REGISTERS );
    assert_int_equal( params.request.names[0], WHvX64RegisterRax );
    assert_int_equal( params.request.names[1], WHvX64RegisterRbx );
    assert_true( *params.current == params.sequence );

    /* another start ends it */
    assert_int_equal( start( &other, handle ), S_OK );
    assert_true( *params.current != params.sequence );
    assert_true( *params.current == other.sequence );
    assert_int_equal( step( &params ), E_INVALIDARG );
    assert_int_equal( step( &other ), S_OK );
    assert_int_equal( other.request.kind, EMULATE_MEMORY );

    /* a question that was written over */
    other.request.kind = EMULATE_IO;
    assert_int_equal( step( &other ), E_INVALIDARG );
    assert_int_equal( fail_at( &other ), E_INVALIDARG );
    other.request.kind = EMULATE_GET_REGISTERS;
    other.request.count = ~0u;
    assert_int_equal( step( &other ), E_INVALIDARG );
    assert_int_equal( start( &params, handle ), S_OK );
    params.request.count = ~0u;
    assert_int_equal( step( &params ), E_INVALIDARG );
    assert_int_equal( fail_at( &params ), E_INVALIDARG );

    /* to the end, and beyond; read and written, so that the second write is not known before */
    memcpy( mmio.InstructionBytes, "\x01\x03", 2 );
    assert_int_equal( start( &params, handle ), S_OK );
    assert_int_equal( params.request.known, 0 );
    assert_int_equal( step( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_MEMORY );
    assert_int_equal( params.request.known, 0 );
    assert_int_equal( params.request.memory.AccessSize, 4 );
    params.request.memory.AccessSize = 255;
    assert_int_equal( step( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_MEMORY );
    assert_int_equal( params.request.known, 2 );
    /* the rest is the caller's to make */
    assert_int_equal( step( &params ), E_INVALIDARG );
    assert_true( emulate_next( &params.request ));
    assert_int_equal( params.request.kind, EMULATE_SET_REGISTERS );
    assert_int_equal( step( &params ), E_INVALIDARG );
    assert_true( emulate_next( &params.request ));
    assert_int_equal( params.request.kind, EMULATE_DONE );
    assert_int_equal( params.request.known, 0 );
    assert_int_equal( params.request.status.AsUINT32, 1 );

    /* an end that the Unix side tells */
    assert_int_equal( start( &params, handle ), S_OK );
    assert_int_equal( fail_at( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_DONE );
    assert_int_equal( params.request.status.AsUINT32, 1u << 6 );
    assert_int_equal( step( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_DONE );

    /* destroyed in the middle; the slot's next owner is not disturbed */
    assert_int_equal( start( &params, handle ), S_OK );
    assert_int_equal( destroy( handle ), S_OK );
    assert_true( *params.current != params.sequence );
    assert_int_equal( step( &params ), E_INVALIDARG );
    handle = create();
    assert_true( *params.current != params.sequence );
    assert_int_equal( step( &params ), E_INVALIDARG );
    params.emulator = handle;
    assert_int_equal( step( &params ), E_INVALIDARG );

    params.vp = NULL;
    assert_int_equal( emulator_start_call( &params ), E_INVALIDARG );
    params.vp = &vp;
    params.mmio = NULL;
    assert_int_equal( emulator_start_call( &params ), E_INVALIDARG );
    params.io = &io;
    assert_int_equal( emulator_start_call( &params ), S_OK );
    assert_int_equal( destroy( handle ), S_OK );
}

/* All that a plain instruction does comes with its first request; of what fails the Unix side says what it means. */
static void test_known( void **state )
{
    struct emulator_params params;
    void *handle = create();
    UINT32 good;

    (void)state;
    make_store();
    mmio.Gva = mmio.Gpa = 0xfee00010;
    for (good = 0; good <= 3; good++)
    {
        static const UINT32 failed[] = { 1u << 6, 1u << 3, 1u << 7 };
        UINT32 i;

        assert_int_equal( start( &params, handle ), S_OK );
        assert_int_equal( params.request.known, 3 );
        assert_int_equal( params.request.values[0].Reg64, 0 );
        params.request.values[0].Reg64 = 0x11223344;
        params.request.values[1].Reg64 = 0xfee00010;
        for (i = 0; i < good; i++) assert_true( emulate_next( &params.request ));
        if (good == 3) break;
        assert_int_equal( fail_at( &params ), S_OK );
        assert_int_equal( params.request.kind, EMULATE_DONE );
        assert_int_equal( params.request.status.AsUINT32, failed[good] );
    }
    assert_int_equal( params.request.kind, EMULATE_DONE );
    assert_int_equal( params.request.status.AsUINT32, 1 );
    assert_int_equal( params.request.memory.GpaAddress, 0xfee00010 );
    assert_memory_equal( params.request.memory.Data, "\x44\x33\x22\x11\0\0\0\0", 8 );
    assert_int_equal( params.request.count, 1 );
    assert_int_equal( params.request.names[0], WHvX64RegisterRip );

    /* a load: nothing of the register that it goes into is shown to the callback */
    memcpy( mmio.InstructionBytes, "\x8a\x03", 2 );
    assert_int_equal( start( &params, handle ), S_OK );
    params.request.values[0].Reg64 = 0x1122334455667788;
    params.request.values[1].Reg64 = 0xfee00010;
    assert_true( emulate_next( &params.request ));
    assert_memory_equal( params.request.memory.Data, "\0\0\0\0\0\0\0\0", 8 );
    params.request.memory.Data[0] = 0x99;
    assert_true( emulate_next( &params.request ));
    assert_int_equal( params.request.count, 2 );
    assert_int_equal( params.request.names[1], WHvX64RegisterRax );
    assert_true( params.request.values[1].Reg64 == 0x1122334455667799 );
    memcpy( mmio.InstructionBytes, "\x89\x03", 2 );

    /* another address than the exit has told: the Unix side has to say */
    assert_int_equal( start( &params, handle ), S_OK );
    params.request.values[1].Reg64 = 0xfee01010;
    assert_false( emulate_next( &params.request ));
    assert_int_equal( params.request.known, 3 );
    assert_int_equal( step( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_TRANSLATE );
    assert_int_equal( params.request.gva, 0xfee01000 );
    params.request.gpa = 0x5000;
    assert_int_equal( step( &params ), S_OK );
    assert_int_equal( params.request.kind, EMULATE_MEMORY );
    assert_int_equal( params.request.memory.GpaAddress, 0x5010 );
    assert_int_equal( params.request.known, 2 );
    assert_int_equal( destroy( handle ), S_OK );
}

/* REP INSW of 512 words, from the middle of a page on: callbacks of which the Unix side is asked a few times. */
static void test_series( void **state )
{
    struct emulator_params params;
    UINT32 asked = 0, words = 0, i;
    void *handle = create();

    (void)state;
    make_store();
    memset( &io, 0, sizeof(io) );
    io.AccessInfo.StringOp = io.AccessInfo.RepPrefix = 1;
    io.PortNumber = 0x1f0;
    io.InstructionByteCount = 3;
    memcpy( io.InstructionBytes, "\x66\xf3\x6d", 3 );
    memset( &params, 0x55, sizeof(params) );
    params.emulator = handle;
    params.vp = &vp;
    params.io = &io;
    params.mmio = NULL;
    assert_int_equal( emulator_start_call( &params ), S_OK );
    while (params.request.kind != EMULATE_DONE)
    {
        struct emulate_request *req = &params.request;

        req->result = S_OK;
        switch (req->kind)
        {
        case EMULATE_GET_REGISTERS:
            for (i = 0; i < req->count; i++)
            {
                req->values[i].Reg64 = 0;
                if (req->names[i] == WHvX64RegisterRcx) req->values[i].Reg64 = 512;
                if (req->names[i] == WHvX64RegisterRdx) req->values[i].Reg64 = 0x1f0;
                if (req->names[i] == WHvX64RegisterRdi) req->values[i].Reg64 = 0x7e00;
                if (req->names[i] == WHvX64RegisterRflags) req->values[i].Reg64 = 2;
            }
            break;
        case EMULATE_TRANSLATE:
            req->gpa = req->gva + 0x100000;
            break;
        case EMULATE_IO:
            assert_int_equal( req->io.Port, 0x1f0 );
            assert_int_equal( req->io.AccessSize, 2 );
            assert_int_equal( req->io.Direction, 0 );
            assert_int_equal( req->io.Data, 0 );
            req->io.Data = 0xabcd0000 + words;
            /* a question that was written over */
            req->io.Port = 0x80;
            req->io.AccessSize = 4;
            if (req->known)
            {
                /* the rest is the caller's to make */
                assert_int_equal( emulator_step_call( &params ), E_INVALIDARG );
            }
            break;
        case EMULATE_MEMORY:
            assert_true( req->memory.GpaAddress == 0x107e00 + 2 * words );
            assert_int_equal( req->memory.AccessSize, 2 );
            assert_int_equal( req->memory.Direction, 1 );
            assert_int_equal( req->memory.Data[0] | req->memory.Data[1] << 8, words );
            assert_int_equal( req->memory.Data[2], 0 );
            words++;
            break;
        case EMULATE_SET_REGISTERS:
            assert_int_equal( words, 512 );
            break;
        }
        if (req->known && emulate_next( req )) continue;
        assert_int_equal( emulator_step_call( &params ), S_OK );
        asked++;
    }
    assert_int_equal( params.request.status.AsUINT32, 1 );
    /* behind the registers, each page's translation, and the first page */
    assert_true( asked <= 5 );

    /* which of them fails is told by its kind */
    for (i = 0; i < 4; i++)
    {
        static const UINT32 failed[] = { 1u << 2, 1u << 3 };
        struct emulate_request *req = &params.request;
        UINT32 k;

        assert_int_equal( emulator_start_call( &params ), S_OK );
        while (req->kind != EMULATE_IO)
        {
            for (k = 0; k < req->count && req->kind == EMULATE_GET_REGISTERS; k++)
                req->values[k].Reg64 = req->names[k] == WHvX64RegisterRcx ? 512 : 2;
            if (req->kind == EMULATE_TRANSLATE) req->gpa = req->gva;
            assert_int_equal( step( &params ), S_OK );
        }
        for (k = 0; k < i; k++) assert_true( emulate_next( req ));
        req->kind = EMULATE_TRANSLATE;
        assert_int_equal( fail_at( &params ), E_INVALIDARG );
        req->kind = i & 1 ? EMULATE_MEMORY : EMULATE_IO;
        assert_int_equal( fail_at( &params ), S_OK );
        assert_int_equal( req->kind, EMULATE_DONE );
        assert_int_equal( req->status.AsUINT32, failed[i & 1] );
    }
    assert_int_equal( destroy( handle ), S_OK );
}

/* ---- a thread that is killed in the middle ---- */

/* add [rbx + number], eax and mov [rbx + number], eax: more than are remembered, so that some are always copied */
static void check_emulation( void *handle, UINT32 number )
{
    struct emulator_params params = { .emulator = handle, .vp = &vp, .mmio = &mmio };
    WHV_MEMORY_ACCESS_CONTEXT access = mmio;
    WHV_VP_EXIT_CONTEXT context = vp;
    UINT32 data = 0, i;

    context.Rip = 0x1000 + number * 3;
    access.InstructionByteCount = 3;
    access.InstructionBytes[0] = number & 1 ? 0x01 : 0x89;
    access.InstructionBytes[1] = 0x43;
    access.InstructionBytes[2] = number;
    access.Gva = access.Gpa = 0xfee00000 + number;
    params.vp = &context;
    params.mmio = &access;
    if (emulator_start_call( &params ) != S_OK) fail();
    while (params.request.kind != EMULATE_DONE)
    {
        struct emulate_request *req = &params.request;

        if (req->kind == EMULATE_GET_REGISTERS)
        {
            for (i = 0; i < req->count; i++) req->values[i].Reg64 = 0;
            req->values[0].Reg64 = 0x10000 + number;
            req->values[1].Reg64 = 0xfee00000;
        }
        if (req->kind == EMULATE_MEMORY && req->memory.GpaAddress != access.Gpa) fail();
        if (req->kind == EMULATE_MEMORY) memcpy( &data, req->memory.Data, sizeof(data) );
        if (req->kind == EMULATE_MEMORY && !req->memory.Direction) req->memory.Data[0] = 1;
        req->result = S_OK;
        if (!req->known || !emulate_next( req )) if (emulator_step_call( &params ) != S_OK) fail();
    }
    if (params.request.status.AsUINT32 != 1) fail();
    if (data != 0x10000 + number + (number & 1)) fail();
}

static void *emulate_for_ever( void *handle )
{
    UINT32 number;

    for (number = 0;; number = (number + 1) % 64) check_emulation( handle, number );
    return NULL;
}

static void die( int sig )
{
    (void)sig;
    syscall( SYS_exit, 0 );
}

static void test_killed( void **state )
{
    struct sigaction action = { .sa_handler = die };
    UINT32 round, number;
    pthread_t thread;
    void *handle;

    (void)state;
    NOT_WITH_ASAN();
    handle = create();
    make_store();
    sigaction( SIGUSR1, &action, NULL );
    for (round = 0; round < 20; round++)
    {
        assert_int_equal( pthread_create( &thread, NULL, emulate_for_ever, handle ), 0 );
        usleep( 1000 + round * 100 );
        pthread_kill( thread, SIGUSR1 );
        pthread_join( thread, NULL );
        for (number = 0; number < 64; number++) check_emulation( handle, number );
    }
    assert_int_equal( destroy( handle ), S_OK );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_create ),
        cmocka_unit_test( test_conversation ),
        cmocka_unit_test( test_known ),
        cmocka_unit_test( test_series ),
        cmocka_unit_test( test_killed ),
    };

    return cmocka_run_group_tests_name( "emulator_calls", tests, NULL, NULL );
}
