/*
 * Unit tests: instructions on the host CPU, and element by element
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
 * The instruction's own bytes run in a page of ours, with RSI and RDI at a copy of the guest's data;
 * execute_instruction() encodes them anew, or does them by itself, and takes the operand from guest memory.
 */

#include "execute_vcpu.h"
#include "exit/refused_access.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "softkvm/execute.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

struct test
{
    const char *name;
    UINT8       code[16];
    UINT32      size;
    const char *cpu;            /* what the machine must have */
    BOOL        floats;         /* operands should be numbers */
};

#define T( name, cpu, floats, ... ) { name, { __VA_ARGS__ }, sizeof((UINT8[]){ __VA_ARGS__ }), cpu, floats }

static const struct test tests[] =
{
    T( "popcnt rax, rbx", "popcnt", 0,             0xf3, 0x48, 0x0f, 0xb8, 0xc3 ),
    T( "popcnt cx, [rsi]", "popcnt", 0,            0x66, 0xf3, 0x0f, 0xb8, 0x0e ),
    T( "popcnt rdx, rsp", "popcnt", 0,             0xf3, 0x48, 0x0f, 0xb8, 0xd4 ),
    T( "tzcnt eax, [rsi]", "bmi", 0,               0xf3, 0x0f, 0xbc, 0x06 ),
    T( "lzcnt r9, [rsi+8]", "bmi", 0,              0xf3, 0x4c, 0x0f, 0xbd, 0x4e, 0x08 ),
    T( "andn eax, ebx, [rsi]", "bmi", 0,           0xc4, 0xe2, 0x60, 0xf2, 0x06 ),
    T( "shlx rax, [rsi], rcx", "bmi2", 0,          0xc4, 0xe2, 0xf1, 0xf7, 0x06 ),
    T( "mulx rax, rbx, [rsi]", "bmi2", 0,          0xc4, 0xe2, 0xe3, 0xf6, 0x06 ),
    T( "pext r10, r11, [rsi]", "bmi2", 0,          0xc4, 0x62, 0xa2, 0xf5, 0x16 ),
    T( "crc32 eax, byte [rsi]", "sse4.2", 0,       0xf2, 0x0f, 0x38, 0xf0, 0x06 ),
    T( "crc32 rax, rbx", "sse4.2", 0,              0xf2, 0x48, 0x0f, 0x38, 0xf1, 0xc3 ),
    T( "adcx rax, [rsi]", "bmi2", 0,               0x66, 0x48, 0x0f, 0x38, 0xf6, 0x06 ),
    T( "movbe eax, [rsi]", "bmi2", 0,              0x0f, 0x38, 0xf0, 0x06 ),
    T( "movbe [rsi], rdx", "bmi2", 0,              0x48, 0x0f, 0x38, 0xf1, 0x16 ),
    T( "addps xmm1, [rsi]", "sse2", 1,             0x0f, 0x58, 0x0e ),
    T( "mulpd xmm9, xmm3", "sse2", 1,              0x66, 0x44, 0x0f, 0x59, 0xcb ),
    T( "sqrtss xmm2, [rsi+4]", "sse2", 1,          0xf3, 0x0f, 0x51, 0x56, 0x04 ),
    T( "divps xmm4, [rsi]", "sse2", 1,             0x0f, 0x5e, 0x26 ),
    T( "ucomisd xmm4, [rsi]", "sse2", 1,           0x66, 0x0f, 0x2e, 0x26 ),
    T( "cvttsd2si rax, xmm1", "sse2", 1,           0xf2, 0x48, 0x0f, 0x2c, 0xc1 ),
    T( "cvtsi2ss xmm1, [rsi]", "sse2", 0,          0xf3, 0x0f, 0x2a, 0x0e ),
    T( "pxor xmm5, [rsi]", "sse2", 0,              0x66, 0x0f, 0xef, 0x2e ),
    T( "pshufd xmm5, [rsi], 0x1b", "sse2", 0,      0x66, 0x0f, 0x70, 0x2e, 0x1b ),
    T( "pmovmskb eax, xmm5", "sse2", 0,            0x66, 0x0f, 0xd7, 0xc5 ),
    T( "movdqu [rsi+1], xmm7", "sse2", 0,          0xf3, 0x0f, 0x7f, 0x7e, 0x01 ),
    T( "movhps [rsi], xmm7", "sse2", 0,            0x0f, 0x17, 0x3e ),
    T( "movsd xmm0, [rsi]", "sse2", 0,             0xf2, 0x0f, 0x10, 0x06 ),
    T( "movq rax, xmm0", "sse2", 0,                0x66, 0x48, 0x0f, 0x7e, 0xc0 ),
    T( "movq xmm0, rsp", "sse2", 0,                0x66, 0x48, 0x0f, 0x6e, 0xc4 ),
    T( "pshufb xmm2, [rsi]", "ssse3", 0,           0x66, 0x0f, 0x38, 0x00, 0x16 ),
    T( "pcmpistri xmm1, [rsi+3], 0xc", "sse4.2", 0, 0x66, 0x0f, 0x3a, 0x63, 0x4e, 0x03, 0x0c ),
    T( "ptest xmm1, [rsi]", "sse4.2", 0,           0x66, 0x0f, 0x38, 0x17, 0x0e ),
    T( "blendvps xmm1, [rsi], xmm0", "sse4.2", 0,  0x66, 0x0f, 0x38, 0x14, 0x0e ),
    T( "pinsrb xmm1, [rsi], 5", "sse4.2", 0,       0x66, 0x0f, 0x3a, 0x20, 0x0e, 0x05 ),
    T( "aesenc xmm1, [rsi]", "aes", 0,             0x66, 0x0f, 0x38, 0xdc, 0x0e ),
    T( "pclmulqdq xmm1, [rsi], 0x11", "pclmul", 0, 0x66, 0x0f, 0x3a, 0x44, 0x0e, 0x11 ),
    T( "vaddps ymm1, ymm2, [rsi+1]", "avx", 1,     0xc5, 0xec, 0x58, 0x4e, 0x01 ),
    T( "vpxor xmm1, xmm2, xmm3", "avx", 0,         0xc5, 0xe9, 0xef, 0xcb ),
    T( "vpaddd ymm9, ymm2, [rsi]", "avx2", 0,      0xc5, 0x6d, 0xfe, 0x0e ),
    T( "vpshufb ymm1, ymm2, [rsi]", "avx2", 0,     0xc4, 0xe2, 0x6d, 0x00, 0x0e ),
    T( "vmovdqu [rsi+5], ymm3", "avx", 0,          0xc5, 0xfe, 0x7f, 0x5e, 0x05 ),
    T( "vbroadcastss ymm3, [rsi]", "avx", 0,       0xc4, 0xe2, 0x7d, 0x18, 0x1e ),
    T( "vextracti128 [rsi], ymm3, 1", "avx2", 0,   0xc4, 0xe3, 0x7d, 0x39, 0x1e, 0x01 ),
    T( "vfmadd231ps ymm1, ymm2, [rsi]", "fma", 1,  0xc4, 0xe2, 0x6d, 0xb8, 0x0e ),
    T( "vmaskmovps ymm1, ymm2, [rsi+3]", "avx", 0, 0xc4, 0xe2, 0x6d, 0x2c, 0x4e, 0x03 ),
    T( "vmaskmovpd [rsi], xmm2, xmm1", "avx", 0,   0xc4, 0xe2, 0x69, 0x2f, 0x0e ),
    T( "vpmaskmovd [rsi], ymm2, ymm1", "avx2", 0,  0xc4, 0xe2, 0x6d, 0x8e, 0x0e ),
    T( "vpmaskmovq xmm1, xmm2, [rsi]", "avx2", 0,  0xc4, 0xe2, 0xe9, 0x8c, 0x0e ),
    T( "maskmovdqu xmm1, xmm2", "sse2", 0,         0x66, 0x0f, 0xf7, 0xca ),
    T( "vmaskmovdqu xmm1, xmm2", "avx", 0,         0xc5, 0xf9, 0xf7, 0xca ),
    T( "maskmovq mm1, mm2", "sse2", 0,             0x0f, 0xf7, 0xca ),
    T( "vpgatherdd ymm0, [rsi+ymm3*4], ymm2", "avx2", 0, 0xc4, 0xe2, 0x6d, 0x90, 0x04, 0x9e ),
    T( "vgatherqpd ymm0, [rsi+ymm3*2], ymm2", "avx2", 0, 0xc4, 0xe2, 0xed, 0x93, 0x04, 0x5e ),
    T( "vpgatherqd xmm0, [rsi+xmm3], xmm2", "avx2", 0, 0xc4, 0xe2, 0x69, 0x91, 0x04, 0x1e ),
    T( "vzeroupper", "avx", 0,                     0xc5, 0xf8, 0x77 ),
    T( "fld qword [rsi]", "sse2", 1,               0xdd, 0x06 ),
    T( "fild dword [rsi]", "sse2", 0,              0xdb, 0x06 ),
    T( "paddb mm1, [rsi]", "sse2", 0,              0x0f, 0xfc, 0x0e ),
    T( "movq [rsi], mm3", "sse2", 0,               0x0f, 0x7f, 0x1e ),
};

static void run_native( const struct test *test, const UINT64 gpr[16], UINT8 *data, UINT8 *xsave,
                        struct native_state *state )
{
    static const UINT8 jump[] = { 0xff, 0x25, 0, 0, 0, 0 };
    const UINT8 *back = whv_native_back;

    memcpy( code_page, test->code, test->size );
    memcpy( code_page + test->size, jump, sizeof(jump) );
    memcpy( code_page + test->size + sizeof(jump), &back, sizeof(back) );
    memset( state, 0, sizeof(*state) );
    memcpy( state->gpr, gpr, sizeof(state->gpr) );
    state->gpr[RSI] = state->gpr[RDI] = (uintptr_t)data;
    state->rflags = 0x202;
    state->code = code_page;
    state->xsave = xsave;
    state->components = 7 & xsave_host_layout()->features;
    whv_native_enter( state );
}

static void test_native( void **state )
{
    static UINT8 xsave[XSAVE_SIZE] __attribute__((aligned(64))), data[64] __attribute__((aligned(64)));
    static UINT8 before[XSAVE_SIZE];
    struct vp *vp = *state;
    struct native_state native;
    UINT64 gpr[16], got[16];
    BOOL reads_rsp;
    UINT32 i, k, round;

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
    {
        const struct test *test = &tests[i];

        if (!cpu_has( test->cpu )) continue;
        reads_rsp = strstr( test->name, "rsp" ) != NULL;
        for (round = 0; round < 50; round++)
        {
            fill_random( gpr, sizeof(gpr) );
            fill_random( data, sizeof(data) );
            init_xsave( before );
            if (test->floats)
            {
                for (k = 0; k < 64; k += 4) store32( data + k, 0x3f800000 + (input_random() & 0x3ffffff) );
                for (k = 0; k < 256; k += 4) store32( before + FX_XMM + k, 0x3f800000 + (input_random() & 0x3ffffff) );
            }
            /* indices within the data */
            if (strstr( test->name, "gather" ))
                for (k = 0; k < 32; k += 4)
                    store32( before + (k < 16 ? FX_XMM : xsave_host_layout()->components[2].offset - 16) + 3 * 16 + k,
                             (test->code[3] & 1) && (k & 4) ? 0 : input_random() & 15 );
            gpr[RSI] = gpr[RDI] = DATA;
            gpr[RSP] = 0x1234567890ull;
            put_state( vp, test->code, test->size, gpr, before );
            memcpy( ram + DATA, data, sizeof(data) );
            if (!execute_instruction( vp )) fail_msg( "%s was refused", test->name );
            if (vp->run->s.regs.events.exception.injected)
                fail_msg( "%s faulted: %u", test->name, vp->run->s.regs.events.exception.nr );
            if (reads_rsp) break;       /* the CPU's own run has another stack pointer */

            memcpy( xsave, before, sizeof(xsave) );
            run_native( test, gpr, data, xsave, &native );
            xsave_settle( xsave );
            regs_to_gpr( &vp->run->s.regs.regs, got );
            for (k = 0; k < 16; k++)
            {
                if (k == RSP || k == RSI || k == RDI) assert_int_equal( got[k], gpr[k] );
                else if (got[k] != native.gpr[k]) fail_msg( "%s: register %u", test->name, k );
            }
            if (vp->run->s.regs.regs.rip != CODE + test->size) fail_msg( "%s: rip", test->name );
            if ((vp->run->s.regs.regs.rflags ^ native.rflags) & RFLAGS_STATUS) fail_msg( "%s: flags", test->name );
            if (memcmp( ram + DATA, data, sizeof(data) )) fail_msg( "%s: memory", test->name );
            if (memcmp( vp->arch.lazy.xsave + FX_XMM, xsave + FX_XMM, 256 )) fail_msg( "%s: xmm", test->name );
            if (memcmp( vp->arch.lazy.xsave + FX_ST, xsave + FX_ST, 128 )) fail_msg( "%s: x87", test->name );
            if (load32( vp->arch.lazy.xsave + FX_MXCSR ) != load32( xsave + FX_MXCSR ))
                fail_msg( "%s: mxcsr", test->name );
            if ((xsave[XSAVE_XSTATE_BV] ^ vp->arch.lazy.xsave[XSAVE_XSTATE_BV]) & 4)
                fail_msg( "%s: xstate_bv", test->name );
            if ((xsave[XSAVE_XSTATE_BV] & 4) &&
                memcmp( vp->arch.lazy.xsave + xsave_host_layout()->components[2].offset,
                        xsave + xsave_host_layout()->components[2].offset, 256 )) fail_msg( "%s: ymm", test->name );
        }
    }
}

/* Only the elements that the mask has are accessed; and where that can't be done is found out. */
static BOOL refuse_high( struct vp *vp, UINT64 gpa, UINT32 type )
{
    (void)vp;
    (void)type;
    return gpa >= RAM_SIZE;
}

static void test_elements( void **state )
{
    static const UINT8 store[] = { 0xc4, 0xe2, 0x71, 0x2e, 0x06 };          /* vmaskmovps [rsi], xmm1, xmm0 */
    static const UINT8 bytes[] = { 0x66, 0x0f, 0xf7, 0xc1 };                /* maskmovdqu xmm0, xmm1 */
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    struct refused_access access;
    UINT64 gpr[16] = { 0 };
    struct insn insn;
    UINT32 i, k;

    for (i = 0; i < 4; i++)
    {
        const UINT8 *code = i & 1 ? bytes : store;
        UINT32 size = i & 1 ? sizeof(bytes) : sizeof(store);

        if (!cpu_has( "avx" ) && code == store) continue;
        init_xsave( xsave );
        memset( xsave + FX_XMM, 0x11, 16 );
        memset( xsave + FX_XMM + 16, 0, 16 );
        xsave[FX_XMM + 16 + 3] = 0x80;                                      /* element 0, byte 3 */
        if (i & 2) xsave[FX_XMM + 16 + 11] = 0x80;                          /* element 2, byte 11 */
        gpr[RSI] = gpr[RDI] = RAM_SIZE - 8;
        memset( ram + RAM_SIZE - 8, 0, 8 );
        put_state( vp, code, size, gpr, xsave );
        assert_int_equal( insn_decode( code, size, INSN_MODE_64, &insn ), S_OK );
        if (i & 2)
        {
            assert_true( refused_find( vp, &insn, refuse_high, &access ));
            assert_int_equal( access.gva, RAM_SIZE );
            assert_int_equal( access.gpa, RAM_SIZE );
            assert_int_equal( access.type, WHvMemoryAccessWrite );
            assert_false( execute_instruction( vp ));
            for (k = 0; k < 8; k++) assert_int_equal( ram[RAM_SIZE - 8 + k], 0 );
            assert_int_equal( vp->run->s.regs.regs.rip, CODE );
            continue;
        }
        assert_false( refused_find( vp, &insn, refuse_high, &access ));
        assert_int_equal( vp->run->s.regs.regs.rip, CODE );
        assert_true( execute_instruction( vp ));
        assert_int_equal( load32( ram + RAM_SIZE - 8 ), i & 1 ? 0x11000000 : 0x11111111 );
        assert_int_equal( load32( ram + RAM_SIZE - 4 ), 0 );
        assert_int_equal( vp->run->s.regs.regs.rip, CODE + size );
    }

    /* #UD by XCR0, by CPUID */
    if (!cpu_has( "avx" )) return;
    init_xsave( xsave );
    fake.xcrs.xcrs[0].value = 3;
    put_state( vp, store, sizeof(store), gpr, xsave );
    vp->arch.lazy.valid &= ~VP_XCRS;
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.events.exception.nr, VECTOR_UD );
    assert_int_equal( vp->run->s.regs.regs.rip, CODE );
    fake.xcrs.xcrs[0].value = 7;
    put_state( vp, store, sizeof(store), gpr, xsave );
    vp->arch.lazy.valid &= ~VP_XCRS;
    vp->arch.cpuid.table->head.nent = 3;
    vp->arch.cpuid.table->entries[0].ecx = 0;
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.events.exception.nr, VECTOR_UD );
}

int main( void )
{
#define TEST( name ) cmocka_unit_test_setup_teardown( name, setup_guest, teardown_guest )
    static const struct CMUnitTest list[] =
    {
        TEST( test_native ),
        TEST( test_elements ),
    };

    input_seed = 0x9e3779b97f4a7c15ull;
    return cmocka_run_group_tests( list, NULL, NULL );
}
