/*
 * XSAVE images
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <pthread.h>
#include <string.h>

#include "host/bytes.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"

static struct xsave_layout host_layout;

static pthread_once_t host_layout_once = PTHREAD_ONCE_INIT;

static void host_cpuid( UINT32 leaf, UINT32 subleaf, UINT32 out[4] )
{
    __asm__ volatile( "cpuid" : "=a" (out[EAX]), "=b" (out[EBX]), "=c" (out[ECX]), "=d" (out[EDX])
                              : "a" (leaf), "c" (subleaf) );
}

static void read_host_layout( void )
{
    UINT8 fxsave[512] __attribute__((aligned(16))) = { 0 };
    UINT32 i, regs[4];
    UINT64 features;

    __asm__ volatile( "fxsave %0" : "=m" (fxsave) );
    /* CPUs that leave the mask zero have the bits of the first SSE (SDM 1 section 11.6.6) */
    if (!(host_layout.mxcsr_mask = load32( fxsave + FX_MXCSR_MASK ))) host_layout.mxcsr_mask = 0xffbf;

    host_layout.features = XFEATURE_FP | XFEATURE_SSE;
    host_cpuid( 0, 0, regs );
    if (regs[EAX] < CPUID_XSAVE_LEAF) return;
    host_cpuid( CPUID_XSAVE_LEAF, 0, regs );
    features = regs[EAX] | (UINT64)regs[EDX] << 32;
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(features >> i & 1)) continue;
        host_cpuid( CPUID_XSAVE_LEAF, i, regs );
        /* supervisor components are MSRs to KVM, and not in its image */
        if (!regs[EAX] || (regs[ECX] & 1)) continue;
        host_layout.components[i].size = regs[EAX];
        host_layout.components[i].offset = regs[EBX];
        host_layout.components[i].aligned = regs[ECX] >> 1 & 1;
        host_layout.features |= 1ull << i;
    }
}

const struct xsave_layout *xsave_host_layout( void )
{
    pthread_once( &host_layout_once, read_host_layout );
    return &host_layout;
}

/* ---- conversion ---- */

/* Where component i begins in a compacted image whose components below it end at end. */
static UINT32 compact_offset( const struct xsave_layout *layout, UINT32 i, UINT32 end )
{
    return layout->components[i].aligned ? (end + 63) & ~63u : end;
}

UINT32 xsave_size( const struct xsave_layout *layout, UINT64 features )
{
    UINT32 i, end = XSAVE_EXTENDED;

    features &= layout->features;
    for (i = 2; i < XSAVE_COMPONENTS; i++)
        if (features >> i & 1) end = compact_offset( layout, i, end ) + layout->components[i].size;
    return end;
}

UINT32 xsave_standard_size( const struct xsave_layout *layout, UINT64 features )
{
    UINT32 i, end = XSAVE_EXTENDED;

    features &= layout->features;
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(features >> i & 1)) continue;
        if (layout->components[i].offset + layout->components[i].size > end)
            end = layout->components[i].offset + layout->components[i].size;
    }
    return end;
}

void xsave_compact( const struct xsave_layout *layout, UINT64 features, const UINT8 *standard, UINT8 *compact )
{
    UINT32 i, offset, end = XSAVE_EXTENDED;
    UINT64 bv;

    features &= layout->features;
    bv = load64( standard + XSAVE_XSTATE_BV ) & features;
    memset( compact, 0, xsave_size( layout, features ));
    /* what is behind the XMM registers is the kernel's own note */
    memcpy( compact, standard, FX_END );
    store64( compact + XSAVE_XSTATE_BV, bv );
    store64( compact + XSAVE_XCOMP_BV, XCOMP_COMPACTED | features );
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(features >> i & 1)) continue;
        offset = compact_offset( layout, i, end );
        end = offset + layout->components[i].size;
        if (bv >> i & 1)
            memcpy( compact + offset, standard + layout->components[i].offset, layout->components[i].size );
    }
}

static BOOL header_is_valid( const struct xsave_layout *layout, UINT64 features, const UINT8 *compact )
{
    UINT64 bv = load64( compact + XSAVE_XSTATE_BV );
    UINT32 i;

    if (load64( compact + XSAVE_XCOMP_BV ) != (XCOMP_COMPACTED | features)) return 0;
    if (bv & ~features) return 0;
    for (i = XSAVE_RESERVED; i < XSAVE_EXTENDED; i++) if (compact[i]) return 0;
    if ((bv & (XFEATURE_SSE | XFEATURE_AVX)) && (load32( compact + FX_MXCSR ) & ~layout->mxcsr_mask)) return 0;
    return 1;
}

HRESULT xsave_expand( const struct xsave_layout *layout, UINT64 features, const UINT8 *compact, UINT32 size,
                      UINT8 *standard )
{
    UINT32 i, offset, end = XSAVE_EXTENDED;
    UINT64 bv;

    features &= layout->features;
    if (size < xsave_size( layout, features ) || !header_is_valid( layout, features, compact )) return E_INVALIDARG;
    bv = load64( compact + XSAVE_XSTATE_BV );
    memcpy( standard, compact, FX_END );
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(features >> i & 1)) continue;
        offset = compact_offset( layout, i, end );
        end = offset + layout->components[i].size;
        if (bv >> i & 1)
            memcpy( standard + layout->components[i].offset, compact + offset, layout->components[i].size );
    }
    store64( standard + XSAVE_XSTATE_BV, (load64( standard + XSAVE_XSTATE_BV ) & ~features) | bv );
    xsave_settle( standard );
    return S_OK;
}

void xsave_settle( UINT8 *xsave )
{
    static const UINT16 fcw = FCW_INIT;
    static const UINT32 mxcsr = MXCSR_INIT;
    UINT64 bv = load64( xsave + XSAVE_XSTATE_BV );

    if (!(bv & XFEATURE_FP))
    {
        memset( xsave, 0, FX_MXCSR );
        memset( xsave + FX_ST, 0, FX_XMM - FX_ST );
        memcpy( xsave + FX_FCW, &fcw, sizeof(fcw) );
    }
    if (!(bv & XFEATURE_SSE))
    {
        memset( xsave + FX_XMM, 0, FX_END - FX_XMM );
        if (!(bv & XFEATURE_AVX)) memcpy( xsave + FX_MXCSR, &mxcsr, sizeof(mxcsr) );
    }
    store64( xsave + XSAVE_XSTATE_BV, bv | XFEATURE_FP | XFEATURE_SSE );
}
