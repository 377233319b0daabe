/*
 * What can't be tested with a sanitizer
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

#ifndef __WHV_UNIT_SANITIZERS_H
#define __WHV_UNIT_SANITIZERS_H

/* AddressSanitizer makes mlock do nothing, and does not get over threads that end by a bare system call. */
#ifdef __SANITIZE_ADDRESS__
#define NOT_WITH_ASAN() skip()
#else
#define NOT_WITH_ASAN() ((void)0)
#endif

#endif /* __WHV_UNIT_SANITIZERS_H */
