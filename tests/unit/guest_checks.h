/*
 * What the tests of the emulator share
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
 * What it is for: one fake guest, ways to let the emulator do an instruction that is given by its hexadecimal digits,
 * and what is usually looked at behind it. It knows fake_guest.h. The device of fake_guest.h is at GUEST_MMIO for GVAs
 * too. Everything that looks ends the test with a message when it finds something else.
 */

#ifndef __WHV_TESTS_GUEST_CHECKS_H
#define __WHV_TESTS_GUEST_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_guest.h"
#include "inputs.h"

/* bits of WHV_EMULATOR_STATUS */
#define SUCCESS    1u
#define FAILURE    2u
#define GET_FAILED 0x40u

extern struct guest guest;

/* An access to the device, offset bytes from its begin; write: the exit says so. Returns the status bits. */
extern UINT32 guest_hex( const char *hex, UINT32 offset, BOOL write );
/* The same with RBX and RDI there, and no exception left from before. */
extern UINT32 guest_operand( const char *hex, UINT32 offset, BOOL write );
/* At a write to the begin of the device, with registers as they are, and no exception left from before. */
extern UINT32 guest_run( const char *hex );

/* The access to memory that is the log's at index; check_log: with what was written. */
extern void check_access( UINT32 index, UINT64 address, UINT32 size, BOOL write );
extern void check_log( UINT32 index, UINT64 address, UINT32 size, BOOL write, UINT64 data );
/* guest_operand for a read ends in this exception, before any access to memory. */
extern void check_operand_fault( const char *hex, UINT32 offset, UINT8 vector );
/* guest_run ends in this exception and leaves RIP and RSP; error: its code, or NO_ERROR_CODE. */
extern void check_fault( const char *hex, UINT8 vector, UINT32 error );
/* guest_run is refused, and no register is set. */
extern void check_refused( const char *hex );
/* Of the log: all are of 8 bytes at most. */
extern UINT32 count_accesses( BOOL write );

#endif /* __WHV_TESTS_GUEST_CHECKS_H */
