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
 * What it is for: puts a guest into the machine's memory and sets the registers that it
 * is entered with. Knows the RAM and the processors. Each returns FALSE
 * after saying on stderr what is wrong. Files are hostile: their sizes and
 * header fields are checked before they are used.
 */

#ifndef __WHVRUN_BOOT_H
#define __WHVRUN_BOOT_H

#include <windows.h>

struct file
{
    BYTE  *data;
    UINT64 size;
};

/* A whole file. The memory is never freed: there are two of them, for the life of the program. */
extern BOOL read_file( const char *name, struct file *file );

/* A flat image at an address, entered there: in real mode below 1 MiB, in flat 32-bit protected mode above. */
extern BOOL boot_flat( const struct file *image, UINT64 address );

/* The first sector of a disk, as a BIOS would start it; but there is no BIOS to call. */
extern BOOL boot_sector( const struct file *image );

/* A Linux bzImage by the 32-bit boot protocol. initrd may be NULL. */
extern BOOL boot_linux( const struct file *kernel, const struct file *initrd, const char *command_line );

/* The list of so many processors, as a PC's firmware leaves it at f0000. FALSE without memory there. */
extern BOOL put_mp_table( UINT32 processors );

/* All segments flat with 4 GiB, or with 64 KiB from 0; used by the above. */
extern BOOL enter_protected_mode( UINT64 rip, UINT64 rsi, WORD code_selector, WORD data_selector, UINT64 gdt,
                                  WORD gdt_limit );
extern BOOL enter_real_mode( WORD cs, WORD ip, UINT64 rdx );

#endif /* __WHVRUN_BOOT_H */
