/*
 * A vp for unit tests of what is executed instead of KVM
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
 * What it is for: a vp whose RAM is an array and whose KVM is regs_vcpu.h's, in 64-bit mode without paging; its
 * registers and vector state by one call. It knows softkvm/execute.h, and the way onto the host CPU to compare with.
 * To be included by one test program's only source file.
 */

#ifndef __TESTS_EXECUTE_VCPU_H
#define __TESTS_EXECUTE_VCPU_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "host/bytes.h"
#include "host/host.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "inputs.h"
#include "memory/gpa_map.h"
#include "regs_vcpu.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define RAM_SIZE   0x8000
#define CODE       0x1000
#define DATA       0x3000
#define STACK      0x5000
#define GDT        0x6000
#define EFER_LONG  0x501

/* as in softkvm/native.c */
struct native_state
{
    UINT64 gpr[16];
    UINT64 rflags;
    const UINT8 *code;
    UINT8 *xsave;
    UINT64 components;
    UINT32 host_mxcsr;
    UINT16 host_fcw;
};

extern void whv_native_enter( struct native_state *state ) __attribute__((visibility("hidden")));
extern const UINT8 whv_native_back[] __attribute__((visibility("hidden")));

static UINT8 *ram, *code_page;

static void fill_random( void *to, UINT32 size )
{
    UINT8 *bytes = to;

    while (size--) *bytes++ = input_random() >> 24;
}

static int setup_guest( void **state )
{
    struct vp *vp;

    setup( state );
    vp = *state;
    ram = mmap( NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    code_page = mmap( NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    assert_true( ram != MAP_FAILED && code_page != MAP_FAILED );
    assert_int_equal( gpa_map_init( &vp->partition->gpa, -1, 8, 1ull << 36 ), S_OK );
    assert_int_equal( gpa_map_range( &vp->partition->gpa, ram, 0, RAM_SIZE, 7 ), S_OK );
    vp->partition->props.phys_bits = 36;
    vp->arch.cpuid.table->head.nent = 0;                               /* the host's */
    vp->run->s.regs.sregs.cr0 = 0x80000021 & ~0x80000000;   /* no paging: linear is physical */
    vp->run->s.regs.sregs.cr4 = CR4_OSFXSR | CR4_OSXMM | CR4_OSXSAVE | CR4_FSGSBASE;
    vp->run->s.regs.sregs.efer = EFER_LONG;
    vp->run->s.regs.sregs.cs.l = 1;
    fake.xcrs.nr_xcrs = 1;
    fake.xcrs.xcrs[0].value = xsave_host_layout()->features & 7;
    return 0;
}

static int teardown_guest( void **state )
{
    struct vp *vp = *state;

    gpa_map_free( &vp->partition->gpa );
    munmap( ram, RAM_SIZE );
    munmap( code_page, 4096 );
    return teardown( state );
}

/* Registers and vector state of the vp; RSI at the data. */
static void put_state( struct vp *vp, const UINT8 *code, UINT32 size, const UINT64 gpr[16], const UINT8 *xsave )
{
    memset( &vp->run->s.regs.events, 0, sizeof(vp->run->s.regs.events) );
    regs_from_gpr( &vp->run->s.regs.regs, gpr );
    vp->run->s.regs.regs.rip = CODE;
    vp->run->s.regs.regs.rflags = 2;
    memset( ram + CODE, 0xcc, 32 );
    memcpy( ram + CODE, code, size );
    memset( vp->arch.lazy.xsave, 0, XSAVE_SIZE );
    memcpy( vp->arch.lazy.xsave, xsave, XSAVE_SIZE );
    vp->arch.lazy.valid = VP_XSAVE;
    vp->arch.lazy.dirty = 0;
    vp->arch.view.dirty = 0;
}

static void init_xsave( UINT8 *xsave )
{
    static const UINT16 fcw = 0x37f;
    UINT64 bv = xsave_host_layout()->features & 7;

    memset( xsave, 0, XSAVE_SIZE );
    memcpy( xsave + FX_FCW, &fcw, sizeof(fcw) );
    store32( xsave + FX_MXCSR, 0x1f80 );
    fill_random( xsave + FX_XMM, 256 );
    if (bv & XFEATURE_AVX) fill_random( xsave + xsave_host_layout()->components[2].offset, 256 );
    memcpy( xsave + XSAVE_XSTATE_BV, &bv, sizeof(bv) );
}

static inline BOOL cpu_has( const char *name )
{
    __builtin_cpu_init();
#define HAS( n ) if (!strcmp( name, n )) return !!__builtin_cpu_supports( n )
    HAS( "popcnt" ); HAS( "bmi" ); HAS( "bmi2" ); HAS( "sse4.2" ); HAS( "sse2" ); HAS( "ssse3" ); HAS( "aes" );
    HAS( "pclmul" ); HAS( "avx" ); HAS( "avx2" ); HAS( "fma" );
#undef HAS
    return 0;
}

#endif /* __TESTS_EXECUTE_VCPU_H */
