/*
 * Fuzz target: the callbacks of a client of the emulator
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
 * What it is for: a machine in plain arrays, whose owner asks the emulator for an instruction and answers what it wants
 * to know, honestly or not; each request is checked to be one that a callback can take. It knows
 * dlls/winhvemulation/unixlib.h.
 */

#ifndef __WHV_TESTS_EMULATOR_CLIENT_H
#define __WHV_TESTS_EMULATOR_CLIENT_H

#include "../winhvemulation/unixlib.h"
#include "fuzz.h"

#define RAM_SIZE   0x10000

struct machine
{
    UINT64                   gpr[16], rip, rflags, cr0, cr4;
    WHV_X64_SEGMENT_REGISTER segments[6];
    WHV_UINT128              vectors[32], lanes[0x88];
    UINT8                    ram[RAM_SIZE];
    UINT64                   device;            /* what it was told and asked, added up */
};

struct emulation
{
    WHV_VP_EXIT_CONTEXT             vp;
    WHV_MEMORY_ACCESS_CONTEXT       mmio;
    WHV_X64_IO_PORT_ACCESS_CONTEXT  io;
    BOOL                            is_io;
    UINT32                          writes, sets, failures, steps;
    WHV_EMULATOR_STATUS             status;
    BOOL                            faulted;
    WHV_REGISTER_VALUE              event;
};

struct client
{
    struct machine     now;
    struct fuzz_input *input;
    BOOL               hostile;         /* its answers are the input's as well */
};

extern struct client client;

/* The GPA of the page at this GVA. */
extern UINT64 client_page_of( UINT64 gva );
/* What the client answers to each request; for a hostile client the input has its part in it. */
extern void client_get_registers( struct emulate_request *req );
extern void client_set_registers( struct emulate_request *req, struct emulation *emu );
extern void client_translate( struct emulate_request *req );
extern void client_access_memory( struct emulate_request *req, struct emulation *emu );
extern void client_access_port( struct emulate_request *req, struct emulation *emu );

#endif /* __WHV_TESTS_EMULATOR_CLIENT_H */
