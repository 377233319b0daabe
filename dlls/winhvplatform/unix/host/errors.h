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

/*
 * HRESULTs of errno values, and those codes of Win32 that the API's headers do not name.
 * Every room above gives KVM's errors to its caller by way of this one function.
 * Knows the trace, for the one line that tells a user what to do; knows nothing else.
 */

#ifndef __WHV_UNIX_HOST_ERRORS_H
#define __WHV_UNIX_HOST_ERRORS_H

#include "winhvplatformdefs.h"

/* HRESULT_FROM_WIN32 of codes that the API's headers do not name */
#define HRESULT_FROM_WIN32_TOO_MANY_OPEN_FILES  ((HRESULT)0x80070004)
#define HRESULT_FROM_WIN32_GEN_FAILURE          ((HRESULT)0x8007001f)
#define HRESULT_FROM_WIN32_NOT_FOUND            ((HRESULT)0x80070490)
#define HRESULT_FROM_WIN32_NO_SYSTEM_RESOURCES  ((HRESULT)0x800705aa)
#define HRESULT_FROM_WIN32_INVALID_STATE        ((HRESULT)0x8007139f)

/* HRESULT of a KVM error, after one ERR line for those that a user can mend. */
extern HRESULT hresult_from_errno( int err );

#endif /* __WHV_UNIX_HOST_ERRORS_H */
