/*
 * WinHvEmulation.dll: the emulator's functions
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
 * What it is for: the four exports, and the pump that makes the client's
 * callbacks, one by one, as the Unix side asks for them.
 * It knows which callback answers which request, and decides nothing.
 * The emulator itself is dlls/winhvplatform/unix/emulate/emulate.c; what arguments and
 * results mean is said at the calls in dlls/winhvplatform/unix/calls/emulator_calls.c.
 */

#include <stdarg.h>
#include <windef.h>
#include <winbase.h>

#include "winhvemulation.h"
#include "../winhvplatform/unixlib.h"
#include "../winhvplatform/unixcall.h"
#include "wine/debug.h"
#include "follow.h"
#include "unixlib.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

typedef HRESULT (*answer_func)( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req );

static HRESULT get_registers( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req )
{
    return callbacks->WHvEmulatorGetVirtualProcessorRegisters( context, req->names, req->count, req->values );
}

static HRESULT set_registers( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req )
{
    return callbacks->WHvEmulatorSetVirtualProcessorRegisters( context, req->names, req->count, req->values );
}

static HRESULT translate( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req )
{
    WHV_TRANSLATE_GVA_RESULT_CODE code = req->code;
    HRESULT hr;

    hr = callbacks->WHvEmulatorTranslateGvaPage( context, req->gva, req->flags, &code, &req->gpa );
    req->code = code;
    return hr;
}

static HRESULT access_memory( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req )
{
    return callbacks->WHvEmulatorMemoryCallback( context, &req->memory );
}

static HRESULT access_port( const WHV_EMULATOR_CALLBACKS *callbacks, void *context, struct emulate_request *req )
{
    return callbacks->WHvEmulatorIoPortCallback( context, &req->io );
}

static const answer_func answers[EMULATE_REQUEST_KINDS] =
{
    [EMULATE_GET_REGISTERS] = get_registers,
    [EMULATE_SET_REGISTERS] = set_registers,
    [EMULATE_TRANSLATE]     = translate,
    [EMULATE_MEMORY]        = access_memory,
    [EMULATE_IO]            = access_port,
};

static BOOL is_current( const struct emulator_params *params )
{
    return __atomic_load_n( params->current, __ATOMIC_ACQUIRE ) == params->sequence;
}

static HRESULT emulate( struct emulator_params *params, void *context, WHV_EMULATOR_STATUS *status )
{
    struct emulate_request *req = &params->request;
    HRESULT hr;

    if (!status) return E_INVALIDARG;
    status->AsUINT32 = 0;
    hr = whv_call( unix_emulator_start, params );
    while (hr == S_OK && req->kind != EMULATE_DONE)
    {
        req->result = answers[req->kind]( &params->callbacks, context, req );
        TRACE( "request %u, result %#lx\n", req->kind, (unsigned long)req->result );
        if (req->result == S_OK && req->known)
        {
            if (!is_current( params ))
            {
                hr = E_INVALIDARG;
                break;
            }
            if (emulate_next( req )) continue;
        }
        hr = whv_call( unix_emulator_step, params );
    }
    if (hr == S_OK) *status = req->status;
    TRACE( "returns %#lx, status %#x\n", (unsigned long)hr, status->AsUINT32 );
    return hr;
}

HRESULT WINAPI WHvEmulatorCreateEmulator( const WHV_EMULATOR_CALLBACKS *callbacks, WHV_EMULATOR_HANDLE *emulator )
{
    struct emulator_create_params params = { .callbacks = callbacks, .emulator = emulator };

    TRACE( "%p, %p\n", callbacks, emulator );
    return whv_call( unix_emulator_create, &params );
}

HRESULT WINAPI WHvEmulatorDestroyEmulator( WHV_EMULATOR_HANDLE emulator )
{
    struct emulator_destroy_params params = { .emulator = emulator };

    TRACE( "%p\n", emulator );
    return whv_call( unix_emulator_destroy, &params );
}

HRESULT WINAPI WHvEmulatorTryIoEmulation( WHV_EMULATOR_HANDLE emulator, void *context, const WHV_VP_EXIT_CONTEXT *vp,
                                          const WHV_X64_IO_PORT_ACCESS_CONTEXT *io, WHV_EMULATOR_STATUS *status )
{
    struct emulator_params params;

    TRACE( "%p, context %p, %p, %p, %p\n", emulator, context, vp, io, status );
    params.emulator = emulator;
    params.vp = vp;
    params.io = io;
    params.mmio = NULL;
    return emulate( &params, context, status );
}

HRESULT WINAPI WHvEmulatorTryMmioEmulation( WHV_EMULATOR_HANDLE emulator, void *context, const WHV_VP_EXIT_CONTEXT *vp,
                                            const WHV_MEMORY_ACCESS_CONTEXT *mmio, WHV_EMULATOR_STATUS *status )
{
    struct emulator_params params;

    TRACE( "%p, context %p, %p, %p, %p\n", emulator, context, vp, mmio, status );
    params.emulator = emulator;
    params.vp = vp;
    params.io = NULL;
    params.mmio = mmio;
    return emulate( &params, context, status );
}
