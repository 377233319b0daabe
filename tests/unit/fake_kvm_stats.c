/*
 * A fake KVM: statistics of a vcpu
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

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fake_kvm.h"
#include "fake_kvm_private.h"
#include "host/kvm.h"

#define NAME_SIZE 24
#define ID_SIZE   16

const char *const fake_kvm_stat_names[FAKE_STATS] =
{
    "halt_wait_hist", "halt_wait_ns", "exits", "io_exits", "mmio_exits", "halt_exits", "invlpg", "irq_window_exits",
    "nmi_window_exits", "insn_emulation", "pf_taken", "pf_guest", "hypercalls", "irq_injections",
};

/* The file as the kernel lays it out: header, id, descriptors, data. */
struct file
{
    struct kvm_stats_header header;
    char                    id[ID_SIZE];
    struct { struct kvm_stats_desc desc; char name[NAME_SIZE]; } descs[FAKE_STATS];
    uint64_t                data[FAKE_STATS + 1];
};

uint64_t *fake_kvm_stat( struct fake_vcpu *vcpu, const char *name )
{
    unsigned int i;

    for (i = 0; i < FAKE_STATS; i++)
        if (!strcmp( fake_kvm_stat_names[i], name )) return &vcpu->stats[i];
    fake_die( "no statistic %s", name );
}

FAKE int kvm_get_stats_fd( int vcpu )
{
    int fd;

    BEGIN();
    fake_object( vcpu, OBJECT_VCPU, __func__ );
    if ((fd = fake_new_object( OBJECT_STATS )) < 0) return fake_end( fd );
    fake_objects[fd - FIRST_FD].stats_of = vcpu;
    return fake_end( fd );
}

FAKE int kvm_read_stats( int fd, void *buffer, size_t size, uint64_t offset )
{
    const struct fake_vcpu *vcpu;
    struct file file;
    unsigned int i, at = 0;

    BEGIN();
    vcpu = fake_object( fake_object( fd, OBJECT_STATS, __func__ )->stats_of, OBJECT_VCPU, __func__ )->vcpu;
    memset( &file, 0, sizeof(file) );
    file.header.name_size = NAME_SIZE;
    file.header.num_desc = FAKE_STATS;
    file.header.id_offset = offsetof( struct file, id );
    file.header.desc_offset = offsetof( struct file, descs );
    file.header.data_offset = offsetof( struct file, data );
    for (i = 0; i < FAKE_STATS; i++)
    {
        file.descs[i].desc.offset = at * sizeof(*file.data);
        file.descs[i].desc.size = i ? 1 : 2;
        strcpy( file.descs[i].name, fake_kvm_stat_names[i] );
        file.data[at] = vcpu->stats[i];
        at += file.descs[i].desc.size;
    }
    if (offset > sizeof(file) || size > sizeof(file) - offset) return fake_end( -EIO );
    memcpy( buffer, (const char *)&file + offset, size );
    return fake_end( 0 );
}
