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

#include <pthread.h>
#include <string.h>

#include "bytes.h"
#include "regs.h"
#include "regs_table.h"
#include "xsave.h"

#define CPUID_XSAVE_LEAF    0xd

/* ---- layout ---- */

static struct xsave_layout host_layout;
static pthread_once_t host_layout_once = PTHREAD_ONCE_INIT;

/* gcc's <cpuid.h> would be shadowed by our own where our directory is searched */
static void host_cpuid( UINT32 leaf, UINT32 subleaf, UINT32 out[4] )
{
    __asm__ volatile( "cpuid" : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]), "=d" (out[3]) : "a" (leaf), "c" (subleaf) );
}

static void read_host_layout( void )
{
    UINT8 fxsave[512] __attribute__((aligned(16))) = { 0 };
    UINT32 i, regs[4];
    UINT64 features;

    __asm__ volatile( "fxsave %0" : "=m" (fxsave) );
    /* CPUs that leave the mask zero have the bits of the first SSE (SDM 1 section 11.6.6) */
    if (!(host_layout.mxcsr_mask = load32( fxsave + FX_MXCSR_MASK ))) host_layout.mxcsr_mask = 0xffbf;

    host_layout.features = XSTATE_FP | XSTATE_SSE;
    host_cpuid( 0, 0, regs );
    if (regs[0] < CPUID_XSAVE_LEAF) return;
    host_cpuid( CPUID_XSAVE_LEAF, 0, regs );
    features = regs[0] | (UINT64)regs[3] << 32;
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(features >> i & 1)) continue;
        host_cpuid( CPUID_XSAVE_LEAF, i, regs );
        /* supervisor components are MSRs to KVM, and not in its image */
        if (!regs[0] || (regs[2] & 1)) continue;
        host_layout.components[i].size = regs[0];
        host_layout.components[i].offset = regs[1];
        host_layout.components[i].aligned = regs[2] >> 1 & 1;
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
        if (bv >> i & 1) memcpy( compact + offset, standard + layout->components[i].offset, layout->components[i].size );
    }
}

static BOOL header_is_valid( const struct xsave_layout *layout, UINT64 features, const UINT8 *compact )
{
    UINT64 bv = load64( compact + XSAVE_XSTATE_BV );
    UINT32 i;

    if (load64( compact + XSAVE_XCOMP_BV ) != (XCOMP_COMPACTED | features)) return 0;
    if (bv & ~features) return 0;
    for (i = XSAVE_RESERVED; i < XSAVE_EXTENDED; i++) if (compact[i]) return 0;
    if ((bv & (XSTATE_SSE | XSTATE_AVX)) && (load32( compact + FX_MXCSR ) & ~layout->mxcsr_mask)) return 0;
    return 1;
}

HRESULT xsave_expand( const struct xsave_layout *layout, UINT64 features, const UINT8 *compact, UINT32 size, UINT8 *standard )
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
        if (bv >> i & 1) memcpy( standard + layout->components[i].offset, compact + offset, layout->components[i].size );
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

    if (!(bv & XSTATE_FP))
    {
        memset( xsave, 0, FX_MXCSR );
        memset( xsave + FX_ST, 0, FX_XMM - FX_ST );
        memcpy( xsave + FX_FCW, &fcw, sizeof(fcw) );
    }
    if (!(bv & XSTATE_SSE))
    {
        memset( xsave + FX_XMM, 0, FX_END - FX_XMM );
        if (!(bv & XSTATE_AVX)) memcpy( xsave + FX_MXCSR, &mxcsr, sizeof(mxcsr) );
    }
    store64( xsave + XSAVE_XSTATE_BV, bv | XSTATE_FP | XSTATE_SSE );
}

/* ---- a vp's image ---- */

/* What the guest's CPUID offers for XCR0, whatever of it is enabled now: the image of a vp has one size and one XCOMP_BV,
 * as on Windows, so that a client may ask for them once. */
static UINT64 vp_features( const struct vp *vp, const struct xsave_layout *layout )
{
    UINT64 features = XSTATE_FP | XSTATE_SSE;
    const struct kvm_cpuid_entry2 *entry;
    UINT32 i;

    for (i = 0; vp->cpuid && i < vp->cpuid->head.nent && i < CPUID_MAX_ENTRIES; i++)
    {
        entry = &vp->cpuid->entries[i];
        if (entry->function == CPUID_XSAVE_LEAF && !entry->index) features |= entry->eax | (UINT64)entry->edx << 32;
    }
    features &= layout->features;
    /* a kernel without KVM_GET_XSAVE2 has no room for AMX */
    for (i = 2; i < XSAVE_COMPONENTS; i++)
        if ((features >> i & 1) && layout->components[i].offset + layout->components[i].size > vp->partition->host->xsave_size)
            features &= ~(1ull << i);
    return features;
}

UINT32 xsave_compact_size( struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();

    return xsave_size( layout, vp_features( vp, layout ));
}

HRESULT xsave_get( struct vp *vp, void *buffer, UINT32 size, UINT32 *written )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 features = vp_features( vp, layout );
    HRESULT hr;

    *written = xsave_size( layout, features );
    if (!buffer || size < *written) return WHV_E_INSUFFICIENT_BUFFER;
    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    xsave_compact( layout, features, vp->xsave, buffer );
    return S_OK;
}

HRESULT xsave_set( struct vp *vp, const void *buffer, UINT32 size )
{
    const struct xsave_layout *layout = xsave_host_layout();
    HRESULT hr;

    if (!buffer) return E_INVALIDARG;
    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    /* bytes behind the image are passed over: QEMU 11 hands in as many as the standard format has */
    if (FAILED(hr = xsave_expand( layout, vp_features( vp, layout ), buffer, size, vp->xsave ))) return hr;
    vp->lazy_dirty |= VP_XSAVE;
    return S_OK;
}

void xsave_state_pkru( struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT64 bv = load64( vp->xsave + XSAVE_XSTATE_BV );

    if ((bv & XSTATE_PKRU) || !(vp_features( vp, layout ) & XSTATE_PKRU)) return;
    memset( vp->xsave + layout->components[XSAVE_PKRU].offset, 0, layout->components[XSAVE_PKRU].size );
    store64( vp->xsave + XSAVE_XSTATE_BV, bv | XSTATE_PKRU );
}

/* ---- single registers ---- */

static UINT32 part_size( UINT32 where )
{
    return REG_XSTATE_COMPONENT( where ) == XSAVE_OPMASK ? 8 : 16;
}

/* Where it is in the image, which must have been fetched; NULL: the host doesn't have it. */
static UINT8 *part_of( struct vp *vp, UINT32 where )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT32 component = REG_XSTATE_COMPONENT( where ), offset = REG_XSTATE_OFFSET( where ), size = part_size( where );

    if (!(layout->features >> component & 1) || offset + size > layout->components[component].size) return NULL;
    offset += layout->components[component].offset;
    return offset + size <= vp->partition->host->xsave_size ? vp->xsave + offset : NULL;
}

static BOOL is_zero( const WHV_REGISTER_VALUE *value, UINT32 where )
{
    return !value->Reg128.Low64 && (part_size( where ) == 8 || !value->Reg128.High64);
}

HRESULT xsave_get_part( struct vp *vp, UINT32 where, WHV_REGISTER_VALUE *value )
{
    const UINT8 *part;
    HRESULT hr;

    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    if (!(load64( vp->xsave + XSAVE_XSTATE_BV ) >> REG_XSTATE_COMPONENT( where ) & 1)) return S_OK;
    if ((part = part_of( vp, where ))) memcpy( value, part, part_size( where ));
    return S_OK;
}

HRESULT xsave_check_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value )
{
    UINT64 component = 1ull << REG_XSTATE_COMPONENT( where );

    if (is_zero( value, where )) return S_OK;
    /* before the vp has its leaves the host decides */
    if (part_of( vp, where ) && (!vp->cpuid || !vp->cpuid->head.nent || (vp_features( vp, xsave_host_layout() ) & component))) return S_OK;
    return ERROR_HV_INVALID_REGISTER_VALUE;
}

HRESULT xsave_set_part( struct vp *vp, UINT32 where, const WHV_REGISTER_VALUE *value )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT32 component = REG_XSTATE_COMPONENT( where );
    UINT64 bv;
    UINT8 *part;
    HRESULT hr;

    if (FAILED(hr = regs_fetch( vp, VP_XSAVE ))) return hr;
    bv = load64( vp->xsave + XSAVE_XSTATE_BV );
    if (!(part = part_of( vp, where ))) return S_OK;
    if (!(bv >> component & 1))
    {
        /* in its initial state, which is zero: what stands in the image is stale */
        if (is_zero( value, where )) return S_OK;
        memset( vp->xsave + layout->components[component].offset, 0, layout->components[component].size );
        store64( vp->xsave + XSAVE_XSTATE_BV, bv | 1ull << component );
    }
    if (!memcmp( part, value, part_size( where ))) return S_OK;
    memcpy( part, value, part_size( where ));
    vp->lazy_dirty |= VP_XSAVE;
    return S_OK;
}
