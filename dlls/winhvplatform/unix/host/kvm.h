/*
 * KVM system calls
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
 * The kernel's KVM interface, one thin typed function per call.
 * kvm.c is the only file of the project that calls ioctl; unit tests link tests/unit/fake_kvm.c in its place.
 * Knows <linux/kvm.h> and file descriptors; knows nothing of partitions, vps or the Windows API.
 * Everything returns -errno on failure; what is handed to the kernel are our own buffers, never a caller's.
 * Source: Documentation/virt/kvm/api.rst of the kernel.
 */

#ifndef __WHV_UNIX_HOST_KVM_H
#define __WHV_UNIX_HOST_KVM_H

#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>

#include "winhvplatformdefs.h"

/* names that older kernels' headers lack */
#ifndef KVM_CAP_HYPERV_ENFORCE_CPUID
#define KVM_CAP_HYPERV_ENFORCE_CPUID 199
#endif
#ifndef KVM_CAP_ENFORCE_PV_FEATURE_CPUID
#define KVM_CAP_ENFORCE_PV_FEATURE_CPUID 190
#endif
#ifndef KVM_CAP_SYS_HYPERV_CPUID
#define KVM_CAP_SYS_HYPERV_CPUID 191
#endif
#ifndef KVM_CAP_VM_TSC_CONTROL
#define KVM_CAP_VM_TSC_CONTROL 214
#endif
#ifndef KVM_CAP_X86_APIC_BUS_CYCLES_NS
#define KVM_CAP_X86_APIC_BUS_CYCLES_NS 237
#endif
#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT 39
#endif

/* The register sets of the sync area in the kvm_run page. */
#define SYNC_ALL (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)

/* Opens /dev/kvm; returns an fd, or -errno (ENOENT, EACCES, EMFILE ...; EPROTO if the API version is not 12). */
extern int kvm_open( void );
extern void kvm_close( int fd );

/* KVM_CHECK_EXTENSION on the system fd or a vm fd: 0 if absent, else the capability's number. */
extern int kvm_check_extension( int fd, unsigned int cap );
/* Bytes to map of a vcpu fd (KVM_GET_VCPU_MMAP_SIZE). */
extern int kvm_vcpu_mmap_size( int fd );
/* Features that KVM can offer to a guest; cpuid->nent in: room, out: used. -E2BIG if there is not room enough. */
extern int kvm_get_supported_cpuid( int fd, struct kvm_cpuid2 *cpuid );
extern int kvm_get_supported_hv_cpuid( int fd, struct kvm_cpuid2 *cpuid );
/* Host values of feature MSRs (system fd); returns how many were read. */
extern int kvm_get_feature_msrs( int fd, struct kvm_msrs *msrs );
extern int kvm_get_msr_index_list( int fd, struct kvm_msr_list *list );

/* vm */
extern int kvm_create_vm( int fd );
extern int kvm_enable_cap( int fd, unsigned int cap, uint64_t arg0, uint64_t arg1 );
extern int kvm_set_tss_addr( int vm, uint64_t gpa );
extern int kvm_set_identity_map_addr( int vm, uint64_t gpa );
extern int kvm_set_memory_region( int vm, const struct kvm_userspace_memory_region *region );
extern int kvm_get_dirty_log( int vm, uint32_t slot, void *bitmap );
extern int kvm_set_msr_filter( int vm, const struct kvm_msr_filter *filter );
extern int kvm_xen_hvm_config( int vm, const struct kvm_xen_hvm_config *config );
extern int kvm_signal_msi( int vm, const struct kvm_msi *msi );
extern int kvm_set_gsi_routing( int vm, const struct kvm_irq_routing *routing );
/* Writes of so many bytes (1, 2, 4 or 8) to a GPA, of this value or of any (NULL), signal an eventfd and leave no trace
 * else; remove: not any more, and none is under way when it returns. */
extern int kvm_ioeventfd( int vm, uint64_t gpa, uint32_t size, const UINT64 *value, int fd, BOOL remove );
/* The guest's HvCallSignalEvent for this connection signals an eventfd; fd -1: not any more (Linux 4.17,
 * CONFIG_KVM_HYPERV). */
extern int kvm_hyperv_eventfd( int vm, uint32_t connection, int fd );
extern int kvm_get_clock( int vm, struct kvm_clock_data *clock );
extern int kvm_set_clock( int vm, const struct kvm_clock_data *clock );

/* vcpu */
extern int kvm_create_vcpu( int vm, unsigned int id );
extern int kvm_map_run( int vcpu, size_t size, struct kvm_run **run );
extern void kvm_unmap_run( struct kvm_run *run, size_t size );
/* 0 with run->exit_reason, or -errno: after an error (-EFAULT, -EINTR ...) exit_reason is stale. -EINTR comes back for
 * any signal; all other calls start again after one. */
extern int kvm_run_vcpu( int vcpu );
extern int kvm_get_regs( int vcpu, struct kvm_regs *regs );
extern int kvm_set_regs( int vcpu, const struct kvm_regs *regs );
extern int kvm_get_sregs( int vcpu, struct kvm_sregs *sregs );
extern int kvm_set_sregs( int vcpu, const struct kvm_sregs *sregs );
extern int kvm_get_vcpu_events( int vcpu, struct kvm_vcpu_events *events );
extern int kvm_set_vcpu_events( int vcpu, const struct kvm_vcpu_events *events );
extern int kvm_get_debugregs( int vcpu, struct kvm_debugregs *debugregs );
extern int kvm_set_debugregs( int vcpu, const struct kvm_debugregs *debugregs );
extern int kvm_get_xsave( int vcpu, struct kvm_xsave *xsave );
extern int kvm_set_xsave( int vcpu, const struct kvm_xsave *xsave );
/* Buffer of KVM_CHECK_EXTENSION( KVM_CAP_XSAVE2 ) bytes; falls back to KVM_GET_XSAVE where the kernel has no XSAVE2. */
extern int kvm_get_xsave2( int vcpu, void *buffer );
extern int kvm_get_xcrs( int vcpu, struct kvm_xcrs *xcrs );
extern int kvm_set_xcrs( int vcpu, const struct kvm_xcrs *xcrs );
/* Return how many entries were read or written: less than msrs->nmsrs means that the next one was refused. */
extern int kvm_get_msrs( int vcpu, struct kvm_msrs *msrs );
extern int kvm_set_msrs( int vcpu, const struct kvm_msrs *msrs );
extern int kvm_get_cpuid2( int vcpu, struct kvm_cpuid2 *cpuid );
extern int kvm_set_cpuid2( int vcpu, const struct kvm_cpuid2 *cpuid );
extern int kvm_get_mp_state( int vcpu, struct kvm_mp_state *state );
extern int kvm_set_mp_state( int vcpu, const struct kvm_mp_state *state );
extern int kvm_get_lapic( int vcpu, struct kvm_lapic_state *lapic );
extern int kvm_set_lapic( int vcpu, const struct kvm_lapic_state *lapic );
extern int kvm_nmi( int vcpu );
extern int kvm_set_guest_debug( int vcpu, const struct kvm_guest_debug *debug );
/* An fd to read a vcpu's statistics from (KVM_CAP_BINARY_STATS_FD, Linux 5.14), and size bytes at an offset of it: 0,
 * or -EIO if it has not so many. */
extern int kvm_get_stats_fd( int vcpu );
extern int kvm_read_stats( int fd, void *buffer, size_t size, uint64_t offset );
extern int kvm_get_tsc_khz( int vcpu );
/* Of a vcpu, whose TSC jumps; or of a vm (KVM_CAP_VM_TSC_CONTROL, Linux 5.18) for all vcpus to come. */
extern int kvm_set_tsc_khz( int fd, unsigned int khz );
/* KVM_VCPU_TSC_OFFSET, where the vm has KVM_CAP_VCPU_ATTRIBUTES (Linux 5.16): what is added to the host's TSC, scaled
 * if it is. -ENXIO from a kernel that has the call for other things. */
extern int kvm_get_tsc_offset( int vcpu, UINT64 *offset );
extern int kvm_set_tsc_offset( int vcpu, uint64_t offset );

/* Makes a thread that is inside kvm_run_vcpu return -EINTR (tgkill with a real-time signal whose handler is empty).
 * kvm_kick_init installs the handler once per process. -EAGAIN from kvm_kick: the user's queue of signals is full. */
extern int kvm_kick_init( void );
extern int kvm_kick( int tid );
/* Kicks the calling thread again and again, until it is stopped. *timer is NULL at first,
 * and the thread's own. -errno. */
struct kvm_kick_timer;
extern int kvm_kick_start( struct kvm_kick_timer **timer, unsigned int microseconds );
extern void kvm_kick_stop( struct kvm_kick_timer *timer );
extern void kvm_kick_free( struct kvm_kick_timer *timer );

#endif /* __WHV_UNIX_HOST_KVM_H */
