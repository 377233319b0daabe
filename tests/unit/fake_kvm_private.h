/*
 * A KVM for unit tests
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

/* What the files of the fake share. Not for tests. */

#ifndef __WHV_TESTS_FAKE_KVM_PRIVATE_H
#define __WHV_TESTS_FAKE_KVM_PRIVATE_H

#include <pthread.h>
#include "fake_kvm.h"
#include "host/kvm.h"

/* weak: test_kvm.c brings the real kvm.c */
#define FAKE __attribute__((weak))

#define FIRST_FD    1000
#define MAX_OBJECTS 4096

#define SYNC_ALL (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS)

enum object_type { OBJECT_NONE, OBJECT_SYSTEM, OBJECT_VM, OBJECT_VCPU, OBJECT_STATS };

#define FAKE_MAX_EVENTFDS   32

struct fake_eventfd
{
    int      used, hyperv, fd;
    uint64_t gpa, value;                /* gpa: or connection */
    uint32_t size;
    int      any;                       /* value */
};

struct object
{
    enum object_type  type;
    struct fake_vcpu *vcpu;
    struct fake_slot *slots;            /* FAKE_MAX_SLOTS, of which the first slot_room were ever used */
    unsigned int      slot_room;
    int               irqchip;
    struct kvm_clock_data clock;
    int               stats_of;         /* the vcpu's fd */
    struct fake_eventfd eventfds[FAKE_MAX_EVENTFDS];

    /* of a vm: what vcpus begin with, and the last TSC that was set in it */
    unsigned int      tsc_khz, last_tsc_khz;
    uint64_t          last_tsc, last_tsc_when, last_tsc_offset;
    int               user_set_tsc;
};

/* Every call starts with this: takes the lock, counts, and fails if it is the call's turn. */
#define BEGIN() do { int err = fake_begin( __func__ ); if (err) return fake_end( err ); } while (0)

#define KNOWN_MSRS 59

extern pthread_mutex_t fake_lock;
extern struct object fake_objects[MAX_OBJECTS];
extern int fake_mapped_runs, fake_out_past, fake_syscall_half, fake_delivery;
extern int fake_kvm_cap( unsigned int cap );
extern const uint32_t fake_known_msrs[KNOWN_MSRS];

extern void fake_die( const char *format, ... ) __attribute__((noreturn, format(printf, 1, 2)));
extern int fake_begin( const char *name );
extern int fake_end( int ret );
extern int fake_new_object( enum object_type type );
extern struct object *fake_object( int fd, enum object_type type, const char *name );
/* fake_kvm_vcpu.c: what is behind a vcpu's fd; does its vm have APICs; the kernel's rules for what is set. */
extern struct fake_vcpu *fake_get_vcpu( int fd, const char *name );
extern int fake_has_irqchip( const struct fake_vcpu *vcpu );
extern int fake_set_sregs( struct fake_vcpu *vcpu, const struct kvm_sregs *sregs );
extern int fake_set_events( struct fake_vcpu *vcpu, const struct kvm_vcpu_events *events );
extern struct fake_slot *fake_find_slot( const struct object *object, uint64_t gpa );
/* fake_kvm_tsc.c: a vcpu's TSC begins; as it is now; is written as an MSR. */
extern void fake_tsc_start( struct fake_vcpu *vcpu );
extern uint64_t fake_tsc_of( const struct fake_vcpu *vcpu );
extern void fake_tsc_write( struct fake_vcpu *vcpu, uint64_t value );
extern int fake_copy_cpuid( struct kvm_cpuid2 *cpuid, const struct kvm_cpuid_entry2 *entries, unsigned int count );

#endif /* __WHV_TESTS_FAKE_KVM_PRIVATE_H */
