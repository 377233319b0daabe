/*
 * Executing XSAVE and its like
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

/*
 * XSAVE in its four forms, XRSTOR in its two, XGETBV and XSETBV, LDMXCSR and STMXCSR, on the vp's image (standard
 * format). Written out, not run on the host: the guest's XCR0 is not ours, and the header's rules raise faults.
 * No supervisor component exists for the guest: IA32_XSS is 0 to it.
 * Source: Intel SDM volume 1, chapter 13.6 to 13.13.
 */

#include <string.h>

#include "host/bytes.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "host/xsave_format_x86.h"
#include "insn/encode.h"
#include "insn/insn.h"
#include "registers/registers_x86.h"
#include "softkvm/fault.h"
#include "softkvm/memory.h"
#include "softkvm/state.h"
#include "softkvm/unit.h"
#include "softkvm/xsave.h"
#include "vm/lazy_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

#define LEGACY_SSE_64   256     /* bytes of XMM0-15 */
#define LEGACY_SSE_32   128     /* of XMM0-7, all that is there outside of 64-bit mode */
#define MAX_IMAGE       8192

static BOOL is_64( const struct execute *ex )
{
    UINT32 i;

    /* REX.W, the last prefix before the opcode 0F */
    if (ex->mode != INSN_MODE_64) return 0;
    for (i = 0; i < ex->count && ex->bytes[i] != 0x0f; i++) if ((ex->bytes[i] & 0xf8) == 0x48) return 1;
    return 0;
}

struct image
{
    const struct xsave_layout *layout;
    UINT64 xcr0, rfbm, inuse;
    UINT64 gva;
    BOOL   compact;
};

static enum execute_result start( struct execute *ex, struct image *image )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );

    if (!(sregs->cr4 & CR4_OSXSAVE) || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (sregs->cr0 & CR0_TS) return execute_fault( ex, VECTOR_NM );
    if ((ex->insn.op == INSN_XSAVES || ex->insn.op == INSN_XRSTORS) && ex->cpl) return execute_fault( ex, VECTOR_GP );
    image->gva = execute_address( ex );
    if (image->gva & 63) return execute_fault( ex, VECTOR_GP );
    if (!execute_xcr0( ex, &image->xcr0 ) || FAILED(lazy_fetch( ex->vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    image->layout = xsave_host_layout();
    image->rfbm = ((UINT32)ex->gpr[RAX] | ex->gpr[RDX] << 32) & image->xcr0 & image->layout->features;
    image->inuse = load64( ex->vp->arch.lazy.xsave + XSAVE_XSTATE_BV ) & image->xcr0;
    return EXECUTE_DONE;
}

/* Bytes that an image with these components has, and where component i stands in it. */
static UINT32 image_size( const struct image *image, UINT64 components )
{
    UINT32 i, end, size = XSAVE_EXTENDED;

    if (image->compact) return xsave_size( image->layout, components );
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(components >> i & 1)) continue;
        end = image->layout->components[i].offset + image->layout->components[i].size;
        if (end > size) size = end;
    }
    return size;
}

static UINT32 image_offset( const struct image *image, UINT64 components, UINT32 component )
{
    UINT32 offset;

    if (!image->compact) return image->layout->components[component].offset;
    /* xsave_size of all below and itself, less itself */
    offset = xsave_size( image->layout, components & ((2ull << component) - 1) );
    return offset - image->layout->components[component].size;
}

/* The x87 part as the instruction writes it: 64-bit pointers, or 32-bit ones and selectors,
 * which the CPU no longer keeps. */
static void legacy_pointers( const struct execute *ex, UINT8 *x87 )
{
    if (is_64( ex )) return;
    store32( x87 + FX_FIP + 4, 0 );
    store32( x87 + FX_FDP + 4, 0 );
}

enum execute_result execute_xsave( struct execute *ex )
{
    const UINT8 *state = ex->vp->arch.lazy.xsave;
    BOOL optimized = ex->insn.op != INSN_XSAVE;
    struct execute_memory memory;
    enum execute_result result;
    struct image image;
    UINT8 legacy[FX_MXCSR], header[16];
    UINT32 i, sse;
    UINT64 bv;

    image.compact = ex->insn.op == INSN_XSAVEC || ex->insn.op == INSN_XSAVES;
    if ((result = start( ex, &image )) != EXECUTE_DONE) return result;
    result = execute_open( ex, ex->insn.mem.segment, image.gva, image_size( &image, image.rfbm ), 1, &memory );
    if (result != EXECUTE_DONE) return result;

    if (image.rfbm & XFEATURE_FP)
    {
        memcpy( legacy, state, sizeof(legacy) );
        legacy_pointers( ex, legacy );
        if (!execute_write( ex, &memory, 0, legacy, FX_MXCSR )) return EXECUTE_REFUSED;
        if (!execute_write( ex, &memory, FX_ST, state + FX_ST, FX_XMM - FX_ST )) return EXECUTE_REFUSED;
    }
    if (image.rfbm & (XFEATURE_SSE | XFEATURE_AVX))
    {
        memcpy( header, state + FX_MXCSR, 4 );
        store32( header + 4, image.layout->mxcsr_mask );
        if (!execute_write( ex, &memory, FX_MXCSR, header, 8 )) return EXECUTE_REFUSED;
    }
    if (image.rfbm & XFEATURE_SSE)
    {
        sse = ex->mode == INSN_MODE_64 ? LEGACY_SSE_64 : LEGACY_SSE_32;
        if (!execute_write( ex, &memory, FX_XMM, state + FX_XMM, sse )) return EXECUTE_REFUSED;
    }
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        static const UINT8 zero[1024];
        const UINT8 *from = state + image.layout->components[i].offset;
        UINT32 size = image.layout->components[i].size, offset, done, part;

        if (!(image.rfbm >> i & 1)) continue;
        if (!(image.inuse >> i & 1) && optimized) continue;
        offset = image_offset( &image, image.rfbm, i );
        for (done = 0; done < size; done += part)
        {
            part = size - done < sizeof(zero) ? size - done : sizeof(zero);
            if (!execute_write( ex, &memory, offset + done, image.inuse >> i & 1 ? from + done : zero, part ))
                return EXECUTE_REFUSED;
        }
    }
    if (image.compact)
    {
        store64( header, image.inuse & image.rfbm );
        store64( header + 8, XCOMP_COMPACTED | image.rfbm );
        if (!execute_write( ex, &memory, XSAVE_XSTATE_BV, header, 16 )) return EXECUTE_REFUSED;
        return EXECUTE_DONE;
    }
    if (!execute_read( ex, &memory, XSAVE_XSTATE_BV, &bv, sizeof(bv) )) return EXECUTE_REFUSED;
    bv = (bv & ~image.rfbm) | (image.inuse & image.rfbm);
    return execute_write( ex, &memory, XSAVE_XSTATE_BV, &bv, sizeof(bv) ) ? EXECUTE_DONE : EXECUTE_REFUSED;
}

static BOOL is_zero( const UINT8 *bytes, UINT32 size )
{
    while (size--) if (*bytes++) return 0;
    return 1;
}

enum execute_result execute_xrstor( struct execute *ex )
{
    static const UINT16 fcw = FCW_INIT;
    static const UINT32 mxcsr_init = MXCSR_INIT;
    UINT8 *state = ex->vp->arch.lazy.xsave, header[64], buffer[MAX_IMAGE];
    struct execute_memory memory;
    enum execute_result result;
    UINT64 bv, comp, components, loaded;
    UINT32 i, size, sse, mxcsr;
    struct image image;

    image.compact = 0;
    if ((result = start( ex, &image )) != EXECUTE_DONE) return result;
    result = execute_open( ex, ex->insn.mem.segment, image.gva, XSAVE_EXTENDED, 0, &memory );
    if (result != EXECUTE_DONE) return result;
    if (!execute_read( ex, &memory, XSAVE_XSTATE_BV, header, sizeof(header) )) return EXECUTE_REFUSED;
    bv = load64( header );
    comp = load64( header + 8 );
    image.compact = comp >> 63;
    components = image.compact ? comp & ~XCOMP_COMPACTED : image.rfbm;

    if (image.compact)
    {
        if ((components & ~image.xcr0) || (bv & ~components) || !is_zero( header + 16, 48 ))
            return execute_fault( ex, VECTOR_GP );
    }
    else
    {
        if (ex->insn.op == INSN_XRSTORS || (bv & ~image.xcr0) || !is_zero( header + 8, 16 ))
            return execute_fault( ex, VECTOR_GP );
    }
    size = image_size( &image, components );
    if (size > sizeof(buffer)) return EXECUTE_REFUSED;
    result = execute_open( ex, ex->insn.mem.segment, image.gva, size, 0, &memory );
    if (result != EXECUTE_DONE) return result;
    if (!execute_read( ex, &memory, 0, buffer, size )) return EXECUTE_REFUSED;

    loaded = image.rfbm & bv;
    mxcsr = load32( buffer + FX_MXCSR );
    if ((image.compact ? (loaded & XFEATURE_SSE) : (image.rfbm & (XFEATURE_SSE | XFEATURE_AVX))) &&
        (mxcsr & ~image.layout->mxcsr_mask))
        return execute_fault( ex, VECTOR_GP );

    if (loaded & XFEATURE_FP)
    {
        legacy_pointers( ex, buffer );
        memcpy( state, buffer, FX_MXCSR );
        memcpy( state + FX_ST, buffer + FX_ST, FX_XMM - FX_ST );
    }
    else if (image.rfbm & XFEATURE_FP)
    {
        memset( state, 0, FX_MXCSR );
        memset( state + FX_ST, 0, FX_XMM - FX_ST );
        memcpy( state + FX_FCW, &fcw, sizeof(fcw) );
    }
    sse = ex->mode == INSN_MODE_64 ? LEGACY_SSE_64 : LEGACY_SSE_32;
    if (loaded & XFEATURE_SSE) memcpy( state + FX_XMM, buffer + FX_XMM, sse );
    else if (image.rfbm & XFEATURE_SSE) memset( state + FX_XMM, 0, sse );
    /* the standard form loads MXCSR from memory even where it clears the registers */
    if (!image.compact && (image.rfbm & (XFEATURE_SSE | XFEATURE_AVX)))
        memcpy( state + FX_MXCSR, &mxcsr, sizeof(mxcsr) );
    else if (image.compact && (image.rfbm & XFEATURE_SSE))
        memcpy( state + FX_MXCSR, loaded & XFEATURE_SSE ? &mxcsr : &mxcsr_init, sizeof(mxcsr) );

    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(loaded >> i & 1)) continue;
        memcpy( state + image.layout->components[i].offset, buffer + image_offset( &image, components, i ),
                image.layout->components[i].size );
    }
    bv = load64( state + XSAVE_XSTATE_BV );
    store64( state + XSAVE_XSTATE_BV, (bv & ~(image.rfbm & ~3ull)) | loaded | XFEATURE_FP | XFEATURE_SSE );
    lazy_touch( ex->vp, VP_XSAVE );
    return EXECUTE_DONE;
}

enum execute_result execute_xgetbv( struct execute *ex )
{
    UINT32 index = ex->gpr[RCX];
    UINT64 value;

    if (!(view_sregs( ex->vp )->cr4 & CR4_OSXSAVE) || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (index > 1) return execute_fault( ex, VECTOR_GP );
    if (!execute_xcr0( ex, &value )) return EXECUTE_REFUSED;
    if (index)
    {
        if (FAILED(lazy_fetch( ex->vp, VP_XSAVE ))) return EXECUTE_REFUSED;
        value &= load64( ex->vp->arch.lazy.xsave + XSAVE_XSTATE_BV );
    }
    ex->gpr[RAX] = (UINT32)value;
    ex->gpr[RDX] = value >> 32;
    return EXECUTE_DONE;
}

enum execute_result execute_xsetbv( struct execute *ex )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterXCr0;
    WHV_REGISTER_VALUE value = { .Reg128 = { { (UINT32)ex->gpr[RAX] | ex->gpr[RDX] << 32, 0 } } };
    UINT64 old;

    if (!(view_sregs( ex->vp )->cr4 & CR4_OSXSAVE) || ex->insn.lock) return execute_fault( ex, VECTOR_UD );
    if (ex->cpl || (UINT32)ex->gpr[RCX] || !(value.Reg64 & XFEATURE_FP)) return execute_fault( ex, VECTOR_GP );
    if (!execute_xcr0( ex, &old ) || FAILED(regs_set( ex->vp, &name, 1, &value ))) return EXECUTE_REFUSED;
    /* KVM knows what the guest's CPU has */
    if (SUCCEEDED(lazy_write_back( ex->vp ))) return EXECUTE_DONE;
    value.Reg64 = old;
    regs_set( ex->vp, &name, 1, &value );
    return execute_fault( ex, VECTOR_GP );
}

enum execute_result execute_ldmxcsr( struct execute *ex )
{
    struct execute_memory memory;
    enum execute_result result;
    UINT32 value;

    result = execute_check_unit( ex, ex->insn.vex ? INSN_UNIT_AVX : INSN_UNIT_SSE );
    if (result != EXECUTE_DONE) return result;
    if ((result = execute_open_operand( ex, &memory )) != EXECUTE_DONE) return result;
    if (!execute_read( ex, &memory, 0, &value, 4 ) || FAILED(lazy_fetch( ex->vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    if (value & ~xsave_host_layout()->mxcsr_mask) return execute_fault( ex, VECTOR_GP );
    store32( ex->vp->arch.lazy.xsave + FX_MXCSR, value );
    lazy_touch( ex->vp, VP_XSAVE );
    return EXECUTE_DONE;
}

enum execute_result execute_stmxcsr( struct execute *ex )
{
    struct execute_memory memory;
    enum execute_result result;

    result = execute_check_unit( ex, ex->insn.vex ? INSN_UNIT_AVX : INSN_UNIT_SSE );
    if (result != EXECUTE_DONE) return result;
    if ((result = execute_open_operand( ex, &memory )) != EXECUTE_DONE) return result;
    if (FAILED(lazy_fetch( ex->vp, VP_XSAVE ))) return EXECUTE_REFUSED;
    return execute_write( ex, &memory, 0, ex->vp->arch.lazy.xsave + FX_MXCSR, 4 ) ? EXECUTE_DONE : EXECUTE_REFUSED;
}
