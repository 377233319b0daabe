/*
 * whvrun: virtual processors
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

#include "host/report.h"
#include "platform/partition.h"
#include "platform/vp.h"

static UINT32 created;

HRESULT vp_create_all( UINT32 count )
{
    HRESULT hr;

    for ( ; created < count; created++)
    {
        hr = WHvCreateVirtualProcessor( partition, created, 0 );
        if (FAILED( hr ))
        {
            report( "WHvCreateVirtualProcessor", hr );
            return hr;
        }
    }
    return S_OK;
}

void vp_delete_all( void )
{
    while (created) WHvDeleteVirtualProcessor( partition, --created );
}

UINT32 vp_count( void )
{
    return created;
}

HRESULT vp_run( UINT32 vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    HRESULT hr = WHvRunVirtualProcessor( partition, vp, exit, sizeof(*exit) );

    if (FAILED( hr )) report( "WHvRunVirtualProcessor", hr );
    return hr;
}

void vp_cancel( UINT32 vp )
{
    WHvCancelRunVirtualProcessor( partition, vp, 0 );
}

HRESULT vp_get_registers( UINT32 vp, const WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values, UINT32 count )
{
    HRESULT hr = WHvGetVirtualProcessorRegisters( partition, vp, names, count, values );

    if (FAILED( hr )) report( "WHvGetVirtualProcessorRegisters", hr );
    return hr;
}

HRESULT vp_set_registers( UINT32 vp, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values, UINT32 count )
{
    HRESULT hr = WHvSetVirtualProcessorRegisters( partition, vp, names, count, values );

    if (FAILED( hr )) report( "WHvSetVirtualProcessorRegisters", hr );
    return hr;
}

BOOL vp_translate( UINT32 vp, UINT64 gva, BOOL write, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_FLAGS flags = WHvTranslateGvaFlagSetPageTableBits |
                                    (write ? WHvTranslateGvaFlagValidateWrite : WHvTranslateGvaFlagValidateRead);
    WHV_TRANSLATE_GVA_RESULT result;

    if (FAILED( WHvTranslateGva( partition, vp, gva, flags, &result, gpa ))) return FALSE;
    switch (result.ResultCode)
    {
    case WHvTranslateGvaResultSuccess:
    case WHvTranslateGvaResultGpaUnmapped:          /* a device */
    case WHvTranslateGvaResultGpaNoReadAccess:
    case WHvTranslateGvaResultGpaNoWriteAccess:
        return TRUE;
    default:
        return FALSE;
    }
}

BOOL vp_find( UINT32 vp, UINT64 gva, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_RESULT result;

    return SUCCEEDED( WHvTranslateGva( partition, vp, gva, WHvTranslateGvaFlagPrivilegeExempt, &result, gpa )) &&
           result.ResultCode == WHvTranslateGvaResultSuccess;
}
