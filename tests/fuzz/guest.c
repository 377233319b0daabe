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

#include <stdlib.h>
#include <sys/mman.h>

#include "calls/calls.h"
#include "fake_kvm.h"
#include "guest.h"
#include "host/array.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/unixlib.h"

#define MAX_CODE 48

#define I( x ) { x, sizeof(x) - 1 }

const struct guest_insn guest_insns[] =
{
    /* moves */
    I( "\x88\x03" ), I( "\x89\x03" ), I( "\x48\x89\x03" ), I( "\x66\x89\x03" ), I( "\x8a\x03" ), I( "\x8b\x03" ),
    I( "\x48\x8b\x0b" ), I( "\xc6\x03\x12" ), I( "\xc7\x03\x12\x34\x56\x78" ), I( "\x0f\xb6\x03" ), I( "\x0f\xbf\x0b" ),
    I( "\x48\x63\x03" ), I( "\x0f\x38\xf0\x03" ), I( "\x0f\x38\xf1\x03" ), I( "\x0f\xc3\x03" ), I( "\x8c\x03" ),
    I( "\x8e\x1b" ), I( "\xa1\x00\x00\x0d\x00" ), I( "\x89\x04\x0b" ), I( "\x65\x89\x03" ), I( "\x89\x45\x00" ),
    I( "\x8b\x45\x00" ), I( "\x67\x89\x03" ), I( "\x2e\x66\x89\x03" ),
    /* arithmetic */
    I( "\x01\x03" ), I( "\x29\x03" ), I( "\xf0\x01\x03" ), I( "\x03\x03" ), I( "\x11\x03" ), I( "\x19\x03" ),
    I( "\x31\x03" ), I( "\x39\x03" ), I( "\x80\x0b\x40" ), I( "\x83\x23\x0f" ), I( "\xff\x03" ), I( "\xfe\x0b" ),
    I( "\xf7\x13" ), I( "\xf7\x1b" ), I( "\xf7\x23" ), I( "\xf7\x33" ), I( "\xf7\x3b" ), I( "\x0f\xaf\x03" ),
    I( "\x6b\x03\x05" ), I( "\x84\x03" ), I( "\xf6\x03\x01" ), I( "\xc1\x23\x05" ), I( "\xd3\x2b" ), I( "\xd1\x13" ),
    I( "\xd3\x1b" ), I( "\x0f\xa4\x03\x03" ), I( "\x0f\xad\x03" ), I( "\x0f\xab\x03" ), I( "\x0f\xba\x2b\x05" ),
    I( "\xf0\x0f\xb3\x03" ), I( "\x0f\xbc\x03" ), I( "\x0f\x94\x03" ), I( "\x0f\x44\x03" ), I( "\x87\x03" ),
    I( "\x0f\xc1\x03" ), I( "\xf0\x0f\xb1\x0b" ), I( "\x0f\xc7\x0b" ), I( "\x48\x0f\xc7\x0b" ),
    /* stack, branches */
    I( "\x50" ), I( "\x66\x50" ), I( "\x9c" ), I( "\x6a\x7f" ), I( "\x68\x44\x33\x22\x11" ), I( "\x0f\xa0" ),
    I( "\xff\x33" ), I( "\x58" ), I( "\x8f\x03" ), I( "\x8f\x04\x24" ), I( "\xff\x13" ), I( "\xff\x23" ),
    I( "\xff\x1b" ), I( "\xe8\x05\x00\x00\x00" ), I( "\xc3" ), I( "\xcb" ), I( "\xc9" ), I( "\xc8\x10\x00\x01" ),
    I( "\x60" ), I( "\x61" ), I( "\xcf" ), I( "\x0f\x07" ), I( "\x48\xcf" ),
    /* strings and ports */
    I( "\xaa" ), I( "\xf3\xab" ), I( "\xf3\x48\xab" ), I( "\xa4" ), I( "\xf3\xa5" ), I( "\x65\xa5" ), I( "\xac" ),
    I( "\xad" ), I( "\xf3\xad" ), I( "\xf3\xa6" ), I( "\xf2\xae" ), I( "\x6c" ), I( "\xf3\x6d" ), I( "\x6e" ),
    I( "\xf3\x6f" ), I( "\xe4\x80" ), I( "\xed" ), I( "\x66\xed" ), I( "\xec" ), I( "\xe6\x80" ), I( "\xee" ),
    I( "\xef" ), I( "\x66\xef" ),
    /* vectors and the x87 */
    I( "\x0f\x11\x03" ), I( "\x0f\x10\x03" ), I( "\x66\x0f\x7f\x03" ), I( "\x66\x0f\x6f\x03" ), I( "\x66\x0f\xe7\x03" ),
    I( "\xf3\x0f\x11\x03" ), I( "\x66\x0f\xd6\x03" ), I( "\x0f\x17\x03" ), I( "\xc5\xfe\x7f\x03" ),
    I( "\xc5\xfe\x6f\x03" ), I( "\xc5\xf8\x58\x03" ), I( "\x62\xf1\x7c\x48\x11\x03" ), I( "\xc4\xe2\x7d\x8e\x03" ),
    I( "\xc4\xe2\x75\x92\x04\x0b" ), I( "\x0f\x58\x03" ), I( "\xf2\x0f\x5e\x03" ), I( "\xc4\xe2\x6d\x2c\x0b" ),
    I( "\xc4\xe2\xe9\x8e\x0b" ), I( "\xc5\xed\xfe\x0b" ), I( "\xc4\xe2\x7d\x5a\x0b" ), I( "\xc5\xec\x5e\x0b" ),
    I( "\xc4\xe2\xed\x91\x04\x9b" ), I( "\xc4\xe2\x6d\x90\x44\x9b\x40" ), I( "\x62\xf1\xfe\x4a\x7f\x0b" ),
    I( "\x62\xe1\x7f\xc9\x6f\x4b\x01" ), I( "\x62\xf1\x7e\x89\x10\x0b" ), I( "\x0f\xf7\xca" ), I( "\xc5\xf9\xf7\xca" ),
    I( "\x66\x0f\xf7\xc1" ), I( "\x0f\x7f\x03" ), I( "\xdd\x03" ), I( "\xdd\x1b" ), I( "\xdb\x2b" ), I( "\xdf\x3b" ),
    I( "\xdd\x23" ), I( "\xdd\x33" ), I( "\xd9\x33" ), I( "\xd9\x2b" ), I( "\x0f\xae\x03" ), I( "\x0f\xae\x0b" ),
    I( "\x0f\xae\x23" ), I( "\x0f\xae\x2b" ), I( "\x0f\xae\x1b" ), I( "\x0f\xae\x13" ), I( "\x0f\xc7\x23" ),
    I( "\x0f\xc7\x1b" ), I( "\x0f\xae\x33" ), I( "\xd8\xc1" ), I( "\x0f\x58\xc1" ), I( "\x66\x0f\xef\xc0" ),
    I( "\xc5\xfc\x77" ), I( "\x0f\x77" ),
    /* system */
    I( "\xcc" ), I( "\xcd\x80" ), I( "\xce" ), I( "\xf1" ), I( "\x0f\xa2" ), I( "\x0f\x30" ), I( "\x0f\x32" ),
    I( "\xf4" ), I( "\x0f\x0b" ), I( "\x0f\x01\xd0" ), I( "\x0f\x01\xd1" ), I( "\xf3\x0f\xae\xc0" ),
    I( "\xf3\x48\x0f\xae\xd8" ), I( "\x0f\x01\xca" ), I( "\x0f\x01\xcb" ), I( "\x66\x0f\x38\x82\x03" ),
    I( "\xf3\x0f\xc7\xf8" ), I( "\x0f\x01\xfc" ), I( "\x0f\x18\x03" ), I( "\x0f\x0d\x03" ), I( "\x0f\x31" ),
    I( "\x0f\x01\xc1" ), I( "\x0f\x05" ), I( "\x0f\x34" ), I( "\x0f\x01\x3b" ), I( "\xf3\x0f\xb8\x03" ),
    I( "\xf3\x0f\xbd\x03" ), I( "\xf2\x0f\x38\xf1\x03" ), I( "\x0f\xc7\xf0" ), I( "\xc4\xe2\x78\xf2\x03" ),
    I( "\xc4\xe2\xfb\xf7\x03" ), I( "\xd7" ), I( "\x0f\x01\x0b" ), I( "\x0f\x01\x13" ), I( "\xc5\x03" ),
    I( "\x62\x03" ), I( "\x63\x03" ), I( "\x8d\x03" ),
};

const UINT32 guest_insn_count = ARRAY_SIZE( guest_insns );

/* ---- the map ---- */

static void store_entry( UINT8 *memory, UINT32 at, UINT32 size, UINT64 value )
{
    memcpy( memory + at, &value, size );
}

static UINT64 paged_gpa( UINT32 page )
{
    switch (page % 8)
    {
    case 0: return GUEST_DATA;
    case 1: return GUEST_DEVICE;
    case 2: return GUEST_DEVICE + 0x1000;
    case 3: return GUEST_DATA + 0x1000;
    case 4: return GUEST_ROM;
    case 5: return GUEST_DEVICE;
    case 6: return ~0ull;
    default: return GUEST_CODE;
    }
}

static void make_tables( UINT8 *memory )
{
    UINT32 i;

    store_entry( memory, 0xa000, 8, 0xb007 );
    store_entry( memory, 0xb000, 8, 0xc007 );
    store_entry( memory, 0xe000, 8, 0xc001 );
    for (i = 0; i < 512; i++)
    {
        UINT64 gpa = paged_gpa( i );

        store_entry( memory, 0xc000 + i * 8, 8, i * 0x200000ull | 0xe7 );
        store_entry( memory, 0xd000 + i * 8, 8, gpa == ~0ull ? 0 : gpa | 0x67 );
        store_entry( memory, 0xf000 + i * 4, 4, i * 0x400000ull | 0xe7 );
        store_entry( memory, 0x9000 + i * 4, 4, gpa == ~0ull ? 0 : gpa | 0x67 );
    }
    store_entry( memory, 0xc000 + GUEST_PAGED / 0x200000 * 8, 8, 0xd007 );
    store_entry( memory, 0xf000 + GUEST_PAGED / 0x400000 * 4, 4, 0x9007 );
}

void guest_mode( struct kvm_sregs *sregs, UINT8 mode )
{
    struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };
    UINT32 bits = mode % 3, kind = mode / 3 % 4, i;

    for (i = 0; i < ARRAY_SIZE( segments ); i++)
    {
        memset( segments[i], 0, sizeof(*segments[i]) );
        segments[i]->limit = bits && kind != 3 ? 0xffffffff : 0xffff;
        segments[i]->selector = bits ? 8 * (i + 1) | (kind == 2 ? 3 : 0) : 0;
        segments[i]->type = i == 1 ? 11 : 3;
        segments[i]->present = segments[i]->s = 1;
        segments[i]->dpl = kind == 2 ? 3 : 0;
        segments[i]->g = bits && kind != 3;
        segments[i]->db = bits == 1;
    }
    sregs->cs.l = bits == 2;
    sregs->cr0 = bits || kind ? 0x60000011 : 0x60000010;
    sregs->cr4 = 0x50600;
    sregs->efer = bits == 2 ? 0xd00 : 0;
    if (kind)
    {
        sregs->cr0 |= 0x80000000;
        sregs->cr4 |= bits == 2 || (mode & 1) ? 0x20 : 0x10;
        sregs->cr3 = bits == 2 ? 0xa000 : mode & 1 ? 0xe000 : 0xf000;
    }
    if (!bits)
    {
        sregs->es.base = GUEST_DEVICE;
        sregs->es.selector = GUEST_DEVICE >> 4;
        sregs->gs.base = GUEST_ROM;
        sregs->gs.selector = GUEST_ROM >> 4;
    }
}

BOOL guest_translate( const struct guest *guest, const struct kvm_sregs *sregs, UINT64 gva, UINT64 *gpa )
{
    const struct vp_view *view = &guest->vp->arch.view;
    /* hidden tables lead where the guest's own do, but for what the guest knows nothing of */
    BOOL masked = view->masked && sregs->cr3 == view->mask.cr3;
    struct gva_context context =
    {
        .map = &guest->partition->gpa, .cr0 = sregs->cr0, .efer = sregs->efer,
        .cr3 = masked ? view->own.cr3 : sregs->cr3, .cr4 = masked ? view->own.cr4 : sregs->cr4,
        .phys_bits = guest->partition->props.phys_bits,
        .has_1g_pages = guest->partition->props.banks.AsUINT64[0] >> 15 & 1,
    };

    return gva_translate( &context, gva, WHvTranslateGvaFlagPrivilegeExempt, gpa ) == WHvTranslateGvaResultSuccess;
}

BOOL guest_load( const struct guest *guest, UINT64 gpa, UINT8 *byte )
{
    const struct gpa_range *range = gpa_find( &guest->partition->gpa, gpa );

    if (!range || !(range->flags & WHvMapGpaRangeFlagRead)) return 0;
    *byte = range->host[gpa - range->gpa];
    return 1;
}

/* ---- life ---- */

void guest_setup( struct guest *guest )
{
    guest->memory = mmap( NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (guest->memory == MAP_FAILED) fuzz_fail( "no memory" );
}

static void set_property( const struct guest *guest, UINT32 code, UINT64 value )
{
    partition_set_property( guest->handle, code, &value, sizeof(value) );
}

static void map( const struct guest *guest, UINT32 offset, UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct gpa_map_params params = { guest->handle, guest->memory + offset, gpa, size, flags, 0, 0 };
    NTSTATUS ret = gpa_map_call( &params );

    if (ret) fuzz_fail( "map: %08x", ret );
}

static void make_registers( struct guest *guest, struct fuzz_input *input, UINT8 mode )
{
    UINT64 gpr[16], mask = mode % 3 == 2 ? ~0ull : mode % 3 ? 0xffffffff : 0xffff;
    struct kvm_regs *regs = &guest->vp->run->s.regs.regs;
    UINT32 i, count;

    for (i = 0; i < 16; i++) gpr[i] = (0x8877665544332211 + i * 0x0101010101010101) & mask;
    gpr[RCX] = 4;
    gpr[RBX] = mode % 3 ? GUEST_DEVICE : 0;
    gpr[RSP] = GUEST_STACK;
    gpr[RBP] = mode / 3 % 4 ? GUEST_PAGED + 0x0ffe : GUEST_DEVICE + 0xffd;
    gpr[RSI] = GUEST_DATA;
    gpr[RDI] = mode % 3 ? GUEST_DEVICE + 0x100 : 0x100;
    count = fuzz_u8( input ) & 7;
    for (i = 0; i < count; i++)
    {
        UINT8 which = fuzz_u8( input );

        if (which & 0x10) gpr[which & 15] = fuzz_edge( input );
        else if (which & 0x20) gpr[which & 15] = GUEST_PAGED + fuzz_u16( input );
        else gpr[which & 15] = GUEST_DEVICE + fuzz_u8( input );
    }
    regs_from_gpr( regs, gpr );
    regs->rip = GUEST_CODE + 16;
    regs->rflags = (fuzz_u32( input ) & 0x250fd5) | 2;
    if (mode % 3 == 2) regs->rflags &= ~0x20000ull;
}

void guest_create( struct guest *guest, struct fuzz_input *input, UINT8 config, UINT8 mode )
{
    static const UINT32 all = WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute;
    HRESULT hr;

    memset( guest->memory, 0, GUEST_RAM_SIZE );
    memset( guest->memory + GUEST_RAM_SIZE, 0x5b, GUEST_ROM_SIZE );
    make_tables( guest->memory );
    if (FAILED(hr = partition_create( &guest->handle ))) fuzz_fail( "create: %08x", hr );
    set_property( guest, WHvPartitionPropertyCodeProcessorCount, 2 );
    set_property( guest, WHvPartitionPropertyCodeExtendedVmExits, (config & GUEST_CPUID_EXITS ? 1 : 0) |
                  (config & GUEST_MSR_EXITS ? 2 : 0) | (config & GUEST_EXCEPTION_EXITS ? 4 : 0) );
    if (config & GUEST_EXCEPTION_EXITS) set_property( guest, WHvPartitionPropertyCodeExceptionExitBitmap, 0xf7dfb );
    if (config & GUEST_APIC) set_property( guest, WHvPartitionPropertyCodeLocalApicEmulationMode, 1 );
    if (FAILED(hr = partition_setup( guest->handle ))) fuzz_fail( "setup: %08x", hr );
    if (FAILED(hr = partition_lock( guest->handle, &guest->partition ))) fuzz_fail( "lock: %08x", hr );
    partition_unlock( guest->partition );
    map( guest, 0, 0, GUEST_RAM_SIZE, all );
    map( guest, GUEST_RAM_SIZE, GUEST_ROM, GUEST_ROM_SIZE, all & ~WHvMapGpaRangeFlagWrite );
    if (FAILED(hr = vp_create( guest->handle, 0 ))) fuzz_fail( "vp: %08x", hr );
    guest->vp = guest->partition->vps[0];
    fake_kvm_vcpu( guest->vp->fd )->xcrs.xcrs[0].value = 7;
    guest_mode( &guest->vp->run->s.regs.sregs, mode );
    guest->vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    make_registers( guest, input, mode );
    /* the instruction is to be found behind whatever stands before it */
    fuzz_bytes( input, guest->memory + GUEST_CODE + 16, fuzz_u8( input ) % (MAX_CODE + 1) );
    if (mode & 0x80) fuzz_bytes( input, guest->memory + GUEST_CODE, 16 );
    memcpy( guest->memory + GUEST_CODE + 16 + MAX_CODE, guest->memory + GUEST_CODE + 16, MAX_CODE );
}

void guest_delete( struct guest *guest, BOOL deleted )
{
    HRESULT hr = partition_delete( guest->handle );

    FUZZ_CHECK( hr == (deleted ? E_HANDLE : S_OK), "delete: %08x", hr );
    /* what is left is the host's /dev/kvm */
    FUZZ_CHECK( fake_kvm_open_fds() == 1 && !fake_kvm_mapped_runs(), "left: %d fds, %d run pages", fake_kvm_open_fds(),
                fake_kvm_mapped_runs() );
    guest->handle = NULL;
    guest->partition = NULL;
    guest->vp = NULL;
}

UINT32 guest_seed( UINT8 *data, UINT8 config, UINT8 mode, UINT32 insn, UINT64 rbx )
{
    const struct guest_insn *first = &guest_insns[insn], *second = &guest_insns[(insn * 7 + 3) % guest_insn_count];
    UINT32 pos = 0;

    data[pos++] = config;
    data[pos++] = mode;
    data[pos++] = rbx ? 1 : 0;  /* registers */
    if (rbx)
    {
        data[pos++] = 0x13;
        data[pos++] = 0xc0;
        memcpy( data + pos, &rbx, 8 );
        pos += 8;
    }
    memset( data + pos, 0, 4 ); /* flags */
    pos += 4;
    data[pos++] = first->length + second->length + 1;
    memcpy( data + pos, first->bytes, first->length );
    pos += first->length;
    memcpy( data + pos, second->bytes, second->length );
    pos += second->length;
    data[pos++] = 0xf4;
    return pos;
}
