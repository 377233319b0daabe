/*
 * Benchmark: what the files of the half under Wine share
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
 * A partition with one processor that runs a loop, and what is done with it. It knows
 * WinHvPlatform; of the other half it knows bench.h. Errors end the program.
 */

#ifndef __WHVBENCH_H
#define __WHVBENCH_H

#include <windows.h>
#include <winhvplatform.h>

struct vm
{
    WHV_PARTITION_HANDLE partition;
    volatile UINT32 *mailbox;           /* the loop's number; what the spinning loop counts */
};

/* Ends the program if that is an error, of WHAT. */
extern void check( HRESULT hr, const char *what );
/* To the next exit, which must have this reason. */
extern void run( struct vm *vm, WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_RUN_VP_EXIT_REASON reason );
extern void set_rip( WHV_PARTITION_HANDLE partition, UINT64 rip );

/**** memory: whvbench_memory.c ****/

/* Maps and unmaps 4 GiB, COUNT times. */
extern void bench_map4g( struct vm *vm, unsigned int count );
/* A guest of the loop LOOP_TOUCH and new memory: ns for each page. The client has aligned it to LARGE_PAGE, or has what
 * VirtualAlloc gives, as QEMU does. */
extern double bench_touch( struct vm *vm, BOOL aligned );

/* A guest of LOOP_DOORBELL or LOOP_DOORBELL_EXIT: COUNT stores, each of which signals an event that nobody waits
 * for. */
extern void bench_doorbell( struct vm *vm, unsigned int count );
extern void bench_doorbell_exit( struct vm *vm, unsigned int count );

/**** for the instruction counter: whvbench_steps.c. Each makes COUNT exits ****/

extern void bench_msr_read( struct vm *vm, unsigned int count );
/* After each exit the client reads eighteen registers, */
extern void bench_out_get18( struct vm *vm, unsigned int count );
/* reads and writes them, */
extern void bench_out_set18( struct vm *vm, unsigned int count );
/* or reads what QEMU does, and writes a few. */
extern void bench_out_qemu( struct vm *vm, unsigned int count );

/* Before WHvSetupPartition: MSRs that there are not exit. */
extern void want_msr_exits( WHV_PARTITION_HANDLE partition );
/* Lines "module BASE SIZE NAME" and "function ADDRESS NAME", in hexadecimal, and "end". */
extern void print_places( void );

#endif /* __WHVBENCH_H */
