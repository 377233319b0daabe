/*
 * The demo guest: through all modes of the processor, telling what it does
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
 * What whvrun runs when it is told nothing else: real mode, protected mode, long
 * mode, ring 3, and in each of them what makes a vp exit: ports (string forms too),
 * memory that is a device, HLT, interrupts of the timer, MSRs. It checks what it gets.
 * Knows guest.h, and of its machine: COM1, 8259, 8254, a scratch page at MMIO_BASE,
 * and the port that ends it: code 0 all well, 1 a check failed, 2 an exception.
 */

#include "guest.h"
#include "print.h"

    .text
    .code16
    .globl  _start
_start:
    cli
    cld
    ljmp    $0, $start                  /* some loaders come with CS = 07c0 */
start:
    xor     %ax, %ax
    mov     %ax, %ds
    mov     %ax, %es
    mov     %ax, %ss
    mov     $STACK_TOP, %sp

    /* COM1: 115200 8n1, no interrupts */
    mov     $(COM1 + 3), %dx
    mov     $0x80, %al
    out     %al, %dx
    mov     $COM1, %dx
    mov     $1, %ax
    outw    %ax, %dx
    mov     $(COM1 + 3), %dx
    mov     $3, %al
    out     %al, %dx

    /* **** real mode **** */

    SAY16   "real mode: hello\r\n"

    STRING  outs_text, "real mode: this line is one REP OUTSB\r\n"
    mov     $outs_text, %si
    mov     $outs_text_size, %cx
    mov     $COM1, %dx
    rep     outsb
    test    %cx, %cx
    CHECK16 "CX after REP OUTSB"
    cmp     $(outs_text + outs_text_size), %si
    CHECK16 "SI after REP OUTSB"

    mov     $(COM1 + 7), %dx            /* its scratch register */
    mov     $0x5a, %al
    out     %al, %dx
    xor     %al, %al
    in      %dx, %al
    cmp     $0x5a, %al
    CHECK16 "IN from the serial port's scratch register"
    mov     $0x1234, %ax
    mov     $MAILBOX, %di
    mov     $4, %cx
    rep     insb                        /* the same byte four times */
    cmpw    $0x5a5a, MAILBOX
    CHECK16 "first half of REP INSB"
    cmpw    $0x5a5a, MAILBOX + 2
    CHECK16 "second half of REP INSB"
    cmp     $(MAILBOX + 4), %di
    CHECK16 "DI after REP INSB"
    cmp     $0x1234, %ax
    CHECK16 "AX after REP INSB"
    SAY16   "real mode: IN and REP INSB read what OUT wrote\r\n"

    /* **** protected mode **** */

    ENTER_PROTECTED_MODE
    SAY32   "protected mode: hello\r\n"

    mov     $MMIO_BASE, %edi
    movl    $0x11223344, (%edi)
    movb    $0x55, 1(%edi)
    movw    $0x6677, 2(%edi)
    mov     (%edi), %eax
    cmp     $0x66775544, %eax
    CHECK32 "MMIO stores of 4, 1 and 2 bytes"
    movzbl  1(%edi), %eax
    cmp     $0x55, %eax
    CHECK32 "MOVZX from MMIO"
    movswl  (%edi), %eax
    cmp     $0x5544, %eax
    CHECK32 "MOVSX from MMIO"
    mov     $1, %eax
    add     %eax, (%edi)
    incl    (%edi)
    orl     $0x80000000, (%edi)
    mov     (%edi), %eax
    cmp     $0xe6775546, %eax
    CHECK32 "ADD, INC and OR on MMIO"
    mov     $0x12345678, %eax
    xchg    %eax, (%edi)
    cmp     $0xe6775546, %eax
    CHECK32 "old value of XCHG with MMIO"
    cmpl    $0x12345678, (%edi)
    CHECK32 "new value of XCHG with MMIO"
    pushl   (%edi)
    pop     %eax
    cmp     $0x12345678, %eax
    CHECK32 "PUSH from MMIO"
    SAY32   "protected mode: MOV, MOVZX, ADD, INC, OR, XCHG, CMP, PUSH on device memory\r\n"

    STRING  movs_text, "protected mode: from RAM to the device and back by REP MOVS\r\n"
    mov     $movs_text, %esi
    mov     $(MMIO_BASE + 0x100), %edi
    mov     $16, %ecx
    rep     movsl
    mov     $(MMIO_BASE + 0x100), %esi
    mov     $(MAILBOX + 0x100), %edi
    mov     $64, %ecx
    rep     movsb
    test    %ecx, %ecx
    CHECK32 "ECX after REP MOVSB"
    cmp     $(MAILBOX + 0x140), %edi
    CHECK32 "EDI after REP MOVSB"
    mov     $(MAILBOX + 0x100), %esi
    call    puts32
    mov     $(MMIO_BASE + 0x200), %edi
    mov     $0xa5a5a5a5, %eax
    mov     $8, %ecx
    rep     stosl
    cmp     %eax, MMIO_BASE + 0x21c
    CHECK32 "REP STOS to MMIO"
    mov     $(MMIO_BASE + 0x21c), %esi
    lodsl
    cmp     $0xa5a5a5a5, %eax
    CHECK32 "LODS from MMIO"

    /* **** long mode **** */

    ENTER_LONG_MODE
    SAY     "long mode: hello\r\n"

    mov     $MMIO_BASE, %ebx
    mov     $0x123456789abcdef0, %rax
    mov     %rax, (%rbx)
    mov     (%rbx), %r13
    cmp     %rax, %r13
    CHECK   "MMIO of 8 bytes"
    movslq  (%rbx), %r14
    cmp     $-0x65432110, %r14
    CHECK   "MOVSXD from MMIO"
    SAY     "long mode: 8 bytes of device memory at once\r\n"

    SAY     "long mode: CPUID says "
    xor     %eax, %eax
    cpuid
    mov     %ebx, MAILBOX
    mov     %edx, MAILBOX + 4
    mov     %ecx, MAILBOX + 8
    movb    $0, MAILBOX + 12
    mov     $MAILBOX, %esi
    call    puts64
    SAY     "\r\n"

    mov     $MSR_EFER, %ecx
    rdmsr
    or      $EFER_SCE, %eax
    wrmsr
    xor     %eax, %eax
    rdmsr
    mov     %eax, %ebp
    and     $0x501, %eax                /* LMA, LME, SCE */
    cmp     $0x501, %eax
    CHECK   "EFER"
    SAY     "long mode: EFER is "
    mov     %ebp, %eax
    call    puthex64
    SAY     "\r\n"

    /* interrupt gates for all vectors: exceptions, the timer, a stray one */
    mov     $IDT, %edi
    mov     $exception_stubs, %eax
    xor     %ecx, %ecx
gate:
    mov     %ax, (%rdi)
    movw    $SEL_CODE64, 2(%rdi)
    movw    $0x8e00, 4(%rdi)
    movw    $0, 6(%rdi)
    movq    $0, 8(%rdi)
    add     $16, %edi
    add     $8, %eax                    /* the size of a stub */
    inc     %ecx
    cmp     $32, %ecx
    jb      gate
    mov     $stray, %eax
    cmp     $256, %ecx
    jb      gate
    mov     $timer, %eax
    mov     %ax, IDT + 0x20 * 16
    mov     $page_fault, %eax
    mov     %ax, IDT + 14 * 16
    lidt    idt_pointer

    /* the 8259s: vectors 20 and 28, nothing but the timer; the 8254: 100 Hz */
    mov     $0x11, %al
    out     %al, $0x20
    out     %al, $0xa0
    mov     $0x20, %al
    out     %al, $0x21
    mov     $0x28, %al
    out     %al, $0xa1
    mov     $4, %al
    out     %al, $0x21
    mov     $2, %al
    out     %al, $0xa1
    mov     $1, %al
    out     %al, $0x21
    out     %al, $0xa1
    mov     $0xfe, %al
    out     %al, $0x21
    mov     $0xff, %al
    out     %al, $0xa1
    mov     $0x34, %al
    out     %al, $0x43
    mov     $(11932 & 0xff), %al
    out     %al, $0x40
    mov     $(11932 >> 8), %al
    out     %al, $0x40

    movl    $0, ticks
halt:
    sti
    hlt
    cli
    cmpl    $3, ticks
    jb      halt
    SAY     "long mode: HLT, and the timer's interrupt woke it, three times\r\n"

    /* a TSS for the way back from ring 3, MSRs for SYSCALL */
    mov     $tss, %eax
    mov     %ax, gdt_tss + 2
    shr     $16, %eax
    mov     %al, gdt_tss + 4
    movw    $(tss_end - tss - 1), gdt_tss
    movb    $0x89, gdt_tss + 5
    mov     $SEL_TSS, %eax
    ltr     %ax
    mov     $MSR_STAR, %ecx
    xor     %eax, %eax
    mov     $(SEL_CODE64 | (SEL_USER32 | 3) << 16), %edx
    wrmsr
    mov     $MSR_LSTAR, %ecx
    mov     $system_call, %eax
    xor     %edx, %edx
    wrmsr
    mov     $MSR_SFMASK, %ecx
    mov     $0x200, %eax
    wrmsr

    pushq   $SEL_UDATA
    pushq   $USER_STACK
    pushq   $0x3202                     /* IF, IOPL 3: ports both by that and by the TSS, either of which some miss */
    pushq   $SEL_UCODE64
    pushq   $ring3
    iretq

    /* **** ring 3 **** */

ring3:
    SAY     "ring 3: hello\r\n"
    mov     %cs, %eax
    cmp     $SEL_UCODE64, %eax
    CHECK   "CS in ring 3"

    mov     $(MMIO_BASE + 0x300), %ebx
    mov     $0x0badcafe, %eax
    mov     %eax, (%rbx)
    xor     %eax, %eax
    mov     (%rbx), %eax
    cmp     $0x0badcafe, %eax
    CHECK   "MMIO in ring 3"
    addl    $2, (%rbx)
    cmpl    $0x0badcb00, (%rbx)
    CHECK   "ADD on MMIO in ring 3"
    STRING  ring3_outs, "ring 3: ports, device memory, and this line by REP OUTSB\r\n"
    mov     $ring3_outs, %esi
    mov     $ring3_outs_size, %ecx
    mov     $COM1, %edx
    rep     outsb

    mov     $3, %eax
    cvtsi2sd %eax, %xmm0
    mulsd   %xmm0, %xmm0
    cvttsd2si %xmm0, %eax
    cmp     $9, %eax
    CHECK   "SSE2"

    mov     ticks, %ebp
    add     $3, %ebp
spin:
    pause
    mov     ticks, %eax
    cmp     %ebp, %eax
    jb      spin
    SAY     "ring 3: interrupted by the timer, and back, three times\r\n"

    mov     $0x40000000, %ebx           /* the second GiB is not mapped */
    mov     $fault_resume, %r12d
    mov     (%rbx), %eax
    cmp     %rbx, %rsp                  /* never equal: the load did not fault */
fault_resume:
    CHECK   "page fault"
    SAY     "ring 3: page fault at 40000000 went to ring 0 and back\r\n"

    mov     $0x1234, %edi
    syscall
    cmp     $0x1235, %rax
    CHECK   "SYSCALL's result"
    SAY     "ring 3: SYSCALL and back by IRETQ\r\n"

    SAY     "all done\r\n"
    xor     %eax, %eax
    out     %al, $DEBUG_EXIT
dead:
    jmp     dead

    /* **** ring 0 again **** */

timer:
    push    %rax
    incl    ticks
    mov     $0x20, %al
    out     %al, $0x20
    pop     %rax
    iretq

stray:
    iretq

/* resumes at R12, with "equal" when it is the fault that ring 3 asked for */
page_fault:
    push    %rax
    mov     %cr2, %rax
    cmp     $0x40000000, %rax
    jne     wild_fault
    cmpl    $4, 8(%rsp)                 /* a read, by ring 3, not present */
    jne     wild_fault
    pop     %rax
    add     $8, %rsp
    mov     %r12, (%rsp)
    orl     $0x40, 16(%rsp)
    iretq
wild_fault:
    pop     %rax
    movl    $14, (%rsp)
    jmp     exception

system_call:
    mov     %rsp, user_rsp
    mov     $STACK_TOP, %esp
    lea     1(%rdi), %rax
    pushq   $SEL_UDATA
    pushq   user_rsp
    push    %r11
    pushq   $SEL_UCODE64
    push    %rcx
    iretq

/* eight bytes each; the vector on the stack is above or below an error code, only the text cares */
    .balign 8
exception_stubs:
    .set    vector, 0
    .rept   32
    .balign 8
    pushq   $vector
    jmp     exception
    .set    vector, vector + 1
    .endr

exception:
    SAY     "FAILED: exception "
    pop     %rax
    call    puthex64
    SAY     ", stack "
    pop     %rax
    call    puthex64
    SAY     " "
    pop     %rax
    call    puthex64
    SAY     "\r\n"
    mov     $2, %al
    jmp     end
failed64:
    mov     $1, %al
end:
    out     %al, $DEBUG_EXIT
    jmp     end

    DEFINE_PUTS puts64
    DEFINE_PUTHEX puthex64

    .code32
    DEFINE_PUTS puts32
failed32:
    mov     $1, %al
    out     %al, $DEBUG_EXIT
    jmp     failed32

    .code16
    DEFINE_PUTS puts16
failed16:
    mov     $1, %al
    out     %al, $DEBUG_EXIT
    jmp     failed16

    .data
    DEFINE_GDT
idt_pointer:
    .word   256 * 16 - 1
    .quad   IDT
    .balign 8
tss:
    .long   0
    .quad   STACK_TOP                   /* RSP0 */
    .fill   22, 4, 0
    .word   0, 104                      /* ports 0 .. 3ff are open to ring 3 */
    .fill   0x400 / 8, 1, 0
    .byte   0xff
tss_end:
    .balign 8
user_rsp:
    .quad   0
ticks:
    .long   0
