/*
 * whvrun: interrupts without an APIC
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
 * What it is for: brings the 8259's interrupts into the one processor of a machine whose platform emulates no interrupt
 * controller. Knows the 8259, the partition and the processors.
 */

#ifndef __WHVRUN_INTERRUPT_H
#define __WHVRUN_INTERRUPT_H

#include <windows.h>
#include <winhvplatform.h>

/* Before a run: the context of the exit before it. With local APICs it does nothing: the 8259 is not wired then. */
extern HRESULT interrupt_deliver( const WHV_VP_EXIT_CONTEXT *vp );

/* The exit came that tells that one can be taken now. */
extern void interrupt_window_opened( void );

#endif /* __WHVRUN_INTERRUPT_H */
