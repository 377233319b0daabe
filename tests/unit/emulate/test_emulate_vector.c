/*
 * Tests of the emulator: x87, vector and newer general instructions
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
 * Each instruction is executed twice on the same registers and memory: by the emulator, its operand on a device or in
 * RAM, and by this machine's CPU as it stands. Then faults, refusals, and what a callback is asked for.
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

struct cpu_state
{
    UINT64 rax, rcx, rdx, rbx, rflags;
    UINT8 *fx;
    void  *code;
};

extern void cpu_run( struct cpu_state *state ) __attribute__((visibility("hidden")));

__asm__( ".text\n"
         "cpu_run:\n\t"
         "push %rbx\n\tpush %r12\n\tpush %r13\n\t"
         "movq %rdi, %r12\n\t"
         "movq 40(%r12), %r13\n\t"
         "fxrstor64 (%r13)\n\t"
         "movq 0(%r12), %rax\n\tmovq 8(%r12), %rcx\n\tmovq 16(%r12), %rdx\n\tmovq 24(%r12), %rbx\n\t"
         "pushq 32(%r12)\n\tpopfq\n\t"
         "call *48(%r12)\n\t"
         "pushfq\n\tpopq 32(%r12)\n\t"
         "movq %rax, 0(%r12)\n\tmovq %rcx, 8(%r12)\n\tmovq %rdx, 16(%r12)\n\tmovq %rbx, 24(%r12)\n\t"
         "fxsave64 (%r13)\n\t"
         "fninit\n\t"
         "pop %r13\n\tpop %r12\n\tpop %rbx\n\t"
         "ret\n" );

static UINT8 *code_page;
static UINT8 data[64] __attribute__((aligned(64)));

/* All with [rbx]; what this CPU has not is counted as skipped. */
static const char * const forms[] =
{
    /* x87: loads, stores, arithmetic, integers, BCD, the control word */
    "d903", "dd03", "db2b", "d913", "d91b", "dd13", "dd1b", "db3b", "df03", "db03", "df2b", "df13", "df1b", "db13",
    "db1b", "df3b", "df0b", "db0b", "dd0b", "df23", "df33", "d92b", "d93b", "dd3b",
    "d803", "d80b", "d813", "d81b", "d823", "d82b", "d833", "d83b", "dc03", "dc0b", "dc13", "dc1b", "dc23", "dc2b",
    "dc33", "dc3b", "da03", "da0b", "da13", "da1b", "da23", "da2b", "da33", "da3b", "de03", "de0b", "de13", "de1b",
    "de23", "de2b", "de33", "de3b",
    /* MMX */
    "0f6f03", "0f7f03", "0f6e03", "0f7e03", "480f6e0b", "480f7e0b", "0ffe0b", "0ffc0b", "0ffd0b", "0fd40b", "0feb0b",
    "0fef0b", "0fdb0b", "0fdf0b", "0ff50b", "0fd50b", "0fe50b", "0f600b", "0f610b", "0f620b", "0f630b", "0f6b0b",
    "0f670b", "0f680b", "0f740b", "0f750b", "0f760b", "0f640b", "0fd10b", "0fd20b", "0fd30b", "0ff10b", "0fe10b",
    "0fe70b", "0f700b1b", "0ff60b", "0fe00b", "0fe30b", "0fc40b02", "0f38000b", "0f38010b", "0f381c0b", "0f3a0f0b03",
    "0f2a0b", "660f2a0b", "0f2d0b",
    /* SSE: moves that the table has not */
    "660f6e0b", "66480f6e0b", "660f7e0b", "f30f7e0b", "660fd60b", "f30f120b", "f30f160b", "f20f120b", "f20ff00b",
    "0f2b0b", "660fe70b", "660f382a0b", "0f160b", "660f170b", "0f130b",
    /* SSE arithmetic */
    "0f580b", "660f580b", "f30f580b", "f20f580b", "0f590b", "f20f590b", "0f5c0b", "f30f5c0b", "0f5e0b", "f20f5e0b",
    "0f5d0b", "f20f5f0b", "0f510b", "f20f510b", "0f520b", "f30f530b", "0f540b", "0f550b", "0f560b", "0f570b", "0f2e0b",
    "660f2f0b", "0fc20b01", "f20fc20b02", "0f140b", "0f150b", "0fc60b1b", "f30f5a0b", "f20f5a0b", "0f5a0b", "f30f2a0b",
    "f2480f2a0b", "f30f2c0b", "f2480f2d0b", "f30fe60b", "660fe60b", "0f5b0b", "f30f5b0b",
    "660ffe0b", "660ffc0b", "660fd40b", "660fef0b", "660feb0b", "660fdb0b", "660ff40b", "660ff50b", "660f700b1b",
    "f20f700b1b", "f30f700b1b", "660f600b", "660f6c0b", "660f6d0b", "660f740b", "660f760b", "660f640b", "660fd10b",
    "660ff20b", "660fe20b", "660ff60b", "660fc40b05", "660fd00b", "f20f7c0b", "660f7c0b",
    "660f38000b", "660f38040b", "660f381e0b", "660f3a0f0b05", "660f38100b", "660f38140b", "660f38170b", "660f38200b",
    "660f38220b", "660f38250b", "660f38310b", "660f38350b", "660f38280b", "660f38290b", "660f382b0b", "660f38380b",
    "660f38400b", "660f38410b", "660f3a080b01", "660f3a0a0b02", "660f3a0b0b03", "660f3a0c0b05", "660f3a0e0b5a",
    "660f3a140b03", "660f3a160b01", "66480f3a160b01", "660f3a170b02", "660f3a200b03", "660f3a210b1c", "660f3a220b01",
    "66480f3a220b01", "660f3a400bf1", "660f3a410b31", "660f3a420b02", "660f38370b", "660f3a600b0c", "660f3a610b4c",
    "660f3a620b0c", "660f3a630b4c", "660f38dc0b", "660f38dd0b", "660f38de0b", "660f38df0b", "660f38db0b",
    "660f3adf0b01", "660f3a440b11", "0f38c80b", "0f38c90b", "0f38ca0b", "0f38cb0b", "0f38cc0b", "0f38cd0b",
    "0f3acc0b02",
    /* VEX that leaves vector registers alone */
    "c5f82e0b", "c5f92f0b", "c4e279170b", "c4e379140b03", "c4e379160b01", "c5f8290b", "c5f97e0b", "c5f8ae1b",
    /* general registers */
    "f30fb80b", "f3480fb80b", "f30fbd0b", "f3480fbd0b", "f30fbc0b", "f2480f38f10b", "f20f38f00b", "66f20f38f10b",
    "c4e278f20b", "c4e2f0f30b", "c4e270f313", "c4e270f31b", "c4e278f70b", "c4e279f70b", "c4e2f8f50b",
    "c4e273f60b", "c4e2f3f60b", "c4e273f50b", "c4e272f50b", "c4e37bf00b07", "660f38f60b", "f3480f38f60b",
    "0f38f00b", "0f38f10b", "0fae1b", "0fae13",
};

static void fill( UINT8 fx[512] )
{
    static const float singles[] = { 1.5f, -2.25f, 1000000.0f, 0.1f, -0.0f, 3.0f };
    static const double doubles[] = { 1.5, -2.25, 1e10, 0.1, 123.0, -7.0 };
    UINT32 i, k;

    memset( fx, 0, 512 );
    store16( fx + FX_FCW, 0x37f );
    fx[FX_FTW] = 0x3f;
    store32( fx + FX_MXCSR, 0x1f80 );
    for (i = 0; i < 6; i++)
    {
        long double value = doubles[input_random() % 6];
        memcpy( fx + FX_ST + 16 * i, &value, 10 );
    }
    store16( fx + FX_FSW, 2 << 11 );
    for (i = 0; i < 256; i += 8)
    {
        UINT64 value = input_random();
        if (value & 1) for (k = 0; k < 2; k++) memcpy( (UINT8 *)&value + 4 * k, &singles[(value >> 8) % 6], 4 );
        else if (value & 2) memcpy( &value, &doubles[(value >> 8) % 6], 8 );
        memcpy( fx + FX_XMM + i, &value, 8 );
    }
    for (i = 0; i < sizeof(data); i++) data[i] = input_random();
    if (input_random() & 1) memcpy( data, &doubles[input_random() % 6], 8 );
    if (input_random() & 1) memcpy( data + 8, &singles[input_random() % 6], 4 );
    /* a number in the packed decimal format has digits */
    if (input_random() & 1) memcpy( data, "\x12\x34\x56\x78\x90\x12\x34\x56\x78\0", 10 );
}

/* QEMU's processor raises no exception for an unmasked x87 error, and takes CVTPI2PS and CVTPI2PD from memory for MMX
 * instructions. */
static int is_emulated_processor( void )
{
    unsigned int eax, ebx, ecx, edx;

    __asm__( "cpuid" : "=a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx) : "0" (0x40000000) );
    return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;        /* "TCGTCGTCGTCG" */
}

static void test_against_cpu( void **state )
{
    static UINT8 fx[512] __attribute__((aligned(64)));
    UINT8 bytes[16], before[sizeof(data)];
    UINT32 i, k, length, round, skipped = 0;
    struct cpu_state cpu;
    struct insn_native native;

    (void)state;
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
    {
        length = input_hex( forms[i], bytes );
        if (is_emulated_processor() && strstr( forms[i], "0f2a0b" ))
        {
            print_message( "%s: not on an emulated processor\n", forms[i] );
            skipped++;
            continue;
        }
        /* the table has a few; for the others the list says whether this CPU has it */
        if (strcmp( forms[i], "0f38f00b" ) && strcmp( forms[i], "0f38f10b" ) && strncmp( forms[i], "0fae1", 5 ) &&
            strcmp( forms[i], "c5f8ae1b" ) && FAILED(native_encode( bytes, length, INSN_MODE_64, &native )))
        {
            print_message( "%s: not on this host\n", forms[i] );
            skipped++;
            continue;
        }
        for (round = 0; round < 20; round++)
        {
            fill( fx );
            if (!strcmp( forms[i], "0fae13" )) store32( data, 0x9fc0 );         /* ldmxcsr of something legal */
            if (!strcmp( forms[i], "d92b" )) store16( data, 0x0f7f );
            guest_init( &guest, INSN_MODE_64 );
            guest.ram_base = (uintptr_t)data & ~0xfffull;
            memcpy( guest.ram + ((uintptr_t)data & 0xfff), data, sizeof(data) );
            for (k = 0; k < 4; k++) guest.gpr[k] = input_random();
            guest.gpr[RBX] = (uintptr_t)data;
            guest.rflags = 2 | (input_random() & RFLAGS_STATUS);
            for (k = 0; k < 16; k++) memcpy( guest.xmm[k], fx + FX_XMM + 16 * k, 16 );
            for (k = 0; k < 8; k++) memcpy( guest.st[k], fx + FX_ST + 16 * k, 10 );
            guest.fp_control.FpControlStatus.FpTag = fx[FX_FTW];
            guest.fp_control.FpControlStatus.FpStatus = load16( fx + FX_FSW );
            cpu = (struct cpu_state){ guest.gpr[RAX], guest.gpr[RCX], guest.gpr[RDX], guest.gpr[RBX], guest.rflags, fx,
                                      code_page };
            memcpy( before, data, sizeof(data) );

            if (guest_mmio( &guest, bytes, length, 0, 0, 0, 0 ) != SUCCESS) fail_msg( "%s: refused", forms[i] );
            if (guest.event.EventPending) fail_msg( "%s: exception %u", forms[i], guest.event.Vector );
            assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 1 );
            assert_int_equal( guest.req.kind, EMULATE_DONE );

            memcpy( code_page, bytes, length );
            code_page[length] = 0xc3;
            cpu_run( &cpu );

            if (guest.gpr[RAX] != cpu.rax || guest.gpr[RCX] != cpu.rcx || guest.gpr[RDX] != cpu.rdx)
                fail_msg( "%s: registers", forms[i] );
            if ((guest.rflags ^ cpu.rflags) & RFLAGS_STATUS)
                fail_msg( "%s: flags %llx, should be %llx", forms[i], (unsigned long long)guest.rflags,
                          (unsigned long long)cpu.rflags );
            for (k = 0; k < 16; k++)
                if (memcmp( guest.xmm[k], fx + FX_XMM + 16 * k, 16 )) fail_msg( "%s: xmm%u", forms[i], k );
            for (k = 0; k < 8; k++) if (memcmp( guest.st[k], fx + FX_ST + 16 * k, 10 ))
                fail_msg( "%s: st%u is %04x:%016llx, should be %04x:%016llx", forms[i], k, load16( guest.st[k] + 8 ),
                          (unsigned long long)load64( guest.st[k] ), load16( fx + FX_ST + 16 * k + 8 ),
                          (unsigned long long)load64( fx + FX_ST + 16 * k ));
            if (guest.fp_control.FpControlStatus.FpControl != load16( fx + FX_FCW ))
                fail_msg( "%s: control word", forms[i] );
            if (guest.fp_control.FpControlStatus.FpStatus != load16( fx + FX_FSW ))
                fail_msg( "%s: status word %x, should be %x", forms[i], guest.fp_control.FpControlStatus.FpStatus,
                          load16( fx + FX_FSW ));
            if (guest.fp_control.FpControlStatus.FpTag != fx[FX_FTW]) fail_msg( "%s: tag word", forms[i] );
            if (guest.xmm_control.XmmControlStatus.XmmStatusControl != load32( fx + FX_MXCSR ))
                fail_msg( "%s: mxcsr %x, should be %x", forms[i],
                          guest.xmm_control.XmmControlStatus.XmmStatusControl, load32( fx + FX_MXCSR ));
            if (memcmp( guest.ram + ((uintptr_t)data & 0xfff), data, sizeof(data) )) fail_msg( "%s: memory", forms[i] );
            if (guest.rip != GUEST_RAM + 0x3000 + length) fail_msg( "%s: rip", forms[i] );
        }
    }
    print_message( "%u forms, %u skipped: not on this host\n", i, skipped );
    assert_true( skipped < i / 2 );
}

static void expect_fault( const char *hex, UINT32 offset, UINT8 vector )
{
    UINT64 rip = guest.rip;

    if (guest_operand( hex, offset, 0 ) != SUCCESS) fail_msg( "%s: no exception %u", hex, vector );
    if (!guest.event.EventPending || guest.event.Vector != vector)
        fail_msg( "%s: exception %u, not %u", hex, guest.event.EventPending ? guest.event.Vector : 0xff, vector );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 1 );
    assert_int_equal( guest.rip, rip );
}

/* Refused: no register set, nothing written. */
static void expect_refused( const char *hex )
{
    static struct guest before;
    UINT32 i;

    before = guest;
    if (guest_operand( hex, 0, 1 ) != FAILURE) fail_msg( "%s: not refused", hex );
    assert_int_equal( guest.counts[EMULATE_SET_REGISTERS], 0 );
    for (i = 0; i < guest.log_count; i++) assert_false( guest.log[i].kind == EMULATE_MEMORY && guest.log[i].write );
    assert_memory_equal( guest.xmm, before.xmm, sizeof(before.xmm) );
    assert_memory_equal( guest.st, before.st, sizeof(before.st) );
    assert_int_equal( guest.rip, before.rip );
}

static void test_faults( void **state )
{
    static const struct { const char *code; BOOL sse; } units[] =
    {
        { "d803", 0 }, { "0ffe0b", 0 }, { "660ffe0b", 1 }, { "0f110b", 1 }, { "0fae1b", 1 },
    };
    UINT32 i;

    (void)state;
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.cr0 |= 8;                                         /* TS */
        expect_fault( units[i].code, 0, 7 );
        assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );
        guest.cr0 = 4;                                          /* EM */
        expect_fault( units[i].code, 0, i ? 6 : 7 );
        if (!units[i].sse) continue;
        guest.cr0 = 0;
        guest.cr4 = 0;
        expect_fault( units[i].code, 0, 6 );
    }

    /* alignment by the guest's address */
    guest_init( &guest, INSN_MODE_64 );
    expect_fault( "660ffe0b", 8, 13 );
    expect_fault( "660fe70b", 4, 13 );
    assert_int_equal( guest.counts[EMULATE_MEMORY], 0 );
    assert_int_equal( guest_operand( "660ffe0b", 16, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );

    /* 1 / 0: unmasked, masked, and with nobody to handle it */
    guest_init( &guest, INSN_MODE_64 );
    store32( guest.xmm[1], 0x3f800000 );
    assert_int_equal( guest_operand( "f30f5e0b", 0, 0 ), SUCCESS );
    assert_int_equal( guest.event.EventPending, 0 );
    assert_int_equal( load32( guest.xmm[1] ), 0x7f800000 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.XmmStatusControl, 0x1f84 );
    store32( guest.xmm[1], 0x3f800000 );
    guest.xmm_control.XmmControlStatus.XmmStatusControl = 0x1d80;
    expect_fault( "f30f5e0b", 0, 19 );
    assert_int_equal( load32( guest.xmm[1] ), 0x3f800000 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.XmmStatusControl, 0x1d84 );
    guest.cr4 &= ~0x400ull;
    expect_fault( "f30f5e0b", 0, 6 );
    guest.mmio_data = 0xffffffff;
    expect_fault( "0fae13", 0, 13 );                             /* ldmxcsr of reserved bits */

    /* x87: an exception that is due; one that is unmasked */
    guest_init( &guest, INSN_MODE_64 );
    guest.fp_control.FpControlStatus.FpStatus = 0x8084;
    expect_fault( "d803", 0, 16 );
    expect_fault( "d92b", 0, 16 );                               /* fldcw waits as well */
    guest.fp_control.FpControlStatus.FpControl = 0x340;
    expect_fault( "d92b", 0, 16 );
    guest.fp_control.FpControlStatus.FpStatus = 0x0004;         /* no CPU leaves that */
    guest.mmio_data = 0x340;
    assert_int_equal( guest_operand( "d92b", 0, 0 ), SUCCESS );
    guest.fp_control.FpControlStatus.FpStatus = 0x8084;
    guest.cr0 = 0;
    expect_refused( "d803" );
    /* FLDCW waits too, and an image without ES is as good as one with it */
    for (i = 0; i < 2; i++)
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.fp_control.FpControlStatus.FpControl = 0x37b;
        guest.fp_control.FpControlStatus.FpStatus = i ? 0x8084 : 4;
        expect_fault( "d92b", 0, 16 );
        expect_fault( "d803", 0, 16 );
        expect_fault( "0ffe0b", 0, 16 );
        if (guest_operand( "d93b", 0, 1 ) != SUCCESS || guest.event.EventPending) fail_msg( "fnstcw waits" );
    }

    /* VEX in real mode; AVX without XCR0 */
    guest_init( &guest, INSN_MODE_64 );
    guest.xcr0 = 3;
    expect_fault( "c5f82e0b", 0, 6 );
    expect_fault( "c5f8110b", 0, 6 );
    guest.xcr0 = 7;
    guest.cr4 = 0x600;
    expect_fault( "c5f82e0b", 0, 6 );
}

/* What is unmasked happens, but for the status word: the next instruction that waits raises it. */
static void check_held( const char *hex, BOOL write, UINT16 status )
{
    static struct guest before;
    UINT32 i;

    before = guest;
    if (guest_operand( hex, 0, write ) != SUCCESS || guest.event.EventPending) fail_msg( "%s: not done", hex );
    if (guest.fp_control.FpControlStatus.FpStatus != status)
        fail_msg( "%s: status word %x, should be %x", hex, guest.fp_control.FpControlStatus.FpStatus, status );
    assert_int_equal( guest.fp_control.FpControlStatus.FpControl, before.fp_control.FpControlStatus.FpControl );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, before.fp_control.FpControlStatus.FpTag );
    assert_memory_equal( guest.st, before.st, sizeof(before.st) );
    for (i = 0; i < guest.log_count; i++) assert_false( guest.log[i].kind == EMULATE_MEMORY && guest.log[i].write );
    assert_int_equal( guest.rip, before.rip + 2 );
    expect_fault( "d803", 0, 16 );
}

static void test_unmasked( void **state )
{
    static const UINT8 one[16] = { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f };

    (void)state;
    /* an empty stack: the emulated processor knows no stack faults */
    if (!is_emulated_processor())
    {
        guest_init( &guest, INSN_MODE_64 );
        guest.fp_control.FpControlStatus.FpControl = 0x37e;
        check_held( "d803", 0, 0x80c1 );
        guest_init( &guest, INSN_MODE_64 );
        guest.fp_control.FpControlStatus.FpControl = 0x37e;
        check_held( "d91b", 1, 0x80c1 );
    }
    guest_init( &guest, INSN_MODE_64 );
    guest.fp_control.FpControlStatus.FpControl = 0x37b;
    guest.fp_control.FpControlStatus.FpStatus = 0x3800;
    guest.fp_control.FpControlStatus.FpTag = 0x80;
    memcpy( guest.st[0], one, sizeof(one) );
    guest.mmio_data = 0;
    check_held( "d833", 0, 0xb884 );                            /* fdiv by 0 */

    /* precision alone is told behind the result */
    guest_init( &guest, INSN_MODE_64 );
    guest.fp_control.FpControlStatus.FpControl = 0x35f;
    guest.fp_control.FpControlStatus.FpStatus = 0x3800;
    guest.fp_control.FpControlStatus.FpTag = 0x80;
    memcpy( guest.st[0], one, sizeof(one) );
    guest.mmio_data = 0x40400000;                               /* 3.0 */
    if (guest_operand( "d833", 0, 0 ) != SUCCESS) fail_msg( "fdiv by 3" );
    assert_int_equal( load64( guest.st[0] ), 0xaaaaaaaaaaaaaaabull );
    assert_int_equal( guest.fp_control.FpControlStatus.FpStatus & ~0x200, 0xb8a0 );

    /* an overflow that is unmasked has a result of its own */
    guest_init( &guest, INSN_MODE_64 );
    guest.fp_control.FpControlStatus.FpControl = 0x377;
    guest.fp_control.FpControlStatus.FpStatus = 0x3800;
    guest.fp_control.FpControlStatus.FpTag = 0x80;
    memcpy( guest.st[0], one, sizeof(one) );
    guest.st[0][8] = 0xfe;
    guest.st[0][9] = 0x7f;
    guest.mmio_data = 0x7f000000;
    expect_refused( "d80b" );                                    /* fmul */
}

static void test_refused( void **state )
{
    static const char * const list[] =
    {
        "0fc723", "0fc72b", "0fae33", "0f013b", "0fc733",
    };
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) expect_refused( list[i] );
}

/* A device sees the pieces in order; a plain move is not made to fetch vector registers. */
static void test_callbacks( void **state )
{
    UINT32 i;

    (void)state;
    guest_init( &guest, INSN_MODE_64 );
    guest.fp_control.FpControlStatus.FpTag = 1;
    memcpy( guest.st[0], "\1\2\3\4\5\6\7\x88\x09\x40", 10 );
    assert_int_equal( guest_operand( "db3b", 8, 1 ), SUCCESS );
    assert_int_equal( guest.log_count, 2 );
    assert_int_equal( guest.log[0].address, GUEST_MMIO + 8 );
    assert_int_equal( guest.log[0].size, 8 );
    assert_true( guest.log[0].write && guest.log[0].data == 0x8807060504030201ull );
    assert_int_equal( guest.log[1].size, 2 );
    assert_int_equal( guest.log[1].data, 0x4009 );
    assert_int_equal( guest.fp_control.FpControlStatus.FpTag, 0 );
    assert_int_equal( guest.fp_control.FpControlStatus.LastFpRip, GUEST_RAM + 0x3000 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.LastFpRdp, GUEST_MMIO + 8 );
    assert_int_equal( guest.xmm_control.XmmControlStatus.XmmStatusControlMask, 0xffff );

    guest_init( &guest, INSN_MODE_64 );
    guest.mmio_data = 0x0000000500000004ull;
    assert_int_equal( guest_operand( "660ffe0b", 0, 0 ), SUCCESS );
    assert_int_equal( guest.log_count, 2 );
    assert_int_equal( guest.req.count, 2 );                     /* RIP and XMM1 */
    assert_int_equal( load32( guest.xmm[1] + 12 ), 5 );

    assert_int_equal( guest_operand( "8b03", 0, 0 ), SUCCESS );
    for (i = 0; i < guest.req.count; i++) assert_true( guest.req.names[i] < WHvX64RegisterXmm0 );

    /* RSP is an operand as any other */
    guest_init( &guest, INSN_MODE_64 );
    guest.gpr[RSP] = 0x1234;
    guest.mmio_data = 0xff;
    assert_int_equal( guest_operand( "f30fb823", 0, 0 ), SUCCESS );      /* popcnt esp, [rbx] */
    assert_int_equal( guest.gpr[RSP], 8 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_against_cpu ),
        cmocka_unit_test( test_faults ),
        cmocka_unit_test( test_unmasked ),
        cmocka_unit_test( test_refused ),
        cmocka_unit_test( test_callbacks ),
    };

    code_page = mmap( NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (code_page == MAP_FAILED) return 1;
    return cmocka_run_group_tests_name( "emulate_vector", tests, NULL, NULL );
}
