/*
 * Fuzz targets
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
 * What all fuzz targets share: a target is one file with the three functions below, and takes its input apart with
 * fuzz_u8() ... It is linked either with libFuzzer and the sanitizers (make fuzz) or with fuzz_main.c, which replays
 * inputs (make check). It knows the rooms of dlls/winhvplatform/unix and tests/unit/fake_kvm.h; needs neither /dev/kvm
 * nor Wine. Inputs that once failed are kept as lines of hexadecimal digits in regressions/TARGET.txt.
 */

#ifndef __TESTS_FUZZ_H
#define __TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "winhvplatformdefs.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

struct fuzz_input
{
    const UINT8 *data;
    size_t       size;          /* what is left */
};

typedef void (*fuzz_seed_func)( const void *data, size_t size );

/* ---- the target's own ---- */

/* Once per process. */
extern void fuzz_setup( void );
/* One input; ends the process with fuzz_fail() if something is wrong. Leaves nothing behind. */
extern void fuzz_run( struct fuzz_input *input );
/* Inputs to start from. */
extern void fuzz_seeds( fuzz_seed_func seed );

/* ---- for it ---- */

/* The next bytes of the input, little endian; zeros behind its end. */
extern UINT8 fuzz_u8( struct fuzz_input *input );
extern UINT16 fuzz_u16( struct fuzz_input *input );
extern UINT32 fuzz_u32( struct fuzz_input *input );
extern UINT64 fuzz_u64( struct fuzz_input *input );
extern void fuzz_bytes( struct fuzz_input *input, void *data, size_t size );
/* A number that is likely to sit at an edge: 0, a power of two, an all-ones, or what the input says, a little more or
 * less. */
extern UINT64 fuzz_edge( struct fuzz_input *input );

/* Says what is wrong, and aborts: libFuzzer and fuzz_main.c then say which input it was. */
extern void fuzz_fail( const char *format, ... ) __attribute__((noreturn, format(printf, 1, 2)));
#define FUZZ_CHECK(cond, ...) do { if (!(cond)) fuzz_fail( __VA_ARGS__ ); } while (0)

/* No traces: what is done here on purpose would fill the screen. FUZZ_TRACE in the environment leaves them on. */
extern void fuzz_quiet( void );

extern int LLVMFuzzerTestOneInput( const uint8_t *data, size_t size );

#endif /* __TESTS_FUZZ_H */
