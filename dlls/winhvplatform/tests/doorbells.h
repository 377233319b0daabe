/*
 * Doorbells: what their tests share
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
 * What it is for: making doorbells and ports of that type, and looking whether their events are signalled.
 * It knows vm.h and the public API.
 */

#ifndef __WHV_TESTS_DOORBELLS_H
#define __WHV_TESTS_DOORBELLS_H

#include "vm.h"

#ifndef ERROR_HV_INVALID_PARAMETER
#define ERROR_HV_INVALID_PARAMETER  ((HRESULT)0xc0350005)
#endif
#define HR_NOT_FOUND                ((HRESULT)0x80070490)

/* MatchOnValue, MatchOnLength */
#define ANY     0, 0
#define LENGTH  0, 1
#define VALUE   1, 1

static inline WHV_DOORBELL_MATCH_DATA make_match( UINT64 gpa, UINT64 value, UINT32 length, UINT32 on_value,
                                                  UINT32 on_length )
{
    WHV_DOORBELL_MATCH_DATA match;

    memset( &match, 0, sizeof(match) );
    match.GuestAddress = gpa;
    match.Value = value;
    match.Length = length;
    match.MatchOnValue = on_value;
    match.MatchOnLength = on_length;
    return match;
}

static inline HRESULT create_port( struct vm *vm, WHV_DOORBELL_MATCH_DATA match, HANDLE event,
                                   WHV_NOTIFICATION_PORT_HANDLE *port )
{
    WHV_NOTIFICATION_PORT_PARAMETERS parameters;

    memset( &parameters, 0, sizeof(parameters) );
    parameters.NotificationPortType = WHvNotificationPortTypeDoorbell;
    parameters.Doorbell = match;
    return WHvCreateNotificationPort( vm->partition, &parameters, event, port );
}

static inline HANDLE make_event( void )
{
    return CreateEventW( NULL, FALSE, FALSE, NULL );
}

/* Once, and then not any more. */
static inline void check_set_( const char *file, int line, HANDLE event )
{
    ok_(file, line)( WaitForSingleObject( event, 10000 ) == WAIT_OBJECT_0, "not signalled\n" );
    ok_(file, line)( WaitForSingleObject( event, 20 ) == WAIT_TIMEOUT, "signalled twice\n" );
}
#define check_set( event ) check_set_( __FILE__, __LINE__, event )

static inline void check_clear_( const char *file, int line, HANDLE event )
{
    ok_(file, line)( WaitForSingleObject( event, 20 ) == WAIT_TIMEOUT, "signalled\n" );
}
#define check_clear( event ) check_clear_( __FILE__, __LINE__, event )

#endif /* __WHV_TESTS_DOORBELLS_H */
