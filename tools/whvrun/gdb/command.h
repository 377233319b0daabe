/*
 * whvrun: what a debugger says
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
 * What it is for: the commands of GDB's remote protocol, while the guest is stopped. Knows the packets, the breakpoints
 * and the guest as a debugger sees it; what it is to do then it tells its caller.
 */

#ifndef __WHVRUN_GDB_COMMAND_H
#define __WHVRUN_GDB_COMMAND_H

enum order
{
    ORDER_CONTINUE,
    ORDER_STEP,
    ORDER_DETACH,       /* or gone without a word: the guest goes on without a debugger */
    ORDER_KILL,
};

/* Does what the debugger says, until it says how to go on. */
extern enum order command_wait( void );

#endif /* __WHVRUN_GDB_COMMAND_H */
