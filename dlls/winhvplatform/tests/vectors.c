/*
 * Tests for vector instructions, on memory and on a device
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
 * Each instruction twice, on the same registers and bytes: its operand in memory, where the processor executes it (or,
 * for a KVM without hardware, the platform), and in the hole, where it is an exit and WinHvEmulation's. All vector
 * registers and all bytes must be equal afterwards, in all modes. The callbacks hand on whatever they are asked for, as
 * clients do.
 */

#include "vm.h"
#include <winhvemulation.h>
#include "../vectors.h"

#define DATA_SIZE 0x80
#define AT        0x40          /* where in it the operand is: gathers go both ways */

struct device
{
    struct vm *vm;
    BYTE       bytes[DATA_SIZE];
    UINT32     count, order;    /* accesses; those that did not go upwards */
    UINT64     last;
};

struct row
{
    const char *name;
    BYTE        code[8];
    UINT32      size;
    UINT32      accesses;       /* callbacks, if the client's own code has one for each 8 bytes */
    BOOL        avx2;
};

/* [rbx], [edi] where it is implied */
static const struct row rows[] =
{
    { "movups xmm0,[rbx]",            { 0x0f, 0x10, 0x03 }, 3, 2, FALSE },
    { "paddd xmm0,[rbx]",             { 0x66, 0x0f, 0xfe, 0x03 }, 4, 2, FALSE },
    { "vmovdqu xmm0,[rbx]",           { 0xc5, 0xfa, 0x6f, 0x03 }, 4, 2, FALSE },
    { "vmovdqu ymm0,[rbx]",           { 0xc5, 0xfe, 0x6f, 0x03 }, 4, 4, FALSE },
    { "vmovdqu [rbx],ymm0",           { 0xc5, 0xfe, 0x7f, 0x03 }, 4, 4, FALSE },
    { "vmovntps [rbx],ymm0",          { 0xc5, 0xfc, 0x2b, 0x03 }, 4, 4, FALSE },
    { "vmovsd xmm0,[rbx]",            { 0xc5, 0xfb, 0x10, 0x03 }, 4, 1, FALSE },
    { "vaddps xmm0,xmm2,[rbx]",       { 0xc5, 0xe8, 0x58, 0x03 }, 4, 2, FALSE },
    { "vaddpd ymm0,ymm2,[rbx]",       { 0xc5, 0xed, 0x58, 0x03 }, 4, 4, FALSE },
    { "vxorps ymm0,ymm2,[rbx]",       { 0xc5, 0xec, 0x57, 0x03 }, 4, 4, FALSE },
    { "vbroadcastss ymm0,[rbx]",      { 0xc4, 0xe2, 0x7d, 0x18, 0x03 }, 5, 1, FALSE },
    { "vinsertf128 ymm0,ymm2,[rbx],1", { 0xc4, 0xe3, 0x6d, 0x18, 0x03, 0x01 }, 6, 2, FALSE },
    { "vextractf128 [rbx],ymm0,1",    { 0xc4, 0xe3, 0x7d, 0x19, 0x03, 0x01 }, 6, 2, FALSE },
    { "vmaskmovps ymm0,ymm3,[rbx]",   { 0xc4, 0xe2, 0x65, 0x2c, 0x03 }, 5, 3, FALSE },
    { "vmaskmovpd [rbx],ymm3,ymm0",   { 0xc4, 0xe2, 0x65, 0x2f, 0x03 }, 5, 2, FALSE },
    { "maskmovdqu xmm0,xmm3",         { 0x66, 0x0f, 0xf7, 0xc3 }, 4, 7, FALSE },
    { "vpaddd ymm0,ymm2,[rbx]",       { 0xc5, 0xed, 0xfe, 0x03 }, 4, 4, TRUE },
    { "vpmovzxbd ymm0,[rbx]",         { 0xc4, 0xe2, 0x7d, 0x31, 0x03 }, 5, 1, TRUE },
    { "vpmaskmovd [rbx],ymm3,ymm0",   { 0xc4, 0xe2, 0x65, 0x8e, 0x03 }, 5, 3, TRUE },
};

/* 64-bit code only: [rbx + ymm1 * 4] */
static const struct row rows64[] =
{
    { "vpgatherdd ymm0,[rbx+ymm1*4],ymm3", { 0xc4, 0xe2, 0x65, 0x90, 0x04, 0x8b }, 6, 3, TRUE },
    { "vmovdqu [rbx],ymm9",           { 0xc5, 0x7e, 0x7f, 0x0b }, 4, 4, FALSE },
};

static BOOL host_has( BOOL avx2 )
{
    unsigned int eax = 0, ebx, ecx, edx;

    __asm__( "cpuid" : "+a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx) );
    if (eax < 7) return FALSE;
    eax = 1;
    __asm__( "cpuid" : "+a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx) );
    if (!(ecx >> 27 & 1) || !(ecx >> 28 & 1)) return FALSE;
    if (!avx2) return TRUE;
    eax = 7;
    ecx = 0;
    __asm__( "cpuid" : "+a" (eax), "=b" (ebx), "+c" (ecx), "=d" (edx) );
    return ebx >> 5 & 1;
}

/* ---- a client ---- */

static HRESULT CALLBACK get_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                       WHV_REGISTER_VALUE *values )
{
    struct device *device = context;

    return WHvGetVirtualProcessorRegisters( device->vm->partition, 0, names, count, values );
}

static HRESULT CALLBACK set_registers( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                       const WHV_REGISTER_VALUE *values )
{
    struct device *device = context;

    return WHvSetVirtualProcessorRegisters( device->vm->partition, 0, names, count, values );
}

static HRESULT CALLBACK translate( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                   WHV_TRANSLATE_GVA_RESULT_CODE *code, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    struct device *device = context;
    WHV_TRANSLATE_GVA_RESULT result;
    HRESULT hr = WHvTranslateGva( device->vm->partition, 0, gva, flags, &result, gpa );

    *code = result.ResultCode;
    return hr;
}

static HRESULT CALLBACK memory( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    struct device *device = context;
    UINT64 offset = access->GpaAddress - HOLE_GPA;

    if (offset >= DATA_SIZE || offset + access->AccessSize > DATA_SIZE) return E_FAIL;
    if (access->Direction) memcpy( device->bytes + offset, access->Data, access->AccessSize );
    else memcpy( access->Data, device->bytes + offset, access->AccessSize );
    if (device->count++ && offset <= device->last) device->order++;
    device->last = offset;
    return S_OK;
}

static HRESULT CALLBACK port( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context;
    (void)access;
    return E_FAIL;
}

/* ---- the two runs ---- */

static void fill_bytes( BYTE *bytes )
{
    UINT32 i;

    for (i = 0; i < DATA_SIZE; i++) bytes[i] = i * 7 + 1;
}

static void get_vectors( struct vm *vm, WHV_REGISTER_VALUE values[32] )
{
    WHV_REGISTER_NAME names[32];
    UINT32 i;
    HRESULT hr;

    for (i = 0; i < 16; i++)
    {
        names[i] = WHvX64RegisterXmm0 + i;
        names[16 + i] = WHV_VECTOR_LANE( i, 1 );
    }
    hr = WHvGetVirtualProcessorRegisters( vm->partition, 0, names, 32, values );
    ok( hr == S_OK, "got %#lx\n", hr );
}

/* Numbers in most of them; in 1 indices, in 3 a mask of single elements. */
static BOOL set_vectors( struct vm *vm )
{
    static const UINT32 mask[8] = { 0x80000000, 0, 0x7fffffff, 0x80800080, 0, 0x12345678, 0x40404040, 0xffffffff };
    static const INT32 indices[8] = { -16, -9, -1, 0, 3, 5, 7, 15 };
    WHV_REGISTER_NAME name;
    WHV_REGISTER_VALUE value;
    UINT32 i, k, lane;
    HRESULT hr;

    for (i = 0; i < 16; i++)
        for (lane = 0; lane < 2; lane++)
        {
            for (k = 0; k < 4; k++)
                value.Reg128.Dword[k] = i == 3 ? mask[lane * 4 + k] : i == 1 ? (UINT32)indices[lane * 4 + k]
                                                                             : 0x3f800000 + (i << 20) + (lane << 8) + k;
            name = lane ? WHV_VECTOR_LANE( i, 1 ) : WHvX64RegisterXmm0 + i;
            hr = WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, &value );
            if (hr == ERROR_HV_INVALID_REGISTER_VALUE) return FALSE;        /* no such registers */
            ok( hr == S_OK, "register %u, lane %u: %#lx\n", i, lane, hr );
        }
    return TRUE;
}

static BOOL load( struct vm *vm, enum mode mode, const struct row *row, UINT64 address )
{
    UINT64 regs[REG_COUNT];

    vm_default_regs( mode, regs );
    regs[RBX] = regs[RDI] = address + AT;
    vm_load( vm, mode, row->code, row->size, regs );
    fill_bytes( vm->ram + DATA_GPA );
    return vm_set_reg( vm, WHvX64RegisterCr4, modes[mode].cr4 | 0x40600 ) == S_OK &&
           vm_set_reg( vm, WHvX64RegisterXCr0, 7 ) == S_OK && set_vectors( vm );
}

static BOOL is_end( const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    return exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit->IoPortAccess.PortNumber == END_PORT;
}

static void test_row( struct vm *vm, WHV_EMULATOR_HANDLE emulator, enum mode mode, const struct row *row )
{
    WHV_REGISTER_VALUE on_memory[32], on_device[32];
    struct device device;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;
    UINT32 i;

    if (!host_has( row->avx2 ))
    {
        skip( "no such processor\n" );
        return;
    }
    if (!load( vm, mode, row, modes[mode].data ) || !vm_run( vm, &exit ))
    {
        skip( "no AVX in this partition\n" );
        return;
    }
    ok( is_end( &exit ), "on memory: exit %#x at %#llx\n", exit.ExitReason, exit.VpContext.Rip );
    if (!is_end( &exit )) return;
    get_vectors( vm, on_memory );

    memset( &device, 0, sizeof(device) );
    device.vm = vm;
    fill_bytes( device.bytes );
    if (!load( vm, mode, row, modes[mode].hole ) || !vm_run( vm, &exit )) return;
    ok( exit.ExitReason == WHvRunVpExitReasonMemoryAccess, "on a device: exit %#x\n", exit.ExitReason );
    for (i = 0; i < 8 && exit.ExitReason == WHvRunVpExitReasonMemoryAccess; i++)
    {
        status.AsUINT32 = 0;
        hr = WHvEmulatorTryMmioEmulation( emulator, &device, &exit.VpContext, &exit.MemoryAccess, &status );
        ok( hr == S_OK && status.AsUINT32 == 1, "got %#lx, status %#x\n", hr, status.AsUINT32 );
        if (status.AsUINT32 != 1 || !vm_run( vm, &exit )) return;
    }
    ok( i == 1, "%u exits\n", i );
    ok( is_end( &exit ), "on a device: exit %#x at %#llx\n", exit.ExitReason, exit.VpContext.Rip );
    ok( device.count == row->accesses, "%u accesses, expected %u\n", device.count, row->accesses );
    ok( !device.order, "%u accesses went down\n", device.order );
    get_vectors( vm, on_device );
    for (i = 0; i < 32; i++)
        ok( !memcmp( &on_memory[i], &on_device[i], 16 ),
            "%s of vector register %u: %016llx%016llx, on memory %016llx%016llx\n",
            i < 16 ? "lower half" : "upper half", i & 15, (unsigned long long)on_device[i].Reg128.High64,
            (unsigned long long)on_device[i].Reg128.Low64, (unsigned long long)on_memory[i].Reg128.High64,
            (unsigned long long)on_memory[i].Reg128.Low64 );

    /* a device that was written is compared with memory that was */
    if (!load( vm, mode, row, modes[mode].data ) || !vm_run( vm, &exit )) return;
    ok( !memcmp( vm->ram + DATA_GPA, device.bytes, DATA_SIZE ), "other bytes than on memory\n" );
}

START_TEST(vectors)
{
    static const WHV_EMULATOR_CALLBACKS callbacks =
    {
        sizeof(callbacks), 0, port, memory, get_registers, set_registers, translate
    };
    WHV_EMULATOR_HANDLE emulator;
    enum mode mode;
    struct vm vm;
    HRESULT hr;
    UINT32 i;

    if (!vm_present()) return;
    if (!winetest_platform_is_wine)
    {
        skip( "no vector instructions there\n" );
        return;
    }
    if (!vm_create( &vm, NULL )) return;
    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    ok( hr == S_OK, "got %#lx\n", hr );
    for (mode = MODE_PROT; mode < MODE_COUNT; mode++)
    {
        for (i = 0; i < ARRAY_COUNT(rows); i++)
        {
            winetest_push_context( "%s %s", modes[mode].name, rows[i].name );
            test_row( &vm, emulator, mode, &rows[i] );
            winetest_pop_context();
        }
        for (i = 0; mode >= MODE_LONG && i < ARRAY_COUNT(rows64); i++)
        {
            winetest_push_context( "%s %s", modes[mode].name, rows64[i].name );
            test_row( &vm, emulator, mode, &rows64[i] );
            winetest_pop_context();
        }
    }
    WHvEmulatorDestroyEmulator( emulator );
    vm_destroy( &vm );
}
