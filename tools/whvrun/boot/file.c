/*
 * whvrun: files to boot from
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
#include <stdlib.h>

#include "boot/file.h"

BOOL read_file( const char *name, struct file *file )
{
    HANDLE handle = CreateFileA( name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL );
    LARGE_INTEGER size;
    DWORD count;
    BOOL ret = FALSE;

    if (handle == INVALID_HANDLE_VALUE || !GetFileSizeEx( handle, &size ))
    {
        fprintf( stderr, "whvrun: can't open %s: error %lu\n", name, GetLastError() );
        if (handle != INVALID_HANDLE_VALUE) CloseHandle( handle );
        return FALSE;
    }
    if (!size.QuadPart || size.QuadPart > 0x7fffffff) fprintf( stderr, "whvrun: %s is empty or too large\n", name );
    else if (!(file->data = malloc( size.QuadPart ))) fprintf( stderr, "whvrun: no memory for %s\n", name );
    else if (!ReadFile( handle, file->data, size.QuadPart, &count, NULL ) || count != size.QuadPart)
        fprintf( stderr, "whvrun: can't read %s: error %lu\n", name, GetLastError() );
    else
    {
        file->size = size.QuadPart;
        ret = TRUE;
    }
    CloseHandle( handle );
    return ret;
}
