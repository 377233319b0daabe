/*
 * whvrun: what is done about an exit
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
 * What it is for: takes each exit of a processor to who knows what to do about it: ports and device memory to one of
 * the two ways to execute an instruction, HLT to the timer, and so on. Knows them all, and not who runs the processors.
 */

#ifndef __WHVRUN_EXITS_H
#define __WHVRUN_EXITS_H

#include <windows.h>
#include <winhvplatform.h>

/* Instructions by our own code instead of WinHvEmulation? */
extern HRESULT exits_init( BOOL decode );
extern void exits_delete( void );

/* Under the machine's lock. What can't be handled ends the run. */
extern void exits_handle( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHVRUN_EXITS_H */
