/*
 * whvrun: the guest as a debugger sees it
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
 * What it is for: registers and memory of the guest while it is stopped. Memory is RAM only: what reads devices changes
 * them. Knows the processor, of which there is one, and the RAM.
 */

#ifndef __WHVRUN_GDB_TARGET_H
#define __WHVRUN_GDB_TARGET_H

#include <windows.h>
#include <winhvplatform.h>

extern UINT64 target_get_register( WHV_REGISTER_NAME name );
extern void target_set_register( WHV_REGISTER_NAME name, UINT64 number );

/* Of a segment register. */
extern UINT16 target_get_selector( WHV_REGISTER_NAME name );

/* Where the guest is, as breakpoints count. */
extern UINT64 target_rip( void );

/* Memory of the guest from or to ours, by linear address; the size is in bytes. FALSE: it is not all there, and a part
 * may have been copied. */
extern BOOL target_copy( UINT64 address, BYTE *data, UINT32 size, BOOL write );

#endif /* __WHVRUN_GDB_TARGET_H */
