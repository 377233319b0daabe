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

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"
#include "guest_checks.h"
#include "host/x86.h"

struct guest guest;

UINT32 guest_hex( const char *hex, UINT32 offset, BOOL write )
{
    UINT8 bytes[16];
    UINT32 count = input_hex( hex, bytes );

    return guest_mmio( &guest, bytes, count, GUEST_MMIO + offset, GUEST_MMIO + offset, write, 1 );
}

UINT32 guest_operand( const char *hex, UINT32 offset, BOOL write )
{
    guest.gpr[RBX] = guest.gpr[RDI] = GUEST_MMIO + offset;
    guest.event.EventPending = 0;
    return guest_hex( hex, offset, write );
}

UINT32 guest_run( const char *hex )
{
    guest.event.EventPending = 0;
    return guest_hex( hex, 0, 1 );
}

void check_access( UINT32 index, UINT64 address, UINT32 size, BOOL write )
{
    assert_true( index < guest.log_count );
    assert_int_equal( guest.log[index].kind, EMULATE_MEMORY );
    assert_int_equal( guest.log[index].address, address );
    assert_int_equal( guest.log[index].size, size );
    assert_int_equal( guest.log[index].write, write );
}

void check_log( UINT32 index, UINT64 address, UINT32 size, BOOL write, UINT64 data )
{
    check_access( index, address, size, write );
    if (write) assert_int_equal( guest.log[index].data, data );
}

void check_operand_fault( const char *hex, UINT32 offset, UINT8 vector )
{
    UINT64 rip = guest.rip;

    if (guest_operand( hex, offset, 0 ) != SUCCESS) fail_msg( "%s: no exception %u", hex, vector );
    if (!guest.event.EventPending || guest.event.Vector != vector)
        fail_msg( "%s: exception %u, not %u", hex, guest.event.EventPending ? guest.event.Vector : 0xff, vector );
    assert_int_equal( guest.rip, rip );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );
}

void check_fault( const char *hex, UINT8 vector, UINT32 error )
{
    UINT64 rip = guest.rip, rsp = guest.gpr[RSP];

    if (guest_run( hex ) != SUCCESS) fail_msg( "%s: no exception %u", hex, vector );
    if (!guest.event.EventPending || guest.event.Vector != vector)
        fail_msg( "%s: exception %u, not %u", hex, guest.event.EventPending ? guest.event.Vector : 0xff, vector );
    if (error == NO_ERROR_CODE) assert_false( guest.event.DeliverErrorCode );
    else assert_int_equal( guest.event.ErrorCode, error );
    assert_int_equal( guest.rip, rip );
    assert_int_equal( guest.gpr[RSP], rsp );
}

void check_refused( const char *hex )
{
    UINT64 rip = guest.rip;

    if (guest_run( hex ) != FAILURE) fail_msg( "%s: not refused", hex );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
    assert_int_equal( guest.rip, rip );
}

UINT32 count_accesses( BOOL write )
{
    UINT32 i, count = 0;

    for (i = 0; i < guest.log_count; i++)
        if (guest.log[i].kind == EMULATE_MEMORY && guest.log[i].write == write)
        {
            assert_true( guest.log[i].size <= 8 );
            count++;
        }
    return count;
}
