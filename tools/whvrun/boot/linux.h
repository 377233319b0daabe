/*
 * whvrun: Linux
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
 * What it is for: Linux kernels by the 32-bit boot protocol, with initrd and command line. Knows files, the RAM and how
 * a guest is entered. FALSE: what is wrong has been said on stderr.
 */

#ifndef __WHVRUN_BOOT_LINUX_H
#define __WHVRUN_BOOT_LINUX_H

#include "boot/file.h"

/* A bzImage. The initrd may be NULL. */
extern BOOL boot_linux( const struct file *kernel, const struct file *initrd, const char *command_line );

#endif /* __WHVRUN_BOOT_LINUX_H */
