/*
 * Errors
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <string.h>

#include "host/errors.h"
#include "host/reason.h"

HRESULT hresult_from_errno( int err )
{
    switch (err < 0 ? -err : err)
    {
    case ENOMEM: return E_OUTOFMEMORY;
    case EMFILE:
    case ENFILE:
        reason_tell( "the process has no file descriptors left: raise the limit (ulimit -n)" );
        return HRESULT_FROM_WIN32_TOO_MANY_OPEN_FILES;
    case E2BIG:
    case ENOSPC:
    case EAGAIN: return HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES;
    case EEXIST: return WHV_E_VP_ALREADY_EXISTS;
    case EINVAL: return E_INVALIDARG;
    }
    reason_tell( "KVM: %s", strerror( err < 0 ? -err : err ));
    return HRESULT_FROM_WIN32_GEN_FAILURE;
}
