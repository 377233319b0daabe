/*
 * Unit tests: the emulator's images of the x87 and SSE state
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

#include "emulate/state.h"
#include "guest_checks.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/insn.h"

static UINT8 host_image[512] __attribute__((aligned(16))), other_image[512] __attribute__((aligned(16)));

/* This CPU's state after a few instructions, into the guest's registers. */
static void load_host_state( void )
{
    static const double zero = 0, one = 1, infinity = 1e308 * 10;
    UINT32 i;

    __asm__ volatile( "fninit; fldl %0; fldl %1; fldpi; fldl %2; fldl2e; fstp %%st(3)" : : "m" (zero), "m" (one),
                      "m" (infinity) );
    __asm__ volatile( "fxsave64 %0; fninit" : "=m" (host_image) );
    memset( &guest.fp_control, 0, sizeof(guest.fp_control) );
    memcpy( &guest.fp_control, host_image, 16 );
    memcpy( &guest.xmm_control, host_image + 16, 16 );
    for (i = 0; i < 8; i++) memcpy( guest.st[i], host_image + FX_ST + i * 16, 10 );
    for (i = 0; i < 16; i++) memset( guest.xmm[i], 0x10 + i, 16 );
    for (i = 0; i < 16; i++) memset( host_image + FX_XMM + i * 16, 0x10 + i, 16 );
}

static void test_fxsave( void **state )
{
    struct guest before;
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    memset( guest.ram + 0x100, 0xcc, 512 );
    assert_int_equal( guest_run( "480fae03" ), SUCCESS );                     /* fxsave64 */
    assert_memory_equal( guest.ram + 0x100, host_image, FX_END );
    for (i = FX_END; i < 512; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    assert_int_equal( count_accesses( 1 ), FX_END / 8 );

    before = guest;
    memset( guest.st, 0, sizeof(guest.st) );
    memset( guest.xmm, 0, sizeof(guest.xmm) );
    memset( &guest.fp_control, 0, sizeof(guest.fp_control) );
    assert_int_equal( guest_run( "480fae0b" ), SUCCESS );                     /* fxrstor64 */
    assert_memory_equal( guest.st, before.st, sizeof(before.st) );
    assert_memory_equal( guest.xmm, before.xmm, sizeof(before.xmm) );
    assert_memory_equal( &guest.fp_control, &before.fp_control, 16 );

    /* without REX.W the pointers are cut; without OSFXSR there are no XMM registers; 8 of them outside of 64-bit
     * code */
    assert_int_equal( guest_run( "0fae03" ), SUCCESS );
    assert_int_equal( load32( guest.ram + 0x100 + FX_FIP + 4 ), 0 );
    guest.cr4 &= ~0x200ull;
    assert_int_equal( guest_run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), FX_XMM / 8 );
    guest.cr4 |= 0x200;
    guest.efer = 1 << 14;                                               /* FFXSR */
    assert_int_equal( guest_run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), FX_XMM / 8 );
    guest_init( &guest, INSN_MODE_32 );
    guest.gpr[RBX] = GUEST_MMIO;
    assert_int_equal( guest_run( "0fae03" ), SUCCESS );
    assert_int_equal( count_accesses( 1 ), (FX_XMM + 128) / 8 );

    guest.gpr[RBX] = GUEST_RAM + 0x108;
    check_fault( "0fae03", 13, 0 );
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    memset( guest.ram + 0x100, 0, 512 );
    store32( guest.ram + 0x100 + FX_MXCSR, 0x80000000 );
    before = guest;
    check_fault( "0fae0b", 13, 0 );
    assert_memory_equal( guest.xmm, before.xmm, sizeof(before.xmm) );
    guest.cr0 |= 8;
    check_fault( "0fae03", 7, NO_ERROR_CODE );
    guest.cr0 = 4;
    check_fault( "0fae0b", 7, NO_ERROR_CODE );

    /* an exception that the image lets through is seen in the status word */
    guest.cr0 = 0x20;
    store32( guest.ram + 0x100 + FX_MXCSR, 0x1f80 );
    store16( guest.ram + 0x100 + FX_FCW, 0x37e );
    store16( guest.ram + 0x100 + FX_FSW, 0x0001 );
    assert_int_equal( guest_run( "0fae0b" ), SUCCESS );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, 0x8081 );
}

static void test_xsave( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    guest.gpr[RAX] = 3;
    guest.gpr[RDX] = 0;
    memset( guest.ram + 0x100, 0xcc, 576 );
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0x10 );
    assert_int_equal( guest_run( "480fae23" ), SUCCESS );
    assert_memory_equal( guest.ram + 0x100, host_image, FX_END );
    assert_int_equal( load64( guest.ram + 0x100 + XSAVE_XSTATE_BV ), 0x13 );
    assert_int_equal( guest.ram[0x100 + XSAVE_XCOMP_BV], 0xcc );
    /* one component: the other's bytes stay */
    memset( guest.ram + 0x100, 0xcc, 576 );
    guest.gpr[RAX] = 1;
    assert_int_equal( guest_run( "480fae23" ), SUCCESS );
    for (i = FX_MXCSR; i < FX_ST; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    for (i = FX_XMM; i < XSAVE_XSTATE_BV; i++) assert_int_equal( guest.ram[0x100 + i], 0xcc );
    assert_memory_equal( guest.ram + 0x100 + FX_ST, host_image + FX_ST, 128 );

    /* a component that the image does not hold becomes what it was at reset */
    memset( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0, 64 );
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 2 );
    store32( guest.ram + 0x100 + FX_MXCSR, 0x1f80 );
    guest.gpr[RAX] = 3;
    assert_int_equal( guest_run( "480fae2b" ), SUCCESS );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, 0 );
    for (i = 0; i < 16; i++) assert_int_equal( guest.xmm[i][0], 0xcc );

    guest.ram[0x100 + XSAVE_XCOMP_BV] = 1;
    check_fault( "480fae2b", 13, 0 );
    guest.ram[0x100 + XSAVE_XCOMP_BV] = 0;
    store64( guest.ram + 0x100 + XSAVE_XSTATE_BV, 0x100 );
    check_fault( "480fae2b", 13, 0 );
    guest.gpr[RAX] = 7;                                                 /* AVX: no names */
    check_refused( "480fae23" );
    guest.gpr[RAX] = 3;
    guest.gpr[RBX] = GUEST_RAM + 0x110;
    check_fault( "0fae23", 13, 0 );
    guest.cr4 &= ~0x40000ull;
    check_fault( "0fae23", 6, NO_ERROR_CODE );
}

static void test_fpu_environment( void **state )
{
    UINT8 env[108];
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    load_host_state();
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    __asm__ volatile( "fxrstor64 %1; fnstenv %0; fxsave64 %2; fninit" : "=m" (env) : "m" (host_image),
                      "m" (other_image) : "memory" );
    assert_int_equal( guest_run( "d933" ), SUCCESS );
    /* the selectors are some processors' to keep; QEMU's own leaves the upper halves of the words 0, where processors
     * have ones */
    for (i = 0; i < 12; i += 4)
    {
        assert_int_equal( load16( guest.ram + 0x100 + i ), load16( env + i ));
        assert_int_equal( load16( guest.ram + 0x102 + i ), 0xffff );
    }
    assert_int_equal( load16( guest.ram + 0x100 + 24 ), 0 );
    assert_int_equal( load16( guest.ram + 0x102 + 24 ), 0xffff );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, load16( other_image ));
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, load16( other_image + 2 ));

    __asm__ volatile( "fxrstor64 %1; fnsave %0; fxsave64 %2" : "=m" (env) : "m" (host_image),
                      "m" (other_image) : "memory" );
    load_host_state();
    assert_int_equal( guest_run( "dd33" ), SUCCESS );
    for (i = 0; i < 12; i += 4) assert_int_equal( load32( guest.ram + 0x100 + i ), load16( env + i ) | 0xffff0000 );
    assert_memory_equal( guest.ram + 0x11c, env + 28, 80 );
    assert_int_equal( count_accesses( 1 ), 14 );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, 0 );
    assert_int_equal( guest_run( "dd23" ), SUCCESS );                         /* frstor */
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, host_image[FX_FTW] );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, load16( host_image + FX_FSW ));
    for (i = 0; i < 8; i++) assert_memory_equal( guest.st[i], host_image + FX_ST + i * 16, 10 );

    /* the formats: 16 bits, real mode */
    guest_init( &guest, INSN_MODE_16 );
    guest.gpr[RBX] = 0x100;
    guest.fp_control.FpControlStatus.FpStatus = 0x3800;
    guest.fp_control.FpControlStatus.LastFpOp = 0x5a5;
    guest.fp_control.FpControlStatus.LastFpRip = 0x9abcde;
    guest.xmm_control.XmmControlStatus.LastFpRdp = 0x1234567;
    assert_int_equal( guest_run( "d937" ), SUCCESS );
    assert_int_equal( load16( guest.ram + 0x104 ), 0xffff );
    assert_int_equal( load16( guest.ram + 0x106 ), 0xbcde );
    assert_int_equal( load16( guest.ram + 0x108 ), 0xa5a5 );
    assert_int_equal( load16( guest.ram + 0x10a ), 0x4567 );
    assert_int_equal( load16( guest.ram + 0x10c ), 0x3000 );
    assert_int_equal( guest_run( "66d937" ), SUCCESS );
    assert_int_equal( load32( guest.ram + 0x10c ), 0xffffbcde );
    assert_int_equal( load32( guest.ram + 0x110 ), 0x9a5a5 );
    assert_int_equal( load32( guest.ram + 0x118 ), 0x123000 );
    guest.fp_control.FpControlStatus.LastFpRip = 0;
    assert_int_equal( guest_run( "66d927" ), SUCCESS );                       /* fldenv */
    assert_int_equal( guest.fp_control.FpControlStatus.LastFpRip, 0x9abcde );
    assert_int_equal( guest.fp_control.FpControlStatus.LastFpOp, 0x5a5 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.LastFpRdp, 0x1234567 );

    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RBX] = GUEST_RAM + 0x100;
    guest.cr0 |= 4;
    check_fault( "d933", 7, NO_ERROR_CODE );
    guest.cr0 = 0x20;
    guest.fp_control.FpControlStatus.FpControl = 0x37e;
    guest.fp_control.FpControlStatus.FpStatus = 0x8081;
    check_fault( "d923", 16, NO_ERROR_CODE );
    assert_int_equal( guest_run( "d933" ), SUCCESS );                         /* waits for nothing, and masks it */
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, 0x37f );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus, 1 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_fxsave ),
        cmocka_unit_test( test_xsave ),
        cmocka_unit_test( test_fpu_environment ),
    };

    return cmocka_run_group_tests_name( "emulate_fpu", tests, NULL, NULL );
}
