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

/*
 * Instructions by their hexadecimal digits, and a series of numbers that is the same each time.
 * It knows nothing of what is tested. To be included behind <cmocka.h>.
 */

#ifndef __WHV_TESTS_INPUTS_H
#define __WHV_TESTS_INPUTS_H

#include <stdint.h>

/* The bytes of pairs of digits, with blanks between them or not; returns how many. No more than bytes has room for. */
extern uint32_t input_hex( const char *hex, uint8_t *bytes );

/* Numbers with all bits at random; input_seed, which is not 0, begins another series. */
extern uint64_t input_seed;
extern uint64_t input_random( void );

#endif /* __WHV_TESTS_INPUTS_H */
