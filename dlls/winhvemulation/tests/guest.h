/*
 * A guest that exists in the callbacks alone
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
 * What it is for: tests of WinHvEmulation, which has no other way to a guest. One guest in plain variables, callbacks
 * that read and change it and count what they were asked for, one emulator, and ways to give it an access to emulate.
 * It knows the public API, test.h, and the names of vectors.h.
 */

#ifndef __WHV_TESTS_EMULATION_GUEST_H
#define __WHV_TESTS_EMULATION_GUEST_H

#include "wine/test.h"
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

static inline WHV_REGISTER_VALUE *find_register( WHV_REGISTER_NAME name )
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

static inline HRESULT CALLBACK get_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                       WHV_REGISTER_VALUE *values )
{
    UINT32 i;

    ok( context == &guest, "got context %p\n", context );
    guest.get_count++;
    if (guest.get_result != S_OK) return guest.get_result;
    for (i = 0; i < count; i++) values[i] = *find_register( names[i] );
    return S_OK;
}

static inline HRESULT CALLBACK set_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
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

static inline HRESULT CALLBACK translate( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
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

static inline HRESULT CALLBACK memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
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

static inline HRESULT CALLBACK port( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
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

static inline void reset_guest( void )
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
static inline UINT32 try_mmio( const char *bytes, UINT32 count, UINT32 offset, BOOL write, BOOL bytes_given )
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

static inline void check_mmio( UINT32 index, UINT64 address, UINT32 size, UINT64 data )
{
    ok( guest.mmio_count > index, "got %u accesses\n", guest.mmio_count );
    ok( guest.mmio_address[index] == address, "got address %#llx\n", (unsigned long long)guest.mmio_address[index] );
    ok( guest.mmio_size[index] == size, "got size %#x\n", guest.mmio_size[index] );
    ok( guest.mmio_written[index] == data, "got data %#llx\n", (unsigned long long)guest.mmio_written[index] );
}

#endif /* __WHV_TESTS_EMULATION_GUEST_H */
