/*
 * The soak guest: all kinds of interrupts at once
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
 * Each processor runs a timer of one-shots, sends IPIs of all kinds to all, and takes what
 * the host sends, NMIs too; halts, writes to a port, and looks at memory that comes and
 * goes. It never sends a vector twice to one processor before the first was taken, so
 * that nothing may merge: what is sent and what is taken must be equal. Knows smp.h, soak.h.
 */

#include "smp.h"
#include "soak.h"

    .text
    SMP_ENTRY first, other

.macro REQUEST_GATES
    .set    i, 0
    .rept   SOAK_KINDS
    GATE    (SOAK_VECTOR_REQUEST + i), (handlers + 16 * i)
    .set    i, i + 1
    .endr
    .set    i, 0
    .rept   SOAK_MAX_VPS
    GATE    (SOAK_VECTOR_IPI + i), (handlers + 16 * (SOAK_KINDS + i))
    GATE    (SOAK_VECTOR_ALL + i), (handlers + 16 * (SOAK_KINDS + SOAK_MAX_VPS + i))
    .set    i, i + 1
    .endr
.endm

first:
    mov     MAILBOX + SOAK_X2APIC, %al
    mov     %al, x2apic
    EXCEPTION_GATES wrong
    mov     $32, %ecx
    mov     $IDT + 32 * 16, %edi
1:  mov     $stray, %eax
    mov     %ax, (%rdi)
    movw    $SEL_CODE64, 2(%rdi)
    movl    $0x8e00, 4(%rdi)
    movq    $0, 8(%rdi)
    add     $16, %edi
    inc     %ecx
    cmp     $256, %ecx
    jb      1b
    GATE    2, nmi
    GATE    SOAK_VECTOR_TIMER, timer
    REQUEST_GATES
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    START_OTHERS
    jmp     main

other:
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC

/* RBX = the block, for handlers too; RBP = our number, R12 = whom to send to next, R13 = the kind of it */
main:
    lea     -BLOCKS(%rbx), %ebp
    shr     $12, %ebp
    xor     %r12d, %r12d
    xor     %r13d, %r13d
    xor     %r14d, %r14d
    mov     $SOAK_R15, %r15
    add     %rbp, %r15
    movq    $1, SOAK_READY(%rbx)
    /* only when all are there: what is sent to an APIC that is off is lost */
1:  pause
    xor     %ecx, %ecx
2:  imul    $BLOCK_SIZE, %ecx, %edx
    cmpq    $0, BLOCKS + SOAK_READY(%rdx)
    je      1b
    inc     %ecx
    cmp     MAILBOX + SOAK_VPS, %ecx
    jb      2b

    mov     $0xb, %eax                  /* divided by 1 */
    mov     $APIC_TDCR, %ecx
    call    apic_write
    mov     $SOAK_VECTOR_TIMER, %eax
    mov     $APIC_LVT_TIMER, %ecx
    call    apic_write
    incq    SOAK_ARMED(%rbx)
    mov     MAILBOX + SOAK_TICKS, %eax
    mov     $APIC_TMICT, %ecx
    call    apic_write
    sti

loop:
    incq    SOAK_LOOPS(%rbx)
    mov     %r14, SOAK_R14(%rbx)
    mov     $SOAK_R15, %rax
    add     %rbp, %rax
    cmp     %rax, %r15
    je      1f
    incq    SOAK_ERRORS(%rbx)
1:  mov     $SOAK_WINDOW, %esi
    xor     %eax, %eax
    mov     (%rsi), %eax                /* two bytes, and so is the next: the host counts on it */
    cmp     $SOAK_PATTERN, %eax
    je      1f
    incq    SOAK_ERRORS(%rbx)
    mov     $SOAK_PATTERN, %eax
1:  mov     %eax, (%rsi)
    cmpl    $0, MAILBOX + SOAK_STOP
    jne     stop

    mov     SOAK_LOOPS(%rbx), %eax
    test    $3, %al
    jnz     1f
    incq    SOAK_OUTS(%rbx)
    out     %al, $SOAK_PORT
1:  /* the next one, if he has taken the last */
    imul    $BLOCK_SIZE, %r12d, %edi
    mov     BLOCKS + SOAK_IPIS(%rdi,%rbp,8), %rax
    cmp     %rax, SOAK_SENT(%rbx,%r12,8)
    jne     next
    incq    SOAK_SENT(%rbx,%r12,8)
    lea     SOAK_VECTOR_IPI(%rbp), %eax
    mov     %r12d, %edx                 /* physical */
    test    $3, %r13d
    jz      3f
    mov     %r12d, %ecx                 /* logical */
    mov     $1, %edx
    shl     %cl, %edx
    or      $ICR_LOGICAL, %eax
    test    $1, %r13d
    jz      3f
    or      $ICR_LOWEST, %eax           /* ... and the lowest priority of one */
3:  call    apic_send
next:
    inc     %r13d
    inc     %r12d
    cmp     MAILBOX + SOAK_VPS, %r12d
    jb      1f
    xor     %r12d, %r12d
    call    all_taken
    jne     1f
    incq    SOAK_SENT_ALL(%rbx)
    lea     SOAK_VECTOR_ALL(%rbp), %eax
    or      $ICR_OTHERS, %eax
    xor     %edx, %edx
    call    apic_send
1:  test    $1, %r13d
    jz      loop
    cli                                 /* while stop is 0 the timer runs, and wakes us if nobody else does */
    cmpl    $0, MAILBOX + SOAK_STOP
    jne     1f
    sti
    hlt
1:  sti
    jmp     loop

/* "equal" when all others have taken our last IPI to all of them */
all_taken:
    xor     %ecx, %ecx
1:  cmp     %ebp, %ecx
    je      2f
    imul    $BLOCK_SIZE, %ecx, %edi
    mov     BLOCKS + SOAK_ALL_IPIS(%rdi,%rbp,8), %rax
    cmp     %rax, SOAK_SENT_ALL(%rbx)
    jne     3f
2:  inc     %ecx
    cmp     MAILBOX + SOAK_VPS, %ecx
    jb      1b
    cmp     %eax, %eax
3:  ret

stop:
    cmpl    $2, MAILBOX + SOAK_STOP
    je      end
    mov     SOAK_ARMED(%rbx), %rax
    cmp     %rax, SOAK_FIRED(%rbx)
    jne     loop
    call    all_taken
    jne     loop
    xor     %ecx, %ecx
1:  imul    $BLOCK_SIZE, %ecx, %edi
    mov     BLOCKS + SOAK_IPIS(%rdi,%rbp,8), %rax
    cmp     %rax, SOAK_SENT(%rbx,%rcx,8)
    jne     loop
    inc     %ecx
    cmp     MAILBOX + SOAK_VPS, %ecx
    jb      1b
    movq    $1, SOAK_DONE(%rbx)
    jmp     loop

end:
    cli
    xor     %eax, %eax
    out     %al, $SOAK_END_PORT
    jmp     end

timer:
    incq    SOAK_FIRED(%rbx)
    cmpl    $0, MAILBOX + SOAK_STOP
    jne     1f
    push    %rax
    push    %rcx
    incq    SOAK_ARMED(%rbx)
    mov     MAILBOX + SOAK_TICKS, %eax
    mov     $APIC_TMICT, %ecx
    call    apic_write
    pop     %rcx
    pop     %rax
1:  call    apic_eoi
    iretq

nmi:
    incq    SOAK_NMIS(%rbx)
    iretq

stray:
    incq    SOAK_STRAY(%rbx)
    call    apic_eoi
    iretq

.macro COUNT_HANDLERS counters, count
    .set    i, 0
    .rept   \count
    .balign 16
    incq    \counters + 8 * i(%rbx)
    call    apic_eoi
    iretq
    .set    i, i + 1
    .endr
.endm

    .balign 16
handlers:
    COUNT_HANDLERS SOAK_REQUESTS, SOAK_KINDS
    COUNT_HANDLERS SOAK_IPIS, SOAK_MAX_VPS
    COUNT_HANDLERS SOAK_ALL_IPIS, SOAK_MAX_VPS

/* the vector, and all that the processor pushed, are on the stack: RSP tells the host where */
wrong:
    mov     $2, %al
    out     %al, $SOAK_END_PORT
    jmp     wrong

    DEFINE_APIC_ROUTINES

    .data
    DEFINE_GDT
    DEFINE_IDT_POINTER
x2apic:
    .byte   0
