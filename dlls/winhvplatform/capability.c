/*
 * Capabilities
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

#include "api.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

HRESULT WINAPI WHvGetCapability( WHV_CAPABILITY_CODE code, void *buffer, UINT32 size, UINT32 *written )
{
    struct get_capability_params params = { .code = code, .size = size, .buffer = buffer, .written = written };

    TRACE( "code %#x, buffer %p, size %u, written %p\n", code, buffer, size, written );
    /* a program that can't have a hypervisor asks first, and is to get an answer */
    if (code == WHvCapabilityCodeHypervisorPresent && !whv_unix_available())
    {
        if (size < sizeof(BOOL)) return WHV_E_INSUFFICIENT_BUFFER;
        if (!buffer) return E_POINTER;
        *(BOOL *)buffer = FALSE;
        if (written) *written = sizeof(BOOL);
        return S_OK;
    }
    return whv_call( unix_get_capability, &params );
}

/* Not of the API, and for tools/whvinfo: why there is no hypervisor, or the last thing that KVM refused. One sentence
 * for people, or an empty string. */
void CDECL __wine_whv_reason( char *buffer, UINT32 size )
{
    struct get_reason_params params = { .buffer = buffer, .size = size };

    TRACE( "buffer %p, size %u\n", buffer, size );
    if (!size) return;
    if (whv_unix_available()) whv_call( unix_get_reason, &params );
    else lstrcpynA( buffer, whv_unix_reason(), size );
}
