/*
 * The demo guest's interrupts
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
 * The interrupt handlers of smp.S and what they count, as assembler macros. Knows smp.h, whose
 * APIC routines it calls. Each processor counts in its own block; what only the first one gets,
 * and what nobody should get, has a name.
 */

#ifndef __SMP_HANDLERS_H
#define __SMP_HANDLERS_H

#include "smp.h"

#define VECTOR_LOW      0x48
#define VECTOR_HIGH     0x68
#define VECTOR_PING     0x70            /* to an AP, which answers with a PONG */
#define VECTOR_PONG     0x71
#define VECTOR_COM1     0x80
#define VECTOR_PIT      0x81
#define VECTOR_TIMER    0xe0

#define TICKS           200             /* of each processor; its timer stops itself then */

/* in a processor's block */
#define READY           0x00
#define FIRED           0x08
#define NMIS            0x10
#define PINGS           0x18

/* RBX is the processor's block everywhere, but not in puthex64, which is called with all quiet. */
.macro DEFINE_HANDLERS
timer:
    incq    FIRED(%rbx)
    cmpq    $TICKS, FIRED(%rbx)
    jb      1f
    push    %rax                        /* that is enough */
    push    %rcx
    mov     $0x10000, %eax
    mov     $APIC_LVT_TIMER, %ecx
    call    apic_write
    pop     %rcx
    pop     %rax
1:  call    apic_eoi
    iretq

nmi:
    incq    NMIS(%rbx)
    iretq

ping:
    incq    PINGS(%rbx)
    push    %rax
    push    %rdx
    mov     $VECTOR_PONG, %eax
    xor     %edx, %edx
    call    apic_send
    pop     %rdx
    pop     %rax
    call    apic_eoi
    iretq

pong:
    incl    pongs
    call    apic_eoi
    iretq

high:
    shll    $8, order
    orl     $VECTOR_HIGH, order
    call    apic_eoi
    iretq

low:
    shll    $8, order
    orl     $VECTOR_LOW, order
    call    apic_eoi
    iretq

pit:
    incl    pit_edges
    call    apic_eoi
    iretq

/* looks at the port only the fourth time */
com1:
    push    %rax
    push    %rcx
    push    %rdx
    mov     $APIC_ISR + VECTOR_COM1 / 32 * 0x10, %ecx
    call    apic_read
    bt      $VECTOR_COM1 % 32, %eax
    jc      2f
    incl    eoi_before                  /* not by us */
2:  incl    com1_levels
    cmpl    $4, com1_levels
    jb      1f
    mov     $COM1 + 2, %edx
    in      %dx, %al
1:  pop     %rdx
    pop     %rcx
    pop     %rax
    call    apic_eoi
    iretq

stray:
    incl    strays
    call    apic_eoi
    iretq
.endm

.macro DEFINE_COUNTERS
pongs:
    .long   0
order:
    .long   0
pit_edges:
    .long   0
com1_levels:
    .long   0
eoi_before:
    .long   0
strays:
    .long   0
.endm

#endif /* __SMP_HANDLERS_H */
