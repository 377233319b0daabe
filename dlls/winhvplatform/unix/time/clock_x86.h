/*
 * Guest clocks of x86
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
 * The clocks that guests see: TSC, reference time, and the local APICs' timers; stopped and let go on together.
 * Time begins with the first run of a vp and stands while it is suspended; the next run lets it go on.
 * Knows kvm.h, the partition and struct vp; is known by irq/, registers/, run/ and calls/.
 * All is done while no vp is in the guest: nothing of it is on the exit path but one flag.
 */

#ifndef __WHV_UNIX_TIME_CLOCK_X86_H
#define __WHV_UNIX_TIME_CLOCK_X86_H

#include "host/host.h"
#include "host/x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

struct kvm_lapic_state;

/* Before the first vcpu, behind apic_setup: time has not begun; the frequency of the vcpus' TSCs, and the APICs' bus
 * clock, if they are not KVM's own. -errno. */
extern int clock_setup( struct partition *partition, int vm );
/* A vcpu of KVM's has been made for a vp: its clocks stand if the partition's do. Before Linux 5.18 each vcpu gets the
 * TSC's frequency here, and then its offset: the first one's TSC begins at 0, the others' is that of the last one set.
 * -errno; may be called again. */
extern int clock_vp_created( struct vp *vp );

/***********************************************************************
 *           clock_suspend / clock_resume     (WHvSuspendPartitionTime, WHvResumePartitionTime)
 *
 * The relation of the vps' TSCs to each other stays exactly as it is, where KVM has KVM_VCPU_TSC_OFFSET (Linux 5.16);
 * else KVM's own rule counts, which brings TSCs together that are written with one value within a second.
 * What is suspended, or goes on, already is left as it is. A resume that fails can be tried again.
 *
 * RETURNS
 *  S_OK; E_HANDLE; HRESULT_FROM_WIN32(ERROR_INVALID_STATE) before setup; WHV_E_INVALID_VP_STATE (suspend)
 *  while a vp runs; HRESULTs of KVM errors.
 *  Source: pages of the two functions; Documentation/virt/kvm/devices/vcpu.rst, section 4; arch/x86/kvm/lapic.c.
 */
extern HRESULT clock_suspend( WHV_PARTITION_HANDLE handle );
extern HRESULT clock_resume( WHV_PARTITION_HANDLE handle );

/* The same of a locked partition whose vps are stopped, whoever may be inside Run: for a reset, which lets the time
 * stand until a vp is run. What stands, or runs, already is left as it is. */
extern HRESULT clock_freeze( struct partition *partition );
extern HRESULT clock_thaw( struct partition *partition );

/* Property ReferenceTime, of a locked partition: 100 ns units. The value to set is in the properties already. */
extern HRESULT clock_get_reference( struct partition *partition, UINT64 *value );
extern HRESULT clock_set_reference( struct partition *partition );

/* Registers Tsc and TscDeadline while the time is suspended; the vp is locked. */
static inline BOOL clock_is_frozen( const struct vp *vp )
{
    return vp->partition->time_suspended;
}

extern UINT64 *clock_frozen_msr( struct vp *vp, UINT32 index );
/* Current count of the APIC's timer while it stands: what a state that is read has to show,
 * and one that is set brings. */
extern void clock_show_lapic( const struct vp *vp, struct kvm_lapic_state *lapic );
extern void clock_lapic_set( struct vp *vp, const struct kvm_lapic_state *lapic );

/* The APIC is reset: its timer has nothing to go on with. */
extern void clock_forget_timer( struct vp *vp );

/* Register TscVirtualOffset: what is added to the host's TSC, scaled if it is.
 * ERROR_HV_INVALID_PARAMETER where KVM has it not. */
extern HRESULT clock_get_offset( struct vp *vp, UINT64 *offset );
extern HRESULT clock_set_offset( struct vp *vp, UINT64 offset );

/***********************************************************************
 *           clock_set_tsc     (register Tsc while the time is not suspended)
 *
 * Sets the vp's TSC by its offset, because KVM takes a write of the MSR for an attempt to synchronize: 0, and what is
 * within a second of what the last write would have become, give the offset of before, and the write does nothing.
 * The rule here: what is written holds from the write on. Only a value that is exactly what another vp was given last,
 * not longer than a second ago, gives the same offset as that one has: a client that sets all vps in turn means TSCs
 * that are equal.
 * clock_takes_tsc: is this the MSR of a TSC that can be so written? (It needs KVM_VCPU_TSC_OFFSET, Linux 5.16.)
 * The vp is locked and out of the guest.
 *  Source: arch/x86/kvm/x86.c, kvm_synchronize_tsc, kvm_arch_tsc_set_attr.
 */
static inline BOOL clock_takes_tsc( const struct vp *vp, UINT32 index )
{
    return index == MSR_TSC && !clock_is_frozen( vp ) && vp->partition->host->vcpu_attributes;
}

extern HRESULT clock_set_tsc( struct vp *vp, UINT64 value );

#endif /* __WHV_UNIX_TIME_CLOCK_X86_H */
