/*
 * WinHvEmulation: instructions of all forms
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

#include "guest.h"

static void test_mmio( void )
{
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA + 0x10;
    guest.gpr[0].Reg64 = 0x1122334455667788;
    CHECK_STATUS( MMIO( "\x89\x03", 0x10, TRUE ), SUCCESS );            /* mov [rbx], eax */
    check_mmio( 0, MMIO_GPA + 0x10, 0x84, 0x55667788 );
    ok( guest.set_count == 1, "set %u times\n", guest.set_count );
    ok( guest.set_after == 1, "set after %u accesses\n", guest.set_after );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );

    guest.mmio_data = 0xaabbccddeeff0011;
    CHECK_STATUS( MMIO( "\x8b\x03", 0x10, FALSE ), SUCCESS );           /* mov eax, [rbx] */
    ok( guest.gpr[0].Reg64 == 0xeeff0011, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );
    CHECK_STATUS( MMIO( "\x48\x0f\xb7\x0b", 0x10, FALSE ), SUCCESS );   /* movzx rcx, word [rbx] */
    ok( guest.gpr[1].Reg64 == 0x11, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );

    CHECK_STATUS( MMIO( "\x8a\x2b", 0x10, FALSE ), SUCCESS );           /* mov ch, [rbx] */
    ok( guest.gpr[1].Reg64 == 0x1111, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    guest.mmio_data = 0xaabbccddeeff8091;
    CHECK_STATUS( MMIO( "\x66\x0f\xbe\x0b", 0x10, FALSE ), SUCCESS );   /* movsx cx, byte [rbx] */
    ok( guest.gpr[1].Reg64 == 0xff91, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    CHECK_STATUS( MMIO( "\x48\x63\x0b", 0x10, FALSE ), SUCCESS );       /* movsxd rcx, dword [rbx] */
    ok( guest.gpr[1].Reg64 == 0xffffffffeeff8091, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    guest.mmio_count = 0;
    CHECK_STATUS( MMIO( "\x88\x2b", 0x10, TRUE ), SUCCESS );            /* mov [rbx], ch */
    check_mmio( 0, MMIO_GPA + 0x10, 0x81, 0x80 );
    CHECK_STATUS( MMIO( "\xc6\x03\x81", 0x10, TRUE ), SUCCESS );        /* mov byte [rbx], 81h */
    check_mmio( 1, MMIO_GPA + 0x10, 0x81, 0x81 );

    /* somewhere else than the exit says: registers count */
    guest.mmio_count = 0;
    CHECK_STATUS( MMIO( "\x89\x03", 0x1010, TRUE ), SUCCESS );
    check_mmio( 0, MMIO_GPA + 0x10, 0x84, 0xeeff0011 );

    /* read-modify-write, flags */
    guest.mmio_count = 0;
    guest.mmio_data = 0xffffffff;
    CHECK_STATUS( MMIO( "\x83\x03\x01", 0x10, FALSE ), SUCCESS );       /* add dword [rbx], 1 */
    check_mmio( 0, MMIO_GPA + 0x10, 0x04, 0 );
    check_mmio( 1, MMIO_GPA + 0x10, 0x84, 0 );
    ok( (guest.rflags.Reg64 & 0x8d5) == 0x55, "got flags %#llx\n", (unsigned long long)guest.rflags.Reg64 );

    guest.mmio_count = 0;
    guest.mmio_data = 5;
    guest.gpr[0].Reg64 = 5;
    guest.gpr[1].Reg64 = 7;
    CHECK_STATUS( MMIO( "\xf0\x0f\xb1\x0b", 0x10, TRUE ), SUCCESS );    /* lock cmpxchg [rbx], ecx */
    check_mmio( 1, MMIO_GPA + 0x10, 0x84, 7 );
    ok( guest.rflags.Reg64 & 0x40, "got flags %#llx\n", (unsigned long long)guest.rflags.Reg64 );

    /* across a page: two callbacks, or more */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA + 0xffe;
    guest.gpr[0].Reg64 = 0x1122334455667788;
    CHECK_STATUS( MMIO( "\x48\x89\x03", 0xffe, TRUE ), SUCCESS );       /* mov [rbx], rax */
    check_mmio( 0, MMIO_GPA + 0xffe, 0x82, 0x7788 );
    check_mmio( 1, MMIO_GPA + 0x1000, 0x86, 0x112233445566 );

    /* 16 bytes */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.xmm[2].Reg128.Low64 = 0x0123456789abcdef;
    guest.xmm[2].Reg128.High64 = 0xfedcba9876543210;
    CHECK_STATUS( MMIO( "\x0f\x11\x13", 0, TRUE ), SUCCESS );           /* movups [rbx], xmm2 */
    check_mmio( 0, MMIO_GPA, 0x88, 0x0123456789abcdef );
    check_mmio( 1, MMIO_GPA + 8, 0x88, 0xfedcba9876543210 );

    if (!winetest_platform_is_wine)
    {
        skip( "no vector arithmetic there\n" );
        return;
    }
    guest.mmio_count = 0;
    guest.mmio_data = 0x0000000100000002;
    CHECK_STATUS( MMIO( "\x66\x0f\xfe\x13", 0, FALSE ), SUCCESS );      /* paddd xmm2, [rbx] */
    check_mmio( 0, MMIO_GPA, 0x08, 0 );
    check_mmio( 1, MMIO_GPA + 8, 0x08, 0 );
    ok( guest.xmm[2].Reg128.Low64 == 0x0123456889abcdf1, "got %#llx\n", (unsigned long long)guest.xmm[2].Reg128.Low64 );
    ok( guest.xmm[2].Reg128.High64 == 0xfedcba9976543212, "got %#llx\n",
        (unsigned long long)guest.xmm[2].Reg128.High64 );
    CHECK_STATUS( MMIO( "\xf3\x0f\xb8\x03", 0, FALSE ), SUCCESS );      /* popcnt eax, [rbx] */
    ok( guest.gpr[0].Reg64 == 1, "got rax %#llx\n", (unsigned long long)guest.gpr[0].Reg64 );

    /* 32 bytes: four callbacks; a load of 16 clears what is above; the elements that a mask has */
    guest.mmio_count = 0;
    guest.upper[2].Reg128.Low64 = 0x1111111122222222;
    guest.upper[2].Reg128.High64 = 0x3333333344444444;
    CHECK_STATUS( MMIO( "\xc5\xfe\x7f\x13", 0, TRUE ), SUCCESS );       /* vmovdqu [rbx], ymm2 */
    check_mmio( 0, MMIO_GPA, 0x88, 0x0123456889abcdf1 );
    check_mmio( 2, MMIO_GPA + 16, 0x88, 0x1111111122222222 );
    check_mmio( 3, MMIO_GPA + 24, 0x88, 0x3333333344444444 );
    guest.mmio_count = 0;
    guest.xmm[3].Reg128.Low64 = 0x8000000000000000;
    guest.upper[3].Reg128.High64 = 0x7fffffff80000000;
    CHECK_STATUS( MMIO( "\xc4\xe2\x65\x2e\x13", 0, TRUE ), SUCCESS );   /* vmaskmovps [rbx], ymm3, ymm2 */
    ok( guest.mmio_count == 2, "%u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 4, 0x84, 0x01234568 );
    check_mmio( 1, MMIO_GPA + 24, 0x84, 0x44444444 );
    guest.mmio_count = 0;
    guest.gpr[7].Reg64 = MMIO_GPA;
    guest.xmm[3].Reg128.Low64 = 0x0000000000008000;
    guest.xmm[3].Reg128.High64 = 0;
    CHECK_STATUS( MMIO( "\x66\x0f\xf7\xd3", 0, TRUE ), SUCCESS );       /* maskmovdqu xmm2, xmm3 */
    ok( guest.mmio_count == 1, "%u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 1, 0x81, 0xcd );
    guest.mmio_data = 7;
    CHECK_STATUS( MMIO( "\xc5\xfa\x6f\x13", 0, FALSE ), SUCCESS );      /* vmovdqu xmm2, [rbx] */
    ok( guest.xmm[2].Reg128.High64 == 7, "got %#llx\n", (unsigned long long)guest.xmm[2].Reg128.High64 );
    ok( !guest.upper[2].Reg128.Low64 && !guest.upper[2].Reg128.High64, "the upper half is left\n" );

    /* nothing is touched when the client can't give them */
    guest.set_count = guest.mmio_count = 0;
    guest.get_result = E_FAIL;
    CHECK_STATUS( MMIO( "\xc5\xfe\x7f\x03", 0, TRUE ), 0x40 );          /* vmovdqu [rbx], ymm0 */
    ok( !guest.set_count && !guest.mmio_count, "set %u times, %u accesses\n", guest.set_count, guest.mmio_count );
    guest.get_result = S_OK;
    /* AVX-512 is moves */
    CHECK_STATUS( MMIO( "\x62\xf1\x6d\x48\xfe\x0b", 0, FALSE ), 2 );   /* vpaddd zmm1, zmm2, [rbx] */
}

/* What Microsoft's emulator does not have. */
static void test_other_forms( void )
{
    UINT32 i;

    if (!winetest_platform_is_wine)
    {
        skip( "they are not emulated there\n" );
        return;
    }
    /* 512 bytes in pieces */
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.xmm[15].Reg128.High64 = 0x0123456789abcdef;
    CHECK_STATUS( MMIO( "\x0f\xae\x03", 0, TRUE ), SUCCESS );           /* fxsave [rbx] */
    ok( guest.mmio_count == 52, "got %u accesses\n", guest.mmio_count );
    for (i = 0; i < guest.mmio_count; i++) ok( guest.mmio_size[i] == 0x88, "got size %#x\n", guest.mmio_size[i] );
    check_mmio( 51, MMIO_GPA + 408, 0x88, 0x0123456789abcdef );
    guest.mmio_count = 0;
    guest.mmio_data = 0x1111;
    CHECK_STATUS( MMIO( "\x0f\xae\x0b", 0, FALSE ), SUCCESS );          /* fxrstor [rbx] */
    ok( guest.xmm[15].Reg128.Low64 == 0x1111, "got %#llx\n", (unsigned long long)guest.xmm[15].Reg128.Low64 );
    ok( guest.set_count == 2, "set %u times\n", guest.set_count );
    guest.gpr[3].Reg64 = MMIO_GPA + 8;
    CHECK_STATUS( MMIO( "\x0f\xae\x03", 8, TRUE ), SUCCESS );
    ok( guest.event.ExceptionEvent.EventPending && guest.event.ExceptionEvent.Vector == 13, "got event %#llx\n",
        (unsigned long long)guest.event.Reg128.Low64 );

    /* a stack in the device */
    reset_guest();
    guest.gpr[4].Reg64 = 0x1000;
    guest.gpr[5].Reg64 = MMIO_GPA + 0x10;
    guest.mmio_data = 0x5555;
    CHECK_STATUS( MMIO( "\xc9", 0x10, FALSE ), SUCCESS );                /* leave */
    ok( guest.gpr[5].Reg64 == 0x5555, "got rbp %#llx\n", (unsigned long long)guest.gpr[5].Reg64 );
    ok( guest.gpr[4].Reg64 == MMIO_GPA + 0x18, "got rsp %#llx\n", (unsigned long long)guest.gpr[4].Reg64 );
    guest.mmio_count = 0;
    CHECK_STATUS( MMIO( "\xc8\x20\x00\x00", 0x10, TRUE ), SUCCESS );    /* enter 0x20, 0 */
    check_mmio( 0, MMIO_GPA + 0x10, 0x88, 0x5555 );
    ok( guest.gpr[4].Reg64 == MMIO_GPA - 0x10, "got rsp %#llx\n", (unsigned long long)guest.gpr[4].Reg64 );

    /* a table register is stored */
    guest.mmio_count = 0;
    guest.gpr[3].Reg64 = MMIO_GPA;
    CHECK_STATUS( MMIO( "\x0f\x01\x03", 0, TRUE ), SUCCESS );           /* sgdt [rbx] */
    check_mmio( 0, MMIO_GPA, 0x88, 0x12345678007f );
    check_mmio( 1, MMIO_GPA + 8, 0x82, 0 );

    /* a selector without a descriptor: beyond the table */
    guest.mmio_data = 0x80;
    CHECK_STATUS( MMIO( "\x8e\x23", 0, FALSE ), SUCCESS );              /* mov fs, [rbx] */
    ok( guest.event.ExceptionEvent.Vector == 13 && guest.event.ExceptionEvent.ErrorCode == 0x80, "got event %#llx\n",
        (unsigned long long)guest.event.Reg128.Low64 );
}

static void test_fetch( void )
{
    reset_guest();
    guest.gpr[3].Reg64 = MMIO_GPA;
    guest.gpr[0].Reg64 = 0x12345678;
    CHECK_STATUS( try_mmio( "\x89\x03", 2, 0, TRUE, FALSE ), SUCCESS );
    check_mmio( 0, MMIO_GPA, 0x84, 0x12345678 );
    ok( guest.translate_count, "rip was not translated\n" );
    ok( guest.ram_count, "no bytes were read\n" );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
}

static void test_string( void )
{
    UINT32 i;

    reset_guest();
    guest.gpr[1].Reg64 = 4;
    guest.gpr[6].Reg64 = RAM_GPA + 0x100;
    guest.gpr[7].Reg64 = MMIO_GPA + 0x20;
    for (i = 0; i < 16; i++) guest.ram[0x100 + i] = i;
    CHECK_STATUS( MMIO( "\xf3\xa5", 0x20, TRUE ), SUCCESS );            /* rep movsd */
    ok( guest.mmio_count == 4, "got %u accesses\n", guest.mmio_count );
    check_mmio( 0, MMIO_GPA + 0x20, 0x84, 0x03020100 );
    check_mmio( 3, MMIO_GPA + 0x2c, 0x84, 0x0f0e0d0c );
    ok( !guest.gpr[1].Reg64, "got rcx %#llx\n", (unsigned long long)guest.gpr[1].Reg64 );
    ok( guest.gpr[6].Reg64 == RAM_GPA + 0x110, "got rsi %#llx\n", (unsigned long long)guest.gpr[6].Reg64 );
    ok( guest.gpr[7].Reg64 == MMIO_GPA + 0x30, "got rdi %#llx\n", (unsigned long long)guest.gpr[7].Reg64 );
    ok( guest.rip.Reg64 == CODE + 2, "got rip %#llx\n", (unsigned long long)guest.rip.Reg64 );
    ok( guest.set_count == 1, "set %u times\n", guest.set_count );
}

START_TEST(forms)
{
    HRESULT hr;

    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
    if (hr != S_OK) return;
    test_mmio();
    test_other_forms();
    test_fetch();
    test_string();
    hr = WHvEmulatorDestroyEmulator( emulator );
    ok( hr == S_OK, "got %#lx\n", (unsigned long)hr );
}
