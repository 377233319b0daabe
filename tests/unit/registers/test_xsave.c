/*
 * Unit tests: XSAVE images
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/bytes.h"
#include "host/xsave_format_x86.h"

#define IMAGE_SIZE  16384
#define ROUNDS      2000

/* A CPU with everything: sizes and offsets as Intel has them. */
static const struct xsave_layout big =
{
    .features = 0x602e7, .mxcsr_mask = 0xffff,
    .components =
    {
        [2]  = { 256, 576, 0 },
        [5]  = { 64, 1088, 0 },
        [6]  = { 512, 1152, 0 },
        [7]  = { 1024, 1664, 0 },
        [9]  = { 8, 2688, 0 },
        [17] = { 64, 2752, 1 },
        [18] = { 8192, 2816, 1 },
    },
};

static const struct xsave_layout small = { .features = 3, .mxcsr_mask = 0xffff };

static void fill( UINT8 *image, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < size; i++) image[i] = rand();
}

static void test_sizes( void **state )
{
    (void)state;
    assert_int_equal( xsave_size( &big, 3 ), 576 );
    assert_int_equal( xsave_size( &big, 7 ), 832 );
    assert_int_equal( xsave_size( &big, 0xe7 ), 576 + 256 + 64 + 512 + 1024 );
    assert_int_equal( xsave_size( &big, 0x207 ), 840 );
    /* 840 is no multiple of 64, and tile configuration must begin at one */
    assert_int_equal( xsave_size( &big, 0x20207 ), 896 + 64 );
    assert_int_equal( xsave_size( &big, 0x60207 ), 896 + 64 + 8192 );
    /* components that nobody has */
    assert_int_equal( xsave_size( &big, ~0ull ), xsave_size( &big, big.features ));
    assert_int_equal( xsave_size( &small, ~0ull ), 576 );
}

static void test_compact_known( void **state )
{
    static UINT8 standard[IMAGE_SIZE], compact[IMAGE_SIZE];
    (void)state;

    memset( standard, 0x11, sizeof(standard) );
    memset( standard + 2688, 0x99, 8 );
    store64( standard + XSAVE_XSTATE_BV, 0x203 );
    memset( compact, 0xee, sizeof(compact) );
    xsave_compact( &big, 0x207, standard, compact );
    assert_int_equal( load64( compact + XSAVE_XSTATE_BV ), 0x203 );
    assert_int_equal( load64( compact + XSAVE_XCOMP_BV ), 0x8000000000000207ull );
    assert_int_equal( compact[0], 0x11 );
    assert_int_equal( compact[415], 0x11 );
    assert_int_equal( compact[416], 0 );
    assert_int_equal( compact[528], 0 );
    /* AVX is in its initial state: no stale bytes */
    assert_int_equal( compact[576], 0 );
    assert_int_equal( compact[831], 0 );
    assert_int_equal( compact[832], 0x99 );
    assert_int_equal( compact[839], 0x99 );
    assert_int_equal( compact[840], 0xee );
}

/* Any image survives there and back: for random features, contents and states. */
static void test_round_trip( void **state )
{
    static UINT8 standard[IMAGE_SIZE], compact[IMAGE_SIZE + 1], back[IMAGE_SIZE], again[IMAGE_SIZE + 1];
    UINT32 round, size, i;
    UINT64 features, bv;
    (void)state;

    srand( 1 );
    for (round = 0; round < ROUNDS; round++)
    {
        features = ((((UINT64)rand() << 20) ^ rand()) & big.features) | 3;
        bv = ((((UINT64)rand() << 20) ^ rand()) & features);
        fill( standard, sizeof(standard) );
        store32( standard + FX_MXCSR, rand() & 0xffff );
        store64( standard + XSAVE_XSTATE_BV, bv );
        xsave_settle( standard );
        bv |= 3;

        size = xsave_size( &big, features );
        compact[size] = again[size] = 0xa5;
        xsave_compact( &big, features, standard, compact );
        assert_int_equal( compact[size], 0xa5 );

        fill( back, sizeof(back) );
        store64( back + XSAVE_XSTATE_BV, 0 );
        assert_int_equal( xsave_expand( &big, features, compact, size, back ), S_OK );
        assert_memory_equal( back, standard, FX_END );
        assert_true( load64( back + XSAVE_XSTATE_BV ) == bv );
        for (i = 2; i < XSAVE_COMPONENTS; i++)
            if (bv >> i & 1)
                assert_memory_equal( back + big.components[i].offset, standard + big.components[i].offset,
                                     big.components[i].size );
        xsave_compact( &big, features, back, again );
        assert_memory_equal( compact, again, size );
        assert_int_equal( again[size], 0xa5 );
    }
}

/* What is no part of the features stays in the standard image. */
static void test_keeps_others( void **state )
{
    static UINT8 standard[IMAGE_SIZE], compact[IMAGE_SIZE];
    (void)state;

    memset( standard, 0, sizeof(standard) );
    memset( standard + 1088, 0x55, 64 );
    store64( standard + XSAVE_XSTATE_BV, 0x23 );
    xsave_compact( &big, 7, standard, compact );
    assert_int_equal( load64( compact + XSAVE_XSTATE_BV ), 3 );
    store64( compact + XSAVE_XSTATE_BV, 7 );
    assert_int_equal( xsave_expand( &big, 7, compact, 832, standard ), S_OK );
    assert_int_equal( load64( standard + XSAVE_XSTATE_BV ), 0x27 );
    assert_int_equal( standard[1088], 0x55 );
    assert_int_equal( standard[1151], 0x55 );
}

static void refuse( const UINT8 *compact, UINT32 size )
{
    static UINT8 standard[IMAGE_SIZE], before[IMAGE_SIZE];

    fill( standard, sizeof(standard) );
    memcpy( before, standard, sizeof(before) );
    assert_int_equal( xsave_expand( &big, 7, compact, size, standard ), E_INVALIDARG );
    assert_memory_equal( standard, before, sizeof(before) );
}

static void test_refused( void **state )
{
    static UINT8 standard[IMAGE_SIZE], good[IMAGE_SIZE], bad[IMAGE_SIZE];
    UINT32 i;
    (void)state;

    store64( standard + XSAVE_XSTATE_BV, 7 );
    store32( standard + FX_MXCSR, 0x1f80 );
    xsave_compact( &big, 7, standard, good );
    assert_int_equal( xsave_expand( &big, 7, good, 832, standard ), S_OK );
    assert_int_equal( xsave_expand( &big, 7, good, 8192, standard ), S_OK );

    for (i = 0; i < 832; i += 13) refuse( good, i );
    refuse( good, 831 );

#define BAD( offset, value ) (memcpy( bad, good, 832 ), store64( bad + (offset), value ), refuse( bad, 832 ))
    BAD( XSAVE_XCOMP_BV, 0 );
    BAD( XSAVE_XCOMP_BV, 7 );
    BAD( XSAVE_XCOMP_BV, XCOMP_COMPACTED | 3 );
    BAD( XSAVE_XCOMP_BV, XCOMP_COMPACTED | 0xe7 );
    BAD( XSAVE_XCOMP_BV, ~0ull );
    BAD( XSAVE_XSTATE_BV, 0xf );
    BAD( XSAVE_XSTATE_BV, ~0ull );
    BAD( XSAVE_XSTATE_BV, 1ull << 63 );
#undef BAD
    for (i = XSAVE_RESERVED; i < XSAVE_EXTENDED; i++)
    {
        memcpy( bad, good, 832 );
        bad[i] = 1;
        refuse( bad, 832 );
    }
    memcpy( bad, good, 832 );
    store32( bad + FX_MXCSR, 0x10000 );
    refuse( bad, 832 );
    store64( bad + XSAVE_XSTATE_BV, 4 );
    refuse( bad, 832 );
    /* with SSE and AVX in their initial state nobody looks at it */
    store64( bad + XSAVE_XSTATE_BV, 1 );
    assert_int_equal( xsave_expand( &big, 7, bad, 832, standard ), S_OK );
    assert_int_equal( standard[FX_MXCSR] | standard[FX_MXCSR + 1] << 8, MXCSR_INIT );
}

static void test_settle( void **state )
{
    static UINT8 image[IMAGE_SIZE];
    UINT32 i;
    (void)state;

    memset( image, 0xff, sizeof(image) );
    store64( image + XSAVE_XSTATE_BV, 0 );
    xsave_settle( image );
    assert_int_equal( load64( image ), FCW_INIT );
    assert_int_equal( load64( image + FX_FDP ), 0 );
    assert_int_equal( image[FX_MXCSR] | image[FX_MXCSR + 1] << 8 | image[FX_MXCSR + 2] << 16, MXCSR_INIT );
    for (i = FX_ST; i < FX_END; i++) assert_int_equal( image[i], 0 );
    assert_int_equal( load64( image + XSAVE_XSTATE_BV ), 3 );

    /* MXCSR lives as long as one of SSE and AVX does */
    memset( image, 0xff, sizeof(image) );
    store32( image + FX_MXCSR, 0x1234 );
    store64( image + XSAVE_XSTATE_BV, XFEATURE_AVX );
    xsave_settle( image );
    assert_int_equal( image[FX_MXCSR] | image[FX_MXCSR + 1] << 8, 0x1234 );
    assert_int_equal( image[FX_XMM], 0 );
    assert_int_equal( load64( image + XSAVE_XSTATE_BV ), 7 );

    memset( image, 0x77, sizeof(image) );
    store64( image + XSAVE_XSTATE_BV, 3 );
    xsave_settle( image );
    for (i = 0; i < FX_END; i++) assert_int_equal( image[i], 0x77 );
}

static void test_random_bytes( void **state )
{
    static UINT8 standard[IMAGE_SIZE];
    UINT8 *compact;
    UINT32 round, size;
    UINT64 features;
    (void)state;

    srand( 2 );
    for (round = 0; round < ROUNDS; round++)
    {
        features = rand() & big.features;
        size = rand() % 3000;
        /* on its own heap block: a tool sees the byte too much */
        compact = malloc( size + 1 );
        fill( compact, size );
        if (size >= XSAVE_EXTENDED && (round & 1))
        {
            memset( compact + XSAVE_RESERVED, 0, XSAVE_EXTENDED - XSAVE_RESERVED );
            store64( compact + XSAVE_XCOMP_BV, XCOMP_COMPACTED | features );
            store64( compact + XSAVE_XSTATE_BV, load64( compact + XSAVE_XSTATE_BV ) & features );
        }
        xsave_expand( &big, features, compact, size, standard );
        free( compact );
    }
}

static void test_host_layout( void **state )
{
    const struct xsave_layout *layout = xsave_host_layout();
    UINT32 i, k;
    (void)state;

    assert_ptr_equal( layout, xsave_host_layout() );
    assert_int_equal( layout->features & 3, 3 );
    assert_int_equal( layout->mxcsr_mask & 0xffbf, 0xffbf );
    for (i = 2; i < XSAVE_COMPONENTS; i++)
    {
        if (!(layout->features >> i & 1)) continue;
        assert_true( layout->components[i].size && layout->components[i].offset >= XSAVE_EXTENDED );
        for (k = 2; k < i; k++)
            if (layout->features >> k & 1)
                assert_true(
                    layout->components[i].offset >= layout->components[k].offset + layout->components[k].size ||
                    layout->components[k].offset >= layout->components[i].offset + layout->components[i].size );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_sizes ),
        cmocka_unit_test( test_compact_known ),
        cmocka_unit_test( test_round_trip ),
        cmocka_unit_test( test_keeps_others ),
        cmocka_unit_test( test_refused ),
        cmocka_unit_test( test_settle ),
        cmocka_unit_test( test_random_bytes ),
        cmocka_unit_test( test_host_layout ),
    };

    return cmocka_run_group_tests( tests, NULL, NULL );
}
