/*
 * What the guest of the storms and its host agree on
 *
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
 * Addresses and numbers of tests/guests/storm.S, for its assembler and for the C of
 * tests/soak/storms.c. Nothing but numbers.
 */

#ifndef __STORM_H
#define __STORM_H

/* 32-bit words at MAILBOX */
#define STORM_SPIN       0      /* written by the host: turns of an empty loop before each OUT */
#define STORM_HOLD       4      /* by the host: while it is not 0 there are no OUTs */
#define STORM_HANDLED    8      /* interrupts that the guest has taken */

#define STORM_PORT       0x80   /* the OUTs: EAX counts them, and so does RSI */
#define STORM_END_PORT   0xf4   /* something is wrong */
#define STORM_VECTOR     0x40
#define STORM_RBX        0x1234567      /* there all the time */
#define STORM_WATCHED    0x40000        /* written before each OUT */

#endif /* __STORM_H */
