/*
 * The benchmark guest for interrupts
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
 * What the benchmark runs where the platform has the APIC. The 32-bit words at MAILBOX:
 * 0 the loop, written by the host before the start; 1 how many interrupts make a batch;
 * 2 the interrupts that a handler has seen; 3 what a spinning processor counts. Before
 * each batch there is an OUT to port 0x80.
 * Loops: 0 IPIs there and back between two halted processors; 1 spins in ring 3, where
 * even a KVM that emulates ring 0 runs it on the processor; 2 halts. 3 is two processors
 * that do nothing but OUT to that port.
 * Knows smp.h.
 */

#include "smp.h"

#define PING 0x41
#define PONG 0x40

    .text
    SMP_ENTRY first, other

first:
    EXCEPTION_GATES wrong
    GATE    PONG, pong
    GATE    PING, ping
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    mov     MAILBOX, %eax
    cmp     $1, %eax
    je      spin
    cmp     $2, %eax
    je      halt

    START_OTHERS
    cmpl    $3, MAILBOX
    je      outs
1:  pause
    cmpb    $0, ready
    je      1b
batch:
    out     %al, $0x80
    mov     MAILBOX + 4, %esi
round:
    mov     MAILBOX + 8, %edi
    mov     $PING, %eax
    mov     $1, %edx
    call    apic_send
1:  cli
    cmp     MAILBOX + 8, %edi
    jne     2f
    sti
    hlt
    jmp     1b
2:  sti
    dec     %esi
    jnz     round
    jmp     batch

spin:
    mov     $tss, %eax
    mov     %ax, gdt_tss + 2
    movw    $(tss_end - tss - 1), gdt_tss
    movb    $0x89, gdt_tss + 5
    mov     %rsp, tss + 4
    mov     $SEL_TSS, %eax
    ltr     %ax
    pushq   $SEL_UDATA
    pushq   $USER_STACK
    pushq   $0x3202                     /* IF, IOPL 3: ports both by that and by the TSS, either of which some miss */
    pushq   $SEL_UCODE64
    pushq   $ring3
    iretq
ring3:
    out     %al, $0x80
    mov     MAILBOX + 4, %eax
    add     MAILBOX + 8, %eax
1:  incl    MAILBOX + 12
    cmp     MAILBOX + 8, %eax
    jne     1b
    jmp     ring3

halt:
    out     %al, $0x80
    mov     MAILBOX + 4, %eax
    add     MAILBOX + 8, %eax
1:  cli
    cmp     MAILBOX + 8, %eax
    je      halt
    sti
    hlt
    jmp     1b

other:
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    cmpl    $3, MAILBOX
    je      outs
    movb    $1, ready
1:  sti
    hlt
    jmp     1b

outs:
    out     %al, $0x80
    jmp     outs

pong:
    incl    MAILBOX + 8
    call    apic_eoi
    iretq

ping:
    push    %rax
    push    %rdx
    mov     $PONG, %eax
    xor     %edx, %edx
    call    apic_send
    call    apic_eoi
    pop     %rdx
    pop     %rax
    iretq

wrong:
    mov     $2, %al
    out     %al, $DEBUG_EXIT
    jmp     wrong

    DEFINE_APIC_ROUTINES

    .data
    DEFINE_GDT
    DEFINE_IDT_POINTER
x2apic:
    .byte   0
ready:
    .byte   0
    .balign 8
tss:
    .fill   25, 4, 0
    .word   0, 104                      /* ports 0 .. ff are open to ring 3 */
    .fill   0x100 / 8, 1, 0
    .byte   0xff
tss_end:
