/*
 * Unit tests: the emulator on whole vector registers
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
 * VEX forms: each is executed twice on the same registers and memory, by the emulator, its operand on a device or in
 * RAM, and by this machine's CPU as it stands; all 16 YMM registers must be equal. Then faults, and what a callback is
 * asked for.
 */

#include <sys/mman.h>

#include "../winhvemulation/unixlib.h"
#include "guest_checks.h"
#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/encode.h"
#include "insn/host_cpu.h"
#include "insn/insn.h"
#include "vectors.h"

#define DATA_SIZE  0x2000
#define YMM        XSAVE_EXTENDED

struct cpu_state
{
    UINT64 rax, rcx, rdx, rbx, rflags;
    UINT8 *xsave;
    void  *code;
    UINT64 rdi;
};

extern void avx_run( struct cpu_state *state ) __attribute__((visibility("hidden")));

__asm__( ".text\n"
         "avx_run:\n\t"
         "push %rbx\n\tpush %r12\n\tpush %r13\n\t"
         "movq %rdi, %r12\n\t"
         "movq 40(%r12), %r13\n\t"
         "movl $7, %eax\n\txorl %edx, %edx\n\t"
         "xrstor64 (%r13)\n\t"
         "movq 0(%r12), %rax\n\tmovq 8(%r12), %rcx\n\tmovq 16(%r12), %rdx\n\tmovq 24(%r12), %rbx\n\t"
         "movq 56(%r12), %rdi\n\t"
         "pushq 32(%r12)\n\tpopfq\n\t"
         "call *48(%r12)\n\t"
         "pushfq\n\tpopq 32(%r12)\n\t"
         "movq %rax, 0(%r12)\n\tmovq %rcx, 8(%r12)\n\tmovq %rdx, 16(%r12)\n\tmovq %rbx, 24(%r12)\n\t"
         "movl $7, %eax\n\txorl %edx, %edx\n\t"
         "xsave64 (%r13)\n\t"
         "vzeroupper\n\t"
         "fninit\n\t"
         "pop %r13\n\tpop %r12\n\tpop %rbx\n\t"
         "ret\n" );

static UINT8 *code_page;
static UINT8 data[DATA_SIZE] __attribute__((aligned(4096)));

/* [rbx], or [rdi] where it is implied; the feature is named where the list of insn/encode.c does not say it. */
static const struct { const char *code; char feature; } forms[] =
{
    /* moves: all sizes, loads and stores */
    { "c5fa6f0b", 'a' }, { "c5fe6f0b", 'a' }, { "c57e6f0b", 'a' }, { "c5f8100b", 'a' }, { "c5fc100b", 'a' },
    { "c5f8280b", 'a' }, { "c5fc280b", 'a' }, { "c5fd280b", 'a' }, { "c5f96f0b", 'a' }, { "c5fd6f0b", 'a' },
    { "c5fbf00b", 'a' }, { "c5fff00b", 'a' }, { "c4e2792a0b", 'a' }, { "c4e27d2a0b", 'b' }, { "c5f96e0b", 'a' },
    { "c4e1f96e0b", 'a' }, { "c5fa7e0b", 'a' }, { "c5fa100b", 'a' }, { "c5fb100b", 'a' }, { "c5fa7f0b", 'a' },
    { "c5fe7f0b", 'a' }, { "c57e7f0b", 'a' }, { "c5fc110b", 'a' }, { "c5fc290b", 'a' }, { "c5fd7f0b", 'a' },
    { "c5f82b0b", 'a' }, { "c5fc2b0b", 'a' }, { "c5fd2b0b", 'a' }, { "c5f9e70b", 'a' }, { "c5fde70b", 'a' },
    { "c5f97e0b", 'a' }, { "c4e1f97e0b", 'a' }, { "c5f9d60b", 'a' }, { "c5fa110b", 'a' }, { "c5fb110b", 'a' },
    { "c5f8170b", 'a' }, { "c5f8130b", 'a' }, { "c5e8160b", 'a' }, { "c5e9120b", 'a' }, { "c5fb120b", 'a' },
    { "c5ff120b", 'a' }, { "c5fa120b", 'a' }, { "c5fe160b", 'a' },
    /* broadcasts, inserts, extracts, permutations */
    { "c4e279180b", 0 }, { "c4e27d180b", 0 }, { "c4e27d190b", 0 }, { "c4e27d1a0b", 0 }, { "c4e27d5a0b", 0 },
    { "c4e279780b", 0 }, { "c4e27d790b", 0 }, { "c4e27d580b", 0 }, { "c4e27d590b", 0 }, { "c4e36d180b01", 0 },
    { "c4e36d380b00", 0 }, { "c4e37d190b01", 0 }, { "c4e37d390b01", 0 }, { "c4e3692103b1", 0 }, { "c4e369220b02", 0 },
    { "c4e3e9220b01", 0 }, { "c4e369200b07", 0 }, { "c5e9c40b03", 0 }, { "c4e36d060b21", 0 }, { "c4e36d460b31", 0 },
    { "c4e26d360b", 0 }, { "c4e26d160b", 0 }, { "c4e3fd000b1b", 0 }, { "c4e37d050b05", 0 }, { "c5fd700b1b", 0 },
    { "c4e26d0c0b", 0 },
    /* arithmetic of 128 and of 256 bits, three operands and two, scalars */
    { "c5e8580b", 0 }, { "c5ec580b", 0 }, { "c5ed580b", 0 }, { "c5ea580b", 0 }, { "c5eb580b", 0 }, { "c5ec590b", 0 },
    { "c5ec5e0b", 0 }, { "c5fc510b", 0 }, { "c5ea510b", 0 }, { "c5ec5d0b", 0 }, { "c5ec5f0b", 0 }, { "c5ec540b", 0 },
    { "c5ec570b", 0 }, { "c5ecc20b02", 0 }, { "c5ecc60b1b", 0 }, { "c5ec140b", 0 }, { "c5edd00b", 0 },
    { "c5ef7c0b", 0 }, { "c5fd5a0b", 0 }, { "c5fc5b0b", 0 }, { "c5fe5b0b", 0 }, { "c5fee60b", 0 }, { "c5fde60b", 0 },
    { "c5ea2a0b", 0 }, { "c4e1eb2a0b", 0 }, { "c5ea5a0b", 0 }, { "c5eb5a0b", 0 }, { "c5fc5a0b", 0 },
    { "c4e37d080b01", 0 }, { "c4e3690a0b02", 0 }, { "c4e36d0c0b55", 0 }, { "c4e36d4a0b30", 0 }, { "c4e36d400bf1", 0 },
    { "c5e9fe0b", 0 }, { "c5edfe0b", 0 }, { "c56dfe0b", 0 }, { "c5edd40b", 0 }, { "c5edef0b", 0 }, { "c5eddb0b", 0 },
    { "c5edf40b", 0 }, { "c5edf50b", 0 }, { "c5ed600b", 0 }, { "c5ed6d0b", 0 }, { "c5ed740b", 0 }, { "c5edd20b", 0 },
    { "c5edf20b", 0 }, { "c5edf60b", 0 }, { "c4e26d000b", 0 }, { "c4e26d400b", 0 }, { "c4e36d0f0b05", 0 },
    { "c4e26d290b", 0 }, { "c4e26d450b", 0 }, { "c4e2ed470b", 0 }, { "c4e26d460b", 0 }, { "c4e36d020b5a", 0 },
    { "c4e36d420b25", 0 }, { "c4e27d200b", 0 }, { "c4e27d250b", 0 }, { "c4e27d350b", 0 }, { "c4e27d1c0b", 0 },
    { "c4e27d1e0b", 0 }, { "c4e2790e0b", 0 }, { "c4e27d170b", 0 }, { "c4e27d0f0b", 0 }, { "c4e27d130b", 0 },
    { "c4e2791303", 0 }, { "c4e37d1d0b00", 0 }, { "c4e3791d0b03", 0 }, { "c4e269dc0b", 0 }, { "c4e26ddc0b", 0 },
    { "c4e369440b11", 0 }, { "c4e36d440b01", 0 }, { "c4e26db80b", 0 }, { "c4e2e9b90b", 0 }, { "c4e26dcf0b", 0 },
    { "c4e379630b0c", 0 }, { "c4e379620b4c", 0 },
    /* under a mask */
    { "c4e2692c0b", 'a' }, { "c4e26d2c0b", 'a' }, { "c4e2692d0b", 'a' }, { "c4e26d2d0b", 'a' }, { "c4e2692e0b", 'a' },
    { "c4e26d2e0b", 'a' }, { "c4e2692f0b", 'a' }, { "c4e26d2f0b", 'a' }, { "c4e2698c0b", 'b' }, { "c4e26d8c0b", 'b' },
    { "c4e2e98c0b", 'b' }, { "c4e2ed8c0b", 'b' }, { "c4e2698e0b", 'b' }, { "c4e26d8e0b", 'b' }, { "c4e2e98e0b", 'b' },
    { "c4e2ed8e0b", 'b' }, { "c4e2758c0b", 'b' }, { "c4e26d8e13", 'b' },
    { "660ff7ca", 'm' }, { "c5f9f7ca", 'a' }, { "0ff7ca", 'm' },
    /* gathers: ymm0 by ymm3, mask ymm2 */
    { "c4e26990049b", 'g' }, { "c4e26d90049b", 'g' }, { "c4e2e990049b", 'g' }, { "c4e2ed90049b", 'g' },
    { "c4e26991049b", 'g' }, { "c4e26d91049b", 'g' }, { "c4e2e991049b", 'g' }, { "c4e2ed91049b", 'g' },
    { "c4e26d92449b08", 'g' }, { "c4e2ed92041b", 'g' }, { "c4e26d93045b", 'g' }, { "c4e2ed9344db10", 'g' },
};

static BOOL has_feature( const char *code, char feature )
{
    struct insn_native native;
    UINT8 bytes[16];
    UINT32 count = input_hex( code, bytes );

    switch (feature)
    {
    case 'm': return 1;
    case 'a': return __builtin_cpu_supports( "avx" );
    case 'b':
    case 'g': return __builtin_cpu_supports( "avx2" );
    }
    return SUCCEEDED(native_encode( bytes, count, INSN_MODE_64, &native ));
}

static void fill( UINT8 *xsave, char feature )
{
    static const float singles[] = { 1.5f, -2.25f, 1000000.0f, 0.1f, -0.0f, 3.0f };
    static const double doubles[] = { 1.5, -2.25, 1e10, 0.1, 123.0, -7.0 };
    UINT32 i, k;
    UINT64 value;

    memset( xsave, 0, YMM );
    store16( xsave + FX_FCW, 0x37f );
    store32( xsave + FX_MXCSR, 0x1f80 );
    store64( xsave + XSAVE_XSTATE_BV, XFEATURE_FP | XFEATURE_SSE | XFEATURE_AVX );
    for (i = 0; i < 64; i++)
    {
        value = input_random();
        if (value & 1) for (k = 0; k < 2; k++) memcpy( (UINT8 *)&value + 4 * k, &singles[(value >> 8) % 6], 4 );
        else if (value & 2) memcpy( &value, &doubles[(value >> 8) % 6], 8 );
        store64( (i < 32 ? xsave + FX_XMM : xsave + YMM - 256) + 8 * i, value );
    }
    for (i = 0; i < 128; i += 8) store64( xsave + FX_ST + i, i & 8 ? input_random() & 0xffff : input_random() );
    store16( xsave + FX_FSW, (input_random() & 7) << 11 );
    xsave[FX_FTW] = input_random();
    if (feature == 'g')
    {
        /* indices in both directions, of either size */
        for (i = 0; i < 4; i++)
        {
            value = (input_random() & 0x1f) - 0x10;
            if (input_random() & 1) value = (UINT32)value | (input_random() & 0x1f) << 32;
            store64( (i < 2 ? xsave + FX_XMM : xsave + YMM - 16) + 3 * 16 + 8 * i, value );
        }
    }
    for (i = 0; i < DATA_SIZE; i += 8)
    {
        value = input_random();
        if (value & 4) memcpy( &value, &doubles[(value >> 8) % 6], 8 );
        if (value & 8) memcpy( &value, &singles[(value >> 8) % 6], 4 );
        store64( data + i, value );
    }
}

/* A qword index is an offset that the CPU adds as it stands: only those whose low half is all of it are in our page. */
static void tame_indices( UINT8 *xsave, UINT8 opcode )
{
    UINT32 i;
    UINT8 *place;

    if (!(opcode & 1)) return;
    for (i = 0; i < 4; i++)
    {
        place = (i < 2 ? xsave + FX_XMM : xsave + YMM - 16) + 3 * 16 + 8 * i;
        store64( place, (INT64)(INT32)load32( place ));
    }
}

static void compare( const char *code, const UINT8 *xsave, const struct cpu_state *cpu, UINT32 length )
{
    UINT32 k;

    if (guest.gpr[RAX] != cpu->rax || guest.gpr[RCX] != cpu->rcx || guest.gpr[RDX] != cpu->rdx)
        fail_msg( "%s: registers", code );
    if ((guest.rflags ^ cpu->rflags) & RFLAGS_STATUS) fail_msg( "%s: flags", code );
    for (k = 0; k < 16; k++)
    {
        if (memcmp( guest.xmm[k], xsave + FX_XMM + 16 * k, 16 )) fail_msg( "%s: xmm%u", code, k );
        if (memcmp( guest.lanes[k][1], xsave + YMM + 16 * k, 16 )) fail_msg( "%s: upper half of ymm%u", code, k );
    }
    for (k = 0; k < 8; k++) if (memcmp( guest.st[k], xsave + FX_ST + 16 * k, 10 )) fail_msg( "%s: st%u", code, k );
    if (guest.fp_control.FpControlStatus.FpStatus != load16( xsave + FX_FSW )) fail_msg( "%s: status word", code );
    if (guest.fp_control.FpControlStatus.FpTag != xsave[FX_FTW]) fail_msg( "%s: tag word", code );
    if (guest.xmm_control.XmmControlStatus.XmmStatusControl != load32( xsave + FX_MXCSR ))
        fail_msg( "%s: mxcsr", code );
    if (memcmp( guest.ram, data, DATA_SIZE )) fail_msg( "%s: memory", code );
    if (guest.rip != GUEST_RAM + 0x3000 + length) fail_msg( "%s: rip", code );
}

static void test_against_cpu( void **state )
{
    static UINT8 xsave[YMM + 256] __attribute__((aligned(64)));
    UINT32 i, k, length, round, skipped = 0;
    struct cpu_state cpu;
    UINT8 bytes[16];

    (void)state;
    if (!__builtin_cpu_supports( "avx" )) skip();
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
    {
        const char *code = forms[i].code;

        length = input_hex( code, bytes );
        if (!has_feature( code, forms[i].feature ))
        {
            print_message( "%s: not on this host\n", code );
            skipped++;
            continue;
        }
        for (round = 0; round < 20; round++)
        {
            fill( xsave, forms[i].feature );
            if (forms[i].feature == 'g') tame_indices( xsave, bytes[3] );
            guest_init( &guest, INSN_MODE_64 );
            guest.ram_base = (uintptr_t)data;
            memcpy( guest.ram, data, DATA_SIZE );
            for (k = 0; k < 4; k++) guest.gpr[k] = input_random();
            guest.gpr[RBX] = guest.gpr[RDI] = (uintptr_t)data + 0x800;
            guest.rflags = 2 | (input_random() & RFLAGS_STATUS);
            for (k = 0; k < 16; k++) memcpy( guest.xmm[k], xsave + FX_XMM + 16 * k, 16 );
            for (k = 0; k < 16; k++) memcpy( guest.lanes[k][1], xsave + YMM + 16 * k, 16 );
            for (k = 0; k < 8; k++) memcpy( guest.st[k], xsave + FX_ST + 16 * k, 10 );
            guest.fp_control.FpControlStatus.FpTag = xsave[FX_FTW];
            guest.fp_control.FpControlStatus.FpStatus = load16( xsave + FX_FSW );
            cpu = (struct cpu_state){ guest.gpr[RAX], guest.gpr[RCX], guest.gpr[RDX], guest.gpr[RBX], guest.rflags,
                                      xsave, code_page, guest.gpr[RDI] };

            if (guest_mmio( &guest, bytes, length, 0, 0, 0, 0 ) != SUCCESS) fail_msg( "%s: refused", code );
            if (guest.event.EventPending) fail_msg( "%s: exception %u", code, guest.event.Vector );
            assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 1 );

            memcpy( code_page, bytes, length );
            code_page[length] = 0xc3;
            avx_run( &cpu );
            if (!(load64( xsave + XSAVE_XSTATE_BV ) & XFEATURE_AVX)) memset( xsave + YMM, 0, 256 );
            compare( code, xsave, &cpu, length );
        }
    }
    print_message( "%u forms, %u skipped: not on this host\n", i, skipped );
    assert_true( skipped < i / 2 );
}

static BOOL asked_for( UINT32 name )
{
    UINT32 i;

    for (i = 0; i < guest.req.count; i++) if (guest.req.names[i] == name) return 1;
    return 0;
}

static void test_callbacks( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    memset( guest.xmm[1], 0x11, 16 );
    memset( guest.lanes[1][1], 0x22, 16 );

    /* four pieces, in order; across a page five */
    assert_int_equal( guest_operand( "c5fe7f0b", 0x20, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 4 );
    for (i = 0; i < 4; i++)
    {
        check_access( i, GUEST_MMIO + 0x20 + 8 * i, 8, 1 );
        assert_true( guest.log[i].data == (i < 2 ? 0x1111111111111111 : 0x2222222222222222) );
    }
    assert_int_equal( guest.req.count, 1 );                     /* nothing set but RIP */
    assert_int_equal( guest_operand( "c5fe7f0b", 0xff4, 1 ), SUCCESS );
    assert_int_equal( guest.log[0].kind, EMULATE_TRANSLATE );
    check_access( 1, GUEST_MMIO + 0xff4, 8, 1 );
    check_access( 2, GUEST_MMIO + 0xffc, 4, 1 );
    check_access( 3, GUEST_MMIO + 0x1000, 8, 1 );
    check_access( 5, GUEST_MMIO + 0x1010, 4, 1 );
    assert_int_equal( guest.log_count, 6 );

    /* a load of 128 bits clears what is above; a legacy one doesn't, and asks for nothing that it need not */
    assert_int_equal( guest_operand( "0f100b", 0, 0 ), SUCCESS );
    assert_true( asked_for( WHvX64RegisterXmm1 ) && !asked_for( WHV_VECTOR_LANE( 1, 1 )));
    assert_int_equal( guest.lanes[1][1][0], 0x22 );
    guest.refuses_lanes = 1;
    assert_int_equal( guest_operand( "660ffe0b", 0, 0 ), SUCCESS );
    assert_int_equal( guest_operand( "c5f8290b", 0, 1 ), SUCCESS );      /* vmovaps [rbx], xmm1 */
    assert_int_equal( guest_operand( "8b03", 0, 0 ), SUCCESS );
    for (i = 0; i < guest.req.count; i++) assert_true( guest.req.names[i] < WHvX64RegisterXmm0 );
    guest.refuses_lanes = 0;
    assert_int_equal( guest_operand( "c5f8100b", 0, 0 ), SUCCESS );      /* vmovups xmm1, [rbx] */
    assert_true( asked_for( WHV_VECTOR_LANE( 1, 1 )));
    assert_int_equal( guest.lanes[1][1][0], 0 );

    /* a client that knows no such names: nothing has happened */
    guest.refuses_lanes = 1;
    assert_int_equal( guest_operand( "c5fe6f0b", 0, 0 ), GET_FAILED );
    assert_int_equal( guest_operand( "c5fe7f0b", 0, 1 ), GET_FAILED );
    assert_int_equal( guest_operand( "c4e26d2e0b", 0, 1 ), GET_FAILED );
    if (__builtin_cpu_supports( "avx2" )) assert_int_equal( guest_operand( "c5edfe0b", 0, 0 ), GET_FAILED );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
    assert_int_equal( guest.log_count, 0 );
}

static void test_faults( void **state )
{
    static const char * const list[] = { "c5fe6f0b", "c5fe7f0b", "c4e26d2c0b", "c4e26d2e0b", "c5f9f7ca",
                                         "c4e26d90049b" };
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.xcr0 = 3;
        check_operand_fault( list[i], 0, 6 );
        guest.xcr0 = 7;
        guest.cr4 &= ~0x40000ull;
        check_operand_fault( list[i], 0, 6 );
        guest.cr4 |= 0x40000;
        guest.cr0 |= 8;
        check_operand_fault( list[i], 0, 7 );
        guest_init( &guest, INSN_MODE_32 );
        guest.rflags |= 0x20000;                                /* virtual 8086 mode */
        check_operand_fault( list[i], 0, 6 );
    }
    guest_init( &guest, INSN_MODE_64 );
    guest.cr4 = 0x40400;
    check_operand_fault( "660ff7ca", 0, 6 );
    guest.cr4 = 0x40600;
    guest.fp_control.FpControlStatus.FpStatus = 0x8081;
    check_operand_fault( "0ff7ca", 0, 16 );
    guest.cr0 |= 4;
    check_operand_fault( "0ff7ca", 0, 6 );

    /* 32 bytes are aligned to 32, or need not be aligned */
    guest_init( &guest, INSN_MODE_64 );
    check_operand_fault( "c5fd6f0b", 16, 13 );
    check_operand_fault( "c5fde70b", 8, 13 );
    check_operand_fault( "c4e27d2a0b", 16, 13 );
    assert_int_equal( guest_operand( "c5fe6f0b", 3, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    if (__builtin_cpu_supports( "avx" )) assert_int_equal( guest_operand( "c5ec580b", 3, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    assert_int_equal( guest_operand( "c4e26d2c0b", 3, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );

    /* an unmasked exception leaves the upper half as well */
    if (!__builtin_cpu_supports( "avx" )) skip();
    guest.xmm_control.XmmControlStatus.XmmStatusControl = 0x1d80;
    memset( guest.lanes[1][1], 0x33, 16 );
    store32( guest.lanes[2][1], 0x3f800000 );
    assert_int_equal( guest_operand( "c5ec5e0b", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.Vector, 19 );
    assert_int_equal( guest.lanes[1][1][0], 0x33 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.XmmStatusControl & 4, 4 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_against_cpu ),
        cmocka_unit_test( test_callbacks ),
        cmocka_unit_test( test_faults ),
    };

    code_page = mmap( NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (code_page == MAP_FAILED) return 1;
    return cmocka_run_group_tests_name( "emulate_avx", tests, NULL, NULL );
}
