/*
 * A guest for fuzz targets
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
 * A partition with memory, page tables, code and one vp on the fake KVM, for targets that run one; and instructions to
 * begin with. It knows the partition's and the vp's functions, and looks into them where a fake processor needs that.
 * The map: RAM at 0, read-only memory at GUEST_ROM, nothing at GUEST_DEVICE. With paging GUEST_PAGED is 2 MiB of pages
 * of which some are RAM, some the device, some read-only and some not present; all else is mapped one to one.
 */

#ifndef __TESTS_FUZZ_GUEST_H
#define __TESTS_FUZZ_GUEST_H

#include "fuzz.h"
#include "host/kvm.h"
#include "vm/partition.h"
#include "vm/vp.h"

#define GUEST_RAM_SIZE  0x10000
#define GUEST_ROM       0x20000ull
#define GUEST_ROM_SIZE  0x1000
#define GUEST_MEMORY    (GUEST_RAM_SIZE + GUEST_ROM_SIZE)
#define GUEST_DEVICE    0xd0000ull
#define GUEST_CODE      0x1000ull
#define GUEST_DATA      0x3000ull
#define GUEST_STACK     0x8000ull
#define GUEST_TABLES    0x9000ull       /* up to the end of RAM */
#define GUEST_PAGED     0x400000ull

struct guest
{
    WHV_PARTITION_HANDLE handle;
    struct partition    *partition;
    struct vp           *vp;
    UINT8               *memory;        /* RAM, then ROM */
};

/* Once: the memory. */
extern void guest_setup( struct guest *guest );
/* A partition with a vp whose registers and code are the input's. config: bits of enum guest_config; mode: see
 * guest_mode. */
extern void guest_create( struct guest *guest, struct fuzz_input *input, UINT8 config, UINT8 mode );
/* Fails if something is left behind. deleted: the target has deleted the partition itself. */
extern void guest_delete( struct guest *guest, BOOL deleted );

enum guest_config
{
    GUEST_EXCEPTION_EXITS = 1,
    GUEST_CPUID_EXITS     = 2,
    GUEST_MSR_EXITS       = 4,
    GUEST_APIC            = 8,
};

#define GUEST_MODES 12

/* mode % 3: 16, 32, 64-bit code; mode / 3 % 4: no paging, paging, paging with CPL 3, paging with 64 KB segments. */
extern void guest_mode( struct kvm_sregs *sregs, UINT8 mode );

/* By these registers, without rights. */
extern BOOL guest_translate( const struct guest *guest, const struct kvm_sregs *sregs, UINT64 gva, UINT64 *gpa );
/* FALSE: not mapped, or not readable. */
extern BOOL guest_load( const struct guest *guest, UINT64 gpa, UINT8 *byte );

/* Instructions that touch memory or ports, or that are executed by us. */
extern const struct guest_insn { const char *bytes; UINT8 length; } guest_insns[];
extern const UINT32 guest_insn_count;

/* The head of a target's input: config and mode, and what guest_create takes; rbx 0: as it is. Returns its size. */
extern UINT32 guest_seed( UINT8 *data, UINT8 config, UINT8 mode, UINT32 insn, UINT64 rbx );

#endif /* __TESTS_FUZZ_GUEST_H */
