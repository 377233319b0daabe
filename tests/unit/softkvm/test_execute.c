/*
 * Instructions that KVM can't execute, on a vp by hand and on this machine's CPU: the same must come out
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

/* Faults, what is refused, the XSAVE family against this CPU's, software interrupts, IRET. */

#include "execute_vcpu.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/insn.h"
#include "softkvm/execute.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

static void test_rsp( void **state )
{
    static const UINT8 popcnt[] = { 0xf3, 0x48, 0x0f, 0xb8, 0xe4 };     /* popcnt rsp, rsp */
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT64 gpr[16] = { 0 };

    if (!cpu_has( "popcnt" )) skip();
    init_xsave( xsave );
    gpr[RSP] = 0xff00ff;
    put_state( vp, popcnt, sizeof(popcnt), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rsp, 16 );
    assert_int_equal( vp->run->s.regs.regs.r15, 0 );
}

static void expect_fault_( struct vp *vp, const UINT8 *code, UINT32 size, UINT64 rsi, UINT32 mxcsr, int vector,
                           int line )
{
    static UINT8 xsave[XSAVE_SIZE];
    UINT64 gpr[16] = { 0 };

    init_xsave( xsave );
    memset( xsave + FX_XMM, 0, 256 );
    store32( xsave + FX_MXCSR, mxcsr );
    gpr[RSI] = rsi;
    put_state( vp, code, size, gpr, xsave );
    if (!execute_instruction( vp )) fail_msg( "line %d: refused", line );
    if (!vp->run->s.regs.events.exception.injected || vp->run->s.regs.events.exception.nr != vector)
        fail_msg( "line %d: exception %u injected %u", line, vp->run->s.regs.events.exception.nr,
                  vp->run->s.regs.events.exception.injected );
    if (vp->run->s.regs.regs.rip != CODE) fail_msg( "line %d: rip moved", line );
}
#define expect_fault( vp, rsi, mxcsr, vector, ... ) \
    expect_fault_( vp, (const UINT8[]){ __VA_ARGS__ }, sizeof((const UINT8[]){ __VA_ARGS__ }), rsi, mxcsr, vector, \
                   __LINE__ )

static void test_faults( void **state )
{
    struct vp *vp = *state;
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs;

    expect_fault( vp, DATA + 4, 0x1f80, VECTOR_GP, 0x0f, 0x58, 0x0e );             /* addps xmm1, [rsi], unaligned */
    expect_fault( vp, 1ull << 60, 0x1f80, VECTOR_GP, 0x0f, 0x58, 0x0e );           /* not canonical */
    memset( ram + DATA, 0, 64 );
    /* divps xmm0, xmm0: 0 / 0, IM clear */
    expect_fault( vp, DATA, 0x1f00, VECTOR_XM, 0x0f, 0x5e, 0xc0 );
    expect_fault( vp, DATA + 8, 0x1f80, VECTOR_GP, 0x48, 0x0f, 0xc7, 0x0e );       /* cmpxchg16b, unaligned */
    expect_fault( vp, DATA + 8, 0x1f80, VECTOR_GP, 0x0f, 0xae, 0x26 );             /* xsave, unaligned */
    store32( ram + DATA, 0xffffffff );
    expect_fault( vp, DATA, 0x1f80, VECTOR_GP, 0x0f, 0xae, 0x16 );                 /* ldmxcsr */
    if (cpu_has( "popcnt" ))
    {
        memset( vp->arch.cpuid.table->entries, 0, sizeof(vp->arch.cpuid.table->entries[0]) );
        vp->arch.cpuid.table->entries[0].function = 1;
        vp->arch.cpuid.table->head.nent = 1;
        /* popcnt, which the guest's CPUID hasn't */
        expect_fault( vp, DATA, 0x1f80, VECTOR_UD, 0xf3, 0x0f, 0xb8, 0x06 );
        vp->arch.cpuid.table->head.nent = 0;
    }
    sregs->cr0 |= CR0_TS;
    expect_fault( vp, DATA, 0x1f80, VECTOR_NM, 0x0f, 0x58, 0x0e );
    expect_fault( vp, DATA, 0x1f80, VECTOR_NM, 0x0f, 0xae, 0x26 );
    sregs->cr0 = (sregs->cr0 & ~CR0_TS) | CR0_EM;
    expect_fault( vp, DATA, 0x1f80, VECTOR_UD, 0x0f, 0x58, 0x0e );
    sregs->cr0 &= ~CR0_EM;
    sregs->cr4 &= ~CR4_OSXSAVE;
    expect_fault( vp, DATA, 0x1f80, VECTOR_UD, 0x0f, 0x01, 0xd0 );                 /* xgetbv */
    if (cpu_has( "avx" )) expect_fault( vp, DATA, 0x1f80, VECTOR_UD, 0xc5, 0xf8, 0x77 );
}

static void test_refused( void **state )
{
    static const struct { UINT8 code[8]; UINT32 size; } list[] =
    {
        { { 0x0f, 0x01, 0xd8 }, 3 },                    /* vmrun */
        { { 0x62, 0xf1, 0xfe, 0x49, 0x7f, 0x06 }, 6 },  /* vmovdqu64 [rsi]{k1}, zmm0 */
        { { 0x62, 0xf2, 0x7d, 0x49, 0xa2, 0x04, 0x9e }, 7 }, /* vscatterdps */
        { { 0xd9, 0x26 }, 2 },                          /* fldenv */
        { { 0xff, 0x26 }, 2 },                          /* jmp [rsi] */
        { { 0x0f, 0x05 }, 2 },                          /* syscall */
        { { 0xf3, 0xa4 }, 2 },                          /* rep movsb */
        { { 0x62, 0xf1, 0x74, 0x48, 0x58, 0x06 }, 6 },  /* vaddps zmm0, zmm1, [rsi] */
        { { 0xf4 }, 1 },                                /* hlt */
    };
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT64 gpr[16] = { 0 };
    UINT32 i;

    init_xsave( xsave );
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
    {
        gpr[RSI] = DATA;
        put_state( vp, list[i].code, list[i].size, gpr, xsave );
        if (execute_instruction( vp )) fail_msg( "row %u was executed", i );
        assert_int_equal( vp->run->s.regs.regs.rip, CODE );
        assert_int_equal( vp->arch.view.dirty, 0 );
    }
}

/* No bytes at all may hurt us; the register file and the mapping of data are all that they can reach. */
static void test_random_bytes( void **state )
{
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT8 code[INSN_MAX_LENGTH];
    UINT64 gpr[16];
    UINT32 i, done = 0;

    init_xsave( xsave );
    for (i = 0; i < 100000; i++)
    {
        fill_random( code, sizeof(code) );
        fill_random( gpr, sizeof(gpr) );
        if (i & 1) code[0] = 0x0f;
        else if (i & 2) code[0] = 0xc5 - (i >> 2 & 1);
        gpr[RSI] = DATA;
        gpr[RAX] = DATA + 64;
        put_state( vp, code, sizeof(code), gpr, xsave );
        done += execute_instruction( vp );
    }
    assert_true( done > 1000 );
}

/* Fences and other hints: only the RIP moves, and no vector state is fetched for them. */
static void test_hints( void **state )
{
    static const struct { UINT8 code[4]; UINT32 size; } list[] =
    {
        { { 0x0f, 0xae, 0xe8 }, 3 },                    /* lfence */
        { { 0x0f, 0xae, 0xf0 }, 3 },                    /* mfence */
        { { 0x0f, 0xae, 0xf8 }, 3 },                    /* sfence */
        { { 0x0f, 0x18, 0x0e }, 3 },                    /* prefetcht0 [rsi] */
        { { 0x0f, 0x0d, 0x0e }, 3 },                    /* prefetchw [rsi] */
    };
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT64 gpr[16] = { 0 };
    UINT32 i;

    init_xsave( xsave );
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
    {
        gpr[RSI] = 1ull << 60;                          /* not even looked at */
        put_state( vp, list[i].code, list[i].size, gpr, xsave );
        vp->arch.lazy.valid = vp->arch.lazy.dirty = 0;
        if (!execute_instruction( vp )) fail_msg( "row %u was refused", i );
        assert_int_equal( vp->run->s.regs.regs.rip, CODE + list[i].size );
        assert_int_equal( vp->arch.lazy.valid, 0 );
        assert_false( vp->run->s.regs.events.exception.injected );
    }
}

static void test_cmpxchg16b( void **state )
{
    static const UINT8 code[] = { 0xf0, 0x48, 0x0f, 0xc7, 0x0e };
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    UINT64 gpr[16] = { 0 }, memory[2] = { 0x1111, 0x2222 };

    init_xsave( xsave );
    gpr[RSI] = DATA;
    gpr[RAX] = 0x1111;
    gpr[RDX] = 0x2222;
    gpr[RBX] = 0x3333;
    gpr[RCX] = 0x4444;
    memcpy( ram + DATA, memory, 16 );
    put_state( vp, code, sizeof(code), gpr, xsave );
    assert_true( execute_instruction( vp ));
    memcpy( memory, ram + DATA, 16 );
    assert_int_equal( memory[0], 0x3333 );
    assert_int_equal( memory[1], 0x4444 );
    assert_true( vp->run->s.regs.regs.rflags & 0x40 );

    put_state( vp, code, sizeof(code), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rax, 0x3333 );
    assert_int_equal( vp->run->s.regs.regs.rdx, 0x4444 );
    assert_false( vp->run->s.regs.regs.rflags & 0x40 );
}

static void test_xsave( void **state )
{
    static const UINT8 save[] = { 0x48, 0x0f, 0xae, 0x26 }, restore[] = { 0x48, 0x0f, 0xae, 0x2e };
    static const UINT8 savec[] = { 0x48, 0x0f, 0xc7, 0x26 };
    static UINT8 before[XSAVE_SIZE], expect[XSAVE_SIZE] __attribute__((aligned(64))), other[XSAVE_SIZE];
    UINT32 size = 576, mask = xsave_host_layout()->features & 7, bits, i;
    struct vp *vp = *state;
    UINT64 gpr[16] = { 0 };

    if (mask & 4) size = xsave_host_layout()->components[2].offset + xsave_host_layout()->components[2].size;
    gpr[RSI] = DATA;
    for (bits = 0; bits < 8; bits++)
    {
        if (bits & ~mask) continue;
        gpr[RAX] = bits;
        init_xsave( before );
        fill_random( expect, size );
        memset( expect + XSAVE_XSTATE_BV, 0, 64 );
        memcpy( ram + DATA, expect, size );
        put_state( vp, save, sizeof(save), gpr, before );
        assert_true( execute_instruction( vp ));
        assert_false( vp->run->s.regs.events.exception.injected );
        /* what this CPU makes of the same, MXCSR_MASK included */
        {
            static UINT8 host[XSAVE_SIZE] __attribute__((aligned(64))), ours[XSAVE_SIZE] __attribute__((aligned(64)));
            UINT64 bv;

            __asm__ volatile( "xsave64 %0" : "=m" (host) : "a" (mask), "d" (0) : "memory" );
            memcpy( ours, before, sizeof(ours) );
            __asm__ volatile( "xrstor64 %1\n\txsave64 %0\n\t"
                              : "+m" (expect) : "m" (ours), "a" (mask), "d" (0) : "memory" );
            __asm__ volatile( "xrstor64 %0" : : "m" (host), "a" (mask), "d" (0) : "memory" );
            memcpy( &bv, expect + XSAVE_XSTATE_BV, sizeof(bv) );
            /* x87 was never used: the CPU may know */
            assert_int_equal( bv | XFEATURE_FP, mask );
        }
        /* ten bytes of each register; some processors leave the other six alone */
        if (bits & 1)
            for (i = 0; i < 8; i++) assert_memory_equal( ram + DATA + FX_ST + i * 16, expect + FX_ST + i * 16, 10 );
        if (bits & 2) assert_memory_equal( ram + DATA + FX_XMM, expect + FX_XMM, 256 );
        if (bits & 6) assert_memory_equal( ram + DATA + FX_MXCSR, expect + FX_MXCSR, 8 );
        if (bits & 4) assert_memory_equal( ram + DATA + 576, expect + 576, 256 );
        assert_int_equal( ram[DATA + XSAVE_XSTATE_BV], bits );

        /* and back, into other registers */
        init_xsave( other );
        put_state( vp, restore, sizeof(restore), gpr, other );
        assert_true( execute_instruction( vp ));
        assert_false( vp->run->s.regs.events.exception.injected );
        assert_true( vp->arch.lazy.dirty & VP_XSAVE );
        assert_memory_equal( vp->arch.lazy.xsave + FX_XMM, (bits & 2 ? before : other) + FX_XMM, 256 );
        if (mask & 4) assert_memory_equal( vp->arch.lazy.xsave + 576, (bits & 4 ? before : other) + 576, 256 );
    }
    /* compacted, and its header's rules */
    gpr[RAX] = mask;
    init_xsave( before );
    memset( ram + DATA, 0, 1024 );
    put_state( vp, savec, sizeof(savec), gpr, before );
    assert_true( execute_instruction( vp ));
    assert_int_equal( ram[DATA + XSAVE_XCOMP_BV], mask );
    assert_int_equal( ram[DATA + XSAVE_XCOMP_BV + 7], 0x80 );
    init_xsave( other );
    put_state( vp, restore, sizeof(restore), gpr, other );
    assert_true( execute_instruction( vp ));
    assert_memory_equal( vp->arch.lazy.xsave + FX_XMM, before + FX_XMM, 256 );
    if (mask & 4) assert_memory_equal( vp->arch.lazy.xsave + 576, before + 576, 256 );
    ram[DATA + XSAVE_RESERVED] = 1;
    put_state( vp, restore, sizeof(restore), gpr, other );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.events.exception.nr, VECTOR_GP );
    assert_memory_equal( vp->arch.lazy.xsave + FX_XMM, other + FX_XMM, 256 );
}

static void test_interrupts( void **state )
{
    static const UINT8 int3[] = { 0xcc }, int80[] = { 0xcd, 0x80 };
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    struct kvm_vcpu_events *events = &vp->run->s.regs.events;
    UINT64 gpr[16] = { 0 };

    init_xsave( xsave );
    vp->run->s.regs.sregs.idt.limit = 0xfff;
    vp->run->s.regs.sregs.idt.base = DATA;
    put_state( vp, int3, sizeof(int3), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rip, CODE + 1 );
    assert_true( events->exception.injected && events->exception.nr == 3 && !events->exception.has_error_code );

    put_state( vp, int80, sizeof(int80), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rip, CODE + 2 );
    assert_true( events->interrupt.injected && events->interrupt.nr == 0x80 );

    /* a gate that ring 3 may not use */
    memset( ram + DATA, 0, 0x1000 );
    vp->run->s.regs.sregs.ss.dpl = 3;
    put_state( vp, int80, sizeof(int80), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rip, CODE );
    assert_true( events->exception.injected && events->exception.nr == 13 &&
                 events->exception.error_code == 0x80 * 8 + 2 );
    vp->run->s.regs.sregs.ss.dpl = 0;

    vp->run->s.regs.sregs.idt.limit = 0x7ff;
    put_state( vp, int80, sizeof(int80), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_true( events->exception.injected && events->exception.nr == 13 );
}

static void test_iret( void **state )
{
    static const UINT8 iret[] = { 0xcf };
    static const UINT64 gdt[] = { 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00cffb000000ffff, 0x00cff3000000ffff };
    static UINT8 xsave[XSAVE_SIZE];
    struct vp *vp = *state;
    struct kvm_sregs *sregs = &vp->run->s.regs.sregs;
    UINT64 gpr[16] = { 0 };

    init_xsave( xsave );
    sregs->efer = 0;
    sregs->cs.l = 0;
    sregs->cs.db = sregs->ss.db = 1;
    sregs->gdt.base = GDT;
    sregs->gdt.limit = sizeof(gdt) - 1;
    memcpy( ram + GDT, gdt, sizeof(gdt) );
    gpr[RSP] = STACK;

    store32( ram + STACK, 0x2345 );
    store32( ram + STACK + 4, 0x08 );
    store32( ram + STACK + 8, 0x202 );
    put_state( vp, iret, sizeof(iret), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.regs.rip, 0x2345 );
    assert_int_equal( vp->run->s.regs.regs.rsp, STACK + 12 );
    assert_int_equal( vp->run->s.regs.regs.rflags, 0x202 );
    assert_int_equal( sregs->cs.selector, 8 );

    /* to ring 3: segments of ring 0 are dropped */
    sregs->ds.selector = 0x10;
    sregs->ds.present = 1;
    sregs->ds.type = 3;
    store32( ram + STACK + 4, 0x1b );
    store32( ram + STACK + 12, 0x7000 );
    store32( ram + STACK + 16, 0x23 );
    put_state( vp, iret, sizeof(iret), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( sregs->cs.selector, 0x1b );
    assert_int_equal( sregs->cs.dpl, 3 );
    assert_int_equal( sregs->ss.selector, 0x23 );
    assert_int_equal( vp->run->s.regs.regs.rsp, 0x7000 );
    assert_int_equal( sregs->ds.selector, 0 );
    sregs->ss.dpl = 0;

    /* a selector behind the table */
    store32( ram + STACK + 4, 0x1000 );
    put_state( vp, iret, sizeof(iret), gpr, xsave );
    assert_true( execute_instruction( vp ));
    assert_int_equal( vp->run->s.regs.events.exception.nr, 13 );
    assert_int_equal( vp->run->s.regs.events.exception.error_code, 0x1000 );
}

int main( void )
{
#define TEST( name ) cmocka_unit_test_setup_teardown( name, setup_guest, teardown_guest )
    static const struct CMUnitTest list[] =
    {
        TEST( test_rsp ),
        TEST( test_faults ),
        TEST( test_refused ),
        TEST( test_hints ),
        TEST( test_cmpxchg16b ),
        TEST( test_xsave ),
        TEST( test_interrupts ),
        TEST( test_iret ),
        TEST( test_random_bytes ),
    };

    input_seed = 0x9e3779b97f4a7c15ull;
    return cmocka_run_group_tests( list, NULL, NULL );
}
