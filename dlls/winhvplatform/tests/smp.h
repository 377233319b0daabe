/*
 * Virtual processors on threads of their own, for the tests of interrupts
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
 * What it is for: a partition with local APICs whose vps run on their own threads, and a log of what each of them did:
 * writes to ports, EOIs, windows. It knows vm.h and the public API. Guests are flat 32-bit code; each vector has a
 * handler that reports itself and ends the interrupt.
 */

#ifndef __WHV_TESTS_SMP_H
#define __WHV_TESTS_SMP_H

#include "vm.h"

#ifndef ERROR_HV_INVALID_PARAMETER
#define ERROR_HV_INVALID_PARAMETER  ((HRESULT)0xc0350005)
#endif
#ifndef ERROR_HV_ACCESS_DENIED
#define ERROR_HV_ACCESS_DENIED      ((HRESULT)0xc0350006)
#endif

#define SMP_MAX_VPS     8
#define SMP_MAX_EVENTS  512
#define SMP_TIMEOUT     30000       /* ms: far more than any of it takes */

/* Each vp has its own page of code and of stack. */
#define SMP_CODE( vp )  (0x110000 + (vp) * 0x1000)
#define SMP_STACK( vp ) (0x20000 + (vp) * 0x1000)
#define SMP_HANDLERS    0x180000    /* of 32 bytes each */
#define SMP_HANDLER_PORT 0x50       /* they write their vector there */

/* What a vp did. */
#define EVENT_OUT( port, al )   ((port) << 8 | (al))
#define EVENT_HANDLER( vector ) EVENT_OUT( SMP_HANDLER_PORT, vector )
#define EVENT_EOI( vector )     (0x90000 | (vector))
#define EVENT_WINDOW( type )    (0x70000 | (type))
#define EVENT_OTHER( reason )   (0x1000000 | (reason))  /* the vp's thread has ended */

/* Pieces of code. */
#define ASM_ENABLE_APIC 0xc7, 0x05, 0xf0, 0x00, 0xe0, 0xfe, 0xff, 0x01, 0x00, 0x00     /* mov dword [fee000f0],1ff */
#define ASM_WRITE_APIC( offset, value ) \
    0xc7, 0x05, (offset) & 0xff, (offset) >> 8, 0xe0, 0xfe, \
    (value) & 0xff, (value) >> 8 & 0xff, (value) >> 16 & 0xff, (value) >> 24 & 0xff
#define ASM_OUT( port, al ) 0xb0, al, 0xe6, port                                       /* mov al,..; out port,al */
#define ASM_IDLE        0xfb, 0xf4, 0xeb, 0xfd                                          /* sti; 1: hlt; jmp 1b */
#define ASM_DEAF        0xfa, 0xf4, 0xeb, 0xfd                                          /* cli; 1: hlt; jmp 1b */

struct smp_vp
{
    HANDLE        thread;
    volatile LONG count;                    /* of events */
    UINT32        events[SMP_MAX_EVENTS];
    WHV_RUN_VP_EXIT_CONTEXT last;           /* the exit that ended the thread */
    UINT8         cr8[SMP_MAX_EVENTS];      /* as each event's exit showed it */
};

struct smp
{
    struct vm     vm;
    UINT32        count;
    struct smp_vp vps[SMP_MAX_VPS];
};

/* FALSE, and a skip, if this platform has no local APICs. */
extern BOOL smp_create( struct smp *smp, UINT32 vps, UINT32 apic_mode );
/* Same, of a partition that has something special. */
extern BOOL smp_create_config( struct smp *smp, const struct vm_config *config );
extern void smp_destroy( struct smp *smp );
/* Code at SMP_CODE( vp ), the vp at its begin in flat 32-bit mode with interrupts off, and not waiting for a SIPI. */
extern void smp_load( struct smp *smp, UINT32 vp, const BYTE *code, UINT32 size );
/* Run on a thread of its own; cancel it and wait for its end, which must be the cancellation. */
extern void smp_start( struct smp *smp, UINT32 vp );
extern void smp_stop( struct smp *smp, UINT32 vp );
/* Stops the vp, which was started, when it has come to a halt. */
extern void smp_stop_halted( struct smp *smp, UINT32 vp );
/* Waits for the vp's number of events, and compares the last. */
extern BOOL smp_wait_( const char *file, int line, struct smp *smp, UINT32 vp, LONG count, UINT32 event );
#define smp_wait( smp, vp, count, event ) smp_wait_( __FILE__, __LINE__, smp, vp, count, event )
/* Nothing more comes. */
extern void smp_quiet_( const char *file, int line, struct smp *smp, UINT32 vp, LONG count );
#define smp_quiet( smp, vp, count ) smp_quiet_( __FILE__, __LINE__, smp, vp, count )
extern UINT64 smp_get( struct smp *smp, UINT32 vp, WHV_REGISTER_NAME name );
extern HRESULT smp_set( struct smp *smp, UINT32 vp, WHV_REGISTER_NAME name, UINT64 low );
extern HRESULT smp_request( struct smp *smp, UINT32 type, UINT32 logical, UINT32 level, UINT32 destination,
                            UINT32 vector );

#endif /* __WHV_TESTS_SMP_H */
