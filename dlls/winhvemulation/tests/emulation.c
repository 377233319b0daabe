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

#include "test.h"
#include <winhvemulation.h>
#include "../../winhvplatform/vectors.h"

#define RAM_GPA  0x10000ull
#define RAM_SIZE 0x3000
#define MMIO_GPA 0xfe000000ull
#define CODE     0x12000ull

#define SUCCESS 1u

/* a guest that exists in the callbacks alone */
static struct
{
    WHV_REGISTER_VALUE gpr[16], rip, rflags, segment[6], xmm[16], upper[16], event;
    BYTE   ram[RAM_SIZE];
    UINT64 mmio_data;
    UINT64 mmio_address[64], mmio_written[64];
    UINT32 mmio_size[64], mmio_count;
    UINT16 port[64];
    UINT32 port_written[64], port_size[64], port_count;
    UINT32 get_count, set_count, translate_count, ram_count, set_after;
    UINT64 bad_page;
    HRESULT get_result, set_result, translate_result, memory_result, port_result;
} guest;

static WHV_EMULATOR_HANDLE emulator;
static WHV_VP_EXIT_CONTEXT vp;

static WHV_REGISTER_VALUE *find_register( WHV_REGISTER_NAME name )
{
    static WHV_REGISTER_VALUE other;

    if (name <= WHvX64RegisterR15) return &guest.gpr[name];
    if (name == WHvX64RegisterRip) return &guest.rip;
    if (name == WHvX64RegisterRflags) return &guest.rflags;
    if (name >= WHvX64RegisterEs && name <= WHvX64RegisterGs) return &guest.segment[name - WHvX64RegisterEs];
    if (name >= WHvX64RegisterXmm0 && name <= WHvX64RegisterXmm15) return &guest.xmm[name - WHvX64RegisterXmm0];
    if (name == WHvRegisterPendingEvent) return &guest.event;
    if (name >= WHV_VECTOR_LANE( 0, 1 ) && name <= WHV_VECTOR_LANE( 15, 1 ) && (name & 3) == 1)
        return &guest.upper[(name - WHV_VECTOR_LANE( 0, 1 )) / 4];
    memset( &other, 0, sizeof(other) );
    if (name == WHvX64RegisterCr0) other.Reg64 = 0x80050033;
    if (name == WHvX64RegisterCr4) other.Reg64 = 0x40620;
    if (name == WHvX64RegisterXCr0) other.Reg64 = 7;
    if (name == WHvX64RegisterEfer) other.Reg64 = 0xd00;
    if (name == WHvX64RegisterGdtr)
    {
        other.Table.Base = 0x12345678;
        other.Table.Limit = 0x7f;
    }
    return &other;
}

static HRESULT CALLBACK get_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                       WHV_REGISTER_VALUE *values )
{
    UINT32 i;

    ok( context == &guest, "got context %p\n", context );
    guest.get_count++;
    if (guest.get_result != S_OK) return guest.get_result;
    for (i = 0; i < count; i++) values[i] = *find_register( names[i] );
    return S_OK;
}

static HRESULT CALLBACK set_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                       const WHV_REGISTER_VALUE *values )
{
    UINT32 i;

    ok( context == &guest, "got context %p\n", context );
    guest.set_count++;
    guest.set_after = guest.mmio_count + guest.port_count;
    if (guest.set_result != S_OK) return guest.set_result;
    for (i = 0; i < count; i++) *find_register( names[i] ) = values[i];
    return S_OK;
}

static HRESULT CALLBACK translate( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                   WHV_TRANSLATE_GVA_RESULT_CODE *code, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    ok( context == &guest, "got context %p\n", context );
    ok( !(gva & 0xfff), "got address %#llx\n", (unsigned long long)gva );
    (void)flags;
    guest.translate_count++;
    if (guest.translate_result != S_OK) return guest.translate_result;
    *code = gva == guest.bad_page ? WHvTranslateGvaResultPageNotPresent : WHvTranslateGvaResultSuccess;
    *gpa = gva;
    return S_OK;
}

static HRESULT CALLBACK memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    UINT64 offset = access->GpaAddress - RAM_GPA;

    ok( context == &guest, "got context %p\n", context );
    ok( access->AccessSize && access->AccessSize <= 8, "got size %u\n", access->AccessSize );
    ok( (access->GpaAddress & 0xfff) + access->AccessSize <= 0x1000, "access to %#llx crosses a page\n",
        (unsigned long long)access->GpaAddress );
    if (guest.memory_result != S_OK) return guest.memory_result;
    if (offset < RAM_SIZE)
    {
        guest.ram_count++;
        if (access->Direction) memcpy( guest.ram + offset, access->Data, access->AccessSize );
        else memcpy( access->Data, guest.ram + offset, access->AccessSize );
        return S_OK;
    }
    if (guest.mmio_count == ARRAYSIZE(guest.mmio_address)) return E_FAIL;
    guest.mmio_address[guest.mmio_count] = access->GpaAddress;
    guest.mmio_size[guest.mmio_count] = access->AccessSize | (access->Direction ? 0x80 : 0);
    guest.mmio_written[guest.mmio_count] = 0;
    if (access->Direction) memcpy( &guest.mmio_written[guest.mmio_count], access->Data, access->AccessSize );
    else memcpy( access->Data, &guest.mmio_data, access->AccessSize );
    guest.mmio_count++;
    return S_OK;
}

static HRESULT CALLBACK port( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    ok( context == &guest, "got context %p\n", context );
    if (guest.port_result != S_OK) return guest.port_result;
    if (guest.port_count == ARRAYSIZE(guest.port)) return E_FAIL;
    guest.port[guest.port_count] = access->Port;
    guest.port_size[guest.port_count] = access->AccessSize | (access->Direction ? 0x80 : 0);
    guest.port_written[guest.port_count] = access->Data;
    if (!access->Direction) access->Data = 0x11223344 + guest.port_count;
    guest.port_count++;
    return S_OK;
}

static const WHV_EMULATOR_CALLBACKS callbacks =
{
    sizeof(callbacks), 0, port, memory, get_registers, set_registers, translate
};

static void reset_guest( void )
{
    UINT32 i;

    memset( &guest, 0, sizeof(guest) );
    memset( &vp, 0, sizeof(vp) );
    guest.bad_page = ~0ull;
    guest.rip.Reg64 = CODE;
    guest.rflags.Reg64 = 2;
    for (i = 0; i < 6; i++)
    {
        guest.segment[i].Segment.Limit = 0xffffffff;
        guest.segment[i].Segment.Attributes = i == 1 ? 0xa09b : 0xc093;
        guest.segment[i].Segment.Selector = i == 1 ? 8 : 16;
    }
    vp.ExecutionState.Cr0Pe = 1;
    vp.ExecutionState.EferLma = 1;
    vp.Cs = guest.segment[1].Segment;
    vp.Rip = CODE;
    vp.Rflags = 2;
}

/* bytes_given: in the exit context, else they must be fetched */
static UINT32 try_mmio( const char *bytes, UINT32 count, UINT32 offset, BOOL write, BOOL bytes_given )
{
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    memset( &mmio, 0, sizeof(mmio) );
    memcpy( guest.ram + (vp.Rip - RAM_GPA), bytes, count );
    if (bytes_given)
    {
        mmio.InstructionByteCount = count;
        memcpy( mmio.InstructionBytes, bytes, count );
        vp.InstructionLength = count;
    }
    mmio.AccessInfo.AccessType = write ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    mmio.AccessInfo.GpaUnmapped = 1;
    mmio.AccessInfo.GvaValid = 1;
    mmio.Gpa = mmio.Gva = MMIO_GPA + offset;
    guest.rip.Reg64 = vp.Rip;
    status.AsUINT32 = 0xdeadbeef;
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, &mmio, &status );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    return status.AsUINT32;
}

#define MMIO( bytes, offset, write ) try_mmio( bytes, sizeof(bytes) - 1, offset, write, TRUE )

#define CHECK_STATUS( status, expected ) \
    do \
    { \
        UINT32 got = (status); \
        ok( got == (expected), "got status %#x\n", got ); \
    } while (0)

static void check_mmio( UINT32 index, UINT64 address, UINT32 size, UINT64 data )
{
    ok( guest.mmio_count > index, "got %u accesses\n", guest.mmio_count );
    ok( guest.mmio_address[index] == address, "got address %#llx\n", (unsigned long long)guest.mmio_address[index] );
    ok( guest.mmio_size[index] == size, "got size %#x\n", guest.mmio_size[index] );
    ok( guest.mmio_written[index] == data, "got data %#llx\n", (unsigned long long)guest.mmio_written[index] );
}

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
    ok( FAILED(hr), "got %#lx\n", (unsigned long)hr );
}

static void test_mmio( void )
{
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA + 0x10;
    guest.gpr[0].Reg64 = 0x1122334455667788;
    CHECK_STATUS( MMIO( "\x89\x03", 0x10, TRUE ), SUCCESS );            /* mov [rbx], eax */
    check_mmio( 0, MMIO_GPA + 0x10, 0x84, 0x55667788 );
    ok( guest.set_count == 1, "set %u times\n", guest.set_count );
    ok( guest.set_after == 1, "set after %u accesses\n", guest.set_after );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );

    guest.mmio_data = 0xaabbccddeeff0011;
    CHECK_STATUS( MMIO( "\x8b\x03", 0x10, FALSE ), SUCCESS );           /* mov eax, [rbx] */
    ok( guest.gpr[0].Reg64 == 0xeeff0011, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );
    CHECK_STATUS( MMIO( "\x48\x0f\xb7\x0b", 0x10, FALSE ), SUCCESS );   /* movzx rcx, word [rbx] */
    ok( guest.gpr[1].Reg64 == 0x11, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );

    /* read-modify-write, flags */
    guest.mmio_count = 0;
    guest.mmio_data = 0xffffffff;
    CHECK_STATUS( MMIO( "\x83\x03\x01", 0x10, FALSE ), SUCCESS );       /* add dword [rbx], 1 */
    check_mmio( 0, MMIO_GPA + 0x10, 0x04, 0 );
    check_mmio( 1, MMIO_GPA + 0x10, 0x84, 0 );
    ok( (guest.rflags.Reg64 & 0x8d5) == 0x55, "got flags %#llx\n", (unsigned long long)guest.rflags.Reg64 );

    guest.mmio_count = 0;
    guest.mmio_data = 5;
    guest.gpr[0].Reg64 = 5;
    guest.gpr[1].Reg64 = 7;
    CHECK_STATUS( MMIO( "\xf0\x0f\xb1\x0b", 0x10, TRUE ), SUCCESS );    /* lock cmpxchg [rbx], ecx */
    check_mmio( 1, MMIO_GPA + 0x10, 0x84, 7 );
    ok( guest.rflags.Reg64 & 0x40, "got flags %#llx\n", (unsigned long long)guest.rflags.Reg64 );

    /* across a page: two callbacks, or more */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA + 0xffe;
    guest.gpr[0].Reg64 = 0x1122334455667788;
    CHECK_STATUS( MMIO( "\x48\x89\x03", 0xffe, TRUE ), SUCCESS );       /* mov [rbx], rax */
    check_mmio( 0, MMIO_GPA + 0xffe, 0x82, 0x7788 );
    check_mmio( 1, MMIO_GPA + 0x1000, 0x86, 0x112233445566 );

    /* 16 bytes */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.xmm[2].Reg128.Low64 = 0x0123456789abcdef;
    guest.xmm[2].Reg128.High64 = 0xfedcba9876543210;
    CHECK_STATUS( MMIO( "\x0f\x11\x13", 0, TRUE ), SUCCESS );           /* movups [rbx], xmm2 */
    check_mmio( 0, MMIO_GPA, 0x88, 0x0123456789abcdef );
    check_mmio( 1, MMIO_GPA + 8, 0x88, 0xfedcba9876543210 );

    if (!winetest_platform_is_wine)
    {
        skip( "no vector arithmetic there\n" );
        return;
    }
    guest.mmio_count = 0;
    guest.mmio_data = 0x0000000100000002;
    CHECK_STATUS( MMIO( "\x66\x0f\xfe\x13", 0, FALSE ), SUCCESS );      /* paddd xmm2, [rbx] */
    check_mmio( 0, MMIO_GPA, 0x08, 0 );
    check_mmio( 1, MMIO_GPA + 8, 0x08, 0 );
    ok( guest.xmm[2].Reg128.Low64 == 0x0123456889abcdf1, "got %#llx\n", (unsigned long long)guest.xmm[2].Reg128.Low64 );
    ok( guest.xmm[2].Reg128.High64 == 0xfedcba9976543212, "got %#llx\n",
        (unsigned long long)guest.xmm[2].Reg128.High64 );
    CHECK_STATUS( MMIO( "\xf3\x0f\xb8\x03", 0, FALSE ), SUCCESS );      /* popcnt eax, [rbx] */
    ok( guest.gpr[0].Reg64 == 1, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );

    /* 32 bytes: four callbacks; a load of 16 clears what is above; the elements that a mask has */
    guest.mmio_count = 0;
    guest.upper[2].Reg128.Low64 = 0x1111111122222222;
    guest.upper[2].Reg128.High64 = 0x3333333344444444;
    CHECK_STATUS( MMIO( "\xc5\xfe\x7f\x13", 0, TRUE ), SUCCESS );       /* vmovdqu [rbx], ymm2 */
    check_mmio( 0, MMIO_GPA, 0x88, 0x0123456889abcdf1 );
    check_mmio( 2, MMIO_GPA + 16, 0x88, 0x1111111122222222 );
    check_mmio( 3, MMIO_GPA + 24, 0x88, 0x3333333344444444 );
    guest.mmio_count = 0;
    guest.xmm[3].Reg128.Low64 = 0x8000000000000000;
    guest.upper[3].Reg128.High64 = 0x7fffffff80000000;
    CHECK_STATUS( MMIO( "\xc4\xe2\x65\x2e\x13", 0, TRUE ), SUCCESS );   /* vmaskmovps [rbx], ymm3, ymm2 */
    ok( guest.mmio_count == 2, "%u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 4, 0x84, 0x01234568 );
    check_mmio( 1, MMIO_GPA + 24, 0x84, 0x44444444 );
    guest.mmio_count = 0;
    guest.gpr[7].Reg64 = MMIO_GPA;
    guest.xmm[3].Reg128.Low64 = 0x0000000000008000;
    guest.xmm[3].Reg128.High64 = 0;
    CHECK_STATUS( MMIO( "\x66\x0f\xf7\xd3", 0, TRUE ), SUCCESS );       /* maskmovdqu xmm2, xmm3 */
    ok( guest.mmio_count == 1, "%u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 1, 0x81, 0xcd );
    guest.mmio_data = 7;
    CHECK_STATUS( MMIO( "\xc5\xfa\x6f\x13", 0, FALSE ), SUCCESS );      /* vmovdqu xmm2, [rbx] */
    ok( guest.xmm[2].Reg128.High64 == 7, "got %#llx\n", (unsigned long long)guest.xmm[2].Reg128.High64 );
    ok( !guest.upper[2].Reg128.Low64 && !guest.upper[2].Reg128.High64, "the upper half is left\n" );

    /* nothing is touched when the client can't give them */
    guest.set_count = guest.mmio_count = 0;
    guest.get_result = E_FAIL;
    CHECK_STATUS( MMIO( "\xc5\xfe\x7f\x03", 0, TRUE ), 0x40 );          /* vmovdqu [rbx], ymm0 */
    ok( !guest.set_count && !guest.mmio_count, "set %u times, %u accesses\n", guest.set_count, guest.mmio_count );
    guest.get_result = S_OK;
    /* AVX-512 is moves */
    CHECK_STATUS( MMIO( "\x62\xf1\x6d\x48\xfe\x0b", 0, FALSE ), 2 );   /* vpaddd zmm1, zmm2, [rbx] */
}

/* What Microsoft's emulator does not have. */
static void test_other_forms( void )
{
    UINT32 i;

    if (!winetest_platform_is_wine)
    {
        skip( "they are not emulated there\n" );
        return;
    }
    /* 512 bytes in pieces */
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.xmm[15].Reg128.High64 = 0x0123456789abcdef;
    CHECK_STATUS( MMIO( "\x0f\xae\x03", 0, TRUE ), SUCCESS );           /* fxsave [rbx] */
    ok( guest.mmio_count == 52, "got %u accesses\n", guest.mmio_count );
    for (i = 0; i < guest.mmio_count; i++) ok( guest.mmio_size[i] == 0x88, "got size %#x\n", guest.mmio_size[i] );
    check_mmio( 51, MMIO_GPA + 408, 0x88, 0x0123456789abcdef );
    guest.mmio_count = 0;
    guest.mmio_data = 0x1111;
    CHECK_STATUS( MMIO( "\x0f\xae\x0b", 0, FALSE ), SUCCESS );          /* fxrstor [rbx] */
    ok( guest.xmm[15].Reg128.Low64 == 0x1111, "got %#llx\n", (unsigned long long)guest.xmm[15].Reg128.Low64 );
    ok( guest.set_count == 2, "set %u times\n", guest.set_count );
    guest.gpr[3].Reg64 = MMIO_GPA + 8;
    CHECK_STATUS( MMIO( "\x0f\xae\x03", 8, TRUE ), SUCCESS );
    ok( guest.event.ExceptionEvent.EventPending && guest.event.ExceptionEvent.Vector == 13, "got event %#llx\n",
        (unsigned long long)guest.event.Reg128.Low64 );

    /* a stack in the device */
    reset_guest();
    guest.gpr[4].Reg64 = 0x1000;
    guest.gpr[5].Reg64 = MMIO_GPA + 0x10;
    guest.mmio_data = 0x5555;
    CHECK_STATUS( MMIO( "\xc9", 0x10, FALSE ), SUCCESS );                /* leave */
    ok( guest.gpr[5].Reg64 == 0x5555, "got rbp %#llx\n", (unsigned long long)guest.gpr[5].Reg64 );
    ok( guest.gpr[4].Reg64 == MMIO_GPA + 0x18, "got rsp %#llx\n", (unsigned long long)guest.gpr[4].Reg64 );
    guest.mmio_count = 0;
    CHECK_STATUS( MMIO( "\xc8\x20\x00\x00", 0x10, TRUE ), SUCCESS );    /* enter 0x20, 0 */
    check_mmio( 0, MMIO_GPA + 0x10, 0x88, 0x5555 );
    ok( guest.gpr[4].Reg64 == MMIO_GPA - 0x10, "got rsp %#llx\n", (unsigned long long)guest.gpr[4].Reg64 );

    /* a table register is stored */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA;
    CHECK_STATUS( MMIO( "\x0f\x01\x03", 0, TRUE ), SUCCESS );           /* sgdt [rbx] */
    check_mmio( 0, MMIO_GPA, 0x88, 0x12345678007f );
    check_mmio( 1, MMIO_GPA + 8, 0x82, 0 );

    /* a selector without a descriptor: beyond the table */
    guest.mmio_data = 0x80;
    CHECK_STATUS( MMIO( "\x8e\x23", 0, FALSE ), SUCCESS );              /* mov fs, [rbx] */
    ok( guest.event.ExceptionEvent.Vector == 13 && guest.event.ExceptionEvent.ErrorCode == 0x80, "got event %#llx\n",
        (unsigned long long)guest.event.Reg128.Low64 );
}

static void test_fetch( void )
{
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.gpr[0].Reg64 = 0x12345678;
    CHECK_STATUS( try_mmio( "\x89\x03", 2, 0, TRUE, FALSE ), SUCCESS );
    check_mmio( 0, MMIO_GPA, 0x84, 0x12345678 );
    ok( guest.translate_count, "rip was not translated\n" );
    ok( guest.ram_count, "no bytes were read\n" );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
}

static void test_string( void )
{
    UINT32 i;

    reset_guest();
    guest.gpr[1].Reg64 = 4;
    guest.gpr[6].Reg64 = RAM_GPA + 0x100;
    guest.gpr[7].Reg64 = MMIO_GPA + 0x20;
    for (i = 0; i < 16; i++) guest.ram[0x100 + i] = i;
    CHECK_STATUS( MMIO( "\xf3\xa5", 0x20, TRUE ), SUCCESS );            /* rep movsd */
    ok( guest.mmio_count == 4, "got %u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 0x20, 0x84, 0x03020100 );
    check_mmio( 3, MMIO_GPA + 0x2c, 0x84, 0x0f0e0d0c );
    ok( !guest.gpr[1].Reg64, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    ok( guest.gpr[6].Reg64 == RAM_GPA + 0x110, "got rsi %#llx\n", (unsigned long long)guest.gpr[6].Reg64 );
    ok( guest.gpr[7].Reg64 == MMIO_GPA + 0x30, "got rdi %#llx\n", (unsigned long long)guest.gpr[7].Reg64 );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
    ok( guest.set_count == 1, "set %u times\n", guest.set_count );
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

static HRESULT CALLBACK destroying_memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    (void)context;
    (void)access;
    return WHvEmulatorDestroyEmulator( emulator );
}

static void test_destroy_in_callback( void )
{
    WHV_EMULATOR_CALLBACKS destroying = callbacks;
    WHV_EMULATOR_HANDLE saved = emulator;
    WHV_MEMORY_ACCESS_CONTEXT mmio;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    if (!winetest_platform_is_wine)
    {
        skip( "this may crash\n" );
        return;
    }
    reset_guest();
    destroying.WHvEmulatorMemoryCallback = destroying_memory;
    hr = WHvEmulatorCreateEmulator( &destroying, &emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    memset( &mmio, 0, sizeof(mmio) );
    mmio.InstructionByteCount = 2;
    memcpy( mmio.InstructionBytes, "\x89\x03", 2 );
    mmio.AccessInfo.AccessType = WHvMemoryAccessWrite;
    hr = WHvEmulatorTryMmioEmulation( emulator, &guest, &vp, &mmio, &status );
    ok( hr == E_INVALIDARG, "got %#lx\n", (unsigned long)hr );
    ok( !guest.set_count, "set %u times\n", guest.set_count );
    emulator = saved;
}

START_TEST(emulation)
{
    HRESULT hr;

    test_create();
    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    if (hr != S_OK) return;
    test_bad_arguments();
    test_mmio();
    test_other_forms();
    test_fetch();
    test_string();
    test_io();
    test_failures();
    test_page_fault();
    test_destroy_in_callback();
    hr = WHvEmulatorDestroyEmulator( emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
}
