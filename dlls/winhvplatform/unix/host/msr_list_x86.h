/*
 * Lists of MSRs
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
 * Lists of MSRs for KVM_GET_MSRS and KVM_SET_MSRS, and reading or writing a single one of them.
 * What an MSR means is said where it is used. Knows kvm.h.
 */

#ifndef __WHV_UNIX_HOST_MSR_LIST_X86_H
#define __WHV_UNIX_HOST_MSR_LIST_X86_H

#include <string.h>

#include "host/kvm.h"
#include "winhvplatformdefs.h"

/* More than any list here has; longer ones of a client go in pieces. */
#define MSR_LIST_MAX 64

struct msr_list
{
    struct kvm_msrs      head;          /* head.entries is entries[] */
    struct kvm_msr_entry entries[MSR_LIST_MAX];
};

static inline void msr_list_init( struct msr_list *list )
{
    memset( &list->head, 0, sizeof(list->head) );
}

static inline void msr_list_add( struct msr_list *list, UINT32 index, UINT64 data )
{
    struct kvm_msr_entry *entry = &list->entries[list->head.nmsrs++];

    memset( entry, 0, sizeof(*entry) );
    entry->index = index;
    entry->data = data;
}

/* One MSR: 1, or 0 if KVM does not have it or refuses the value, or -errno. What can't be read is 0. */
extern int msr_read( int vcpu, UINT32 index, UINT64 *value );
extern int msr_write( int vcpu, UINT32 index, UINT64 value );
/* All of a list: -EIO if KVM refuses one. */
extern int msr_list_read( int vcpu, struct msr_list *list );
extern int msr_list_write( int vcpu, const struct msr_list *list );

#endif /* __WHV_UNIX_HOST_MSR_LIST_X86_H */
