/*
 * What the two halves of the benchmark share
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
 * The addresses of the guests, and the interrupt benchmarks' entry of either half, which
 * has a file of its own on each side. It knows of neither KVM nor WinHvPlatform.
 */

#ifndef __BENCH_H
#define __BENCH_H

#define GUEST_BASE   0x7c00
#define MAILBOX      0x500
#define MEMORY_SIZE  0x100000
#define WARM_UP      20

/* Where the guest touches a byte of each page, and how many there are. */
#define TOUCH_GPA    0x10000000
#define TOUCH_PAGES  2048
#define TOUCH_SIZE   (TOUCH_PAGES * 0x1000)
#define LARGE_PAGE   0x200000

/* Where the guest of the two loops for doorbells stores 32 bits. KVM can look for the first of them by itself, and ours
 * looks for the second at the exit, because it ends a page. */
#define DOORBELL_GPA      0xd0000000
#define DOORBELL_EXIT_GPA 0xd0001ffc

/* Mapped and unmapped as a whole, where no other memory is; nobody touches it. */
#define MAP4G_GPA    0x100000000
#define MAP4G_SIZE   0x100000000

/* tests/guests/bench.S; the instruction counter alone wants those from LOOP_MSR to LOOP_MMIO_READ_REAL. */
enum loop
{
    LOOP_OUT, LOOP_IN, LOOP_MMIO_READ, LOOP_MMIO_WRITE, LOOP_HALT, LOOP_SPIN,
    LOOP_MSR, LOOP_OUT_USER, LOOP_MMIO_READ_USER, LOOP_OUT_REAL, LOOP_MMIO_READ_REAL, LOOP_TOUCH,
    LOOP_DOORBELL, LOOP_DOORBELL_EXIT,
    LOOP_COUNT,
    LOOP_APIC = LOOP_COUNT      /* from there on enum apic_loop */
};

/* tests/guests/bench_apic.S */
enum apic_loop
{
    APIC_IPI, APIC_SPIN, APIC_HALT, APIC_PAIR, APIC_LOOP_COUNT,
    APIC_SCALE = APIC_LOOP_COUNT,       /* in the machine of APIC_PAIR, with one vp and with both */
    APIC_TRIGGER                        /* in that of APIC_SPIN: from the signal of an event to the handler */
};

#define VECTOR_PONG  0x40

/* words of its mailbox */
enum { APIC_WORD_LOOP, APIC_WORD_COUNT, APIC_WORD_HANDLED, APIC_WORD_SPUN };

/* Halted guests are left alone for that long before they are woken, us. */
#define HALT_TIME    200

/* Runs COUNT operations of the loop and returns the ns of one; APIC_PAIR's COUNT is in ms.
 * APIC_SCALE: how many times the exits of one vp two have together. guest: the image of
 * bench_apic.S. Does not return on an error. */
extern double apic_measure( enum apic_loop loop, unsigned int count );
extern void apic_set_guest( const char *name );

/* monotonic, ns */
extern double now( void );

#endif /* __BENCH_H */
