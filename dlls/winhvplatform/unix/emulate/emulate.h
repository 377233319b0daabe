/*
 * Instruction emulation
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
 * Emulates one instruction at an exit, for WinHvEmulation and for whoever else has registers and memory to offer.
 * A state machine: it asks for one thing at a time and goes on with the answer. No allocation, no system call.
 * Knows the files of this room; knows neither who answers, nor a vp or a partition.
 */

#ifndef __WHV_UNIX_EMULATE_EMULATE_H
#define __WHV_UNIX_EMULATE_EMULATE_H

#include "../winhvemulation/unixlib.h"
#include "winhvplatformdefs.h"

struct emulate;

/***********************************************************************
 *           emulate_begin_mmio, emulate_begin_io
 *
 * Start over with another exit.
 *
 * PARAMS
 *  emu  [I/O] zero before the first time, but perhaps for emu->cache
 *  vp   [I] what all exits have: RIP, RFLAGS, CS, execution state
 *  mmio [I] the memory access, io [I] the port access; our own copy, not the caller's memory
 *  req  [O] the first request
 */
extern void emulate_begin_mmio( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp,
                                const WHV_MEMORY_ACCESS_CONTEXT *mmio, struct emulate_request *req );
extern void emulate_begin_io( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp,
                              const WHV_X64_IO_PORT_ACCESS_CONTEXT *io, struct emulate_request *req );

/***********************************************************************
 *           emulate_step
 *
 * PARAMS
 *  req [I/O] in: the answer to the request that the last step made; out: the next request
 *
 * What is known to follow a request (req->known) may also be had by emulate_next() of follow.h, in place of the step.
 * After EMULATE_DONE every further step says EMULATE_DONE again. The number of steps is bounded.
 */
extern void emulate_step( struct emulate *emu, struct emulate_request *req );

/* The same for somebody who uses emulate_next() where he can, so that he has to step only if nothing is known to follow
 * or a callback has failed, and who may be wrong. FALSE: this is no answer to the open request; nothing is done. */
extern BOOL emulate_answer( struct emulate *emu, struct emulate_request *req );

#endif /* __WHV_UNIX_EMULATE_EMULATE_H */
