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
 * What it is for: everything that calls WinHvPlatform and WinHvEmulation: partition,
 * memory, virtual processors with a thread for each, their exits, interrupts. Uses devices.h; is used by
 * the boot loaders, which fill memory and registers, and by main. Functions return an
 * HRESULT of the platform, and have said on stderr what failed.
 */

#ifndef __WHVRUN_MACHINE_H
#define __WHVRUN_MACHINE_H

#include <windows.h>
#include <winhvplatform.h>

#include "host/end.h"

struct machine_options
{
    UINT64 memory;          /* bytes of RAM, from address 0, a multiple of a page */
    UINT32 timeout;         /* seconds of wall time, 0 = for ever */
    BOOL   decode;          /* by our own code instead of WinHvEmulation */
    BOOL   exit_clock;      /* time is counted in exits: each run is like the other */
    UINT32 patience;        /* ... ms after which a guest without exits gets its next timer interrupt all the same, 0 = never */
    UINT16 gdb;             /* port on which a debugger is waited for, 0 = none */
    BOOL   trace;           /* every exit to stderr */
    UINT32 processors;      /* with local APICs in the platform and an I/O APIC; 0: one, with a PIC */
};

extern HRESULT machine_create( const struct machine_options *options );
extern void machine_delete( void );

/* A place in guest memory, or NULL where there is no RAM of that size. */
extern void *machine_ram( UINT64 gpa, UINT64 size );
extern UINT64 machine_ram_size( void );

extern HRESULT machine_get_registers( const WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values, UINT32 count );
extern HRESULT machine_set_registers( const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values, UINT32 count );

/* One address, with the rights of the code that runs; any page. FALSE: the guest would get a page fault. */
extern BOOL machine_translate( UINT64 gva, BOOL write, UINT64 *gpa );

/* One address, with nobody's rights, for who looks from outside. */
extern BOOL machine_find( UINT64 gva, UINT64 *gpa );
/* #DB is ours, or the guest's. */
extern HRESULT machine_debug( BOOL on );
/* Makes the vp leave the guest; any thread. */
extern void machine_cancel( void );

/* TRUE when the guest's CPUID tells that there is no local APIC, as is the truth. */
extern BOOL machine_apic_hidden( void );

/* Runs until the guest or something else ends it; *code is what the guest wrote to the debug-exit port. */
extern enum end_reason machine_run( unsigned int *code );

/* Bytes that were typed; any thread. Returns how many were taken. */
extern size_t machine_input( const BYTE *data, size_t size );

extern void report( const char *what, HRESULT hr );

#endif /* __WHVRUN_MACHINE_H */
