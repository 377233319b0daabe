/*
 * Guest: counted OUTs, for the storms
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
 * One OUT after the other, whose data counts them, with the platform's APIC on. An
 * interrupt may come anywhere, but one for each OUT at the most: its handler returns
 * with interrupts off, and only the loop's STI turns them on, or a storm of interrupts
 * would be all that ever runs. Knows smp.h and storm.h.
 */

#include "smp.h"
#include "storm.h"

    .text
    SMP_ENTRY first, other

first:
    EXCEPTION_GATES wrong
    GATE    STORM_VECTOR, handler
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    mov     $STORM_RBX, %ebx
    xor     %esi, %esi
loop:
    sti
    mov     MAILBOX + STORM_SPIN, %ecx
    jecxz   2f
1:  dec     %ecx
    jnz     1b
2:  cmpl    $0, MAILBOX + STORM_HOLD
    jne     2b
    incl    STORM_WATCHED
    inc     %esi
    mov     %esi, %eax
    out     %eax, $STORM_PORT
    jmp     loop

handler:
    incl    MAILBOX + STORM_HANDLED
    call    apic_eoi
    andl    $~0x200, 16(%rsp)
    iretq

wrong:
    out     %al, $STORM_END_PORT
    jmp     wrong

other:                                  /* there is none */
    hlt
    jmp     other

    DEFINE_APIC_ROUTINES

    .data
    DEFINE_GDT
    DEFINE_IDT_POINTER
x2apic:
    .byte   0
