/*
 * Probing the host
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
#include <stdlib.h>
#include <string.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/features_x86.h"
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/kvm.h"
#include "host/lock.h"
#include "host/numa.h"
#include "host/probe.h"
#include "host/probe_x86.h"
#include "host/trace.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define MSR_EXITS_ALL (KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN | KVM_MSR_EXIT_REASON_FILTER)

#define MSR_ARCH_CAPABILITIES   0x10a
#define EDX_ARCH_CAPABILITIES   (1u << 29)

/* WHV_CAPABILITY_FEATURES */
#define FEATURE_PARTIAL_UNMAP       0x001
#define FEATURE_LOCAL_APIC          0x002
#define FEATURE_XSAVE_STATE         0x004
#define FEATURE_DIRTY_TRACKING      0x008
#define FEATURE_SPECULATION_CONTROL 0x010
#define FEATURE_VP_HOT_ADD_REMOVE   0x200

/* WHV_EXTENDED_VM_EXITS */
#define EXIT_CPUID                  0x0001
#define EXIT_MSR                    0x0002
#define EXIT_EXCEPTION              0x0004
#define EXIT_RDTSC                  0x0008
#define EXIT_HYPERCALL              0x0020
#define EXIT_UNKNOWN_SYNIC          0x0400
#define EXIT_GPA_ACCESS_FAULT       0x4000

/* Vectors that Windows offers on an AMD host: all of the processor's but the interrupts and those of newer features.
 * What gives which of them is decided for each vp: intercept/intercept.h. */
#define EXCEPTION_EXITS             0xf7dfb

/* WHV_X64_MSR_EXIT_BITMAP */
#define MSR_EXIT_UNHANDLED          0x01
#define MSR_EXIT_NAMED              0x3e

/* Bank 0: Ibrs, Stibp, Ibpb. Ssbd alone may be AMD's other MSR. */
#define SPECULATION_FEATURES        (1ull << 44 | 1ull << 45 | 1ull << 46)

/* KVM's local APIC counts nanoseconds. */
#define APIC_CLOCK                  1000000000ull

/* A ProcessorCount that Windows takes. */
#define WINDOWS_MAX_VPS             2048

/* ---- probing ---- */

/* A user can mend most of these, and is told how. */
static HRESULT explain( const char *what, int err )
{
    switch (-err)
    {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        ERR_ONCE( "there is no /dev/kvm: load KVM with 'sudo modprobe kvm_amd' or 'sudo modprobe kvm_intel'; "
                  "if that fails, switch on virtualization (SVM, AMD-V or VT-x) in the computer's BIOS setup\n" );
        return ERROR_HV_NOT_PRESENT;
    case EACCES:
    case EPERM:
        ERR_ONCE( "you may not open /dev/kvm: add yourself to the group kvm with 'sudo usermod -aG kvm $USER', "
                  "then log out and in again\n" );
        return ERROR_HV_NOT_PRESENT;
    case EBUSY:
        ERR_ONCE( "KVM can't use the processor's virtualization: another hypervisor (VirtualBox, VMware) holds it\n" );
        return ERROR_HV_NOT_PRESENT;
    case EPROTO:
        ERR_ONCE( "/dev/kvm speaks another version of KVM's interface than 12\n" );
        return ERROR_HV_NOT_PRESENT;
    case EMFILE:
    case ENFILE:
        ERR_ONCE( "no file descriptors are left for KVM: raise the limit (ulimit -n)\n" );
        return HRESULT_FROM_WIN32_TOO_MANY_OPEN_FILES;
    case ENOMEM:
        ERR_ONCE( "KVM has not enough memory\n" );
        return E_OUTOFMEMORY;
    }
    ERR_ONCE( "KVM: %s: %s\n", what, strerror( -err ));
    return ERROR_HV_NOT_PRESENT;
}

static BOOL has_cap( int fd, unsigned int cap )
{
    return kvm_check_extension( fd, cap ) > 0;
}

/* A capability's number, or the default of kernels that don't know it. */
static UINT32 cap_value( int fd, unsigned int cap, UINT32 value )
{
    int ret = kvm_check_extension( fd, cap );

    return ret > 0 ? (UINT32)ret : value;
}

static HRESULT check_required( int kvm )
{
    static const struct
    {
        unsigned int cap;
        int          bits;
        const char  *name;
    }
    required[] =
    {
        { KVM_CAP_USER_MEMORY,    1,        "KVM_CAP_USER_MEMORY" },
        { KVM_CAP_IMMEDIATE_EXIT, 1,        "KVM_CAP_IMMEDIATE_EXIT" },
        { KVM_CAP_SYNC_REGS,      SYNC_ALL, "KVM_CAP_SYNC_REGS with registers and events" },
    };
    UINT32 i;
    int ret;

    for (i = 0; i < ARRAY_SIZE(required); i++)
    {
        if ((ret = kvm_check_extension( kvm, required[i].cap )) < 0) return explain( "KVM_CHECK_EXTENSION", ret );
        if ((ret & required[i].bits) == required[i].bits) continue;
        ERR_ONCE( "this kernel's KVM has no %s: Linux 4.17 or newer is needed\n", required[i].name );
        return ERROR_HV_NOT_PRESENT;
    }
    return S_OK;
}

static void probe_caps( struct host *host )
{
    int kvm = host->kvm;

    host->xsave_size = cap_value( kvm, KVM_CAP_XSAVE2, 0 );
    if (host->xsave_size < sizeof(struct kvm_xsave)) host->xsave_size = sizeof(struct kvm_xsave);
    /* the defaults are those of api.rst */
    host->numa_nodes = numa_nodes();
    host->max_vps = cap_value( kvm, KVM_CAP_MAX_VCPUS, cap_value( kvm, KVM_CAP_NR_VCPUS, 4 ));
    /* as a ProcessorCount; the processors themselves are KVM's to make or to refuse */
    if (host->max_vps < WINDOWS_MAX_VPS) host->max_vps = WINDOWS_MAX_VPS;
    host->max_slots = cap_value( kvm, KVM_CAP_NR_MEMSLOTS, 32 );
    host->read_only_memory = has_cap( kvm, KVM_CAP_READONLY_MEM );
    host->exception_payload = has_cap( kvm, KVM_CAP_EXCEPTION_PAYLOAD );
    /* the number that the kernel answers is 1, not the reasons: kernels of 5.10 and newer know all three */
    host->user_msr_exits = has_cap( kvm, KVM_CAP_X86_USER_SPACE_MSR );
    host->msr_filter = host->user_msr_exits && has_cap( kvm, KVM_CAP_X86_MSR_FILTER );
    /* it comes with an MSR that guests must not see */
    host->xen_hypercalls = host->msr_filter &&
                           (cap_value( kvm, KVM_CAP_XEN_HVM, 0 ) & KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL);
    host->split_irqchip = has_cap( kvm, KVM_CAP_SPLIT_IRQCHIP );
    host->x2apic_api = has_cap( kvm, KVM_CAP_X2APIC_API );
    host->emulation_failure_exit = has_cap( kvm, KVM_CAP_EXIT_ON_EMULATION_FAILURE );
    host->pv_enforced = has_cap( kvm, KVM_CAP_ENFORCE_PV_FEATURE_CPUID );
    host->pre_fault = has_cap( kvm, KVM_CAP_PRE_FAULT_MEMORY );
    host->stats = has_cap( kvm, KVM_CAP_BINARY_STATS_FD );
    host->vcpu_attributes = has_cap( kvm, KVM_CAP_VCPU_ATTRIBUTES );
    host->apic_bus_clock = has_cap( kvm, KVM_CAP_X86_APIC_BUS_CYCLES_NS );
    host->vm_tsc_control = has_cap( kvm, KVM_CAP_VM_TSC_CONTROL );
    host->tsc_control = has_cap( kvm, KVM_CAP_TSC_CONTROL ) && (host->vm_tsc_control || host->vcpu_attributes);

    host->features = FEATURE_PARTIAL_UNMAP | FEATURE_DIRTY_TRACKING | FEATURE_VP_HOT_ADD_REMOVE;
    /* destinations of more than 8 bits need the second; both are older than KVM_CAP_SYNC_REGS */
    if (host->split_irqchip && host->x2apic_api) host->features |= FEATURE_LOCAL_APIC;
    if (has_cap( kvm, KVM_CAP_XSAVE )) host->features |= FEATURE_XSAVE_STATE;

    /* Accesses that KVM can't make to a mapped page always exit: that is all that GpaAccessFaultExit asks for. */
    host->extended_exits = EXIT_CPUID | EXIT_GPA_ACCESS_FAULT;
    if (host->user_msr_exits)
    {
        host->extended_exits |= EXIT_MSR;
        host->msr_exits = MSR_EXIT_UNHANDLED;
        if (host->msr_filter) host->msr_exits |= MSR_EXIT_NAMED;
    }
    if ((host->can_step = has_cap( kvm, KVM_CAP_SET_GUEST_DEBUG )))
    {
        /* whatever else there is for the latter two: the guest can be stepped, and each instruction looked at */
        host->extended_exits |= EXIT_EXCEPTION | EXIT_RDTSC | EXIT_HYPERCALL;
        host->exception_exits = EXCEPTION_EXITS;
    }
    host->interrupt_clock = APIC_CLOCK;
}

static UINT64 read_arch_capabilities( int kvm )
{
    struct
    {
        struct kvm_msrs      head;
        struct kvm_msr_entry entry;
    } msrs = { .head.nmsrs = 1, .entry.index = MSR_ARCH_CAPABILITIES };

    return kvm_get_feature_msrs( kvm, &msrs.head ) == 1 ? msrs.entry.data : 0;
}

static UINT32 read_vendor( struct kvm_cpuid2 *cpuid )
{
    const struct kvm_cpuid_entry2 *entry = features_find( cpuid, 0, 0 );

    if (entry && entry->ebx == 0x68747541) return WHvProcessorVendorAmd;        /* AuthenticAMD */
    if (entry && entry->ebx == 0x6f677948) return WHvProcessorVendorHygon;      /* HygonGenuine */
    /* the others that KVM knows (Centaur, Zhaoxin) have Intel's VMX */
    return WHvProcessorVendorIntel;
}

static int probe_cpuid( struct host *host )
{
    struct kvm_cpuid_entry2 *entry;
    UINT64 arch_capabilities = 0;
    int ret;

    if (!(host->cpuid = calloc( 1, sizeof(struct cpuid_table) ))) return -ENOMEM;
    host->cpuid->nent = CPUID_MAX_ENTRIES;
    if ((ret = kvm_get_supported_cpuid( host->kvm, host->cpuid )) < 0) return ret;
    if (host->cpuid->nent > CPUID_MAX_ENTRIES) return -E2BIG;

    /* these two depend on the APIC, and KVM does not list them or only some kernels do */
    if ((host->features & FEATURE_LOCAL_APIC) && (entry = features_find( host->cpuid, 1, 0 )))
    {
        entry->ecx |= ECX_X2APIC;
        if (has_cap( host->kvm, KVM_CAP_TSC_DEADLINE_TIMER )) entry->ecx |= ECX_TSC_DEADLINE;
    }
    host->vendor = read_vendor( host->cpuid );
    entry = features_find( host->cpuid, 7, 0 );
    /* of Intel's processors: for others KVM makes it up, and some systems stop at such a processor */
    if (entry && host->vendor != WHvProcessorVendorIntel) entry->edx &= ~EDX_ARCH_CAPABILITIES;
    if (entry && (entry->edx & EDX_ARCH_CAPABILITIES)) arch_capabilities = read_arch_capabilities( host->kvm );
    host->feature_banks[0] = features_read( host->cpuid, arch_capabilities, FEATURES_BANK0 );
    host->feature_banks[1] = features_read( host->cpuid, arch_capabilities, FEATURES_BANK1 );
    host->xsave_features = features_read( host->cpuid, arch_capabilities, FEATURES_XSAVE );
    /* without XSAVE the rest can't be used, whatever CPUID says of it */
    if (!(host->xsave_features & FEATURE_XSAVE)) host->xsave_features = 0;
    /* the timer is part of the local APIC */
    if (!(host->features & FEATURE_LOCAL_APIC)) host->feature_banks[1] &= ~FEATURE1_TSC_DEADLINE;
    if (host->feature_banks[0] & SPECULATION_FEATURES) host->features |= FEATURE_SPECULATION_CONTROL;

    entry = features_find( host->cpuid, 1, 0 );
    host->clflush_size = entry ? entry->ebx >> 8 : 0;
    if (!host->clflush_size) host->clflush_size = 8;
    entry = features_find( host->cpuid, 0x80000008, 0 );
    host->phys_bits = entry ? entry->eax & 0xff : 0;
    if (host->phys_bits < 32 || host->phys_bits > 52) host->phys_bits = 36;
    return 0;
}

static int probe_clock( struct host *host )
{
    int vm, vcpu, ret;

    if ((vm = kvm_create_vm( host->kvm )) < 0) return vm;
    if ((ret = vcpu = kvm_create_vcpu( vm, 0 )) >= 0)
    {
        ret = kvm_get_tsc_khz( vcpu );
        kvm_close( vcpu );
    }
    kvm_close( vm );
    /* a host whose TSC is unstable has no frequency to tell */
    if (ret == -EIO) return 0;
    if (ret >= 0) host->processor_clock = ret * 1000ull;
    return ret < 0 ? ret : 0;
}

static HRESULT probe( struct host *host )
{
    HRESULT hr;
    int ret;

    if ((ret = kvm_open()) < 0) return explain( "open /dev/kvm", ret );
    host->kvm = ret;
    if (FAILED(hr = check_required( host->kvm ))) return hr;
    if ((ret = kvm_vcpu_mmap_size( host->kvm )) < 0) return explain( "KVM_GET_VCPU_MMAP_SIZE", ret );
    if ((UINT32)ret < sizeof(struct kvm_run)) return explain( "KVM_GET_VCPU_MMAP_SIZE", -EPROTO );
    host->run_size = ret;
    probe_caps( host );
    if ((ret = probe_cpuid( host )) < 0) return explain( "KVM_GET_SUPPORTED_CPUID", ret );
    if ((ret = hyperv_probe( host )) == -ENOMEM) return explain( "KVM_GET_SUPPORTED_HV_CPUID", ret );
    if (ret < 0) WARN( "KVM_GET_SUPPORTED_HV_CPUID: %s; there are no enlightenments\n", strerror( -ret ));
    if (host->synthetic_features & HYPERV_FEATURE_SIGNAL_EVENTS) host->extended_exits |= EXIT_UNKNOWN_SYNIC;
    if ((ret = probe_clock( host )) < 0) return explain( "creating a vm", ret );
    if ((ret = kvm_kick_init()) < 0) return explain( "sigaction", ret );
    if ((ret = probe_x86( host )) == -EIO)
    {
        WARN( "the OUT instruction can't be probed\n" );
        host->out_rip_varies = 1;
    }
    else if (ret < 0) return explain( "running a vcpu", ret );
    host->shutdown_resets = !host->out_rip_past &&
                            (host->vendor == WHvProcessorVendorAmd || host->vendor == WHvProcessorVendorHygon);
    return S_OK;
}

HRESULT host_probe( struct host *host )
{
    HRESULT hr;

    memset( host, 0, sizeof(*host) );
    host->kvm = -1;
    if (FAILED(hr = probe( host ))) host_release( host );
    else TRACE( "features %#llx banks %#llx %#llx xsave %#llx, OUT is shown %s it, TSC %llu Hz\n",
                (unsigned long long)host->features, (unsigned long long)host->feature_banks[0],
                (unsigned long long)host->feature_banks[1], (unsigned long long)host->xsave_features,
                host->out_rip_past ? "behind" : "at", (unsigned long long)host->processor_clock );
    return hr;
}

void host_release( struct host *host )
{
    if (host->kvm >= 0) kvm_close( host->kvm );
    free( host->cpuid );
    host->kvm = -1;
    host->cpuid = NULL;
}

const struct host *host_get( HRESULT *hr )
{
    static struct lock lock;
    static struct host the_host;
    static const struct host *ready;
    const struct host *host;

    *hr = S_OK;
    if ((host = __atomic_load_n( &ready, __ATOMIC_ACQUIRE ))) return host;
    lock_take( &lock );
    if (!ready && SUCCEEDED(*hr = host_probe( &the_host ))) __atomic_store_n( &ready, &the_host, __ATOMIC_RELEASE );
    host = ready;
    lock_give( &lock );
    return host;
}
