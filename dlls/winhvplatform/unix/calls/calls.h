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
 * The functions behind the call numbers of unixlib.h. They unpack a block, copy the caller's arrays in and out, and
 * call the room. The caller's memory may fault at any access, and Wine then abandons the call: it is touched only
 * while no lock is held and nothing is allocated or half done.
 * Knows the blocks and the rooms' headers; decides only what needs no room.
 */

#ifndef __WHV_UNIX_CALLS_CALLS_H
#define __WHV_UNIX_CALLS_CALLS_H

#include "wine/unixlib.h"

/* partition_calls.c */
extern NTSTATUS get_capability_call( void *args );
extern NTSTATUS get_reason_call( void *args );
extern NTSTATUS partition_create_call( void *args );
extern NTSTATUS partition_setup_call( void *args );
extern NTSTATUS partition_reset_call( void *args );
extern NTSTATUS partition_delete_call( void *args );
extern NTSTATUS partition_get_property_call( void *args );
extern NTSTATUS partition_set_property_call( void *args );
/* WHvSuspendPartitionTime, WHvResumePartitionTime */
extern NTSTATUS partition_set_time_call( void *args );
/* KVM does not tell how large the pages behind a mapping are, so all are counted as small ones. */
extern NTSTATUS partition_get_counters_call( void *args );

/* vp_calls.c */
/* WHvCreateVirtualProcessor2: properties are one code, NumaNode, a hint for memory that KVM allocates as it likes. */
extern NTSTATUS vp_create_call( void *args );
extern NTSTATUS vp_delete_call( void *args );
extern NTSTATUS vp_run_call( void *args );
extern NTSTATUS vp_cancel_call( void *args );
extern NTSTATUS vp_abandoned_call( void *args );

/* memory_calls.c */
extern NTSTATUS gpa_map_call( void *args );
extern NTSTATUS gpa_unmap_call( void *args );
extern NTSTATUS gpa_query_dirty_call( void *args );
extern NTSTATUS gpa_advise_call( void *args );
extern NTSTATUS gpa_access_call( void *args );
extern NTSTATUS translate_gva_call( void *args );

/* register_calls.c */
extern NTSTATUS vp_get_registers_call( void *args );
extern NTSTATUS vp_set_registers_call( void *args );

/* state_calls.c */
extern NTSTATUS vp_get_state_call( void *args );
extern NTSTATUS vp_set_state_call( void *args );
extern NTSTATUS vp_get_cpuid_call( void *args );
extern NTSTATUS vp_get_counters_call( void *args );

/* interrupt_calls.c */
extern NTSTATUS vp_post_message_call( void *args );
extern NTSTATUS vp_signal_event_call( void *args );
extern NTSTATUS request_interrupt_call( void *args );
extern NTSTATUS get_interrupt_targets_call( void *args );

/* notify_calls.c */
extern NTSTATUS doorbell_register_call( void *args );
extern NTSTATUS doorbell_unregister_call( void *args );
extern NTSTATUS port_create_call( void *args );
extern NTSTATUS port_set_property_call( void *args );
extern NTSTATUS port_delete_call( void *args );
extern NTSTATUS trigger_create_call( void *args );
extern NTSTATUS trigger_update_call( void *args );
extern NTSTATUS trigger_delete_call( void *args );
extern NTSTATUS trigger_deliver_call( void *args );
extern NTSTATUS triggers_collect_call( void *args );
extern NTSTATUS notify_wait_call( void *args );
extern NTSTATUS notify_bury_call( void *args );

/* device_calls.c */
/* KVM has no devices of the host to give away but by VFIO, which knows none by a Windows name: arguments are checked as
 * Windows does, and then there is no such device. */
extern NTSTATUS vpci_call( void *args );
/* KVM ties a vm to its process: nothing migrates. */
extern NTSTATUS migration_call( void *args );

#endif /* __WHV_UNIX_CALLS_CALLS_H */
