/*
 * Values that registers can have
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


#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/x86.h"
#include "regs_vcpu.h"

#define BAD ERROR_HV_INVALID_REGISTER_VALUE

/* By the register's own bits, on a processor that has everything in leaves 1 and 80000001h, and nothing in leaf 7. */
static void test_check( void **state )
{
    static const struct { UINT32 name; UINT64 value; HRESULT hr; } rows[] =
    {
        { WHvX64RegisterCr0, 0x60000010, S_OK },            { WHvX64RegisterCr0, 1ull << 32, BAD },
        { WHvX64RegisterCr0, 0x80000011, S_OK },            { WHvX64RegisterCr0, 0x80000010, BAD },
        { WHvX64RegisterCr0, 0xe0000011, S_OK },            { WHvX64RegisterCr0, 0xa0000011, BAD },
        { WHvX64RegisterCr0, 0x1ffaffd1, S_OK },            { WHvX64RegisterCr0, 0x20000010, BAD },
        { WHvX64RegisterCr3, 0xffffffffffff, S_OK },        { WHvX64RegisterCr3, 1ull << 48, BAD },
        { WHvX64RegisterCr3, 0x8000000000001000, BAD },     { WHvX64RegisterCr2, ~0ull >> 1, S_OK },
        { WHvX64RegisterSfmask, 0xffffffff, S_OK },         { WHvX64RegisterSfmask, 1ull << 32, BAD },
        { WHvX64RegisterLstar, 0x7fffffffffff, S_OK },      { WHvX64RegisterLstar, 0x800000000000, BAD },
        { WHvX64RegisterCstar, 0xffff800000000000, S_OK },  { WHvX64RegisterCstar, 0xffff7fffffffffff, BAD },
        { WHvX64RegisterKernelGsBase, ~0ull, S_OK },        { WHvX64RegisterKernelGsBase, ~0ull >> 1, BAD },
        { WHvX64RegisterSysenterEip, 0, S_OK },             { WHvX64RegisterSysenterEip, 1ull << 63, BAD },
        { WHvX64RegisterSysenterEsp, 0x1000, S_OK },        { WHvX64RegisterSysenterEsp, 1ull << 56, BAD },
        { WHvX64RegisterInterruptSspTableAddr, 8, S_OK },   { WHvX64RegisterInterruptSspTableAddr, 1ull << 47, BAD },
        { WHvX64RegisterPl0Ssp, 0x1004, S_OK },             { WHvX64RegisterPl0Ssp, 0x1002, BAD },
        { WHvX64RegisterPl3Ssp, 0xffff800000000ff8, S_OK }, { WHvX64RegisterPl3Ssp, 1ull << 50, BAD },
        /* their bases */
        { WHvX64RegisterFs, 0xffff800000000000, S_OK },     { WHvX64RegisterFs, 0x800000000000, BAD },
        { WHvX64RegisterGs, 0x7fffffffffff, S_OK },         { WHvX64RegisterGs, 1ull << 63, BAD },
        { WHvX64RegisterDs, 1ull << 63, S_OK },             { WHvX64RegisterTr, 1ull << 63, S_OK },
        { WHvX64RegisterCr4, 0x607ff, S_OK },               { WHvX64RegisterCr4, CR4_SMEP, BAD },
        { WHvX64RegisterCr4, 1 << 13, BAD },                { WHvX64RegisterCr4, 1ull << 63, BAD },
        { WHvX64RegisterCr4, 1 << 15, BAD },                { WHvX64RegisterCr4, CR4_LA57, BAD },
        { WHvX64RegisterEfer, 0xcd01, S_OK },               { WHvX64RegisterEfer, 2, BAD },
        { WHvX64RegisterEfer, 0x1000, BAD },                { WHvX64RegisterEfer, 1ull << 32, BAD },
        { WHvX64RegisterEfer, ~0ull, BAD },                 { WHvX64RegisterEfer, 0x2000, BAD },
        { WHvX64RegisterDr6, 1ull << 32, BAD },             { WHvX64RegisterDr7, 1ull << 63, BAD },
        { WHvX64RegisterDr6, 0, S_OK },                     { WHvX64RegisterDr7, 0xffffffff, S_OK },
        { WHvX64RegisterXCr0, 1, S_OK },                    { WHvX64RegisterXCr0, 3, S_OK },
        { WHvX64RegisterXCr0, 0, BAD },                     { WHvX64RegisterXCr0, 2, BAD },
        { WHvX64RegisterXCr0, 5, BAD },                     { WHvX64RegisterXCr0, 1ull << 62 | 3, BAD },
        { WHvX64RegisterXCr0, 0x23, BAD },                  { WHvX64RegisterXCr0, 0xb, BAD },
        { WHvX64RegisterPat, 0x0706050401000000, S_OK },    { WHvX64RegisterPat, 2, BAD },
        { WHvX64RegisterPat, 0x0300, BAD },                 { WHvX64RegisterPat, 0x0800000000000000, BAD },
        { WHvX64RegisterApicBase, 0xfee00900, S_OK },       { WHvX64RegisterApicBase, 0xfee00d00, S_OK },
        { WHvX64RegisterApicBase, 0xfee00500, BAD },        { WHvX64RegisterApicBase, 0xfee00901, BAD },
        { WHvX64RegisterApicBase, 1ull << 48, BAD },        { WHvX64RegisterApicBase, 0xfee00b00, BAD },
    };
    WHV_REGISTER_VALUE value;
    UINT32 i;

    memset( &value, 0, sizeof(value) );
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        WHV_REGISTER_NAME name = rows[i].name;

        value.Reg64 = rows[i].value;
        if (regs_check( *state, &name, 1, &value ) != rows[i].hr)
            fail_msg( "%#x: %#llx", rows[i].name, (unsigned long long)rows[i].value );
    }
}

/* An address of 57 bits is one where the processor has five levels of tables. */
static void test_wide_addresses( void **state )
{
    static const WHV_REGISTER_NAME names[] = { WHvX64RegisterLstar, WHvX64RegisterGs, WHvX64RegisterKernelGsBase };
    struct vp *vp = *state;
    WHV_REGISTER_VALUE value;
    UINT32 i, wide;

    memset( &value, 0, sizeof(value) );
    for (wide = 0; wide < 2; wide++)
    {
        struct kvm_cpuid_entry2 *entry = &vp->arch.cpuid.table->entries[vp->arch.cpuid.table->head.nent];

        if (wide)
        {
            memset( entry, 0, sizeof(*entry) );
            entry->function = 7;
            entry->ecx = 1 << 16;
            vp->arch.cpuid.table->head.nent++;
        }
        for (i = 0; i < ARRAY_SIZE(names); i++)
        {
            value.Reg64 = 0xff00000000000000;
            assert_int_equal( regs_check( vp, &names[i], 1, &value ), wide ? S_OK : BAD );
            value.Reg64 = 0x0100000000000000;
            assert_int_equal( regs_check( vp, &names[i], 1, &value ), BAD );
        }
    }
}

static HRESULT set_cs( struct vp *vp, UINT16 attributes )
{
    WHV_REGISTER_NAME name = WHvX64RegisterCs;
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Segment.Limit = 0xffffffff;
    value.Segment.Attributes = attributes;
    return regs_set( vp, &name, 1, &value );
}

static UINT64 settled( struct vp *vp, WHV_REGISTER_NAME name, UINT64 reg )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = reg;
    assert_int_equal( regs_set( vp, &name, 1, &value ), S_OK );
    assert_int_equal( regs_get( vp, &name, 1, &value ), S_OK );
    return value.Reg64;
}

static UINT64 efer( struct vp *vp )
{
    WHV_REGISTER_NAME name = WHvX64RegisterEfer;
    WHV_REGISTER_VALUE value;

    assert_int_equal( regs_get( vp, &name, 1, &value ), S_OK );
    return value.Reg64;
}

static void test_settle( void **state )
{
    struct vp *vp = *state;

    assert_int_equal( settled( vp, WHvX64RegisterCr0, 0x60000001 ), 0x60000011 );
    assert_int_equal( settled( vp, WHvX64RegisterCr0, 0x7fffffd1 ), 0x60050011 );
    assert_int_equal( settled( vp, WHvX64RegisterDr6, 0 ), 0xffff0ff0 );
    assert_int_equal( settled( vp, WHvX64RegisterDr6, 0xffffffff ), 0xffffefff );
    assert_int_equal( settled( vp, WHvX64RegisterDr7, 0 ), 0x400 );
    assert_int_equal( settled( vp, WHvX64RegisterDr7, 0xffffffff ), 0xffff27ff );
    /* LMA is LME with paging, in whatever order the two come and whatever the client says of it */
    assert_int_equal( settled( vp, WHvX64RegisterEfer, 0xd01 ), 0x901 );
    assert_int_equal( settled( vp, WHvX64RegisterCr0, 0x80000011 ), 0x80000011 );
    assert_int_equal( efer( vp ), 0xd01 );
    assert_int_equal( settled( vp, WHvX64RegisterEfer, 0x100 ), 0x500 );
    assert_int_equal( settled( vp, WHvX64RegisterEfer, 0x401 ), 1 );
    assert_int_equal( settled( vp, WHvX64RegisterEfer, 0x101 ), 0x501 );
    assert_int_equal( settled( vp, WHvX64RegisterCr0, 0x11 ), 0x11 );
    assert_int_equal( efer( vp ), 0x101 );
}

/* KVM takes no code segment of 64 bits outside of long mode; processors do. The segment may be set before the mode is,
 * or after it. */
static void test_odd_code( void **state )
{
    struct vp *vp = *state;
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    vp->arch.lazy.dirty = 0;
    settled( vp, WHvX64RegisterCr0, 0x60000011 );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_int_equal( set_cs( vp, 0xa09b ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, VP_CODE );
    settled( vp, WHvX64RegisterEfer, 0x900 );
    settled( vp, WHvX64RegisterCr0, 0x80000011 );
    assert_int_equal( lazy_write_back( vp ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_int_equal( sregs->cs.l, 1 );

    /* no longer in long mode */
    settled( vp, WHvX64RegisterCr0, 0x11 );
    assert_int_equal( vp->arch.lazy.dirty, VP_CODE );
    assert_int_equal( sregs->cs.l, 1 );
    vp->arch.view.dirty = 0;
    assert_int_equal( lazy_write_back( vp ), S_OK );
    assert_int_equal( sregs->cs.l, 0 );
    assert_int_equal( vp->arch.view.dirty, KVM_SYNC_X86_SREGS );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_int_equal( set_cs( vp, 0xc09b ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );

    /* 64 and 32 bits at once are nothing at all, until that is mended */
    settled( vp, WHvX64RegisterCr0, 0x80000011 );
    assert_int_equal( set_cs( vp, 0xe09b ), S_OK );
    assert_int_equal( lazy_write_back( vp ), BAD );
    assert_int_equal( lazy_write_back( vp ), BAD );
    assert_int_equal( set_cs( vp, 0xa09b ), S_OK );
    assert_int_equal( lazy_write_back( vp ), S_OK );
    assert_int_equal( vp->arch.lazy.dirty, 0 );
    assert_int_equal( sregs->cs.l, 1 );
}

/* What KVM shows may be put back, though it is not on our list. */
static void test_own( void **state )
{
    WHV_REGISTER_NAME name = WHvX64RegisterEfer;
    WHV_REGISTER_VALUE value;
    struct vp *vp = *state;

    vp->run->s.regs.sregs.efer = 0x2001;
    memset( &value, 0, sizeof(value) );
    value.Reg64 = 0x2001;
    assert_int_equal( regs_set( vp, &name, 1, &value ), S_OK );
    assert_int_equal( vp->arch.view.dirty, 0 );
    value.Reg64 = 0x2000;
    assert_int_equal( regs_set( vp, &name, 1, &value ), BAD );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
#define TEST( func ) cmocka_unit_test_setup_teardown( func, setup, teardown )
        TEST( test_check ),
        TEST( test_wide_addresses ),
        TEST( test_settle ),
        TEST( test_odd_code ),
        TEST( test_own ),
#undef TEST
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
