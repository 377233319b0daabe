/*
 * What the guests with more than one processor have in common
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
 * The local APIC, as xAPIC or x2APIC by the byte x2apic, the start of the other
 * processors, and interrupt gates, as assembler macros. Knows guest.h. Each processor
 * has a block of its own, found by its APIC id: counters from the bottom up, the
 * stack from the top down. Handlers change only what is their processor's.
 */

#ifndef __SMP_H
#define __SMP_H

#include "guest.h"

#define AP_ENTRY        0x8000  /* a page, as SIPI wants; the image goes over it */
#define BLOCKS          0x10000
#define BLOCK_SIZE      0x1000

#define APIC_BASE       0xfee00000
#define APIC_ID         0x020
#define APIC_TPR        0x080
#define APIC_EOI        0x0b0
#define APIC_ISR        0x100
#define APIC_LDR        0x0d0
#define APIC_DFR        0x0e0
#define APIC_SVR        0x0f0
#define APIC_ICR        0x300
#define APIC_ICR_HIGH   0x310
#define APIC_LVT_TIMER  0x320
#define APIC_LVT_LINT0  0x350
#define APIC_LVT_LINT1  0x360
#define APIC_TMICT      0x380
#define APIC_TMCCT      0x390
#define APIC_TDCR       0x3e0

#define ICR_LOWEST      0x0100
#define ICR_NMI         0x0400
#define ICR_INIT        0x4500
#define ICR_SIPI        0x4600
#define ICR_LOGICAL     0x0800
#define ICR_SELF        0x40000
#define ICR_ALL         0x80000
#define ICR_OTHERS      0xc0000
#define TIMER_PERIODIC  0x20000

#define MSR_APIC_BASE   0x1b
#define MSR_X2APIC      0x800

/* The start of .text: real mode, at GUEST_BASE for the first processor, at AP_ENTRY for the others. All come to
 * long mode at their label, with no stack of their own yet, no IDT, and interrupts off. */
.macro SMP_ENTRY first, others
    .code16
    .globl  _start
_start:
    cli
    cld
    ljmp    $0, $.Lfirst\@              /* some loaders come with CS = 07c0 */
.Lfirst\@:
    xor     %ax, %ax
    mov     %ax, %ds
    mov     %ax, %es
    mov     %ax, %ss
    ENTER_PROTECTED_MODE
    ENTER_LONG_MODE
    jmp     \first

    .org    AP_ENTRY - GUEST_BASE
    .code16
    cli
    cld
    xor     %ax, %ax
    mov     %ax, %ds
    ENTER_PROTECTED_MODE
    START_LONG_MODE
    jmp     \others
.endm

/* A gate of the IDT; clobbers RAX. */
.macro GATE vector, handler
    mov     $\handler, %eax
    mov     %ax, IDT + \vector * 16
    movw    $SEL_CODE64, IDT + \vector * 16 + 2
    movl    $0x8e00, IDT + \vector * 16 + 4
    movq    $0, IDT + \vector * 16 + 8
.endm

/* All exceptions to \handler, which finds the vector on the stack, below what the processor pushed. */
.macro EXCEPTION_GATES handler
    mov     $IDT, %edi
    mov     $.Lstubs\@, %eax
    xor     %ecx, %ecx
.Lgate\@:
    mov     %ax, (%rdi)
    movw    $SEL_CODE64, 2(%rdi)
    movl    $0x8e00, 4(%rdi)
    movq    $0, 8(%rdi)
    add     $16, %edi
    add     $8, %eax
    inc     %ecx
    cmp     $32, %ecx
    jb      .Lgate\@
    jmp     .Lend\@
    .balign 8
.Lstubs\@:
    .set    vector, 0
    .rept   32
    .balign 8
    pushq   $vector
    jmp     \handler
    .set    vector, vector + 1
    .endr
.Lend\@:
.endm

/* RBX = the processor's block, RSP = its end. Clobbers RAX, RCX, RDX. */
.macro OWN_BLOCK
    mov     $APIC_BASE + APIC_ID, %ebx
    mov     (%rbx), %ebx
    shr     $24, %ebx
    cmpb    $0, x2apic
    je      .Lid\@
    mov     $MSR_APIC_BASE, %ecx
    rdmsr
    or      $0xc00, %eax
    wrmsr
    mov     $MSR_X2APIC + APIC_ID / 16, %ecx
    rdmsr
    mov     %eax, %ebx
.Lid\@:
    imul    $BLOCK_SIZE, %ebx, %ebx
    add     $BLOCKS, %ebx
    lea     BLOCK_SIZE(%rbx), %rsp
.endm

/* The APIC on, all of LVT but the timer masked, every flat logical id below 8. Needs OWN_BLOCK and the routines. */
.macro START_APIC
    cmpb    $0, x2apic
    jne     .Lx2\@
    mov     $0xffffffff, %eax
    mov     $APIC_DFR, %ecx
    call    apic_write
    lea     -BLOCKS(%rbx), %ecx
    shr     $12, %ecx
    mov     $0x01000000, %eax
    shl     %cl, %eax
    mov     $APIC_LDR, %ecx
    call    apic_write
.Lx2\@:
    mov     $0x1ff, %eax
    mov     $APIC_SVR, %ecx
    call    apic_write
    mov     $0x10000, %eax
    mov     $APIC_LVT_LINT0, %ecx
    call    apic_write
    mov     $APIC_LVT_LINT1, %ecx
    call    apic_write
    xor     %eax, %eax
    mov     $APIC_TPR, %ecx
    call    apic_write
.endm

/* apic_write: ECX = register, EAX = value. apic_read: ECX = register; EAX. apic_send: EAX = ICR's lower half, EDX = the
 * destination as x2APIC has it; not in handlers. apic_eoi. All but the results are kept. */
.macro DEFINE_APIC_ROUTINES
apic_write:
    push    %rcx
    push    %rdx
    cmpb    $0, x2apic
    jne     1f
    mov     $APIC_BASE, %edx
    mov     %eax, (%rdx,%rcx)
    pop     %rdx
    pop     %rcx
    ret
1:  shr     $4, %ecx
    add     $MSR_X2APIC, %ecx
    xor     %edx, %edx
    wrmsr
    pop     %rdx
    pop     %rcx
    ret

apic_read:
    push    %rcx
    push    %rdx
    cmpb    $0, x2apic
    jne     1f
    mov     $APIC_BASE, %edx
    mov     (%rdx,%rcx), %eax
    pop     %rdx
    pop     %rcx
    ret
1:  shr     $4, %ecx
    add     $MSR_X2APIC, %ecx
    rdmsr
    pop     %rdx
    pop     %rcx
    ret

apic_send:
    push    %rcx
    push    %rdx
    cmpb    $0, x2apic
    jne     1f
    mov     $APIC_BASE, %ecx
    shl     $24, %edx
    mov     %edx, APIC_ICR_HIGH(%rcx)
    mov     %eax, APIC_ICR(%rcx)
    pop     %rdx
    pop     %rcx
    ret
1:  mov     $MSR_X2APIC + APIC_ICR / 16, %ecx
    wrmsr
    pop     %rdx
    pop     %rcx
    ret

apic_eoi:
    push    %rax
    push    %rcx
    xor     %eax, %eax
    mov     $APIC_EOI, %ecx
    call    apic_write
    pop     %rcx
    pop     %rax
    ret
.endm

/* The first processor wakes all others, which is one INIT and two SIPIs. Clobbers RAX, RDX. */
.macro START_OTHERS
    mov     $ICR_INIT | ICR_OTHERS, %eax
    xor     %edx, %edx
    call    apic_send
    mov     $ICR_SIPI | ICR_OTHERS | AP_ENTRY / 4096, %eax
    call    apic_send
    call    apic_send
.endm

.macro DEFINE_IDT_POINTER
idt_pointer:
    .word   256 * 16 - 1
    .quad   IDT
.endm

#endif /* __SMP_H */
