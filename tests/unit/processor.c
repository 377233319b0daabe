/*
 * Processors as KVM reports them, and the CPUID of a guest on them
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

#include "host/array.h"
#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "processor.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"

#define INDEXED KVM_CPUID_FLAG_SIGNIFCANT_INDEX

/* An Intel server with AVX-512, as KVM reports it, hypervisor leaves and all. */
const struct kvm_cpuid_entry2 processor_intel[27] =
{
    { .function = 0x0, .eax = 0x1f, .ebx = 0x756e6547, .ecx = 0x6c65746e, .edx = 0x49656e69 },
    { .function = 0x1, .eax = 0x50657, .ebx = 0x03100800, .ecx = 0xfffab223 | 1 << 21 | 1 << 24 | 1 << 5,
      .edx = 0x0f8bfbff },
    { .function = 0x4, .index = 0, .flags = INDEXED, .eax = 0x7c004121, .ebx = 0x1c0003f, .ecx = 0x3f },
    { .function = 0x4, .index = 1, .flags = INDEXED, .eax = 0x7c004122, .ebx = 0x1c0003f, .ecx = 0x3f },
    { .function = 0x4, .index = 2, .flags = INDEXED, .eax = 0x7c004143, .ebx = 0x3c0003f, .ecx = 0x3ff },
    { .function = 0x4, .index = 3, .flags = INDEXED, .eax = 0x7c0fc163, .ebx = 0x280003f, .ecx = 0xdfff },
    { .function = 0x4, .index = 4, .flags = INDEXED },
    { .function = 0x6, .eax = 4, .ecx = 1 },
    { .function = 0x7, .index = 0, .flags = INDEXED, .eax = 1, .ebx = 0xd19f4fbb, .ecx = 0x0000082c,
      .edx = 0xac000400 },
    { .function = 0x7, .index = 1, .flags = INDEXED, .eax = 1 << 4 | 1 << 5 },
    { .function = 0xa, .eax = 0x07300404, .edx = 0x603 },
    { .function = 0xb, .index = 0, .flags = INDEXED },
    { .function = 0xd, .index = 0, .flags = INDEXED, .eax = 0x2e7, .ebx = 0x240, .ecx = 0xa88 },
    { .function = 0xd, .index = 1, .flags = INDEXED, .eax = 0xf, .ebx = 0x240, .ecx = 0x100 },
    { .function = 0xd, .index = 2, .flags = INDEXED, .eax = 0x100, .ebx = 0x240 },
    { .function = 0xd, .index = 5, .flags = INDEXED, .eax = 0x40, .ebx = 0x440 },
    { .function = 0xd, .index = 6, .flags = INDEXED, .eax = 0x200, .ebx = 0x480 },
    { .function = 0xd, .index = 7, .flags = INDEXED, .eax = 0x400, .ebx = 0x680, .ecx = 2 },
    { .function = 0xd, .index = 8, .flags = INDEXED, .eax = 0x80, .ecx = 1 },
    { .function = 0xd, .index = 9, .flags = INDEXED, .eax = 0x8, .ebx = 0xa80 },
    { .function = 0x1f, .index = 0, .flags = INDEXED },
    /* behind the others on purpose: the table sorts */
    { .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b, .ecx = 0x564b4d56, .edx = 0x4d },
    { .function = 0x40000001, .eax = 0x01007efb },
    { .function = 0x80000008, .eax = 0x2e302e, .ebx = 0x200, .ecx = 0 },
    { .function = 0x80000000, .eax = 0x80000008 },
    { .function = 0x80000001, .ecx = 0x121, .edx = 0x2c100800 },
    { .function = 0x80000007, .edx = 0x100 },
};

static const struct kvm_cpuid_entry2 amd[] =
{
    { .function = 0x0, .eax = 0x10, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65 },
    { .function = 0x1, .eax = 0xa10f11, .ebx = 0x20800, .ecx = 0x81202000, .edx = 0x78bfbff },
    { .function = 0x4, .index = 0, .flags = INDEXED },
    { .function = 0xb, .index = 0, .flags = INDEXED },
    { .function = 0xd, .index = 0, .flags = INDEXED, .eax = 7, .ebx = 0x340, .ecx = 0x340 },
    { .function = 0xd, .index = 1, .flags = INDEXED },
    { .function = 0xd, .index = 2, .flags = INDEXED, .eax = 0x100, .ebx = 0x240 },
    { .function = 0x80000000, .eax = 0x80000022 },
    { .function = 0x80000001, .eax = 0xa10f11, .ecx = 0x00c00397, .edx = 0x23d3fbff },
    { .function = 0x80000008, .eax = 0x3030, .ebx = 0x10000005, .ecx = 0x7001 },
    { .function = 0x8000000a, .eax = 1, .ebx = 0x8000, .edx = 0xf },
    { .function = 0x8000001d, .index = 0, .flags = INDEXED, .eax = 0x121 },
    { .function = 0x8000001d, .index = 1, .flags = INDEXED, .eax = 0x143 },
    { .function = 0x8000001d, .index = 2, .flags = INDEXED, .eax = 0x4163 },
    { .function = 0x8000001d, .index = 3, .flags = INDEXED },
    { .function = 0x8000001e, .eax = 7, .ebx = 0x103, .ecx = 0x100 },
    { .function = 0x80000022, .eax = 1, .ebx = 6 },
    { .function = 0x80000026, .index = 0, .flags = INDEXED, .eax = 1 },
};

struct processor processor;

static void set_host( const struct kvm_cpuid_entry2 *entries, UINT32 count, UINT32 vendor )
{
    memset( &processor.host, 0, sizeof(processor.host) );
    memset( &processor.props, 0, sizeof(processor.props) );
    processor.leaves.head.nent = count;
    memcpy( processor.leaves.entries, entries, count * sizeof(*entries) );
    processor.host.cpuid = &processor.leaves.head;
    processor.host.vendor = vendor;
    processor.props.banks.AsUINT64[0] = processor.host.feature_banks[0] = features_read( processor.host.cpuid, 0,
                                                                                         FEATURES_BANK0 );
    processor.host.feature_banks[1] = features_read( processor.host.cpuid, 0, FEATURES_BANK1 ) & ~FEATURE1_TSC_DEADLINE;
    processor.props.banks.AsUINT64[1] = processor.host.feature_banks[1];
    processor.props.xsave_features = processor.host.xsave_features = features_read( processor.host.cpuid, 0,
                                                                                    FEATURES_XSAVE );
    processor.props.clflush_size = processor.host.clflush_size = 8;
    processor.props.phys_bits = processor.host.phys_bits = vendor == WHvProcessorVendorIntel ? 46 : 48;
    processor.props.processor_count = 1;
}

int processor_setup_intel( void **state )
{
    (void)state;
    set_host( processor_intel, ARRAY_SIZE(processor_intel), WHvProcessorVendorIntel );
    return 0;
}

int processor_setup_amd( void **state )
{
    (void)state;
    set_host( amd, ARRAY_SIZE(amd), WHvProcessorVendorAmd );
    return 0;
}

void processor_build( UINT32 index )
{
    UINT32 i;

    memset( &processor.table, 0xcc, sizeof(processor.table) );
    cpuid_build( &processor.table, &processor.host, &processor.props, index, index );
    assert_in_range( processor.table.head.nent, 1, CPUID_MAX_ENTRIES );
    for (i = 1; i < processor.table.head.nent; i++)
    {
        const struct kvm_cpuid_entry2 *a = &processor.table.entries[i - 1], *b = &processor.table.entries[i];

        assert_true( a->function <= b->function );
        if (a->function == b->function)
            assert_true( (a->flags & INDEXED) && (!(b->flags & INDEXED) || a->index < b->index) );
    }
}

WHV_CPUID_OUTPUT processor_lookup( UINT32 eax, UINT32 ecx )
{
    WHV_CPUID_OUTPUT out;

    cpuid_lookup( &processor.table, eax, ecx, 0, 1, 0, &out );
    return out;
}

void assert_output( WHV_CPUID_OUTPUT out, UINT32 eax, UINT32 ebx, UINT32 ecx, UINT32 edx )
{
    assert_int_equal( out.Eax, eax );
    assert_int_equal( out.Ebx, ebx );
    assert_int_equal( out.Ecx, ecx );
    assert_int_equal( out.Edx, edx );
}
