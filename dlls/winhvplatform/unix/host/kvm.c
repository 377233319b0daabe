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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/kvm.h"
#include "host/kvm_direct_x86.h"
#include "host/thread.h"

/* Wine uses no real-time signal on the Unix side, glibc the first two. */
#define SIGNAL_KICK (SIGRTMIN + 3)

/* KVM_CREATE_VM and others that allocate give up when a signal is pending, and Wine sends signals as it likes. With a
 * deadly one the loop ends as well: the process does not come back from the first call. */
static int kvm_ioctl( int fd, unsigned long request, const void *arg )
{
    int ret;

    do ret = ioctl( fd, request, arg );
    while (ret < 0 && errno == EINTR);
    return ret < 0 ? -errno : ret;
}

static int kvm_ioctl_value( int fd, unsigned long request, unsigned long value )
{
    return kvm_ioctl( fd, request, (const void *)value );
}

int kvm_open( void )
{
    int fd, version;

    do fd = open( "/dev/kvm", O_RDWR | O_CLOEXEC );
    while (fd < 0 && errno == EINTR);
    if (fd < 0) return -errno;

    version = kvm_ioctl_value( fd, KVM_GET_API_VERSION, 0 );
    if (version == KVM_API_VERSION) return fd;
    close( fd );
    return version < 0 ? version : -EPROTO;
}

void kvm_close( int fd )
{
    close( fd );
}

int kvm_check_extension( int fd, unsigned int cap )
{
    return kvm_ioctl_value( fd, KVM_CHECK_EXTENSION, cap );
}

int kvm_vcpu_mmap_size( int fd )
{
    return kvm_ioctl_value( fd, KVM_GET_VCPU_MMAP_SIZE, 0 );
}

int kvm_get_supported_cpuid( int fd, struct kvm_cpuid2 *cpuid )
{
    return kvm_ioctl( fd, KVM_GET_SUPPORTED_CPUID, cpuid );
}

int kvm_get_supported_hv_cpuid( int fd, struct kvm_cpuid2 *cpuid )
{
    return kvm_ioctl( fd, KVM_GET_SUPPORTED_HV_CPUID, cpuid );
}

int kvm_get_feature_msrs( int fd, struct kvm_msrs *msrs )
{
    return kvm_ioctl( fd, KVM_GET_MSRS, msrs );
}

int kvm_get_msr_index_list( int fd, struct kvm_msr_list *list )
{
    return kvm_ioctl( fd, KVM_GET_MSR_INDEX_LIST, list );
}

/* The kernel makes the fds of vms and vcpus O_CLOEXEC by itself. */
int kvm_create_vm( int fd )
{
    return kvm_ioctl_value( fd, KVM_CREATE_VM, 0 );
}

int kvm_enable_cap( int fd, unsigned int cap, uint64_t arg0, uint64_t arg1 )
{
    struct kvm_enable_cap enable = { .cap = cap, .args = { arg0, arg1 } };

    return kvm_ioctl( fd, KVM_ENABLE_CAP, &enable );
}

int kvm_set_tss_addr( int vm, uint64_t gpa )
{
    return kvm_ioctl_value( vm, KVM_SET_TSS_ADDR, gpa );
}

int kvm_set_identity_map_addr( int vm, uint64_t gpa )
{
    return kvm_ioctl( vm, KVM_SET_IDENTITY_MAP_ADDR, &gpa );
}

int kvm_set_memory_region( int vm, const struct kvm_userspace_memory_region *region )
{
    return kvm_ioctl( vm, KVM_SET_USER_MEMORY_REGION, region );
}

int kvm_get_dirty_log( int vm, uint32_t slot, void *bitmap )
{
    struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

    return kvm_ioctl( vm, KVM_GET_DIRTY_LOG, &log );
}

int kvm_xen_hvm_config( int vm, const struct kvm_xen_hvm_config *config )
{
    struct kvm_xen_hvm_config copy = *config;

    return kvm_ioctl( vm, KVM_XEN_HVM_CONFIG, &copy );
}

int kvm_set_msr_filter( int vm, const struct kvm_msr_filter *filter )
{
    return kvm_ioctl( vm, KVM_X86_SET_MSR_FILTER, filter );
}

int kvm_signal_msi( int vm, const struct kvm_msi *msi )
{
    return kvm_ioctl( vm, KVM_SIGNAL_MSI, msi );
}

int kvm_set_gsi_routing( int vm, const struct kvm_irq_routing *routing )
{
    return kvm_ioctl( vm, KVM_SET_GSI_ROUTING, routing );
}

int kvm_ioeventfd( int vm, uint64_t gpa, uint32_t size, const UINT64 *value, int fd, BOOL remove )
{
    struct kvm_ioeventfd event =
    {
        .addr = gpa, .len = size, .fd = fd, .datamatch = value ? *value : 0,
        .flags = (value ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0) | (remove ? KVM_IOEVENTFD_FLAG_DEASSIGN : 0)
    };

    return kvm_ioctl( vm, KVM_IOEVENTFD, &event );
}

int kvm_hyperv_eventfd( int vm, uint32_t connection, int fd )
{
    struct kvm_hyperv_eventfd event = { .conn_id = connection, .fd = fd };

    if (fd < 0) event.flags = KVM_HYPERV_EVENTFD_DEASSIGN;
    return kvm_ioctl( vm, KVM_HYPERV_EVENTFD, &event );
}

int kvm_get_clock( int vm, struct kvm_clock_data *clock )
{
    return kvm_ioctl( vm, KVM_GET_CLOCK, clock );
}

int kvm_set_clock( int vm, const struct kvm_clock_data *clock )
{
    return kvm_ioctl( vm, KVM_SET_CLOCK, clock );
}

int kvm_create_vcpu( int vm, unsigned int id )
{
    return kvm_ioctl_value( vm, KVM_CREATE_VCPU, id );
}

int kvm_map_run( int vcpu, size_t size, struct kvm_run **run )
{
    void *page = mmap( NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0 );

    if (page == MAP_FAILED) return -errno;
    *run = page;
    return 0;
}

void kvm_unmap_run( struct kvm_run *run, size_t size )
{
    munmap( run, size );
}

/* Not restarted after a signal: only the caller knows whether it was a kick. */
int kvm_run_vcpu( int vcpu )
{
    return direct_ioctl( vcpu, KVM_RUN );
}

int kvm_get_regs( int vcpu, struct kvm_regs *regs )
{
    return kvm_ioctl( vcpu, KVM_GET_REGS, regs );
}

int kvm_set_regs( int vcpu, const struct kvm_regs *regs )
{
    return kvm_ioctl( vcpu, KVM_SET_REGS, regs );
}

int kvm_get_sregs( int vcpu, struct kvm_sregs *sregs )
{
    return kvm_ioctl( vcpu, KVM_GET_SREGS, sregs );
}

int kvm_set_sregs( int vcpu, const struct kvm_sregs *sregs )
{
    return kvm_ioctl( vcpu, KVM_SET_SREGS, sregs );
}

int kvm_get_vcpu_events( int vcpu, struct kvm_vcpu_events *events )
{
    return kvm_ioctl( vcpu, KVM_GET_VCPU_EVENTS, events );
}

int kvm_set_vcpu_events( int vcpu, const struct kvm_vcpu_events *events )
{
    return kvm_ioctl( vcpu, KVM_SET_VCPU_EVENTS, events );
}

int kvm_get_debugregs( int vcpu, struct kvm_debugregs *debugregs )
{
    return kvm_ioctl( vcpu, KVM_GET_DEBUGREGS, debugregs );
}

int kvm_set_debugregs( int vcpu, const struct kvm_debugregs *debugregs )
{
    return kvm_ioctl( vcpu, KVM_SET_DEBUGREGS, debugregs );
}

int kvm_get_xsave( int vcpu, struct kvm_xsave *xsave )
{
    return kvm_ioctl( vcpu, KVM_GET_XSAVE, xsave );
}

int kvm_set_xsave( int vcpu, const struct kvm_xsave *xsave )
{
    return kvm_ioctl( vcpu, KVM_SET_XSAVE, xsave );
}

int kvm_get_xsave2( int vcpu, void *buffer )
{
    int ret = kvm_ioctl( vcpu, KVM_GET_XSAVE2, buffer );

    /* before 5.17: EINVAL is what the x86 code answers to a request that it does not know */
    if (ret == -EINVAL || ret == -ENOTTY) ret = kvm_ioctl( vcpu, KVM_GET_XSAVE, buffer );
    return ret;
}

int kvm_get_xcrs( int vcpu, struct kvm_xcrs *xcrs )
{
    return kvm_ioctl( vcpu, KVM_GET_XCRS, xcrs );
}

int kvm_set_xcrs( int vcpu, const struct kvm_xcrs *xcrs )
{
    return kvm_ioctl( vcpu, KVM_SET_XCRS, xcrs );
}

int kvm_get_msrs( int vcpu, struct kvm_msrs *msrs )
{
    return kvm_ioctl( vcpu, KVM_GET_MSRS, msrs );
}

int kvm_set_msrs( int vcpu, const struct kvm_msrs *msrs )
{
    return kvm_ioctl( vcpu, KVM_SET_MSRS, msrs );
}

int kvm_get_cpuid2( int vcpu, struct kvm_cpuid2 *cpuid )
{
    return kvm_ioctl( vcpu, KVM_GET_CPUID2, cpuid );
}

int kvm_set_cpuid2( int vcpu, const struct kvm_cpuid2 *cpuid )
{
    return kvm_ioctl( vcpu, KVM_SET_CPUID2, cpuid );
}

int kvm_get_mp_state( int vcpu, struct kvm_mp_state *state )
{
    return kvm_ioctl( vcpu, KVM_GET_MP_STATE, state );
}

int kvm_set_mp_state( int vcpu, const struct kvm_mp_state *state )
{
    return kvm_ioctl( vcpu, KVM_SET_MP_STATE, state );
}

int kvm_get_lapic( int vcpu, struct kvm_lapic_state *lapic )
{
    return kvm_ioctl( vcpu, KVM_GET_LAPIC, lapic );
}

int kvm_set_lapic( int vcpu, const struct kvm_lapic_state *lapic )
{
    return kvm_ioctl( vcpu, KVM_SET_LAPIC, lapic );
}

int kvm_nmi( int vcpu )
{
    return kvm_ioctl_value( vcpu, KVM_NMI, 0 );
}

int kvm_set_guest_debug( int vcpu, const struct kvm_guest_debug *debug )
{
    return kvm_ioctl( vcpu, KVM_SET_GUEST_DEBUG, debug );
}

int kvm_get_stats_fd( int vcpu )
{
    return kvm_ioctl_value( vcpu, KVM_GET_STATS_FD, 0 );
}

int kvm_read_stats( int fd, void *buffer, size_t size, uint64_t offset )
{
    ssize_t ret;

    do ret = pread( fd, buffer, size, offset );
    while (ret < 0 && errno == EINTR);
    if (ret < 0) return -errno;
    return (size_t)ret == size ? 0 : -EIO;
}

int kvm_get_tsc_khz( int vcpu )
{
    return kvm_ioctl_value( vcpu, KVM_GET_TSC_KHZ, 0 );
}

int kvm_set_tsc_khz( int fd, unsigned int khz )
{
    return kvm_ioctl_value( fd, KVM_SET_TSC_KHZ, khz );
}

int kvm_get_tsc_offset( int vcpu, UINT64 *offset )
{
    struct kvm_device_attr attr =
    {
        .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)offset
    };

    return kvm_ioctl( vcpu, KVM_GET_DEVICE_ATTR, &attr );
}

int kvm_set_tsc_offset( int vcpu, uint64_t offset )
{
    struct kvm_device_attr attr =
    {
        .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)&offset
    };

    return kvm_ioctl( vcpu, KVM_SET_DEVICE_ATTR, &attr );
}

#ifdef __has_attribute
# if __has_attribute(no_stack_protector)
#  define NO_STACK_PROTECTOR __attribute__((no_stack_protector))
# endif
#endif
#ifndef NO_STACK_PROTECTOR
# define NO_STACK_PROTECTOR
#endif

/* A late kick may arrive when the thread is back in Windows code, with that side's registers: must touch no TLS. */
static void NO_STACK_PROTECTOR kick_handler( int signal )
{
    (void)signal;
}

static int kick_status;

static void kick_init_once( void )
{
    /* SA_ONSTACK: Windows code runs on small stacks. No SA_RESTART: ending KVM_RUN is the purpose. */
    struct sigaction action = { .sa_handler = kick_handler, .sa_flags = SA_ONSTACK };

    sigemptyset( &action.sa_mask );
    kick_status = sigaction( SIGNAL_KICK, &action, NULL ) < 0 ? -errno : 0;
}

int kvm_kick_init( void )
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once( &once, kick_init_once );
    return kick_status;
}

int kvm_kick( int tid )
{
    return syscall( SYS_tgkill, getpid(), tid, SIGNAL_KICK ) < 0 ? -errno : 0;
}

struct kvm_kick_timer
{
    timer_t id;
    int     tid;
};

int kvm_kick_start( struct kvm_kick_timer **ret, unsigned int microseconds )
{
    struct itimerspec often = { .it_value.tv_nsec = microseconds * 1000l, .it_interval.tv_nsec = microseconds * 1000l };
    struct kvm_kick_timer *timer = *ret;

    if (timer && timer->tid != thread_id())
    {
        kvm_kick_free( timer );
        *ret = timer = NULL;
    }
    if (!timer)
    {
        struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL_KICK };

        event._sigev_un._tid = thread_id();
        if (!(timer = malloc( sizeof(*timer) ))) return -ENOMEM;
        if (timer_create( CLOCK_MONOTONIC, &event, &timer->id ) < 0)
        {
            int err = errno;

            free( timer );
            return -err;
        }
        timer->tid = thread_id();
        *ret = timer;
    }
    return timer_settime( timer->id, 0, &often, NULL ) < 0 ? -errno : 0;
}

void kvm_kick_stop( struct kvm_kick_timer *timer )
{
    static const struct itimerspec never;

    timer_settime( timer->id, 0, &never, NULL );
}

void kvm_kick_free( struct kvm_kick_timer *timer )
{
    timer_delete( timer->id );
    free( timer );
}
