/*
 * Huge pages for memory of guests
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
 * Asks the kernel for huge pages behind memory that is mapped for a guest.
 * Knows the process' own mappings and nothing else; it touches no memory.
 */

#ifndef __WHV_UNIX_HOST_HUGE_H
#define __WHV_UNIX_HOST_HUGE_H

#include <stdint.h>

/***********************************************************************
 *           huge_prefer
 *
 * Says of all private anonymous memory among size bytes from address on that huge pages are wanted. That changes when
 * and in which pieces memory comes, and nothing that can be read there: protection, guard pages and write watches keep
 * their 4 KiB. What is shared, or a view of a file, is left as it is. Nothing happens where no huge page fits.
 * It is a hint: errors are ignored, and so is what is no memory. It takes as long as to read /proc/self/maps.
 */
extern void huge_prefer( uintptr_t address, uint64_t size );

#endif /* __WHV_UNIX_HOST_HUGE_H */
