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

/*
 * What it is for: reads a file that a guest is booted from. Knows nothing of the guest. Files are hostile: who uses one
 * checks its size and its fields before.
 */

#ifndef __WHVRUN_BOOT_FILE_H
#define __WHVRUN_BOOT_FILE_H

#include <windows.h>

struct file
{
    BYTE  *data;
    UINT64 size;        /* bytes, at least one */
};

/* A whole file. The memory is never freed: there are two of them, for the life of the program. FALSE: what is wrong has
 * been said on stderr. */
extern BOOL read_file( const char *name, struct file *file );

#endif /* __WHVRUN_BOOT_FILE_H */
