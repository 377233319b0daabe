/*
 * What the soak guest and its host agree on
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
 * Addresses, vectors and counters of tests/guests/soak.S, for its assembler and for the
 * C of tests/soak. Nothing but numbers.
 */

#ifndef __SOAK_H
#define __SOAK_H

/* 32-bit words at MAILBOX, written by the host */
#define SOAK_VPS         0      /* how many processors; the numbers of the first so many APIC ids */
#define SOAK_X2APIC      4      /* 1: x2APIC */
#define SOAK_TICKS       8      /* of the APIC's timer, divided by 1, in a ms */
#define SOAK_STOP        12     /* 1: start nothing new, 2: end */

/* the processor's registers while it is in its main loop */
#define SOAK_R15         0x0123456789ab0000     /* and its number; R14 is the host's to write */

/* a page that comes and goes: it reads as the pattern, whether it is there or not */
#define SOAK_WINDOW      0x200000
#define SOAK_PATTERN     0x5a17c0de

#define SOAK_PORT        0x80   /* OUTs here are counted */
#define SOAK_END_PORT    0xf4   /* 0: the end; else what is wrong */

/* 64-bit counters in a processor's block; written by that processor alone */
#define SOAK_READY       0x00
#define SOAK_ARMED       0x08   /* the timer's one-shots, started and fired */
#define SOAK_FIRED       0x10
#define SOAK_NMIS        0x18
#define SOAK_ERRORS      0x20   /* R15 or the window are not what they should be */
#define SOAK_OUTS        0x28
#define SOAK_LOOPS       0x30
#define SOAK_DONE        0x38   /* stop is 1, and all that was started is through */
#define SOAK_R14         0x40   /* as seen in the main loop */
#define SOAK_STRAY       0x48   /* interrupts nobody sent: the spurious one and one's neighbours */
#define SOAK_REQUESTS    0x100  /* by vector, from SOAK_VECTOR_REQUEST on */
#define SOAK_IPIS        0x200  /* by sender: sent to us alone */
#define SOAK_ALL_IPIS    0x280  /* by sender: sent to all others */
#define SOAK_SENT        0x300  /* by receiver */
#define SOAK_SENT_ALL    0x380

#define SOAK_MAX_VPS     8      /* flat logical destinations */
#define SOAK_KINDS       8      /* of requests by the host */

#define SOAK_VECTOR_REQUEST  0x60
#define SOAK_VECTOR_IPI      0x80
#define SOAK_VECTOR_ALL      0x90
#define SOAK_VECTOR_TIMER    0xe0

#endif /* __SOAK_H */
