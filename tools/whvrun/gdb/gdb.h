/*
 * whvrun: a debugger at the guest
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
 * What it is for: a debugger at the one virtual processor of the guest: steps, breakpoints of both kinds, ^C. Uses
 * nothing but what the platform offers to any client: #DB exits, RFLAGS.TF, INT1 in the place of instructions, DR0-DR7.
 * The way into this directory, which knows the partition, the processor and the RAM. All but the ^C is done on the
 * processor's thread.
 */

#ifndef __WHVRUN_GDB_GDB_H
#define __WHVRUN_GDB_GDB_H

#include <windows.h>
#include <winhvplatform.h>

/* Waits for a debugger at a port of 127.0.0.1; the guest is stopped then. FALSE: the port is not to be had. */
extern BOOL gdb_open( UINT16 port );

/* Before each run. While the guest is stopped it stays in here. FALSE: the debugger wants the end. */
extern BOOL gdb_before_run( void );

/* No interrupts while one instruction is stepped over. */
extern BOOL gdb_is_stepping( void );

/* Behind each run: TRUE if that exit was the debugger's. */
extern BOOL gdb_after_run( const WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Behind what was done about an exit that was not. */
extern void gdb_after_exit( const WHV_RUN_VP_EXIT_CONTEXT *exit );

/* The guest has ended with this code. */
extern void gdb_close( unsigned int code );

#endif /* __WHVRUN_GDB_GDB_H */
