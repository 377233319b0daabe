/*
 * Unit tests: CPUID tables
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
#include "host/x86.h"
#include "processor.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"

#define INDEXED KVM_CPUID_FLAG_SIGNIFCANT_INDEX

#define OSXSAVE     (1u << 27)

/* ---- building ---- */

static void test_no_hypervisor( void **state )
{
    (void)state;
    processor_build( 0 );
    assert_false( processor_lookup( 1, 0 ).Ecx >> 31 );
    assert_output( processor_lookup( 0x40000000, 0 ), 0, 0, 0, 0 );
    /* the only one of its kind */
    assert_int_equal( features_find( &processor.table.head, 0x40000000, 0 )->eax, 0 );
    assert_null( features_find( &processor.table.head, 0x40000001, 0 ));
    assert_false( processor_lookup( 1, 0 ).Ecx >> 5 & 1 );        /* VMX */
    assert_false( processor_lookup( 1, 0 ).Ecx >> 15 & 1 );       /* PDCM */
    assert_false( processor_lookup( 1, 0 ).Ecx >> 21 & 1 );       /* x2APIC */
    assert_false( processor_lookup( 1, 0 ).Ecx >> 24 & 1 );       /* TSC deadline */
    assert_true( processor_lookup( 1, 0 ).Ecx & 1 );
    assert_output( processor_lookup( 0xa, 0 ), 0, 0, 0, 0 );
    assert_int_equal( processor_lookup( 0, 0 ).Eax, 0x1f );
    assert_int_equal( processor_lookup( 1, 0 ).Eax, 0x50657 );
}

static void test_masks( void **state )
{
    (void)state;
    processor.props.banks.AsUINT64[0] &= ~1ull;                   /* SSE3 */
    processor.props.banks.AsUINT64[1] &= ~(1ull << 18);           /* TSC_ADJUST */
    processor.props.clflush_size = 4;
    processor.props.phys_bits = 40;
    processor_build( 0 );
    assert_int_equal( processor_lookup( 1, 0 ).Ecx,
                      processor_intel[1].ecx & ~(1u | 1 << 5 | 1 << 15 | 1 << 21 | 1 << 24 | OSXSAVE | 1u << 31) );
    assert_int_equal( processor_lookup( 7, 0 ).Ebx, processor_intel[8].ebx & ~2u );
    assert_int_equal( processor_lookup( 1, 0 ).Ebx >> 8 & 0xff, 4 );
    assert_int_equal( processor_lookup( 0x80000008, 0 ).Eax, 0x3028 );
    processor.props.phys_bits = 46;
    processor_build( 0 );
    assert_int_equal( processor_lookup( 0x80000008, 0 ).Eax, 0x302e );

    processor.props.banks.AsUINT64[0] = processor.props.banks.AsUINT64[1] = processor.props.xsave_features = 0;
    processor_build( 0 );
    assert_int_equal( features_read( &processor.table.head, 0, FEATURES_BANK0 ), 0 );
    assert_int_equal( features_read( &processor.table.head, 0, FEATURES_BANK1 ), 0 );
    assert_int_equal( features_read( &processor.table.head, 0, FEATURES_XSAVE ), 0 );
    assert_true( processor_lookup( 1, 0 ).Edx & 1 );              /* the x87 is not ours to take */
}

static void test_xsave( void **state )
{
    WHV_CPUID_OUTPUT out;

    (void)state;
    processor_build( 0 );
    assert_output( processor_lookup( 0xd, 0 ), 0x2e7, 576, 0xa88, 0 );
    cpuid_lookup( &processor.table, 0xd, 0, 0, 7, 0, &out );
    assert_int_equal( out.Ebx, 0x340 );
    cpuid_lookup( &processor.table, 0xd, 0, 0, 0x2e7, 0, &out );
    assert_int_equal( out.Ebx, 0xa88 );
    cpuid_lookup( &processor.table, 0xd, 1, 0, 1, 0, &out );
    assert_int_equal( out.Ebx, 576 );
    cpuid_lookup( &processor.table, 0xd, 1, 0, 0x2e7, 0x100, &out );
    /* AVX 0x240, opmask 0x340, ZMM 0x380, upper ones 0x580 (aligned), PT 0x980, PKRU 0xa00 */
    assert_int_equal( out.Ebx, 0xa08 );
    cpuid_lookup( &processor.table, 0xd, 0, 0, ~0ull, ~0ull, &out );
    assert_int_equal( out.Ebx, 0xa88 );

    /* AVX-512 off: its three components go, PKRU stays where it is */
    processor.props.xsave_features &= ~(1ull << 6);
    processor_build( 0 );
    assert_output( processor_lookup( 0xd, 0 ), 0x207, 576, 0xa88, 0 );
    assert_null( features_find( &processor.table.head, 0xd, 5 ));
    assert_null( features_find( &processor.table.head, 0xd, 7 ));
    assert_non_null( features_find( &processor.table.head, 0xd, 9 ));
    assert_non_null( features_find( &processor.table.head, 0xd, 8 ));

    /* no XSAVES: no supervisor components */
    processor.props.xsave_features &= ~(1ull << 12);
    processor_build( 0 );
    assert_null( features_find( &processor.table.head, 0xd, 8 ));
    assert_int_equal( processor_lookup( 0xd, 1 ).Ecx, 0 );
    assert_int_equal( processor_lookup( 0xd, 1 ).Eax, 7 );

    /* AVX off */
    processor.props.xsave_features &= ~(1ull << 2);
    processor_build( 0 );
    assert_int_equal( processor_lookup( 0xd, 0 ).Eax, 0x203 );

    /* all off, though the client forgot to say so of the rest */
    processor.props.xsave_features = processor.host.xsave_features & ~1ull;
    processor_build( 0 );
    assert_output( processor_lookup( 0xd, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0xd, 1 ), 0, 0, 0, 0 );
    assert_false( processor_lookup( 1, 0 ).Ecx >> 28 & 1 );
    assert_int_equal( features_read( &processor.table.head, 0, FEATURES_XSAVE ), 0 );
}

static void test_topology_intel( void **state )
{
    UINT32 index;

    (void)state;
    processor_build( 0 );
    assert_int_equal( processor_lookup( 1, 0 ).Ebx, 0x00010800 );
    assert_false( processor_lookup( 1, 0 ).Edx >> 28 & 1 );
    assert_output( processor_lookup( 0xb, 0 ), 0, 1, 0x100, 0 );
    assert_output( processor_lookup( 0xb, 1 ), 0, 1, 0x201, 0 );

    processor.props.processor_count = 6;
    for (index = 0; index < 6; index++)
    {
        processor_build( index );
        assert_int_equal( processor_lookup( 1, 0 ).Ebx, 0x00060800 | index << 24 );
        assert_true( processor_lookup( 1, 0 ).Edx >> 28 & 1 );
        assert_output( processor_lookup( 0xb, 0 ), 0, 1, 0x100, index );
        assert_output( processor_lookup( 0xb, 1 ), 3, 6, 0x201, index );
        assert_output( processor_lookup( 0xb, 2 ), 0, 0, 2, index );
        assert_output( processor_lookup( 0xb, 0x107 ), 0, 0, 7, index );
        assert_output( processor_lookup( 0x1f, 1 ), 3, 6, 0x201, index );
        assert_int_equal( processor_lookup( 4, 0 ).Eax, 0x1c000121 );     /* own L1, 8 core ids */
        assert_int_equal( processor_lookup( 4, 2 ).Eax, 0x1c000143 );
        assert_int_equal( processor_lookup( 4, 3 ).Eax, 0x1c01c163 );     /* L3 shared by 8 */
        assert_int_equal( processor_lookup( 4, 4 ).Eax, 0 );
        assert_int_equal( processor_lookup( 0x80000008, 0 ).Ecx, 0 );
    }
    processor.props.processor_count = 4096;
    processor_build( 4095 );
    assert_int_equal( processor_lookup( 1, 0 ).Ebx, 0xffff0800 );
    assert_output( processor_lookup( 0xb, 1 ), 12, 4096, 0x201, 4095 );
    assert_int_equal( processor_lookup( 4, 3 ).Eax, 0xffffc163 );
}

static void test_topology_amd( void **state )
{
    (void)state;
    processor_build( 0 );
    assert_int_equal( processor_lookup( 0x80000001, 0 ).Ecx, 0x00400391 );       /* no CmpLegacy, SVM, PerfCtrCore */
    assert_int_equal( processor_lookup( 0x80000008, 0 ).Ecx, 0x0000 );
    assert_output( processor_lookup( 0x8000000a, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0x80000022, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0xd, 0 ), 0, 0, 0, 0 );                      /* leaf 1 has no XSAVE */

    processor.props.processor_count = 4;
    processor_build( 3 );
    assert_int_equal( processor_lookup( 0x80000001, 0 ).Ecx, 0x00400393 );
    assert_int_equal( processor_lookup( 0x80000008, 0 ).Ecx, 0x2003 );
    assert_int_equal( processor_lookup( 0x80000008, 0 ).Eax, 0x3030 );
    assert_output( processor_lookup( 0x8000001e, 0 ), 3, 3, 0, 0 );
    assert_int_equal( processor_lookup( 0x8000001d, 0 ).Eax, 0x121 );
    assert_int_equal( processor_lookup( 0x8000001d, 2 ).Eax, 0xc163 );
    assert_int_equal( processor_lookup( 0x8000001d, 3 ).Eax, 0 );
    assert_output( processor_lookup( 0xb, 1 ), 2, 4, 0x201, 3 );
    assert_output( processor_lookup( 0x80000026, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 4, 0 ), 0, 0, 0, 0 );
}

/* ---- result lists ---- */

static void test_results( void **state )
{
    WHV_X64_CPUID_RESULT results[] =
    {
        { .Function = 0x40000000, .Eax = 0x40000003, .Ebx = 1, .Ecx = 2, .Edx = 3 },
        { .Function = 0x40000003, .Eax = 4 },
        { .Function = 7, .Ebx = 0x20 },
        { .Function = 2, .Eax = 5 },
        { .Function = 2, .Eax = 6 },
    };

    (void)state;
    processor.props.cpuid_results = results;
    processor.props.cpuid_result_count = ARRAY_SIZE(results);
    processor_build( 0 );
    assert_output( processor_lookup( 0x40000000, 0 ), 0x40000003, 1, 2, 3 );
    assert_output( processor_lookup( 0x40000003, 0 ), 4, 0, 0, 0 );
    assert_output( processor_lookup( 0x40000002, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 7, 0 ), 0, 0x20, 0, 0 );
    assert_output( processor_lookup( 7, 1 ), 0, 0x20, 0, 0 );             /* all subleafs */
    assert_output( processor_lookup( 7, 0xffffffff ), 0, 0x20, 0, 0 );
    assert_output( processor_lookup( 2, 0 ), 6, 0, 0, 0 );                /* the last one counts */
}

static void test_results2( void **state )
{
    WHV_X64_CPUID_RESULT results[] = { { .Function = 0x10, .Eax = 0x11, .Ebx = 0x22 } };
    WHV_X64_CPUID_RESULT2 results2[] =
    {
        /* all subleafs, masked */
        { .Function = 7, .Output = { 0, 0, ~0u, 0 }, .Mask = { 0, 2, 0x10000000, 0 } },
        /* one subleaf, of a leaf that list 1 has flattened */
        { .Function = 0x10, .Index = 1, .Flags = 1, .Output = { 0x99, 0x99, 0x99, 0x99 }, .Mask = { 0xf, 0, 0, 0xff } },
        /* a new subleaf */
        { .Function = 0xd, .Index = 11, .Flags = 1, .Output = { 1, 2, 3, 4 }, .Mask = { ~0u, ~0u, ~0u, ~0u } },
        /* other vps', ours */
        { .Function = 0x40000005, .VpIndex = 1, .Flags = 2, .Output = { 1, 1, 1, 1 }, .Mask = { ~0u, ~0u, ~0u, ~0u } },
        { .Function = 0x40000005, .VpIndex = 2, .Flags = 2, .Output = { 2, 2, 2, 2 }, .Mask = { ~0u, ~0u, ~0u, 0 } },
        /* a subleaf of a leaf that has none */
        { .Function = 6, .Index = 3, .Flags = 1, .Output = { 0x80, 0, 0, 0 }, .Mask = { 0x80, 0, 0, 0 } },
        /* APIC id by hand */
        { .Function = 1, .Flags = 2, .VpIndex = 2, .Output = { 0, 0x77000000, 0, 0 }, .Mask = { 0, 0xff000000, 0, 0 } },
    };

    (void)state;
    processor.props.processor_count = 4;
    processor.props.cpuid_results = results;
    processor.props.cpuid_result_count = ARRAY_SIZE(results);
    processor.props.cpuid_results2 = results2;
    processor.props.cpuid_result2_count = ARRAY_SIZE(results2);
    processor_build( 2 );
    assert_int_equal( processor_lookup( 7, 0 ).Ebx, processor_intel[8].ebx & ~2u );
    assert_int_equal( processor_lookup( 7, 0 ).Ecx, (processor_intel[8].ecx & ~0x10u) | 0x10000000 );
    assert_int_equal( processor_lookup( 7, 1 ).Ecx, 0x10000000 );
    assert_output( processor_lookup( 0x10, 0 ), 0x11, 0x22, 0, 0 );
    assert_output( processor_lookup( 0x10, 1 ), 0x19, 0x22, 0, 0x99 );
    assert_output( processor_lookup( 0x10, 2 ), 0x11, 0x22, 0, 0 );
    assert_output( processor_lookup( 0xd, 11 ), 1, 2, 3, 4 );
    assert_output( processor_lookup( 0x40000005, 0 ), 2, 2, 2, 0 );
    assert_int_equal( processor_lookup( 6, 0 ).Eax, 0x84 );
    assert_int_equal( processor_lookup( 1, 0 ).Ebx >> 24, 0x77 );
    processor_build( 1 );
    assert_output( processor_lookup( 0x40000005, 0 ), 1, 1, 1, 1 );
    assert_int_equal( processor_lookup( 1, 0 ).Ebx >> 24, 1 );
}

/* What only works if KVM has a hand in it is not shown without, whoever says so; mere instructions are. */
static void test_trim( void **state )
{
    const UINT32 debug_store = 1u << 2 | 1u << 4, pcid = 1u << 17;
    WHV_X64_CPUID_RESULT results[] =
    {
        { .Function = 1, .Ecx = ~0u, .Edx = ~0u },
        { .Function = 7, .Ebx = ~0u, .Ecx = ~0u, .Edx = ~0u },
        { .Function = 0x80000001, .Ecx = ~0u, .Edx = ~0u },
    };
    struct kvm_cpuid_entry2 *entry;
    WHV_CPUID_OUTPUT out;
    UINT32 round;

    (void)state;
    processor.props.cpuid_results = results;
    processor.props.cpuid_result_count = ARRAY_SIZE(results);
    /* a KVM with the debug store, at first */
    if ((entry = features_find( &processor.leaves.head, 1, 0 )))
    {
        entry->ecx |= debug_store;
        entry->edx |= 1u << 21;
    }
    for (round = 0; round < 2; round++)
    {
        processor_build( 0 );
        out = processor_lookup( 7, 0 );
        assert_int_equal( processor_lookup( 1, 0 ).Ecx & ~OSXSAVE, ~(OSXSAVE | (round ? debug_store | pcid : 0)) );
        assert_int_equal( processor_lookup( 1, 0 ).Edx, ~(round ? 1u << 21 : 0) );
        if (!round) assert_true( out.Ebx >> 20 & 1 );
        else
        {
            /* FSGSBASE, SMEP, SMAP; UMIP, LA57; SPEC_CTRL */
            assert_false( out.Ebx & (1u << 0 | 1u << 7 | 1u << 20) );
            assert_false( out.Ecx & (1u << 2 | 1u << 16) );
            assert_false( out.Edx & 1u << 26 );
            assert_false( processor_lookup( 0x80000001, 0 ).Edx & 1u << 20 );
        }
        /* AVX2, BMI2, SHA */
        assert_int_equal( out.Ebx & (1u << 5 | 1u << 8 | 1u << 29), 1u << 5 | 1u << 8 | 1u << 29 );
        /* the same KVM without these */
        if ((entry = features_find( &processor.leaves.head, 1, 0 )))
        {
            entry->ecx &= ~(debug_store | pcid);
            entry->edx &= ~(1u << 21);
        }
        if ((entry = features_find( &processor.leaves.head, 7, 0 ))) entry->ebx = entry->ecx = entry->edx = 0;
        if ((entry = features_find( &processor.leaves.head, 0x80000001, 0 ))) entry->edx = 0;
    }
}

static void test_too_many( void **state )
{
    WHV_X64_CPUID_RESULT *results = calloc( 1000, sizeof(*results) );
    WHV_X64_CPUID_RESULT2 *results2 = calloc( 1000, sizeof(*results2) );
    UINT32 i, leaf[CPUID_MAX_ENTRIES], subleaf[CPUID_MAX_ENTRIES];
    WHV_CPUID_OUTPUT out = { 1, 2, 3, 4 };

    (void)state;
    for (i = 0; i < 1000; i++)
    {
        results[i].Function = 0x40000100 + i;
        results2[i].Function = 0x40001000;
        results2[i].Index = i;
        results2[i].Flags = 1;
    }
    processor.props.cpuid_results = results;
    processor.props.cpuid_result_count = 1000;
    processor_build( 0 );
    assert_int_equal( processor.table.head.nent, CPUID_MAX_ENTRIES );
    assert_false( cpuid_replace( &processor.table, 0x12345, 0, &out ));
    assert_true( cpuid_replace( &processor.table, 1, 0, &out ));
    assert_int_equal( cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, CPUID_MAX_ENTRIES ),
                      CPUID_MAX_ENTRIES );
    assert_int_equal( cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, 3 ), 3 );
    processor.props.cpuid_result_count = 0;
    processor.props.cpuid_results2 = results2;
    processor.props.cpuid_result2_count = 1000;
    processor_build( 0 );
    assert_int_equal( processor.table.head.nent, CPUID_MAX_ENTRIES );
    processor.leaves.head.nent = 0;
    processor_build( 0 );
    free( results );
    free( results2 );
}

/* ---- reading ---- */

static void test_dynamic( void **state )
{
    WHV_CPUID_OUTPUT out;

    (void)state;
    processor_build( 0 );
    cpuid_lookup( &processor.table, 1, 0, 0, 1, 0, &out );
    assert_false( out.Ecx & OSXSAVE );
    cpuid_apic( 1, 0xfee00000, &out );
    assert_int_equal( out.Edx & 1 << 9, 0 );
    cpuid_apic( 1, 0xfee00800, &out );
    assert_int_equal( out.Edx & 1 << 9, 1 << 9 );
    cpuid_apic( 7, 0xfee00000, &out );
    assert_int_equal( out.Edx & 1 << 9, 1 << 9 );
    cpuid_lookup( &processor.table, 1, 0, CR4_OSXSAVE, 1, 0, &out );
    assert_true( out.Ecx & OSXSAVE );
    cpuid_lookup( &processor.table, 7, 0, CR4_PKE, 1, 0, &out );
    assert_true( out.Ecx & 1 << 4 );
    cpuid_lookup( &processor.table, 7, 0, 0, 1, 0, &out );
    assert_false( out.Ecx & 1 << 4 );
}

static void test_out_of_range( void **state )
{
    WHV_CPUID_OUTPUT highest;

    (void)state;
    processor.props.processor_count = 2;
    processor_build( 1 );
    /* Intel: the highest basic leaf, with the subleaf that was asked for */
    highest = processor_lookup( 0x1f, 1 );
    assert_output( processor_lookup( 0x20, 1 ), highest.Eax, highest.Ebx, highest.Ecx, highest.Edx );
    assert_output( processor_lookup( 0x3fffffff, 1 ), highest.Eax, highest.Ebx, highest.Ecx, highest.Edx );
    assert_output( processor_lookup( 0x40000001, 1 ), highest.Eax, highest.Ebx, highest.Ecx, highest.Edx );
    assert_output( processor_lookup( 0x80000009, 1 ), highest.Eax, highest.Ebx, highest.Ecx, highest.Edx );
    assert_output( processor_lookup( 0xc0000000, 1 ), highest.Eax, highest.Ebx, highest.Ecx, highest.Edx );
    assert_output( processor_lookup( 0x80000009, 5 ), 0, 0, 5, 1 );
    /* in range, but not there: zero */
    assert_output( processor_lookup( 0x10, 1 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0x80000003, 1 ), 0, 0, 0, 0 );

    processor_setup_amd( state );
    processor_build( 0 );
    assert_output( processor_lookup( 0x11, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0x40000001, 0 ), 0, 0, 0, 0 );
    assert_output( processor_lookup( 0xffffffff, 0xffffffff ), 0, 0, 0, 0 );

    /* nothing at all */
    processor.table.head.nent = 0;
    assert_output( processor_lookup( 0, 0 ), 0, 0, 0, 0 );
}

static void test_replace( void **state )
{
    static const WHV_CPUID_OUTPUT out = { 0x11, 0x22, 0x33, 0x44 };
    UINT32 count;

    (void)state;
    processor_build( 0 );
    count = processor.table.head.nent;
    assert_true( cpuid_replace( &processor.table, 0, 0x1234, &out ));         /* no subleafs: ECX says nothing */
    assert_output( processor_lookup( 0, 0 ), 0x11, 0x22, 0x33, 0x44 );
    assert_true( cpuid_replace( &processor.table, 4, 1, &out ));
    assert_output( processor_lookup( 4, 1 ), 0x11, 0x22, 0x33, 0x44 );
    assert_int_equal( processor_lookup( 4, 0 ).Ebx, processor_intel[2].ebx );
    assert_int_equal( processor.table.head.nent, count );

    assert_true( cpuid_replace( &processor.table, 0x40000010, 0, &out ));
    assert_int_equal( processor.table.head.nent, ++count );
    assert_output( processor_lookup( 0x40000010, 5 ), 0x11, 0x22, 0x33, 0x44 );
    assert_true( cpuid_replace( &processor.table, 0x14, 1, &out ));
    assert_int_equal( processor.table.head.nent, ++count );
    assert_output( processor_lookup( 0x14, 1 ), 0x11, 0x22, 0x33, 0x44 );
    assert_int_not_equal( processor_lookup( 0x14, 0 ).Eax, 0x11 );
}

/* ---- exits ---- */

static void test_exit_leaves( void **state )
{
    UINT32 leaf[CPUID_MAX_ENTRIES], subleaf[CPUID_MAX_ENTRIES], count, i;
    UINT32 list[] = { 0x80000001, 1, 0x40000010, 0xb, 7, 1 };
    static const UINT32 expected[][2] =
    {
        { 0x80000001, 0 }, { 1, 0 }, { 0x40000010, 0 }, { 0xb, 0 }, { 0xb, 1 }, { 7, 0 }, { 7, 1 },
    };

    (void)state;
    processor_build( 0 );
    count = cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, CPUID_MAX_ENTRIES );
    assert_int_equal( count, processor.table.head.nent );
    for (i = 0; i < count; i++)
    {
        assert_int_equal( leaf[i], processor.table.entries[i].function );
        assert_int_equal( subleaf[i], processor.table.entries[i].index );
    }

    processor.props.cpuid_exit_list_set = TRUE;
    assert_int_equal( cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, CPUID_MAX_ENTRIES ), 0 );
    processor.props.cpuid_exits = list;
    processor.props.cpuid_exit_count = ARRAY_SIZE(list);
    count = cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, CPUID_MAX_ENTRIES );
    assert_int_equal( count, ARRAY_SIZE(expected) );
    for (i = 0; i < count; i++)
    {
        assert_int_equal( leaf[i], expected[i][0] );
        assert_int_equal( subleaf[i], expected[i][1] );
    }
    assert_int_equal( cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, 4 ), 4 );
    assert_int_equal( cpuid_exit_leaves( &processor.table, &processor.props, leaf, subleaf, 0 ), 0 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup( test_no_hypervisor, processor_setup_intel ),
        cmocka_unit_test_setup( test_masks, processor_setup_intel ),
        cmocka_unit_test_setup( test_xsave, processor_setup_intel ),
        cmocka_unit_test_setup( test_topology_intel, processor_setup_intel ),
        cmocka_unit_test_setup( test_topology_amd, processor_setup_amd ),
        cmocka_unit_test_setup( test_results, processor_setup_intel ),
        cmocka_unit_test_setup( test_results2, processor_setup_intel ),
        cmocka_unit_test_setup( test_trim, processor_setup_intel ),
        cmocka_unit_test_setup( test_too_many, processor_setup_intel ),
        cmocka_unit_test_setup( test_dynamic, processor_setup_intel ),
        cmocka_unit_test_setup( test_out_of_range, processor_setup_intel ),
        cmocka_unit_test_setup( test_replace, processor_setup_intel ),
        cmocka_unit_test_setup( test_exit_leaves, processor_setup_intel ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
