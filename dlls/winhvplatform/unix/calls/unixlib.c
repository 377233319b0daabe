/*
 * The unix calls: the table
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <stdarg.h>

#include "ntstatus.h"
#define WIN32_NO_STATUS
#include "calls/calls.h"
#include "calls/emulator_calls.h"
#include "host/trace.h"
#include "unixlib.h"
#include "wine/unixlib.h"

static NTSTATUS attach_call( void *args )
{
    struct attach_params *params = args;

    if (params->version != WHV_UNIX_VERSION || params->size != sizeof(*params)) return STATUS_REVISION_MISMATCH;
    trace_init( params->trace_flags );
    return STATUS_SUCCESS;
}

const unixlib_entry_t __wine_unix_call_funcs[unix_call_count] =
{
    [unix_attach]                 = attach_call,
    [unix_get_capability]         = get_capability_call,
    [unix_get_reason]             = get_reason_call,
    [unix_partition_create]       = partition_create_call,
    [unix_partition_setup]        = partition_setup_call,
    [unix_partition_reset]        = partition_reset_call,
    [unix_partition_delete]       = partition_delete_call,
    [unix_partition_get_property] = partition_get_property_call,
    [unix_partition_set_property] = partition_set_property_call,
    [unix_partition_set_time]     = partition_set_time_call,
    [unix_partition_get_counters] = partition_get_counters_call,
    [unix_gpa_map]                = gpa_map_call,
    [unix_gpa_unmap]              = gpa_unmap_call,
    [unix_gpa_query_dirty]        = gpa_query_dirty_call,
    [unix_gpa_advise]             = gpa_advise_call,
    [unix_gpa_access]             = gpa_access_call,
    [unix_translate_gva]          = translate_gva_call,
    [unix_vp_create]              = vp_create_call,
    [unix_vp_delete]              = vp_delete_call,
    [unix_vp_run]                 = vp_run_call,
    [unix_vp_cancel]              = vp_cancel_call,
    [unix_vp_abandoned]           = vp_abandoned_call,
    [unix_vp_get_registers]       = vp_get_registers_call,
    [unix_vp_set_registers]       = vp_set_registers_call,
    [unix_vp_get_state]           = vp_get_state_call,
    [unix_vp_set_state]           = vp_set_state_call,
    [unix_vp_get_cpuid]           = vp_get_cpuid_call,
    [unix_vp_get_counters]        = vp_get_counters_call,
    [unix_vp_post_message]        = vp_post_message_call,
    [unix_vp_signal_event]        = vp_signal_event_call,
    [unix_request_interrupt]      = request_interrupt_call,
    [unix_get_interrupt_targets]  = get_interrupt_targets_call,
    [unix_doorbell_register]       = doorbell_register_call,
    [unix_doorbell_unregister]     = doorbell_unregister_call,
    [unix_port_create]             = port_create_call,
    [unix_port_set_property]       = port_set_property_call,
    [unix_port_delete]             = port_delete_call,
    [unix_trigger_create]          = trigger_create_call,
    [unix_trigger_update]          = trigger_update_call,
    [unix_trigger_delete]          = trigger_delete_call,
    [unix_trigger_deliver]         = trigger_deliver_call,
    [unix_triggers_collect]       = triggers_collect_call,
    [unix_notify_wait]             = notify_wait_call,
    [unix_notify_bury]             = notify_bury_call,
    [unix_vpci]                   = vpci_call,
    [unix_migration]              = migration_call,
    [unix_emulator_create]        = emulator_create_call,
    [unix_emulator_destroy]       = emulator_destroy_call,
    [unix_emulator_start]         = emulator_start_call,
    [unix_emulator_step]          = emulator_step_call,
};
