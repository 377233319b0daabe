/*
 * whvrun: the machine
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
 * What it is for: puts the machine together, of partition, memory, processors and board, and runs it: a thread for each
 * processor, one lock for all that happens at an exit. Knows everything but the boot loaders, which fill the memory in
 * between, and main.
 */

#ifndef __WHVRUN_MACHINE_H
#define __WHVRUN_MACHINE_H

#include <windows.h>

#include "host/end.h"

#define MAX_PROCESSORS 64

struct machine_options
{
    UINT64 memory;          /* bytes of RAM, from address 0, a multiple of a page */
    UINT32 timeout;         /* seconds of wall time, 0 = for ever */
    BOOL   decode;          /* by our own code instead of WinHvEmulation */
    BOOL   exit_clock;      /* time is counted in exits: each run is like the other */
    UINT32 patience;        /* ms after which a guest without exits gets its timer interrupt all the same, 0 = never */
    UINT16 gdb;             /* port on which a debugger is waited for, 0 = none */
    BOOL   trace;           /* every exit to stderr */
    UINT32 processors;      /* with local APICs in the platform and an I/O APIC; 0: one, with a PIC */
};

/* The platform's HRESULT; what failed has been said on stderr. machine_delete is good after a failure too. */
extern HRESULT machine_create( const struct machine_options *options );
extern void machine_delete( void );

/* Runs until the guest or something else ends it; *code is what the guest wrote to the debug-exit port. */
extern enum end_reason machine_run( unsigned int *code );

/* Bytes that were typed; any thread. Returns how many were taken. */
extern size_t machine_input( const BYTE *data, size_t size );

#endif /* __WHVRUN_MACHINE_H */
