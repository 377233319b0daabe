/*
 * Life of a partition
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

#include <errno.h>

#include "host/errors.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "host/lock.h"
#include "intercept/intercept.h"
#include "irq/apic_x86.h"
#include "memory/gpa_map.h"
#include "notify/doorbell.h"
#include "notify/objects.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "time/clock_x86.h"
#include "vm/handle.h"
#include "vm/hyperv_x86.h"
#include "vm/msr_filter_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"
#include "vm/property.h"
#include "vm/stop.h"

/* Where kvm_intel keeps its own pages in the guest's address space:
 * below the firmware and the APICs, as QEMU has it. */
#define KVM_IDENTITY_MAP_GPA 0xfeffc000
#define KVM_TSS_GPA          0xfeffd000

static HRESULT setup_vm( struct partition *partition, int vm )
{
    static const struct kvm_xen_hvm_config xen =
    {
        .flags = KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL, .msr = MSR_XEN_PAGE
    };
    const struct host *host = partition->host;
    int ret;

    /* AMD needs neither and answers 0 or ENOTTY */
    if ((ret = kvm_set_identity_map_addr( vm, KVM_IDENTITY_MAP_GPA )) < 0 && ret != -ENOTTY && ret != -EINVAL)
        return hresult_from_errno( ret );
    if ((ret = kvm_set_tss_addr( vm, KVM_TSS_GPA )) < 0 && ret != -ENOTTY && ret != -EINVAL)
        return hresult_from_errno( ret );
    if (host->emulation_failure_exit && (ret = kvm_enable_cap( vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1, 0 )) < 0)
        return hresult_from_errno( ret );
    /* with the first of these quirks OUT to port 0x7e shows RIP behind the instruction even where all others show it
     * at it; with the second LINT0 is not masked after a reset; with the third the hypercall of the other vendor's
     * processors is no #UD, but is made this one's in guest memory */
    ret = kvm_enable_cap( vm, KVM_CAP_DISABLE_QUIRKS, KVM_X86_QUIRK_OUT_7E_INC_RIP | KVM_X86_QUIRK_LINT0_REENABLED |
                          KVM_X86_QUIRK_FIX_HYPERCALL_INSN, 0 );
    if (ret < 0 && ret != -EINVAL) return hresult_from_errno( ret );
    if (property_xen_hypercalls( host, &partition->props ) && (ret = kvm_xen_hvm_config( vm, &xen )) < 0)
        return hresult_from_errno( ret );
    if ((ret = apic_setup( partition, vm )) < 0) return hresult_from_errno( ret );
    if ((ret = clock_setup( partition, vm )) < 0) return hresult_from_errno( ret );
    if ((ret = msr_apply_exits( vm, host, &partition->props )) < 0) return hresult_from_errno( ret );
    return gpa_map_init( &partition->gpa, vm, host->max_slots, 1ull << partition->props.phys_bits );
}

HRESULT partition_setup( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    int vm;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_CREATED) hr = E_INVALIDARG;
    else if (SUCCEEDED(hr = properties_check( &partition->props )))
    {
        if ((vm = kvm_create_vm( partition->host->kvm )) < 0) hr = hresult_from_errno( vm );
        else if (FAILED(hr = setup_vm( partition, vm ))) kvm_close( vm );
        else
        {
            partition->vm = vm;
            __atomic_store_n( &partition->vp_count, partition->props.processor_count, __ATOMIC_RELAXED );
            __atomic_store_n( &partition->state, PARTITION_SET_UP, __ATOMIC_RELEASE );
        }
    }
    partition_unlock( partition );
    return hr;
}

/* Has a vp executed something, so that KVM takes no other CPUID table for it? */
static BOOL has_entered( const struct partition *partition )
{
    UINT32 i;

    for (i = 0; i < partition->vp_count; i++)
        if (partition->vps[i] && partition->vps[i]->handle && partition->vps[i]->arch.entered) return 1;
    return 0;
}

HRESULT partition_set_property( WHV_PARTITION_HANDLE handle, WHV_PARTITION_PROPERTY_CODE code, const void *buffer,
                                UINT32 size )
{
    struct partition *partition;
    UINT64 exits, msr_exits, exception_exits;
    UINT32 cpuid_edition;
    HRESULT hr;
    UINT32 i;
    int ret;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    exits = partition->props.extended_exits;
    msr_exits = partition->props.msr_exits;
    exception_exits = partition->props.exception_exits;
    cpuid_edition = partition->props.cpuid_edition;
    /* vps read the properties under their own locks */
    partition_stop_vps( partition );
    hr = property_set( &partition->props, partition->state == PARTITION_SET_UP, code, buffer, size );
    if (SUCCEEDED(hr) && cpuid_edition != partition->props.cpuid_edition && has_entered( partition ))
        partition->props.cpuid_at_run = TRUE;
    property_watch( &partition->props );
    for (i = 0; SUCCEEDED(hr) && i < partition->vp_count; i++)
        if (partition->vps[i] && partition->vps[i]->handle) hr = intercept_configure( partition->vps[i] );
    if (FAILED(hr))
    {
        partition->props.extended_exits = exits;
        partition->props.exception_exits = exception_exits;
        property_watch( &partition->props );
    }
    partition_resume_vps( partition );
    /* the other exits are looked up where they happen; these are made by KVM */
    if (SUCCEEDED(hr) && partition->state == PARTITION_SET_UP &&
        (exits != partition->props.extended_exits || msr_exits != partition->props.msr_exits) &&
        (ret = msr_apply_exits( partition->vm, partition->host, &partition->props )) < 0)
    {
        partition->props.extended_exits = exits;
        partition->props.msr_exits = msr_exits;
        property_watch( &partition->props );
        hr = hresult_from_errno( ret );
    }
    if (SUCCEEDED(hr) && partition->state == PARTITION_SET_UP && code == WHvPartitionPropertyCodeReferenceTime)
        hr = clock_set_reference( partition );
    partition_unlock( partition );
    return hr;
}

HRESULT partition_reset( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr, thawed;
    BOOL running;
    UINT32 i;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    if (partition->state != PARTITION_SET_UP) hr = HRESULT_FROM_WIN32_INVALID_STATE;
    else
    {
        partition_stop_vps( partition );
        running = partition_is_running( partition );
        hr = clock_freeze( partition );
        for (i = 0; SUCCEEDED(hr) && i < partition->vp_count; i++)
            if (partition->vps[i] && partition->vps[i]->handle)
            {
                hr = vp_reset( partition->vps[i] );
                if (SUCCEEDED(hr)) hr = hyperv_reset_shared( partition->vps[i] );
            }
        /* who is inside Run goes on from the reset vector, which is the next run */
        if (running && FAILED(thawed = clock_thaw( partition )) && SUCCEEDED(hr)) hr = thawed;
        partition_resume_vps( partition );
    }
    partition_unlock( partition );
    return hr;
}

HRESULT partition_delete( WHV_PARTITION_HANDLE handle )
{
    struct partition *partition;
    HRESULT hr;
    UINT32 i;

    if (FAILED(hr = partition_lock( handle, &partition ))) return hr;
    partition_stop_vps( partition );
    if (partition_is_running( partition )) hr = WHV_E_INVALID_VP_STATE;
    else
    {
        lock_take( &partition->irq_lock );
        partition_next_generation( partition );
        for (i = 0; i < partition->vp_count; i++) if (partition->vps[i]) vp_destroy( partition->vps[i] );
        if (partition->state == PARTITION_SET_UP)
        {
            doorbell_forget( partition );
            gpa_map_free( &partition->gpa );
            kvm_close( partition->vm );
        }
        properties_free( &partition->props );
        partition->vm = -1;
        lock_give( &partition->irq_lock );
    }
    partition_resume_vps( partition );
    if (SUCCEEDED(hr))
    {
        objects_kill_all( handle );
        __atomic_store_n( &partition->vp_count, 0, __ATOMIC_RELAXED );
        __atomic_store_n( &partition->state, PARTITION_FREE, __ATOMIC_RELEASE );
    }
    partition_unlock( partition );
    return hr;
}
