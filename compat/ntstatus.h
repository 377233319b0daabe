/*
 * Status codes
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
 * What it is for: ntstatus.h as both sides include it in Wine's tree. The PE side gets mingw-w64's, which has them all;
 * for the Unix side, which the system has none for, here is what it answers with, and no more.
 */

#ifdef _WIN32
# include_next <ntstatus.h>
#elif !defined(STATUS_SUCCESS)

# define STATUS_SUCCESS           ((NTSTATUS)0x00000000)
# define STATUS_ACCESS_VIOLATION  ((NTSTATUS)0xc0000005)
# define STATUS_INVALID_PARAMETER ((NTSTATUS)0xc000000d)
# define STATUS_REVISION_MISMATCH ((NTSTATUS)0xc0000059)

#endif
