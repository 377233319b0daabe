/*
 * The machine of the soak
 *
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
 * One partition with the platform's APIC, a thread for each vp, and what their exits
 * counted. Knows the API and the guest's soak.h.
 */

#ifndef __SOAK_MACHINE_H
#define __SOAK_MACHINE_H

#include "platform.h"
#include "../guests/soak.h"

/* of guest.h and smp.h, which are for assembler */
#define GUEST_BASE   0x7c00
#define MAILBOX      0x500
#define BLOCKS       0x10000
#define BLOCK_SIZE   0x1000
#define MEMORY_SIZE  0x100000

struct exits
{
    volatile uint64_t outs, canceled, window, eois[SOAK_KINDS];
};

extern WHV_PARTITION_HANDLE partition;
extern unsigned int vps;
extern struct exits exits[SOAK_MAX_VPS];
extern volatile int failed;     /* something is wrong, and has been said */

/* Says what is wrong, in the manner of printf; the soak goes on to its end. */
extern void complain( const char *format, ... ) __attribute__((format( printf, 1, 2 )));
extern BOOL check( HRESULT hr, const char *what );

/* One of the guest's counters, as it is now. */
extern uint64_t counter( unsigned int vp, unsigned int offset );
extern void set_mailbox( unsigned int offset, uint32_t value );
extern void map_window( BOOL mapped );

/* Sets it all up; indices from the number of vps to room are left to be created by somebody else. FALSE: complained. */
extern BOOL machine_create( const char *guest, unsigned int room, BOOL x2apic );
/* Starts the threads of the vps, and waits until the guest runs on all. */
extern BOOL machine_start( void );
/* Lets the vps' threads wait between two runs: when it comes back no vp is in Run. FALSE: one is still, and it has been
 * said. */
extern BOOL machine_park( void );
extern void machine_go_on( void );
/* Tells the guest to end. */
extern void machine_stop( void );

#endif /* __SOAK_MACHINE_H */
