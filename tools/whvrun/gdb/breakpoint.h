/*
 * whvrun: breakpoints
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
 * What it is for: breakpoints of both kinds: INT1 in the place of instructions, and debug registers. They are in the
 * guest only while it runs. Knows the guest as a debugger sees it, and not the debugger's protocol.
 */

#ifndef __WHVRUN_GDB_BREAKPOINT_H
#define __WHVRUN_GDB_BREAKPOINT_H

#include <windows.h>

/* as GDB numbers them; a processor has no debug registers for reads alone */
enum breakpoint_type { BREAK_SOFTWARE, BREAK_EXECUTE, BREAK_WRITE, BREAK_READ, BREAK_ACCESS };

extern BOOL breakpoint_has_type( int type );

/* Addresses are linear, lengths are 1, 2, 4 or 8, and count for writes and accesses only. To add what is there, or to
 * remove what is not, is right too. FALSE: no room, no memory, or a bad length. */
extern BOOL breakpoint_add( enum breakpoint_type type, UINT64 address, unsigned int length );
extern BOOL breakpoint_remove( enum breakpoint_type type, UINT64 address, unsigned int length );

/* All of them at once, for good. */
extern void breakpoint_forget_all( void );

/* Puts the software ones into the guest, but for one address, which is the instruction to be executed. */
extern void breakpoint_insert_all( UINT64 except );

/* Takes them out of it. */
extern void breakpoint_lift_all( void );

/* Loads the debug registers. */
extern void breakpoint_load_registers( void );

extern BOOL breakpoint_is_software( UINT64 address );
extern BOOL breakpoint_is_execute( UINT64 address );

#endif /* __WHVRUN_GDB_BREAKPOINT_H */
