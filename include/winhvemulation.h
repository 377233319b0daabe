/*
 * Windows Hypervisor Platform: the functions and types of WinHvEmulation.dll
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
 * What it is for: the instruction emulator that goes with the platform, as clients
 * and our own PE side see it: its callbacks, what they are given, and its four
 * exports. It knows the types of winhvplatformdefs.h, none of the platform's
 * functions: a client may back the callbacks by anything. x64 only.
 */

#ifndef _WINHVEMUAPI_H_
#define _WINHVEMUAPI_H_

#include <winhvplatformdefs.h>

#ifdef WHV_ARCH_X64

typedef VOID *WHV_EMULATOR_HANDLE;

typedef union WHV_EMULATOR_STATUS
{
    WHV_EXTENSION struct
    {
        UINT32 EmulationSuccessful : 1, InternalEmulationFailure : 1;
        UINT32 IoPortCallbackFailed : 1, MemoryCallbackFailed : 1, TranslateGvaPageCallbackFailed : 1;
        UINT32 TranslateGvaPageCallbackGpaIsNotAligned : 1;
        UINT32 GetVirtualProcessorRegistersCallbackFailed : 1, SetVirtualProcessorRegistersCallbackFailed : 1;
        UINT32 InterruptCausedIntercept : 1, GuestCannotBeFaulted : 1, Reserved : 22;
    };
    UINT32 AsUINT32;
} WHV_EMULATOR_STATUS;

C_ASSERT(sizeof(WHV_EMULATOR_STATUS) == 4);

typedef struct WHV_EMULATOR_MEMORY_ACCESS_INFO
{
    WHV_GUEST_PHYSICAL_ADDRESS GpaAddress;
    UINT8                      Direction;       /* 0 read, 1 write */
    UINT8                      AccessSize;      /* 1 to 8 bytes, within a page */
    UINT8                      Data[8];
} WHV_EMULATOR_MEMORY_ACCESS_INFO;

C_ASSERT(sizeof(WHV_EMULATOR_MEMORY_ACCESS_INFO) == 24);

typedef struct WHV_EMULATOR_IO_ACCESS_INFO
{
    UINT8  Direction;       /* 0 in, 1 out */
    UINT16 Port;
    UINT16 AccessSize;      /* 1, 2 or 4 bytes */
    UINT32 Data;
} WHV_EMULATOR_IO_ACCESS_INFO;

C_ASSERT(sizeof(WHV_EMULATOR_IO_ACCESS_INFO) == 12);

typedef HRESULT (CALLBACK *WHV_EMULATOR_IO_PORT_CALLBACK)( VOID *Context, WHV_EMULATOR_IO_ACCESS_INFO *IoAccess );
typedef HRESULT (CALLBACK *WHV_EMULATOR_MEMORY_CALLBACK)( VOID *Context,
        WHV_EMULATOR_MEMORY_ACCESS_INFO *MemoryAccess );
typedef HRESULT (CALLBACK *WHV_EMULATOR_GET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK)( VOID *Context,
        const WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount, WHV_REGISTER_VALUE *RegisterValues );
typedef HRESULT (CALLBACK *WHV_EMULATOR_SET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK)( VOID *Context,
        const WHV_REGISTER_NAME *RegisterNames, UINT32 RegisterCount, const WHV_REGISTER_VALUE *RegisterValues );
typedef HRESULT (CALLBACK *WHV_EMULATOR_TRANSLATE_GVA_PAGE_CALLBACK)( VOID *Context, WHV_GUEST_VIRTUAL_ADDRESS Gva,
        WHV_TRANSLATE_GVA_FLAGS TranslateFlags, WHV_TRANSLATE_GVA_RESULT_CODE *TranslationResult,
        WHV_GUEST_PHYSICAL_ADDRESS *Gpa );

typedef struct WHV_EMULATOR_CALLBACKS
{
    UINT32                                                Size;     /* of this structure */
    UINT32                                                Reserved;
    WHV_EMULATOR_IO_PORT_CALLBACK                         WHvEmulatorIoPortCallback;
    WHV_EMULATOR_MEMORY_CALLBACK                          WHvEmulatorMemoryCallback;
    WHV_EMULATOR_GET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK WHvEmulatorGetVirtualProcessorRegisters;
    WHV_EMULATOR_SET_VIRTUAL_PROCESSOR_REGISTERS_CALLBACK WHvEmulatorSetVirtualProcessorRegisters;
    WHV_EMULATOR_TRANSLATE_GVA_PAGE_CALLBACK              WHvEmulatorTranslateGvaPage;
} WHV_EMULATOR_CALLBACKS;

C_ASSERT(sizeof(WHV_EMULATOR_CALLBACKS) == 48);

#ifdef __cplusplus
extern "C" {
#endif

HRESULT WINAPI WHvEmulatorCreateEmulator( const WHV_EMULATOR_CALLBACKS *Callbacks,
        WHV_EMULATOR_HANDLE *Emulator );
HRESULT WINAPI WHvEmulatorDestroyEmulator( WHV_EMULATOR_HANDLE Emulator );
HRESULT WINAPI WHvEmulatorTryIoEmulation( WHV_EMULATOR_HANDLE Emulator, VOID *Context,
        const WHV_VP_EXIT_CONTEXT *VpContext, const WHV_X64_IO_PORT_ACCESS_CONTEXT *IoInstructionContext,
        WHV_EMULATOR_STATUS *EmulatorReturnStatus );
HRESULT WINAPI WHvEmulatorTryMmioEmulation( WHV_EMULATOR_HANDLE Emulator, VOID *Context,
        const WHV_VP_EXIT_CONTEXT *VpContext, const WHV_MEMORY_ACCESS_CONTEXT *MmioInstructionContext,
        WHV_EMULATOR_STATUS *EmulatorReturnStatus );

/* API set queries: in the SDK's umbrella libraries, not exports of the DLL */
BOOLEAN WINAPI IsWHvEmulatorCreateEmulatorPresent( VOID );
BOOLEAN WINAPI IsWHvEmulatorDestroyEmulatorPresent( VOID );
BOOLEAN WINAPI IsWHvEmulatorTryIoEmulationPresent( VOID );
BOOLEAN WINAPI IsWHvEmulatorTryMmioEmulationPresent( VOID );

#ifdef __cplusplus
}
#endif

#endif /* WHV_ARCH_X64 */

#endif /* _WINHVEMUAPI_H_ */
