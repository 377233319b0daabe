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

/*
 * The XSAVE area in its two formats: standard (KVM's, offsets by CPUID leaf 0xD) and compacted (the API's).
 * Conversions are pure functions of a layout, so that a test can ask for those of other CPUs than its own.
 * Knows bytes, offsets and the host's CPUID; the functions for a vp (xsave_get, xsave_set) are registers/xsave_x86.h.
 * Source: Intel SDM volume 1, chapter 13.4.
 */

#ifndef __WHV_UNIX_HOST_XSAVE_FORMAT_X86_H
#define __WHV_UNIX_HOST_XSAVE_FORMAT_X86_H

#include "winhvplatformdefs.h"

/* FXSAVE area and XSAVE header, by offset */
#define FX_FCW              0
#define FX_FSW              2
#define FX_FTW              4
#define FX_FOP              6
#define FX_FIP              8
#define FX_FDP              16
#define FX_MXCSR            24
#define FX_MXCSR_MASK       28
#define FX_ST               32
#define FX_XMM              160
#define FX_END              416
#define XSAVE_XSTATE_BV     512
#define XSAVE_XCOMP_BV      520
#define XSAVE_RESERVED      528
#define XSAVE_EXTENDED      576

#define XFEATURE_FP         1ull
#define XFEATURE_SSE        2ull
#define XFEATURE_AVX        4ull
#define XFEATURE_PKRU       0x200ull
#define XCOMP_COMPACTED     (1ull << 63)

#define XSAVE_COMPONENTS    63
#define XSAVE_OPMASK        5       /* component of the mask registers */
#define XSAVE_PKRU          9
#define XFEATURE_ZMM_HIGH   0x40ull

#define CPUID_XSAVE_LEAF    0xd

#define FCW_INIT            0x37f
#define MXCSR_INIT          0x1f80
#define FCW_POWER_ON        0x40
/* What Windows shows whatever the CPU has: AMD's misaligned SSE mode is no part of it. */
#define MXCSR_MASK_SHOWN    0xffff

struct xsave_layout
{
    UINT64 features;            /* user components that the CPU has: only they are in KVM's image */
    UINT32 mxcsr_mask;
    struct
    {
        UINT32 size, offset;    /* offset in the standard format */
        BOOL   aligned;         /* to 64 bytes in the compacted format */
    } components[XSAVE_COMPONENTS];
};

/* The layout of the CPU that this runs on. */
extern const struct xsave_layout *xsave_host_layout( void );

/* Bytes of a compacted image with these features; those that the layout does not know count nothing. */
extern UINT32 xsave_size( const struct xsave_layout *layout, UINT64 features );
/* Bytes of one in the standard format: CPUID(0Dh, 0).ECX of a processor with these features. */
extern UINT32 xsave_standard_size( const struct xsave_layout *layout, UINT64 features );
/* compact has xsave_size() bytes. */
extern void xsave_compact( const struct xsave_layout *layout, UINT64 features, const UINT8 *standard, UINT8 *compact );
/* E_INVALIDARG (standard is then untouched) for what an XRSTOR refuses: other features in XCOMP_BV, XSTATE_BV beyond
 * them, reserved header bytes, reserved MXCSR bits; and for too few bytes. Components beyond features keep what
 * standard has. */
extern HRESULT xsave_expand( const struct xsave_layout *layout, UINT64 features, const UINT8 *compact, UINT32 size,
                             UINT8 *standard );

/* Components in their initial state may have stale bytes in the image: afterwards the legacy area is what the registers
 * hold, is marked as in use, and may be read and written in place. */
extern void xsave_settle( UINT8 *xsave );

#endif /* __WHV_UNIX_HOST_XSAVE_FORMAT_X86_H */
