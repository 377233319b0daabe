/*
 * whvrun: flat images and boot sectors
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
 * What it is for: guests that are a piece of memory and an address to enter it. Knows files, the RAM and how a guest is
 * entered. FALSE: what is wrong has been said on stderr.
 */

#ifndef __WHVRUN_BOOT_FLAT_H
#define __WHVRUN_BOOT_FLAT_H

#include "boot/file.h"

/* A flat image at an address, entered there: in real mode below 1 MiB, in flat 32-bit protected mode above. */
extern BOOL boot_flat( const struct file *image, UINT64 address );

/* The first sector of a disk, as a BIOS would start it; but there is no BIOS to call. */
extern BOOL boot_sector( const struct file *image );

#endif /* __WHVRUN_BOOT_FLAT_H */
