/*
 * The unix calls
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
 * What it is for: the functions behind the call numbers of unixlib.h. They
 * unpack a block, copy the caller's arrays in and out, and call the room.
 * The caller's memory may fault at any access, and Wine then abandons the call:
 * it is touched only while no lock is held and nothing is allocated or half done.
 * Knows the blocks and the rooms' headers; decides only what needs no room.
 */

#ifndef __WHV_UNIX_CALLS_H
#define __WHV_UNIX_CALLS_H

#include "winhvplatformdefs.h"
#include "wine/unixlib.h"

/* A value of a capability, property or counter set is never larger. */
#define MAX_VALUE_SIZE 256

/***********************************************************************
 *           give_value
 *
 * The common end of the calls that fill a caller's buffer with a value of a size of its own.
 *
 * PARAMS
 *  hr      [I] what the room said: S_OK, or WHV_E_INSUFFICIENT_BUFFER for a value that needs more than size
 *  data    [I] the value
 *  needed  [I] its size, also with WHV_E_INSUFFICIENT_BUFFER
 *  buffer  [O] the caller's buffer, at least needed bytes unless NULL
 *  written [O] the caller's; gets needed; may be NULL
 *
 * RETURNS
 *  hr; E_POINTER for a NULL buffer.
 */
extern HRESULT give_value( HRESULT hr, const void *data, UINT32 needed, void *buffer, UINT32 *written );

/* memory_calls.c */
extern NTSTATUS gpa_map_call( void *args );
extern NTSTATUS gpa_unmap_call( void *args );
extern NTSTATUS gpa_query_dirty_call( void *args );
extern NTSTATUS gpa_advise_call( void *args );
extern NTSTATUS gpa_access_call( void *args );
extern NTSTATUS translate_gva_call( void *args );

/* state_calls.c */
extern NTSTATUS vp_get_registers_call( void *args );
extern NTSTATUS vp_set_registers_call( void *args );
extern NTSTATUS vp_get_state_call( void *args );
extern NTSTATUS vp_set_state_call( void *args );
extern NTSTATUS vp_get_cpuid_call( void *args );
extern NTSTATUS vp_get_counters_call( void *args );
extern NTSTATUS vp_post_message_call( void *args );
extern NTSTATUS vp_signal_event_call( void *args );
extern NTSTATUS request_interrupt_call( void *args );
extern NTSTATUS get_interrupt_targets_call( void *args );

#endif /* __WHV_UNIX_CALLS_H */
