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

/* The usual reasons, in words; NULL: another one. */
static const char *in_words( DWORD error )
{
    static const struct { DWORD error; const char *words; } reasons[] =
    {
        { ERROR_FILE_NOT_FOUND, "there is no such file" },
        { ERROR_PATH_NOT_FOUND, "there is no such directory" },
        { ERROR_INVALID_NAME,   "that is no name for a file" },
        { ERROR_ACCESS_DENIED,  "it may not be read, or is a directory" },
    };
    size_t i;

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].error == error) return reasons[i].words;
    return NULL;
}

static void tell( const char *what, const char *name, DWORD error )
{
    const char *words = in_words( error );

    if (words) fprintf( stderr, "whvrun: can't %s %s: %s\n", what, name, words );
    else fprintf( stderr, "whvrun: can't %s %s: error %lu\n", what, name, error );
}

BOOL read_file( const char *name, struct file *file )
{
    HANDLE handle = CreateFileA( name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL );
    LARGE_INTEGER size;
    DWORD count;
    BOOL ret = FALSE;

    if (handle == INVALID_HANDLE_VALUE || !GetFileSizeEx( handle, &size ))
    {
        tell( "open", name, GetLastError() );
        if (handle != INVALID_HANDLE_VALUE) CloseHandle( handle );
        return FALSE;
    }
    if (!size.QuadPart) fprintf( stderr, "whvrun: %s is empty\n", name );
    else if (size.QuadPart > 0x7fffffff) fprintf( stderr, "whvrun: %s is too large, 2 GiB and more\n", name );
    else if (!(file->data = malloc( size.QuadPart ))) fprintf( stderr, "whvrun: no memory for %s\n", name );
    else if (!ReadFile( handle, file->data, size.QuadPart, &count, NULL ) || count != size.QuadPart)
        tell( "read", name, GetLastError() );
    else
    {
        file->size = size.QuadPart;
        ret = TRUE;
    }
    CloseHandle( handle );
    return ret;
}
