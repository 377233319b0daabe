/*
 * The unix calls and their parameter blocks
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
 * What it is for: the contract between the PE side and winhvplatform.so: call
 * numbers and one parameter block per call, both sides of one address space.
 * It knows the API's types and nothing else; both sides compile it (64-bit only).
 * A block holds fixed-size integers, handles and the caller's pointers as given:
 * nothing in it has been checked, and any pointer may fault.
 */

#ifndef __WINHVPLATFORM_UNIXLIB_H
#define __WINHVPLATFORM_UNIXLIB_H

#include "winhvplatformdefs.h"

/* Changes with every change of a block or of the order of the calls. */
#ifndef WHV_UNIX_VERSION        /* tests/check-install builds a Unix side of another version */
#define WHV_UNIX_VERSION 8
#endif

enum unix_call
{
    unix_attach,

    unix_get_capability,
    unix_get_reason,

    unix_partition_create,
    unix_partition_setup,
    unix_partition_reset,
    unix_partition_delete,
    unix_partition_get_property,
    unix_partition_set_property,
    unix_partition_set_time,
    unix_partition_get_counters,

    unix_gpa_map,
    unix_gpa_unmap,
    unix_gpa_query_dirty,
    unix_gpa_advise,
    unix_gpa_access,
    unix_translate_gva,

    unix_vp_create,
    unix_vp_delete,
    unix_vp_run,
    unix_vp_cancel,
    unix_vp_abandoned,
    unix_vp_get_registers,
    unix_vp_set_registers,
    unix_vp_get_state,
    unix_vp_set_state,
    unix_vp_get_cpuid,
    unix_vp_get_counters,
    unix_vp_post_message,
    unix_vp_signal_event,

    unix_request_interrupt,
    unix_get_interrupt_targets,

    unix_doorbell_register,
    unix_doorbell_unregister,
    unix_port_create,
    unix_port_set_property,
    unix_port_delete,
    unix_trigger_create,
    unix_trigger_update,
    unix_trigger_delete,
    unix_trigger_deliver,
    unix_triggers_collect,
    unix_notify_wait,
    unix_notify_bury,
    unix_vpci,
    unix_migration,

    /* WinHvEmulation.dll: blocks in dlls/winhvemulation/unixlib.h */
    unix_emulator_create,
    unix_emulator_destroy,
    unix_emulator_start,
    unix_emulator_step,

    unix_call_count
};

/* The first call. STATUS_REVISION_MISMATCH if version or size is not the Unix side's own. */
struct attach_params
{
    UINT32       version;       /* WHV_UNIX_VERSION */
    UINT32       size;          /* of this block */
    const UINT8 *trace_flags;   /* of the PE side's channel: bit n = class n of trace.h; lives as long as the process */
};

/* WHvGetCapability */
struct get_capability_params
{
    UINT32  code;
    UINT32  size;
    void   *buffer;
    UINT32 *written;            /* may be NULL */
};

/* __wine_whv_reason: why there is no hypervisor, one sentence, or an empty one */
struct get_reason_params
{
    char   *buffer;
    UINT32  size;               /* bytes, with room for the 0 */
};

/* WHvCreatePartition */
struct partition_create_params
{
    void **partition;
};

/* WHvSetupPartition, WHvResetPartition, WHvDeletePartition */
struct partition_params
{
    void *partition;
};

/* WHvGetPartitionProperty, WHvGetPartitionCounters */
struct partition_get_params
{
    void   *partition;
    UINT32  code;               /* WHV_PARTITION_PROPERTY_CODE or WHV_PARTITION_COUNTER_SET */
    UINT32  size;
    void   *buffer;
    UINT32 *written;            /* may be NULL */
};

/* WHvSetPartitionProperty */
struct partition_set_params
{
    void       *partition;
    UINT32      code;
    UINT32      size;
    const void *buffer;
};

/* WHvSuspendPartitionTime, WHvResumePartitionTime */
struct partition_time_params
{
    void  *partition;
    UINT32 suspend;             /* 1 or 0 */
};

/* WHvMapGpaRange, WHvMapGpaRange2, WHvUnmapGpaRange (gpa and size only) */
struct gpa_map_params
{
    void  *partition;
    void  *source;
    UINT64 gpa;
    UINT64 size;                /* bytes */
    UINT32 flags;               /* WHV_MAP_GPA_RANGE_FLAGS */
    UINT64 mark, mark_end;      /* 0, or the source is memory of the process that has a mapping exactly there */
};

/* WHvQueryGpaRangeDirtyBitmap */
struct gpa_query_dirty_params
{
    void   *partition;
    UINT64  gpa;
    UINT64  size;               /* bytes */
    UINT64 *bitmap;             /* may be NULL with bitmap_size 0 */
    UINT32  bitmap_size;        /* bytes */
};

/* WHvAdviseGpaRange */
struct gpa_advise_params
{
    void                         *partition;
    const WHV_MEMORY_RANGE_ENTRY *ranges;
    UINT32                        count;
    UINT32                        advice;
    const void                   *buffer;
    UINT32                        size;
};

/* WHvReadGpaRange, WHvWriteGpaRange */
struct gpa_access_params
{
    void   *partition;
    UINT64  gpa;
    UINT64  controls;           /* WHV_ACCESS_GPA_CONTROLS as one number */
    void   *data;               /* only read by a write */
    UINT32  index;
    UINT32  size;
    UINT32  write;              /* 1 or 0 */
};

/* WHvTranslateGva */
struct translate_gva_params
{
    void                     *partition;
    UINT64                    gva;
    WHV_TRANSLATE_GVA_RESULT *result;
    UINT64                   *gpa;
    UINT32                    index;
    UINT32                    flags;
};

/* WHvCreateVirtualProcessor, WHvCreateVirtualProcessor2 */
struct vp_create_params
{
    void                                 *partition;
    const WHV_VIRTUAL_PROCESSOR_PROPERTY *properties;
    UINT32                                index;
    UINT32                                count;
    UINT32                                flags;
};

/* WHvDeleteVirtualProcessor; unix_vp_abandoned: a run whose exit context could not be written */
struct vp_params
{
    void  *partition;
    UINT32 index;
};

/* WHvRunVirtualProcessor */
struct vp_run_params
{
    void  *partition;
    void  *exit;
    UINT32 index;
    UINT32 size;                /* of the exit context, bytes */
};

/* WHvCancelRunVirtualProcessor */
struct vp_cancel_params
{
    void  *partition;
    UINT32 index;
    UINT32 flags;
};

/* WHvGetVirtualProcessorRegisters, WHvSetVirtualProcessorRegisters */
struct vp_registers_params
{
    void                    *partition;
    const WHV_REGISTER_NAME *names;
    WHV_REGISTER_VALUE      *values;    /* only read by a set */
    UINT32                   index;
    UINT32                   count;
};

/* The older functions for one state each, which take other sizes than a WHV_VIRTUAL_PROCESSOR_STATE_TYPE does, of which
 * none has more than 32 bits. Architectures have each their own; these are x64's. */
#define UNIX_STATE_APIC_LEGACY 0x100000000ull
#define UNIX_STATE_APIC        0x100000001ull   /* ...InterruptControllerState2 */
#define UNIX_STATE_XSAVE       0x100000002ull

/* WHvGetVirtualProcessorState, WHvSetVirtualProcessorState (no written), and the older functions for one type each;
 * WHvGetVirtualProcessorCounters (type: WHV_PROCESSOR_COUNTER_SET) */
struct vp_state_params
{
    void   *partition;
    void   *buffer;             /* only read by a set */
    UINT32 *written;            /* may be NULL */
    UINT32  index;
    UINT64  type;               /* WHV_VIRTUAL_PROCESSOR_STATE_TYPE or UNIX_STATE_* */
    UINT32  size;               /* of the buffer, bytes */
};

/* WHvGetVirtualProcessorCpuidOutput (x64 only) */
struct vp_get_cpuid_params
{
    void   *partition;
    void   *output;             /* WHV_CPUID_OUTPUT */
    UINT32  index;
    UINT32  eax, ecx;
};

/* WHvPostVirtualProcessorSynicMessage */
struct vp_post_message_params
{
    void       *partition;
    const void *message;
    UINT32      index;
    UINT32      sint;
    UINT32      size;           /* bytes */
};

/* WHvSignalVirtualProcessorSynicEvent */
struct vp_signal_event_params
{
    void   *partition;
    BOOL   *newly;              /* may be NULL */
    UINT32  index;
    UINT32  sint, flag, vtl;
};

/* WHvRequestInterrupt */
struct request_interrupt_params
{
    void       *partition;
    const void *interrupt;      /* WHV_INTERRUPT_CONTROL, which each architecture has its own of */
    UINT32      size;           /* bytes */
};

/* WHvGetInterruptTargetVpSet (x64 only) */
struct get_interrupt_targets_params
{
    void   *partition;
    UINT64  destination;
    UINT32 *targets;
    UINT32 *target_count;
    UINT32  mode;               /* WHV_INTERRUPT_DESTINATION_MODE */
    UINT32  count;              /* room in targets */
};

/* ---- doorbells, notification ports, triggers ---- */

/* What the PE side keeps for one of them, its event above all, is a context to the Unix side. When it is removed the
 * context comes back: signal says that the event is to be set once more. NULL: another thread has got it. */
struct notify_remains
{
    void   *context;
    UINT32  signal;             /* 1 or 0 */
};

/* WHvRegisterPartitionDoorbellEvent, WHvUnregisterPartitionDoorbellEvent */
struct doorbell_params
{
    void                          *partition;
    const WHV_DOORBELL_MATCH_DATA *match;
    void                          *context;     /* register: NULL where the event is none */
    struct notify_remains          remains;     /* unregister */
};

/* WHvCreateNotificationPort */
struct port_create_params
{
    void                                  *partition;
    const WHV_NOTIFICATION_PORT_PARAMETERS *parameters;
    void                                  *context;     /* NULL where the event is none */
    WHV_NOTIFICATION_PORT_HANDLE          *port;
};

/* WHvSetNotificationPortProperty */
struct port_set_property_params
{
    void   *partition;
    void   *port;
    UINT64  value;
    UINT32  code;               /* WHV_NOTIFICATION_PORT_PROPERTY_CODE */
};

/* WHvDeleteNotificationPort; WHvDeleteTrigger, whose remains come by unix_notify_bury, when the threads that wait for
 * events have been told. After a partition was deleted, without a handle: of one after the other of what it had, until
 * remains.context is NULL. */
struct notify_delete_params
{
    void                 *partition;
    void                 *handle;
    struct notify_remains remains;
};

/* WHvCreateTrigger */
struct trigger_create_params
{
    void                         *partition;
    const WHV_TRIGGER_PARAMETERS *parameters;
    void                         *context;
    void                         *client_event; /* what *event becomes */
    WHV_TRIGGER_HANDLE           *trigger;
    void                        **event;
    void                         *handle;       /* out: what *trigger has become */
    UINT32                        waiter;       /* out: number of the thread that is to wait for its event */
};

/* WHvUpdateTriggerParameters; unix_trigger_deliver (trigger only): its event was set */
struct trigger_params
{
    void                         *partition;
    const WHV_TRIGGER_PARAMETERS *parameters;
    void                         *trigger;
};

/* For a thread that waits for events, by its number: the triggers whose events these are, good until the next call. */
struct triggers_collect_params
{
    UINT32  waiter;
    UINT32  count;
    void   *contexts[60];
    void   *handles[60];
};

/* For one thread of the PE side: waits until the guest has signalled something. The contexts are good until the next
 * call. */
struct notify_wait_params
{
    UINT32  count;
    void   *contexts[32];
};

/* The functions on virtual PCI devices have one call, since there is no device that could make a difference. */
enum vpci_function
{
    VPCI_ALLOCATE_RESOURCE,
    VPCI_CREATE,
    VPCI_DELETE,
    VPCI_GET_PROPERTY,
    VPCI_GET_NOTIFICATION,
    VPCI_MAP_MMIO,
    VPCI_UNMAP_MMIO,
    VPCI_SET_POWER_STATE,
    VPCI_READ_REGISTER,
    VPCI_WRITE_REGISTER,
    VPCI_MAP_INTERRUPT,
    VPCI_UNMAP_INTERRUPT,
    VPCI_RETARGET_INTERRUPT,
    VPCI_REQUEST_INTERRUPT,
    VPCI_GET_INTERRUPT_TARGET,
    VPCI_FUNCTION_COUNT
};

/* WHvXxxVpciDeviceXxx, WHvAllocateVpciResource */
struct vpci_params
{
    void       *partition;      /* none for a resource */
    UINT64      device;         /* LogicalDeviceId */
    const void *provider;       /* of a resource */
    const void *input;          /* resource descriptor, register, interrupt target, data to write */
    void       *output, *output2;
    UINT32     *written;        /* may be NULL */
    UINT64      address;        /* of an MSI */
    UINT32      function;       /* enum vpci_function */
    UINT32      code;           /* flags, property, power state, or index of an interrupt */
    UINT32      count;          /* of messages; the number of one */
    UINT32      size;           /* of input or output, bytes */
};

enum migration_function
{
    MIGRATION_START,
    MIGRATION_CANCEL,
    MIGRATION_COMPLETE,
    MIGRATION_ACCEPT,
    MIGRATION_FUNCTION_COUNT
};

/* WHvXxxPartitionMigration */
struct migration_params
{
    void  *partition;           /* of the source */
    void **output;              /* the source's migration, or the destination's partition */
    UINT32 function;            /* enum migration_function */
};

#endif /* __WINHVPLATFORM_UNIXLIB_H */
