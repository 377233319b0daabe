/*
 * whvrun: the platform's instruction emulator
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

#include <stdio.h>

#include <windows.h>
#include <winhvplatform.h>
#include <winhvemulation.h>

#include "devices/bus.h"
#include "host/report.h"
#include "platform/emulator.h"
#include "platform/partition.h"
#include "platform/ram.h"

static WHV_EMULATOR_HANDLE emulator;

/**** callbacks: it has no state of its own, all is asked of us; the context is the processor's index ****/

static HRESULT CALLBACK io_callback( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context;
    if (access->Direction) bus_write_port( access->Port, access->AccessSize, access->Data );
    else access->Data = bus_read_port( access->Port, access->AccessSize );
    return S_OK;
}

/* String instructions between RAM and a device, and page tables, come here too: so RAM must be served. */
static HRESULT CALLBACK memory_callback( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    void *memory = ram_at( access->GpaAddress, access->AccessSize );

    (void)context;
    if (memory && access->Direction) memcpy( memory, access->Data, access->AccessSize );
    else if (memory) memcpy( access->Data, memory, access->AccessSize );
    else if (access->Direction) bus_write_memory( access->GpaAddress, access->AccessSize, access->Data );
    else bus_read_memory( access->GpaAddress, access->AccessSize, access->Data );
    return S_OK;
}

static HRESULT CALLBACK get_registers_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                                WHV_REGISTER_VALUE *values )
{
    return WHvGetVirtualProcessorRegisters( partition, (UINT_PTR)context, names, count, values );
}

static HRESULT CALLBACK set_registers_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                                const WHV_REGISTER_VALUE *values )
{
    return WHvSetVirtualProcessorRegisters( partition, (UINT_PTR)context, names, count, values );
}

static HRESULT CALLBACK translate_callback( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                            WHV_TRANSLATE_GVA_RESULT_CODE *result, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    WHV_TRANSLATE_GVA_RESULT translation;
    HRESULT hr;

    hr = WHvTranslateGva( partition, (UINT_PTR)context, gva, flags, &translation, gpa );
    if (SUCCEEDED( hr )) *result = translation.ResultCode;
    return hr;
}

static const WHV_EMULATOR_CALLBACKS callbacks =
{
    .Size = sizeof(callbacks),
    .WHvEmulatorIoPortCallback = io_callback,
    .WHvEmulatorMemoryCallback = memory_callback,
    .WHvEmulatorGetVirtualProcessorRegisters = get_registers_callback,
    .WHvEmulatorSetVirtualProcessorRegisters = set_registers_callback,
    .WHvEmulatorTranslateGvaPage = translate_callback,
};

HRESULT emulator_create( void )
{
    HRESULT hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );

    if (FAILED( hr )) report( "WHvEmulatorCreateEmulator", hr );
    return hr;
}

void emulator_delete( void )
{
    if (emulator) WHvEmulatorDestroyEmulator( emulator );
    emulator = NULL;
}

const char *emulator_execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static char why[64];
    void *context = (void *)(UINT_PTR)vp;
    WHV_EMULATOR_STATUS status;
    HRESULT hr;

    status.AsUINT32 = 0;
    if (exit->ExitReason == WHvRunVpExitReasonMemoryAccess)
        hr = WHvEmulatorTryMmioEmulation( emulator, context, &exit->VpContext, &exit->MemoryAccess, &status );
    else
        hr = WHvEmulatorTryIoEmulation( emulator, context, &exit->VpContext, &exit->IoPortAccess, &status );
    if (SUCCEEDED( hr ) && status.EmulationSuccessful) return NULL;
    snprintf( why, sizeof(why), "the emulator failed: %08lx, status %#x", (ULONG)hr, status.AsUINT32 );
    return why;
}
