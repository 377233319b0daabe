/*
 * What tests feed in
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
#include <stdio.h>

#include <cmocka.h>

#include "inputs.h"

uint64_t input_seed = 0x2545f4914f6cdd1dull;

uint32_t input_hex( const char *hex, uint8_t *bytes )
{
    unsigned int value;
    uint32_t count = 0;

    for (; *hex; hex++)
    {
        if (*hex == ' ') continue;
        assert_int_equal( sscanf( hex++, "%2x", &value ), 1 );
        bytes[count++] = value;
    }
    return count;
}

/* xorshift64* */
uint64_t input_random( void )
{
    input_seed ^= input_seed << 13;
    input_seed ^= input_seed >> 7;
    input_seed ^= input_seed << 17;
    return input_seed * 0x2545f4914f6cdd1dull;
}
