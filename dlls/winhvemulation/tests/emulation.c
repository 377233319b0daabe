/*
 * Conformance tests: the instruction emulator
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

#include "guest.h"

static void test_create( void )
{
    WHV_EMULATOR_CALLBACKS bad = callbacks;
    WHV_EMULATOR_HANDLE handle = (void *)0xdeadbeef;
    HRESULT hr;

    bad.Size = 0;
    hr = WHvEmulatorCreateEmulator( &bad, &handle );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    bad.Size = sizeof(bad) - 1;
    hr = WHvEmulatorCreateEmulator( &bad, &handle );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );

    hr = WHvEmulatorCreateEmulator( &callbacks, &handle );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    ok( handle != NULL, "got no handle\n" );
    hr = WHvEmulatorDestroyEmulator( handle );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );

    if (!winetest_platform_is_wine)
    {
        skip( "bad pointers and handles may crash\n" );
        return;
    }
    hr = WHvEmulatorDestroyEmulator( handle );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorDestroyEmulator( NULL );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorDestroyEmulator( (void *)0x1234567812345678 );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorCreateEmulator( NULL, &handle );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorCreateEmulator( &callbacks, NULL );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    bad = callbacks;
    bad.WHvEmulatorMemoryCallback = NULL;
    hr = WHvEmulatorCreateEmulator( &bad, &handle );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
}

static void test_bad_arguments( void )
{
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    if (!winetest_platform_is_wine)
    {
        skip( "bad pointers and handles may crash\n" );
        return;
    }
    reset_guest();
    memset( &io, 0, sizeof(io) );
    memset( &mmio, 0, sizeof(mmio) );
    hr = WHvEmulatorTryMmioEmulation( NULL, &guest, &vp, &mmio, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryIoEmulation( (void *)0x18, &guest, &vp, &io, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, NULL, &mmio, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, NULL, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryIoEmulation( emulator, &guest, &vp, NULL, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryIoEmulation( emulator, &guest, &vp, &io, NULL );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, (void *)0x10, &status );
    ok( hr == HRESULT_FROM_WIN32( ERROR_NOACCESS ) || broken( FAILED(hr) ), "got %#lx\n", (unsigned long)hr );
}

static UINT32 try_io( const WHV_X64_IO_PORT_ACCESS_CONTEXT *io )
{
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    guest.rip.Reg64 = vp.Rip;
    status.AsUINT32 = 0xdeadbeef;
    hr = WHvEmulatorTryIoEmulation( emulator, &guest, &vp, io, &status );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    return status.AsUINT32;
}

static void test_io( void )
{
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;

    reset_guest();
    memset( &io, 0, sizeof(io) );
    vp.InstructionLength = 1;
    io.InstructionByteCount = 1;
    io.InstructionBytes[0] = 0xee;
    io.AccessInfo.IsWrite = 1;
    io.AccessInfo.AccessSize = 1;
    io.PortNumber = 0x3f8;
    io.Rax = guest.gpr[0].Reg64 = 0x1141;
    guest.gpr[2].Reg64 = 0x3f8;
    CHECK_STATUS( try_io( &io ), SUCCESS );
    ok( guest.port_count == 1, "got %u accesses\n", guest.port_count );
    ok( guest.port[0] == 0x3f8, "got port %#x\n", guest.port[0] );
    ok( guest.port_size[0] == 0x81, "got size %#x\n", guest.port_size[0] );
    ok( (guest.port_written[0] & 0xff) == 0x41, "got data %#x\n", guest.port_written[0] );
    ok( guest.rip.Reg64 == CODE + 1, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
    ok( guest.set_count == 1 && guest.set_after == 1, "set %u times, after %u accesses\n", guest.set_count,
        guest.set_after );

    guest.port_count = 0;
    io.InstructionBytes[0] = 0xec;
    io.AccessInfo.IsWrite = 0;
    io.Rax = guest.gpr[0].Reg64 = 0xffffffffffffff00;
    CHECK_STATUS( try_io( &io ), SUCCESS );
    ok( guest.gpr[0].Reg64 == 0xffffffffffffff44, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );
    guest.port_count = 0;
    io.InstructionBytes[0] = 0xed;
    io.AccessInfo.AccessSize = 4;
    CHECK_STATUS( try_io( &io ), SUCCESS );
    ok( guest.gpr[0].Reg64 == 0x11223344, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );

    /* rep outsb */
    guest.port_count = 0;
    vp.InstructionLength = 2;
    io.InstructionByteCount = 2;
    memcpy( io.InstructionBytes, "\xf3\x6e", 2 );
    io.AccessInfo.IsWrite = io.AccessInfo.StringOp = io.AccessInfo.RepPrefix = 1;
    io.AccessInfo.AccessSize = 1;
    io.Rcx = guest.gpr[1].Reg64 = 3;
    io.Rsi = guest.gpr[6].Reg64 = RAM_GPA + 0x200;
    io.Ds = guest.segment[3].Segment;
    io.Es = guest.segment[0].Segment;
    memcpy( guest.ram + 0x200, "abc", 3 );
    CHECK_STATUS( try_io( &io ), SUCCESS );
    ok( guest.port_count == 3, "got %u accesses\n", guest.port_count );
    ok( (guest.port_written[2] & 0xff) == 'c', "got data %#x\n", guest.port_written[2] );
    ok( !guest.gpr[1].Reg64, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    ok( guest.gpr[6].Reg64 == RAM_GPA + 0x203, "got rsi %#llx\n", (unsigned long long)guest.gpr[6].Reg64 );

    /* rep insd */
    guest.port_count = 0;
    memcpy( io.InstructionBytes, "\xf3\x6d", 2 );
    io.AccessInfo.IsWrite = 0;
    io.AccessInfo.AccessSize = 4;
    io.Rcx = guest.gpr[1].Reg64 = 2;
    io.Rdi = guest.gpr[7].Reg64 = RAM_GPA + 0x300;
    CHECK_STATUS( try_io( &io ), SUCCESS );
    ok( guest.port_count == 2, "got %u accesses\n", guest.port_count );
    ok( !memcmp( guest.ram + 0x300, "\x44\x33\x22\x11\x45\x33\x22\x11", 8 ), "got other data\n" );
    ok( guest.gpr[7].Reg64 == RAM_GPA + 0x308, "got rdi %#llx\n", (unsigned long long)guest.gpr[7].Reg64 );

    reset_guest();
    guest.port_result = E_FAIL;
    memset( &io, 0, sizeof(io) );
    vp.InstructionLength = 1;
    io.InstructionByteCount = 1;
    io.InstructionBytes[0] = 0xee;
    io.AccessInfo.IsWrite = 1;
    io.AccessInfo.AccessSize = 1;
    CHECK_STATUS( try_io( &io ), 1u << 2 );
    ok( !guest.set_count, "set %u times\n", guest.set_count );
}

static void test_failures( void )
{
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.memory_result = E_FAIL;
    CHECK_STATUS( MMIO( "\x89\x03", 0, TRUE ), 1u << 3 );
    ok( !guest.set_count, "set %u times\n", guest.set_count );

    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.get_result = E_FAIL;
    CHECK_STATUS( MMIO( "\x89\x03", 0, TRUE ), 1u << 6 );
    ok( !guest.mmio_count && !guest.set_count, "something was done\n" );

    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.set_result = E_FAIL;
    CHECK_STATUS( MMIO( "\x89\x03", 0, TRUE ), 1u << 7 );

    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.translate_result = E_FAIL;
    CHECK_STATUS( try_mmio( "\x89\x03", 2, 0, TRUE, FALSE ), 1u << 4 );
    ok( !guest.mmio_count && !guest.set_count, "something was done\n" );

    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    vp.ExecutionState.InterruptionPending = 1;
    CHECK_STATUS( MMIO( "\x89\x03", 0, TRUE ), 1u << 8 );
    ok( !guest.mmio_count && !guest.set_count, "something was done\n" );

    reset_guest();
    CHECK_STATUS( MMIO( "\x0f\xc7\x23", 0, TRUE ), 1u << 1 );           /* xsavec [rbx] */
    ok( !guest.mmio_count && !guest.set_count, "something was done\n" );
}

static void test_page_fault( void )
{
    reset_guest();
    guest.gpr[1].Reg64 = 1;
    guest.gpr[6].Reg64 = RAM_GPA + 0x1008;
    guest.gpr[7].Reg64 = MMIO_GPA;
    guest.bad_page = RAM_GPA + 0x1000;
    CHECK_STATUS( MMIO( "\xf3\xa5", 0, TRUE ), SUCCESS );               /* rep movsd, source not present */
    ok( !guest.mmio_count, "the device was accessed\n" );
    ok( guest.rip.Reg64 == CODE, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
    ok( guest.event.ExceptionEvent.EventPending, "no exception is pending\n" );
    ok( guest.event.ExceptionEvent.Vector == 14, "got vector %u\n", guest.event.ExceptionEvent.Vector );
    ok( guest.event.ExceptionEvent.DeliverErrorCode, "no error code\n" );
    ok( !guest.event.ExceptionEvent.ErrorCode, "got error code %#x\n", guest.event.ExceptionEvent.ErrorCode );
    ok( guest.event.ExceptionEvent.ExceptionParameter == RAM_GPA + 0x1008, "got parameter %#llx\n",
        (unsigned long long)guest.event.ExceptionEvent.ExceptionParameter );
}

/* callbacks that do something with the emulator that they are called by */

enum place { IN_GET, IN_TRANSLATE, IN_MEMORY, IN_PORT, IN_SET, PLACE_COUNT };

static enum place meddle_in;
static void (*meddle)( void );

static HRESULT CALLBACK meddling_get( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                      WHV_REGISTER_VALUE *values )
{
    if (meddle_in == IN_GET) meddle();
    return get_registers( context, names, count, values );
}

static HRESULT CALLBACK meddling_translate( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                            WHV_TRANSLATE_GVA_RESULT_CODE *code, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    if (meddle_in == IN_TRANSLATE) meddle();
    return translate( context, gva, flags, code, gpa );
}

static HRESULT CALLBACK meddling_memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    if (meddle_in == IN_MEMORY) meddle();
    return memory( context, access );
}

static HRESULT CALLBACK meddling_port( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    if (meddle_in == IN_PORT) meddle();
    return port( context, access );
}

static HRESULT CALLBACK meddling_set( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                      const WHV_REGISTER_VALUE *values )
{
    if (meddle_in == IN_SET) meddle();
    return set_registers( context, names, count, values );
}

static const WHV_EMULATOR_CALLBACKS meddling =
{
    sizeof(meddling), 0, meddling_port, meddling_memory, meddling_get, meddling_set, meddling_translate
};

static void destroy_emulator( void )
{
    HRESULT hr = WHvEmulatorDestroyEmulator( emulator );

    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
}

/* Another emulation with the same emulator; its callbacks do nothing of the kind. */
static void emulate_another( void )
{
    enum place place = meddle_in;
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    meddle_in = PLACE_COUNT;
    memset( &mmio, 0, sizeof(mmio) );
    mmio.InstructionByteCount = 2;
    memcpy( mmio.InstructionBytes, "\x8b\x03", 2 );
    mmio.AccessInfo.GvaValid = 1;
    mmio.Gva = mmio.Gpa = MMIO_GPA;
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, &mmio, &status );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    CHECK_STATUS( status.AsUINT32, SUCCESS );
    meddle_in = place;
}

/* Whatever the callback does, the emulation that it is called by ends, and makes no other one. */
static void check_meddling( const char *bytes, UINT32 count, BOOL gva_valid )
{
    WHV_EMULATOR_HANDLE saved = emulator;
    WHV_X64_IO_PORT_ACCESS_CONTEXT io;
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_EMULATOR_STATUS status;
    UINT32 sets, accesses;
    HRESULT hr;

    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    hr = WHvEmulatorCreateEmulator( &meddling, &emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    memset( &mmio, 0, sizeof(mmio) );
    mmio.InstructionByteCount = count;
    memcpy( mmio.InstructionBytes, bytes, count );
    mmio.AccessInfo.AccessType = WHvMemoryAccessWrite;
    mmio.AccessInfo.GvaValid = gva_valid;
    mmio.Gva = mmio.Gpa = MMIO_GPA;
    memset( &io, 0, sizeof(io) );
    io.AccessInfo.AccessSize = 1;
    io.AccessInfo.IsWrite = 1;
    vp.InstructionLength = 1;

    if (meddle_in == IN_PORT) hr = WHvEmulatorTryIoEmulation( emulator, &guest, &vp, &io, &status );
    else hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, &mmio, &status );
    ok( hr == E_INVALIDARG, "place %u: got %#lx\n", meddle_in, (unsigned long)hr );
    ok( !status.AsUINT32, "place %u: got %#x\n", meddle_in, status.AsUINT32 );
    sets = (meddle_in == IN_SET) + (meddle == emulate_another);
    accesses = (meddle_in == IN_SET || meddle_in == IN_MEMORY) + (meddle == emulate_another);
    ok( guest.set_count == sets, "place %u: set %u times\n", meddle_in, guest.set_count );
    ok( guest.mmio_count == accesses, "place %u: %u accesses\n", meddle_in, guest.mmio_count );

    hr = WHvEmulatorDestroyEmulator( emulator );
    ok( hr == (meddle == destroy_emulator ? E_INVALIDARG : S_OK), "got %#lx\n", (unsigned long)hr );
    emulator = saved;
}

static void test_meddling( void )
{
    static void (* const ways[])( void ) = { destroy_emulator, emulate_another };
    UINT32 i;

    if (!winetest_platform_is_wine)
    {
        skip( "this may crash\n" );
        return;
    }
    for (i = 0; i < ARRAYSIZE(ways); i++)
    {
        meddle = ways[i];
        for (meddle_in = 0; meddle_in < PLACE_COUNT; meddle_in++)
        {
            check_meddling( "\x89\x03", 2, meddle_in != IN_TRANSLATE );         /* mov [rbx], eax */
            check_meddling( "\x8b\x03", 2, meddle_in != IN_TRANSLATE );         /* mov eax, [rbx] */
            check_meddling( "\x85\x03", 2, meddle_in != IN_TRANSLATE );         /* test [rbx], eax */
        }
    }
}

START_TEST(emulation)
{
    HRESULT hr;

    test_create();
    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    if (hr != S_OK) return;
    test_bad_arguments();
    test_io();
    test_failures();
    test_page_fault();
    test_meddling();
    hr = WHvEmulatorDestroyEmulator( emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
}
